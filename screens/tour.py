"""The tour: a workbench whose lesson waits for one key after the other."""

from typing import ClassVar

from textual import events
from textual.binding import BindingType

from nnsim.keymap import WORKBENCH, written
from nnsim.session.session import Session
from screens.panes.lesson import LessonPane
from screens.widgets.footer import Key
from screens.workbench.slots import own_layout
from screens.workbench.workbench import Workbench

# What does not move the cursor, and so never gets in the tour's way.
ALWAYS = ("save.leave", "slots.focus_next", "slots.zoom", "pane.scroll", "navigation.stop")


class Tour(Workbench):
    """Only the key that the page waits for does anything; Escape ends the tour. On its last page all keys do."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._lesson_pane = next(pane for pane in self.panes if isinstance(pane, LessonPane))

    @property
    def _awaited(self) -> str:
        """The key that the page waits for, as it is named; empty on the last page."""
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
        return performed == _action_of(key)

    def on_key(self, event: events.Key) -> None:
        """A key that did nothing: a word about the one that does."""
        if self._awaited and event.key not in self.active_bindings:
            self.app.clear_notifications()
            self.app.tell(f"The tour waits for {self._awaited}, not for {written(event.key)} (escape ends it).")

    async def action_perform(self, action: str) -> None:
        """End the tour at Escape, or without a question: nothing that a person made is in it, though it may play.

        Once it is over Escape stops training, as everywhere.
        """
        if (action == "navigation.stop" and self._awaited) or (
            action == "save.leave" and not self.session.saving.unsaved
        ):
            self.session.motion.stay()
            self.leave()
        else:
            await super().action_perform(action)

    def first_kinds(self) -> tuple[str, ...]:
        """The tour's own panes, whatever was changed in it once: it cannot do without its lesson."""
        return own_layout(self.session)

    def footer_keys(self) -> list[Key]:
        awaited = self._awaited
        if not awaited:
            return super().footer_keys()
        return [
            Key(f"{awaited} is the key", "keys"),
            Key("escape ends the tour", "stay"),
            Key("? all keys", "keys"),
        ]


def _action_of(name: str) -> str:
    """What the key of this name performs."""
    return next(one.action for one in WORKBENCH if name in map(written, one.keys.split(",")))
