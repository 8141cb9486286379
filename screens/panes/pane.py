"""The base of all panes: a frame with a title and a reading, around a picture of a view."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from textual import events
from textual.actions import parse
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.geometry import Region, Size
from textual.message import Message
from textual.notifications import SeverityLevel
from textual.strip import Strip
from textual.widgets import Static

from nnsim.scenario.conditions import FAULT
from nnsim.session.view import Capability, View, lacking
from nnsim.terminal.keymap import CROSSHAIR
from screens.pane_catalog import ABOUT, about
from screens.panes.pane_context import ChangeSettings, NoWorkbench, PaneContext
from screens.plots import PlotWidget
from screens.styles import FRAME_CSS, FRAME_IN_FOCUS_CSS
from screens.widgets.layout import fitting
from screens.widgets.lines import Lines, relabelled

MOST_ROWS = 32  # of a frame that are kept
LEAST_RUN = 4  # characters of a run's name, or of a title behind the pane's, that tell anything
LEAST_PART = 8  # columns of a title's last part that are worth showing, with what stands before it
AROUND_READING = 6  # columns: corners, a line and a blank on either side
AFTER_PREDICTION = "This picture tells the answer. Say first what you think, and it is shown."
NAME_FIRST = "Shut until you have named the fault: it would tell the answer."
CROSSHAIR_KEYS = {one.keys for one in CROSSHAIR}


class Pane(Vertical):
    """One picture of a view, which `update_from` draws."""

    DEFAULT_CSS = f"""
    Pane {{ {FRAME_CSS} }}
    Pane > .reason {{ height: 1fr; padding: 0 1; color: $text-muted; }}
    Pane:focus {{ {FRAME_IN_FOCUS_CSS} }}
    """

    can_focus = True
    kind = ""  # the name that a scenario gives it
    title = ""  # by which it is known elsewhere, too
    logarithmic: bool | None = None  # None where the key `l` means nothing
    logarithmic_x: bool | None = None  # likewise `L`
    draws_crosshair = False  # else it is given the view at the crosshair
    crosshair: View | None = None  # the view there, while there is one
    needs = Capability.FIGURES  # what the run in focus has to give, so that it can be drawn
    figures_drawn: frozenset[str] = frozenset()  # by families, about which the lesson may ask
    withheld: frozenset[str] = frozenset()  # those that are not to be shown before it is answered
    scrolls = False
    context: PaneContext = NoWorkbench()  # given by the workbench that shows it
    tabs: tuple[str, ...] = ()  # panes of the stage that share its place, which its title names
    marked_layer = ""  # that the page of the lesson marks
    follows = False  # whether it is given views also while it is folded away
    wheel = 1  # lines, or whatever it is that scrolling goes through, for a notch of the mouse's wheel
    _reason: str | None = None  # why it does not draw the view that it was given last
    _unable = False  # whether the run does not give what it needs

    class Changed(Message):
        """A key of the pane has changed its picture."""

        def __init__(self, pane: "Pane") -> None:
            super().__init__()
            self.pane = pane

    class RowChosen(Message):
        """A row of data was chosen, for other panes that draw a single row."""

        def __init__(self, pane: "Pane", row: int) -> None:
            super().__init__()
            self.pane, self.row = pane, row

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        if cls.kind in ABOUT:
            cls.title = ABOUT[cls.kind].title

    def __init__(self) -> None:
        self._row_cache: dict[tuple[int, str, str], Strip] = {}  # of the frame, by width and by what they say
        self._edges: dict[tuple[int, str], tuple[Strip, str]] = {}  # one of each edge, and what it says
        super().__init__()
        self._drawn_size: Size | None = None
        self._edge: Region | None = None  # the row of the frame that is being written on
        self.border_title = self.title

    def tell(self, text: str, severity: SeverityLevel = "information") -> None:
        self.context.tell(text, severity)

    def compares_states(self, view: View) -> bool:
        """Whether the pane needs the parameters of the other runs at the cursor's step, too."""
        return False

    def changed(self) -> None:
        self.post_message(self.Changed(self))

    def update_from(self, view: View) -> None:
        """Draw a view."""
        raise NotImplementedError

    @classmethod
    def why_not(cls, view: View) -> str | None:
        """Why the pane cannot draw a view, in a sentence; None where it can."""
        return lacking(cls.needs, view.focused)

    def has_picture(self, view: View, withheld: frozenset[str]) -> bool:
        """Whether there is anything to draw of a view.  Args: withheld: figures that the lesson asks about."""
        if self.figures_drawn & withheld or self.why_not(view) is not None:
            return False
        awaited = about(self.kind).awaits
        return not awaited or view.known(view.focused, awaited) > 0

    def present(self, view: View) -> None:
        """Draws a view, or says why the pane cannot."""
        self._drawn_size = self.size
        reason = self.why_not(view)
        self._unable = reason is not None
        if reason is None and self.figures_drawn & self.withheld:
            reason = NAME_FIRST if FAULT in self.figures_drawn else AFTER_PREDICTION
        if reason != self._reason:
            self._reason = reason
            self._explain()
        if reason is None:
            with np.errstate(all="ignore"):  # the numbers of a run that diverges are shown as they come out
                self.update_from(view)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows of the frame; one stands for all rows between the edges."""
        width, height = self.outer_size
        if (crop.x, crop.width) != (0, width) or height < 2:
            return super().render_lines(crop)
        says = {0: ("upper", self.border_title or ""), height - 1: ("lower", self.border_subtitle or "")}
        rows = []
        for y in crop.line_range:
            key = width, *says.get(y, ("between", ""))
            if (row := self._row_cache.get(key)) is None:
                if len(self._row_cache) >= MOST_ROWS:
                    self._row_cache.clear()
                row = self._edge_row(y, *key)
                self._row_cache[key] = row
            rows.append(row)
        return rows

    def _edge_row(self, y: int, width: int, which: str, said: str) -> Strip:
        """A row of the frame. Textual makes it where none like it was made before: for a reading that changes with
        every frame that takes longer than the picture above it."""
        made = self._edges.get((width, which))
        if made is not None and (row := relabelled(*made, said)) is not None:
            return row
        (row,) = super().render_lines(Region(0, y, width, 1))
        self._edges[width, which] = row, said
        return row

    def notify_style_update(self) -> None:
        self._row_cache.clear()
        self._edges.clear()
        super().notify_style_update()

    def on_resize(self) -> None:
        if self._drawn_size is not None and self._drawn_size != self.size:
            self.changed()

    def _explain(self) -> None:
        reason = self.query(".reason")
        for child in self.children:
            child.display = (self._reason is not None) if child in reason else self._reason is None
        if self._reason is None:
            return
        self.border_title, self.border_subtitle = self.title, ""
        if reason:
            reason.first(Static).update(self._reason)
        else:
            self.mount(Static(self._reason, classes="reason", markup=False))

    def title_with_run(self, view: View) -> None:
        """Names the run in the title, where there are several."""
        self.set_title(self.title, run_suffix(view))

    def set_title(self, title: str, run: str = "") -> None:
        """Writes a title into the upper edge, cut to its room.  Args: run: the run that is drawn, behind the
        title."""
        tabs = "".join(f" │ {one}" for one in self.tabs)
        title = _title_cut(self.title, title, run, self.outer_size.width - AROUND_READING - len(tabs)) + tabs
        if self.border_title != title:
            self._edge = Region(-1, -1, self.outer_size.width, 1)
            self.border_title = title
            self._edge = None

    @property
    def time_plot(self) -> PlotWidget | None:
        """The plot over epochs, if the pane has one."""
        return None

    def toggle_logarithm(self, axis: str) -> bool:
        """Makes an axis logarithmic or linear.  Returns: whether there is such an axis."""
        name = "logarithmic_x" if axis == "x" else "logarithmic"
        before = getattr(self, name)
        if before is not None:
            setattr(self, name, not before)
        return before is not None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key applies now: not while the pane cannot draw the run, nor where the crosshair uses the
        key."""
        if self._unable or self.context.has_crosshair:
            for one in self.BINDINGS:
                if not isinstance(one, Binding) or parse(one.action)[1:] != (action, parameters):
                    continue
                if self._unable or CROSSHAIR_KEYS.intersection(one.key.split(",")):
                    return False
        return super().check_action(action, parameters)

    @property
    def all_keys(self) -> set[str]:
        """All keys of the pane, whether they apply now or not."""
        return {key for one in self.BINDINGS if isinstance(one, Binding) for key in one.key.split(",")}

    def uses_key(self, key: str) -> bool:
        """Whether a key of the pane applies now; while the pane has the focus, the screen does not use that key."""
        return key in self.active_keys()

    def active_keys(self) -> set[str]:
        """The keys of the pane that apply now."""
        found = set[str]()
        for one in self.BINDINGS:
            if isinstance(one, Binding):
                _, name, values = parse(one.action)
                if self.check_action(name, values):
                    found.update(one.key.split(","))
        return found

    def offers(self, action: str) -> bool:
        """Whether an action has an effect now, so that the footer names its key."""
        return True

    def take_over(self, former: "Pane") -> None:
        """Takes over the state of a pane of this kind that was removed."""

    def cancel(self) -> bool:
        """Stops work in progress.  Returns: whether there was any."""
        return False

    @property
    def editing_keys(self) -> tuple[str, ...]:
        """The keys that the footer names first while the pane has the focus."""
        return ()

    @property
    def place_read(self) -> str:
        """The place of the crosshair, which stands before its figures."""
        assert self.crosshair is not None
        step, per_epoch = self.crosshair.cursor.showing, self.crosshair.steps_per_epoch
        return f"┿ {self.crosshair.unit} {step:,}" if per_epoch == 1 else f"┿ step {step:,}"

    def set_reading(self, reading: str) -> None:
        """Writes a reading into the lower edge, as many of its parts as fit, with the place of the crosshair."""
        if self.crosshair is not None and not self.draws_crosshair and not reading.startswith("┿"):
            reading = f"{self.place_read} · {reading}" if reading else self.place_read
        if (room := self.outer_size.width - AROUND_READING) > 0 and len(reading) > room:
            reading = fitting(reading.split(" · "), room)
        if self.border_subtitle != reading:
            self._edge = Region(-1, self.content_size.height, self.outer_size.width, 1)
            self.border_subtitle = reading
            self._edge = None

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        """Paints again; where only an edge of the frame has changed, that edge alone."""
        if self._edge is not None and not regions:
            regions = (self._edge,)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def take_count(self) -> int:
        """The number typed before a key of the pane, or 1."""
        return self.context.take_count()

    def scroll(self, by: int) -> None:
        """Move what is shown down by so many lines, where it is longer than the pane."""

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scrolls the pane under the mouse, as the arrow key down does."""
        if self.scrolls:
            event.stop()
            self.scroll(self.wheel)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        if self.scrolls:
            event.stop()
            self.scroll(-self.wheel)

    def choose_row(self, row: int) -> None:
        """Draws this row of data, where the pane draws a single one."""

    def forget(self) -> None:
        """Fits the axes afresh to the next picture."""
        for plot in self.query(PlotWidget):
            plot.forget_limits()


class PlotPane(Pane):
    """A pane with one plot."""

    def __init__(self) -> None:
        super().__init__()
        self.plot = PlotWidget()

    def compose(self) -> ComposeResult:
        yield self.plot

    @property
    def columns(self) -> int:
        return max(self.plot.content_size.width, 16)


class LinesPane(Pane):
    """A pane of text."""

    scrolls = True
    wheel = 3

    def __init__(self) -> None:
        super().__init__()
        self.lines = Lines()

    def compose(self) -> ComposeResult:
        yield self.lines

    def scroll(self, by: int) -> None:
        self.lines.scroll(by)
        self.set_reading(self.lines.reading)


class EditingPane(Pane):
    """A pane whose keys can change the run; it knows the view that it drew last, at the crosshair too."""

    view: View | None = None

    @property
    def editing(self) -> bool:
        """Whether keys change the run now, rather than move through time."""
        return False

    def change_settings(self, settings: Callable[[View], Mapping[str, Any]], description: str = "") -> bool:
        """Changes settings that begin the run again.  Args: description: of the change.  Returns: whether it was
        possible."""
        return self.context.carry_out(ChangeSettings(settings, description))


def run_suffix(view: View) -> str:
    """The label of the focused run for a title; empty where it is the only one."""
    return f" · {view.label(view.focused, view.tracks)}" if len(view.tracks) > 1 else ""


def _title_cut(pane: str, title: str, run: str, room: int) -> str:
    """A title cut to so many columns, at one of its parts where little would be left of it.

    Args: pane: the pane's name, with which the title begins and which stays. run: the label behind it.
    """
    if room <= 0 or len(title) + len(run) <= room:
        return title + run
    if not run:
        ends = [found.start() for found in re.finditer(" · ", title) if found.start() <= room]
        return title[: ends[-1]] if ends and room - ends[-1] < LEAST_PART else f"{title[: room - 1]}…"
    name = pane if title.startswith(pane) else title.partition(" · ")[0]
    left = max(room - len(run), len(name))
    if len(title) > left:
        short = re.sub(r" \([^)]*$", "", title[: max(left - 1, 0)]).rstrip(" ·")
        title = f"{short}…" if len(short) >= len(name) + len(" · ") + LEAST_RUN else name
    title += _run_cut(run, room - len(title))
    return title if len(title) <= room else f"{title[: room - 1].rstrip(' ·…')}…"


def _run_cut(run: str, room: int) -> str:
    """The label of a run cut to so many columns; empty where nothing legible is left. A fork is cut at its
    beginning: without its end the name would be that of another run."""
    if len(run) <= room:
        return run
    left = room - len(" · …")
    if left < LEAST_RUN:
        return ""
    name = run.removeprefix(" · ")
    last = name.rpartition(" · ")[2]
    return f" · …{last[-left:].lstrip()}" if last != name else f" · {name[:left]}…"
