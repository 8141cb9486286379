"""The frame around a canvas: axis lines, ticks, labels and legend rows; labels are left out before data are."""

from functools import lru_cache
from itertools import pairwise

import numpy as np
from msgspec import Struct

from screens.plots.axis import Axis
from screens.plots.cells import Cells, one_cell_each
from screens.plots.plot_style import Look
from screens.plots.rasterize import Raster

Ticks = tuple[tuple[float, str], ...]


class Frame(Struct, frozen=True):
    """Where the parts of a plot stand: the canvas, and the rows that there is room for."""

    left: int
    top: int
    width: int
    height: int
    y_ticks: Ticks
    axis_row: int | None
    tick_row: int | None
    legend_rows: int


def frame(width: int, height: int, y_axis: Axis, legend: int) -> Frame:
    """Divides a plot's cells.  Args: legend: rows of the legend."""
    top = legend if height >= 4 else 0
    ticks = height >= 4
    line = height >= 10
    rows = max(0, height - top - ticks - line)
    y_ticks = y_axis.ticks(max(2, min(8, rows // 2 + 1)))
    gutter = max((len(label) for _, label in y_ticks), default=0)
    if width < 16 or gutter > width // 3:
        y_ticks, gutter = (), 0
    left = gutter + 1 if width >= 8 else 0
    return Frame(
        left=left,
        top=top,
        width=max(0, width - left),
        height=rows,
        y_ticks=y_ticks,
        axis_row=top + rows if line else None,
        tick_row=height - 1 if ticks else None,
        legend_rows=top,
    )


def draw_frame(
    cells: Cells, place: Frame, x_axis: Axis, y_axis: Axis, raster: Raster, x_label: str, look: Look
) -> None:
    """Draws axes, ticks and labels; the rows of the legend stay as they are."""
    drawn = _drawn(cells.width, cells.height, place, x_axis, y_axis, raster, x_label, look)
    top = place.legend_rows
    cells.place_rows(0, top, drawn.chars[top:], drawn.roles[top:])


# Axes change rarely and frames are drawn often.
@lru_cache(maxsize=32)
def _drawn(
    width: int, height: int, place: Frame, x_axis: Axis, y_axis: Axis, raster: Raster, x_label: str, look: Look
) -> Cells:
    cells = Cells(width, height)
    bar, tee, corner, rule, down = "│┤└─┬" if look.unicode else "|++-+"
    if place.left:
        for row in range(place.height):
            cells.put(place.left - 1, place.top + row, bar, "axis")
        dots = raster.row(y_axis.place(np.array([value for value, _ in place.y_ticks])))
        for (_, label), dot in zip(place.y_ticks, dots.tolist(), strict=True):
            _, row = raster.cell(0, dot)
            if 0 <= row < place.height:
                cells.write(place.left - 1 - len(label), place.top + row, label)
                cells.put(place.left - 1, place.top + row, tee, "axis")
    if place.axis_row is not None:
        cells.put(place.left - 1, place.axis_row, corner, "axis")
        cells.write(place.left, place.axis_row, rule * place.width, "axis")
    if place.tick_row is None:
        return cells
    arrow = " →" if look.unicode else " >"
    name = one_cell_each(x_label, look.unicode) + arrow if x_label else ""
    ticks = x_ticks(x_axis, raster, place.width, len(name) + 2 if name else 0)
    for column, start, label in ticks:
        cells.write(place.left + start, place.tick_row, label)
        if place.axis_row is not None:
            cells.put(place.left + column, place.axis_row, down, "axis")
    _x_label(cells, place, name)
    return cells


def column_of(x_axis: Axis, raster: Raster, value: float) -> int | None:
    """The canvas column of a value on the x axis; None outside of it."""
    column = raster.column(x_axis.place(np.array([value])))[0]
    if np.isnan(column) or not 0 <= column < raster.columns:
        return None
    return raster.cell(float(column), 0)[0]


@lru_cache(maxsize=64)
def x_ticks(x_axis: Axis, raster: Raster, width: int, gap: int = 0) -> tuple[tuple[int, int, str], ...]:
    """As many ticks as fit side by side: (column of the tick, first column of its label, label).

    Args: gap: cells to leave free between two of them, if three ticks fit that way.
    """
    fitting: list[tuple[int, int, str]] = []
    for most in range(min(12, width // 5 + 1), 0, -1):
        ticks = _fit(x_axis, raster, width, most)
        if len(ticks) >= 3 and any(b[1] - a[1] - len(a[2]) >= gap for a, b in pairwise(ticks)):
            return tuple(ticks)
        fitting = fitting or ticks
        if len(ticks) == 2:
            break
    return tuple(fitting)


def _fit(x_axis: Axis, raster: Raster, width: int, most: int) -> list[tuple[int, int, str]]:
    """At most so many ticks with their labels; none where two would touch."""
    ticks: list[tuple[int, int, str]] = []
    named = x_axis.ticks(most)
    dots = raster.column(x_axis.place(np.array([value for value, _ in named])))
    for (_, label), dot in zip(named, dots.tolist(), strict=True):
        column = int(dot // raster.across)
        if 0 <= column < width and len(label) <= width:
            start = min(max(0, column - (len(label) - 1) // 2), width - len(label))
            ticks.append((column, start, label))
    if all(a[1] + len(a[2]) + 2 <= b[1] for a, b in pairwise(ticks)):
        return ticks
    return []


def _x_label(cells: Cells, place: Frame, label: str) -> None:
    """Writes the x label into the last gap of the tick row that holds it."""
    row, need = place.tick_row, len(label) + 2
    if row is None or not label:
        return
    for start in range(cells.width - need, -1, -1):
        if cells.blank(start, row, need):
            cells.write(start + 1, row, label, "axis")
            return
