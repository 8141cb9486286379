"""The keys of a lesson, whichever pane has the focus."""

from collections.abc import Awaitable, Callable

from nnsim.errors import NnsimError
from nnsim.lessons.course import next_scenario
from nnsim.lessons.learner import outcome
from nnsim.scenario.lesson_schema import LETTERS
from nnsim.text import quote
from nnsim.text.number_format import typed_number
from screens.dialogs.basic import TextDialog
from screens.panes.lesson import BEHIND_X, LessonPane
from screens.panes.pane import Pane
from screens.widgets.footer import Key
from screens.workbench.controller_context import Context


def lesson_key(text: str) -> Key:
    """A key of the lesson for the footer: `x, then h hint`, `a b c answer`."""
    first, *others = text.removeprefix(BEHIND_X).split(" ")
    if first in LETTERS:
        if text.startswith(BEHIND_X):
            return Key(text, "lesson.focus")
        predicting = [f"lesson.answer({LETTERS.index(one)})" for one in (first, *others) if one in LETTERS]
        return Key(text, predicting[0], tuple(predicting[1:]))
    return Key(text, {"enter": "lesson.turn_page(1)", "h": "lesson.hint"}.get(first, "lesson.focus"))


def _no_number(text: str) -> str | None:
    """Why a text is no number; None where it is one."""
    return None if typed_number(text) is not None else f"{quote(text, 30)} is no number (allowed: such as 0.25)"


class LessonKeys:
    """Leads through the lesson in one of the panes."""

    def __init__(self, context: Context, turned: Callable[[], Awaitable[bool]]) -> None:
        """Args: turned: puts the panes of the page on stage that was turned to, and returns whether it did."""
        self._context, self._turned = context, turned
        self._focused_before: Pane | None = None  # when the lesson took the focus
        self._followed: tuple[int, int] | None = None  # the teacher's page, and how often hold was taken by then
        self._asked_for: tuple[str, int] | None = None  # what a second enter on a page does, and on which one

    @property
    def pane(self) -> LessonPane | None:
        return next((pane for pane in self._context.panes if isinstance(pane, LessonPane)), None)

    @property
    def withheld(self) -> frozenset[str]:
        """The figures that would answer the open question."""
        pane = self.pane
        return pane.learner.withheld if pane is not None and pane.learner is not None else frozenset()

    @property
    def is_asking(self) -> bool:
        """Whether a question is open."""
        pane = self.pane
        return pane is not None and pane.learner is not None and pane.learner.asking is not None

    @property
    def asks_for_c(self) -> bool:
        """Whether `c` is an answer: to a visible question with a third one."""
        pane = self.pane
        return pane is not None and bool(pane.display) and pane.choices > 2

    def footer(self) -> list[Key]:
        pane = self.pane
        return [] if pane is None else list(map(lesson_key, pane.keys()))

    def _found(self) -> LessonPane | None:
        """Makes the lesson's pane visible; a message says where there is none."""
        self._context.take_count()
        pane = self.pane
        if pane is None:
            self._context.tell(self._why_none)
        elif not pane.display:
            self._focused_before = self._context.in_focus
            self._context.focus_pane(pane)
        return pane

    @property
    def _why_none(self) -> str:
        """Why no pane shows a lesson, and how to get one."""
        if self._context.session.scenario.lesson.parts:
            return "The lesson is in no slot now: p puts it into this one, p = brings back the scenario's panes."
        return "This scenario has no lesson."

    async def turn_page(self, by: int) -> None:
        """Turns a page at the end of this one; makes a hidden lesson visible first."""
        folded = self.pane is not None and not self.pane.display
        pane = self._found()
        if pane is None or folded:
            return
        if pane.learner is None:  # a key may come before the first picture
            pane.present(self._context.session.view)
        if by > 0 and pane.read_on():
            self._context.draw_lines()
            return
        skips = by > 0 and self.is_asking
        if skips and not self._is_second("skip", pane):
            self._context.tell(f"The page asks: {pane.answer_keys}. enter again skips the question.")
        elif pane.turn(by):
            if not await self._turned():
                self._context.redraw(anew=True)
            if skips:
                self._context.tell("Skipped: backspace goes back to the question.")
        elif by < 0:
            self._context.tell("This is the first page.")
        else:
            self._end(pane)

    async def open_page(self, page: int) -> None:
        """Opens a page by its number, from 0, with its stage."""
        pane = self.pane
        learner = pane.learner if pane is not None else None
        if pane is None or learner is None or not pane.turn(page - learner.page):
            return
        if not await self._turned():
            self._context.redraw(anew=True)

    async def follow_teacher(self) -> None:
        """Opens the page that the writer of a watched recording has opened.

        A student who has turned to another page stays there until they come back, or `end` takes hold again.
        """
        follow, pane = self._context.session.follow, self.pane
        if follow.page is None or pane is None or pane.learner is None:
            return
        wanted, here = (follow.page, follow.taken_hold), pane.learner.page
        before, self._followed = self._followed, wanted if self._followed is None else self._followed
        if wanted == before or (before is not None and before[1] == wanted[1] and here != before[0]):
            return
        self._followed = wanted
        await self.open_page(wanted[0])
        if not follow.active:  # a page may say where the cursor begins; who follows is at the newest step
            follow.go_newest()
            self._followed = (wanted[0], follow.taken_hold)

    def _is_second(self, what: str, pane: LessonPane) -> bool:
        """Whether enter was pressed for this before on the page, and now again."""
        page = pane.learner.page if pane.learner is not None else 0
        before, self._asked_for = self._asked_for, (what, page)
        return before == (what, page)

    def _end(self, pane: LessonPane) -> None:
        """Says what was answered and reached; a second time goes on to the next scenario."""
        if pane.learner is None or not pane.learner.lesson.parts:
            self._context.tell("This is the last page of the lesson.")
            return
        scenario = self._context.session.scenario
        following = next_scenario(scenario.name, scenario.language)
        if following is not None and self._is_second("end", pane):
            self._context.open_next(following.path)
            return
        more = f" enter again opens the next: {following.title}." if following is not None else " q goes back."
        self._context.tell(f"The end of the lesson: {outcome(pane.learner)}.{more}", timeout=10)

    def focus(self) -> None:
        """Moves the focus to the lesson, or back to the pane that had it."""
        self._context.take_count()
        pane, panes = self.pane, self._context.panes
        if pane is None:
            self._context.tell(self._why_none)
        elif self._context.in_focus is pane:
            there = [one for one in panes if one is self._focused_before]  # it may have been taken away meanwhile
            self._context.focus_pane((there or panes)[0])
        else:
            self._focused_before = self._context.in_focus
            self._context.focus_pane(pane)

    def answer(self, choice: int) -> None:
        """Takes a choice; where the open question asks for a number, a dialog in which it is typed."""
        question = self.pane.typed if self.pane is not None else None
        if question is None:
            self._teach(lambda pane: pane.predict(choice))
            return
        hint = f"{question.shown.ask}\nA number, such as 0.25, 1e-3 or 75 %."
        self._context.ask(TextDialog("Your prediction", hint, check=_no_number), self._answer_typed)

    def _answer_typed(self, number: str | None) -> None:
        if number is not None:
            self._teach(lambda pane: pane.predict(number))

    def hint(self) -> None:
        self._teach(lambda pane: pane.hint())

    def words(self) -> None:
        """Says what the words of the page mean."""
        self._context.take_count()
        pane = self.pane
        if pane is None:
            self._context.tell(self._why_none)
            return
        if pane.learner is None:  # a key may come before the first picture
            pane.present(self._context.session.view)
        # Read when it is asked for: the first paint does not wait for it.
        from nnsim.lessons.glossary import glossary_of
        from screens.dialogs.basic import WordsDialog

        learner = pane.learner
        lesson, shown = (learner.lesson, learner.shown) if learner is not None else (None, "")
        glossary = glossary_of(lesson)
        explained = glossary.marked_in(shown)
        used = [one for one in glossary.found_in(shown) if one not in explained]
        if explained or used:
            self._context.ask(WordsDialog(explained, used), lambda _: None)
        else:
            self._context.tell("No word of this page is in the glossary.")

    def _teach(self, teach: Callable[[LessonPane], None]) -> None:
        pane = self._found()
        if pane is None:
            return
        try:
            teach(pane)
        except NnsimError as error:
            self._context.tell(f"{str(error)[:1].upper()}{str(error)[1:]}.", severity="warning")
            return
        self._context.redraw(anew=True)
