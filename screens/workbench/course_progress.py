"""Notes what a person does in a lesson, for home: in a thread, and at once when they leave."""

from collections.abc import Callable

from nnsim.errors import OutputError
from nnsim.lessons.progress import LessonProgress
from nnsim.lessons.progress_notes import ProgressNotes
from screens.workbench.controller_context import Context
from screens.workbench.lesson_keys import LessonKeys


class CourseNotes:
    """Keeps the progress of the lesson in a workbench; of a replay nothing is noted."""

    def __init__(self, context: Context, lesson: LessonKeys) -> None:
        self._context, self._lesson = context, lesson
        session, files = context.session, context.files
        teaches = bool(session.scenario.lesson.parts) and session.view.live and files.writable
        self._notes = ProgressNotes(session.scenario) if teaches else None
        self._complained = False

    def note_key(self) -> None:
        """Counts the time that is spent."""
        if self._notes is not None:
            self._notes.note_key()

    def tick(self) -> None:
        """Writes what is new, in a thread."""
        if (note := self._take()) is not None:
            self._context.in_thread(lambda: self._writing(note))

    def finish(self) -> None:
        """Writes what is left, now: what comes next reads it."""
        if (note := self._take(last=True)) is not None:
            self._writing(note)()

    def _take(self, last: bool = False) -> LessonProgress | None:
        pane = self._lesson.pane
        return None if self._notes is None or pane is None else self._notes.take(pane.learner, last)

    def _writing(self, note: LessonProgress) -> Callable[[], None]:
        """Writes a note.  Returns: what tells a person of it, where something is wrong."""
        assert self._notes is not None, "there is a note"
        try:
            complaint = self._notes.write(self._context.files, note).complaint
        except OutputError as error:
            complaint = str(error)
        return lambda: self._complain(complaint)

    def _complain(self, complaint: str) -> None:
        if complaint and not self._complained:
            self._complained = True
            self._context.tell(complaint, severity="warning", timeout=8)
