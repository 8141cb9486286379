"""Renders dirty cells alone.

Textual's compositor renders every line of each widget within the rectangle around all dirty cells: with a few in
each of four panes, the whole screen, ten times a second. A plot tells its cells directly: to make a strip of each
row and to take it apart again takes longer than to draw the plot.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol, runtime_checkable

from rich.color import ColorSystem
from rich.style import Style
from textual._compositor import Compositor
from textual.geometry import Region
from textual.widget import Widget

from screens.terminal.pen import Cell
from screens.terminal.screen_diff import CellUpdate, cell_codes, cells

Span = tuple[int, int, int]  # row, first column, the one behind the last
Codes = Callable[[Style], tuple[str, str]]  # of a character in a style, and of a blank


@runtime_checkable
class CellRows(Protocol):
    """A widget that tells its cells itself."""

    def cells_of_rows(self, rows: Sequence[int], codes: Codes) -> Sequence[Sequence[Cell]]:
        """The cells of some of its rows, as the app's filters leave them."""


class DirtyCompositor(Compositor):
    """Renders partial updates span by span, each from the widgets that are visible there."""

    def render_partial_update(self) -> CellUpdate | None:  # type: ignore[override]
        """The cells of the dirty spans, or None where there are none."""
        screen = self.size.region
        dirty = [region for one in self._dirty_regions if (region := one.intersection(screen))]
        self._dirty_regions.clear()
        if not dirty:
            return None
        owned = list(self._owned(list(self._regions_to_spans(dirty))))
        # Rendering may bring about another layout: what is seen is what was seen when it began.
        lines = {visible: _lines(*visible, rows) for visible, rows in _rows(owned).items()}
        return CellUpdate(
            [
                (y, first, lines[widget, region][y][first - region.x : end - region.x])
                for widget, region, (y, first, end) in owned
            ]
        )

    def _owned(self, spans: list[Span]) -> Iterator[tuple[Widget, Region, Span]]:
        """Cuts spans at the edges of widgets; the one in front has the cells."""
        visible = [
            (widget, region, clip.intersection(region)) for widget, (region, clip) in self.visible_widgets.items()
        ]
        for y, first, end in spans:
            wanted = [(first, end)]
            for widget, region, part in visible:
                if not part.y <= y < part.bottom:
                    continue
                left: list[tuple[int, int]] = []
                for start, stop in wanted:
                    low, high = max(start, part.x), min(stop, part.right)
                    if low >= high:
                        left.append((start, stop))
                        continue
                    yield widget, region, (y, low, high)
                    left += [one for one in ((start, low), (high, stop)) if one[0] < one[1]]
                wanted = left
                if not wanted:
                    break


def _rows(owned: list[tuple[Widget, Region, Span]]) -> dict[tuple[Widget, Region], set[int]]:
    """The wanted rows of each widget, so that it is asked once."""
    found: dict[tuple[Widget, Region], set[int]] = {}
    for widget, region, (y, _, _) in owned:
        found.setdefault((widget, region), set()).add(y)
    return found


def _lines(widget: Widget, region: Region, rows: set[int]) -> dict[int, Sequence[Cell]]:
    """The cells of some rows of a widget, by their rows on the screen."""
    colours = widget.app.console._color_system or ColorSystem.TRUECOLOR
    if isinstance(widget, CellRows) and not any(widget.styles.gutter):
        wanted = widget.cells_of_rows([y - region.y for y in rows], partial(cell_codes, colours=colours))
        return dict(zip(rows, wanted, strict=True))
    first, last = min(rows), max(rows)
    strips = widget.render_lines(Region(0, first - region.y, region.width, last + 1 - first))
    return {y: cells(strip, colours) for y, strip in enumerate(strips, first) if y in rows}
