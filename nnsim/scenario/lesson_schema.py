"""The lesson of a scenario: pages to read, questions to predict, challenges to reach.

A page turns when what it asks for is done. A question is asked before a step and revealed after it, and its answer
is computed from the run. A challenge is reached when its goal holds, whoever trains and however.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from nnsim.components import build_struct
from nnsim.errors import NnsimError, ScenarioError
from nnsim.scenario.conditions import (
    Answer,
    Condition,
    Quantity,
    Ratio,
    Truth,
    parse_answer,
    parse_claim,
    parse_condition,
    setting_key,
)
from nnsim.scenario.lesson_stage import NO_STAGE, LessonStage, read_stage
from nnsim.scenario.places import Place, parse_place
from nnsim.text import clean, clean_line, count, quote
from nnsim.text.number_format import number_in, typed_number

LINES, COLUMNS = 300, 1000  # more takes a screen longer to lay out than a person waits
CHOICES = (2, 4)
MOST_PARTS = 64
# Keys of a page that go with another one, and mean nothing without it.
GOES_WITH = {
    **dict.fromkeys(("choices", "answer", "tolerance", "at", "why"), "ask"),
    **dict.fromkeys(("within", "changes", "using"), "goal"),
}
LETTERS = "abcd"

Prediction = int | str  # the number of a choice, from 0; or the number that was typed, as text

Line = Annotated[str, Meta(max_length=200)]
Markdown = Annotated[str, Meta(max_length=50_000)]


class GivenAnswer(msgspec.Struct, frozen=True):
    """What a person has given as the answer to a part of a lesson, as a recording keeps it.

    Args: part: from 1. asked: the question, or the goal of a challenge. answer: the choice, or how the goal was
    reached. right: None while it is not revealed. hints: that were open by then. settings: the changed ones of the
    runs beside which it was revealed, from their beginning. by_hand: whether these runs had been forked, or changed
    under way or each in its own way, which `settings` does not tell.
    """

    part: Annotated[int, Meta(ge=1, le=1_000_000)]
    asked: Annotated[str, Meta(max_length=1000)]
    answer: Annotated[str, Meta(max_length=1000)]
    right: bool | None = None
    hints: Annotated[int, Meta(ge=0, le=100)] = 0
    settings: dict[str, Any] = {}
    by_hand: bool = False


class LessonStart(Struct, frozen=True):
    """Where a lesson goes on that was begun before.

    Args: page: from 1. answers: that were given, by part, as recordings hold them. recorded: whether a recording
    holds them, which is looked at.
    """

    page: int
    answers: Mapping[int, str]
    recorded: bool = False


class LessonTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A lesson that is one text; its headings divide it into pages."""

    text: Markdown = ""


class ClaimTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A phrase of a page, and the comparisons that make it true."""

    says: Annotated[str, Meta(min_length=1, max_length=1000)]
    holds: Annotated[str, Meta(min_length=1, max_length=1000)]
    seed: Literal["any", "this"] = "any"
    set: dict[str, Any] = {}


class PartTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One page: a text, at most one of a condition that turns it, a question and a challenge; and its stage."""

    text: Markdown = ""
    when: Line = ""
    key: Line = ""
    ask: Line = ""
    choices: Annotated[list[Line], Meta(max_length=CHOICES[1])] = []
    answer: Line = ""
    tolerance: Annotated[float, Meta(ge=0.0, le=1e12)] | None = None
    at: Line = ""
    why: Markdown = ""
    goal: Line = ""
    within: Annotated[int, Meta(ge=0, le=100_000_000)] = 0
    changes: Annotated[int, Meta(ge=0, le=16)] = 0
    run: Line = ""
    using: Annotated[list[Line], Meta(max_length=16)] = []
    hints: Annotated[list[Annotated[str, Meta(min_length=1, max_length=1000)]], Meta(max_length=8)] = []
    claims: Annotated[list[dict[str, Any]], Meta(max_length=16)] = []
    show: Annotated[list[Line], Meta(max_length=16)] = []
    cursor: Line = ""
    mark: dict[str, Any] | None = None


NO_PART = PartTable()


class Claim(Struct, frozen=True):
    """Something that a page says of the runs.

    Args: says: the phrase. holds: comparisons, at the end of the runs where they name no place. any_seed: whether
    they are true with every seed, else with that of the scenario alone. settings: that the runs are begun with.
    """

    says: str
    holds: tuple[Truth, ...]
    any_seed: bool
    settings: Mapping[str, Any]


class QuestionTexts(Struct, frozen=True):
    """What is shown of a question."""

    ask: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """Predict, then reveal.

    Args: ask, choices: as the scenario's file has them, by which recordings are read and graded; no choices where a
    number is typed. at: the place at which the answer is read off the run. why: Markdown that follows the reveal.
    tolerance: how far a typed number may be from the answer and be right. translated: what is shown in place of
    `ask` and `choices`.
    """

    ask: str
    choices: tuple[str, ...]
    answer: Answer
    at: Place
    why: str
    tolerance: float | None = None
    translated: QuestionTexts | None = None

    @property
    def shown(self) -> QuestionTexts:
        return self.translated or QuestionTexts(self.ask, self.choices)

    @property
    def typed(self) -> bool:
        """Whether the answer is a number that is typed."""
        return self.tolerance is not None

    def told(self, prediction: "Prediction") -> str:
        """A prediction in words: `a: yes`, or the number as it was typed."""
        if isinstance(prediction, str):
            return prediction
        return f"{LETTERS[prediction]}: {self.choices[prediction]}"

    def prediction(self, told: str) -> "Prediction | None":
        """The prediction that these words tell, as recordings hold them; None where it is none of this question."""
        if self.typed:
            return None if typed_number(told) is None else told
        choices = [clean_line(self.told(at), 1000) for at in range(len(self.choices))]
        return choices.index(told) if told in choices else None


@dataclass(frozen=True)
class Challenge:
    """Something to be reached by a run.

    Args: within: epochs; 0 is as many as it takes. run: the variant that has to reach it; empty for any. using: the
    settings, or tables of them, that may be changed; empty for any. changes: how many settings at most; 0 for any.
    """

    goal: Condition
    within: int
    run: str
    using: tuple[str, ...]
    changes: int = 0

    @property
    def asked(self) -> str:
        """The goal and its time in one line, by which an answer in a recording names its challenge."""
        within = f" within {count(self.within, 'epoch')}" if self.within else ""
        return clean_line(f"{self.goal.text}{within}", 1000)

    def is_asked_by(self, text: str) -> bool:
        """Whether an answer names this challenge.  Recordings of before 1 December 2026 say "within 1 epochs"."""
        return text.replace(" within 1 epochs", " within 1 epoch") == self.asked


@dataclass(frozen=True)
class LessonPart:
    """One page of a lesson.

    Args: when: what turns it. key: the key that is to be pressed, as it is named. stage: what is on the screen.
    """

    text: str
    when: Condition | None = None
    key: str = ""
    question: Question | None = None
    challenge: Challenge | None = None
    hints: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    stage: LessonStage = NO_STAGE


class LessonWord(Struct, frozen=True):
    """A word that a lesson explains itself, in one sentence, with its other forms."""

    name: str
    sentence: str
    forms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """What a scenario teaches, page by page.

    Args: words: those of a translation, in place of the glossary's, which is in English.
    """

    parts: tuple[LessonPart, ...] = ()
    words: tuple[LessonWord, ...] = ()

    @property
    def text(self) -> str:
        """Everything that is told, in Markdown, one page behind the other."""
        told = [text for one in self.parts for text in (one.text, one.question.why if one.question else "")]
        return "\n\n".join(text.strip() for text in told if text.strip())

    def shown(self, page: int) -> tuple[str, ...]:
        """The panes on the stage of a page, the leading one first: its own, or those of the last page that names
        any; empty where none does."""
        stages = (one.stage.show for one in reversed(self.parts[: page + 1]))
        return next((show for show in stages if show), ())

    @property
    def challenges(self) -> tuple[int, ...]:
        """The pages that are challenges."""
        return tuple(index for index, one in enumerate(self.parts) if one.challenge is not None)


def read_lesson(value: object) -> Lesson:
    """Check what a scenario says under `lesson`: one text, or a list of pages.

    Raises: ScenarioError naming key, value and what is allowed.
    """
    if isinstance(value, Mapping):
        text = build_struct(LessonTable, value, "lesson").text
        _check_size("lesson.text", [text])
        return Lesson(tuple(LessonPart(one.strip()) for one in sections(clean(text))))
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value) or len(value) > MOST_PARTS:
        allowed = f"a table, or a list of at most {MOST_PARTS}"
        raise ScenarioError(f"lesson: {quote(value)} is no lesson (allowed: {allowed})")
    tables = [build_struct(PartTable, one, f"lesson[{index}]") for index, one in enumerate(value)]
    _check_size("lesson", [text for one in tables for text in (one.text, one.why)])
    return Lesson(tuple(_part(one, f"lesson[{index}]") for index, one in enumerate(tables)))


def sections(text: str) -> list[str]:
    """A text in sections, each with its heading; one inside a block of code is none."""
    found: list[list[str]] = [[]]
    fenced = False
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        if not fenced and re.match(r"#{1,2} ", line) and any(one.strip() for one in found[-1]):
            found.append([])
        found[-1].append(line)
    return [joined for one in found if (joined := "\n".join(one)).strip()]


def _check_size(key: str, texts: Iterable[str]) -> None:
    lines = [line for text in texts for line in text.splitlines()]
    if len(lines) > LINES or any(len(line) > COLUMNS for line in lines):
        allowed = f"{LINES} lines of {COLUMNS:,} characters"
        raise ScenarioError(f"{key}: {len(lines):,} lines, or one too long (allowed: {allowed})")


def _part(table: PartTable, key: str) -> LessonPart:
    kinds = [name for name in ("when", "ask", "goal") if getattr(table, name)]
    if len(kinds) > 1:
        raise ScenarioError(f"{key}: has {' and '.join(kinds)} (allowed: one of when, ask and goal)")
    if not kinds and not table.text.strip():
        raise ScenarioError(f"{key}.text: is missing (allowed: text, or one of when, ask and goal)")
    for name, needs in GOES_WITH.items():
        if getattr(table, name) != getattr(NO_PART, name) and not getattr(table, needs):
            raise ScenarioError(f"{key}.{name}: goes with {needs}, which is missing")
    try:
        when = parse_condition(table.when) if table.when else None
    except NnsimError as error:
        raise ScenarioError(f"{key}.when: {error}") from None
    return LessonPart(
        clean(table.text).strip(),
        when,
        clean_line(table.key),
        _question(table, key) if table.ask else None,
        _challenge(table, key) if table.goal else None,
        tuple(clean_line(one, 1000) for one in table.hints),
        tuple(
            _claim(one, f"{table.text}\n{table.why}", f"{key}.claims[{at}]") for at, one in enumerate(table.claims)
        ),
        read_stage(table.show, table.run, table.cursor, table.mark, key),
    )


def _claim(value: Mapping[str, Any], text: str, key: str) -> Claim:
    table = build_struct(ClaimTable, value, key)
    if " ".join(table.says.split()) not in " ".join(text.split()):
        raise ScenarioError(
            f"{key}.says: {quote(table.says)} is not on the page (allowed: a phrase of text or why)"
        )
    for one in table.set:
        _parsed(setting_key, one, f"{key}.set")
    return Claim(table.says, _parsed(parse_claim, table.holds, f"{key}.holds"), table.seed == "any", table.set)


def _question(table: PartTable, key: str) -> Question:
    choices = tuple(clean_line(one) for one in table.choices)
    low, high = CHOICES
    typed = table.tolerance is not None
    if typed and choices:
        raise ScenarioError(f"{key}.tolerance: does not go with choices (allowed: one of the two)")
    if not typed and (not low <= len(choices) <= high or len(set(choices)) < len(choices) or not all(choices)):
        raise ScenarioError(
            f"{key}.choices: {quote(table.choices)} (allowed: {low} to {high}, all different),"
            " or none and a tolerance, where a number is typed"
        )
    for name in ("answer", "at"):
        if not getattr(table, name):
            raise ScenarioError(f"{key}.{name}: is missing (allowed: text)")
    at = _parsed(parse_place, table.at, f"{key}.at")
    answer = _parsed(parse_answer, table.answer, f"{key}.answer")
    if typed and not isinstance(answer, Quantity | Ratio):
        raise ScenarioError(f"{key}.answer: {quote(table.answer)} is no number to be typed (allowed: such as loss)")
    if isinstance(answer, Truth) and len(choices) != 2:
        raise ScenarioError(f"{key}.choices: {len(choices)} for what is true or false (allowed: 2, true first)")
    if isinstance(answer, Quantity | Ratio):
        for one in choices:
            if number_in(one) is None:
                raise ScenarioError(f"{key}.choices: {quote(one)} holds no number, and the answer is one")
    return Question(clean_line(table.ask), choices, answer, at, clean(table.why).strip(), table.tolerance)


def _challenge(table: PartTable, key: str) -> Challenge:
    goal = _parsed(parse_condition, table.goal, f"{key}.goal")
    using = tuple(_parsed(setting_key, one, f"{key}.using") for one in table.using)
    return Challenge(goal, table.within, clean_line(table.run), using, table.changes)


def _parsed(parse: Any, text: str, key: str) -> Any:
    try:
        return parse(text)
    except NnsimError as error:
        raise ScenarioError(f"{key}: {error}") from None


def plain_name(name: str) -> str:
    """`layer1` for `Layer 1`: how choices name what is compared."""
    return name.lower().replace(" ", "")
