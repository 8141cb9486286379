"""Writes in a thread to a terminal that may be slow, stuck or gone."""

import os
from collections.abc import Callable
from threading import Condition, Thread
from time import monotonic

CHUNK = 4096  # bytes a write: small enough to see that the reader of a slow line does read


class TerminalWriter:
    """A queue of bytes and the thread that writes them.  Args: fileno: of the terminal. clock: seconds."""

    def __init__(self, fileno: int, clock: Callable[[], float] = monotonic) -> None:
        self._fileno = fileno
        self._clock = clock
        self._waiting = bytearray()
        self._changed = Condition()
        self._writing = False
        self._closed = False
        self._progress = clock()
        self.gone = False  # the terminal is no longer there; what is written is dropped
        self._thread = Thread(target=self._run, name="output", daemon=True)
        self._thread.start()

    def write(self, data: bytes | bytearray) -> None:
        with self._changed:
            if self.gone or self._closed:
                return
            if not self.pending:
                self._progress = self._clock()
            self._waiting += data
            self._changed.notify_all()

    @property
    def pending(self) -> bool:
        """Whether something has not reached the terminal yet."""
        return bool(self._waiting) or self._writing

    @property
    def stuck_s(self) -> float:
        """For how long the terminal has taken nothing of what waits for it."""
        return self._clock() - self._progress if self.pending else 0.0

    def drain(self, longest_s: float) -> bool:
        """Waits until everything is written.  Returns: whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: self.gone or not self.pending, longest_s) and not self.gone

    def close(self) -> None:
        """Writes nothing more; a thread that is stuck in a write ends with the process."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        while (chunk := self._next()) is not None:
            try:
                while chunk:
                    chunk = chunk[os.write(self._fileno, chunk) :]
            except OSError:
                self._lose()
                return

    def _next(self) -> bytes | None:
        with self._changed:
            self._writing = False
            self._progress = self._clock()
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return None
            chunk = bytes(self._waiting[:CHUNK])
            del self._waiting[:CHUNK]
            self._writing = True
            return chunk

    def _lose(self) -> None:
        with self._changed:
            self.gone = True
            self._writing = False
            self._waiting.clear()
            self._changed.notify_all()
