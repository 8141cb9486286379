"""A function of two variables as a heat map, two values to a cell one above the other, with points on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screens.plots.axis import Axis, number
from screens.plots.canvas import raster_of
from screens.plots.cells import Cells, one_cell_each
from screens.plots.chart import Axes, say
from screens.plots.contours import axis_of
from screens.plots.frame import Frame, draw_frame, frame
from screens.plots.look import HEAT_TONES, Look
from screens.plots.picture import Heat, Values

Tones = NDArray[np.int64]

SHADES, ASCII_SHADES = " ░▒▓█", " .:*#"
SIDES, ASCII_SIDES = ("·", "▓"), (".", "#")
# By whether the target is high, and whether the answer is wrong: filled is high, a diamond (a cross) is wrong.
POINTS = {(False, False): "○o", (True, False): "●@", (False, True): "◇x", (True, True): "◆X"}
MIXED = "◐?"
BOUNDARY = "•"
ROLES = [[f"heat:{top}:{bottom}" for bottom in range(HEAT_TONES)] for top in range(HEAT_TONES)]
FLAT_ROLES = [role for row in ROLES for role in row]


def fit_heat(picture: Heat) -> Axes:
    """The axes of a heat map: exactly its ranges."""
    return Axes(axis_of(picture.x_range), axis_of(picture.y_range))


def grid(
    x_range: tuple[float, float], y_range: tuple[float, float], width: int, height: int
) -> tuple[Values, Values]:
    """The places that a heat map of this size shows: x (columns,) and y (rows,), both ascending."""
    place = frame(width, height, axis_of(y_range), legend=1)
    return _middles(x_range, place.width), _middles(y_range, 2 * place.height)


def _middles(limits: tuple[float, float], count: int) -> Values:
    axis = axis_of(limits)
    return axis.low + (np.arange(count) + 0.5) / max(count, 1) * (axis.high - axis.low)


@dataclass(frozen=True)
class _Shown:
    """The values as the cells have them: tones of the upper and the lower half, and on which side each cell is."""

    top: Tones
    bottom: Tones
    share: Values  # 0 to 1, mean of both halves
    high: NDArray[np.bool_]
    boundary: NDArray[np.bool_]


def draw_heat(picture: Heat, width: int, height: int, look: Look, axes: Axes) -> Cells:
    """The cells of a heat map."""
    cells = Cells(width, height)
    place = frame(width, height, axes.y, legend=1)
    raster = raster_of(place.width, place.height, look)
    draw_frame(cells, place, axes.x, axes.y, raster, picture.x_label, look)
    if not place.width or not place.height:
        return cells
    canvas, mixed = Cells(place.width, place.height), False
    if not np.isfinite(picture.values).any():
        say(canvas, picture.empty, look)
    else:
        shown = _shown(picture, place)
        _fill(canvas, picture, shown, look)
        mixed = _points(canvas, picture, shown, axes, look)
        _cross(canvas, picture, shown, axes, look)
    cells.place(place.left, place.top, canvas)
    if place.legend_rows:
        _legend(cells, picture, 0, mixed, look)
    return cells


def _shown(picture: Heat, place: Frame) -> _Shown:
    values = picture.values
    rows, columns = 2 * place.height, place.width
    if values.shape != (rows, columns):
        down = np.arange(rows) * values.shape[0] // rows
        across = np.arange(columns) * values.shape[1] // columns
        values = values[np.ix_(down, across)]
    values = values[::-1]  # the highest row of cells shows the highest y
    low, high = picture.scale
    share = np.clip((np.nan_to_num(values, nan=low, posinf=high, neginf=low) - low) / ((high - low) or 1.0), 0, 1)
    side = values > picture.threshold
    if picture.discretized:
        tones = np.where(side, HEAT_TONES - 3, 2)
    else:
        tones = np.minimum((share * HEAT_TONES).astype(np.int64), HEAT_TONES - 1)
    edge = side[::2] != side[1::2]
    edge[:, :-1] |= side[::2, :-1] != side[::2, 1:]
    edge[:-1] |= side[1:-1:2] != side[2::2]
    return _Shown(
        tones[::2], tones[1::2], (share[::2] + share[1::2]) / 2, side[::2].astype(int) + side[1::2] > 1, edge
    )


def _fill(canvas: Cells, picture: Heat, shown: _Shown, look: Look) -> None:
    if look.heat:
        keys = shown.top * HEAT_TONES + shown.bottom
        for row, line in enumerate(keys.tolist()):
            canvas.chars[row] = ["▀"] * canvas.width
            canvas.roles[row] = [FLAT_ROLES[key] for key in line]
        for row, column in np.argwhere(shown.boundary).tolist():
            canvas.put(column, row, BOUNDARY, f"on:{_ground(picture, shown, row, column)}")
        return
    # Without many colours the shade of a cell tells its value, and one of two colours its side.
    glyphs: Sequence[str]
    if picture.discretized:
        glyphs = SIDES if look.unicode else ASCII_SIDES
        index = shown.high.astype(np.int64)
    else:
        glyphs = SHADES if look.unicode else ASCII_SHADES
        index = np.minimum((shown.share * len(glyphs)).astype(np.int64), len(glyphs) - 1)
    for row in range(canvas.height):
        canvas.chars[row] = [glyphs[one] for one in index[row].tolist()]
        canvas.roles[row] = ["curve:1" if one else "curve:0" for one in shown.high[row].tolist()]


def _ground(picture: Heat, shown: _Shown, row: int, column: int) -> int:
    """The tone behind what is written into a cell: between its halves, or one of them where there are but two."""
    top, bottom = int(shown.top[row, column]), int(shown.bottom[row, column])
    return top if picture.discretized else (top + bottom) // 2


def point_glyph(high: bool, wrong: bool, look: Look) -> str:
    """The marker of a row of data: what its target is, and whether the answer is wrong."""
    return POINTS[high, wrong][0 if look.unicode else 1]


def _points(canvas: Cells, picture: Heat, shown: _Shown, axes: Axes, look: Look) -> bool:
    """Mark the rows of data.  Returns: whether high and low targets share a cell somewhere."""
    if not len(picture.points_x):
        return False
    raster = raster_of(canvas.width, canvas.height, look)
    across, up = _dots(axes.x, picture.points_x, raster.width), _dots(axes.y, picture.points_y, raster.height)
    inside = (across >= 0) & (across < raster.width) & (up >= 0) & (up < raster.height)
    cell = (raster.height - 1 - up[inside]) * raster.width + across[inside]
    high, wrong = picture.points_high[inside], picture.points_wrong[inside]
    size = raster.width * raster.height
    lows, highs = np.bincount(cell[~high], minlength=size), np.bincount(cell[high], minlength=size)
    wrongs = np.bincount(cell[wrong], minlength=size)
    taken = np.flatnonzero(lows + highs).tolist()
    if not look.heat and len(taken) * 12 < size:  # room around a point, or shades would hide it
        for index in taken:
            row, column = divmod(index, raster.width)
            for side in (column - 1, column + 1):
                canvas.put(side, row, " ", "text")
    for index in taken:
        row, column = divmod(index, raster.width)
        mixed = lows[index] and highs[index]
        glyph = (
            MIXED[0 if look.unicode else 1] if mixed else point_glyph(bool(highs[index]), bool(wrongs[index]), look)
        )
        ground = _ground(picture, shown, row, column)
        canvas.put(column, row, glyph, f"on:{ground}" if look.heat else "warning" if wrongs[index] else "cursor")
    return bool((lows * highs).any())


def _cross(canvas: Cells, picture: Heat, shown: _Shown, axes: Axes, look: Look) -> None:
    """Mark a place with a cross whose arms leave the points beside it to be seen."""
    if picture.cross is None:
        return
    raster = raster_of(canvas.width, canvas.height, look)
    column = int(_dots(axes.x, np.array([picture.cross[0]]), raster.width)[0])
    row = raster.height - 1 - int(_dots(axes.y, np.array([picture.cross[1]]), raster.height)[0])
    if not (0 <= column < canvas.width and 0 <= row < canvas.height):
        return
    across, up, middle = "─│┼" if look.unicode else "-|+"
    if picture.grabbed:
        middle = "╬" if look.unicode else "#"
    for x, y, glyph in (
        *((column + by, row, across) for by in (-2, -1, 1, 2)),
        *((column, row + by, up) for by in (-1, 1)),
        (column, row, middle),
    ):
        if 0 <= x < canvas.width and 0 <= y < canvas.height:
            canvas.put(x, y, glyph, f"on:{_ground(picture, shown, y, x)}" if look.heat else "cursor")


def _dots(axis: Axis, values: Values, count: int) -> NDArray[np.int64]:
    place = axis.place(values)
    dots = np.floor(np.nan_to_num(place, nan=-1.0) * count)
    return np.where(place == 1.0, count - 1, dots).astype(np.int64)


def _legend(cells: Cells, picture: Heat, row: int, mixed: bool, look: Look) -> None:
    """Name the axis upwards, the scale and the markers, in this order, as far as there is room."""
    low, high = number(picture.scale[0]), number(picture.scale[1])
    arrow = "↑" if look.unicode else "^"
    parts: list[list[tuple[str, str]]] = []
    if picture.y_label:
        parts.append([(f"{one_cell_each(picture.y_label, look.unicode)} {arrow}", "axis")])
    parts.append([(f"{low} ", "text"), *_scale(picture, look), (f" {high}", "text")])
    pick = 0 if look.unicode else 1
    if len(picture.points_x):
        least, most = picture.classes
        parts.append([(f"{POINTS[False, False][pick]} {least}  {POINTS[True, False][pick]} {most}", "text")])
        if picture.points_wrong.any():
            parts.append([(f"{POINTS[False, True][pick]}{POINTS[True, True][pick]} wrong", "warning")])
        if mixed:
            parts.append([(f"{MIXED[pick]} both", "text")])
    if look.heat:
        parts.append([(f"{BOUNDARY} {number(picture.threshold)}", "text")])
    column = 0
    for part in parts:
        length = sum(len(text) for text, _ in part)
        if column + length > cells.width:
            continue
        for text, role in part:
            cells.write(column, row, text, role)
            column += len(text)
        column += 2


def _scale(picture: Heat, look: Look) -> list[tuple[str, str]]:
    if look.heat:
        tones = (2, 2, 13, 13) if picture.discretized else range(0, HEAT_TONES, 2)
        return [("▀", ROLES[tone][tone]) for tone in tones]
    if picture.discretized:
        low, high = SIDES if look.unicode else ASCII_SIDES
        return [(low * 2, "curve:0"), (high * 2, "curve:1")]
    glyphs = SHADES if look.unicode else ASCII_SHADES
    return [(glyph, "curve:1" if 2 * index >= len(glyphs) else "curve:0") for index, glyph in enumerate(glyphs)]
