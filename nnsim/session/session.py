"""A session: the runs of a scenario side by side, one cursor over all of them, and where it is heading.

It reads no clock and waits for nothing: its caller says how much time has passed (`playback.elapse`), and lets it
train a little at a time. Each of its parts does one thing with the state that they share.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from nnsim.scenario.lesson_schema import GivenAnswer, LessonStart
from nnsim.scenario.scenario import Scenario, sweep_settings
from nnsim.scenario.student import missing_student, personal_settings
from nnsim.session.cursor_motion import CursorMotion, LiveTraining
from nnsim.session.editor import Editor
from nnsim.session.follow import Follow, GrowingTimelines
from nnsim.session.history import History
from nnsim.session.playback import Playback, speed_index
from nnsim.session.session_state import SessionState
from nnsim.session.track import Track
from nnsim.session.unsaved_work import Saving
from nnsim.session.view import View
from nnsim.timeline import Cursor, RunLog, Timeline
from nnsim.timeline.replica import Retraining, Way
from nnsim.timeline.run import Run


class ManyRuns(GrowingTimelines, Protocol):
    """Runs from several places."""

    @property
    def origins(self) -> Sequence[str]:
        """What tells the runs of one place from those of another; empty where there is one."""


LEAST_SPEED = 10  # epochs a second, at first
WHOLE_S = 60  # in which a whole run plays, at most


class Session:
    """Holds runs side by side, and the parts that move, train, play, follow, edit and save them."""

    def __init__(self, tracks: Sequence[Track], *, speed: int | None = None, may_train: bool = True) -> None:
        """Args: speed: index into `SPEEDS`; by default one with which the longest run plays in a minute or less."""
        self.state = state = SessionState(tracks)
        self.notices = state.notices
        self.motion = CursorMotion(state)
        self.training = LiveTraining(state, self.motion)
        self.playback = Playback(state, self.motion, _first_speed(tracks) if speed is None else speed)
        self.retraining = Retraining()
        self.history = History(state, self.motion, self.retraining)
        self.editor = Editor(state, self.history, self.retraining, may_train)
        self.follow = Follow(state, self.motion, self.history)
        self.saving = Saving(state)
        self.lesson_start: LessonStart | None = None  # where a lesson that was begun before goes on

    @classmethod
    def of_scenario(
        cls,
        scenario: Scenario,
        variant: str | None = None,
        settings: Mapping[str, Any] | None = None,
        student: str = "",
    ) -> "Session":
        """Live runs of one variant, or of all of them, for every value of the sweep.

        Args: student: whose runs they are; a scenario may have numbers of their own for them.
        """
        names = [variant] if variant else [one.name for one in scenario.variants]
        given = {**personal_settings(scenario, student), **(settings or {})}
        sweep = scenario.sweep.key if scenario.sweep else None
        values = [{}] if sweep in given else sweep_settings(scenario)
        runs = [Run(scenario, name, {**given, **value}) for value in values for name in names]
        session = cls([Track(run.timeline, run, index) for index, run in enumerate(runs)])
        session.saving.student = student
        session.notices.post(missing_student(scenario, student), warns=False)
        return session

    @classmethod
    def of_timelines(
        cls,
        timelines: Sequence[RunLog],
        answers: Sequence[GivenAnswer] = (),
        student: str = "",
        may_train: bool = True,
    ) -> "Session":
        """A replay of a student's recording; the lesson is open at the first of the answers that are in it.

        Args: may_train: whether forks may go on from it.
        """
        tracks = [Track(log, None, index) for index, log in enumerate(timelines)]
        session = cls(tracks, may_train=may_train)
        session.saving.answers = {one.part: one for one in answers}
        session.saving.note_saved()
        if answers:
            given = {one.part: one.answer for one in answers}
            session.lesson_start = LessonStart(min(given), given, recorded=True)
        session.saving.student = student
        return session

    @classmethod
    def of_growing(cls, source: GrowingTimelines, may_train: bool = True) -> "Session":
        """Timelines that another process extends, followed at their newest step."""
        session = cls.of_timelines(source.timelines, may_train=may_train)
        session.follow.begin(source)
        return session

    @classmethod
    def of_runs(cls, source: "ManyRuns", follows: bool = False) -> "Session":
        """Runs from several places, recorded or of other programs; followed where they are still written."""
        session = cls.of_timelines(source.timelines)
        session.name_origins(source.origins)
        if follows:
            session.follow.begin(source)
        else:
            session.motion.head_for(session.view.end)
        return session

    def name_origins(self, origins: Sequence[str]) -> None:
        """Tells the runs of several places apart by what those are called."""
        for track, origin in zip(self.tracks, origins, strict=True):
            track.origin = origin

    @property
    def fixed(self) -> str | None:
        """Why the run in focus cannot be changed, in a sentence; None where it can."""
        if not isinstance(self.focused.log, Timeline):
            return "Another program has trained this run: it has no settings to change."
        return "Runs of several places are compared: open one alone to change it." if self.focused.origin else None

    @property
    def scenario(self) -> Scenario:
        return self.state.scenario

    @property
    def tracks(self) -> list[Track]:
        return self.state.tracks

    @property
    def focused(self) -> Track:
        return self.state.focused

    @property
    def cursor(self) -> Cursor:
        return self.state.cursor

    @property
    def view(self) -> View:
        return self.state.view

    def attempt(self, edit: Callable[["Session"], str], way: Way | None = None) -> str | Way:
        """Make an edit, unless it takes long; see `Retraining.attempt`."""
        return self.retraining.attempt(partial(edit, self), way)


def _first_speed(tracks: Sequence[Track]) -> int:
    epochs = max(one.last_step / one.log.steps_per_epoch for one in tracks)
    return speed_index(max(LEAST_SPEED, epochs / WHOLE_S))
