"""The workbench: the panes of a scenario around one cursor, and the keys that move it."""

from collections.abc import Callable
from time import monotonic, perf_counter
from typing import ClassVar

from textual import events, getters
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from nnsim import folders
from nnsim.errors import NnsimError
from nnsim.session import Session
from nnsim.terminal import LEAST
from nnsim.timeline import Cursor
from nnsim.timeline.cursor import Unit
from screens import garbage
from screens.bindings import WORKBENCH_BINDINGS
from screens.compositor import DirtyCompositor
from screens.copying import Copying
from screens.crosshair import Crossing
from screens.dialogs import ChoiceDialog, KeysDialog, TextDialog
from screens.foot import Foot, Key
from screens.host import Host
from screens.layout import Grid, fitting, grid
from screens.lines import Line
from screens.making import LET_GO, Making
from screens.opening import WORKBENCH_CSS
from screens.pacer import Pacer
from screens.panes.base import Pane
from screens.panes.lesson import LessonPane
from screens.saving import Outcome, complaint, free_path, path_of, save_session
from screens.slots import Slots, made
from screens.status import approach_told, head_line, keys_now, status_line
from screens.still import log_axes, scrolled_to, speed_told, why_not_scrolled, why_still
from screens.teaching import Teaching, lesson_key

FRAMES_PER_S = 10
DRAWING = 8  # while something is trained, drawing takes at most one part in so many of the time
LARGEST_COUNT = 1_000_000_000


class Workbench(Slots, Copying, Crossing, Teaching):
    """One session on the screen. Everything drawn comes from the session at its cursor."""

    app = getters.app(Host)

    BINDINGS: ClassVar[list[BindingType]] = WORKBENCH_BINDINGS

    DEFAULT_CSS = f"Workbench {{ {WORKBENCH_CSS} Line#head, Line#status {{ padding: 0; }} }}"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._compositor = DirtyCompositor()
        self.session = session
        self.pacer = Pacer(session, self._ready)
        self.making = Making(session, self.pacer)
        self.panes = [made(name) for name in self._layout_now()]
        self._prefix = ""
        self._focused_pane = 0
        self._zoomed = False
        self._drawn: tuple[int, object] | None = None
        self._seen = Cursor()  # what the panes show
        self._key_waits = False  # for room to show what it has done
        self._ticked = monotonic()
        self._rests_until = 0.0  # drawing, so that training has its share of the time

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

    def on_resize(self) -> None:
        self._arrange()
        self.call_after_refresh(self._draw)

    def _arrange(self) -> None:
        """Give the panes the room there is: a grid of as many as fit, the others folded away."""
        width, height = self.size.width, self.size.height - 3
        small = self.size.width < LEAST[0] or self.size.height < LEAST[1]
        self.query_one("#small", Static).display = small
        box = self.query_one("#panes", Container)
        box.display = not small
        if small:
            self.query_one("#small", Static).update(
                f"nnsim needs {LEAST[0]}x{LEAST[1]}\nthis terminal has {self.size.width}x{self.size.height}"
            )
            return
        if self._zoomed:
            seen = Grid(self._focused_pane, 1, 1, 1)
        else:
            seen = grid(len(self.panes), self._focused_pane, width, height)
        box.styles.merge_rules({"grid_size_columns": seen.columns, "grid_size_rows": seen.rows})
        box.refresh(layout=True)  # once: setting each of them would lay out all that is in it anew
        shown = self.panes[seen.first : seen.first + seen.shown]
        for pane in self.panes:
            pane.display = pane in shown
            pane.styles.column_span = seen.last_span if pane is shown[-1] else 1
        self.session.all_looked_at = any(pane.looks_beside(self.session) for pane in shown)
        focused = self.panes[self._focused_pane]
        if self.focused is not focused:
            focused.focus(scroll_visible=False)

    # ------------------------------------------------------------------ drawing

    def _frame(self) -> None:
        now = monotonic()
        try:
            self.session.refresh()
        except NnsimError as error:
            self.session.watched = None
            self.app.tell(str(error), severity="error", timeout=10)
        if told := self.session.take_news():
            self.app.tell(told, severity="warning", timeout=10)
        if not self.pacer.approaching:  # time stands still until the picture of the cursor is there
            self.session.elapse(now - self._ticked)
        self._ticked = now
        self.pacer.measure()
        self.pacer.wake()
        if now < self._rests_until and self.session.lagging() is not None:
            return
        self._draw()
        if self._drawn is not None:  # else panes that show two steps would stand there while drawing rests
            self._rests_until = now + DRAWING * (monotonic() - now)
        if not self.pacer.gives_way:
            garbage.search_if_due()

    def _draw(self, for_key: bool = False) -> None:
        """Show the session, if anything has changed since it was last shown and the terminal has room for it."""
        state = (self.session.revision, (self._prefix, self.pacer.epochs_per_s, self.size, self._zoomed, self.hair))
        if state == self._drawn or not self.is_current:
            return
        self._key_waits = self._key_waits or for_key
        if not self.app.may_draw(self._key_waits):
            return
        began, for_key, self._key_waits = perf_counter(), self._key_waits, False
        if not (self.pacer.resting and not for_key) and not self.pacer.approach(self.looked_at):
            # The lesson first: what it asks, other panes hold back.
            for pane in sorted(self.panes, key=lambda one: not isinstance(one, LessonPane)):
                if not for_key and self._drawn is not None and self.pacer.gives_way:
                    # The key is not to wait for a picture that it changes: it is drawn with it. Where it changes
                    # none, the next frame is drawn to its end, whatever is pressed meanwhile.
                    self._drawn = None
                    return
                if pane.display or pane.follows:
                    self.present(pane)
            self._drawn, self._seen = state, self.session.cursor
        self._draw_lines()  # they tell what is awaited while the panes show what they have shown
        self._paint()
        if for_key:
            self.pacer.go_on(began)

    def present(self, pane: Pane) -> None:
        """Show a pane the session, but for what the lesson asks about."""
        pane.withheld = self.withheld
        super().present(pane)

    def _paint(self) -> None:
        """Put what was drawn onto the terminal at once.

        Textual would send a message for every widget and wait for its next tick; while training runs, each of these
        turns costs a slice of it.
        """
        for widget in self.walk_children(Widget):
            if widget._repaint_required:
                widget._repaint_required = False
                self._dirty_widgets.add(widget)
        self._on_timer_update()

    def _ready(self) -> None:
        """What was approached can be looked at."""
        self._draw(for_key=True)

    def on_frame_answered(self) -> None:
        """A key's frame goes out as soon as there is room; the others wait for their time."""
        if self._key_waits:
            self._draw()

    def _draw_lines(self) -> None:
        session, room = self.session, max(0, self.size.width - 2)
        folded = len(self.panes) > len([pane for pane in self.panes if pane.display])
        where = f" pane {self._focused_pane + 1} of {len(self.panes)}" if folded else ""
        left = max(0, room - len(where))
        hair = None if self.hair is None else self.looked_at
        told = status_line(session, self._prefix, self.pacer.epochs_per_s, hair, self.withheld)
        if self.pacer.approaching:
            going_back = approach_told(*self.pacer.approached)
            told.insert(1, self.making.progress if self.making.under_way else going_back)
        for line, text in (
            ("#head", f"{head_line(session)[:left]:<{left}}{where}"),
            ("#status", fitting(told, room)),
        ):
            self.query_one(line, Line).show(text)
        self.query_one("#foot", Foot).show(self.foot_keys(), room)

    @property
    def in_focus(self) -> Pane:
        """The pane that the keys go to first."""
        return self.panes[self._focused_pane]

    def foot_keys(self) -> list[Key]:
        """The keys that apply now, the most useful first."""
        if crossing := self.crosshair_keys():
            return [Key(crossing[0], "keys"), *map(Key, crossing[1:])]
        pane = self.in_focus
        keys = keys_now(self.session, pane, len(self.panes), self.place)
        lesson = [] if pane.takes("x") else [lesson_key(text) for text in self.lesson_keys()]
        first = len(pane.editing_keys) + 2
        return [*keys[:first], *lesson, *keys[first:]]

    # ------------------------------------------------------------------ keys

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

    def _count_with(self, prefix: str) -> None:
        """Show a count that has been typed so far; the panes show nothing of it, save a frame that it cut short."""
        self._prefix, began = prefix, perf_counter()
        if self._drawn is not None and self.is_current and self.app.may_draw(for_key=True):
            self._draw_lines()
            self._paint()
            self.pacer.go_on(began)
        else:
            self._draw(for_key=True)

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

    def _rearrange(self) -> None:
        """Give the panes other places, and draw them there, in one frame."""
        self._arrange()
        self._drawn = None
        for container in (self.query_one("#panes"), self):
            container._clear_arrangement_cache()
        with self.app.batch_update():
            self._refresh_layout()
            self._draw(for_key=True)
        self._paint()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click on a pane gives it the focus."""
        if event.widget in self.panes and event.widget is not self.in_focus:
            self._focused_pane = self.panes.index(event.widget)
            self._drawn = None  # which keys apply, and what of the lesson's are taken, is another matter now
            self._draw(for_key=True)

    def on_pane_changed(self, event: Pane.Changed) -> None:
        """A key of its own has changed what a pane shows."""
        if event.pane.display:
            self._show(event.pane)

    def on_pane_row_chosen(self, event: Pane.RowChosen) -> None:
        """A row that was chosen in one pane goes through the others."""
        for pane in self.panes:
            if pane is not event.pane:
                pane.choose_row(event.row)

    def _show(self, pane: Pane) -> None:
        """Draw one pane anew; where the cursor's step is still being approached it is drawn with the others."""
        if not self.pacer.approach(self.looked_at):
            self.present(pane)
        self._draw_lines()

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
        path = free_path(folders.recordings(), name)
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
