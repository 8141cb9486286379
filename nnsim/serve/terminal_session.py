"""One served session: a pseudo-terminal between a connection and the process that carries the session out."""

import asyncio
import contextlib
import os
import pty
import signal
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from nnsim.serve.session_request import SessionRequest

CHUNK_BYTES = 65_536
MOST_INPUT_BYTES = 1_000_000  # that wait for a session which does not read; more is dropped
REPAINT = b"\x0c"  # ctrl+l
LARGEST = (1000, 500)  # columns and rows that a client may say it has
USUAL = (80, 24)
RESIZE_S = 0.05  # between two sizes that the process is told
# What nnsim turned on in the terminal, for the case that its process could not turn it off any more.
RESTORE = (
    b"\x1b[?2026l\x1b[?1004l\x1b[?2004l\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[<u\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[0m"
)


class SessionLine(Protocol):
    """What a session needs of its connection."""

    def send(self, data: bytes) -> None: ...

    def end(self, status: int, reason: str) -> None:
        """The session is over."""


@dataclass
class TerminalSession:
    """A session that is open. The server makes it, and tells it what its connection and its process do."""

    number: int
    request: SessionRequest
    address: str
    line: SessionLine
    size: tuple[int, int] = USUAL
    way: str = "ssh"
    began_s: float = field(default_factory=time.monotonic)
    last_key_s: float = field(default_factory=time.monotonic)
    pid: int | None = None
    reason: str = ""  # why the server has ended it; empty where it ended by itself
    watchers: set[SessionLine] = field(default_factory=set)  # instructors who look on

    def open(self, start: Callable[[int, SessionRequest, int], None]) -> None:
        """Makes the pseudo-terminal and starts the process on it.  Raises: OSError."""
        self._master, slave = pty.openpty()
        os.set_blocking(self._master, False)
        self.size = bounded(*self.size)
        self._set_size()
        self._waiting = bytearray()
        self._over = self._resizing = False
        self._loop = asyncio.get_running_loop()
        self._reading = True
        try:
            start(self.number, self.request, slave)
        except OSError:
            os.close(self._master)
            raise
        finally:
            os.close(slave)
        self._loop.add_reader(self._master, self._pump)

    # ------------------------------------------------------------------ from the process to the person

    def _pump(self) -> None:
        try:
            data = os.read(self._master, CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""  # the process has closed its terminal
        if not data:
            self._loop.remove_reader(self._master)
            self._reading = False
            return
        self.line.send(data)
        for one in self.watchers:
            one.send(data)

    def pause(self) -> None:
        """The connection takes no more for now: nothing is read, so that nnsim's own flow control sees it."""
        if self._reading and not self._over:
            self._loop.remove_reader(self._master)

    def resume(self) -> None:
        if self._reading and not self._over:
            self._loop.add_reader(self._master, self._pump)

    # ------------------------------------------------------------------ from the person to the process

    def feed(self, data: bytes) -> None:
        self.last_key_s = time.monotonic()
        if self._over or len(self._waiting) + len(data) > MOST_INPUT_BYTES:
            return
        self._waiting += data
        self._write()

    def _write(self) -> None:
        try:
            while self._waiting:
                written = os.write(self._master, self._waiting[:CHUNK_BYTES])
                del self._waiting[:written]
        except BlockingIOError:
            self._loop.add_writer(self._master, self._write)
            return
        except OSError:
            self._waiting.clear()
        with contextlib.suppress(OSError):
            self._loop.remove_writer(self._master)

    def resize(self, columns: int, rows: int) -> None:
        """Args: as the client says; 0 means that it does not know, and more than can be drawn is cut."""
        self.size = bounded(columns, rows)
        if not self._resizing:  # a window that is dragged says hundreds of sizes, and each is drawn whole
            self._resizing = True
            self._loop.call_later(RESIZE_S, self._take_size)

    def _take_size(self) -> None:
        self._resizing = False
        if not self._over:
            self._set_size()

    def _set_size(self) -> None:
        with contextlib.suppress(OSError):
            termios.tcsetwinsize(self._master, self.size[::-1])

    def repaint(self) -> None:
        """Has the process draw everything again, as ctrl+l does: somebody else has begun to look."""
        self.feed(REPAINT)

    # ------------------------------------------------------------------ ends

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the process and those that it has started, if it runs."""
        if self.pid is None:
            return
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:  # it has only just been forked, and leads no group yet
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def stop(self, reason: str) -> None:
        """Asks the process to end in order; a process that does not is killed by `sweep`."""
        if not self.reason:
            self.reason = reason
            self._stopped_s = time.monotonic()
            self.signal(signal.SIGTERM)

    def sweep(self, now_s: float, idle_s: float, total_s: float, grace_s: float) -> None:
        """Ends what has gone on for too long."""
        if self.reason:
            if now_s - self._stopped_s > grace_s:
                self.signal(signal.SIGKILL)
        elif now_s - self.last_key_s > idle_s:
            self.stop("idle for too long")
        elif now_s - self.began_s > total_s:
            self.stop("open for too long")

    def hang_up(self, reason: str) -> None:
        """The connection is gone."""
        if not self.reason:
            self.reason = reason
            self._stopped_s = time.monotonic()
        self.signal(signal.SIGHUP)

    def ended(self, status: int) -> None:
        """The process has ended: what it wrote last is passed on, and the connection closed."""
        with contextlib.suppress(OSError):  # which says that nothing is left
            while data := os.read(self._master, CHUNK_BYTES):
                self.line.send(data)
        self._over = True
        with contextlib.suppress(OSError, ValueError):
            self._loop.remove_reader(self._master)
            self._loop.remove_writer(self._master)
        os.close(self._master)
        if status < 0:  # a signal that it could not handle
            self.line.send(RESTORE)
            status = 128 - status
        for one in [*self.watchers]:
            one.end(0, "the session that you looked at has ended")
        self.line.end(status, self.reason)


def bounded(columns: int, rows: int) -> tuple[int, int]:
    return min(columns or USUAL[0], LARGEST[0]), min(rows or USUAL[1], LARGEST[1])
