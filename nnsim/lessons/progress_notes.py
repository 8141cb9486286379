"""What a session adds to a person's progress: the pages, answers and challenges of its learner, and the time."""

import time
from collections.abc import Callable
from pathlib import Path

from nnsim.lessons.course import lesson_key
from nnsim.lessons.learner import Learner
from nnsim.lessons.progress import GivenPrediction, LessonProgress, ReadProgress, add_note, read_progress
from nnsim.output_files import OutputFiles
from nnsim.scenario.lesson_schema import LessonStart
from nnsim.scenario.scenario import Scenario, read_scenario
from nnsim.scenario.translation import in_language
from nnsim.session.session import Session

LONGEST_PAUSE_S = 120.0  # between two keys, that counts as time spent; what is longer was spent elsewhere
LEAST_S = 20.0  # of looking at a lesson that nobody has turned a page of, to have begun it
REGULARLY_S = 60.0  # of time spent that are noted at the latest


class ProgressNotes:
    """Gathers what is new of one lesson.  Args: clock: seconds from whenever. now: seconds since 1970."""

    def __init__(
        self,
        scenario: Scenario,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.lesson = lesson_key(scenario.name, scenario.files.folder)
        self._clock, self._now = clock, now
        self._busy_s = clock()  # when the last key came
        self._spent_s = 0.0
        self._noted = 0  # the learner's revision then

    def note_key(self) -> None:
        """Counts the time since the last key, or the opening."""
        now_s = self._clock()
        self._spent_s += min(now_s - self._busy_s, LONGEST_PAUSE_S)
        self._busy_s = now_s

    def take(self, learner: Learner | None, last: bool = False) -> LessonProgress | None:
        """What is new since the last call; None where nothing is worth a note.  Args: last: the session ends."""
        revision = learner.revision if learner is not None else 0
        due = revision != self._noted or self._spent_s >= REGULARLY_S
        if last:
            due |= self._spent_s >= LEAST_S or (revision > 0 and self._spent_s > 0)
        if learner is None or not learner.lesson.parts or not due:
            return None
        note = LessonProgress(
            learner.page + 1,
            learner.furthest + 1,
            {
                page + 1: GivenPrediction(question.told(learner.predicted[page]), learner.is_right(page))
                for page in learner.predicted
                if (question := learner.lesson.parts[page].question) is not None
            },
            tuple(page + 1 for page in sorted(learner.reached)),
            self._spent_s,
            self._now(),
        )
        self._noted, self._spent_s = revision, 0.0
        return note

    def write(self, files: OutputFiles, note: LessonProgress) -> ReadProgress:
        """Adds a note to the file.  Raises: OutputError where it cannot be written."""
        return add_note(files, self.lesson, note)


def session_of_lesson(path: Path, files: OutputFiles, student: str = "", language: str = "") -> Session:
    """Live runs of a scenario, its lesson where a person has left it.  Raises: ScenarioError.

    Args: language: of the lesson, where it is translated.
    """
    scenario, complaint = in_language(read_scenario(path), language)
    session = Session.of_scenario(scenario, student=student)
    if complaint:
        session.notices.post(complaint)
    session.lesson_start = lesson_start(files, session.scenario)
    return session


def lesson_start(files: OutputFiles, scenario: Scenario) -> LessonStart | None:
    """Where a lesson goes on that was begun before; None where it was not, or is done."""
    known = read_progress(files).progress.lessons.get(lesson_key(scenario.name, scenario.files.folder))
    parts = len(scenario.lesson.parts)
    if known is None or not parts:
        return None
    page = 1 if known.furthest >= parts else known.page
    return LessonStart(page, {part: one.answer for part, one in known.answers.items()})
