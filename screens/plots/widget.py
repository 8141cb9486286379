"""The widget that shows a picture and sends only the cells that changed."""

import math
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from rich.style import Style
from textual.app import App
from textual.geometry import Region
from textual.strip import Strip

from nnsim.terminal.capabilities import capabilities
from screens.plots.axes_frame import frame
from screens.plots.cells import Cells, Ink
from screens.plots.chart import Axes
from screens.plots.draw import Limits, Picture, cells_of, fit
from screens.plots.plot_model import Chart, Contours, Heat
from screens.plots.plot_style import Look, look, themed
from screens.widgets.lines import StripWidget

MOST_KNOWN = 8192  # characters in a role, whose codes are kept
COLOURS = {"standard": 16, "windows": 16, "256": 256, "truecolor": 1 << 24}


def look_of(app: App[object], unicode: bool | None = None) -> Look:
    colours = 0 if app.no_color else COLOURS.get(app.console.color_system or "", 0)
    theme = app.current_theme
    found = look(
        dark=theme.dark,
        colours=colours,
        unicode=capabilities(os.environ, (80, 24)).unicode if unicode is None else unicode,
    )
    # Sixteen colours are the terminal's own; a theme's tones would fall to any of them.
    return themed(found, theme.variables) if colours >= 256 else found


class PlotWidget(StripWidget):
    """Shows a picture; a new one repaints only the spans of cells that differ from the last."""

    DEFAULT_CSS = "PlotWidget { width: 1fr; height: 1fr; }"

    def __init__(self, picture: Picture | None = None) -> None:
        super().__init__()
        self._picture: Picture = picture or Chart()
        # Names of the axes in place of the picture's own; None leaves those.
        self.axis_names: tuple[str | None, str | None] = (None, None)
        self._look: Look | None = None
        self._limits: Limits | None = None
        self._cells: Cells | None = None
        self._ink: Ink | None = None
        # What is sent of a character in a role, on this ground: what it becomes, and the codes of its style.
        self._known: dict[tuple[str, str], tuple[str, str]] = {}
        # plotext takes longer to import than the first paint: that one stays blank.
        self._ready = "screens.plots.plotext_lines" in sys.modules

    @property
    def picture(self) -> Picture:
        return self._picture

    @property
    def look(self) -> Look:
        """What the terminal and the theme allow, asked for once for both."""
        if self._look is None:
            self._look = look_of(self.app)
        return self._look

    @property
    def limits(self) -> Limits | None:
        return self._limits

    def beside(self, value: float, columns: int) -> float | None:
        """The value in the middle of the column so many columns right of a value's; None without axes."""
        axes, (width, height) = self._limits, self.content_size
        if not isinstance(axes, Axes):
            return None
        room = frame(width, height, axes.y, 1).width
        place = float(axes.x.place(np.array([value]))[0])
        if room < 1 or not math.isfinite(place):
            return None
        column = math.floor(min(max(place, 0.0), 1.0 - 0.5 / room) * room) + columns
        return axes.x.value((column + 0.5) / room)

    def show(self, picture: Picture) -> int:
        """Draws a picture.  Returns: how many cells are sent to the terminal."""
        if type(picture) is not type(self._picture):
            self._limits = None
        if isinstance(picture, Chart | Contours | Heat):
            x, y = self.axis_names
            if x is not None or y is not None:
                x, y = picture.x_label if x is None else x, picture.y_label if y is None else y
                picture = replace(picture, x_label=x, y_label=y)
        self._picture = picture
        before, size = self._cells, self.content_size
        if not self._ready or before is None or (before.width, before.height) != size:
            self._cells = None
            self.refresh()
            return size.width * size.height
        self._cells = self._drawn(size.width, size.height)
        spans = self._cells.changes(before)
        if spans:
            self.refresh(*(Region(column, row, length, 1) for column, row, length in spans))
        return sum(length for _, _, length in spans)

    def forget_limits(self) -> None:
        """Fits the axes afresh to the next picture."""
        self._limits = None

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self._restyle())
        if not self._ready:
            self.call_after_refresh(self._first_drawing)

    def render_lines(self, crop: Region) -> list[Strip]:
        self._draw_for_size()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        # Cells carry no ground of their own: the widget's lies under them.
        if self._cells is None or self._look is None or y >= self._cells.height:
            return Strip.blank(self.content_size.width, self.ground)
        return self._cells.strip(y, self._roles(self._look))

    def cells_of_rows(
        self, rows: Sequence[int], codes: Callable[[Style], tuple[str, str]]
    ) -> list[list[tuple[str, str]]]:
        """Character and codes of each cell of some rows.  Args: codes: those of a character in a style, and of a
        blank."""
        self._draw_for_size()
        drawn = self._cells
        if drawn is None or self._look is None or max(rows) >= drawn.height:
            return [[(" ", codes(self._seen(self.ground))[1])] * self.content_size.width] * len(rows)
        known = self._known
        if len(known) > MOST_KNOWN:
            known.clear()
        found = []
        for row in rows:
            chars, roles = drawn.chars[row], drawn.roles[row]
            try:  # nearly all were seen in frames before
                found.append([*map(known.__getitem__, zip(chars, roles, strict=True))])
            except KeyError:
                self._learn({*zip(chars, roles, strict=True)}.difference(known), self._roles(self._look), codes)
                found.append([*map(known.__getitem__, zip(chars, roles, strict=True))])
        return found

    def _learn(self, cells: Iterable[tuple[str, str]], ink: Ink, codes: Callable[[Style], tuple[str, str]]) -> None:
        """Keeps what is sent of characters in their roles."""
        for char, role in cells:
            shown = self.filtered(char, ink[role])
            self._known[char, role] = shown.text, codes(shown.style or Style())[shown.text == " "]

    def notify_style_update(self) -> None:
        self._ink = None
        self._known.clear()
        super().notify_style_update()

    def _seen(self, style: Style) -> Style:
        """A style as the app's filters leave it."""
        return self.filtered(" ", style).style or Style()

    def _roles(self, look: Look) -> Ink:
        """The style of each role on the widget's ground."""
        if self._ink is None:
            self._ink = Ink(look, self.ground)
        return self._ink

    def _draw_for_size(self) -> None:
        width, height = self.content_size
        if self._ready and (self._cells is None or (self._cells.width, self._cells.height) != (width, height)):
            self._cells = self._drawn(width, height)

    def _drawn(self, width: int, height: int) -> Cells:
        self._limits = fit(self._picture, self._limits)
        return cells_of(self._picture, width, height, self.look, self._limits)

    def _first_drawing(self) -> None:
        self._ready = True
        self.refresh()

    def _restyle(self) -> None:
        self._look = self._ink = self._cells = None
        self._known.clear()
        self.refresh()
