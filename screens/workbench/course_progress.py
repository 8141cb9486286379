"""Notes what a person does in a lesson, for home: in a thread, and at once when the screen is left."""

from concurrent.futures import Future, ThreadPoolExecutor

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
        session.saving.keeps_answers = teaches
        self._writer: ThreadPoolExecutor | None = None  # made with the first note
        self._written: Future[str] | None = None  # what is wrong with the note that is being written
        self._complained = ""

    def note_key(self) -> None:
        """Counts the time that is spent."""
        if self._notes is not None:
            self._notes.note_key()

    def tick(self) -> None:
        """Has what is new written, one note at a time, and tells what was wrong with the last one."""
        if self._written is not None:
            if not self._written.done():
                return
            self._tell(self._written.result())
            self._written = None
        if (note := self._take()) is not None:
            self._writer = self._writer or ThreadPoolExecutor(1, "progress")
            self._written = self._writer.submit(self._write, note)

    def finish(self) -> None:
        """Writes what is left, now: what comes next reads it."""
        if self._written is not None:
            self._tell(self._written.result())
            self._written = None
        if (note := self._take(last=True)) is not None:
            self._tell(self._write(note))
        if self._writer is not None:
            self._writer.shutdown()
            self._writer = None

    def _take(self, last: bool = False) -> LessonProgress | None:
        pane = self._lesson.pane
        return None if self._notes is None or pane is None else self._notes.take(pane.learner, last)

    def _write(self, note: LessonProgress) -> str:
        """Writes a note.  Returns: what is wrong with the file; empty where nothing is."""
        assert self._notes is not None, "there is a note"
        try:
            return self._notes.write(self._context.files, note).complaint
        except OutputError as error:
            return str(error)

    def _tell(self, complaint: str) -> None:
        if complaint and complaint != self._complained:
            self._complained = complaint
            self._context.tell(complaint, severity="warning", timeout=8)
