"""The progress of a run on one line, repainted in place on standard error."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, TextIO

from nnsim.cli.output import is_terminal
from nnsim.terminal.capabilities import capabilities

REPAINT_S = 0.1
NARROWEST_BAR = 8
WIDEST_BAR = 30
COMPILING = "making the compiled kernel ready; the first time takes some seconds"


class Progress(NamedTuple):
    """How much of something is done, the loss of the run, and the seconds that have passed."""

    done: float
    whole: int
    loss: float | None
    elapsed_s: float
    noun: str = "epochs"


def progress_text(progress: Progress, width: int, filled: str = "#", empty: str = "-") -> str:
    """A line of at most `width` characters, without what it cannot hold; filled, empty: cells of the bar."""
    done, whole, noun = progress.done, progress.whole, progress.noun
    parts = [f"{int(done):,}/{whole:,} {noun}"]
    parts += [] if progress.loss is None else [f"loss {progress.loss:.6g}"]
    if progress.elapsed_s > 0 and done:
        speed = done / progress.elapsed_s
        parts += [f"{speed:,.0f} {noun}/s" if speed >= 10 else f"{speed:.2g} {noun}/s"]
        parts += [f"{_clock((whole - done) / speed)} left"]
    while len(parts) > 1 and len("  ".join(parts)) > width:
        parts.pop(-2 if len(parts) > 2 else -1)  # the time left outlives the speed and the loss
    text = "  ".join(parts)
    bar = min(WIDEST_BAR, width - len(text) - 2)
    if bar >= NARROWEST_BAR:
        full = int(bar * done // max(whole, 1))
        text = f"{filled * full}{empty * (bar - full)}  {text}"
    return text[: max(width, 0)]


def _clock(seconds: float) -> str:
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:,}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


class ProgressLine:
    """Paints progress over itself ten times a second; `width` gives the columns, no `stream` paints nothing."""

    def __init__(self, stream: TextIO | None, width: Callable[[], int], bar: tuple[str, str] = ("#", "-")) -> None:
        self._stream = stream
        self._width = width
        self._bar = bar
        self._painted_s = 0.0
        self._length = 0
        self._began = time.perf_counter()

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def report(self, done: float, whole: int, loss: float | None = None, noun: str = "epochs") -> None:
        self.show(Progress(done, whole, loss, time.perf_counter() - self._began, noun))

    def show(self, progress: Progress) -> None:
        """Paint, unless it was done a moment ago."""
        self._show(lambda width: progress_text(progress, width, *self._bar), progress.elapsed_s)

    def say(self, text: str, *, at_once: bool = False) -> None:
        """Paint a text likewise, of work whose end nobody knows; at once where nothing follows for a while."""
        elapsed_s = REPAINT_S if at_once else time.perf_counter() - self._began
        self._show(lambda width: text[:width], elapsed_s)

    def _show(self, text: Callable[[int], str], elapsed_s: float) -> None:
        if self._stream is None or elapsed_s - self._painted_s < REPAINT_S:
            return
        self._painted_s = elapsed_s
        # The last columns stay free, for the `^C` that a terminal adds.
        self._paint(text(self._width() - 3))

    def clear(self) -> None:
        if self._length:
            self._length = self._width() - 1  # all of it, whatever a person has typed meanwhile
            self._paint("")
            self._write("\r")

    def _paint(self, text: str) -> None:
        # Spaces over what was longer, no escape sequence: every terminal knows a carriage return. The last column
        # stays free: writing there moves some terminals to the next line.
        self._write("\r" + text.ljust(min(self._length, max(self._width() - 1, 0))))
        self._length = len(text)

    def _write(self, text: str) -> None:
        assert self._stream is not None, "nothing is painted without one"
        # A terminal that was closed cannot be painted on; training has better to do than to fail.
        with suppress(OSError):
            self._stream.write(text)
            self._stream.flush()


def terminal_progress() -> ProgressLine:
    """A line to paint progress on; it paints nothing where standard error is no terminal that can repaint one."""
    if not is_terminal(sys.stderr) or (can := capabilities(os.environ, (_width(), 1))).dumb:
        return ProgressLine(None, _width)
    return ProgressLine(sys.stderr, _width, ("█", "░") if can.unicode else ("#", "-"))


def _width() -> int:
    # Asked of standard error, for standard output may go to a file; a terminal that was never told its size says 0.
    return os.get_terminal_size(sys.stderr.fileno()).columns or 80
