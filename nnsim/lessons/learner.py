"""The learner: where in a lesson one is, what was predicted, which challenges are reached.

It reads a view, and takes answers, hints and turned pages; so a live run, a replay and the console teach alike.
"""

from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct

from nnsim.errors import NnsimError
from nnsim.lessons.answers import Reveal, asked_about, asked_of, begun_with, uncover
from nnsim.lessons.challenges import Reached, bearing_out, holds, reached
from nnsim.scenario.conditions import FAULT, FaultName
from nnsim.scenario.lesson_schema import (
    LETTERS,
    GivenAnswer,
    Lesson,
    LessonPart,
    LessonStart,
    Prediction,
    Question,
)
from nnsim.scenario.sweep_axes import SEED
from nnsim.session.view import View
from nnsim.text import clean_line, count, quote
from nnsim.text.number_format import typed_number
from nnsim.timeline import Cursor, RunLog, Timeline

PLANNED = frozenset({"learning_rate"})  # figures that are known before their steps are made


class News(Struct, frozen=True):
    """A page that turned, an answer revealed, a challenge reached, and a sentence.  Args: page: from 0."""

    kind: Literal["turned", "revealed", "reached"]
    text: str
    page: int


class Learner:
    """Follows one person through the lesson of a scenario: pages, predictions, hints and challenges."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self.page = 0
        self.predicted: dict[int, Prediction] = {}  # by page
        self.recalled: set[int] = set()  # pages that were predicted before this session, and may be anew
        self._recorded = False  # whether a recording holds these predictions
        self.revealed: dict[int, Reveal] = {}
        self._beside: dict[int, tuple[dict[str, Any], bool]] = {}  # what was changed of the runs by then
        self.reached: dict[int, Reached] = {}
        self.hinted: dict[int, int] = {}  # how many hints are open, by page
        self.done: set[int] = set()  # pages whose condition has held
        self.revision = 0  # grows with everything that a page shows, but for what stands under the cursor
        self._noted = 0  # the revision whose progress was taken
        self._evidence: dict[int, tuple[Timeline, ...]] = {}  # the runs that bear out challenges, by part
        self._visited = {0}
        self._held: bool | None = None  # whether the page's condition held at the last look; None before the first
        self._deeds: set[str] = set()  # since the page was opened
        self._answer_known: frozenset[str] | None = None  # figures that do; None before the first look
        self._last: tuple[RunLog, Cursor] | None = None

    # ------------------------------------------------------------------ reading

    @property
    def part(self) -> LessonPart:
        return self.lesson.parts[self.page] if self.lesson.parts else LessonPart("")

    @property
    def asking(self) -> Question | None:
        return None if self.page in self.predicted else self.part.question

    @property
    def withheld(self) -> frozenset[str]:
        """Families of figures (`asked_about`), made before the question, to hide until it is answered."""
        known = self._answer_known or frozenset() if self.asking else frozenset()
        # What names the fault of a run is shut from the first page on, until the question about it is answered.
        unnamed = (
            page not in self.predicted and one.question is not None and isinstance(one.question.answer, FaultName)
            for page, one in enumerate(self.lesson.parts)
        )
        return known | {FAULT} if any(unnamed) else known

    @property
    def hints(self) -> tuple[str, ...]:
        return self.part.hints[: self.hinted.get(self.page, 0)]

    @property
    def hints_left(self) -> int:
        """How many hints are still closed on this page; none once it is answered, or reached."""
        if self.page in self.revealed or self.page in self.reached:
            return 0
        return len(self.part.hints) - len(self.hints)

    @property
    def shown(self) -> str:
        """All that the page says by now, in Markdown."""
        part, question = self.part, self.part.question
        asked = (question.shown.ask, *question.shown.choices) if question else ()
        why = question.why if question and self.page in self.revealed else ""
        return "\n\n".join(filter(None, (part.text, *asked, why, *self.hints)))

    @property
    def progress(self) -> str:
        parts = [f"part {self.page + 1} of {len(self.lesson.parts)}"]
        if found := self.lesson.challenges:
            parts.append(f"{len(self.reached)} of {len(found)} challenge{'s' if len(found) > 1 else ''}")
        return " · ".join(parts)

    @property
    def furthest(self) -> int:
        """The last page that was ever open, from 0."""
        return max(self._visited)

    @property
    def given(self) -> Iterator[GivenAnswer]:
        """The questions that are answered and the challenges that are reached, in the order of their parts."""
        for page in sorted({*self.predicted, *self.reached}):
            part, hints = self.lesson.parts[page], self.hinted.get(page, 0)
            if page in self.recalled and (self._recorded or page not in self.revealed):
                continue  # the recording holds it as it was given; nothing here shows it yet
            if part.question is not None:
                prediction, right = self.predicted[page], self.is_right(page)
                answer = part.question.told(prediction)
                asked, beside = clean_line(part.question.ask, 1000), self._beside.get(page, ({}, False))
                yield GivenAnswer(page + 1, asked, clean_line(answer, 1000), right, hints, *beside)
            elif part.challenge is not None:
                told = clean_line(self.reached[page].told, 1000)
                yield GivenAnswer(page + 1, part.challenge.asked, told, True, hints)

    @property
    def score(self) -> tuple[int, int]:
        right = [self.is_right(page) for page in self.revealed]
        return sum(map(bool, right)), len(right)

    def is_right(self, page: int) -> bool | None:
        """Whether what was predicted on a page is right; None while it is not revealed."""
        question, found = self.lesson.parts[page].question, self.revealed.get(page)
        return None if found is None or question is None else found.confirms(question, self.predicted[page])

    def verdict(self, page: int) -> str:
        """What is said of a prediction: of a right one also whether the runs had been changed."""
        settings, by_hand = self._beside.get(page, ({}, False))
        changed = by_hand or bool(settings.keys() - {SEED})
        if not self.is_right(page):
            return "Not so"
        return "Right for the runs as you changed them" if changed else "Right"

    # ------------------------------------------------------------------ doing

    def turn(self, by: int) -> bool:
        return self.open(self.page + by)

    def open(self, page: int) -> bool:
        """Open a page by its number, from 0.  Returns: whether there is one."""
        if not 0 <= page < len(self.lesson.parts):
            return False
        self.page = page
        self._visited.add(page)
        self._held, self._deeds, self._answer_known = None, set(), None
        self.revision += 1
        return True

    def start(self, start: LessonStart | None) -> None:
        """Goes on with a lesson that was begun before, as far as it has such pages and questions still."""
        if start is None:
            return
        for part, told in start.answers.items():
            question = self.lesson.parts[part - 1].question if 0 < part <= len(self.lesson.parts) else None
            prediction = None if question is None else question.prediction(told)
            if prediction is not None:
                self.predicted[part - 1] = prediction
                self.recalled.add(part - 1)
        self._recorded = start.recorded
        page = min(max(start.page, 1), max(len(self.lesson.parts), 1)) - 1
        self._visited.update(range(page))
        self.open(page)
        self.revision = 0  # nothing is done yet

    def whose(self, page: int) -> str:
        """Whose prediction stands on a page, in words."""
        if page not in self.recalled:
            return "your prediction"
        return "handed in" if self._recorded else "your prediction before"

    def predict(self, prediction: Prediction) -> None:
        """Answers the question of the page, by a choice or a number that is typed.

        What was predicted before this session may be predicted anew.

        Raises: NnsimError without a question, such a choice or a number, or a second time.
        """
        question = self.part.question
        if question is None:
            raise NnsimError("this page asks nothing")
        if self.page in self.predicted and self.page not in self.recalled:
            raise NnsimError("you have answered this already; the first answer counts")
        if question.typed:
            if not isinstance(prediction, str) or typed_number(prediction) is None:
                what = quote(prediction) if isinstance(prediction, str) else "a choice"
                raise NnsimError(f"{what} is no number (allowed: such as 0.25, 1e-3 or 75 %)")
            prediction = clean_line(prediction)
        elif isinstance(prediction, str) or not 0 <= prediction < len(question.choices):
            raise NnsimError(f"there is no such choice (allowed: {', '.join(LETTERS[: len(question.choices)])})")
        self.predicted[self.page] = prediction
        self.recalled.discard(self.page)
        self.revealed.pop(self.page, None)
        self.revision += 1

    def hint(self) -> str:
        """Open the next hint of the page.  Raises: NnsimError where there is none."""
        if not self.part.hints:
            raise NnsimError("this page has no hint")
        if not self.hints_left:
            raise NnsimError("these are all hints of this page")
        self.hinted[self.page] = len(self.hints) + 1
        self.revision += 1
        return self.hints[-1]

    # ------------------------------------------------------------------ following

    def look(self, view: View) -> list[News]:
        """Take in what stands under the cursor.  Returns: what is new."""
        self._remember(view)
        if not self.lesson.parts:
            return []
        news = [*self._reveals(view), *self._reaches(view), *self._turns(view)]
        if self._answer_known is None:
            asking = self.asking
            known = asking is not None and uncover(asked_of(view), asking) is not None
            told = asked_about(asking) if asking is not None else frozenset()
            self._answer_known = told if known else told & PLANNED
        if news:
            self.revision += 1
        return news

    def take_progress(self) -> tuple[dict[int, GivenAnswer], dict[int, tuple[Timeline, ...]]] | None:
        """Answers, reached challenges and the runs that prove them, by part; None where nothing is new."""
        if self._noted == self.revision or not self.lesson.parts:
            return None
        self._noted = self.revision
        return {one.part: one for one in self.given}, dict(self._evidence)

    def _remember(self, view: View) -> None:
        now = view.focused.log, view.cursor
        if self._last is not None and self._last[0] is now[0] and now[1] < self._last[1]:
            self._deeds.add("stepped back")
        self._last = now

    def _reveals(self, view: View) -> Iterator[News]:
        for page in self.predicted.keys() - self.revealed.keys():
            question = self.lesson.parts[page].question
            assert question is not None, "a question was answered"
            found = uncover(asked_of(view), question)
            if found is not None:
                settings, by_hand = begun_with(view)
                if page in self.recalled and not self._recorded and (settings or by_hand):
                    continue  # it was judged by the runs as they come; others would judge it anew
                self.revealed[page] = found
                self._beside[page] = settings, by_hand
                if settings and not by_hand:
                    self._evidence[page + 1] = tuple(one.timeline for one in view.tracks)
                yield News("revealed", f"{self.verdict(page)}: {found.told}", page)

    def _reaches(self, view: View) -> Iterator[News]:
        for page in self.lesson.challenges:
            if page in self.reached or page not in self._visited:
                continue
            for track in view.tracks:
                found = reached(view, track, self.lesson.parts[page])
                if found is not None:
                    self.reached[page] = found
                    self._evidence[page + 1] = tuple(bearing_out(view, track, self.lesson.parts[page]))
                    yield News("reached", f"Challenge reached: {found.told}", page)
                    break

    def _turns(self, view: View) -> Iterator[News]:
        when = self.part.when
        if when is None:
            return
        held, before = holds(view, when, self._deeds), self._held
        self._held = held
        if held and self.page not in self.done:
            self.done.add(self.page)
            self.revision += 1
        # What held already when the page was opened leaves it to be read.
        if held and before is False and self.turn(1):
            if (following := self.part.when) is not None:
                self._held = holds(view, following)
            yield News("turned", f"Part {self.page + 1} of {len(self.lesson.parts)}", self.page)


def outcome(learner: Learner) -> str:
    """`2 of 3 questions answered, 1 right; 1 of 1 challenge reached`."""
    parts = learner.lesson.parts
    questions = [page for page, one in enumerate(parts) if one.question is not None]
    answered = [page for page in questions if page in learner.predicted]
    right = sum(bool(learner.is_right(page)) for page in answered)
    told = []
    if questions:
        told.append(f"{len(answered)} of {count(len(questions), 'question')} answered, {right} right")
    if challenges := learner.lesson.challenges:
        reached = sum(page in learner.reached for page in challenges)
        told.append(f"{reached} of {count(len(challenges), 'challenge')} reached")
    return "; ".join(told) or "all pages read"
