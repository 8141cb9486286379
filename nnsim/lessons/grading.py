"""What a learner hands in: whether the runs of a recording bear out the answers that stand in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from nnsim.errors import NnsimError
from nnsim.lessons.answers import Reveal, uncover
from nnsim.lessons.challenges import PLACES, Reached, reached
from nnsim.scenario.conditions import InPhase, OnRun, Single
from nnsim.scenario.lesson_schema import GivenAnswer, LessonPart, Question
from nnsim.scenario.places import MARKED, Event, Position
from nnsim.scenario.scenario import Scenario
from nnsim.session.session import Session
from nnsim.session.track import Track
from nnsim.session.view import View
from nnsim.text import clean_line
from nnsim.timeline import Cursor, Timeline
from nnsim.timeline.run import slices

MOST_TRAINED = 200_000  # steps that are trained for the questions of a recording, all in all
MOVING = ("best", "best-val")  # events that are elsewhere once a run has gone on

Look = Callable[[Timeline, int], bool]


@dataclass(frozen=True)
class Borne:
    """Whether an answer is borne out: None where neither the runs nor the scenario say anything of it."""

    given: GivenAnswer
    out: bool | None
    told: str


def borne_out(
    timelines: Sequence[Timeline], answers: Sequence[GivenAnswer], look: Look = lambda timeline, step: True
) -> Iterator[Borne]:
    """Hold each answer against the lesson and against what the runs have come to.

    What was predicted, and with how many hints, is a person's word; whether it is right is not. A question may have
    been answered beside runs that were begun again since, so the scenario is asked as well: as it stands, and with
    the settings that the answer names. A challenge is borne out by a run that is handed in, or is not.

    Args: look: is told of each run that is trained for a question the step that was reached, and says whether to go
    on; where it says no, the answers end.
    """
    if not answers:
        return
    recorded = Session.of_timelines(timelines).view
    parts = recorded.scenario.lesson.parts
    again = TrainedAgain(recorded.scenario, look)
    for given in answers:
        part = parts[given.part - 1] if given.part <= len(parts) else LessonPart("")
        found = _held(recorded, part, given, again)
        if again.ended:
            return
        yield found


class EnoughError(Exception):
    """No more is trained: it would be too much, or whoever looks on says so."""


class TrainedAgain:
    """The runs of a scenario, trained again as far as questions ask for them."""

    def __init__(self, scenario: Scenario, look: Look, own: Mapping[str, Any] = MappingProxyType({})) -> None:
        """Args: own: settings that all of them have."""
        self.ended = False
        self._own = own
        self._scenario, self._look = scenario, look
        self._left = MOST_TRAINED
        self._plain: Session | None = None

    def trained(self, question: Question, settings: Mapping[str, Any] | None = None) -> View:
        """The runs with these settings, each as far as the question asks.

        Raises: EnoughError; NnsimError where the settings are not allowed.
        """
        if settings:
            found = Session.of_scenario(self._scenario, settings=settings)
        else:
            found = self._plain = self._plain or Session.of_scenario(self._scenario, settings=self._own)
        at = question.at
        for track in found.tracks:
            last = track.last_step
            if isinstance(at, Position) and at.unit != "%":
                last = min(last, int(at.number) * (track.timeline.steps_per_epoch if at.unit == "epoch" else 1))
            self._train(track, last)
        return found.view

    def _train(self, track: Track, last: int) -> None:
        run, timeline = track.run, track.timeline
        assert run is not None, "it is trained here"

        def advance(steps: int) -> None:
            if self._left <= 0:
                raise EnoughError
            self._left -= run.advance(min(last - timeline.length, self._left, steps))

        for _ in slices(advance, lambda: timeline.length >= last or run.finished):
            if not self._look(timeline, timeline.length):
                self.ended = True
                raise EnoughError


def _held(recorded: View, part: LessonPart, given: GivenAnswer, again: TrainedAgain) -> Borne:
    if part.question is not None and given.asked == clean_line(part.question.ask, 1000):
        return _question(recorded, part.question, given, again)
    if part.challenge is not None and part.challenge.is_asked_by(given.asked):
        return _challenge(recorded, part, given)
    return Borne(given, False, "the lesson asks nothing like it there")


def _question(recorded: View, question: Question, given: GivenAnswer, again: TrainedAgain) -> Borne:
    prediction = question.prediction(given.answer)
    if prediction is None:
        return Borne(given, False, "it is no number" if question.typed else "it is none of the choices")
    if given.right is None:
        return Borne(given, None, "it was not revealed")
    found: list[Reveal] = []
    try:
        for revealed in _revealed(recorded, question, given, again):
            found.append(revealed)
            if revealed.confirms(question, prediction) == given.right:
                return Borne(given, True, revealed.told)
    except EnoughError:
        return Borne(given, None, "it takes too many steps to train it again")
    except NnsimError as error:
        return Borne(given, False, f"it names settings that are not allowed: {error}")
    if not found:
        return Borne(given, None, "no run gets to where it is revealed")
    if given.by_hand:
        return Borne(given, None, "it was revealed beside runs that had been changed under way")
    if moves_on(question):
        return Borne(given, None, "what it asks about is elsewhere once a run has gone on")
    return Borne(given, False, f"it is {'wrong' if given.right else 'right'}: {found[0].told}")


def moves_on(question: Question) -> bool:
    """Whether the answer depends on how far the runs had got when it was revealed."""
    places = [question.at, *(one.place for one in question.answer.quantities)]
    return any(isinstance(one, Event) and one.kind in MOVING for one in places)


def _revealed(recorded: View, question: Question, given: GivenAnswer, again: TrainedAgain) -> Iterator[Reveal]:
    """What is right beside each recorded run, and beside those of the scenario."""
    yield from _beside(recorded, question)
    yield from _beside(again.trained(question), question)
    if given.settings:
        yield from _beside(again.trained(question, given.settings), question)


def _beside(runs: View, question: Question) -> Iterator[Reveal]:
    for view in each_at_its_end(runs):
        if (found := uncover(view, question)) is not None:
            yield found


def _challenge(recorded: View, part: LessonPart, given: GivenAnswer) -> Borne:
    if (found := reached_by(recorded, part)) is not None:
        return Borne(given, True, found.told)
    if is_elsewhere(recorded, part):
        return Borne(given, None, "what it asks for is elsewhere once a run has gone on, or a mark was changed")
    return Borne(given, False, f"no run of the recording reaches {given.asked}")


def _shown(part: LessonPart) -> tuple[Single, ...]:
    """The parts of a goal that runs can show; no run says whose phases were entered."""
    assert part.challenge is not None, "the page has a challenge"
    return tuple(one for one in part.challenge.goal.parts if not isinstance(one, InPhase))


def reached_by(recorded: View, part: LessonPart) -> Reached | None:
    """How the runs of a recording reach the challenge of a page; None where none of them does."""
    challenge, shown = part.challenge, _shown(part)
    assert challenge is not None, "the page has a challenge"
    asked = replace(part, challenge=replace(challenge, goal=replace(challenge.goal, parts=shown)))
    for view in each_at_its_end(recorded):
        track, last = view.focused, view.end.step
        if challenge.within:
            last = min(last, challenge.within * track.timeline.steps_per_epoch)
        # The run that is looked at and the one that reaches it may be two.
        here = view.tracks if any(isinstance(one, OnRun) for one in shown) else (track,)
        # A goal without a place may have been reached before what was changed last, and no run says when.
        for step in (last,) if any(isinstance(one, PLACES) for one in shown) else (last, 0):
            for one in here:
                if (found := reached(view.at(Cursor(step)), one, asked)) is not None:
                    return found
    return None


def is_elsewhere(recorded: View, part: LessonPart) -> bool:
    """Whether a goal may have held at a step where it does not hold any more."""
    return any(_elsewhere(recorded, one) for one in _shown(part))


def _elsewhere(recorded: View, one: Single) -> bool:
    """Whether a part of a goal may have held at a step where it does not hold any more."""
    match one:
        case Position(unit="%"):  # of runs that were made longer since
            return any(each.key == "train.epochs" for track in recorded.tracks for each in track.timeline.commands)
        case Event():
            return one.kind in (*MOVING, MARKED)
        case _:
            return False


def each_at_its_end(view: View) -> Iterator[View]:
    """The same runs, each in turn in focus and with the cursor at its newest step."""
    for index, track in enumerate(view.tracks):
        yield replace(view, focus=index).at(Cursor(track.timeline.length))
