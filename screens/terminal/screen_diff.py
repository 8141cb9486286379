"""Compares each frame with the cells on the terminal, and sends those that differ.

Textual sends whatever a widget has refreshed, from its left edge on, and the whole widget where its frame has
changed: seconds for a frame on a slow line.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import ne

from rich.cells import cell_len, get_character_cell_size
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Size
from textual.strip import Strip

from screens.terminal.pen import Cell, Pen

COVERED: Cell = ("", "")  # by the wide character to its left
# What is drawn in a blank, too; all else of its style but the ground is not seen.
SEEN_IN_BLANKS = ("underline", "underline2", "reverse", "strike", "overline", "frame", "encircle")


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
        pen = Pen()
        for y, x, new in pieces(update, console._color_system or ColorSystem.TRUECOLOR):
            self._show(y, x, new, pen)
        return pen.written()

    def _show(self, y: int, x: int, new: Sequence[Cell], pen: "Pen") -> None:
        row = self._rows.setdefault(y, [])
        end = x + len(new)
        if len(row) < end:
            row.extend([None] * (end - len(row)))
        old = row[x:end]
        if old == new:
            return
        for first, last in spans(old, new):
            pen.draw(x + first, y, new[first:last])
        row[x:end] = new


class CellUpdate(CompositorUpdate):
    """An update whose pieces are cells already.

    Args: found: row and column of each piece, and its cells.
    """

    def __init__(self, found: Sequence[tuple[int, int, Sequence[Cell]]]) -> None:
        self.found = found

    def render_segments(self, console: Console) -> str:
        """All pieces, for a terminal of which nothing is known."""
        return SentCells().changes(self, console)


def pieces(update: CompositorUpdate, colours: ColorSystem) -> Iterator[tuple[int, int, Sequence[Cell]]]:
    """Row and column of each piece of an update, and its cells."""
    if isinstance(update, CellUpdate):
        yield from update.found
    elif isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in line:
                yield y, x, cells(strip, colours)
                x += strip.cell_length
    elif isinstance(update, ChopsUpdate):
        for y, first, end in update.spans:
            chops: dict[int, Strip | None] = dict(update.chops[y])
            for x, chop in chops.items():
                if chop is not None and x < end and x + chop.cell_length > first:
                    yield y, x, cells(chop, colours)


def cells(strip: Strip, colours: ColorSystem) -> list[Cell]:
    found: list[Cell] = []
    for text, style, _ in strip:
        codes, blank = cell_codes(style, colours) if style else ("", "")
        if text.isspace() and text.isascii():
            found += [(" ", blank)] * len(text)
            continue
        if text.isascii() or cell_len(text) == len(text):
            found += [(character, blank if character == " " else codes) for character in text]
            continue
        for character in text:
            width = get_character_cell_size(character)
            if width:
                found += [(character, blank if character == " " else codes), *[COVERED] * (width - 1)]
            elif found and found[-1] != COVERED:
                found[-1] = (found[-1][0] + character, codes)  # an accent over the one before
    return found


def spans(old: Sequence[Cell | None], new: Sequence[Cell]) -> list[tuple[int, int]]:
    """The spans, [first, last), in which two rows of cells differ."""
    found: list[tuple[int, int]] = []
    differs = bytes(map(ne, old, new))
    first = differs.find(1)
    while first >= 0:
        last = differs.find(0, first)
        last = last if last >= 0 else len(differs)
        start = first
        while start and new[start] == COVERED:
            start -= 1  # a wide character is sent whole
        while last < len(new) and new[last] == COVERED:
            last += 1
        found.append((start, last))
        first = differs.find(1, last)
    return found


@lru_cache(4096)
def cell_codes(style: Style, colours: ColorSystem) -> tuple[str, str]:
    """The codes of a character in a style, and those of a blank; without links, which come from a file."""
    codes = Strip.render_ansi(style, colours)
    if any(getattr(style, name) for name in SEEN_IN_BLANKS):
        return codes, codes
    return codes, Strip.render_ansi(Style(bgcolor=style.bgcolor), colours) if style.bgcolor else ""


class ChangedCells(CompositorUpdate):
    """An update that sends no more of another than what changes."""

    def __init__(self, update: CompositorUpdate, sent: SentCells) -> None:
        self._update = update
        self._sent = sent

    def render_segments(self, console: Console) -> str:
        return self._sent.changes(self._update, console)
