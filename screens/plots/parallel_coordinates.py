"""Axes side by side, and lines from one to the next: parallel coordinates.

Reference: Inselberg, "The plane with parallel coordinates", 1985.
"""

import numpy as np

from screens.plots.canvas import layer_role, raster_of
from screens.plots.cells import Cells, cut, one_cell_each
from screens.plots.chart import say
from screens.plots.plot_model import ParallelAxis, ParallelCoordinates, Values
from screens.plots.plot_style import Look
from screens.plots.rasterize import Raster

FAILED = "axis"  # the role of lines that have failed
CURSOR = "cursor"
MOST_GUTTER = 12  # cells for the labels of the last axis
LEAST_APART = 6  # columns between two axes


def draw_parallel(picture: ParallelCoordinates, width: int, height: int, look: Look) -> Cells:
    """Draws a note, the axes with their labels and the lines, and below them what the axes are called."""
    cells = Cells(width, height)
    axes = len(picture.axes)
    if not len(picture.places):
        say(cells, picture.empty, look)
        return cells
    gutter = min(max((len(text) for _, text in picture.axes[-1].ticks), default=0) + 1, MOST_GUTTER, width // 4)
    top, rows, room = (1 if height >= 4 else 0), max(height - 2, 1), width - gutter
    if room < LEAST_APART * axes or height < 4:
        say(cells, "too small for parallel coordinates", look)
        return cells
    columns = [round(index * (room - 1) / max(axes - 1, 1)) for index in range(axes)]
    canvas = Cells(room, rows)
    _lines(canvas, picture, columns, look)
    cells.write(0, 0, cut(one_cell_each(picture.note, look.unicode), width, look.unicode))
    cells.place(0, top, canvas)
    _axes(cells, picture, columns, top, rows, look)
    return cells


def _lines(canvas: Cells, picture: ParallelCoordinates, columns: list[int], look: Look) -> None:
    from screens.plots.plotext_lines import DotLine, joined

    raster = raster_of(canvas.width, canvas.height, look)
    across = np.array(columns) * raster.across + raster.across // 2 + 0.4
    roles = [FAILED if np.isnan(one) else layer_role(float(one)) for one in picture.shades]
    kinds = [*sorted(set(roles)), CURSOR]
    symbol = "braille" if look.unicode else "."
    drawn = [
        DotLine(symbol, kinds.index(role), across.tobytes(), _dots(places, raster).tobytes(), ())
        for places, role in zip(picture.places, roles, strict=True)
    ]
    if picture.cursor is not None:
        drawn.append(drawn[picture.cursor]._replace(role=len(kinds) - 1))
    for column, row, char, tag in joined(raster, tuple(drawn)):
        canvas.put(column, row, char, kinds[tag])


def _dots(places: Values, raster: Raster) -> Values:
    """Rows of dots from below, in their middle, of places from 0 to 1."""
    return np.asarray(np.floor(np.clip(places, 0.0, 1.0) * (raster.rows - 1) + 1e-9) + 0.4)


def _axes(cells: Cells, picture: ParallelCoordinates, columns: list[int], top: int, rows: int, look: Look) -> None:
    bar, tee, marker = "│├●" if look.unicode else "|+o"
    free = 0
    for index, (axis, column) in enumerate(zip(picture.axes, columns, strict=True)):
        for row in range(rows):
            cells.put(column, top + row, bar, "axis")
        end = columns[index + 1] if index + 1 < len(columns) else cells.width
        for row, text in _labels(axis, rows):
            cells.put(column, top + row, tee, "axis")
            cells.write(
                column + 1, top + row, cut(one_cell_each(text, look.unicode), end - column - 2, look.unicode)
            )
        if picture.cursor is not None:
            cells.put(column, top + _row(float(picture.places[picture.cursor, index]), rows), marker, CURSOR)
        name = one_cell_each(axis.label, look.unicode)
        start = max(free, min(column - len(name) // 2, cells.width - len(name)))
        name = cut(name, max(end + (end - column) // 2 - start - 1, LEAST_APART), look.unicode)
        cells.write(start, top + rows, name, "axis")
        free = start + len(name) + 1


def _labels(axis: ParallelAxis, rows: int) -> list[tuple[int, str]]:
    """The labels that have a row of their own, the lowest first."""
    found: dict[int, str] = {}
    for place, text in axis.ticks:
        found.setdefault(_row(place, rows), text)
    return [*found.items()]


def _row(place: float, rows: int) -> int:
    return rows - 1 - min(int(min(max(place, 0.0), 1.0) * rows), rows - 1)
