"""The tour: a workbench whose lesson waits for one key after the other."""

from typing import ClassVar

from textual import actions, events
from textual.binding import Binding, BindingType

from nnsim.session.session import Session
from screens.dialogs.basic import KEY_NAMES, key_name
from screens.panes.lesson import LessonPane
from screens.widgets.footer import Key
from screens.workbench.crosshair import CROSSHAIR_BINDINGS
from screens.workbench.slots import own_layout
from screens.workbench.workbench import Workbench

# What does not move the cursor, and so never gets in the tour's way.
ALWAYS = ("leave", "keys", "pane", "zoom", "scroll", "navigation.stop")
COUNTING = ("digit", "erase")


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
        performed = parameters[0] if action == "perform" else action
        if not awaited or performed in ALWAYS or not hasattr(Workbench, f"action_{action}"):
            return super().check_action(action, parameters)
        *count, key = awaited.split(" ")
        if count and action in COUNTING:
            return True
        return (action, parameters) == _action_of(key)

    def on_key(self, event: events.Key) -> None:
        """A key that did nothing: a word about the one that does."""
        if self._awaited and event.key not in self.active_bindings:
            self.app.clear_notifications()
            self.app.tell(f"The tour waits for {self._awaited}, not for {key_name(event.key)} (escape ends it).")

    def action_leave(self) -> None:
        """Go without a question, though it may be playing: nothing that a person made is in a tour."""
        if self.session.saving.unsaved:
            super().action_leave()
        else:
            self.session.motion.stay()
            self.app.leave(self)

    async def action_perform(self, action: str) -> None:
        """End the tour at Escape; once it is over that stops training, as everywhere."""
        if action == "navigation.stop" and self._awaited:
            self.app.leave(self)
        else:
            await super().action_perform(action)

    def _layout_now(self) -> tuple[str, ...]:
        """The tour's own panes, whatever was changed in it once: it cannot do without its lesson."""
        return own_layout(self.session)

    def foot_keys(self) -> list[Key]:
        awaited = self._awaited
        if not awaited:
            return super().foot_keys()
        return [
            Key(f"{awaited} is the key", "keys"),
            Key("escape ends the tour", "stay"),
            Key("? all keys", "keys"),
        ]


def _action_of(name: str) -> tuple[str, tuple[object, ...]]:
    """The action of the key of this name."""
    for binding in Workbench.BINDINGS:
        if binding in CROSSHAIR_BINDINGS:
            continue  # the same keys, while there is a crosshair
        if isinstance(binding, Binding) and name in [KEY_NAMES.get(key, key) for key in binding.key.split(",")]:
            _, action, parameters = actions.parse(binding.action)
            return action, parameters
    raise ValueError(f"there is no key {name}")
