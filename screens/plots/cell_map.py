"""A figure over two settings as a map, two cells above each other in one of the terminal's, with a cursor.

A cell that has failed has no tone and says so by its glyph, too; one that nothing is known of is blank.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nnsim.text.number_format import number
from screens.plots.axis import Axis
from screens.plots.cells import Cells, cut, one_cell_each
from screens.plots.heat_legend import ASCII_SHADES, SHADES, shades
from screens.plots.plot_model import CellAxis, CellMap, Values
from screens.plots.plot_style import HEAT_TONES, Look

FAILED, ASCII_FAILED = "×", "x"
UPPER, LOWER = "▀", "▄"
MOST_GUTTER = 14  # cells for the labels of the axis upwards
LEAST_SHARE = 0.02  # of the values at either end that may lie beyond the scale

Tones = NDArray[np.int64]
NONE, FAILURE = -1, -2  # in place of a tone


@dataclass(frozen=True)
class Place:
    """Where the parts of a map stand: the canvas, and the terms of its scale."""

    left: int
    top: int
    width: int
    height: int


def draw_cell_map(picture: CellMap, width: int, height: int, look: Look) -> Cells:
    cells = Cells(width, height)
    place = place_of(picture, width, height)
    scale = scale_of(picture)
    _legend(cells, picture, scale, look)
    if place.width < 1 or place.height < 1:
        return cells
    rows = 1 if not look.heat else 2
    columns_of, rows_of = (
        np.arange(place.width) * picture.x.cells // place.width,
        np.arange(place.height * rows) * picture.y.cells // (place.height * rows),
    )
    tones = tones_of(picture, scale)[np.ix_(rows_of, columns_of)][::-1]
    canvas = Cells(place.width, place.height)
    if not picture.known.any():
        text = cut(picture.empty, place.width, look.unicode)
        canvas.write((place.width - len(text)) // 2, place.height // 2, text, "axis")
    elif look.heat:
        _fill(canvas, tones[::2], tones[1::2], look)
    else:
        _shade(canvas, tones, look)
    cursor = place_of_cursor(picture, place)
    if cursor is not None:
        ground = tones[1::2] if look.heat else tones
        _cursor(canvas, *cursor, ground, look)
    cells.place(place.left, place.top, canvas)
    _axes(cells, picture, place, look)
    return cells


def place_of(picture: CellMap, width: int, height: int) -> Place:
    """The canvas: below a legend of one row, right of the labels upwards, above a line and its labels."""
    labels = [label for _, label in _y_labels(picture.y, max(height - 3, 1))]
    gutter = min(max(map(len, labels), default=0), MOST_GUTTER)
    if width < 24 or picture.y.cells <= 1:
        gutter = 0
    top, bottom = (1 if height >= 4 else 0), (2 if height >= 6 else 0)
    return Place(gutter + 1, top, max(0, width - gutter - 1), max(0, height - top - bottom))


def place_of_cursor(picture: CellMap, place: Place) -> tuple[int, int] | None:
    """The terminal's cell, (column, row from the top of the canvas), in which the cursor's cell lies."""
    if picture.cursor is None:
        return None
    column, row = picture.cursor
    across = int((column + 0.5) * place.width / picture.x.cells)
    up = int((row + 0.5) * place.height / picture.y.cells)
    return min(across, place.width - 1), place.height - 1 - min(up, place.height - 1)


def scale_of(picture: CellMap) -> tuple[float, float] | None:
    """What the lowest and the highest tone stand for; None where there is no value."""
    values = picture.values[picture.known & ~picture.failed & np.isfinite(picture.values)]
    if picture.log:
        values = values[values > 0]
    if not len(values):
        return None
    low, high = np.quantile(values, [LEAST_SHARE, 1.0 - LEAST_SHARE], method="nearest")
    return float(low), float(high)


def tones_of(picture: CellMap, scale: tuple[float, float] | None) -> Tones:
    """The tone of each cell, (rows, columns), or what stands in its place."""
    values = picture.values
    tones = np.full(values.shape, NONE, np.int64)
    if scale is not None:
        fine = picture.known & np.isfinite(values)
        share = _shares(np.where(fine, values, scale[0]), scale, picture.log)
        tones = np.where(fine, np.minimum((share * HEAT_TONES).astype(np.int64), HEAT_TONES - 1), tones)
    found: Tones = np.where(picture.known & (picture.failed | ~np.isfinite(values)), FAILURE, tones)
    return found


def _shares(values: Values, scale: tuple[float, float], log: bool) -> Values:
    low, high = scale
    if log:
        values, low, high = np.log(np.maximum(values, 1e-300)), float(np.log(low)), float(np.log(high))
    return np.asarray(np.clip((values - low) / ((high - low) or 1.0), 0.0, 1.0))


def _fill(canvas: Cells, top: Tones, bottom: Tones, look: Look) -> None:
    for row in range(canvas.height):
        for column, (upper, lower) in enumerate(zip(top[row].tolist(), bottom[row].tolist(), strict=True)):
            if upper >= 0 and lower >= 0:
                # Two of one tone are the ground alone, which is written in no colour.
                char, role = " " if upper == lower else UPPER, f"heat:{upper}:{lower}"
            elif upper >= 0:
                char, role = UPPER, f"tone:{upper}"
            elif lower >= 0:
                char, role = LOWER, f"tone:{lower}"
            elif FAILURE in (upper, lower):
                char, role = FAILED, "axis"
            else:
                continue
            canvas.chars[row][column], canvas.roles[row][column] = char, role


def _shade(canvas: Cells, tones: Tones, look: Look) -> None:
    """Without many colours the shade of a cell tells its value; the lightest one is none of those of a failure."""
    glyphs = (SHADES if look.unicode else ASCII_SHADES)[1:]
    failed = FAILED if look.unicode else ASCII_FAILED
    for row in range(canvas.height):
        for column, tone in enumerate(tones[row].tolist()):
            if tone >= 0:
                canvas.put(column, row, glyphs[tone * len(glyphs) // HEAT_TONES], "text")
            elif tone == FAILURE:
                canvas.put(column, row, failed, "axis")


def _cursor(canvas: Cells, column: int, row: int, ground: Tones, look: Look) -> None:
    """Marks a cell with a cross on the tones that lie under it."""
    across, up, middle = "─│┼" if look.unicode else "-|+"
    for x, y, glyph in (
        *((column + by, row, across) for by in (-2, -1, 1, 2)),
        *((column, row + by, up) for by in (-1, 1)),
        (column, row, middle),
    ):
        if 0 <= x < canvas.width and 0 <= y < canvas.height:
            tone = int(ground[y, x])
            canvas.put(x, y, glyph, f"on:{tone}" if look.heat and tone >= 0 else "cursor")


def _legend(cells: Cells, picture: CellMap, scale: tuple[float, float] | None, look: Look) -> None:
    column = 0
    parts: list[tuple[str, str]] = []
    if picture.y.cells > 1:
        arrow = "↑" if look.unicode else "^"
        parts += [(f"{one_cell_each(picture.y.label, look.unicode)} {arrow}  ", "axis")]
    parts.append((f"{one_cell_each(picture.figure, look.unicode)} ", "text"))
    if scale is not None:
        low, high = (number(one) for one in scale)
        parts += [(f"{low} ", "text"), *shades(look), (f" {high}", "text")]
    if bool((picture.known & (picture.failed | ~np.isfinite(picture.values))).any()):
        parts.append((f"  {FAILED if look.unicode else ASCII_FAILED} {picture.failure}", "axis"))
    for text, role in parts:
        if column + len(text) > cells.width and role == "axis" and column == 0:
            continue  # the name of the axis gives way to what the tones mean
        cells.write(column, 0, text, role)
        column += len(text)


def _axis_of(axis: CellAxis) -> Axis | None:
    if axis.limits is None:
        return None
    low, high = axis.limits
    return Axis(low, high, axis.log)


def _y_labels(axis: CellAxis, height: int) -> list[tuple[int, str]]:
    """Rows from the bottom, of so many, with their labels."""
    found = _axis_of(axis)
    if found is not None:
        ticks = _ticks(found, max(2, min(8, height // 3 + 1)))
        places = found.place(np.array([value for value, _ in ticks])) if ticks else np.empty(0)
        rows = [min(int(place * height), height - 1) for place in places.tolist()]
        return [(row, label) for row, (_, label) in zip(rows, ticks, strict=True)]
    every = max(1, -(-2 * axis.cells // max(height, 1)))
    return [
        (int((index + 0.5) * height / axis.cells), name)
        for index, name in enumerate(axis.names)
        if index % every == 0
    ]


def _axes(cells: Cells, picture: CellMap, place: Place, look: Look) -> None:
    bar, tee, corner, rule, down = "│┤└─┬" if look.unicode else "|++-+"
    for row in range(place.height):
        cells.put(place.left - 1, place.top + row, bar, "axis")
    if place.left > 1:
        for row, label in _y_labels(picture.y, place.height):
            text = cut(one_cell_each(label, look.unicode), place.left - 1, look.unicode)
            line = place.top + place.height - 1 - row
            cells.write(place.left - 1 - len(text), line, text)
            cells.put(place.left - 1, line, tee, "axis")
    line = place.top + place.height
    if line + 1 >= cells.height:
        return
    cells.put(place.left - 1, line, corner, "axis")
    cells.write(place.left, line, rule * place.width, "axis")
    name = one_cell_each(picture.x.label, look.unicode) + (" →" if look.unicode else " >")
    axis = _axis_of(picture.x)
    ticks = _named(picture.x, place.width, look) if axis is None else _ranged(axis, place.width)
    for column, start, label in ticks:
        cells.write(place.left + start, line + 1, label)
        cells.put(place.left + column, line, down, "axis")
    for start in range(cells.width - len(name) - 2, -1, -1):
        if cells.blank(start, line + 1, len(name) + 2):
            cells.write(start + 1, line + 1, name, "axis")
            break


def _ticks(axis: Axis, most: int) -> tuple[tuple[float, str], ...]:
    """Round values on an axis; where a logarithmic one is too short for its decades, those of a linear one."""
    found = axis.ticks(most)
    return found if len(found) > 1 or not axis.log else Axis(axis.low, axis.high).ticks(most)


def _ranged(axis: Axis, width: int) -> tuple[tuple[int, int, str], ...]:
    """Columns of round values with their labels, as many as fit side by side, as `_named`."""
    for most in range(min(12, width // 5 + 1), 0, -1):
        ticks = _ticks(axis, most)
        places = axis.place(np.array([value for value, _ in ticks])) if ticks else np.empty(0)
        found = []
        for at, (_, label) in zip(places.tolist(), ticks, strict=True):
            column = min(int(at * width), width - 1)
            start = min(max(0, column - (len(label) - 1) // 2), max(width - len(label), 0))
            found.append((column, start, label))
        if all(one[1] + len(one[2]) + 2 <= other[1] for one, other in pairwise(found)):
            return tuple(found)
    return ()


def _named(axis: CellAxis, width: int, look: Look) -> tuple[tuple[int, int, str], ...]:
    """Columns of cells with their names, as many as fit side by side: (tick, first column of the label, label)."""
    found: list[tuple[int, int, str]] = []
    free = 0
    for index, name in enumerate(axis.names):
        text = one_cell_each(name, look.unicode)
        tick = int((index + 0.5) * width / axis.cells)
        start = min(max(0, tick - (len(text) - 1) // 2), max(width - len(text), 0))
        if start >= free and start + len(text) <= width:
            found.append((tick, start, text))
            free = start + len(text) + 2
    return tuple(found)
