"""Takes the terminal over, watches it, and gives it back whatever happens.

Textual's own driver waits for ever for a terminal that has stopped reading, spins on one that is gone, and leaves
the alternate screen behind when it is killed. This one ends the program in all three cases.
"""

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread, current_thread
from time import monotonic
from types import FrameType
from typing import Any, Protocol, cast

from textual import constants, events
from textual.app import App
from textual.driver import Driver
from textual.geometry import Size
from textual.message import Message

from nnsim.terminal.capabilities import capabilities
from screens.terminal.crash import Watchdog
from screens.terminal.flow_control import FlowControl
from screens.terminal.input_decoder import InputDecoder
from screens.terminal.input_queue import InputQueue
from screens.terminal.screen_diff import SentCells
from screens.terminal.writer import TerminalWriter

LARGEST = (400, 150)  # cells; a terminal that says it is larger would take gigabytes to draw
# Where other programs have ctrl+z, which takes a change back here. In a terminal that passes every key on it sends
# no signal, and where the program has ended a shell ignores that signal.
SUSPEND = "ctrl+backslash"
USUAL = (80, 24)  # for a terminal that does not know its size
STUCK_S = 10.0  # a terminal that has taken nothing for so long is not there
GRACE_S = 3.0  # for the app to end by itself before it is ended
SETTLE_S = 1.0  # for the last answers of the terminal, and for the last bytes to it
POLL_S, SOON_S = 0.1, 0.025  # the reader looks after the output so often, and after what is unfinished

HUNG_UP, INTERRUPTED = 128 + signal.SIGHUP, 128 + signal.SIGINT  # as a shell says it

MOUSE = (1000, 1003, 1006)
ON = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?1004h\x1b[?2004h" + "".join(f"\x1b[?{mode}h" for mode in MOUSE)
QUIET = "\x1b[?1004l\x1b[?2004l" + "".join(f"\x1b[?{mode}l" for mode in MOUSE)
OFF = "\x1b[?2026l\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[0m"
# Progressive keyboard enhancement: escape codes told apart, all keys reported, with their text. A stack per screen.
KEYS_ON, KEYS_OFF = f"\x1b[>{0b11001}u", "\x1b[<u"
SYNC_SUPPORT = "\x1b[?2026$p"

# What changes a key, or shows it, before a program reads it.
RAW_OFF = {tty.LFLAG: ("ECHO", "ICANON", "IEXTEN", "ISIG"), tty.IFLAG: ("IXON", "IXOFF", "ICRNL", "INLCR", "IGNCR")}


class DrivenApp(Protocol):
    """What the driver asks of the app, besides what every app of Textual has."""

    records: Path | None
    input_queue: InputQueue

    def key_pressed(self) -> None: ...

    async def deliver_input(self) -> None: ...

    def frame_answered(self) -> None: ...

    def fail(self, error: Exception) -> None: ...


class TerminalDriver(Driver):
    """Reads keys from standard input and writes to standard output, both of them the same terminal."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        assert sys.__stdin__ is not None
        assert sys.__stdout__ is not None
        self._in, self._out = sys.__stdin__.fileno(), sys.__stdout__.fileno()
        super().__init__(app, debug=debug, mouse=mouse, size=size or terminal_size(self._out))
        self._driven = cast(DrivenApp, app)
        self.frames = FlowControl(lambda: self._output is not None and self._output.pending)
        self.sent_cells = SentCells()
        self._encoding = "utf-8" if capabilities(os.environ, (80, 24)).unicode else "ascii"
        self._output: TerminalWriter | None = None
        self._watchdog: Watchdog | None = None
        self._unanswered_bytes = False
        self._piece: bytearray | None = None  # of the frame that is being written
        self._attributes: list[Any] | None = None
        self._handlers: dict[signal.Signals, Any] = {}
        self._reader: Thread | None = None
        self._stop_reading = Event()
        self._closed = Event()
        self._status: int | None = None

    @property
    def can_suspend(self) -> bool:
        return True

    def write(self, data: str) -> None:
        if self._output is not None:
            self._unanswered_bytes = True
            encoded = data.encode(self._encoding, "replace")
            if self._piece is None:
                self._output.write(encoded)
            else:
                self._piece += encoded

    @contextmanager
    def one_piece(self) -> Iterator[None]:
        """Hands all that is written to the thread of the output at the end: each piece would wake it."""
        piece = self._piece = bytearray()
        try:
            yield
        finally:
            self._piece = None
            if piece and self._output is not None:
                self._output.write(piece)

    def flush(self) -> None:
        """The end of a frame."""
        if self._unanswered_bytes:
            self.write(self.frames.drawn())
            self._unanswered_bytes = False

    def start_application_mode(self) -> None:
        with suppress(termios.error):  # no terminal any more: the reader finds out
            # In the background this stops the process until it is in front again.
            termios.tcsetattr(self._in, termios.TCSANOW, termios.tcgetattr(self._in))
            self._attributes = termios.tcgetattr(self._in)
        self._output = TerminalWriter(self._out)
        self._handle_signals()
        self._take_over()
        self._stop_reading.clear()
        self._reader = Thread(target=self._read, name="input", daemon=True)
        self._reader.start()
        self._send_size()

    def _take_over(self) -> None:
        if self._attributes is not None:
            with suppress(termios.error):
                termios.tcsetattr(self._in, termios.TCSANOW, raw(self._attributes))
        self.sent_cells.forget()
        # The first question comes before anything large: its answer tells how long the line is.
        self.write(ON)
        self.flush()
        if not constants.DISABLE_KITTY_KEY:
            self.write(KEYS_ON)
        if os.environ.get("TERM_PROGRAM") != "Apple_Terminal":  # which shows the question as a letter
            self.write(SYNC_SUPPORT)

    def stop_application_mode(self) -> None:
        output = self._output
        if output is None:
            return
        # What the terminal reports stops first, and the answer behind that says that it has: anything that came
        # after this program had stopped reading would be typed into the shell.
        self.write(QUIET + ("" if constants.DISABLE_KITTY_KEY else KEYS_OFF))
        self.flush()
        if not output.gone and not self.frames.stuck_s:
            self.frames.settle(SETTLE_S)
        self.disable_input()
        self._give_back(output)
        self._dismiss_watchdog()
        output.close()
        self._output = None
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers.clear()

    def _give_back(self, output: TerminalWriter) -> None:
        output.write(OFF.encode())
        output.drain(POLL_S if self.frames.stuck_s else SETTLE_S)
        if self._attributes is not None:
            with suppress(termios.error):
                termios.tcsetattr(self._in, termios.TCSANOW, self._attributes)

    def disable_input(self) -> None:
        self._stop_reading.set()
        if self._reader is not None and self._reader is not current_thread():
            self._reader.join(SETTLE_S)
            self._reader = None
            with suppress(termios.error):
                termios.tcflush(self._in, termios.TCIFLUSH)

    def suspend_application_mode(self) -> None:
        self.stop_application_mode()

    def close(self) -> None:
        self.stop_application_mode()
        self._closed.set()

    def end(self, status: int) -> None:
        """Ends the program with this exit status, in order if the app still answers; from any thread."""
        if self._status is None:
            self._status = status
            Thread(target=self._end_anyway, args=(status,), name="end", daemon=True).start()
            self._call(self._app.exit, status, status)

    def _end_anyway(self, status: int) -> None:
        if self._closed.wait(GRACE_S):
            return
        if (output := self._output) is not None:
            output.write((QUIET + KEYS_OFF).encode())
            self._give_back(output)
        self._dismiss_watchdog()
        os._exit(status)

    def _dismiss_watchdog(self) -> None:
        if self._watchdog is not None:
            self._watchdog.dismiss()
            self._watchdog = None

    def _call(self, what: Callable[..., object], *arguments: Any) -> None:
        with suppress(RuntimeError):  # the loop is closed: the program has ended
            self._loop.call_soon_threadsafe(what, *arguments)

    def _handle_signals(self) -> None:
        handled: dict[signal.Signals, Callable[[int, FrameType | None], None]] = {
            signal.SIGTERM: lambda number, _: self.end(128 + number),
            signal.SIGINT: lambda number, _: self.end(128 + number),
            signal.SIGWINCH: lambda *_: self._call(self._send_size),
            signal.SIGTSTP: lambda *_: self._call(self.suspend),
            signal.SIGCONT: lambda *_: self._call(self._continued),
        }
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            handled[signal.SIGHUP] = lambda number, _: self.end(128 + number)
        self._handlers = {number: signal.signal(number, handler) for number, handler in handled.items()}

    def suspend(self) -> None:
        """Gives the terminal back and stops, with the whole group, for a program that started nnsim may be in
        front."""
        if self._output is None or self._status is not None:
            return
        if orphaned():  # no shell that could let it go on, as behind `ssh -t host nnsim`
            self._app.bell()
            return
        self.stop_application_mode()
        before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(0, signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, before)
        self.start_application_mode()
        self.send_message(self.SignalResume())
        self._repaint()

    def _continued(self) -> None:
        """Takes the terminal over again, which the shell has used while the process was stopped."""
        if self._output is not None:
            self._take_over()
            self._repaint()

    def _repaint(self) -> None:
        """Sends every cell again, because another program has written on the terminal."""
        self.sent_cells.forget()
        self._send_size()
        self._app.refresh(layout=True)

    def _send_size(self) -> None:
        size = Size(*terminal_size(self._out))
        self._size = size
        self.send_message(events.Resize(size, size))

    def _read(self) -> None:
        """Runs in the reader's thread: feeds input to the app, and checks the output now and then."""
        decoder = InputDecoder(self._driven.input_queue)
        output = self._output
        assert output is not None
        # Here, for the first paint need not wait for another process.
        modes = () if self._attributes is None else changed_modes(self._attributes)
        self._watchdog = Watchdog(self._out, QUIET + KEYS_OFF + OFF, modes, self._driven.records)
        while not self._stop_reading.is_set():
            if output.gone or max(output.stuck_s, self.frames.stuck_s) > STUCK_S:
                self.end(HUNG_UP)
                return
            output.write(self.frames.reminder().encode())
            try:
                ready = select.select([self._in], [], [], SOON_S if decoder.is_waiting else POLL_S)[0]
                data = os.read(self._in, 4096) if ready else None
            except OSError:
                data = b""
            if data == b"":
                self.end(HUNG_UP)
                return
            try:
                now_s = monotonic()
                for message in decoder.feed(data, now_s) if data else decoder.pause(now_s):
                    self.process_message(message)
            except Exception as error:
                # A reader that dies in silence leaves an app that no key reaches.
                self._call(self._driven.fail, error)
                return

    def process_message(self, message: Message) -> None:
        match message:
            case events.CursorPosition():
                if self.frames.answered():
                    self._call(self._driven.frame_answered)
            # Keys that mean the terminal and not what is on it: they work on every screen and in every dialog.
            case events.Key(key="ctrl+c"):
                self.end(INTERRUPTED)
            case events.Key(key=key) if key == SUSPEND:
                self._call(self.suspend)
            case events.Key(key="ctrl+l"):
                self._call(self._repaint)
            case events.Key():
                self._driven.key_pressed()
                super().process_message(message)
            case _:
                super().process_message(message)

    def send_message(self, message: Message) -> None:
        """Sends a message to the app; keys and events of the mouse queue."""
        if not isinstance(message, events.InputEvent | events.Paste):
            super().send_message(message)
        elif self._driven.input_queue.put(message):
            self._call(self._app.call_later, self._driven.deliver_input)


def terminal_size(fileno: int) -> tuple[int, int]:
    """Columns and lines of a terminal, within the largest that is drawn."""
    try:
        columns, lines = os.get_terminal_size(fileno)
    except OSError:
        columns, lines = USUAL
    return min(columns or USUAL[0], LARGEST[0]), min(lines or USUAL[1], LARGEST[1])


def raw(attributes: list[Any]) -> list[Any]:
    """The attributes of a terminal that passes every key on, unchanged and without echo."""
    changed = [*attributes[:6], list(attributes[6])]
    for place, modes in RAW_OFF.items():
        for mode in modes:
            changed[place] &= ~getattr(termios, mode)
    changed[tty.CC][termios.VMIN] = 1
    return changed


def changed_modes(attributes: list[Any]) -> list[str]:
    """The modes of a terminal that `raw` turns off, as `stty` calls them."""
    return [
        mode.lower()
        for place, modes in RAW_OFF.items()
        for mode in modes
        if attributes[place] & getattr(termios, mode)
    ]


def orphaned() -> bool:
    """Whether no shell could continue this process after a stop."""
    try:
        return os.getsid(os.getppid()) != os.getsid(0)
    except OSError:
        return True
