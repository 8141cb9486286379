"""The workbench: the panes of a scenario around one cursor, and the keys that move it."""

from collections.abc import Callable
from inspect import isawaitable
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar

from textual import actions, events, getters
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Static

from nnsim.errors import NnsimError
from nnsim.output_files import OutputFiles, free_path
from nnsim.session.session import Session
from nnsim.timeline import Cursor
from screens.dialogs.basic import ChoiceDialog, KeysDialog, TextDialog
from screens.dialogs.save import Outcome, complaint, path_of, save_session
from screens.host import Host
from screens.panes.base import Pane
from screens.panes.lesson import LessonPane
from screens.styles import WORKBENCH_CSS
from screens.widgets.footer import Foot
from screens.widgets.lines import Line
from screens.workbench.bindings import WORKBENCH_BINDINGS
from screens.workbench.capture_keys import CaptureKeys
from screens.workbench.context import LARGEST_COUNT, Answer
from screens.workbench.navigation import Navigation
from screens.workbench.pending_edit import LET_GO
from screens.workbench.rendering import Drawing
from screens.workbench.status import head_line, log_axes, scrolled_to, why_not_scrolled

FRAMES_PER_S = 10


class Workbench(Drawing):
    """One session on the screen. Everything drawn comes from the session at its cursor."""

    app = getters.app(Host)

    BINDINGS: ClassVar[list[BindingType]] = WORKBENCH_BINDINGS

    DEFAULT_CSS = f"Workbench {{ {WORKBENCH_CSS} Line#head, Line#status {{ padding: 0; }} }}"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.navigation = Navigation(self)
        self.controllers: dict[str, Any] = {"navigation": self.navigation, "capture": CaptureKeys(self)}

    # ------------------------------------------------------------------ building

    def compose(self) -> ComposeResult:
        yield Line(head_line(self.session), id="head")
        with Container(id="panes"):
            yield from self.panes
        yield Static(id="small", markup=False)
        yield Line("opening", id="status")
        yield Foot(id="foot")

    def on_mount(self) -> None:
        self.run_worker(self.pacer.run(), exclusive=True, group="pacer")
        self.app.giving_way.append(self.pacer.give_way)
        self.set_interval(1 / FRAMES_PER_S, self._frame)
        self.begin_where_keys_teach()
        self._arrange()
        self.call_after_refresh(self._draw)

    def on_unmount(self) -> None:
        self.app.giving_way.remove(self.pacer.give_way)

    # ------------------------------------------------------------------ keys

    def on_key(self, event: events.Key) -> None:
        """Say whose key it is, where it is none of the workbench's and a pane without the focus has it."""
        key = event.key
        if key in self._bindings.key_to_bindings or key in self.in_focus.own_keys or self.hair is not None:
            return
        others = [pane for pane in self.panes if pane.display and key in pane.own_keys]
        if others:
            self.app.tell(f"{event.character or key} is a key of {others[0].title}: tab goes there.")

    def action_digit(self, digit: int) -> None:
        """Digits are a count for the key that follows.

        They are bindings like all other keys, because a binding's action runs later than a handler of key events: a
        handler would see a digit before the key that was pressed before it.
        """
        self._count_with(f"{self._prefix}{digit}".lstrip("0")[:9])

    def action_erase(self) -> None:
        if self._prefix:
            self._count_with(self._prefix[:-1])
        else:
            self.action_page(-1)

    async def action_perform(self, action: str) -> None:
        """Let a controller do what a key or the footer asks of it, such as `navigation.move('epoch', 1)`."""
        holder, name, arguments = actions.parse(action)
        done = getattr(self.controllers[holder], name)(*arguments)
        if isawaitable(done):
            await done

    def action_restart(self) -> None:
        self._begin_again(self.session.editor.restart)

    def action_new_seed(self) -> None:
        self._begin_again(self.session.editor.new_seed)

    def _begin_again(self, how: Callable[[], str]) -> None:
        self.take_count()
        if not self.session.live:
            self.app.tell("A replay cannot be trained again; home goes to its start.", severity="warning")
            return
        try:
            told = how()
        except NnsimError as error:
            self.app.tell(str(error), severity="warning")
            return
        self.pending.let_go()  # what it would have changed is left behind
        self._changed(told)

    def action_logarithm(self, axis: str = "y") -> None:
        self.take_count()
        pane = self.panes[self._focused_pane]
        before = log_axes(pane)
        if not pane.toggle_logarithm(axis):
            self.app.tell(f"{pane.title} has no such axis to change; tab goes to the next pane.")
            return
        pane.forget()
        self._show(pane)
        if before is not None and before == log_axes(pane) and not self.pacer.approaching:
            self.app.tell(f"{pane.title}: what is shown so far is too even for a logarithmic axis.")

    def action_pane(self, by: int) -> None:
        self.take_count()
        self._focused_pane = (self._focused_pane + by) % len(self.panes)
        self._rearrange()

    def action_zoom(self) -> None:
        self.take_count()
        self._zoomed = not self._zoomed
        self._rearrange()

    def action_scroll(self, by: int) -> None:
        count = self.take_count()
        pane = self.panes[self._focused_pane]
        lessons = [one for one in self.panes if isinstance(one, LessonPane) and one.display]
        pane = pane if pane.scrolls or not lessons else lessons[0]
        before = scrolled_to(pane)
        pane.scroll(by * count)
        if not pane.scrolls or (before is not None and before == scrolled_to(pane)):
            self.app.tell(why_not_scrolled(pane, by))

    def action_save(self, leaving: bool = False) -> None:
        """Ask where, and write all runs of this session into one recording."""
        self.take_count()
        if self.app.files.refusal:
            self.app.tell(self.app.files.refusal, severity="warning")
            return
        self.session.motion.stay()
        name = f"{self.session.scenario.name}-seed{self.session.focused.timeline.plan.seed}"
        path = free_path(self.app.files.recordings, name)
        dialog = TextDialog("Save the recording", "to this file", str(path), check=complaint)
        self.app.push_screen(dialog, lambda text: self._save(text, leaving))

    def _save(self, text: str | None, leaving: bool = False) -> None:
        if text is None:
            return
        path, held = path_of(text), self.session.saving.made_by_hand  # an edit that is under way may come meanwhile

        def done(outcome: Outcome | None) -> None:
            if isinstance(outcome, NnsimError):
                self.app.tell(str(outcome), severity="error", timeout=10)
            elif not outcome:
                self.app.tell("stopped: nothing is saved", severity="warning")
            else:
                self.session.saving.note_saved(held)
                self.app.tell(f"saved: {path}", timeout=8)
                if leaving:
                    self.app.leave(self)

        save_session(self.app, self.app.files, path, self.session, done)

    def action_keys(self) -> None:
        self.take_count()
        pane = self.panes[self._focused_pane]
        own = (pane.title, type(pane).BINDINGS)
        self.app.push_screen(KeysDialog(self.BINDINGS, counted=True, pane=own))

    def action_leave(self) -> None:
        """Go, at once where nothing is under way and nothing that was made by hand would be lost."""
        session = self.session
        kept = session.saving.written is not None and not session.saving.written.failed
        under_way = session.live and not kept and (session.playback.playing or not session.arrived)
        if not under_way and not session.saving.unsaved:
            self.app.leave(self)
            return
        session.motion.stay()
        answers = {"w": "save the recording first", "d": "leave without saving", "s": "stay (escape)"}
        if self.app.files.refusal:
            del answers["w"]
        self.app.push_screen(ChoiceDialog("Leave this run?", answers), self._leave)

    def _leave(self, answer: str | None) -> None:
        if answer == "w":
            self.action_save(leaving=True)
        elif answer == "d":
            self.app.leave(self)

    # ------------------------------------------------------------------ what controllers ask for

    @property
    def typed_count(self) -> str:
        return self._prefix

    def take_count(self) -> int:
        count, self._prefix = int(self._prefix or 1), ""
        return min(count, LARGEST_COUNT)

    @property
    def drawn_cursor(self) -> Cursor:
        return self._seen

    @property
    def status(self) -> str:
        return self.query_one("#status", Line).text

    @property
    def files(self) -> OutputFiles:
        return self.app.files

    @property
    def recorded_in(self) -> Path | None:
        return self.app.recorded_in

    def tell(self, text: str, severity: SeverityLevel = "information", timeout: float = 5.0) -> None:
        self.app.tell(text, severity, timeout)

    def ask(self, dialog: Screen[Answer], answered: Callable[[Answer | None], Any]) -> None:
        self.app.push_screen(dialog, answered)

    def change(self, what: Callable[[], object]) -> None:
        if self.pending.let_go():  # it was asked for where the cursor stood
            self.tell(LET_GO)
        rested = self.session.arrived
        what()
        if rested and not self.session.playback.playing:
            self.pacer.train_at_once()
        self.pacer.wake()
        self._draw(for_key=True)

    def start_clock(self) -> None:
        self._ticked = monotonic()

    def copy_to_clipboard(self, text: str) -> None:
        self.app.copy_to_clipboard(text)

    def cells_of(self, pane: Pane | None) -> list[Strip]:
        region = self.region if pane is None else pane.region
        rows = self._compositor.render_strips()[region.y : region.bottom]
        return [row.crop(region.x, region.right) for row in rows]

    def after_frame(self, act: Callable[[], None]) -> None:
        self.call_after_refresh(act)

    def in_thread(self, work: Callable[[], Callable[[], None]]) -> None:
        self.run_worker(lambda: self.app.call_from_thread(work()), thread=True, group="copy")
