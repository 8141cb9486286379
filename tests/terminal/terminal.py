"""A program in a real terminal: a pty with pyte as the screen before it."""

import array
import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
import tty
from pathlib import Path
from typing import NamedTuple

import pyte
from warm import MAIN

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30.0  # only a test that fails waits for so long; a busy machine takes its time
END = bytes(3)  # what no program sends and no screen shows
NAMES = {"right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F", "enter": "\r", "escape": "\x1b"}

RESTORED = ["\x1b[?1000l", "\x1b[?1003l", "\x1b[?1006l", "\x1b[?2004l", "\x1b[?1049l", "\x1b[?25h"]


class Screen(pyte.Screen):
    """Answers questions for the cursor's position, as a terminal does."""

    answer = True

    def __init__(self, columns, lines, reply):
        super().__init__(columns, lines)
        self.reply = reply
        self._rows = {}

    @property
    def display(self):
        """The rows as text; those that have changed since are made anew, where pyte makes all of them."""
        for y in self.dirty:
            self._rows[y] = "".join(self.buffer[y][x].data for x in range(self.columns))
        self.dirty.clear()
        return [self._rows[y] for y in range(self.lines)]

    def write_process_input(self, data):
        if self.answer:
            self.reply(data.encode())


# Makes standard input the controlling terminal, as a login does, and becomes the command.
LAUNCH = """
import fcntl, os, signal, sys, termios
controlling, ignored = sys.argv[1:3]
if controlling == "yes":
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
for name in filter(None, ignored.split(",")):
    signal.signal(signal.Signals[name], signal.SIG_IGN)
os.execvp(sys.argv[3], sys.argv[3:])
"""
CHANGED = ("NO_COLOR", "COLORTERM", "LC_ALL", "LC_CTYPE", "COLUMNS", "LINES", "NNSIM_DEBUG")


class Python(NamedTuple):
    """A program that starts in a process that has imported nnsim already."""

    code: str = MAIN
    arguments: tuple[str, ...] = ()


def environment(changes=None):
    """What a program in a terminal inherits, but for what differs between those who run the tests."""
    inherited = {name: value for name, value in os.environ.items() if name not in CHANGED}
    given = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": os.devnull}
    return inherited | given | (changes or {})


class Terminal:
    """Starts a command in a terminal of its own, as session leader.

    Args: command: a list of words, or `Python` that a `warm` process runs. environ: changes to the environment.
    controlling: whether it is the controlling terminal. ignored: names of signals that the command starts with
    ignoring. stdin: a descriptor that is its standard input instead.
    """

    def __init__(
        self, command, columns=80, lines=24, *, environ=None, controlling=True, ignored="", stdin=None, warm=None
    ):
        self.master, self.slave = os.openpty()  # the slave stays open: what the command leaves behind is looked at
        self.size(columns, lines)
        self.sent = b""
        self.screen = Screen(columns, lines, self.write)
        self._stream = pyte.ByteStream(self.screen)
        self.before = termios.tcgetattr(self.slave)
        given = environment(environ)
        streams = (self.slave if stdin is None else stdin, self.slave, self.slave)
        if isinstance(command, Python):
            self.process = warm.start(*command, streams, given, controlling, ignored)
            return
        self.process = subprocess.Popen(
            [sys.executable, "-SE", "-c", LAUNCH, "yes" if controlling else "no", ignored, *command],
            stdin=streams[0],
            stdout=self.slave,
            stderr=self.slave,
            env=given,
            cwd="/",
            start_new_session=True,
        )

    def close(self):
        """End the command, whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
        self.hang_up()
        self.process.wait(PATIENCE_S)

    # ------------------------------------------------------------------ doing

    def write(self, data):
        """Type bytes, all of them, however long the program takes to read them."""
        while data:
            data = data[os.write(self.master, data) :]

    def keys(self, *keys):
        """Press keys, by name or as they are written."""
        self.write("".join(NAMES.get(key, key) for key in keys).encode())

    def size(self, columns, lines):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns, lines):
        """Another size; the kernel sends SIGWINCH."""
        self.screen.resize(lines, columns)
        self.screen.reset()
        self.size(columns, lines)

    def hang_up(self):
        """The terminal goes away."""
        for fileno in (self.master, self.slave):
            if fileno is not None:
                os.close(fileno)
        self.master = self.slave = None

    def kill(self, number):
        os.kill(self.process.pid, number)

    # ------------------------------------------------------------------ watching

    def read(self, timeout_s=0.05):
        """Show what the program has written meanwhile.  Returns: whether it has."""
        if not select.select([self.master], [], [], timeout_s)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.sent += data
        self._stream.feed(data.replace(b"\x1b[<u", b""))  # pyte does not know it, and writes the letter
        return True

    @property
    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self):
        return "\n".join(self.lines)

    def wait_for(self, what, patience_s=PATIENCE_S):
        """Read until the screen shows a text, a pattern or what a function looks for.  Returns: the match."""
        if isinstance(what, str):
            what = re.compile(re.escape(what))
        look = (lambda: what.search(self.text)) if isinstance(what, re.Pattern) else what
        until = time.monotonic() + patience_s
        while not (found := look()):
            assert time.monotonic() < until, f"{what} never came; the screen shows:\n{self.text}"
            assert self.read() or self.process.poll() is None, (
                f"ended with {self.process.returncode} before {what}; the screen shows:\n{self.text}"
            )
        return found

    def settle(self, quiet_s=0.3, patience_s=PATIENCE_S):
        """Read until nothing has come for a while."""
        until = time.monotonic() + patience_s
        while self.read(quiet_s):
            assert time.monotonic() < until, "it never stops writing"

    def exit_status(self, patience_s=PATIENCE_S):
        """Read until the program has ended.  Returns: its exit status."""
        until = time.monotonic() + patience_s
        while self.process.poll() is None:
            assert time.monotonic() < until, f"does not end; the screen shows:\n{self.text}"
            if self.master is not None:
                self.read()
        if self.master is not None:
            self._read_the_rest(until)
        return self.process.returncode

    def _read_the_rest(self, until):
        """What an ended program has written may still be on its way; what is written behind it comes after it."""
        while self.read(0):
            pass
        os.write(self.slave, END)
        while END not in self.sent:
            assert time.monotonic() < until, "what it wrote last does not come"
            self.read()
        self.sent = self.sent.replace(END, b"")

    def check_restored(self):
        """The program has given the terminal back as it was."""
        modes = self.sent.decode("utf-8", "replace")
        for off in RESTORED:
            on = off[:-1] + ("l" if off.endswith("h") else "h")
            assert modes.rfind(off) > modes.rfind(on), f"{off!r} was not sent at the end"
        assert termios.tcgetattr(self.slave) == self.before
        assert self.left_for_the_shell() == 0

    def left_for_the_shell(self):
        """How many bytes wait to be read as if somebody had typed them."""
        tty.setraw(self.slave)  # a terminal that collects lines tells of whole ones only
        count = array.array("i", [0])
        fcntl.ioctl(self.slave, termios.FIONREAD, count)
        return count[0]


def nnsim(*arguments):
    return [sys.executable, "-m", "nnsim", *map(str, arguments)]
