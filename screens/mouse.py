"""What the mouse does in dialogs. Nothing needs it: every click has a key beside it."""

from textual import events
from textual.screen import ModalScreen


class ClickAway:
    """A dialog that a click beside it closes, as Escape does."""

    def action_leave(self) -> None:
        """What Escape does."""
        assert isinstance(self, ModalScreen)
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        assert isinstance(self, ModalScreen)
        if event.widget is self:
            event.stop()
            self.action_leave()
