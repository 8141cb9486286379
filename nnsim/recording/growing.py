"""Follows a recording that another process is still writing."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from nnsim.errors import RecordingError
from nnsim.recording.checksummed_tables import Row
from nnsim.recording.codec import read_runs
from nnsim.recording.format import COMMANDS, HASH_KEY, LEFT_KEY, MARKS, MAX_COMMANDS, META, PAGE_KEY, WRITER_KEY
from nnsim.recording.reader import Recording, WholeFile, open_recording, run_rows
from nnsim.recording.sqlite_reader import RecordingBusy, RecordingCutOff, RecordingTables
from nnsim.recording.writer_process import SILENT_S, writer_lives
from nnsim.timeline import Timeline

REPLACED = "was replaced by another file while it was watched"
PATIENCE_S = 0.02  # of a reader that will ask again in a moment; whoever draws waits for it


class GrowingRecording:
    """A recording whose timelines grow with the file.

    It reads in transactions of a few milliseconds and takes no lock that keeps a writer out for longer; there may
    be any number of them.

    Args: recording: read whole. clock: seconds from whenever; by it a writer is taken to be gone that gives no sign
    of life for long.
    """

    def __init__(self, recording: Recording, clock: Callable[[], float] = time.monotonic) -> None:
        self.recording = recording
        self.gone = False  # whether its writer is, without having come to the end
        self.left: tuple[Timeline, ...] | None = None  # that its writer has left behind, where it says so
        self._clock = clock
        self._know_left(recording.left_runs)
        self.page = self._page_of(recording.page)  # of the lesson that its writer looks at, from 0
        found = os.stat(recording.path)
        self._file = found.st_ino
        self._sign = found.st_mtime_ns, clock()  # of life: the time of the file, and when it was seen to be that
        self._version: int | None = None
        self._rows: dict[int, tuple[Row, list[object]]] = {}

    @property
    def timelines(self) -> tuple[Timeline, ...]:
        """Those of all runs that the file holds so far."""
        return self.recording.timelines

    @property
    def writer_at_work(self) -> bool:
        """Whether the process that writes it is known to live, and has not come to the end."""
        return not self.recording.closed_properly and writer_lives(self.recording.writer) is True

    def close(self) -> None:
        """Close the file."""
        self.recording.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def ended(self) -> bool:
        """Whether nothing will be added: its writer came to the end, or is gone."""
        return self.recording.closed_properly or self.gone

    @property
    def parting(self) -> str:
        """What there is to say of a writer that is gone, or nothing."""
        if not self.gone:
            return ""
        return f"the writer has gone: the recording ends at step {max(one.length for one in self.timelines):,}"

    def age_s(self, now_s: float) -> float:
        """Seconds since the file was last written.  Args: now_s: seconds since 1970."""
        return max(0.0, now_s - self._stat().st_mtime)

    def refresh(self) -> bool:
        """Read what is new.  Returns: whether anything is; nothing yet where the writer holds the file just now.

        Raises: RecordingError where the file is damaged, or is no longer the one that was opened.
        """
        if self.ended:
            return False
        found = self._stat()
        self.recording.runs.tables.size = found.st_size
        gone = self._writer_gone(found.st_mtime_ns)  # asked first: what it wrote before is read below
        try:
            new = self._read()
        except RecordingBusy:
            return False
        except RecordingCutOff:
            if not gone:
                return False
            self._read_rolled_back()
            new = True
        self.gone = gone and not self.recording.closed_properly
        return new or self.gone

    def _read(self) -> bool:
        tables = self.recording.runs.tables
        with tables.impatient(PATIENCE_S):
            version = tables.version()
            if version == self._version:
                return False
            with tables.moment():
                self._read_new()
        self._version = version
        return True

    def _read_rolled_back(self) -> None:
        """Read the rest of a file whose writer died in the middle of a transaction."""
        runs = self.recording.runs
        runs.tables.close()
        runs.tables = RecordingTables(self.recording.path)
        with runs.tables.moment():
            self._read_new()

    def _writer_gone(self, written_ns: int) -> bool:
        """Whether the writer is known to be dead, or has given no sign of life for long."""
        now_s = self._clock()
        if written_ns != self._sign[0]:
            self._sign = written_ns, now_s
            return False
        lives = writer_lives(self.recording.writer)
        return now_s - self._sign[1] > SILENT_S if lives is None else not lives

    def _stat(self) -> os.stat_result:
        try:
            found = os.stat(self.recording.path)
        except OSError as error:
            raise self.recording.runs.refuse(f"cannot be read any more: {error.strerror}") from None
        if found.st_ino != self._file:
            self._follow_moved(found)
        return found

    def _follow_moved(self, found: os.stat_result) -> None:
        """Goes over to another file of the name, where the same writer has made it.

        A writer moves away from a reader that holds its file and does not let go.
        """
        runs = self.recording.runs
        try:
            tables = RecordingTables(self.recording.path)
        except RecordingError:
            raise runs.refuse(REPLACED) from None
        keys = (WRITER_KEY, HASH_KEY, "scenario")
        meta = {row[0]: row[1] for row in tables.rows(META, "the meta data", "key IN (?, ?, ?)", keys)}
        own = meta.get(WRITER_KEY) == self.recording.writer or (HASH_KEY in meta and WRITER_KEY not in meta)
        lengths = {row[0]: row[4] for row in run_rows(tables, WholeFile())}
        own = own and all(lengths.get(run, -1) >= one.length for run, one in enumerate(self.timelines))
        if not own or meta.get("scenario") != self.recording.scenario.text:
            tables.close()
            raise runs.refuse(REPLACED)
        runs.tables.close()
        runs.tables, self._file, self._version = tables, found.st_ino, None

    def _read_new(self) -> None:
        runs = self.recording.runs
        rows = run_rows(runs.tables, WholeFile())
        for row in rows:
            new = row, self._lists(row[0])
            if row[0] >= len(self.timelines):
                runs.several = True
                self.recording.timelines = (*self.timelines, runs.timeline(row))
            elif new != self._rows.get(row[0]):
                timeline = self.timelines[row[0]]
                if row[4] < timeline.length:
                    raise self.recording.runs.refuse(f"run {row[0] + 1} has become shorter")
                runs.fill(timeline, row)
            self._rows[row[0]] = new
        found = runs.tables.rows(META, "the meta data", "key IN (?, ?, ?)", (HASH_KEY, LEFT_KEY, PAGE_KEY))
        meta = {row[0]: row[1] for row in found}
        self.recording.hash = meta.get(HASH_KEY)
        self._know_left(meta.get(LEFT_KEY, ""))
        self.page = self._page_of(meta.get(PAGE_KEY, ""))

    def _page_of(self, text: str) -> int | None:
        """A page of the lesson from 0; None where the file names none."""
        pages = len(self.recording.scenario.lesson.parts)
        known = text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= pages
        return int(text) - 1 if known else None

    def _know_left(self, numbers: str) -> None:
        if not numbers:
            return
        try:
            self.left = tuple(self.timelines[run] for run in read_runs(numbers, len(self.timelines)))
        except ValueError:
            raise self.recording.runs.refuse("the runs that its writer has left behind are damaged") from None

    def _lists(self, run: int) -> list[object]:
        """What tells that a command or a mark was replaced: the row of a run says only how many there are."""
        found, tables = list[object](), self.recording.runs.tables
        for table in (COMMANDS, MARKS):
            found += tables.column(f"SELECT crc FROM {table.name} WHERE run = ?", (run,), MAX_COMMANDS)
        return found


def follow_recording(
    path: Path, clock: Callable[[], float] = time.monotonic, language: str = ""
) -> GrowingRecording:
    """Open a recording to follow it.

    Args: clock: seconds from whenever, to tell how long its writer has been silent. language: of its lesson, where
    it is translated.
    Raises: RecordingError as `open_recording`.
    """
    recording = open_recording(path, language=language)
    try:
        return GrowingRecording(recording, clock)
    except BaseException:
        recording.close()
        raise
