"""The keys that change a run: its settings, forks, beginning again, undo and redo."""

from collections.abc import Callable

from nnsim.errors import NnsimError
from nnsim.session.session import Session
from screens.dialogs.fork_tree import ForksDialog
from screens.panes.lesson import LessonPane
from screens.panes.pane_context import (
    ChangeParameter,
    ChangeSettings,
    FocusRun,
    NoteProgress,
    PaneCommand,
    ShowRuns,
    ShowSettings,
)
from screens.workbench.controller_context import Context
from screens.workbench.settings_dialog import SettingsDialog


class EditKeys:
    """Changes the runs of a session."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._session = context.session

    def show_settings(self, words: str = "") -> None:
        """Opens the settings, all or those whose keys hold one of these words."""
        self._open_settings(words=words)

    def fork(self) -> None:
        """Asks for a setting, with which a fork of the run goes on from the cursor."""
        self._open_settings(forking=True)

    def _open_settings(self, *, forking: bool = False, words: str = "") -> None:
        context = self._context
        context.take_count()
        if (reason := self._session.fixed) is not None:
            context.tell(reason, severity="warning")
        elif not context.refuse_while_pending():
            self._session.motion.stay()
            lessons = [pane for pane in context.panes if isinstance(pane, LessonPane)]
            first = lessons[0].allowed_settings if lessons else ()
            context.ask(SettingsDialog(self._session, context.pending, forking, words, first), self._show_changed)

    def show_forks(self) -> None:
        """Shows the tree of runs, and focuses the one that is chosen."""
        self._context.take_count()
        if not self._context.refuse_while_pending():
            self._context.ask(ForksDialog(self._session), self._focus_on)

    def _focus_on(self, index: int | None) -> None:
        if index is not None:
            self._context.change(lambda: self._session.motion.focus_on(index))

    def edit(self, change: Callable[[Session], str]) -> bool:
        """Changes the session; pending where steps must be trained again.  Returns: whether that was possible; a
        message says why not."""
        if (reason := self._session.fixed) is not None:
            self._context.tell(reason, severity="warning")
            return False
        self._session.motion.stay()
        possible = self._context.pending.make(change, self._show_changed, self._context.refuse)
        if self._context.pending.under_way:
            self._context.redraw()
        return possible

    def carry_out(self, command: PaneCommand) -> bool:
        """Carries a pane's command out.  Returns: whether it is done, or under way; a message says why not."""
        match command:
            case ChangeSettings(settings, text):
                return self.edit(lambda session: session.editor.change_together(settings(session.view), text))
            case ChangeParameter(key, value):
                return self.edit(lambda session: session.editor.change(key, value))
            case FocusRun(index):
                self._context.change(lambda: self._session.motion.focus_on(index))
            case ShowRuns(hidden):
                self._session.state.hidden = hidden
                self._session.state.revision += 1
                self._context.change(lambda: None)
            case ShowSettings(words):
                self.show_settings(words)
            case NoteProgress(answers, evidence, page):
                self._session.saving.page = page
                self._session.saving.note_progress(answers, evidence)
        return True

    def undo(self) -> None:
        self._context.take_count()
        self.edit(lambda session: session.history.undo())

    def redo(self) -> None:
        self._context.take_count()
        self.edit(lambda session: session.history.redo())

    def restart(self) -> None:
        self.begin_again(self._session.editor.restart)

    def new_seed(self) -> None:
        self.begin_again(self._session.editor.new_seed)

    def begin_again(self, how: Callable[[], str]) -> None:
        self._context.take_count()
        if not self._session.view.live:
            message = "A replay cannot be trained again; home goes to its start."
            self._context.tell(message, severity="warning")
            return
        try:
            message = how()
        except NnsimError as error:
            self._context.tell(str(error), severity="warning")
            return
        self._context.pending.cancel()  # what it would have changed is left behind
        self._show_changed(message)

    def _show_changed(self, message: str | None) -> None:
        if message:
            self._context.clear_messages()  # of a key pressed many times the last word counts
            self._context.tell(message)
        for pane in self._context.panes:
            pane.forget()
        self._context.change(lambda: None)
