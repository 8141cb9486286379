"""Names of curves at their ends, where there is room, so that no legend has to be looked up."""

from collections.abc import Iterator, Sequence

from screens.plots.canvas import glyph_of, role_of
from screens.plots.cells import Cells, one_cell_each
from screens.plots.plot_model import Curve
from screens.plots.plot_style import Look
from screens.plots.rasterize import Raster, Trace

MOST = 5  # curves whose names are told apart at their ends
WIDEST = 3  # a name takes one part in so many of a plot at most
NEAR = (1, 2)  # rows between an end and its name above or below it

Spot = tuple[int, int]  # row, first column


def named_at_ends(canvas: Cells, drawn: Sequence[tuple[Curve, Trace]], raster: Raster, look: Look) -> bool:
    """Writes the name of each curve, behind its marker, at its last point: right of it, else above or below.

    Nothing is covered. Where one of them finds no room none is written, so that the legend names them all.

    Returns: whether the names stand there.
    """
    curves = [(curve, traced) for curve, traced in drawn if curve.name and not curve.faint]
    if not 2 <= len(curves) <= MOST or any(curve.kind != "line" or not len(one.columns) for curve, one in curves):
        return False
    ends = [(raster.cell(float(one.columns[-1]), float(one.rows[-1])), curve) for curve, one in curves]
    ends.sort(key=lambda one: one[0][1])
    places: list[tuple[Spot, Curve, str]] = []
    taken: set[Spot] = set()
    for (column, row), curve in ends:
        name = one_cell_each(curve.name, look.unicode)
        length = len(name) + 2
        if length * WIDEST > canvas.width:
            return False
        above = not places
        spots = (one for one in _spots(column, row, length, above) if _free(canvas, one, length, column, taken))
        if (spot := next(spots, None)) is None:
            return False
        places.append((spot, curve, name))
        taken.update((spot[0], one) for one in range(spot[1] - 1, spot[1] + length + 1))
    for (row, column), curve, name in places:
        glyph = glyph_of(curve, look)
        if column > 1 and canvas.chars[row][column - 2] == glyph:
            column -= 2  # the curve ends in its marker
        canvas.put(column, row, glyph, role_of(curve))
        # A name is to be read, however dim its curve is.
        canvas.write(column + 2, row, name, "axis" if curve.dim else role_of(curve))
    return True


def _spots(column: int, row: int, length: int, above: bool) -> Iterator[Spot]:
    """Where a name may begin whose curve ends in a cell.  Args: above: before below, for the uppermost curve."""
    yield row, column + 2
    for by in NEAR:
        for side in (-by, by) if above else (by, -by):
            yield row + side, column + 2
    for by in NEAR:
        for side in (-by, by) if above else (by, -by):
            yield row + side, column - length + 1


def _free(canvas: Cells, spot: Spot, length: int, end: int, taken: set[Spot]) -> bool:
    """Whether the cells of a name are blank, and those beside it, but for the curve's own end."""
    row, column = spot
    first = column - 1 if column - 1 > end or column <= end else column
    last = min(column + length, canvas.width - 1)
    if column + length > canvas.width or first < 0:
        return False
    return canvas.blank(first, row, last + 1 - first) and not any(
        (row, one) in taken for one in range(first, last + 1)
    )
