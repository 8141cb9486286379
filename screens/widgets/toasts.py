"""Messages: what is said for a while, on the line that says what is open, the one that nothing is lost by."""

from collections.abc import Callable

from textual.app import App
from textual.notifications import Notification, SeverityLevel
from textual.widgets._toast import Toast

MESSAGES_CSS = """
    ToastRack { dock: top; margin: 0; max-height: 4; overflow: hidden; }
    Toast { width: 1fr; max-width: 100%; margin: 0; padding: 0 1; text-style: bold; }
    Toast, Toast.-information { border-left: none; background: $foreground; color: $background; }
    Toast.-warning { border-left: none; background: $warning; color: $background; }
    Toast.-error { border-left: none; background: $error; color: $background; }
    .-colourless Toast { text-style: bold reverse; }
"""
MARKED = "! "  # before a warning and an error, which no colour alone may tell


class Telling(App[int]):
    """The part of the app that says things."""

    def tell(self, text: str, severity: SeverityLevel = "information", timeout: float = 5.0) -> None:
        """Say something for a while, as it is: what a file or a person wrote is no markup.

        A later word takes the place of the one before, for several would lie over the panes; warnings and errors
        have their time, but are not said twice: a key held down would fill the screen with them.
        """
        text = text if severity == "information" else f"{MARKED}{text}"
        self._hush(lambda one: one.message == text or one.severity == "information")
        self.notify(text, severity=severity, timeout=timeout, markup=False)

    def clear_notifications(self) -> None:
        """Say nothing any more."""
        self._hush(lambda _: True)

    def _hush(self, done: Callable[[Notification], bool]) -> None:
        """Take back what was said. Textual would leave an empty line in its place."""
        if self.screen_stack:
            for toast in self.screen.query(Toast):
                if toast._notification in self._notifications and done(toast._notification):
                    toast._expire()
        for one in [one for one in self._notifications if done(one)]:
            self._unnotify(one, refresh=False)
