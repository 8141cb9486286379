"""Writes recordings that hold figures alone; each flush appends what is new, in one transaction.

A process that dies at any moment leaves everything up to its last flush. Where a flush fails, the file holds what
the last good one left, and a later flush writes what is missing. Needs NumPy and Python alone.
"""

import json
import platform
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nnsim import __version__
from nnsim.errors import OutputError
from nnsim.logs.figures_format import (
    APPLICATION_ID,
    CLOSED,
    FIGURES_VERSION,
    LOG_FIGURES,
    LOG_HISTOGRAMS,
    LOG_MARKS,
    LOG_META,
    LOG_POINTS,
    LOG_RUNS,
    LOG_TABLES,
    LONGEST_NAME,
    MOST_FIGURES,
    POINTS_AT_ONCE,
    WRITER,
    figures_hash,
    packed_points,
)
from nnsim.nn.arrays import Array
from nnsim.output_files import ANYWHERE, PATIENCE_S, OutputFiles, explained, is_held, moved_away
from nnsim.recording.checksummed_tables import Row
from nnsim.recording.packing import pack
from nnsim.recording.writer_process import renew, writer_text
from nnsim.text import clean_line, printable_path

OLDEST_SQLITE = (3, 37)  # that has STRICT tables


@dataclass
class FigureColumn:
    """The points of a figure that are in no whole chunk of the file yet."""

    number: int
    name: str
    written: int = 0  # points that are in the file
    first: int = 0  # the first point that is still here; a chunk begins with it
    steps: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    values: Array = field(default_factory=lambda: np.empty(0))

    @property
    def count(self) -> int:
        """Points in all."""
        return self.first + len(self.steps)

    def add(self, steps: npt.NDArray[np.int64], values: Array) -> None:
        self.steps = np.concatenate((self.steps, steps))
        self.values = np.concatenate((self.values, values))

    def rows(self) -> Iterator[Row]:
        """The rows of the chunks that the file lacks, in whole or in part."""
        for start in range(0, len(self.steps), POINTS_AT_ONCE):
            stop = min(start + POINTS_AT_ONCE, len(self.steps))
            if self.first + stop > self.written:
                chunk = (self.first + start) // POINTS_AT_ONCE
                yield packed_points(self.number, chunk, self.steps[start:stop], self.values[start:stop])

    def note_written(self) -> None:
        """Forgets the whole chunks, which are in the file."""
        self.written = self.count
        whole = len(self.steps) // POINTS_AT_ONCE * POINTS_AT_ONCE
        self.first += whole
        self.steps, self.values = self.steps[whole:], self.values[whole:]


@dataclass
class FigureRun:
    """What a run is, beside its points.  Args: stop: reason, step and message."""

    name: str
    source: str = ""
    unit: str = "step"
    steps_per_epoch: int = 1
    settings: Mapping[str, Any] = field(default_factory=dict)
    remarks: Sequence[str] = ()
    stop: tuple[str, int, str] | None = None
    marks: list[tuple[int, str, str]] = field(default_factory=list)  # step, kind, text
    histograms: Sequence[tuple[str, int, Array, Array]] = ()  # name, step, edges, counts
    columns: dict[str, FigureColumn] = field(default_factory=dict)

    def row(self, number: int) -> Row:
        reason, step, message = self.stop or (None, None, None)
        return LOG_RUNS.row(
            number,
            clean_line(self.name, LONGEST_NAME) or "run",
            clean_line(self.source, LONGEST_NAME),
            self.unit,
            self.steps_per_epoch,
            json.dumps(dict(self.settings), separators=(",", ":"), default=str),
            json.dumps([clean_line(one, 1000) for one in self.remarks][:100]),
            reason,
            step,
            None if message is None else clean_line(message, 1000),
        )


class FiguresWriter:
    """Writes runs into a new file, and goes on writing them.

    Args: files: whether and where it may be written. replace: whether a file of this name may be overwritten.
    created_by: what writes it, for people. named: what messages call the file, where `path` is its name for a time.
    kept: what they say of what has been written.
    Raises: OutputError where the file exists or cannot be made.
    """

    def __init__(
        self,
        path: Path,
        runs: Sequence[FigureRun],
        *,
        files: OutputFiles = ANYWHERE,
        replace: bool = False,
        created_by: str = "nnsim",
        named: Path | None = None,
        kept: str = "what was recorded so far stays readable",
    ) -> None:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise OutputError(f"recording needs SQLite 3.37 or newer, and Python has {sqlite3.sqlite_version} here")
        self.path = path
        self.runs = list(runs)
        self._files = files
        self._named, self._kept = named or path, kept
        self._figures = 0
        self._noted: dict[int, Row] = {}
        self._marked: dict[int, list[tuple[int, str, str]]] = {}
        with files.new_file(path, "nothing is recorded", replace=replace, durable=False) as new:
            _lay_out(files.connect(new), created_by)
        with explained(path, "nothing is recorded"):
            self._connection = files.connect(path)
            self._connection.execute(f"PRAGMA busy_timeout = {round(PATIENCE_S * 1000)}")

    def column(self, run: FigureRun, name: str) -> FigureColumn:
        """The column of a figure, which is a new one where there was none.  Raises: OutputError for too many."""
        found = run.columns.get(name)
        if found is None:
            if self._figures >= MOST_FIGURES:
                raise OutputError(
                    f"{printable_path(self._named)}: has {MOST_FIGURES:,} figures and can take no more"
                )
            found = run.columns[name] = FigureColumn(self._figures, clean_line(name, LONGEST_NAME) or "?")
            self._figures += 1
        return found

    def flush(self) -> None:
        """Appends what is new; where nothing is, renews the file's time, as a sign of life.

        A reader that holds the file for long, as one that was stopped in the midst of reading, keeps what it has:
        the file is replaced by a copy under the same name, and written on.
        Raises: OutputError where it cannot be written: what, where, and how much space is left.
        """
        with explained(self._named, self._kept):
            before = self._connection.total_changes
            try:
                self._append()
            except sqlite3.OperationalError as error:
                if not is_held(error):
                    raise
                self._connection = moved_away(self._files, self._connection, self.path)
                self._append()
            if self._connection.total_changes == before:
                renew(self.path)

    def close(self) -> None:
        """Writes what is left, and the hash of everything.  Raises: OutputError as `flush`."""
        try:
            self.flush()
            with explained(self._named, self._kept):
                try:
                    self._end()
                except sqlite3.OperationalError as error:
                    if not is_held(error):
                        raise
                    self._connection = moved_away(self._files, self._connection, self.path)
                    self._end()
        finally:
            self._connection.close()

    def _end(self) -> None:
        with _in_one(self._connection):
            self._connection.execute("DELETE FROM meta WHERE key = ?", (WRITER,))
            self._connection.execute(LOG_META.insert, LOG_META.row(CLOSED, figures_hash(self._connection)))

    def _append(self) -> None:
        fresh = [(run, one) for run in self.runs for one in run.columns.values() if one.count > one.written]
        rows = {number: run.row(number) for number, run in enumerate(self.runs)}
        changed = [row for number, row in rows.items() if self._noted.get(number) != row]
        marked = [(n, run) for n, run in enumerate(self.runs) if self._marked.get(n) != run.marks]
        if not fresh and not changed and not marked:
            return
        numbers = {id(run): number for number, run in enumerate(self.runs)}
        with _in_one(self._connection) as connection:
            connection.executemany(LOG_RUNS.insert, changed)
            for run, one in fresh:
                connection.execute(
                    LOG_FIGURES.insert, LOG_FIGURES.row(one.number, numbers[id(run)], one.name, one.count)
                )
                for row in one.rows():
                    connection.execute(LOG_POINTS.insert, row)
            for number, run in marked:
                connection.execute("DELETE FROM marks WHERE run = ?", (number,))
                connection.executemany(
                    LOG_MARKS.insert,
                    [LOG_MARKS.row(number, place, *one) for place, one in enumerate(run.marks)],
                )
            for number, run in enumerate(self.runs):
                if number not in self._noted:
                    connection.executemany(LOG_HISTOGRAMS.insert, _histogram_rows(number, run))
        for _, one in fresh:
            one.note_written()
        self._noted = rows
        self._marked = {number: list(run.marks) for number, run in enumerate(self.runs)}


def _histogram_rows(number: int, run: FigureRun) -> Iterator[Row]:
    for place, (name, step, edges, counts) in enumerate(run.histograms):
        if len(counts) <= 1_000_000:
            yield LOG_HISTOGRAMS.row(
                number, place, clean_line(name, LONGEST_NAME), step, len(counts), pack(edges), pack(counts)
            )


def _lay_out(connection: sqlite3.Connection, created_by: str) -> None:
    """Lays out an empty file."""
    meta = {
        "created_by": clean_line(created_by),
        "nnsim": __version__,
        "numpy": np.__version__,
        "platform": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        WRITER: writer_text(),
    }
    try:
        connection.execute("PRAGMA synchronous = OFF")  # it has no name yet
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("PRAGMA page_size = 4096")
        with _in_one(connection):
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {FIGURES_VERSION}")
            for table in LOG_TABLES:
                connection.execute(table.sql)
            connection.executemany(LOG_META.insert, [LOG_META.row(*one) for one in meta.items()])
    finally:
        connection.close()


@contextmanager
def _in_one(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One transaction, which is rolled back where anything in it fails."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # some failures roll back by themselves
            connection.execute("ROLLBACK")
        raise
