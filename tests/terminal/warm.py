"""A process that has imported nnsim: what it forks is a program of its own that is half a second of imports ahead.

A forked program has its own session, terminal, environment, arguments and signals, runs from `main` to the end of
its interpreter, and ends with a status like any other. Tests of the start itself start cold.
"""

import fcntl
import gc
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
from importlib import import_module

# Most of what a workbench has imported when it stands.
MODULES = (
    *("nnsim.__main__", "nnsim.cli.open", "nnsim.recording", "numpy.random", "plotext"),
    *(
        "screens.app",
        "screens.home",
        "screens.workbench.workbench",
        "screens.plots.plotext_lines",
        "textual.widgets.markdown",
    ),
    *("textual.drivers.headless_driver", "textual.pilot", "textual.layouts.factory"),
)
MAIN = "import sys\nfrom nnsim.__main__ import main\nsys.exit(main())\n"
NUMBER = struct.Struct("i")
REQUEST_BYTES = 1 << 20


class Forked:
    """A program that a warm process has forked, watched like a `subprocess.Popen`.

    Args: told: a pipe of two numbers, its process and its exit status.
    """

    def __init__(self, told):
        self._told = told
        self.pid = self._number()
        self.returncode = None

    def _number(self):
        return NUMBER.unpack(os.read(self._told, NUMBER.size))[0]

    def poll(self):
        """The exit status, negative where a signal ended it; None while it runs."""
        if self.returncode is None and select.select([self._told], [], [], 0)[0]:
            self._end()
        return self.returncode

    def wait(self, timeout_s):
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout_s)[0]:
                raise subprocess.TimeoutExpired("nnsim", timeout_s)
            self._end()
        return self.returncode

    def _end(self):
        self.returncode = self._number()
        os.close(self._told)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)


class Warm:
    """Starts the process, and asks it for programs."""

    def __init__(self, environ):
        self._door, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=environ,
                stdin=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )

    def start(self, code, arguments, streams, environ, controlling, ignored):
        """Run Python code in a session of its own.

        Args: streams: what its standard input, output and error are. The others are `terminal.Terminal`'s.
        """
        told, tells = os.pipe()
        asked = {"code": code, "argv": ["nnsim", *arguments], "environ": environ}
        asked |= {"controlling": controlling, "ignored": ignored}
        socket.send_fds(self._door, [json.dumps(asked).encode() + b"\n"], [*streams, tells])
        os.close(tells)
        return Forked(told)

    def close(self, patience_s):
        self._door.close()
        self._process.wait(patience_s)


def serve(door):
    """Fork a program for every request.  Returns: in each what it is to be; None when nobody asks any more."""
    keepers = []
    while True:
        data, fds, _, _ = socket.recv_fds(door, REQUEST_BYTES, 4)
        while data and not data.endswith(b"\n"):
            data += door.recv(REQUEST_BYTES)
        if not data:
            for keeper in keepers:
                os.waitpid(keeper, 0)
            return None
        keeper = os.fork()
        if keeper == 0:
            door.detach()
            return keep(json.loads(data), fds)
        keepers.append(keeper)
        for fd in fds:
            os.close(fd)


def keep(asked, fds):
    """Tell of the program how it is called and how it ends; the one who asked is not its parent.

    Returns: in the program what was asked for.
    """
    *streams, tells = fds
    program = os.fork()
    if program == 0:
        become(asked, streams)
        return asked
    os.write(tells, NUMBER.pack(program))
    for fd in streams:
        os.close(fd)  # or the terminal would still be open when the program is gone
    status = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
    os.write(tells, NUMBER.pack(status))
    os._exit(0)


def become(asked, streams):
    """What `subprocess.Popen` and the start of an interpreter do."""
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, max(streams) + 64)
    if asked["controlling"]:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for name in filter(None, asked["ignored"].split(",")):
        signal.signal(signal.Signals[name], signal.SIG_IGN)
    os.environ.clear()
    os.environ.update(asked["environ"])
    sys.argv[:] = asked["argv"]
    # They stay open to the end of the interpreter, as its own do.
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115


def warm_up():
    for name in MODULES:
        import_module(name)
    gc.freeze()  # a collection would touch, and so copy, all that is shared


if __name__ == "__main__":
    warm_up()
    if (wanted := serve(socket.socket(fileno=int(sys.argv[1])))) is not None:
        exec(compile(wanted["code"], "<program>", "exec"), {"__name__": "__main__"})
