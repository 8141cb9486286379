"""The workbench: the panes of a scenario around one cursor, and the keys that move it."""

from collections.abc import Callable
from time import monotonic
from typing import ClassVar

from textual import events, getters
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.widgets import Static

from nnsim import paths
from nnsim.errors import NnsimError
from nnsim.paths import free_path
from nnsim.timeline import Cursor
from nnsim.timeline.cursor import Unit
from screens.dialogs.basic import ChoiceDialog, KeysDialog, TextDialog
from screens.dialogs.save import Outcome, complaint, path_of, save_session
from screens.host import Host
from screens.panes.lesson import LessonPane
from screens.styles import WORKBENCH_CSS
from screens.widgets.footer import Foot
from screens.widgets.lines import Line
from screens.workbench.bindings import WORKBENCH_BINDINGS
from screens.workbench.pending_edit import LET_GO
from screens.workbench.rendering import Drawing
from screens.workbench.status import head_line, log_axes, scrolled_to, speed_told, why_not_scrolled, why_still

FRAMES_PER_S = 10
LARGEST_COUNT = 1_000_000_000


class Workbench(Drawing):
    """One session on the screen. Everything drawn comes from the session at its cursor."""

    app = getters.app(Host)

    BINDINGS: ClassVar[list[BindingType]] = WORKBENCH_BINDINGS

    DEFAULT_CSS = f"Workbench {{ {WORKBENCH_CSS} Line#head, Line#status {{ padding: 0; }} }}"

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

    def _count(self) -> int:
        """The number typed before this key, or 1."""
        count, self._prefix = int(self._prefix or 1), ""
        return min(count, LARGEST_COUNT)

    def _moved(self, move: Callable[[], None]) -> None:
        if self.making.let_go():  # it was asked for where the cursor stood
            self.app.tell(LET_GO)
        move()
        self.pacer.wake()
        self._draw(for_key=True)

    def action_play(self) -> None:
        self._prefix = ""
        self._ticked = monotonic()
        self._moved(lambda: self.session.play(not self.session.playing))

    def _headed(self, direction: int, move: Callable[[], None]) -> None:
        """Move on (1) or back (-1); a word where there is no further to go."""
        before, paused = self.session.cursor, not self.session.playing
        self._moved(move)
        if paused and self.session.arrived and before == self.session.cursor:
            self.app.tell(why_still(self.session, direction))

    def action_move(self, unit: Unit, direction: int) -> None:
        count = self._count() * direction
        self._headed(direction, lambda: self.session.move(unit, count))

    def action_speed(self, by: int) -> None:
        count, before = self._count() * by, self.session.speed
        self._moved(lambda: self.session.change_speed(count))
        if told := speed_told(self.session, before, by, self.query_one("#status", Line).text):
            self.app.tell(told)

    def action_go_start(self) -> None:
        self._count()
        self._headed(-1, lambda: self.session.head_for(Cursor()))

    def action_go_newest(self) -> None:
        self._count()
        self._headed(1, self.session.go_newest)

    def action_stay(self) -> None:
        self._prefix = ""
        if self.making.under_way:
            self._moved(lambda: None)
            return
        stopped = [pane.cancel() for pane in self.panes]
        if self.session.arrived and not (self.session.playing or self.session.follow or any(stopped)):
            self.app.tell("Nothing is under way that escape would stop; q leaves.")
        if self.pacer.approaching:
            self.pacer.give_up()
            self._moved(lambda: self.session.head_for(self._seen))
        else:
            self._moved(self.session.stay)

    def action_restart(self) -> None:
        self._begin_again(self.session.restart)

    def action_new_seed(self) -> None:
        self._begin_again(self.session.new_seed)

    def _begin_again(self, how: Callable[[], str]) -> None:
        self._count()
        if not self.session.live:
            self.app.tell("A replay cannot be trained again; home goes to its start.", severity="warning")
            return
        try:
            told = how()
        except NnsimError as error:
            self.app.tell(str(error), severity="warning")
            return
        self.making.let_go()  # what it would have changed is left behind
        self._changed(told)

    def action_logarithm(self, axis: str = "y") -> None:
        self._count()
        pane = self.panes[self._focused_pane]
        before = log_axes(pane)
        if not pane.toggle_logarithm(axis):
            self.app.tell(f"{pane.title} has no such axis to change; tab goes to the next pane.")
            return
        pane.forget()
        self._show(pane)
        if before is not None and before == log_axes(pane) and not self.pacer.approaching:
            self.app.tell(f"{pane.title}: what is shown so far is too even for a logarithmic axis.")

    def action_variant(self, by: int) -> None:
        by *= self._count()
        if len(self.session.tracks) == 1:
            self.app.tell("This scenario has one run only.")
            return
        self._moved(lambda: self.session.focus_on(self.session.focus + by))

    def action_pane(self, by: int) -> None:
        self._count()
        self._focused_pane = (self._focused_pane + by) % len(self.panes)
        self._rearrange()

    def action_zoom(self) -> None:
        self._count()
        self._zoomed = not self._zoomed
        self._rearrange()

    def action_scroll(self, by: int) -> None:
        count = self._count()
        pane = self.panes[self._focused_pane]
        lessons = [one for one in self.panes if isinstance(one, LessonPane) and one.display]
        pane = pane if pane.scrolls or not lessons else lessons[0]
        before = scrolled_to(pane)
        pane.scroll(by * count)
        if not pane.scrolls or (before is not None and before == scrolled_to(pane)):
            self.app.tell(why_not_scrolled(pane, by))

    def action_save(self, leaving: bool = False) -> None:
        """Ask where, and write all runs of this session into one recording."""
        self._count()
        self.session.stay()
        name = f"{self.session.scenario.name}-seed{self.session.focused.timeline.plan.seed}"
        path = free_path(paths.recordings(), name)
        dialog = TextDialog("Save the recording", "to this file", str(path), check=complaint)
        self.app.push_screen(dialog, lambda text: self._save(text, leaving))

    def _save(self, text: str | None, leaving: bool = False) -> None:
        if text is None:
            return
        path, held = path_of(text), self.session.made_by_hand  # an edit that is under way may come meanwhile

        def done(outcome: Outcome | None) -> None:
            if isinstance(outcome, NnsimError):
                self.app.tell(str(outcome), severity="error", timeout=10)
            elif not outcome:
                self.app.tell("stopped: nothing is saved", severity="warning")
            else:
                self.session.note_saved(held)
                self.app.tell(f"saved: {path}", timeout=8)
                if leaving:
                    self.app.leave(self)

        save_session(self.app, path, self.session, done)

    def action_keys(self) -> None:
        self._count()
        pane = self.panes[self._focused_pane]
        own = (pane.title, type(pane).BINDINGS)
        self.app.push_screen(KeysDialog(self.BINDINGS, counted=True, pane=own))

    def action_leave(self) -> None:
        """Go, at once where nothing is under way and nothing that was made by hand would be lost."""
        session = self.session
        kept = session.written is not None and not session.written.failed
        under_way = session.live and not kept and (session.playing or not session.arrived)
        if not under_way and not session.unsaved:
            self.app.leave(self)
            return
        session.stay()
        answers = {"w": "save the recording first", "d": "leave without saving", "s": "stay (escape)"}
        self.app.push_screen(ChoiceDialog("Leave this run?", answers), self._leave)

    def _leave(self, answer: str | None) -> None:
        if answer == "w":
            self.action_save(leaving=True)
        elif answer == "d":
            self.app.leave(self)
