"""The lesson: the open page, its question or challenge, and the outcome."""

import re

from rich.text import Text
from textual import events

from nnsim.errors import NnsimError
from nnsim.lessons.challenges import standing, within
from nnsim.lessons.learner import Learner, outcome
from nnsim.scenario.lesson_schema import LETTERS, Lesson, LessonPart, Prediction, Question
from nnsim.scenario.places import Position
from nnsim.session.view import Capability, View
from nnsim.text import count
from screens.panes.pane import LinesPane, Pane
from screens.panes.pane_context import NoteProgress
from screens.widgets.markdown import lines_of, wrapped

RIGHT, WRONG, OPEN = "✓", "✗", "▸"
SETTING_NAMED = re.compile(r"`([a-z_0-9.]+)(?: = [^`]*)?`")  # in Markdown, alone or with a value
BEHIND_X = "x, then "  # before a key that the pane with the focus takes for something of its own


class LessonPane(LinesPane):
    """The scenario's lesson, page by page."""

    kind = "lesson"
    needs = Capability.SETTINGS
    follows = True
    draws_crosshair = True  # it follows the cursor, not the crosshair
    BINDINGS = []

    def __init__(self) -> None:
        super().__init__()
        self.learner: Learner | None = None
        self._drawn: object = None
        self._sought = ""  # what has still to be brought into sight: the "task", or the last "hint"
        self._places: dict[str, int] = {}  # the lines where these begin
        self._choices: list[range] = []  # the lines of each choice, behind the beginning of the task
        self._layout: list[Text] = []

    def update_from(self, view: View) -> None:
        if self.learner is None:
            lesson = view.scenario.lesson
            if not lesson.parts:
                lesson = Lesson((LessonPart(f"# {view.scenario.title}\n\n{view.scenario.summary}"),))
            self.learner = Learner(lesson)
            self.learner.start(self.context.lesson_start)
        news = self.learner.look(view)
        if (noted := self.learner.take_progress()) is not None:
            self.context.carry_out(NoteProgress(*noted, self.learner.page))
        for one in news:
            recalled = one.page in self.learner.recalled  # which is no news
            if one.kind != "turned" and not recalled and (not self.display or one.page != self.learner.page):
                self.tell(one.text)
        if not self.display:
            return
        # The Markdown library is loaded after the first paint: it takes longer than a frame to draw.
        if self._drawn is None:
            self._drawn = ()
            self.call_after_refresh(self._show, view)
            return
        if any(one.kind == "turned" for one in news):
            self.lines.scroll(-self.lines.top)
        elif any(one.page == self.learner.page for one in news):
            self._sought = "task"
        self._show(view)

    def take_over(self, former: Pane) -> None:
        """Goes on with the lesson of the former pane: predictions and reached challenges stay."""
        if isinstance(former, LessonPane):
            self.learner = former.learner

    def on_click(self, event: events.Click) -> None:
        """Predicts the choice that is clicked, where a question waits."""
        line = event.screen_y - self.lines.region.y + self.lines.top - self._places.get("task", 0)
        choice = next((index for index, lines in enumerate(self._choices) if line in lines), None)
        if choice is not None and self.learner is not None and self.learner.asking:
            self.predict(choice)
            self.changed()

    @property
    def choices(self) -> int:
        asking = self.learner.asking if self.learner is not None else None
        return len(asking.choices) if asking is not None else 0

    @property
    def allowed_settings(self) -> tuple[str, ...]:
        """The settings, or tables of them, that the open challenge lets one change: first those that its page, or a
        hint that is open, names."""
        challenge = self.learner.part.challenge if self.learner is not None else None
        if self.learner is None or challenge is None:
            return ()
        named = SETTING_NAMED.findall(self.learner.shown)
        return (*(one for one in named if any(within(one, table) for table in challenge.using)), *challenge.using)

    @property
    def answer_keys(self) -> str:
        """The keys that answer the open question, in words."""
        if self.typed is not None:
            return "a types your answer"
        letters = LETTERS[: self.choices]
        return f"{', '.join(letters[:-1])} or {letters[-1]} answers it"

    def turn(self, by: int) -> bool:
        """Opens the next page, or the previous one.  Returns: whether there is one."""
        turned = self.learner is not None and self.learner.turn(by)
        if turned:
            self._sought = ""
            self.lines.scroll(-self.lines.top)
        return turned

    @property
    def typed(self) -> Question | None:
        """The open question whose answer is a number to be typed, if there is one."""
        asking = self.learner.asking if self.learner is not None else None
        return asking if asking is not None and asking.typed else None

    def predict(self, prediction: Prediction) -> None:
        """Answers the question of the page.  Raises: NnsimError where there is none."""
        if self.learner is not None:
            self.learner.predict(prediction)
            self._sought = "task"

    def hint(self) -> None:
        """Open the next hint.  Raises: NnsimError where there is none."""
        if self.learner is None:
            raise NnsimError("this page has no hint")
        self.learner.hint()
        self._sought = "hint"

    def keys(self) -> list[str]:
        """The keys of the lesson that apply now, for the footer."""
        if self.learner is None or len(self.learner.lesson.parts) < 2:
            return []
        learner, asking = self.learner, self.learner.asking
        letters = LETTERS[: len(asking.choices) or 1] if asking else ()
        keys = [f"{self._way(*letters)}{' '.join(letters)} answer"] if letters else []
        if learner.hints_left:
            keys.append(f"{self._way('h')}h hint")
        if learner.page + 1 < len(learner.lesson.parts):
            keys.append(f"{self._way('enter')}enter {'reads on' if self._below() else 'next page'}")
        return keys

    def _way(self, *keys: str) -> str:
        """The prefix of these keys: `x` where the focused pane uses one of them."""
        return BEHIND_X if any(self.context.is_taken(key) for key in keys) else ""

    def _below(self) -> int:
        height = self.lines.size.height if self.display else 0
        return max(0, len(self._layout) - height - self.lines.top) if height else 0

    def read_on(self) -> bool:
        """Scrolls to what lies below.  Returns: whether anything did."""
        if below := self._below():
            self.scroll(min(below, max(1, self.lines.size.height - 1)))
        return bool(below)

    def _show(self, view: View) -> None:
        learner, width = self.learner, self.lines.size.width
        if learner is None or not width:
            return
        live = (
            standing(view, learner.part) if learner.part.challenge and learner.page not in learner.reached else ""
        )
        ways = (self._way("enter"), self._way("h"), self._way(*LETTERS))
        state = (learner.revision, width, live, self._prompt(view), ways)
        if state != self._drawn or not self._layout:
            self._drawn = state
            lines = lines_of(learner.part.text, width)
            if lines and (learner.part.question or learner.part.challenge or learner.part.when):
                lines.append(Text())
            self._places = {"task": len(lines)}
            lines += self._asked(view, learner, width, live)
            self._layout = lines
            self.lines.show(lines)
        if self._sought:
            self.lines.scroll(self._places.get(self._sought, 0) - self.lines.top)
            self._sought = ""
        self._progress(learner)

    def _progress(self, learner: Learner) -> None:
        below = self._below()
        more = [f"↓ {below} more"] if below else []
        part, *rest = learner.progress.split(" · ")
        forms = ([*more, part, *rest], [*more, part], [part, *rest], [part])
        self.set_reading(next((text for one in forms if len(text := " · ".join(one)) <= self.size.width - 4), part))

    def scroll(self, by: int) -> None:
        super().scroll(by)
        if self.learner is not None:
            self._progress(self.learner)

    def _asked(self, view: View, learner: Learner, width: int, live: str) -> list[Text]:
        part, page = learner.part, learner.page
        lines: list[Text] = []
        self._choices = []
        if part.question:
            lines += self._question(learner, width, self._prompt(view))
        elif part.challenge:
            lines += _challenge(learner, width, live)
        elif part.key:
            lines.append(Text.assemble("Press ", (f" {part.key} ", "reverse bold")))
        elif part.when:
            mark, style = (RIGHT, "green") if page in learner.done else (OPEN, "bold")
            lines += wrapped(Text(part.when.text, style), width, f"{mark} ", "  ")
        for number, one in enumerate(learner.hints, start=1):
            self._places["hint"] = self._places["task"] + len(lines)
            lines += [Text(), *lines_of(f"*Hint {number}:* {one}", width)]
        if foot := self._foot(learner):
            lines += [Text(), *wrapped(Text(foot, "dim"), width)]
        return lines

    def _question(self, learner: Learner, width: int, prompt: str) -> list[Text]:
        question, page = learner.part.question, learner.page
        assert question is not None, "the page asks"
        predicted, found = learner.predicted.get(page), learner.revealed.get(page)
        lines = lines_of(f"**{question.shown.ask}**", width)
        for index, choice in enumerate(question.shown.choices):
            mark, style = " ", ""
            if found is not None and index == found.right:
                mark, style = RIGHT, "bold green"
            elif index == predicted:
                mark, style = (WRONG, "red") if found is not None else (OPEN, "bold")
            yours = f"  {learner.whose(page)}" if index == predicted else ""
            choice_lines = wrapped(Text(choice + yours, style), width, f"{mark} {LETTERS[index]}  ", "     ")
            self._choices.append(range(len(lines), len(lines) + len(choice_lines)))
            lines += choice_lines
        if predicted is None and question.typed:
            press = f"Predict a number: press {self._way('a')}a"
            return [*lines, *wrapped(Text(press, "dim"), width)]
        if isinstance(predicted, str):
            right = learner.is_right(page)
            marks = {None: (OPEN, "bold"), True: (RIGHT, "bold green"), False: (WRONG, "red")}
            mark, style = marks[right]
            lines += wrapped(Text(f"{predicted}  {learner.whose(page)}", style), width, f"{mark} ", "  ")
        if predicted is None:
            letters = LETTERS[: len(question.choices)]
            press = f"Predict: press {self._way(*letters)}{' or '.join([', '.join(letters[:-1]), letters[-1]])}"
            return [*lines, *wrapped(Text(press, "dim"), width)]
        if found is None:
            return [*lines, *wrapped(Text(prompt, "dim"), width, f"{OPEN} ", "  ")]
        lines += [Text(), *wrapped(Text.assemble((f"{learner.verdict(page)}:", "bold"), f" {found.told}."), width)]
        if question.why:
            lines += [Text(), *lines_of(question.why, width)]
        return lines

    def _prompt(self, view: View) -> str:
        """How to reach the place where the answer is revealed."""
        assert self.learner is not None, "there is a learner"
        question = self.learner.part.question
        if question is None:
            return ""
        at = question.at
        if isinstance(at, Position) and at.unit == "epoch":
            return f"{at.number:.0f} g goes to epoch {at.number:,.0f} and shows it"
        return f"g and {at.text} goes there and shows it"

    def _foot(self, learner: Learner) -> str:
        parts = []
        if learner.hints_left:
            parts.append(f"{self._way('h')}h hint ({learner.hints_left})")
        if learner.part.key and not learner.part.question and learner.page not in learner.done:
            return " · ".join(parts)
        if learner.page + 1 < len(learner.lesson.parts):
            parts.append(f"{self._way('enter')}enter next")
        elif len(learner.lesson.parts) < 2 and not learner.part.question and not learner.part.challenge:
            parts.append("the end")
        else:
            asked = learner.part.question and learner.page not in learner.revealed
            parts.append("the last page" if asked else f"the end: {outcome(learner)}")
            if not asked and (learner.predicted or learner.reached):
                parts.append("w saves it to hand in")
            parts.append(f"{self._way('enter')}enter ends the lesson")
        if learner.page:
            parts.append("backspace back")
        return " · ".join(parts)


def _challenge(learner: Learner, width: int, live: str) -> list[Text]:
    challenge = learner.part.challenge
    assert challenge is not None, "the page has a challenge"
    found = learner.reached.get(learner.page)
    goal = f"Challenge: {challenge.asked}"
    if challenge.run:
        goal += f", run {challenge.run}"
    lines = wrapped(Text(goal, "bold green" if found else "bold"), width, f"{RIGHT if found else OPEN} ", "  ")
    if challenge.changes:
        told = f"with at most {count(challenge.changes, 'setting')} changed"
        lines += wrapped(Text(told, "dim"), width, "  ", "  ")
    if challenge.using:
        lines += wrapped(Text(f"changing only {', '.join(challenge.using)}", "dim"), width, "  ", "  ")
    if found:
        lines += wrapped(Text(f"Reached: {found.told}", "green"), width, "  ", "  ")
    elif live:
        lines += wrapped(Text(live), width, "  ", "  ")
    return lines
