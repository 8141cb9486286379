"""The tour: a workbench whose lesson waits for one key after another, and for an answer."""

from textual import events

from nnsim.session.session import Session
from nnsim.terminal.keymap import WORKBENCH, written
from screens.panes.lesson import LessonPane
from screens.widgets.footer import Key
from screens.workbench.workbench import Workbench

# What does not move the cursor, and so never gets in the tour's way.
ALWAYS = ("save.leave", "slots.focus_next", "slots.zoom", "pane.scroll", "navigation.stop", "lesson.words")
ANSWERS = ("a", "b")


class Tour(Workbench):
    """A workbench in which only the awaited key does anything; Escape ends the tour. On its last page all keys
    apply."""

    BINDINGS = []

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._lesson_pane = next(pane for pane in self.panes if isinstance(pane, LessonPane))

    @property
    def _awaited(self) -> str:
        """The name of the key that the page waits for, of one of two for an answer; empty on the last page."""
        learner = self._lesson_pane.learner
        if learner is None:
            return "enter"
        if learner.asking is not None:
            return " or ".join(ANSWERS)
        return "enter" if learner.page in learner.revealed else learner.part.key

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        awaited = self._awaited
        if not awaited or action != "perform" or str(parameters[0]).partition("(")[0] in ALWAYS:
            return super().check_action(action, parameters)
        performed = str(parameters[0])
        if awaited == " or ".join(ANSWERS):
            return performed in {f"lesson.answer({index})" for index in range(len(ANSWERS))}
        *count, key = awaited.split(" ")
        if count and performed.startswith("count."):
            return True
        return performed == _action(key)

    def on_key(self, event: events.Key) -> None:
        """Names the awaited key where another one did nothing."""
        if self._awaited and event.key not in self.active_bindings:
            self.app.clear_notifications()
            self.app.tell(f"The tour waits for {self._awaited}, not for {written(event.key)} (escape ends it).")

    async def action_perform(self, action: str) -> None:
        """Ends the tour without a question; on its last page Escape stops training, as everywhere.

        A page that waits for a key and for nothing else turns when it is pressed.
        """
        if (action == "navigation.stop" and self._awaited) or (
            action == "save.leave" and not self.session.saving.unsaved
        ):
            self.session.motion.stay()
            self.leave()
        else:
            part = self._lesson_pane.learner.part if self._lesson_pane.learner is not None else None
            await super().action_perform(action)
            waited = part is not None and part.key not in ("", "enter") and part.when is None and not part.question
            if waited and part is not None and action == _action(part.key):
                self._lesson_pane.turn(1)
                self.redraw(anew=True)

    def kept_kinds(self) -> tuple[str, ...]:
        """None, whatever was changed in it once: it needs its lesson."""
        return ()

    def footer_keys(self) -> list[Key]:
        awaited = self._awaited
        if not awaited:
            return super().footer_keys()
        return [
            Key(f"{awaited} is the key", "keys"),
            Key("escape ends the tour", "stay"),
            Key("? all keys", "keys"),
        ]


def _action(key: str) -> str:
    """What the workbench performs for a key, by its written name."""
    return next(one.action for one in WORKBENCH if key in map(written, one.keys.split(",")))
