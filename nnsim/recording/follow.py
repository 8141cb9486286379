"""Following a recording that another process is still writing."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from nnsim.recording.codec import read_runs
from nnsim.recording.format import (
    COMMANDS,
    HASH_KEY,
    LEFT_KEY,
    MARKS,
    MAX_COMMANDS,
    META,
    WRITER_KEY,
    Row,
)
from nnsim.recording.heartbeat import SILENT_S, writer_lives
from nnsim.recording.reader import Recording
from nnsim.recording.sqlite_reader import Door, RecordingBusy, RecordingCutOff
from nnsim.timeline import Mark, Timeline

PATIENCE_S = 0.02  # of a reader that will ask again in a moment; whoever draws waits for it


class Following(Recording):
    """A recording whose timelines grow with the file.

    It reads in transactions of a few milliseconds and takes no lock that keeps a writer out for longer; there may
    be any number of them.

    Args: clock: seconds from whenever; by it a writer is taken to be gone that gives no sign of life for long.
    """

    def __init__(self, path: Path, door: Door, clock: Callable[[], float] = time.monotonic) -> None:
        self.gone = False  # whether its writer is, without having come to the end
        self._clock = clock
        self._writer = self._left = ""
        self.left: tuple[Timeline, ...] | None = None  # that its writer has left behind, where it says so
        self._marks: dict[int, list[Mark]] = {}  # of the file, by the identity of the timeline
        super().__init__(path, door)
        self._know_left()
        found = os.stat(path)
        self._file = found.st_ino
        self._sign = found.st_mtime_ns, clock()  # of life: the time of the file, and when it was seen to be that
        self._version: int | None = None
        self._seen: dict[int, tuple[Row, list[object]]] = {}

    @property
    def ended(self) -> bool:
        """Whether nothing will be added: its writer came to the end, or is gone."""
        return self.closed_properly or self.gone

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
        self._door.size = found.st_size
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
        self.gone = gone and not self.closed_properly
        return new or self.gone

    def _read(self) -> bool:
        with self._door.impatient(PATIENCE_S):
            version = self._door.version()
            if version == self._version:
                return False
            with self._door.moment():
                self._read_new()
        self._version = version
        return True

    def _read_rolled_back(self) -> None:
        """Read the rest of a file whose writer died in the middle of a transaction."""
        self._door.close()
        self._door = Door(self.path)
        with self._door.moment():
            self._read_new()

    def _writer_gone(self, written_ns: int) -> bool:
        """Whether the writer is known to be dead, or has given no sign of life for long."""
        now_s = self._clock()
        if written_ns != self._sign[0]:
            self._sign = written_ns, now_s
            return False
        lives = writer_lives(self._writer)
        return now_s - self._sign[1] > SILENT_S if lives is None else not lives

    def _meta(self) -> dict[str, str]:
        meta = super()._meta()
        self._writer, self._left = meta.get(WRITER_KEY, ""), meta.get(LEFT_KEY, "")
        return meta

    def _add_marks(self, timeline: Timeline, rows: list[Row]) -> None:
        """The marks of the file; those of whoever watches stay beside them."""
        before = self._marks.get(id(timeline), [])
        own = [one for one in timeline.marks if one not in before]
        super()._add_marks(timeline, rows)
        self._marks[id(timeline)] = list(timeline.marks)
        timeline.marks += own

    def _stat(self) -> os.stat_result:
        try:
            found = os.stat(self.path)
        except OSError as error:
            raise self._refuse(f"cannot be read any more: {error.strerror}") from None
        if found.st_ino != self._file:
            raise self._refuse("was replaced by another file while it was watched")
        return found

    def _read_new(self) -> None:
        rows = self._runs()
        for row in rows:
            new = row, self._lists(row[0])
            if row[0] >= len(self.timelines):
                self._several = True
                self.timelines = (*self.timelines, self._timeline(row))
            elif new != self._seen.get(row[0]):
                timeline = self.timelines[row[0]]
                if row[4] < timeline.length:
                    raise self._refuse(f"run {row[0] + 1} has become shorter")
                self._fill(timeline, row)
            self._seen[row[0]] = new
        meta = {
            row[0]: row[1] for row in self._door.rows(META, "the meta data", "key IN (?, ?)", (HASH_KEY, LEFT_KEY))
        }
        self.hash, self._left = meta.get(HASH_KEY), meta.get(LEFT_KEY, "")
        self._know_left()

    def _know_left(self) -> None:
        if not self._left:
            return
        try:
            self.left = tuple(self.timelines[run] for run in read_runs(self._left, len(self.timelines)))
        except ValueError:
            raise self._refuse("the runs that its writer has left behind are damaged") from None

    def _lists(self, run: int) -> list[object]:
        """What tells that a command or a mark was replaced: the row of a run says only how many there are."""
        found = list[object]()
        for table in (COMMANDS, MARKS):
            found += self._door.column(f"SELECT crc FROM {table.name} WHERE run = ?", (run,), MAX_COMMANDS)
        return found


def follow_recording(path: Path, clock: Callable[[], float] = time.monotonic) -> Following:
    """Open a recording to follow it.

    Args: clock: seconds from whenever, to tell how long its writer has been silent.
    Raises: RecordingError as `open_recording`.
    """
    door = Door(path)
    try:
        return Following(path, door, clock)
    except BaseException:
        door.close()
        raise
