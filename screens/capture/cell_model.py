"""The cells of a screen, and the shapes of the characters that are drawn rather than written, for SVG and PNG."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.cells import get_character_cell_size
from rich.color import Color, blend_rgb
from rich.color_triplet import ColorTriplet
from rich.style import Style
from textual.strip import Strip

INK, GROUND = "#c8c8c8", "#121212"  # where a cell has no colours of its own
DIM = 0.5  # how much of its own colour dim text keeps


class Cell(NamedTuple):
    """One character with its looks; a wide one is followed by an empty one."""

    char: str
    ink: str
    ground: str
    bold: bool = False
    italic: bool = False
    underline: bool = False


def cells_of(strips: Sequence[Strip]) -> list[list[Cell]]:
    return [_row(strip) for strip in strips]


def _row(strip: Strip) -> list[Cell]:
    row: list[Cell] = []
    for segment in strip:
        if segment.control:
            continue
        look = _look(segment.style)
        for char in segment.text:
            size = 1 if " " <= char <= "~" else get_character_cell_size(char)
            if size:
                one = Cell(char, look.ink, look.ground, look.bold, look.italic, look.underline)
                row.append(one)
                if size > 1:
                    row.append(one._replace(char=""))
    return row


@lru_cache(4096)
def _look(style: Style | None) -> Cell:
    if style is None:
        return Cell(" ", INK, GROUND)
    ink, ground = _tone(style.color, INK), _tone(style.bgcolor, GROUND)
    if style.reverse:
        ink, ground = ground, ink
    if style.dim:
        ink = blend_rgb(_triplet(ground), _triplet(ink), DIM).hex
    return Cell(" ", ink, ground, bool(style.bold), bool(style.italic), bool(style.underline))


def _tone(colour: Color | None, otherwise: str) -> str:
    return otherwise if colour is None or colour.is_default else colour.get_truecolor().hex


def _triplet(tone: str) -> ColorTriplet:
    return ColorTriplet(*(int(tone[i : i + 2], 16) for i in (1, 3, 5)))


BRAILLE = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))  # (column, row) of each bit
# Lines from the middle of a cell: left, right, up, down.
LINES = {
    "─": (1, 1, 0, 0), "│": (0, 0, 1, 1), "╭": (0, 1, 0, 1), "╮": (1, 0, 0, 1), "╰": (0, 1, 1, 0),
    "╯": (1, 0, 1, 0), "┌": (0, 1, 0, 1), "┐": (1, 0, 0, 1), "└": (0, 1, 1, 0), "┘": (1, 0, 1, 0),
    "├": (0, 1, 1, 1), "┤": (1, 0, 1, 1), "┬": (1, 1, 0, 1), "┴": (1, 1, 1, 0), "┼": (1, 1, 1, 1),
}  # fmt: skip
# Quarters that are filled: upper left 1, upper right 2, lower left 4, lower right 8.
QUARTERS = dict(zip("▘▝▖▌▞▛▗▚▜▙▟", (1, 2, 4, 5, 6, 7, 8, 9, 11, 13, 14), strict=True))
Box = tuple[float, float, float, float]  # left, top, right, bottom, as fractions of a cell


def dots(character: str) -> list[tuple[int, int]]:
    """The dots of a braille character as (column, row) of 2 x 4; none for any other."""
    code = ord(character or " ")
    if not 0x2800 <= code <= 0x28FF:
        return []
    return [dot for bit, dot in enumerate(BRAILLE) if code - 0x2800 >> bit & 1]


def filled(character: str) -> list[Box] | None:
    """The parts of a cell that a braille, block or line character fills, as fractions of it; None for any other."""
    code = ord(character or " ")
    if 0x2800 <= code <= 0x28FF:
        return [((x + 0.3) / 2, (y + 0.3) / 4, (x + 0.8) / 2, (y + 0.8) / 4) for x, y in dots(character)]
    if code == 0x2580:
        return [(0.0, 0.0, 1.0, 0.5)]
    if 0x2581 <= code <= 0x2588:
        return [(0.0, 1 - (code - 0x2580) / 8, 1.0, 1.0)]
    if 0x2589 <= code <= 0x258F:
        return [(0.0, 0.0, (0x2590 - code) / 8, 1.0)]
    if code == 0x2590:
        return [(0.5, 0.0, 1.0, 1.0)]
    if character in QUARTERS:
        bits = QUARTERS[character]
        return [(x / 2, y / 2, (x + 1) / 2, (y + 1) / 2) for x in (0, 1) for y in (0, 1) if bits >> x + 2 * y & 1]
    if character in LINES:
        return _line(*LINES[character])
    return None


def _line(left: int, right: int, up: int, down: int) -> list[Box]:
    x0, x1, y0, y1 = 0.45, 0.65, 0.45, 0.55  # a pixel or two wide
    parts = []
    if left or right:
        parts.append((0.0 if left else x0, y0, 1.0 if right else x1, y1))
    if up or down:
        parts.append((x0, 0.0 if up else y0, x1, 1.0 if down else y1))
    return parts
