"""Renders dirty cells alone.

Textual's compositor renders every line of each widget within the rectangle around all dirty cells: with a few in
each of four panes, the whole screen, ten times a second.
"""

from collections.abc import Iterator, Mapping

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

Span = tuple[int, int, int]  # row, first column, the one behind the last
Chops = dict[int, dict[int, Strip | None]]


class DirtyCompositor(Compositor):
    """Renders partial updates span by span, each from the widgets that are visible there."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """The dirty spans, or None where there are none."""
        screen = self.size.region
        dirty = [region for one in self._dirty_regions if (region := one.intersection(screen))]
        self._dirty_regions.clear()
        if not dirty:
            return None
        spans = list(self._regions_to_spans(dirty))
        owned = list(self._owned(spans))
        # Rendering may bring about another layout: what is seen is what was seen when it began.
        lines = {visible: _lines(*visible, rows) for visible, rows in _rows(owned).items()}
        chops: Chops = {y: {} for y, _, _ in spans}
        for widget, region, (y, first, end) in owned:
            chops[y][first] = lines[widget, region][y].crop(first - region.x, end - region.x)
        # Textual looks rows up by their number; it asks for none that holds nothing.
        rows = [chops.get(y, {}) for y in range(self.size.height)]
        ends = [[x + strip.cell_length for x, strip in row.items() if strip is not None] for row in rows]
        return ChopsUpdate(rows, spans, ends)

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


def _rows(owned: list[tuple[Widget, Region, Span]]) -> dict[tuple[Widget, Region], tuple[int, int]]:
    """The first and the last wanted row of each widget, so that it is asked once."""
    found: dict[tuple[Widget, Region], tuple[int, int]] = {}
    for widget, region, (y, _, _) in owned:
        first, last = found.get((widget, region), (y, y))
        found[widget, region] = min(first, y), max(last, y)
    return found


def _lines(widget: Widget, region: Region, rows: tuple[int, int]) -> Mapping[int, Strip]:
    first, last = rows
    strips = widget.render_lines(Region(0, first - region.y, region.width, last + 1 - first))
    return dict(enumerate(strips, first))
