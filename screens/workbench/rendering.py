"""The picture of a workbench: which panes are seen where, and when they are drawn and painted."""

from collections.abc import Sequence
from time import monotonic, perf_counter

from textual import events, getters
from textual.screen import Screen
from textual.widgets import Static

from nnsim.errors import NnsimError
from nnsim.session.session import Session
from nnsim.terminal import LEAST
from nnsim.timeline import Cursor
from screens.host import Host
from screens.panes import PANES
from screens.panes.base import Pane
from screens.panes.lesson import LessonPane
from screens.terminal import gc_pacing
from screens.terminal.textual_internals import paint, refresh_layout_now, render_dirty_cells_only
from screens.widgets.footer import Foot, Key
from screens.widgets.layout import fitting
from screens.widgets.lines import Line
from screens.widgets.pane_box import PaneBox
from screens.workbench.context import TypedCount
from screens.workbench.crosshair import CrosshairKeys
from screens.workbench.lesson_keys import LessonKeys
from screens.workbench.navigation import Navigation
from screens.workbench.pacer import Pacer
from screens.workbench.pending_edit import PendingEdit
from screens.workbench.slots import Slots, own_layout
from screens.workbench.status import approach_told, head_line, keys_now, situation, status_line

DRAWING = 8  # where training takes all the time it gets, drawing takes at most one part in so many of it


class Drawing(Screen[None]):
    """The part of a workbench that arranges its panes and draws them. Everything comes from the session."""

    app = getters.app(Host)
    slots: Slots
    count: TypedCount
    crosshair: CrosshairKeys
    lesson: LessonKeys
    navigation: Navigation

    def __init__(self, session: Session) -> None:
        super().__init__()
        render_dirty_cells_only(self)
        self.session = session
        self.pacer = Pacer(session, self._ready)
        self.pending = PendingEdit(session, self.pacer)
        self._drawn: tuple[int, object] | None = None
        self._seen = Cursor()  # what the panes show
        self._key_waits = False  # for room to show what it has done
        self._ticked = monotonic()
        self._rests_until = 0.0  # drawing, so that training has its share of the time

    def first_layout(self) -> tuple[str, ...]:
        """The panes to begin with: those that were kept for this scenario, else its own."""
        return self.app.preferences.layout(self.session.scenario.name, PANES) or own_layout(self.session)

    # ------------------------------------------------------------------ places

    def on_resize(self) -> None:
        self._arrange()
        self.call_after_refresh(self._draw)

    def _arrange(self) -> None:
        """Give the panes the room there is: a grid of as many as fit, the others folded away."""
        width, height = self.size.width, self.size.height - 3
        small = self.size.width < LEAST[0] or self.size.height < LEAST[1]
        self.query_one("#small", Static).display = small
        box = self.query_one("#panes", PaneBox)
        box.display = not small
        if small:
            self.query_one("#small", Static).update(
                f"nnsim needs {LEAST[0]}x{LEAST[1]}\nthis terminal has {self.size.width}x{self.size.height}"
            )
            return
        slots = self.slots
        box.place(self.panes, slots.layout)
        shown = [self.panes[slot] for slot in slots.layout(width, height).slots]
        for pane in self.panes:
            pane.display = pane in shown
        self.session.state.compares_states = any(pane.compares_states(self.session.view) for pane in shown)
        if self.focused is not slots.in_focus:
            slots.in_focus.focus(scroll_visible=False)

    def rearrange(self) -> None:
        """Give the panes other places, and draw them there, in one frame."""
        self._arrange()
        self._drawn = None
        with self.app.batch_update():
            refresh_layout_now(self, [self.query_one("#panes")])
            self._draw(for_key=True)
        paint(self)

    # ------------------------------------------------------------------ drawing

    def _frame(self) -> None:
        now = monotonic()
        try:
            self.session.follow.refresh()
        except NnsimError as error:
            self.session.follow.end()
            self.app.tell(str(error), severity="error", timeout=10)
        if told := self.session.notices.take():
            self.app.tell(told, severity="warning" if self.session.notices.warns else "information", timeout=10)
        # Asked before time moves the goal on: where training keeps the speed, the last goal is reached by now.
        behind = self.session.training.lagging() is not None
        if not self.pacer.approaching:  # time stands still until the picture of the cursor is there
            self.session.playback.elapse(now - self._ticked)
        self._ticked = now
        self.pacer.measure()
        self.pacer.wake()
        if behind and now < self._rests_until:
            return
        self._draw()
        if self._drawn is not None:  # else panes that show two steps would stand there while drawing rests
            self._rests_until = now + DRAWING * (monotonic() - now)
        if not self.pacer.gives_way:
            gc_pacing.collect_if_due()

    def _draw(self, for_key: bool = False) -> None:
        """Show the session, if anything has changed since it was last shown and the terminal has room for it."""
        state = (
            self.session.state.revision,
            (self.count.digits, self.pacer.epochs_per_s, self.size, self.slots.zoomed, self.crosshair.crosshair),
        )
        if state == self._drawn or not self.is_current:
            return
        self._key_waits = self._key_waits or for_key
        if not self.app.may_draw(self._key_waits):
            return
        began, for_key, self._key_waits = perf_counter(), self._key_waits, False
        if not (self.pacer.resting and not for_key) and not self.pacer.approach(self.crosshair.view):
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
        self.draw_lines()  # they tell what is awaited while the panes show what they have shown
        paint(self)
        if for_key:
            self.pacer.go_on(began)

    def present(self, pane: Pane) -> None:
        """Show a pane the session, but for what the lesson asks about."""
        pane.withheld = self.lesson.withheld
        looked_at = self.crosshair.view
        pane.crosshair = None if self.crosshair.crosshair is None else looked_at
        pane.present(self.session.view if pane.draws_crosshair else looked_at)

    def _ready(self) -> None:
        """Draws what a key asked for as soon as it has been trained, or trained again, and not a frame later."""
        self._draw(for_key=True)

    def on_frame_answered(self) -> None:
        """A key's frame goes out as soon as there is room; the others wait for their time."""
        if self._key_waits:
            self._draw()

    def draw_lines(self) -> None:
        session, room = self.session, max(0, self.size.width - 2)
        folded = len(self.panes) > len([pane for pane in self.panes if pane.display])
        where = f" pane {self.slots.focus + 1} of {len(self.panes)}" if folded else ""
        left = max(0, room - len(where))
        looked_at = None if self.crosshair.crosshair is None else self.crosshair.view
        told = status_line(session, self.count.digits, self.pacer.epochs_per_s, looked_at, self.lesson.withheld)
        if self.pacer.approaching:
            going_back = approach_told(*self.pacer.approached)
            told.insert(1, self.pending.progress if self.pending.under_way else going_back)
        for line, text in (
            ("#head", f"{head_line(session)[:left]:<{left}}{where}"),
            ("#status", fitting(told, room)),
        ):
            self.query_one(line, Line).show(text)
        self.query_one("#foot", Foot).show(self.foot_keys(), room)

    @property
    def in_focus(self) -> Pane:
        """The pane that the keys go to first."""
        return self.slots.in_focus

    @property
    def panes(self) -> Sequence[Pane]:
        return self.slots.panes

    def foot_keys(self) -> list[Key]:
        """The keys that apply now, the most useful first."""
        if crosshair_keys := self.crosshair.footer():
            return crosshair_keys
        pane = self.in_focus
        keys = keys_now(pane, situation(self.session, pane, len(self.panes), self.navigation.place))
        lesson = [] if pane.takes("x") else self.lesson.footer()
        first = len(pane.editing_keys) + 2
        return [*keys[:first], *lesson, *keys[first:]]

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click on a pane gives it the focus."""
        if event.widget in self.panes and event.widget is not self.in_focus:
            self.slots.focus = self.panes.index(event.widget)
            self._drawn = None  # which keys apply, and what of the lesson's are taken, is another matter now
            self._draw(for_key=True)

    def on_pane_changed(self, event: Pane.Changed) -> None:
        """A key of its own has changed what a pane shows."""
        if event.pane.display:
            self.show(event.pane)

    def on_pane_row_chosen(self, event: Pane.RowChosen) -> None:
        """A row that was chosen in one pane goes through the others."""
        for pane in self.panes:
            if pane is not event.pane:
                pane.choose_row(event.row)

    def show(self, pane: Pane) -> None:
        """Draw one pane anew; where the cursor's step is still being approached it is drawn with the others."""
        if not self.pacer.approach(self.crosshair.view):
            self.present(pane)
        self.draw_lines()

    def show_count(self) -> None:
        """Show a count that has been typed so far; the panes show nothing of it, save a frame that it cut short."""
        began = perf_counter()
        if self._drawn is not None and self.is_current and self.app.may_draw(for_key=True):
            self.draw_lines()
            paint(self)
            self.pacer.go_on(began)
        else:
            self._draw(for_key=True)
