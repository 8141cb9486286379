"""What a hand-in comes to, judged by the teacher's scenario: each question, each challenge, and what differs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nnsim.lessons.answers import Reveal, begun_with, uncover
from nnsim.lessons.grading import (
    EnoughError,
    Look,
    TrainedAgain,
    each_at_its_end,
    is_elsewhere,
    moves_on,
    reached_by,
)
from nnsim.scenario.lesson_schema import GivenAnswer, LessonPart, Prediction, Question
from nnsim.scenario.places import Position
from nnsim.scenario.scenario import Scenario
from nnsim.scenario.student import personal_settings
from nnsim.scenario.sweep_axes import SEED
from nnsim.session.session import Session
from nnsim.session.view import TrackView, View
from nnsim.text import clean_line, quote
from nnsim.timeline import Cursor, Timeline


@dataclass(frozen=True)
class JudgedQuestion:
    """A question of the lesson.

    Args: part: from 1. when: the place at which its answer is read. answer: the choice; None where it was not
    answered. right: None where nothing shows it.
    """

    part: int
    when: str
    answer: str | None = None
    right: bool | None = None


@dataclass(frozen=True)
class JudgedChallenge:
    """A challenge of the lesson.

    Args: part: from 1. epoch: in which it was reached; None where it was not. settings: that the run which reached
    it has changed by then.
    """

    part: int
    goal: str
    reached: bool = False
    epoch: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Assessment:
    """What was found of one hand-in.

    `word` says what of its answers is a person's word, which nothing bears out, and which right ones were called
    wrong beside other settings; `differs` what is not as it says, or not as the teacher's scenario has it.
    """

    hints: int = 0
    questions: list[JudgedQuestion] = field(default_factory=list)
    challenges: list[JudgedChallenge] = field(default_factory=list)
    word: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        """Whether all questions are answered and all challenges reached."""
        return all(one.answer is not None for one in self.questions) and all(one.reached for one in self.challenges)

    def or_within_roundings(self, recorded: "Assessment") -> "Assessment":
        """The same with what the recorded runs show, where these agree with the trained ones but for roundings."""
        questions, challenges, word = list(self.questions), list(self.challenges), list(self.word)
        for at, answer in enumerate(recorded.questions):
            if answer.right and not questions[at].right:
                questions[at] = answer
                word.append(f"part {answer.part}: rests on a rounding")
        for at, goal in enumerate(recorded.challenges):
            if goal.reached and not challenges[at].reached:
                challenges[at] = goal
                word.append(f"part {goal.part}: rests on a rounding")
        differs = [one for one in self.differs if one in recorded.differs]
        return Assessment(self.hints, questions, challenges, word, differs)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings by which the challenges were reached, by dotted key."""
        return {key: value for one in self.challenges for key, value in one.settings.items()}


def assess(
    scenario: Scenario,
    timelines: Sequence[Timeline],
    answers: Sequence[GivenAnswer],
    student: str,
    look: Look = lambda timeline, step: True,
) -> Assessment:
    """Judge what was answered and reached.

    A question counts where the choice is right beside the scenario's own runs, or beside runs that are handed in
    and differ from these in their seed alone. A challenge counts where a run that is handed in reaches it.

    Args: scenario: the teacher's. timelines: the runs that are handed in, of this scenario, trained here. answers:
    as the recording has them. student: their name; empty where it says none. look: as `borne_out` has it.
    """
    return _Judge(scenario, timelines, student, look).assessment(answers)


class _Judge:
    def __init__(self, scenario: Scenario, timelines: Sequence[Timeline], student: str, look: Look) -> None:
        self._found = Assessment()
        self._scenario = scenario
        self._own = personal_settings(scenario, student)  # that every run of this student has
        self._again = TrainedAgain(scenario, look, self._own)
        self._counts = bool(student) or not scenario.personal
        if not self._counts:
            self._differs("names no student, and the numbers of this scenario are personal: nothing counts")
        theirs = [one for one in timelines if self._own.items() <= {SEED: one.plan.seed}.items()]
        if len(theirs) < len(timelines):
            seeds = sorted({one.plan.seed for one in timelines if one not in theirs})
            told = ", ".join(map(str, seeds[:5]))
            self._differs(f"runs have other seeds than the student's, {self._own[SEED]}: {told}")
        runs = theirs if self._counts else []
        self._handed_in = Session.of_timelines(runs).view if runs else None

    def assessment(self, answers: Sequence[GivenAnswer]) -> Assessment:
        given = {one.part: one for one in answers}
        if len(given) < len(answers):
            self._differs("a part is answered more than once: the last answer counts")
        found = self._found
        found.hints = sum(one.hints for one in given.values())
        if found.hints or any(part.hints for part in self._scenario.lesson.parts if given):
            found.word.append(f"{found.hints} hints used")
        for number, part in enumerate(self._scenario.lesson.parts, start=1):
            answer = given.pop(number, None)
            if part.question is not None:
                found.questions.append(self._question(number, part.question, answer))
            elif part.challenge is not None:
                found.challenges.append(self._challenge(number, part, answer))
            elif answer is not None:
                self._differs(f"part {number}: is answered, and asks nothing")
        for number in given:
            self._differs(f"part {number}: is answered, and the lesson has no such part")
        return found

    def _differs(self, sentence: str) -> None:
        self._found.differs.append(clean_line(sentence, 1000))

    # ------------------------------------------------------------------ questions

    def _question(self, number: int, question: Question, given: GivenAnswer | None) -> JudgedQuestion:
        judged = JudgedQuestion(number, question.at.text)
        if given is None:
            return judged
        place = f"part {number}"
        if given.asked != clean_line(question.ask, 1000):
            self._differs(f"{place}: answers another question, {quote(given.asked)}")
        prediction = question.prediction(given.answer)
        if prediction is None:
            what = "no number" if question.typed else "none of the choices"
            self._differs(f"{place}: {quote(given.answer)} is {what}")
            return replace(judged, right=False)
        right = self._is_right(place, question, prediction, given)
        if isinstance(right, str):
            self._found.word.append(right)
            return replace(judged, answer=given.answer)
        if given.right is not None and right != given.right:
            said, is_so = ("right", "wrong") if given.right else ("wrong", "right")
            if right and (beside := self._alone_beside(question, prediction, given)):
                told = f"{place}: was called wrong beside {beside} alone, which it does not ask for"
                self._found.word.append(told)
            else:
                self._differs(f"{place}: says that {quote(given.answer)} was {said}, and it is {is_so}")
        return replace(judged, answer=given.answer, right=right)

    def _is_right(self, place: str, question: Question, prediction: Prediction, given: GivenAnswer) -> bool | str:
        """Whether a prediction is right; a sentence where nothing shows it."""
        if not self._counts:
            return f"{place}: counts for nobody"
        if given.right is None:
            return f"{place}: was not revealed"
        if self._own and given.settings.get(SEED) != self._own[SEED]:
            return f"{place}: was answered beside numbers that are not this student's"
        handed_in = [*self._revealed(question)]
        fair = [one for settings, one in handed_in if settings.keys() <= {SEED}]
        try:
            if not any(one.confirms(question, prediction) == given.right for one in fair):
                plain = uncover(_at_the_end(self._again.trained(question)), question)
                fair += [] if plain is None else [plain]
        except EnoughError:
            return f"{place}: takes too many steps to train it again"
        if not fair:
            return f"{place}: no run gets to where it is revealed"
        if any(one.confirms(question, prediction) == given.right for one in fair):
            return given.right
        if not given.right:
            return True
        if beside := self._alone_beside(question, prediction, given):
            return f"{place}: is right beside {beside} alone, which it does not ask for"
        if given.by_hand:
            return f"{place}: was revealed beside runs that had been changed under way"
        if moves_on(question):
            return f"{place}: what it asks about is elsewhere once a run has gone on"
        if given.settings and not given.settings.items() <= self._own.items():
            self._differs(f"{place}: no run handed in shows it with {_listed(given.settings)}, as it claims")
        return False

    def _alone_beside(self, question: Question, prediction: Prediction, given: GivenAnswer) -> str:
        """The settings of a run handed in that shows an answer as the student saw it; empty where none does."""
        for settings, one in self._revealed(question):
            if settings == given.settings and one.confirms(question, prediction) == given.right:
                return _listed(settings)
        return ""

    def _revealed(self, question: Question) -> Iterator[tuple[Mapping[str, Any], Reveal]]:
        """The answers beside the runs handed in, with the settings that these were begun with."""
        for settings, view in self._begun_alike(question):
            if (found := uncover(view, question)) is not None:
                yield settings, found

    def _begun_alike(self, question: Question) -> Iterator[tuple[Mapping[str, Any], View]]:
        """The runs that got to a question, those begun with the same settings and left alone beside each other."""
        groups: list[tuple[dict[str, Any], list[TrackView]]] = []
        for view in each_at_its_end(self._handed_in) if self._handed_in else ():
            settings, by_hand = begun_with(replace(view, tracks=(view.focused,), focus=0))
            if not by_hand and _gets_to(question, view.focused.timeline):
                group = next((tracks for known, tracks in groups if known == settings), None)
                if group is None:
                    groups.append((settings, [view.focused]))
                else:
                    group.append(view.focused)
        for settings, tracks in groups:
            tracks.sort(key=self._is_other)  # the run that a question is about, where it names none, comes first
            if self._handed_in and not self._is_other(tracks[0]):
                yield settings, _at_the_end(replace(self._handed_in, tracks=tuple(tracks), focus=0))

    def _is_other(self, track: TrackView) -> bool:
        """Whether a run is of another variant, or another value of the sweep, than the first of the scenario."""
        timeline, sweep = track.timeline, self._scenario.sweep
        swept = sweep is not None and timeline.settings.get(sweep.key) != sweep.values[0]
        return swept or timeline.variant != self._scenario.variants[0].name

    # ------------------------------------------------------------------ challenges

    def _challenge(self, number: int, part: LessonPart, given: GivenAnswer | None) -> JudgedChallenge:
        challenge = part.challenge
        assert challenge is not None, "the page has a challenge"
        goal = challenge.asked
        judged = JudgedChallenge(number, goal)
        if given is not None and not challenge.is_asked_by(given.asked):
            self._differs(f"part {number}: was to reach {quote(given.asked)}, not {goal}")
        found = reached_by(self._handed_in, part) if self._handed_in else None
        if found is not None:
            return replace(judged, reached=True, epoch=found.epoch, settings=found.settings)
        if given is not None and self._handed_in and is_elsewhere(self._handed_in, part):
            self._found.word.append(f"part {number}: what it asks for is elsewhere once a run has gone on")
        elif given is not None:
            self._differs(f"part {number}: says that {goal} was reached, and no run that counts reaches it")
        return judged


def _gets_to(question: Question, timeline: Timeline) -> bool:
    """Whether a run has come to where a question is read, or has ended before: one that a person stops has not."""
    if timeline.stop is not None and timeline.stop.reason != "interrupted":
        return True
    at, last = question.at, timeline.plan_at(timeline.length).steps
    if isinstance(at, Position) and at.unit != "%":
        last = min(last, int(at.number) * (timeline.steps_per_epoch if at.unit == "epoch" else 1))
    return timeline.length >= last


def _at_the_end(view: View) -> View:
    """The same runs with the cursor at the end of the one in focus."""
    return view.at(Cursor(view.focused.log.length))


def _listed(settings: Mapping[str, Any]) -> str:
    return clean_line(", ".join(f"{key} = {quote(value)}" for key, value in settings.items()), 200)
