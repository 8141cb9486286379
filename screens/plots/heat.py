"""A function of two variables as a heat map, two values to a cell one above the other, with points on it."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from screens.plots.axes_frame import draw_frame, frame
from screens.plots.canvas import raster_of
from screens.plots.cells import Cells
from screens.plots.chart import Axes, say
from screens.plots.contours import axis_of, line_dots
from screens.plots.heat_legend import (
    ASCII_SHADES,
    ASCII_SIDES,
    HIGH_TONE,
    LOW_TONE,
    SHADES,
    SIDES,
    draw_legend,
    legend_rows,
)
from screens.plots.heat_points import dots, draw_points, points_share
from screens.plots.plot_model import Heat, Values
from screens.plots.plot_style import HEAT_CHARS, HEAT_ROLES, HEAT_TONES, Look

Tones = NDArray[np.int64]

ASCII_LINE = "~"


def fit_heat(picture: Heat) -> Axes:
    """The axes of a heat map: exactly its ranges."""
    return Axes(axis_of(picture.x_range), axis_of(picture.y_range))


def grid(picture: Heat, width: int, height: int) -> tuple[Values, Values]:
    """The places whose values a map of this size draws, whatever its values: x (columns,) and y (rows,),
    ascending."""
    place = frame(width, height, axis_of(picture.y_range), _legend_rows(picture, width, height, fit_heat(picture)))
    return middles(picture.x_range, place.width), middles(picture.y_range, 2 * place.height)


def _legend_rows(picture: Heat, width: int, height: int, axes: Axes) -> int:
    """The rows of the legend, which do not depend on the values."""
    place = frame(width, height, axes.y, legend_rows(picture, width, height, mixed=False))
    mixed = place.width > 0 and place.height > 0 and points_share(picture, axes, place.width, place.height)
    return legend_rows(picture, width, height, mixed=mixed)


def middles(limits: tuple[float, float], count: int) -> Values:
    """The middles of so many equal parts of a range, ascending."""
    axis = axis_of(limits)
    return axis.low + (np.arange(count) + 0.5) / max(count, 1) * (axis.high - axis.low)


class HeatCells(Struct, frozen=True):
    """The tones of the upper and the lower half of each cell, and the side of the threshold."""

    top: Tones
    bottom: Tones
    share: Values  # 0 to 1, mean of both halves
    high: NDArray[np.bool_]


def draw_heat(picture: Heat, width: int, height: int, look: Look, axes: Axes) -> Cells:
    cells = Cells(width, height)
    place = frame(width, height, axes.y, _legend_rows(picture, width, height, axes))
    raster = raster_of(place.width, place.height, look)
    draw_frame(cells, place, axes.x, axes.y, raster, picture.x_label, look)
    if not place.width or not place.height:
        return cells
    canvas, mixed, line = Cells(place.width, place.height), False, False
    if not np.isfinite(picture.values).any():
        say(canvas, picture.empty, look)
    else:
        cells_of_map = heat_cells(
            picture.values, picture.scale, picture.threshold, picture.discretized, place.width, place.height
        )
        fill(canvas, cells_of_map, picture.discretized, look)
        # What is written over a cell stands between its halves, or on one of them where there are but two.
        ground = cells_of_map.top if picture.discretized else (cells_of_map.top + cells_of_map.bottom) // 2
        line = not picture.discretized and _line(canvas, picture, look)
        mixed = draw_points(canvas, picture, ground, axes, look)
        _cross(canvas, picture, ground, axes, look)
    cells.place(place.left, place.top, canvas)
    draw_legend(cells, picture, place.legend_rows, mixed, line, look)
    return cells


def heat_cells(
    values: Values, scale: tuple[float, float], threshold: float, discretized: bool, columns: int, height: int
) -> HeatCells:
    """Values (rows, columns), row 0 at the low end, as cells.

    Args: threshold: separates low from high values, which is all that a map shows where `discretized`.
    """
    rows = 2 * height
    if values.shape != (rows, columns):
        down = np.arange(rows) * values.shape[0] // rows
        across = np.arange(columns) * values.shape[1] // columns
        values = values[np.ix_(down, across)]
    values = values[::-1]  # the highest row of cells shows the highest y
    share = shares(values, scale)
    side = values > threshold
    tones = np.where(side, HIGH_TONE, LOW_TONE) if discretized else tones_of(share)
    return HeatCells(
        tones[::2], tones[1::2], (share[::2] + share[1::2]) / 2, side[::2].astype(int) + side[1::2] > 1
    )


def shares(values: Values, scale: tuple[float, float]) -> Values:
    """The places of values on a scale, 0 to 1; NaN lies at its low end."""
    low, high = scale
    span = (high - low) or 1.0
    # Infinities end at the limits as other values do; `numpy.nan_to_num` and `numpy.clip` take three times as long.
    known = np.where(np.isnan(values), low, values)
    found: Values = np.minimum(np.maximum((known - low) / span, 0.0), 1.0)
    return found


def tones_of(share: Values) -> Tones:
    found: Tones = np.minimum((share * HEAT_TONES).astype(np.int64), HEAT_TONES - 1)
    return found


def fill(canvas: Cells, cells_of_map: HeatCells, discretized: bool, look: Look) -> None:
    """Fills a canvas with tones, or with shades where the terminal has no tones."""
    if look.heat:
        for row, line in enumerate((cells_of_map.top * HEAT_TONES + cells_of_map.bottom).tolist()):
            canvas.chars[row] = [HEAT_CHARS[key] for key in line]
            canvas.roles[row] = [HEAT_ROLES[key] for key in line]
        return
    # Without many colours the shade of a cell tells its value, and one of two colours its side.
    glyphs: Sequence[str]
    if discretized:
        glyphs = SIDES if look.unicode else ASCII_SIDES
        index = cells_of_map.high.astype(np.int64)
    else:
        glyphs = SHADES if look.unicode else ASCII_SHADES
        index = np.minimum((cells_of_map.share * len(glyphs)).astype(np.int64), len(glyphs) - 1)
    for row in range(canvas.height):
        canvas.chars[row] = [glyphs[one] for one in index[row].tolist()]
        canvas.roles[row] = ["curve:1" if one else "curve:0" for one in cells_of_map.high[row].tolist()]


def _line(canvas: Cells, picture: Heat, look: Look) -> bool:
    """Draws the line of the threshold, in its own tone, so that it has one colour.  Returns: whether there is
    any."""
    raster = raster_of(canvas.width, canvas.height, look)
    bits = line_dots(picture.values, picture.threshold, raster, thick=look.unicode)
    tone = int(tones_of(shares(np.array([picture.threshold]), picture.scale))[0])
    role = f"on:{tone}" if look.heat else "cursor"
    rows, columns = np.nonzero(bits)
    for row, column, dots_here in zip(rows.tolist(), columns.tolist(), bits[rows, columns].tolist(), strict=True):
        canvas.put(column, row, chr(0x2800 + dots_here) if look.unicode else ASCII_LINE, role)
    return bool(len(rows))


def _cross(canvas: Cells, picture: Heat, ground: Tones, axes: Axes, look: Look) -> None:
    """Marks a place with a cross whose arms leave the points beside it visible."""
    if picture.cross is None:
        return
    column = int(dots(axes.x, np.array([picture.cross[0]]), canvas.width)[0])
    row = canvas.height - 1 - int(dots(axes.y, np.array([picture.cross[1]]), canvas.height)[0])
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
            canvas.put(x, y, glyph, f"on:{ground[y, x]}" if look.heat else "cursor")
