"""The tour: a workbench whose lesson waits for one key after another."""

from textual import events

from nnsim.keymap import WORKBENCH, written
from nnsim.session.session import Session
from screens.panes.lesson import LessonPane
from screens.widgets.footer import Key
from screens.workbench.workbench import Workbench

# What does not move the cursor, and so never gets in the tour's way.
ALWAYS = ("save.leave", "slots.focus_next", "slots.zoom", "pane.scroll", "navigation.stop")


class Tour(Workbench):
    """A workbench in which only the awaited key does anything; Escape ends the tour. On its last page all keys
    apply."""

    BINDINGS = []

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._lesson_pane = next(pane for pane in self.panes if isinstance(pane, LessonPane))

    @property
    def _awaited(self) -> str:
        """The name of the key that the page waits for; empty on the last page."""
        learner = self._lesson_pane.learner
        return learner.part.key if learner is not None else "."

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        awaited = self._awaited
        if not awaited or action != "perform" or str(parameters[0]).partition("(")[0] in ALWAYS:
            return super().check_action(action, parameters)
        performed = str(parameters[0])
        *count, key = awaited.split(" ")
        if count and performed.startswith("count."):
            return True
        return performed == next(one.action for one in WORKBENCH if key in map(written, one.keys.split(",")))

    def on_key(self, event: events.Key) -> None:
        """Names the awaited key where another one did nothing."""
        if self._awaited and event.key not in self.active_bindings:
            self.app.clear_notifications()
            self.app.tell(f"The tour waits for {self._awaited}, not for {written(event.key)} (escape ends it).")

    async def action_perform(self, action: str) -> None:
        """Ends the tour without a question; on its last page Escape stops training, as everywhere."""
        if (action == "navigation.stop" and self._awaited) or (
            action == "save.leave" and not self.session.saving.unsaved
        ):
            self.session.motion.stay()
            self.leave()
        else:
            await super().action_perform(action)

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
