"""Reads recordings that hold figures alone, and follows those that are still written."""

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self, get_args

import numpy as np
import numpy.typing as npt

from nnsim.errors import RecordingError
from nnsim.logs.figure_names import NameRule
from nnsim.logs.figures_format import (
    CLOSED,
    LOG_FIGURES,
    LOG_HISTOGRAMS,
    LOG_MARKS,
    LOG_META,
    LOG_POINTS,
    LOG_RUNS,
    MOST_FIGURES,
    MOST_HISTOGRAMS,
    MOST_MARKS,
    MOST_RUNS,
    POINTS_AT_ONCE,
    WRITER,
    figures_hash,
    unpacked_points,
)
from nnsim.logs.logged_run import MAX_POINTS, LoggedPoints, LoggedRun
from nnsim.nn.arrays import Array
from nnsim.recording.packing import unpack
from nnsim.recording.sqlite_reader import FIGURES_LAYOUT, RecordingBusy, RecordingTables
from nnsim.recording.writer_process import SILENT_S, writer_lives
from nnsim.text import clean_line
from nnsim.timeline import ImportedLog, LoggedHistogram, Mark
from nnsim.training.records import Stop, StopReason

PATIENCE_S = 0.02  # of a reader that will ask again in a moment


class FiguresFile:
    """A recording of figures alone that is open; `refresh` reads what its writer has added.

    Args: rules: of names. clock: seconds from whenever; by it a writer is taken to be gone that is silent for long.
    Raises: RecordingError in one line where the file is damaged, or no such recording.
    """

    left = None

    def __init__(
        self, path: Path, rules: Sequence[NameRule] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.path = path
        self.damage: list[str] = []
        self.gone = False  # whether the writer is, without having come to the end
        self.hash: str | None = None
        self._rules, self._clock = tuple(rules), clock
        self._tables = RecordingTables(path, layout=FIGURES_LAYOUT)
        self._runs: dict[int, LoggedRun] = {}
        self._points: dict[int, list[tuple[npt.NDArray[np.int64], Array]]] = {}  # chunks, by figure
        self._logs: dict[int, ImportedLog] = {}
        self._writer = ""
        found = os.stat(path)
        self._file, self._version = found.st_ino, -1
        self._sign = found.st_mtime_ns, clock()
        try:
            self._read()
        except BaseException:
            self.close()
            raise

    @property
    def timelines(self) -> tuple[ImportedLog, ...]:
        return tuple(self._logs.values())

    @property
    def size(self) -> int:
        return self._tables.size

    @property
    def closed_properly(self) -> bool:
        return self.hash is not None

    @property
    def ended(self) -> bool:
        return self.closed_properly or self.gone

    page = None  # a log has no lesson

    @property
    def parting(self) -> str:
        """What there is to say of a writer that is gone, or nothing."""
        if not self.gone:
            return ""
        return (
            f"the writer has gone: the log ends at step {max((one.length for one in self.timelines), default=0):,}"
        )

    def close(self) -> None:
        self._tables.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def age_s(self, now_s: float) -> float:
        """Seconds since the file was last written.  Args: now_s: seconds since 1970."""
        return max(0.0, now_s - os.stat(self.path).st_mtime)

    def hash_holds(self) -> bool:
        """Whether the content has the hash that was written on closing; reads the whole file."""
        return self.hash == self._tables.hash_by(figures_hash)

    def refresh(self) -> bool:
        """Reads what is new.  Returns: whether anything is.  Raises: RecordingError."""
        if self.ended:
            return False
        try:
            found = os.stat(self.path)
        except OSError as error:
            raise self._refuse(f"cannot be read any more: {error.strerror}") from None
        if found.st_ino != self._file:  # its writer has moved away from a reader that holds it
            self._tables.close()
            self._tables = RecordingTables(self.path, layout=FIGURES_LAYOUT)
            self._file, self._version = found.st_ino, -1
        self._tables.size = found.st_size
        gone = self._writer_gone(found.st_mtime_ns)
        try:
            with self._tables.impatient(PATIENCE_S):
                version = self._tables.version()
                fresh = version != self._version
                if fresh:
                    self._read()
                    self._version = version
        except RecordingBusy:
            return False
        self.gone = gone and not self.closed_properly
        return fresh or self.gone

    def _writer_gone(self, written_ns: int) -> bool:
        now_s = self._clock()
        if written_ns != self._sign[0]:
            self._sign = written_ns, now_s
            return False
        lives = writer_lives(self._writer)
        return now_s - self._sign[1] > SILENT_S if lives is None else not lives

    def _refuse(self, what: str) -> RecordingError:
        return RecordingError(f"{self._tables.name}: {what}")

    def _read(self) -> None:
        tables = self._tables
        with tables.moment():
            meta = {row[0]: row[1] for row in tables.rows(LOG_META, "the meta data", most=100)}
            self.hash, self._writer = meta.get(CLOSED), meta.get(WRITER, "")
            figures = tables.rows(LOG_FIGURES, "the figures", most=MOST_FIGURES)
            if sum(row[3] for row in figures) > MAX_POINTS:
                raise self._refuse(f"holds too many points (allowed: {MAX_POINTS:,})")
            for row in tables.rows(LOG_RUNS, "the runs", most=MOST_RUNS):
                self._take_run(row)
            for figure, run, name, count, _ in figures:
                self._take_points(figure, run, name, count)
        for number, run in self._runs.items():
            self._logs[number] = run.as_log(self._rules, self._logs.get(number))
        if not self._logs:
            raise self._refuse("its runs are missing")

    def _take_run(self, row: tuple[Any, ...]) -> None:
        number, name, source, unit, per_epoch, settings, remarks, reason, step, message, _ = row
        known = self._runs.get(number)
        run = LoggedRun(clean_line(name), clean_line(source))
        run.unit, run.steps_per_epoch = ("epoch" if unit == "epoch" else "step"), max(1, per_epoch)
        try:
            for key, value in dict(json.loads(settings)).items():
                run.set(str(key), value)
            run.remarks = [clean_line(str(one), 1000) for one in json.loads(remarks)]
        except (ValueError, TypeError, RecursionError):
            raise self._refuse(f"the settings of run {number + 1} are damaged") from None
        if reason is not None and reason in get_args(StopReason) and step is not None:
            run.stop = Stop(reason, step, clean_line(message or "", 1000))
        of_run = ("run = ?", (number,))
        marks = self._tables.rows(LOG_MARKS, f"the marks of run {number + 1}", *of_run, most=MOST_MARKS)
        run.marks = [Mark(one[2], clean_line(one[3], 40), clean_line(one[4], 1000)) for one in marks]
        if known is None:
            self._take_histograms(run, number)
        else:
            run.histograms, run.points = known.histograms, known.points
        self._runs[number] = run

    def _take_histograms(self, run: LoggedRun, number: int) -> None:
        what = f"the histograms of run {number + 1}"
        self._tables.allow(20_100_000)
        rows = self._tables.rows(LOG_HISTOGRAMS, what, "run = ?", (number,), most=MOST_HISTOGRAMS)
        for _, _, name, step, bins, edges, counts, _ in rows:
            try:
                found = LoggedHistogram(step, unpack(edges, bins + 1 if bins else 0), unpack(counts, bins))
            except ValueError:
                raise self._refuse(f"{what} are damaged") from None
            run.histograms.setdefault(clean_line(name), []).append(found)

    def _take_points(self, figure: int, run: int, name: str, count: int) -> None:
        """Reads the chunks of a figure that are new, or have grown."""
        if run not in self._runs:
            raise self._refuse("a figure belongs to no run")
        known = self._points.setdefault(figure, [])
        whole = sum(len(steps) == POINTS_AT_ONCE for steps, _ in known)
        have = sum(len(steps) for steps, _ in known)
        if have == count:
            return
        what = f"the points of {clean_line(name)}"
        first = min(whole, len(known))
        del known[first:]
        rows = self._tables.rows(
            LOG_POINTS, what, "figure = ? AND chunk >= ?", (figure, first), most=-(-count // POINTS_AT_ONCE) + 1
        )
        for expected, row in enumerate(rows, start=first):
            try:
                if row[1] != expected:
                    raise ValueError("a chunk is missing")
                known.append(unpacked_points(row))
            except ValueError as error:
                raise self._refuse(f"{what} are damaged ({error})") from None
        if sum(len(steps) for steps, _ in known) != count:
            raise self._refuse(f"some of {what} are missing")
        points = self._runs[run].points[clean_line(name)] = LoggedPoints()
        for steps, values in known:
            points.extend(steps, values)
