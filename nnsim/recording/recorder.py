"""Writing recordings: beside a run that goes on, or a finished one at once."""

import platform
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType

import numpy as np

from nnsim import __version__
from nnsim.data.data_files import MAX_FILE
from nnsim.errors import RecordingError
from nnsim.output_files import ANYWHERE, PATIENCE_S, OutputFiles, explained, is_held, moved_away
from nnsim.recording.codec import answers_text, files_text, to_json
from nnsim.recording.facts import Facts
from nnsim.recording.format import (
    ANSWERS_KEY,
    APPLICATION_ID,
    DATA_KEY,
    FACTS,
    HASH_KEY,
    LEFT_KEY,
    MAX_DATA,
    MAX_RUNS,
    META,
    MINOR,
    PAGE_KEY,
    VERSION,
    WRITER_KEY,
    content_hash,
    tables_of,
)
from nnsim.recording.timeline_writer import Written, append, work
from nnsim.recording.writer_process import renew, writer_text
from nnsim.scenario.lesson_schema import GivenAnswer
from nnsim.text import clean_line, printable_path, quote
from nnsim.timeline import Timeline, most_plans

NO_FACTS = Facts()
WASTE = 0.1  # free part of a file that is worth waiting for the disk to give back


class Recorder:
    """Writes timelines to a file while they grow: each `flush` appends what is new, in one transaction.

    A process that dies at any moment leaves a file with everything up to its last flush. Where a flush fails the
    timelines are untouched, the file holds what the last good one left, and a later flush writes what is missing.

    Args: files: whether and where it may be written. replace: whether a file of this name may be overwritten.
    created_by: the command that records. answers: to the lesson, asked at each flush. facts: what is known of the
    recording, as its student; what can be measured is added. page: of the lesson, from 1, asked likewise.
    Raises: OutputError where the file exists or cannot be made.
    """

    def __init__(
        self,
        path: Path,
        timelines: Iterable[Timeline],
        *,
        files: OutputFiles = ANYWHERE,
        replace: bool = False,
        created_by: str = "nnsim",
        answers: Callable[[], Sequence[GivenAnswer]] = tuple,
        facts: Facts = NO_FACTS,
        page: Callable[[], int] | None = None,
    ) -> None:
        self.path = path
        self._files = files
        self._answers, self._page = answers, page
        self._left: list[int] | None = None  # the runs that are left behind, once that is told
        self._noted: dict[str, str] = {}  # of the meta data, what changes while the file is written
        self._lock = threading.Lock()
        first = list(timelines)
        _check_runs(path, first)
        self._runs = [Written(run, timeline, _parent(first[:run], timeline)) for run, timeline in enumerate(first)]
        # The first flush brings the file to the disk.
        with files.new_file(path, "nothing is recorded", replace=replace, durable=False) as new:
            _write(_make(files, new, first, created_by, facts, writer_text()), self._runs)
        with explained(path, "nothing is recorded"):
            self._connection = files.connect(path)
            self._connection.execute(f"PRAGMA busy_timeout = {round(PATIENCE_S * 1000)}")

    @property
    def timelines(self) -> tuple[Timeline, ...]:
        """The timelines that are recorded, in the order in which they were added."""
        return tuple(one.timeline for one in self._runs)

    def add(self, timeline: Timeline) -> None:
        """Record another run of the same scenario too, from the next flush on."""
        with self._lock:
            _check_runs(self.path, [*self.timelines, timeline])
            self._runs.append(Written(len(self._runs), timeline, _parent(self.timelines, timeline)))

    def tell_left(self, shown: Sequence[Timeline]) -> None:
        """Say from the next flush on which runs are left behind: those that are not among these."""
        with self._lock:
            self._left = [one.run for one in self._runs if not any(one.timeline is each for each in shown)]

    def _notes(self) -> dict[str, str]:
        notes = {ANSWERS_KEY: answers_text(self._answers())}
        if self._page is not None:
            notes[PAGE_KEY] = str(self._page())
        return notes if self._left is None else {**notes, LEFT_KEY: to_json(self._left)}

    def flush(self) -> None:
        """Append what is new since the last flush; where nothing is, renew the file's time, as a sign of life.

        Raises: OutputError where it cannot be written: what, where, and how much space is left.
        """
        with self._lock, explained(self.path, self._kept()):
            written, before = [one.copy() for one in self._runs], self._connection.total_changes
            notes = self._notes()
            _check_commands(self.path, self.timelines)
            try:
                self._append(written, notes)
            except sqlite3.OperationalError as error:
                if not is_held(error):
                    raise
                self._connection = moved_away(self._files, self._connection, self.path)
                written = [one.copy() for one in self._runs]
                self._append(written, notes)
            self._runs, self._noted = written, notes
            if self._connection.total_changes == before:
                renew(self.path)

    def _append(self, written: Iterable[Written], notes: Mapping[str, str]) -> None:
        with _transaction(self._connection):
            for one in written:
                for _ in append(self._connection, one):
                    pass
            if notes != self._noted:
                _note(self._connection, notes)

    def close(self) -> None:
        """Write what is left and the hash of everything, and compact the file.

        Raises: NnsimError as `flush`; the file is closed all the same.
        """
        with self._lock, explained(self.path, self._kept()):
            try:
                _check_commands(self.path, self.timelines)
            except RecordingError:
                self._connection.close()
                raise
            self._release()
            _write(self._connection, self._runs, finish=True, notes=self._notes())

    def _release(self) -> None:
        """Waits until nobody holds the file, or moves away from who does not let go."""
        try:
            self._connection.execute("BEGIN EXCLUSIVE")
            self._connection.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            if not is_held(error):
                raise
            self._connection = moved_away(self._files, self._connection, self.path)

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _kept(self) -> str:
        steps = max(one.row[4] if one.row else 0 for one in self._runs)
        return f"what was recorded up to step {steps:,} stays readable"


def save(
    path: Path,
    timelines: Sequence[Timeline],
    *,
    files: OutputFiles = ANYWHERE,
    replace: bool = False,
    created_by: str = "nnsim",
    answers: Sequence[GivenAnswer] = (),
    facts: Facts = NO_FACTS,
) -> None:
    """Write finished or paused timelines to a file: all of it appears under its name, or nothing.

    Args: files: whether and where it may be written. replace: whether a file of this name may be overwritten.
    answers: to the lesson. facts: as `Recorder` takes them.
    Raises: OutputError where it exists or cannot be written; nothing half-made is left.
    """
    for _ in saving(
        path, timelines, files=files, replace=replace, created_by=created_by, answers=answers, facts=facts
    ):
        pass


def saving(
    path: Path,
    timelines: Sequence[Timeline],
    *,
    files: OutputFiles = ANYWHERE,
    replace: bool = False,
    created_by: str = "nnsim",
    answers: Sequence[GivenAnswer] = (),
    facts: Facts = NO_FACTS,
) -> Iterator[float]:
    """The same in parts that take milliseconds; closed before its end, it leaves nothing behind.

    Yields: which share of the work is done.
    """
    _check_runs(path, timelines)
    with files.new_file(path, "nothing is saved, the run is still in memory", replace=replace) as new:
        runs = [Written(run, one, _parent(timelines[:run], one)) for run, one in enumerate(timelines)]
        whole = sum(map(work, timelines))
        notes = {ANSWERS_KEY: answers_text(answers)}
        parts = _writing(_make(files, new, timelines, created_by, facts), runs, finish=True, notes=notes)
        for done in accumulate(parts):
            yield min(done / max(whole, 1), 1.0)


def _check_runs(path: Path, timelines: Sequence[Timeline]) -> None:
    if not timelines:
        raise RecordingError(f"{printable_path(path)}: there is no run to record")
    if len(timelines) > MAX_RUNS:
        raise RecordingError(f"{printable_path(path)}: {len(timelines)} runs are too many (allowed: {MAX_RUNS})")
    if any(one.scenario.text != timelines[0].scenario.text for one in timelines):
        raise RecordingError(f"{printable_path(path)}: a recording holds runs of one scenario only")
    _check_commands(path, timelines)


def _check_commands(path: Path, timelines: Sequence[Timeline]) -> None:
    """Refuse what no reader would open."""
    plans, most = sum(1 + len(one.commands) for one in timelines), most_plans(timelines[0].scenario)
    if plans > most:
        raise RecordingError(
            f"{printable_path(path)}: {plans:,} runs and changes are too many "
            f"(allowed with this scenario: {most:,})"
        )


def _parent(before: Sequence[Timeline], timeline: Timeline) -> int | None:
    """Which of the runs before it a timeline left."""
    if timeline.fork_step is None or timeline.parent is None:
        return None
    return next((run for run, one in enumerate(before) if one is timeline.parent), None)


def _make(
    files: OutputFiles,
    path: Path,
    timelines: Sequence[Timeline],
    created_by: str,
    facts: Facts,
    writer: str | None = None,
) -> sqlite3.Connection:
    """Lay out an empty recording in an empty file.  Args: writer: who goes on writing it, where anybody does."""
    if sqlite3.sqlite_version_info < (3, 37):
        raise RecordingError(f"recording needs SQLite 3.37 or newer, and Python has {sqlite3.sqlite_version} here")
    scenario = timelines[0].scenario
    meta = {
        "created_by": clean_line(created_by),
        "nnsim": __version__,
        "numpy": np.__version__,
        "platform": f"{platform.system()} {platform.machine()}",  # what decides bits; a kernel's name is private
        "python": platform.python_version(),
        "scenario": scenario.text,
        "scenario_name": scenario.name,
    }
    if writer is not None:
        meta[WRITER_KEY] = writer
    for name, size in scenario.files.too_large.items():
        raise RecordingError(
            f"{printable_path(path)}: {quote(name)} has {size:,} bytes (allowed in a recording: {MAX_FILE:,})"
        )
    if scenario.files.contents:
        meta[DATA_KEY] = files_text(scenario.files.contents)
        if len(meta[DATA_KEY]) > MAX_DATA:
            raise RecordingError(
                f"{printable_path(path)}: the scenario's data files take {len(meta[DATA_KEY]):,} bytes packed "
                f"(allowed in a recording: {MAX_DATA:,})"
            )
    connection = files.connect(path)
    try:
        # The file has no name yet: where this fails it is thrown away, and else brought to the disk whole.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("PRAGMA page_size = 4096")
        with _transaction(connection):
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
            for table in tables_of(MINOR):
                connection.execute(table.sql)
            connection.executemany(META.insert, [META.row(*one) for one in meta.items()])
            known = facts.completed(timelines)
            connection.executemany(FACTS.insert, [FACTS.row(*one) for one in known.rows()])
            connection.execute(FACTS.insert, FACTS.row(HASH_KEY, content_hash(connection, [FACTS])))
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # some failures roll back by themselves
            connection.execute("ROLLBACK")
        raise


def _note(connection: sqlite3.Connection, notes: Mapping[str, str]) -> None:
    """Write those of the meta data that are not empty."""
    connection.executemany(META.insert, [META.row(key, text) for key, text in notes.items() if text])


def _write(
    connection: sqlite3.Connection,
    runs: Iterable[Written],
    finish: bool = False,
    notes: Mapping[str, str] = MappingProxyType({}),
) -> None:
    for _ in _writing(connection, runs, finish, notes):
        pass


def _writing(
    connection: sqlite3.Connection,
    runs: Iterable[Written],
    finish: bool = False,
    notes: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[int]:
    """Write what runs have more than the file in one transaction, and close it; in parts, as `append`.

    Args: notes: of the meta data, what is known at the end. finish: the recording ends here: it gets its hash, and
    gives back the space of rows that were replaced.
    """
    try:
        with _transaction(connection):
            for one in runs:
                yield from append(connection, one)
            _note(connection, notes)
            if finish:
                connection.execute("DELETE FROM meta WHERE key = ?", (WRITER_KEY,))
                connection.execute(META.insert, META.row(HASH_KEY, content_hash(connection)))
        if finish and _pages(connection, "freelist_count") > WASTE * _pages(connection, "page_count"):
            # This takes the space of a second copy for a moment; without it the file is larger, and as good.
            with suppress(sqlite3.Error):
                connection.execute("VACUUM")
    finally:
        connection.close()


def _pages(connection: sqlite3.Connection, kind: str) -> int:
    return int(connection.execute(f"PRAGMA {kind}").fetchone()[0])
