"""The workbench: the panes of a scenario around one cursor, and the keys that move it."""

from collections.abc import Callable
from inspect import isawaitable
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar

from textual import actions, events, getters
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Static

from nnsim.keymap import CROSSHAIR, WORKBENCH
from nnsim.output_files import OutputFiles
from nnsim.session.session import Session
from nnsim.session.view import View
from nnsim.timeline import Cursor
from screens.dialogs.basic import KeysDialog
from screens.host import Host
from screens.panes.base import Pane
from screens.panes.pane_context import Command
from screens.styles import WORKBENCH_CSS
from screens.terminal.textual_internals import binds, rendered_rows
from screens.widgets.bindings import bindings
from screens.widgets.footer import Foot
from screens.widgets.lines import Line
from screens.widgets.pane_box import PaneBox
from screens.workbench.capture_keys import CaptureKeys
from screens.workbench.context import Answer, TypedCount
from screens.workbench.crosshair import CrosshairKeys
from screens.workbench.edit_keys import EditKeys
from screens.workbench.lesson_keys import LessonKeys
from screens.workbench.navigation import Navigation
from screens.workbench.pane_keys import PaneKeys
from screens.workbench.pending_edit import BUSY, LET_GO
from screens.workbench.rendering import Drawing
from screens.workbench.save_keys import SaveKeys
from screens.workbench.slots import Slots
from screens.workbench.status import head_line

FRAMES_PER_S = 10


class Workbench(Drawing):
    """One session on the screen. Everything drawn comes from the session at its cursor."""

    app = getters.app(Host)

    BINDINGS: ClassVar[list[BindingType]] = bindings(CROSSHAIR, WORKBENCH)

    DEFAULT_CSS = f"Workbench {{ {WORKBENCH_CSS} Line#head, Line#status {{ padding: 0; }} }}"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.navigation = Navigation(self)
        self.crosshair = CrosshairKeys(self)
        self.lesson = LessonKeys(self)
        self.count = TypedCount(self, lambda: self.lesson.turn_page(-1))
        self.slots = Slots(self, self.first_layout())
        self.edits = EditKeys(self)
        self.controllers: dict[str, Any] = {
            "capture": CaptureKeys(self),
            "count": self.count,
            "crosshair": self.crosshair,
            "edit": self.edits,
            "lesson": self.lesson,
            "navigation": self.navigation,
            "pane": PaneKeys(self),
            "save": SaveKeys(self),
            "slots": self.slots,
        }

    # ------------------------------------------------------------------ building

    def compose(self) -> ComposeResult:
        yield Line(head_line(self.session), id="head")
        with PaneBox(id="panes"):
            yield from self.panes
        yield Static(id="small", markup=False)
        yield Line("opening", id="status")
        yield Foot(id="foot")

    def on_mount(self) -> None:
        self.run_worker(self.pacer.run(), exclusive=True, group="pacer")
        self.app.giving_way.append(self.pacer.give_way)
        self.set_interval(1 / FRAMES_PER_S, self._frame)
        self._begin_where_keys_teach()
        self._arrange()
        self.call_after_refresh(self._draw)

    def _begin_where_keys_teach(self) -> None:
        """Give the focus to the lesson where the first pane would take the keys that its reader presses first."""
        if self.slots.focus == 0 and self.panes[0].takes("enter") and self.lesson.pane is not None:
            self.slots.focus = self.panes.index(self.lesson.pane)

    def on_unmount(self) -> None:
        self.app.giving_way.remove(self.pacer.give_way)

    # ------------------------------------------------------------------ keys

    def on_key(self, event: events.Key) -> None:
        """Say whose key it is, where it is none of the workbench's and a pane without the focus has it."""
        key = event.key
        if binds(self, key) or key in self.in_focus.own_keys or self.crosshair.crosshair is not None:
            return
        others = [pane for pane in self.panes if pane.display and key in pane.own_keys]
        if others:
            self.app.tell(f"{event.character or key} is a key of {others[0].title}: tab goes there.")

    async def action_perform(self, action: str) -> None:
        """Let a controller do what a key or the footer asks of it, such as `navigation.move('epoch', 1)`."""
        holder, name, arguments = actions.parse(action)
        done = getattr(self.controllers[holder], name)(*arguments)
        if isawaitable(done):
            await done

    async def action_pane_key(self, action: str) -> None:
        """Do what a key of the focused pane's own does; the footer says which."""
        await self.app.run_action(action, default_namespace=self.in_focus)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key means this now: those of the crosshair while there is one, `c` while it is an answer."""
        if action == "perform":
            holder, name, arguments = actions.parse(str(parameters[0]))
            if holder == "crosshair" and name != "toggle":
                return self.has_crosshair
            if (holder, name, arguments) == ("lesson", "answer", (2,)):
                return self.lesson.asks_for_c
        return super().check_action(action, parameters)

    def action_keys(self) -> None:
        """Show every key, those of the pane with the focus first."""
        self.count.take()
        own = (self.in_focus.title, type(self.in_focus).BINDINGS)
        self.app.push_screen(KeysDialog(WORKBENCH, own))

    # ------------------------------------------------------------------ what controllers ask for

    @property
    def typed_count(self) -> str:
        return self.count.digits

    def take_count(self) -> int:
        return self.count.take()

    @property
    def pane_box(self) -> PaneBox:
        return self.query_one("#panes", PaneBox)

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
        return self.app.router.recorded_in

    def tell(self, text: str, severity: SeverityLevel = "information", timeout: float = 5.0) -> None:
        self.app.tell(text, severity, timeout)

    def ask(self, dialog: Screen[Answer], answered: Callable[[Answer | None], Any]) -> None:
        self.app.push_screen(dialog, answered)

    def change(self, what: Callable[[], object]) -> None:
        if self.pending.let_go():  # it was asked for where the cursor stood
            self.tell(LET_GO)
        rested = self.session.view.arrived
        what()
        if rested and not self.session.playback.playing:
            self.pacer.train_at_once()
        self.pacer.wake()
        self._draw(for_key=True)

    def refuse(self, reason: str) -> None:
        self.tell(reason, severity="error", timeout=8)

    def refuse_while_pending(self) -> bool:
        if self.pending.under_way:
            self.refuse(BUSY)
        return self.pending.under_way

    def clear_messages(self) -> None:
        self.app.clear_notifications()

    def redraw(self, anew: bool = False) -> None:
        if anew:
            self._drawn = None
        self._draw(for_key=True)

    @property
    def has_crosshair(self) -> bool:
        return self.crosshair.crosshair is not None

    def is_taken(self, key: str) -> bool:
        return self.in_focus.takes(key)

    def pause(self, view: View) -> View:
        self.session.motion.stay()
        return self.session.view

    def carry_out(self, command: Command) -> bool:
        return self.edits.carry_out(command)

    def focus_pane(self, pane: Pane) -> None:
        self.slots.focus_pane(pane)

    def remember_layout(self, kinds: tuple[str, ...] | None) -> None:
        self.app.keep(layout=(self.session.scenario.name, kinds))

    def leave(self) -> None:
        self.app.router.leave(self)

    def start_clock(self) -> None:
        self._ticked = monotonic()

    def copy_to_clipboard(self, text: str) -> None:
        self.app.copy_to_clipboard(text)

    def cells_of(self, pane: Pane | None) -> list[Strip]:
        region = self.region if pane is None else pane.region
        rows = rendered_rows(self)[region.y : region.bottom]
        return [row.crop(region.x, region.right) for row in rows]

    def after_frame(self, act: Callable[[], None]) -> None:
        self.call_after_refresh(act)

    def in_thread(self, work: Callable[[], Callable[[], None]]) -> None:
        self.run_worker(lambda: self.app.call_from_thread(work()), thread=True, group="copy")
