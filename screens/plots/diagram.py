"""Draws a network: units in columns, weights as lines; dashes tell the sign, widths the size."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from nnsim.text.number_format import short, signed
from screens.plots.canvas import raster_of
from screens.plots.cells import Cells, cut_middle, one_cell_each
from screens.plots.chart import say
from screens.plots.contours import BRAILLE
from screens.plots.diagram_labels import label_places
from screens.plots.diagram_legend import (
    ASCII_INPUT,
    INPUT,
    MOST_LINES,
    NEAR_ZERO,
    NEGATIVE,
    POSITIVE,
    draw_legend,
    draw_titles,
    rows_above,
    unit_glyph,
)
from screens.plots.plot_model import Diagram, Units
from screens.plots.plot_style import Look

Dots = NDArray[np.int64]

LEAST_GAP, LABEL_GAP, WIDEST_GAP = 6, 13, 40  # cells between two columns of units
MOST_LABELS = 8  # between two columns; more would not tell which line they belong to
LEAST_LABEL = 5  # columns: numbers change while one looks on, and their places are not to jump
SHORT_DOTS = 40  # a line shorter than this has shorter dashes, or it would hold none
SIZES = 3  # widths of a line, in dots
# Without braille a character tells sign and size; the first is for what is near zero.
ASCII_POSITIVE, ASCII_NEGATIVE = ".+*#", ".-~="


class Style(Struct, frozen=True):
    """The parts of a unit that are written: name and value, value alone, or its glyph."""

    name: int
    value: int

    @property
    def width(self) -> int:
        return 1 + (self.name + 1 if self.name else 0) + 1 + self.value


# A name that is cut is worth less than a digit that is left out.
STYLES = (
    *(Style(name, value) for name, value in ((10, 8), (6, 8), (10, 6), (6, 6), (10, 5), (6, 5), (3, 8), (3, 6))),
    *(Style(name, value) for name, value in ((3, 5), (2, 6), (2, 5), (0, 6), (0, 5), (0, 0))),
)
WIDEST_NAME, LEAST_DIGITS = 16, 5  # of an input's name, and of values where these cost it room
SIGNED = 6  # columns of a value from which on a minus has one of its own: both signs have as many digits then


def room(width: int, height: int, columns: int) -> tuple[int, int]:
    """How many of so many columns, and how many units in each, a diagram of this size holds."""
    most = max(2, (width + LEAST_GAP) // (Style(0, 5).width + LEAST_GAP))
    return min(columns, most), max(1, height - rows_above(height))


def sign_role(value: float) -> str:
    if not np.isfinite(value):
        return "warning"
    return POSITIVE if value >= 0 else NEGATIVE


def size_of(value: float, scale: float) -> int:
    """The width of a weight's line: 0 near zero, else 1 to 3 by its share of the largest."""
    share = abs(value) / scale if scale > 0 and np.isfinite(value) else 0.0
    return 0 if share < NEAR_ZERO else min(SIZES, 1 + int(share * SIZES))


def draw_diagram(picture: Diagram, width: int, height: int, look: Look) -> Cells:
    cells = Cells(width, height)
    if not picture.units or width < 8 or height < 1:
        say(cells, picture.empty, look)
        return cells
    top = rows_above(height)
    styles, lefts = _columns(picture, width)
    rows = [_rows(units, top, height) for units in picture.units]
    edges = _edges(picture)
    _lines(cells, picture, edges, styles, lefts, rows, look)
    for gap, weights in enumerate(picture.weights):
        if weights.size <= MOST_LABELS:
            _labels(cells, picture, [edge for edge in edges if edge.gap == gap], styles, lefts, rows)
    full = picture.unit_scale
    for index, (units, left) in enumerate(zip(picture.units, lefts, strict=True)):
        scaled = index > 0 or picture.before > 0
        _draw_units(cells, picture, units, left, rows[index], styles[index], full if scaled else None, look)
    if top:
        draw_titles(cells, picture, lefts, top - 1, look)
    if top >= 2:
        draw_legend(cells, picture, look)
    return cells


def _columns(picture: Diagram, width: int) -> tuple[list[Style], list[int]]:
    count = len(picture.units)
    # A column takes no more room for names than its own ones need.
    names = [max(map(len, units.names), default=1) for units in picture.units]
    forms = [[Style(min(one.name, longest), one.value) for longest in names] for one in STYLES]
    few = any(weights.size <= MOST_LABELS for weights in picture.weights)

    def fits(styles: list[Style], gap: int) -> bool:
        return sum(one.width for one in styles) + gap * (count - 1) <= width

    # Weights written out are worth more than the last digits of units, but not than as many of both signs.
    roomy = [one for one in forms if few and one[0].name and one[0].value >= SIGNED and fits(one, LABEL_GAP)]
    styles = next(iter(roomy or [one for one in forms if fits(one, LEAST_GAP)]), forms[-1])
    if not picture.before:
        styles = _named_inputs(styles, names[0], lambda one: fits(one, LEAST_GAP))
    taken = sum(one.width for one in styles)
    gap = min(WIDEST_GAP, (width - taken) // max(count - 1, 1))
    left = max(0, (width - taken - gap * (count - 1)) // 2)
    lefts = []
    for style in styles:
        lefts.append(left)
        left += style.width + gap
    return styles, lefts


def _named_inputs(styles: list[Style], longest: int, fits: Callable[[list[Style]], bool]) -> list[Style]:
    """Styles with more room for the names of the inputs, which say more than the last digits of units."""
    first, others = styles[0], styles[1:]
    for value in dict.fromkeys((first.value, min(first.value, LEAST_DIGITS))):
        for name in range(min(longest, WIDEST_NAME), first.name, -1):
            found = [Style(name, value), *(Style(one.name, min(one.value, value)) for one in others)]
            if fits(found):
                return found
    return styles


def _rows(units: Units, top: int, height: int) -> list[int]:
    slots = len(units.names) + (units.more_above > 0) + (units.more_below > 0)
    pitch = min((height - top) / max(slots, 1), 16.0)
    start = top + (height - top - pitch * slots) / 2 + pitch * (units.more_above > 0)
    return [min(height - 1, int(start + pitch * (index + 0.5))) for index in range(len(units.names))]


class _Edge(Struct, frozen=True):
    gap: int
    source: int
    target: int
    value: float


def _edges(picture: Diagram) -> list[_Edge]:
    """The weights to draw, the smallest first; the picked one last."""
    found = []
    for gap, weights in enumerate(picture.weights):
        for source, line in enumerate(weights.tolist()):
            found += [_Edge(gap, source, target, value) for target, value in enumerate(line)]
    found.sort(key=lambda edge: abs(edge.value) if np.isfinite(edge.value) else np.inf)
    picked = [edge for edge in found if _is_picked(picture, edge)]
    others = [edge for edge in found if not _is_picked(picture, edge)]
    return [*others[-MOST_LINES:], *picked]


def _is_picked(picture: Diagram, edge: _Edge) -> bool:
    return (edge.gap, edge.source, edge.target) == picture.picked


def _lines(
    cells: Cells,
    picture: Diagram,
    edges: list[_Edge],
    styles: list[Style],
    lefts: list[int],
    rows: list[list[int]],
    look: Look,
) -> None:
    raster = raster_of(cells.width, cells.height, look)
    lit = np.zeros((raster.rows, raster.columns), dtype=bool)
    roles = ["text", POSITIVE, NEGATIVE, "warning", "cursor"]
    owner = np.zeros((cells.height, cells.width), dtype=np.int64)
    glyph = np.zeros((cells.height, cells.width), dtype=np.int64)
    scale = picture.scale
    for edge in edges:
        start, end = lefts[edge.gap] + styles[edge.gap].width + 1, lefts[edge.gap + 1]
        if end <= start:
            continue
        ends = (start, rows[edge.gap][edge.source], end, rows[edge.gap + 1][edge.target])
        size = size_of(edge.value, scale)
        negative = edge.value < 0
        across, down = _line(*ends, raster.across, raster.down, size, negative)
        picked = _is_picked(picture, edge)
        lit[down, across] = True
        where = (down // raster.down, across // raster.across)
        owner[where] = 4 if picked else roles.index(sign_role(edge.value))
        if not look.unicode:
            glyph[where] = ord((ASCII_NEGATIVE if negative else ASCII_POSITIVE)[size])
    if look.unicode:
        dots = lit.reshape(cells.height, raster.down, cells.width, raster.across).swapaxes(1, 2)
        glyph = (dots * BRAILLE).sum(axis=(2, 3))
        glyph[glyph > 0] += 0x2800
    for row in np.flatnonzero(owner.any(axis=1)).tolist():
        cells.chars[row] = [chr(code) if code else " " for code in glyph[row].tolist()]
        cells.roles[row] = [roles[one] for one in owner[row].tolist()]


# Units keep their places while training goes on: the dots of a line are worked out once.
@lru_cache(maxsize=4096)
def _line(
    x0: int, y0: int, x1: int, y1: int, across: int, down: int, size: int, negative: bool
) -> tuple[Dots, Dots]:
    """The dots (columns, rows) of a line between two rows: dashed where negative, `size` wide."""
    left, right = x0 * across, x1 * across - 1
    top, bottom = y0 * down + down // 2, y1 * down + down // 2
    count = max(abs(right - left), abs(bottom - top)) + 1
    along = np.arange(count)
    part = along / max(count - 1, 1)
    columns = np.rint(left + (right - left) * part).astype(np.int64)
    lines = np.rint(top + (bottom - top) * part).astype(np.int64)
    if across > 1:
        dash = 4 if count >= SHORT_DOTS else 2
        drawn = along % 5 == 0 if size == 0 else (along // dash) % 2 == 0 if negative else along >= 0
        columns, lines = columns[drawn], lines[drawn]
        steep = abs(bottom - top) > abs(right - left)
        shifts = (0, 1, -1)[: max(size, 1)]
        columns = np.concatenate([columns + (shift if steep else 0) for shift in shifts])
        lines = np.concatenate([lines + (0 if steep else shift) for shift in shifts])
        columns = np.clip(columns, left, right)
        lines = np.clip(lines, min(y0, y1) * down, max(y0, y1) * down + down - 1)
    return columns, lines


def _labels(
    cells: Cells, picture: Diagram, edges: list[_Edge], styles: list[Style], lefts: list[int], rows: list[list[int]]
) -> None:
    """Writes the weights between two columns onto their lines: all or none."""
    edges = sorted(edges, key=lambda edge: (edge.source, edge.target))
    if not edges:
        return
    gap = edges[0].gap
    lines = tuple((rows[gap][edge.source], rows[gap + 1][edge.target]) for edge in edges)
    start, end = lefts[gap] + styles[gap].width + 1, lefts[gap + 1]
    texts = [signed(edge.value) for edge in edges]
    width = max(LEAST_LABEL, *map(len, texts)) + 2
    places = label_places(lines, start, end, width)
    if places is None and width > LEAST_LABEL + 2:
        texts, width = [short(edge.value, LEAST_LABEL, plus=True) for edge in edges], LEAST_LABEL + 2
        places = label_places(lines, start, end, width)
    for edge, text, (column, row) in zip(edges, texts, places or (), strict=False):
        role = "cursor" if _is_picked(picture, edge) else sign_role(edge.value)
        cells.write(column + (width - len(text)) // 2 - 1, row, f" {text} ", role)


def _cut_name(name: str, width: int, unicode: bool) -> str:
    """A name cut to its room, to what tells it from its neighbours: the word of `rank=Professor`, and the end of
    `sold: season cos`."""
    if len(name) <= width:
        return name
    if word := name.partition("=")[2]:
        return word[:width]
    if part := name.partition(": ")[2]:
        return part if len(part) <= width else part.rpartition(" ")[2][:width]
    return cut_middle(name, width, unicode)


def _draw_units(
    cells: Cells,
    picture: Diagram,
    units: Units,
    left: int,
    rows: list[int],
    style: Style,
    full: float | None,
    look: Look,
) -> None:
    """Writes a column of units.  Args: full: the value of a full glyph; None for inputs, which have no scale."""
    pointer = "▶" if look.unicode else ">"
    free = min(np.diff(rows).tolist(), default=9) >= 2
    for index, (row, value) in enumerate(zip(rows, units.values.tolist(), strict=True)):
        picked = index == units.picked
        cells.put(left, row, pointer if picked else " ", "cursor")
        column = left + 1
        if style.name:
            name = _cut_name(one_cell_each(units.names[index], look.unicode), style.name, look.unicode)
            cells.write(column, row, f"{name:>{style.name}} ", "cursor" if picked else "text")
            column += style.name + 1
        glyph = INPUT if look.unicode else ASCII_INPUT
        if full is not None:
            glyph = unit_glyph(value, full, look)
        cells.put(column, row, glyph, sign_role(value))
        if style.value:
            digits = style.value - (style.value == SIGNED and value >= 0)
            cells.write(column + 1, row, f"{short(value, digits):<{style.value}}", "text")
            below = row + 1
            if units.biases is not None and free and below < cells.height:
                bias = float(units.biases[index])
                # Under the name too, or small biases would not fit.
                text = short(bias, style.width - 2 - len("b"), plus=True)
                cells.write(left + 1, below, f"b{text:>{style.width - 2}}", sign_role(bias))
    for count, row in (
        (units.more_above, max(rows[0] - 1, 1)),
        (units.more_below, min(rows[-1] + (2 if free else 1), cells.height - 1)),
    ):
        if count:
            text = f"{'…' if look.unicode else '...'} {count:,} more"
            fits = len(text) < min(style.width + LEAST_GAP, cells.width - left)
            cells.write(left + 1, row, text if fits else text[: -len(" more")], "axis")
