"""Changing: the keys of a workbench that change settings, take a change back, and make it again."""

from collections.abc import Callable

from nnsim.errors import NnsimError
from nnsim.session import Session
from screens.going import Going
from screens.panes.base import Pane
from screens.settings_dialog import SettingsDialog


class Changing(Going):
    """The part of a workbench that edits its session."""

    panes: list[Pane]

    def action_settings(self, filtered: str = "") -> None:
        """Show every setting, or those whose key holds one of these words."""
        self._count()
        self.session.stay()
        self.app.push_screen(SettingsDialog(self.session, filtered=filtered), self._changed)

    def _changed(self, told: str | None) -> None:
        """Say what a dialog has changed, and draw it."""
        if told:
            self.app.clear_notifications()  # of a key pressed many times the last word counts
            self.app.tell(told)
        for pane in self.panes:
            pane.forget()
        self._moved(lambda: None)

    def edit(self, change: Callable[[Session], str]) -> bool:
        """Change something of the session for a pane.  Returns: whether that was possible; if not, why is told.

        A pane may have been shown the session as it stood at the crosshair; the session itself is changed.
        """
        self.session.stay()
        try:
            told = change(self.session)
        except NnsimError as error:
            self.app.tell(str(error), severity="error", timeout=8)
            return False
        self._changed(told)
        return True

    def action_undo(self) -> None:
        self._count()
        self.edit(Session.undo)

    def action_redo(self) -> None:
        self._count()
        self.edit(Session.redo)
