"""Recording beside whatever trains: a thread of its own writes, so that nobody waits for the disk."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nnsim.errors import NnsimError
from nnsim.output_files import ANYWHERE, OutputFiles
from nnsim.recording.facts import Facts
from nnsim.recording.format import MAX_RUNS
from nnsim.recording.recorder import NO_FACTS, Recorder
from nnsim.scenario.lesson_schema import GivenAnswer
from nnsim.timeline import Timeline

if TYPE_CHECKING:
    from nnsim.session.session import Session

FLUSH_S = 0.4  # between two writes: what a killed process loses, and how far who watches is behind


class Beside:
    """A file into which timelines are written while they grow, those included that join later.

    Where writing fails that is told once; training goes on, and what was written stays readable.

    Args: timelines: all that there are, asked again before every write. files: whether and where it may be
    written. replace: whether a file of this name may be overwritten. created_by: the command that records. failed:
    is told what went wrong, by the thread. answers, page: of the lesson, asked likewise. shown: those that are not
    left behind; all where it is missing. facts: as `Recorder` takes them.
    Raises: OutputError where the file exists or cannot be made.
    """

    def __init__(
        self,
        path: Path,
        timelines: Callable[[], Sequence[Timeline]],
        *,
        files: OutputFiles = ANYWHERE,
        replace: bool,
        created_by: str,
        failed: Callable[[str], None],
        answers: Callable[[], Sequence[GivenAnswer]] = tuple,
        shown: Callable[[], Sequence[Timeline]] | None = None,
        facts: Facts = NO_FACTS,
        page: Callable[[], int] | None = None,
    ) -> None:
        self.path = path
        self._timelines, self._tell = timelines, failed
        self._shown = shown or timelines
        self.failed = False
        self._recorder = Recorder(
            path,
            timelines(),
            files=files,
            replace=replace,
            created_by=created_by,
            answers=answers,
            facts=facts,
            page=page,
        )
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._flush_often, name="recorder", daemon=True)
        self._thread.start()

    def _flush_often(self) -> None:
        while not self._ending.wait(FLUSH_S):
            try:
                self._join()
                self._recorder.flush()
            except NnsimError as error:
                self._complain(error)
                return

    def _join(self) -> None:
        """Take in what has joined; where a file holds no more runs, those that it has are written on."""
        known = self._recorder.timelines
        for timeline in self._timelines():
            if not any(timeline is one for one in known):
                try:
                    self._recorder.add(timeline)
                except NnsimError as error:
                    self._complain(error)
                    break
        self._recorder.tell_left(self._shown())

    def _complain(self, error: NnsimError) -> None:
        if not self.failed:
            self._tell(f"{error} (training goes on)")
        self.failed = True

    def close(self) -> None:
        """Write the rest, and the end.  Raises: NnsimError where that fails for the first time."""
        self._ending.set()
        self._thread.join()
        self._join()
        try:
            self._recorder.close()
        except NnsimError:
            told, self.failed = self.failed, True
            if not told:
                raise


def record_session(session: "Session", path: Path, overwrite: bool, files: OutputFiles) -> Beside:
    """Records all runs of a session, and the answers to its lesson, until it is closed.  Raises: OutputError."""
    return Beside(
        path,
        lambda: session.saving.timelines(MAX_RUNS),
        files=files,
        replace=overwrite,
        created_by="nnsim open",
        facts=Facts(student=session.saving.student),
        failed=session.notices.post,
        answers=lambda: [*session.saving.answers.values()],
        shown=lambda: [track.timeline for track in session.tracks],
        page=(lambda: session.saving.page + 1) if session.scenario.lesson.parts else None,
    )
