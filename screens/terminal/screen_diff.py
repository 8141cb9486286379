"""Compares each frame with the cells on the terminal, and sends those that differ.

Textual sends whatever a widget has refreshed, from its left edge on, and the whole widget where its frame has
changed: seconds for a frame on a slow line.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from operator import ne

from rich.cells import cell_len, get_character_cell_size
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Size
from textual.strip import Strip

RESET = "\x1b[m"
JOINED = 4  # unchanged cells between two changed ones that cost no more to send than to skip
ALIKE = bytes(JOINED + 1)  # so many unchanged cells, of those that say whether they differ

Cell = tuple[str, str]  # a character, and the codes that select its style
COVERED: Cell = ("", "")  # by the wide character to its left


class SentCells:
    """The rows of cells that were sent, as far as they are known."""

    def __init__(self) -> None:
        self._rows: dict[int, list[Cell | None]] = {}
        self._size = Size(0, 0)

    def forget(self) -> None:
        """Knows nothing of the terminal's cells any more."""
        self._rows.clear()

    def fit(self, size: Size) -> bool:
        """Takes over the size of the screen.  Returns: whether it has changed, so that everything must be sent
        again."""
        if size == self._size:
            return False
        self._size = size
        self.forget()
        return True

    def changes(self, update: CompositorUpdate, console: Console) -> str:
        """The text that brings the terminal to an update, which then counts as sent."""
        colours = console._color_system or ColorSystem.TRUECOLOR
        pen = Pen()
        for y, x, strip in pieces(update):
            self._show(y, x, strip, colours, pen)
        return pen.written()

    def _show(self, y: int, x: int, strip: Strip, colours: ColorSystem, pen: "Pen") -> None:
        row = self._rows.setdefault(y, [])
        new = cells(strip, colours)
        end = x + len(new)
        if len(row) < end:
            row.extend([None] * (end - len(row)))
        old = row[x:end]
        if old == new:
            return
        for first, last in spans(old, new):
            pen.draw(x + first, y, new[first:last])
        row[x:end] = new


class Pen:
    """Writes cells with few escape sequences."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._style = ""

    def draw(self, x: int, y: int, drawn: Iterable[Cell | None]) -> None:
        """Writes cells from a place on."""
        self._parts.append(f"\x1b[{y + 1};{x + 1}H")
        for character, style in filter(None, drawn):
            if style != self._style and character:
                self._parts.append(f"\x1b[0;{style}m" if style else RESET)
                self._style = style
            self._parts.append(character)

    def written(self) -> str:
        """The text so far, which ends in the default style."""
        if self._style:
            self._parts.append(RESET)
        return "".join(self._parts)


def pieces(update: CompositorUpdate) -> Iterator[tuple[int, int, Strip]]:
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in line:
                yield y, x, strip
                x += strip.cell_length
    elif isinstance(update, ChopsUpdate):
        for y, first, end in update.spans:
            chops: dict[int, Strip | None] = dict(update.chops[y])
            for x, chop in chops.items():
                if chop is not None and x < end and x + chop.cell_length > first:
                    yield y, x, chop


def cells(strip: Strip, colours: ColorSystem) -> list[Cell | None]:
    found: list[Cell | None] = []
    for text, style, _ in strip:
        codes = style_codes(style, colours) if style else ""
        if text.isascii() or cell_len(text) == len(text):
            found += [(character, codes) for character in text]
            continue
        for character in text:
            width = get_character_cell_size(character)
            if width:
                found += [(character, codes), *[COVERED] * (width - 1)]
            elif found and found[-1] not in (None, COVERED):
                found[-1] = (found[-1][0] + character, found[-1][1])  # an accent over the one before
    return found


def spans(old: list[Cell | None], new: list[Cell | None]) -> list[tuple[int, int]]:
    """The spans, [first, last), in which two rows of cells differ."""
    found: list[tuple[int, int]] = []
    differs = bytes(map(ne, old, new))
    first = differs.find(1)
    while first >= 0:
        last = differs.find(ALIKE, first)
        last = last if last >= 0 else differs.rfind(1) + 1
        start = first
        while start and new[start] == COVERED:
            start -= 1  # a wide character is sent whole
        found.append((start, last))
        first = differs.find(1, last)
    return found


@lru_cache(4096)
def style_codes(style: Style, colours: ColorSystem) -> str:
    """The codes of a style, without links: these come from a file."""
    return Strip.render_ansi(style, colours)


class ChangedCells(CompositorUpdate):
    """An update that sends no more of another than what changes."""

    def __init__(self, update: CompositorUpdate, sent: SentCells) -> None:
        self._update = update
        self._sent = sent

    def render_segments(self, console: Console) -> str:
        return self._sent.changes(self._update, console)
