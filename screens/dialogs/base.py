"""Dialogs go once. Textual takes the top screen away whoever asks for it, and two keys may come in one packet."""

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType


class Dialog(ModalScreen[ScreenResultType]):
    """A modal screen that a second key, typed before the first one was handled, does not dismiss again."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Go back to what is below, unless something else is on top by now."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


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
