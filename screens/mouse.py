"""What the mouse does in dialogs. Nothing needs it: every click has a key beside it."""

from textual import events
from textual.screen import ModalScreen


class ClickAway:
    """A dialog that a click beside it closes, as Escape does."""

    def on_click(self, event: events.Click) -> None:
        assert isinstance(self, ModalScreen)
        if event.widget is self:
            event.stop()
            self.dismiss(None)
