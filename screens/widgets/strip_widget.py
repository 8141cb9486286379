"""Widgets whose rows reach the screen as they draw them."""

from collections.abc import Sequence

from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class Bare(Widget):
    """A widget whose content is all there is, without tint or opacity; with a border or padding it is as any other.

    Textual asks for each row's styles again, which for a row of a plot takes longer than the row itself.
    """

    _ground: Style | None = None  # costly to ask for in every row
    _around: Color | None = None

    @property
    def ground(self) -> Style:
        """What lies under the content."""
        if self._ground is None:
            self._ground = self.rich_style
        return self._ground

    def notify_style_update(self) -> None:
        self._ground = self._around = None
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows of a region, as `render_line` gives them, through the app's filters."""
        if any(self.styles.gutter):
            return super().render_lines(crop)
        first, last = crop.column_span
        rows = [self.render_line(y) for y in crop.line_range]
        if filters := self.get_line_filters():
            around = self._around
            if around is None:
                _, around = self.background_colors
                self._around = around
            rows = [_filtered(row, filters, around) for row in rows]
        return rows if (first, last) == (0, self.size.width) else [row.crop(first, last) for row in rows]


def _filtered(row: Strip, filters: Sequence[LineFilter], around: Color) -> Strip:
    """A row through all filters; most come out as they went in, and making another takes longer than looking."""
    segments = before = list(row)
    for one in filters:
        segments = one.apply(segments, around)
    return row if segments is before else Strip(segments, row.cell_length)
