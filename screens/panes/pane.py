"""What all panes share: a frame with a title and a reading, around a picture of a view."""

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

from nnsim.keymap import CROSSHAIR
from nnsim.session.view import Capability, View
from screens.pane_catalog import ABOUT
from screens.panes.availability import lacking
from screens.panes.pane_context import ChangeSettings, NoWorkbench, PaneContext
from screens.plots import PlotWidget
from screens.styles import FRAME_CSS, FRAME_IN_FOCUS_CSS
from screens.widgets.layout import fitting
from screens.widgets.lines import Lines

MOST_ROWS = 32  # of a frame that are kept
LEAST_RUN = 4  # characters of a run's name, or of a title behind the pane's, that tell anything
LEAST_PART = 8  # columns of a title's last part that are worth showing, with what stands before it
AROUND_READING = 6  # columns: corners, a line and a blank on either side
AFTER_PREDICTION = (
    "Shown after your prediction: it tells the answer to the lesson's question. Another page shows it, too."
)
CROSSHAIR_KEYS = {one.keys for one in CROSSHAIR}


class Pane(Vertical):
    """One picture of a view. `update_from` is all that ever changes it."""

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
    follows = False  # whether it is given views also while it is folded away
    wheel = 1  # lines, or whatever it is that scrolling goes through, for a notch of the mouse's wheel
    _reason: str | None = None  # why it does not draw the view that it was given last
    _unable = False  # whether the run does not give what it needs

    class Changed(Message):
        """A key has changed what a pane wants to show."""

        def __init__(self, pane: "Pane") -> None:
            super().__init__()
            self.pane = pane

    class RowChosen(Message):
        """A row of data was chosen, which other panes that show one row are to show, too."""

        def __init__(self, pane: "Pane", row: int) -> None:
            super().__init__()
            self.pane, self.row = pane, row

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        if cls.kind in ABOUT:
            cls.title = ABOUT[cls.kind].title

    def __init__(self) -> None:
        self._kept_rows: dict[tuple[int, str, str], Strip] = {}  # of the frame, by width and by what they say
        super().__init__()
        self._shown_at: Size | None = None
        self._edge: Region | None = None  # the row of the frame that is being written on
        self.border_title = self.title

    def tell(self, text: str, severity: SeverityLevel = "information") -> None:
        """Say something for a while."""
        self.context.tell(text, severity)

    def compares_states(self, view: View) -> bool:
        """Whether it asks for the parameters of the other runs at the cursor's step, too."""
        return False

    def changed(self) -> None:
        """Ask for the view again."""
        self.post_message(self.Changed(self))

    def update_from(self, view: View) -> None:
        """Draw a view."""
        raise NotImplementedError

    @classmethod
    def why_not(cls, view: View) -> str | None:
        """Why it cannot draw a view, in a sentence; None where it can."""
        return lacking(cls.needs, view.focused)

    def present(self, view: View) -> None:
        """Draw a view, or say why this pane cannot."""
        self._shown_at = self.size
        reason = self.why_not(view)
        self._unable = reason is not None
        if reason is None and self.figures_drawn & self.withheld:
            reason = AFTER_PREDICTION
        if reason != self._reason:
            self._reason = reason
            self._explain()
        if reason is None:
            with np.errstate(all="ignore"):  # the numbers of a run that diverges are shown as they come out
                self.update_from(view)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows of the frame: its edges, and between them one that stands for all."""
        width, height = self.outer_size
        if (crop.x, crop.width) != (0, width) or height < 2:
            return super().render_lines(crop)
        says = {0: ("upper", self.border_title or ""), height - 1: ("lower", self.border_subtitle or "")}
        rows = []
        for y in crop.line_range:
            key = width, *says.get(y, ("between", ""))
            if (row := self._kept_rows.get(key)) is None:
                if len(self._kept_rows) >= MOST_ROWS:
                    self._kept_rows.clear()
                (row,) = super().render_lines(Region(0, y, width, 1))
                self._kept_rows[key] = row
            rows.append(row)
        return rows

    def notify_style_update(self) -> None:
        self._kept_rows.clear()
        super().notify_style_update()

    def on_resize(self) -> None:
        """What is shown depends on the room for it."""
        if self._shown_at is not None and self._shown_at != self.size:
            self.changed()

    def _explain(self) -> None:
        told = self.query(".reason")
        for child in self.children:
            child.display = (self._reason is not None) if child in told else self._reason is None
        if self._reason is None:
            return
        self.border_title, self.border_subtitle = self.title, ""
        if told:
            told.first(Static).update(self._reason)
        else:
            self.mount(Static(self._reason, classes="reason", markup=False))

    def title_with_run(self, view: View) -> None:
        """Name the run that the pane shows, where there are several."""
        self.set_title(self.title, run_shown(view))

    def set_title(self, title: str, run: str = "") -> None:
        """Put a title into the upper edge of the frame; its end gives way, at a part of it where little is left.

        Args: run: behind it, the run that is shown. What a title says more than the pane's own name gives way to
        it, the name does not.
        """
        title = _title_cut(self.title, title, run, self.outer_size.width - AROUND_READING)
        if self.border_title != title:
            self._edge = Region(-1, -1, self.outer_size.width, 1)
            self.border_title = title
            self._edge = None

    @property
    def time_plot(self) -> PlotWidget | None:
        """Its plot over epochs, where it has one."""
        return None

    def toggle_logarithm(self, axis: str) -> bool:
        """Make an axis logarithmic or linear.  Returns: whether there is such an axis."""
        name = "logarithmic_x" if axis == "x" else "logarithmic"
        before = getattr(self, name)
        if before is not None:
            setattr(self, name, not before)
        return before is not None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key means this now: not while it cannot draw the run, nor one of the crosshair's."""
        if self._unable or self.context.has_crosshair:
            for one in self.BINDINGS:
                if not isinstance(one, Binding) or parse(one.action)[1:] != (action, parameters):
                    continue
                if self._unable or CROSSHAIR_KEYS.intersection(one.key.split(",")):
                    return False
        return super().check_action(action, parameters)

    @property
    def all_keys(self) -> set[str]:
        """All keys that its kind has, whether they mean something now or not."""
        return {key for one in self.BINDINGS if isinstance(one, Binding) for key in one.key.split(",")}

    def uses_key(self, key: str) -> bool:
        """Whether a key of its own means something now: the screen then has no such key while it has the focus."""
        return key in self.active_keys()

    def active_keys(self) -> set[str]:
        """All of these keys."""
        found = set[str]()
        for one in self.BINDINGS:
            if isinstance(one, Binding):
                _, name, values = parse(one.action)
                if self.check_action(name, values):
                    found.update(one.key.split(","))
        return found

    def offers(self, action: str) -> bool:
        """Whether one of its own actions does something with what is shown: the footer names its key then."""
        return True

    def take_over(self, former: "Pane") -> None:
        """Take over what a pane of this kind, which was taken away, knew and nobody could tell it again."""

    def cancel(self) -> bool:
        """Give up what the pane is still working out.  Returns: whether there was anything."""
        return False

    @property
    def editing_keys(self) -> tuple[str, ...]:
        """Keys of its own that apply now, and which the footer says first while it has the focus."""
        return ()

    @property
    def place_read(self) -> str:
        """What the lower edge says before the figures at the crosshair."""
        assert self.crosshair is not None
        step, per_epoch = self.crosshair.cursor.showing, self.crosshair.steps_per_epoch
        return f"┿ epoch {step:,}" if per_epoch == 1 else f"┿ step {step:,}"

    def set_reading(self, reading: str) -> None:
        """Put a reading into the lower edge of the frame: as many of its parts as there is room for.

        What is read at the crosshair says so.
        """
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
        """Paint again; of a frame that says something new, that edge alone, and not everything within it."""
        if self._edge is not None and not regions:
            regions = (self._edge,)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def take_count(self) -> int:
        """The number typed before a key of the pane's own, or 1."""
        return self.context.take_count()

    def scroll(self, by: int) -> None:
        """Move what is shown down by so many lines, where it is longer than the pane."""

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel does what the arrow key down does in the pane under it."""
        if self.scrolls:
            event.stop()
            self.scroll(self.wheel)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        if self.scrolls:
            event.stop()
            self.scroll(-self.wheel)

    def choose_row(self, row: int) -> None:
        """Show this row of data, where the pane shows a single one."""

    def forget(self) -> None:
        """Let axes start afresh: what comes next has nothing to do with what was shown."""
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
        """How many columns a curve may fill."""
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
    """A pane whose keys can change the run. It knows the view that it was given last, at the crosshair too."""

    view: View | None = None

    @property
    def editing(self) -> bool:
        """Whether keys change the run now, rather than move through time."""
        return False

    def change_settings(self, settings: Callable[[View], Mapping[str, Any]], told: str = "") -> bool:
        """Change settings that begin the run again; `told` says in words what was changed.

        Returns: whether it was possible.
        """
        return self.context.carry_out(ChangeSettings(settings, told))


def run_shown(view: View) -> str:
    """What a title says of the focused run: what tells it from the others, or nothing where it is the only one."""
    return f" · {view.label(view.focused, view.tracks)}" if len(view.tracks) > 1 else ""


def _title_cut(pane: str, title: str, run: str, room: int) -> str:
    """A title in at most so many columns: its end gives way, at a part of it where little is left.

    Args: pane: the pane's own name, with which the title begins. run: behind it, the run that is shown. What a
    title says more than the pane's name gives way to it, the name does not.
    """
    if room <= 0 or len(title) + len(run) <= room:
        return title + run
    if not run:
        ends = [found.start() for found in re.finditer(" · ", title) if found.start() <= room]
        return title[: ends[-1]] if ends and room - ends[-1] < LEAST_PART else f"{title[: room - 1]}…"
    name = pane if title.startswith(pane) else title.partition(" · ")[0]
    left = max(room - len(run), len(name))
    if len(title) > left:
        told = re.sub(r" \([^)]*$", "", title[: max(left - 1, 0)]).rstrip(" ·")
        title = f"{told}…" if len(told) >= len(name) + len(" · ") + LEAST_RUN else name
    title += _run_cut(run, room - len(title))
    return title if len(title) <= room else f"{title[: room - 1].rstrip(' ·…')}…"


def _run_cut(run: str, room: int) -> str:
    """What a title says of a run, in at most so many columns; empty where that would tell nothing.

    A fork is called after the run that it left, so its name gives way at its beginning: without its end it would be
    that of another run.
    """
    if len(run) <= room:
        return run
    left = room - len(" · …")
    if left < LEAST_RUN:
        return ""
    name = run.removeprefix(" · ")
    last = name.rpartition(" · ")[2]
    return f" · …{last[-left:].lstrip()}" if last != name else f" · {name[:left]}…"
