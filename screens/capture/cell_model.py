"""What stands on the screen, as rows of cells: the one model that SVG and PNG are drawn from."""

from __future__ import annotations

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
    """Rows of cells as they look."""
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
