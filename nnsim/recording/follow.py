"""Following a recording that another process is still writing."""

import os
from pathlib import Path

from nnsim.recording.door import Door, RecordingBusy
from nnsim.recording.format import HASH_KEY, META, Row
from nnsim.recording.reader import Recording
from nnsim.timeline import Mark, Timeline

PATIENCE_S = 0.02  # of a reader that will ask again in a moment; whoever draws waits for it


class Following(Recording):
    """A recording whose timelines grow with the file.

    It reads in transactions of a few milliseconds and takes no lock that keeps a writer out for longer; there may
    be any number of them.
    """

    def __init__(self, path: Path, door: Door) -> None:
        self._marks: dict[int, list[Mark]] = {}  # of the file, by the identity of the timeline
        super().__init__(path, door)
        self._file = os.stat(path).st_ino
        self._version: int | None = None
        self._seen: dict[int, Row] = {}

    @property
    def ended(self) -> bool:
        """Whether its writer came to the end: nothing will be added."""
        return self.closed_properly

    def age_s(self, now_s: float) -> float:
        """Seconds since the file was last written.  Args: now_s: seconds since 1970."""
        return max(0.0, now_s - self._stat().st_mtime)

    def refresh(self) -> bool:
        """Read what is new.  Returns: whether anything is; nothing yet where the writer holds the file just now.

        Raises: RecordingError where the file is damaged, or is no longer the one that was opened.
        """
        if self.ended:
            return False
        self._door.size = self._stat().st_size
        try:
            with self._door.impatient(PATIENCE_S):
                version = self._door.version()
                if version == self._version:
                    return False
                with self._door.moment():
                    self._read_new()
        except RecordingBusy:
            return False
        self._version = version
        return True

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
            if row[0] >= len(self.timelines):
                self._several = True
                self.timelines = (*self.timelines, self._timeline(row))
            elif row != self._seen.get(row[0]):
                timeline = self.timelines[row[0]]
                if row[4] < timeline.length:
                    raise self._refuse(f"run {row[0] + 1} has become shorter")
                self._fill(timeline, row)
            self._seen[row[0]] = row
        closed = self._door.rows(META, "the meta data", "key = ?", (HASH_KEY,))
        self.hash = closed[0][1] if closed else None


def follow_recording(path: Path) -> Following:
    """Open a recording to follow it.

    Raises: RecordingError as `open_recording`.
    """
    door = Door(path)
    try:
        return Following(path, door)
    except BaseException:
        door.close()
        raise
