"""Changing: the keys of a workbench that change settings, take a change back, and make it again."""

from collections.abc import Callable

from textual import getters
from textual.screen import Screen

from nnsim.session.session import Session
from nnsim.session.view import View
from screens.dialogs.forks import ForksDialog
from screens.host import Host
from screens.panes.base import Pane
from screens.panes.pane_context import ChangeParameter, ChangeSettings, Command, NoteProgress, ShowSettings
from screens.workbench.pending_edit import BUSY, PendingEdit
from screens.workbench.settings_dialog import SettingsDialog


class Changing(Screen[None]):
    """The part of a workbench that edits its session."""

    app = getters.app(Host)
    session: Session

    panes: list[Pane]
    pending: PendingEdit

    def _draw(self, for_key: bool = False) -> None:
        raise NotImplementedError

    def take_count(self) -> int:
        raise NotImplementedError

    def change(self, what: Callable[[], object]) -> None:
        raise NotImplementedError

    def action_settings(self, filtered: str = "") -> None:
        """Show every setting, or those whose key holds one of these words."""
        self._show_settings(filtered=filtered)

    def _show_settings(self, *, forking: bool = False, filtered: str = "") -> None:
        """Open the dialog; an edit that is under way has to be made, or let go, before."""
        self.take_count()
        if self._busy():
            return
        self.session.motion.stay()
        self.app.push_screen(SettingsDialog(self.session, self.pending, forking, filtered), self._changed)

    def _busy(self) -> bool:
        """Whether an edit is under way, which is told: what a dialog is about may be another thing after it."""
        if self.pending.under_way:
            self.refuse(BUSY)
        return self.pending.under_way

    def _changed(self, told: str | None) -> None:
        """Say what a dialog has changed, and draw it."""
        if told:
            self.app.clear_notifications()  # of a key pressed many times the last word counts
            self.app.tell(told)
        for pane in self.panes:
            pane.forget()
        self.change(lambda: None)

    def refuse(self, reason: str) -> None:
        """Say why an edit is not possible."""
        self.app.tell(reason, severity="error", timeout=8)

    def edit(self, change: Callable[[Session], str]) -> bool:
        """Change something of the session.  Returns: whether that was possible; if not, why is told.

        Where something has to be trained again for it, it is under way, and told when it is made.
        """
        self.session.motion.stay()
        possible = self.pending.make(change, self._changed, self.refuse)
        if self.pending.under_way:
            self._draw(for_key=True)
        return possible

    def carry_out(self, command: Command) -> bool:
        """Do what a pane asks for.  Returns: whether it is done, or under way; if not, why is told."""
        match command:
            case ChangeSettings(settings, told):
                return self.edit(lambda session: session.editor.change_together(settings(session.view), told))
            case ChangeParameter(key, value):
                return self.edit(lambda session: session.editor.change(key, value))
            case ShowSettings(words):
                self.action_settings(words)
            case NoteProgress(answers, evidence):
                self.session.saving.note_progress(answers, evidence)
        return True

    def pause(self) -> View:
        """Stop playing.  Returns: what there is to see then."""
        self.session.motion.stay()
        return self.session.view

    def action_undo(self) -> None:
        self.take_count()
        self.edit(lambda session: session.history.undo())

    def action_redo(self) -> None:
        self.take_count()
        self.edit(lambda session: session.history.redo())


class Forking(Changing):
    """The part of a workbench that forks."""

    def action_fork(self) -> None:
        """Ask for a setting, and let a twin of the run go on with it from the cursor."""
        self._show_settings(forking=True)

    def action_forks(self) -> None:
        """Show the tree of runs, and take the focus to the one that is chosen."""
        self.take_count()
        if not self._busy():
            self.app.push_screen(ForksDialog(self.session), self._focus_on)

    def _focus_on(self, index: int | None) -> None:
        if index is not None:
            self.change(lambda: self.session.motion.focus_on(index))
