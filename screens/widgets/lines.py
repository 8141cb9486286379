"""Lines of text on the screen."""

from collections.abc import Sequence

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Region
from textual.strip import Strip

from screens.widgets.strip_widget import Bare


class Line(Bare):
    """One line of text with a blank on either side, which ends where its room does."""

    DEFAULT_CSS = "Line { width: 1fr; height: 1; }"

    def __init__(self, text: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.text = text

    def show(self, text: str) -> None:
        """Show another text."""
        if text != self.text:
            self.text = text
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        text = f" {set_cell_size(self.text, max(width - 2, 0))} "
        return Strip([Segment(text if y == 0 else "", self.ground)]).adjust_cell_length(width, self.ground)


class Lines(Bare):
    """Lines of text that scroll by the keyboard and send only the rows that changed."""

    DEFAULT_CSS = "Lines { width: 1fr; height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.content: Sequence[Text] = ()
        self._strips: list[Strip] = []
        self._top = 0

    def show(self, lines: Sequence[Text]) -> None:
        """Show these lines, from as far down as has been scrolled."""
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
        """Show what lies so many lines further down, or up."""
        self._top += by
        self.show(self.content)

    @property
    def top(self) -> int:
        """How many lines lie above those that are shown."""
        return self._top

    @property
    def reading(self) -> str:
        """Which lines are shown, where not all are."""
        height, count = self.size.height, len(self.content)
        return f"lines {self._top + 1}-{min(self._top + height, count)} of {count:,}" if count > height > 0 else ""

    def on_resize(self) -> None:
        self.show(self.content)

    def _drawn(self) -> list[Strip]:
        width, height = self.size
        self._top = max(0, min(self._top, len(self.content) - height))
        console = self.app.console
        strips = []
        for text in self.content[self._top : self._top + height]:
            line = text.copy()
            line.stylize_before(line.style)  # Rich renders the style of a whole text only where it has spans, too
            line.truncate(width, overflow="ellipsis")
            strips.append(Strip(list(line.render(console))).adjust_cell_length(width))
        blank = Strip([Segment(" " * width, Style())], width)
        return [*strips, *[blank] * (height - len(strips))]

    def render_line(self, y: int) -> Strip:
        strip = self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width)
        return strip.apply_style(self.ground)
