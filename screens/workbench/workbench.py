"""The workbench: the panes of a scenario around one cursor, and the controllers of its keys."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from inspect import isawaitable
from pathlib import Path
from typing import Any

from textual import actions, events, getters
from textual.app import ComposeResult
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Static

from nnsim.scenario.lesson_schema import LessonStart
from nnsim.session.session import Session
from nnsim.session.view import View
from nnsim.terminal.capabilities import LEAST
from nnsim.terminal.keymap import CROSSHAIR, FIRST_WITH_LESSON, FIRST_WITHOUT, WORKBENCH
from nnsim.timeline import Cursor
from screens.dialogs.basic import KeysDialog
from screens.host import Host
from screens.panes import PANES
from screens.panes.pane import Pane
from screens.panes.pane_context import PaneCommand
from screens.styles import WORKBENCH_CSS
from screens.terminal.textual_internals import (
    binds,
    paint,
    refresh_layout_now,
    render_dirty_cells_only,
    rendered_rows,
)
from screens.widgets.footer import Foot, Key, bindings
from screens.widgets.layout import fitting
from screens.widgets.lines import Line
from screens.widgets.pane_box import PaneBox
from screens.workbench.capture_keys import CaptureKeys
from screens.workbench.controller_context import Answer, TypedCount
from screens.workbench.course_progress import CourseNotes
from screens.workbench.crosshair import CrosshairKeys
from screens.workbench.edit_keys import EditKeys
from screens.workbench.lesson_keys import LessonKeys
from screens.workbench.navigation import EventList, Navigation
from screens.workbench.pacer import Pacer
from screens.workbench.pane_keys import PaneKeys
from screens.workbench.pending_edit import BUSY, CANCELLED, PendingEdit
from screens.workbench.rendering import Rendering
from screens.workbench.save_keys import SaveKeys
from screens.workbench.slots import Slots, stage_on
from screens.workbench.stage import StageKeys
from screens.workbench.status import approach_message, head_line, keys_now, situation, status_line

FRAMES_PER_S = 10
LINES = 3  # above and below the panes


class Workbench(Screen[None]):
    """One session on the screen; everything is drawn from the session at its cursor."""

    app = getters.app(Host)

    AUTO_FOCUS = ""  # the slots say which pane has the focus
    BINDINGS = bindings(CROSSHAIR, WORKBENCH)

    DEFAULT_CSS = f"Workbench {{ {WORKBENCH_CSS} Line#head, Line#status {{ padding: 0; }} }}"

    def __init__(self, session: Session) -> None:
        super().__init__()
        render_dirty_cells_only(self)
        self.session, self.files = session, self.app.files
        self.pacer = Pacer(session, self.redraw)  # as soon as what a key asked for is trained, not a frame later
        self.pending, self.rendering = PendingEdit(session, self.pacer), Rendering(self)
        self.navigation, self.crosshair = Navigation(self), CrosshairKeys(self)
        self.slots = Slots(self, stage_on(session), self.kept_kinds(), by_page=self._is_staged)
        self.stage = StageKeys(self, self.slots)
        self.lesson = LessonKeys(self, self.stage.follow)
        self.course = CourseNotes(self, self.lesson)
        self.count = TypedCount(self, lambda: self.lesson.turn_page(-1))
        self.edits, self.saving = EditKeys(self), SaveKeys(self)
        self._head, self._status = Line(head_line(session), id="head"), Line("opening", id="status")
        self._small, self._footer = Static(id="small", markup=False), Foot(id="foot")
        self.pane_box = PaneBox(id="panes")
        self.controllers: dict[str, Any] = {
            "capture": CaptureKeys(self),
            "count": self.count,
            "crosshair": self.crosshair,
            "edit": self.edits,
            "events": EventList(self, self.lesson),
            "lesson": self.lesson,
            "navigation": self.navigation,
            "pane": PaneKeys(self),
            "save": self.saving,
            "slots": self.slots,
            "stage": self.stage,
        }

    def kept_kinds(self) -> Sequence[str]:
        """The panes last chosen for this scenario; none where its lesson stages them."""
        return () if self._is_staged else self.app.preferences.layout(self.session.scenario.name, PANES)

    @property
    def _is_staged(self) -> bool:
        """Whether pages of the lesson say what is on stage."""
        return any(one.stage.show for one in self.session.scenario.lesson.parts)

    def compose(self) -> ComposeResult:
        yield self._head
        with self.pane_box:
            yield from self.panes
        yield self._small
        yield self._status
        yield self._footer

    def on_mount(self) -> None:
        self.run_worker(self.pacer.run(), exclusive=True, group="pacer")
        self.app.key_listeners += (self.pacer.yield_to_key, self.course.note_key)
        self.set_interval(1 / FRAMES_PER_S, self.tick)
        self.begin_lesson()
        self._arrange()
        # Somebody waits for the first figures as for the effect of a key: they come as soon as there is room.
        self.call_after_refresh(self.rendering.draw, True)

    def begin_lesson(self) -> None:
        """Goes where the lesson begins."""
        self.stage.begin()

    def tick(self) -> None:
        self.rendering.frame()
        self.course.tick()
        if self.session.follow.page is not None:
            self.call_later(self.lesson.follow_teacher)

    def on_unmount(self) -> None:
        for listener in (self.pacer.yield_to_key, self.course.note_key):
            self.app.key_listeners.remove(listener)
        self.course.finish()

    def on_key(self, event: events.Key) -> None:
        """Names the pane that has an unbound key."""
        key = event.key
        if binds(self, key) or key in self.in_focus.all_keys or self.crosshair.crosshair is not None:
            return
        others = [pane for pane in self.panes if pane.display and key in pane.all_keys]
        if others:
            self.app.tell(f"{event.character or key} is a key of {others[0].title}: tab goes there.")

    async def action_perform(self, action: str) -> None:
        """Lets a controller perform an action, such as `navigation.move('epoch', 1)`."""
        holder, name, arguments = actions.parse(action)
        done = getattr(self.controllers[holder], name)(*arguments)
        if isawaitable(done):
            await done

    async def action_pane_key(self, action: str) -> None:
        """Performs an action of the focused pane."""
        await self.app.run_action(action, default_namespace=self.in_focus)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key applies: the crosshair's while there is one, `c` while it is an answer."""
        if action == "perform":
            holder, name, arguments = actions.parse(str(parameters[0]))
            if holder == "crosshair" and name != "toggle":
                return self.has_crosshair
            if (holder, name, arguments) == ("lesson", "answer", (2,)):
                return self.lesson.asks_for_c
        return super().check_action(action, parameters)

    def action_keys(self) -> None:
        self.count.take()
        own = (self.in_focus.title, type(self.in_focus).BINDINGS)
        teaches = self.lesson.pane is not None
        keys = [one for one in WORKBENCH if teaches or not one.action.startswith("lesson.")]
        self.app.push_screen(KeysDialog(keys, own, FIRST_WITH_LESSON if teaches else FIRST_WITHOUT))

    def on_resize(self) -> None:
        self._arrange()
        self.call_after_refresh(self.rendering.draw)

    def on_frame_answered(self) -> None:
        """Draws the effect of a key that waits for room."""
        self.rendering.draw_waiting()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Focuses the pane that was clicked."""
        if event.widget in self.panes and event.widget is not self.in_focus:
            self.slots.focus = self.panes.index(event.widget)
            self.redraw(anew=True)  # which keys apply, and what of the lesson's are taken, is another matter now

    def on_pane_changed(self, event: Pane.Changed) -> None:
        """Draws a pane that a key of its own has changed."""
        if event.pane.display:
            self.show(event.pane)

    def on_pane_row_chosen(self, event: Pane.RowChosen) -> None:
        """Passes a chosen row to the other panes."""
        for pane in self.panes:
            if pane is not event.pane:
                pane.choose_row(event.row)

    def _arrange(self) -> None:
        """Places the panes in the room there is, and hides those without a place."""
        width, height = self.size
        small = width < LEAST[0] or height < LEAST[1]
        self._small.display, self.pane_box.display = small, not small
        if small:
            self._small.update(f"nnsim needs {LEAST[0]}x{LEAST[1]}\nthis terminal has {width}x{height}")
            return
        self.slots.bare = self.slots.find_bare(self.view, self.lesson.withheld)
        self.pane_box.place(self.panes, self.slots.layout)
        visible = [self.panes[slot] for slot in self.slots.layout(width, height - LINES).slots]
        tabs = self.slots.tabs(width, height - LINES)
        for slot, pane in enumerate(self.panes):
            pane.display, pane.tabs = pane in visible, tabs.get(slot, ())
        self.session.state.compares_states = any(pane.compares_states(self.session.view) for pane in visible)
        if self.focused is not self.in_focus:
            self.in_focus.focus(scroll_visible=False)

    def restage(self) -> None:
        self.stage.show_mark()
        if self.slots.find_bare(self.view, self.lesson.withheld) != self.slots.bare:
            self._arrange()
            refresh_layout_now(self, [self.pane_box])

    def rearrange(self) -> None:
        self._arrange()
        self.rendering.invalidate()
        with self.app.batch_update():
            refresh_layout_now(self, [self.pane_box])
            self.rendering.draw(for_key=True)
        self.paint()

    @property
    def view(self) -> View:
        return self.crosshair.view

    @property
    def appearance(self) -> object:
        return self.count.digits, self.size, self.slots.zoomed, self.crosshair.crosshair

    def may_draw(self, for_key: bool = False) -> bool:
        return self.app.may_draw(for_key)

    def present(self, pane: Pane) -> None:
        """Draws a pane, without the figures that the lesson asks about."""
        pane.withheld = self.lesson.withheld
        view = self.view
        pane.crosshair = view if self.has_crosshair else None
        shown = self.session.view if pane.draws_crosshair else view
        pane.present(replace(shown, ahead=False) if self.lesson.is_asking else shown)
        if self.stage.is_behind:  # a page has turned by itself, or is opened where somebody left it
            self.call_later(self.stage.follow)

    def paint(self) -> None:
        paint(self)

    def draw_lines(self) -> None:
        session, room = self.session, max(0, self.size.width - 2)
        folded = not all(pane.display for pane in self.panes)
        where = f" pane {self.slots.focus + 1} of {len(self.panes)}" if folded else ""
        left = max(0, room - len(where))
        crosshair = self.view if self.has_crosshair else None
        parts = status_line(session, self.count.digits, self.pacer.epochs_per_s, crosshair, self.lesson.withheld)
        if self.pacer.approaching:
            going_back = approach_message(*self.pacer.approached)
            parts.insert(1, self.pending.progress if self.pending.under_way else going_back)
        self._head.show(f"{head_line(session)[:left]:<{left}}{where}")
        self._status.show(fitting(parts, room))
        self._footer.show(self.footer_keys(), room)

    def footer_keys(self) -> list[Key]:
        """The keys that apply now, the most useful first."""
        if self.has_crosshair:
            return self.crosshair.footer()
        pane = self.in_focus
        keys = keys_now(pane, situation(self.session, pane, len(self.panes), self.navigation.place))
        lesson = [] if pane.uses_key("x") else self.lesson.footer()
        first = len(pane.editing_keys) + 2
        found = [*keys[:first], *lesson, *keys[first:]]
        marked = self.stage.mark.key  # the one that the page waits for stands first
        return sorted(found, key=lambda one: marked not in one.text.split(" ")) if marked else found

    @property
    def panes(self) -> Sequence[Pane]:
        return self.slots.panes

    @property
    def in_focus(self) -> Pane:
        return self.slots.in_focus

    @property
    def typed_count(self) -> str:
        return self.count.digits

    def take_count(self) -> int:
        return self.count.take()

    @property
    def drawn_cursor(self) -> Cursor:
        return self.rendering.cursor

    @property
    def status(self) -> str:
        return self._status.text

    @property
    def recorded_in(self) -> Path | None:
        return self.app.router.recorded_in

    def tell(self, text: str, severity: SeverityLevel = "information", timeout: float = 5.0) -> None:
        self.app.tell(text, severity, timeout)

    def ask(self, dialog: Screen[Answer], answered: Callable[[Answer | None], Any]) -> None:
        self.app.push_screen(dialog, answered)

    def change(self, what: Callable[[], object]) -> None:
        if self.pending.cancel():  # it was asked for where the cursor stood
            self.tell(CANCELLED)
        rested = self.session.view.arrived
        what()
        if rested and not self.session.playback.playing:
            self.pacer.train_at_once()
        self.pacer.wake()
        self.rendering.draw(for_key=True)

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
            self.rendering.invalidate()
        self.rendering.draw(for_key=True)

    def show(self, pane: Pane) -> None:
        self.rendering.draw_pane(pane)

    def show_count(self) -> None:
        self.rendering.draw_count()

    @property
    def has_crosshair(self) -> bool:
        return self.crosshair.crosshair is not None

    def is_taken(self, key: str) -> bool:
        return self.in_focus.uses_key(key)

    @property
    def lesson_start(self) -> LessonStart | None:
        return self.session.lesson_start

    def pause(self, view: View) -> View:
        self.session.motion.stay()
        return self.session.view

    def carry_out(self, command: PaneCommand) -> bool:
        return self.edits.carry_out(command)

    def focus_pane(self, pane: Pane) -> None:
        self.slots.focus_pane(pane)

    def remember_layout(self, kinds: tuple[str, ...] | None) -> None:
        if not self._is_staged:  # else the page says it
            self.app.keep(layout=(self.session.scenario.name, kinds))

    def open_next(self, path: Path) -> None:
        def leave() -> None:
            self.course.finish()
            self.app.router.open_scenario(path, in_place_of=self)

        self.saving.leave(leave)

    def leave(self) -> None:
        self.course.finish()
        self.app.router.leave(self)

    def start_clock(self) -> None:
        self.rendering.start_clock()

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
