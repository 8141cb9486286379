"""The keys that save a recording, and leave the workbench."""

from collections.abc import Callable

from nnsim.errors import NnsimError
from nnsim.output_files import file_stem, free_path
from nnsim.text import count
from nnsim.timeline import ImportedLog, Timeline
from screens.dialogs.basic import ChoiceDialog, TextDialog
from screens.dialogs.save import Outcome, complaint, path_of, save_session
from screens.workbench.controller_context import Context


class SaveKeys:
    """Saves the runs of a session, and leaves it without losing a person's work."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._session = context.session
        self._go = context.leave  # where to, when what is unsaved is kept or given up

    def save(self, leaving: bool = False) -> None:
        """Asks for a file, and writes all runs into it.  Args: leaving: leaves the workbench then."""
        self._context.take_count()
        files = self._context.files
        if files.refusal:
            self._context.tell(files.refusal, severity="warning")
            return
        self._session.motion.stay()
        log = self._session.focused.log
        title, name = "Save the figures as a recording", file_stem(log.name)
        if isinstance(log, Timeline):
            title, name = "Save the recording", f"{self._session.scenario.name}-seed{log.plan.seed}"
        path = free_path(files.recordings, name)
        dialog = TextDialog(title, "to this file", str(path), check=complaint)
        self._context.ask(dialog, lambda text: self.save_to(text, leaving))

    def save_to(self, text: str | None, leaving: bool = False) -> None:
        """Writes the recording into this file, if any.  Args: leaving: leaves the workbench then."""
        if text is None:
            return
        saving, trained_here = self._session.saving, isinstance(self._session.focused.log, Timeline)
        held = saving.made_by_hand_of(Timeline if trained_here else ImportedLog)  # an edit may be made meanwhile
        others = len(self._session.tracks) - len(saving.imported) if not trained_here else len(saving.imported)
        without = f" (without {count(others, 'run')} of another kind: v, then w)" if others else ""
        path = path_of(text)

        def done(outcome: Outcome | None) -> None:
            if isinstance(outcome, NnsimError):
                self._context.tell(str(outcome), severity="error", timeout=10)
            elif not outcome:
                self._context.tell("stopped: nothing is saved", severity="warning")
            else:
                saving.note_saved(held, answers=trained_here)
                self._context.tell(f"saved: {path}{without}", timeout=8)
                if leaving:
                    self._go()

        save_session(self._context.ask, self._context.files, path, self._session, done)

    def leave(self, leave: Callable[[], None] | None = None) -> None:
        """Leaves at once where nothing is under way and nothing would be lost; else asks.  Args: leave: how; by
        default for the screen below."""
        session, self._go = self._session, leave or self._context.leave
        self._context.clear_messages()  # what was said of this screen would lie over the next one
        recorded = session.saving.written is not None and not session.saving.written.failed
        under_way = session.view.live and not recorded and (session.playback.playing or not session.view.arrived)
        if not under_way and not session.saving.unsaved:
            self._go()
            return
        edits, given = session.saving.unsaved_edits, session.saving.unsaved_answers
        made = [count(number, noun) for number, noun in ((given, "answer"), (edits, "edit")) if number]
        lost = f"{' and '.join(made)} {'is' if edits + given == 1 else 'are'} not saved:"
        session.motion.stay()
        answers = {"k": "keep", "l": "leave", "escape": "stay"}
        if self._context.files.refusal:
            del answers["k"]
        self._context.ask(ChoiceDialog(lost if made else "The run is not at its goal yet:", answers), self._leave)

    def _leave(self, answer: str | None) -> None:
        if answer == "k":
            self.save(leaving=True)
        elif answer == "l":
            self._go()
