"""Teaching: the keys of the workbench that lead through a lesson, whichever pane has the focus."""

from collections.abc import Callable

from nnsim.errors import NnsimError
from nnsim.scenario.lesson import LETTERS
from nnsim.session.session import Session
from screens.panes.base import Pane
from screens.panes.lesson import BEHIND_X, LessonPane
from screens.widgets.footer import Key
from screens.workbench.edit_keys import Forking


def lesson_key(told: str) -> Key:
    """A key of the lesson, as the foot of the screen tells it: `x, then h hint`, `a b c answer`."""
    first, *others = told.removeprefix(BEHIND_X).split(" ")
    if first in LETTERS:
        if told.startswith(BEHIND_X):
            return Key(told, "lesson")
        predicting = [f"predict({LETTERS.index(one)})" for one in (first, *others) if one in LETTERS]
        return Key(told, predicting[0], tuple(predicting[1:]))
    return Key(told, {"enter": "page(1)", "h": "hint"}.get(first, "lesson"))


class Teaching(Forking):
    """The part of a workbench that knows the lesson."""

    session: Session
    panes: list[Pane]
    _focused_pane = 0
    _before_lesson: Pane | None = None  # which had the focus when the lesson took it

    _drawn: object = None

    def _rearrange(self) -> None:
        raise NotImplementedError

    def _draw(self, for_key: bool = False) -> None:
        raise NotImplementedError

    def _draw_lines(self) -> None:
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key means this now: `c` is an answer while a question that is seen has a third one."""
        if (action, parameters) == ("predict", (2,)):
            return any(isinstance(pane, LessonPane) and pane.display and pane.choices > 2 for pane in self.panes)
        return super().check_action(action, parameters)

    def begin_where_keys_teach(self) -> None:
        """Give the focus to the lesson where the first pane would take the keys that its reader presses first."""
        if self._focused_pane == 0 and self.panes[0].takes("enter"):
            lessons = (index for index, pane in enumerate(self.panes) if isinstance(pane, LessonPane))
            self._focused_pane = next(lessons, 0)

    @property
    def withheld(self) -> frozenset[str]:
        """The figures that would tell the answer to the question that is open."""
        lesson = next((pane for pane in self.panes if isinstance(pane, LessonPane)), None)
        return lesson.learner.withheld if lesson is not None and lesson.learner is not None else frozenset()

    def _lesson(self) -> LessonPane | None:
        """The pane of the lesson, brought into sight; a word where there is none."""
        self.take_count()
        for index, pane in enumerate(self.panes):
            if isinstance(pane, LessonPane):
                if not pane.display:
                    self._before_lesson, self._focused_pane = self.panes[self._focused_pane], index
                    self._rearrange()
                return pane
        self.app.tell(self._no_lesson)
        return None

    @property
    def _no_lesson(self) -> str:
        """Why there is no pane of a lesson, and how there is one."""
        if self.session.scenario.lesson.parts:
            return "The lesson is in no slot now: p puts it into this one, p = brings back the scenario's panes."
        return "This scenario has no lesson."

    def _taught(self, teach: Callable[[LessonPane], None]) -> None:
        pane = self._lesson()
        if pane is None:
            return
        try:
            teach(pane)
        except NnsimError as error:
            self.app.tell(f"{str(error)[:1].upper()}{str(error)[1:]}.", severity="warning")
            return
        self._show_lesson()

    def action_page(self, by: int) -> None:
        """Turn a page of the lesson, but read this one to its end first; where it is folded away, show it."""
        folded = any(isinstance(pane, LessonPane) and not pane.display for pane in self.panes)
        pane = self._lesson()
        if pane is None or folded:
            return
        if pane.learner is None:  # a key may come before the first picture
            pane.present(self.session.view)
        if by > 0 and pane.read_on():
            self._draw_lines()
            return
        if not pane.turn(by):
            self.app.tell("This is the last page of the lesson." if by > 0 else "This is the first page.")
            return
        self._show_lesson()

    def _show_lesson(self) -> None:
        """Draw what a key has changed, though the session is as it was."""
        self._drawn = None
        self._draw(for_key=True)

    def lesson_keys(self) -> list[str]:
        """The keys of the lesson that apply now."""
        return next((pane.keys() for pane in self.panes if isinstance(pane, LessonPane)), [])

    def action_lesson(self) -> None:
        """Take the focus to the lesson, or back to the pane that had it."""
        self.take_count()
        lessons = [index for index, pane in enumerate(self.panes) if isinstance(pane, LessonPane)]
        if not lessons:
            self.app.tell(self._no_lesson)
        elif self._focused_pane == lessons[0]:
            before = self._before_lesson  # it may have been taken away meanwhile
            self._focused_pane = self.panes.index(before) if before in self.panes else 0
        else:
            self._before_lesson, self._focused_pane = self.panes[self._focused_pane], lessons[0]
        self._rearrange()

    def action_predict(self, choice: int) -> None:
        """Answer the question of the lesson's page."""
        self._taught(lambda pane: pane.predict(choice))

    def action_hint(self) -> None:
        """Open the next hint of the lesson's page."""
        self._taught(lambda pane: pane.hint())
