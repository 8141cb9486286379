"""Widgets of lines of text, and the base of widgets that draw their own rows."""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


def side_by_side(left: Text, right: Text, column: int) -> Text:
    """Two lines in one, the right one from a column on; the style of a whole line stays within it."""
    line, second = left.copy(), right.copy()
    line.pad_right(column - line.cell_len)
    for one, end in ((line, column), (second, len(second))):
        whole, one.style = one.style, ""
        one.stylize(whole, 0, end)
    return line.append_text(second)


class StripWidget(Widget):
    """A widget that draws its own rows, without tint or opacity.

    Textual asks for each row's styles again, which for a row of a plot takes longer than the row.
    """

    _ground: Style | None = None  # costly to ask for in every row
    _around: Color | None = None

    @property
    def ground(self) -> Style:
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
            rows = [_filtered(row, filters, self.around) for row in rows]
        return rows if (first, last) == (0, self.size.width) else [row.crop(first, last) for row in rows]

    @property
    def around(self) -> Color:
        """The ground around the widget, which filters ask for."""
        if self._around is None:
            _, self._around = self.background_colors
        return self._around

    def filtered(self, text: str, style: Style | None = None) -> Segment:
        """A text as the app's filters leave it."""
        segments = [Segment(text, style)]
        for one in self.get_line_filters():
            segments = one.apply(segments, self.around)
        (found,) = segments
        return found


def _filtered(row: Strip, filters: Sequence[LineFilter], around: Color) -> Strip:
    """A row through all filters; an unchanged row is not made again."""
    segments = before = list(row)
    for one in filters:
        segments = one.apply(segments, around)
    return row if segments is before else Strip(segments, row.cell_length)


def relabelled(edge: Strip, said: str, label: str) -> Strip | None:
    """An edge of a frame with another label in place of what it says; None where that is not one piece of it, or
    where there is no room for the label."""
    if not (said and label and label.isprintable() and cell_len(label) == len(label) and "[" not in label + said):
        return None
    parts = list(edge)
    found = [index for index, part in enumerate(parts) if part.text.strip() == said]
    if len(found) != 1 or not 0 < found[0] < len(parts) - 1:
        return None
    # The line that is longer gives or takes the difference.
    here = found[0]
    line = max(here - 1, here + 1, key=lambda index: len(parts[index].text))
    length = len(parts[line].text) + cell_len(said) - len(label)
    if length < 1 or set(parts[line].text) != {parts[line].text[0]}:
        return None
    parts[here] = parts[here]._replace(text=parts[here].text.replace(said, label))
    parts[line] = parts[line]._replace(text=parts[line].text[0] * length)
    return Strip(parts, edge.cell_length)


class Line(StripWidget):
    """One line of text between blanks, cut to its room."""

    DEFAULT_CSS = "Line { width: 1fr; height: 1; }"

    def __init__(self, text: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.text = text

    def show(self, text: str) -> None:
        if text != self.text:
            self.text = text
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        text = f" {set_cell_size(self.text, max(width - 2, 0))} "
        return Strip([Segment(text if y == 0 else "", self.ground)]).adjust_cell_length(width, self.ground)


class Lines(StripWidget):
    """Lines of text that scroll by the keyboard; only changed rows are sent."""

    DEFAULT_CSS = "Lines { width: 1fr; height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.content: Sequence[Text] = ()
        self._strips: list[Strip] = []
        self._lines: list[tuple[Text, Strip]] = []  # that are visible, and what was made of them
        self._width = 0  # that it was made for
        self._top = 0

    def show(self, lines: Sequence[Text]) -> None:
        """Shows lines, from the scrolled place on."""
        self.content = lines
        before, self._strips = self._strips, self._drawn()
        if len(before) != len(self._strips) or not before:
            self.refresh()
            return
        width = self.size.width
        rows = [y for y, (old, new) in enumerate(zip(before, self._strips, strict=True)) if old != new]
        if rows:
            self.refresh(*(Region(0, y, width, 1) for y in rows))

    def scroll(self, by: int) -> None:
        self._top += by
        self.show(self.content)

    @property
    def top(self) -> int:
        return self._top

    @property
    def reading(self) -> str:
        """The range of visible lines, where not all are."""
        height, count = self.size.height, len(self.content)
        return f"lines {self._top + 1}-{min(self._top + height, count)} of {count:,}" if count > height > 0 else ""

    def on_resize(self) -> None:
        self.show(self.content)

    def _drawn(self) -> list[Strip]:
        width, height = self.size
        self._top = max(0, min(self._top, len(self.content) - height))
        before = self._lines if width == self._width else []
        visible = self.content[self._top : self._top + height]
        self._width = width
        self._lines = [
            before[index] if index < len(before) and _alike(text, before[index][0]) else (text, self._strip(text))
            for index, text in enumerate(visible)
        ]
        strips = [strip for _, strip in self._lines]
        blank = Strip([Segment(" " * width, Style())], width)
        return [*strips, *[blank] * (height - len(strips))]

    def _strip(self, text: Text) -> Strip:
        line = text.copy()
        line.stylize_before(line.style)  # Rich renders the style of a whole text only where it has spans, too
        line.truncate(self._width, overflow="ellipsis")
        return Strip(list(line.render(self.app.console))).adjust_cell_length(self._width)

    def render_line(self, y: int) -> Strip:
        strip = self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width)
        return strip.apply_style(self.ground)


def _alike(one: Text, other: Text) -> bool:
    """Whether two lines look the same."""
    return one is other or (one.plain == other.plain and one.spans == other.spans and one.style == other.style)
