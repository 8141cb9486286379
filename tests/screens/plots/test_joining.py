"""Lines that are joined in pieces look as plotext draws them whole."""

import numpy as np
import plotext
import pytest

from screens.plots import plotext_lines
from screens.plots.plotext_lines import MIDDLE, DotLine, joined
from screens.plots.rasterize import Raster

DOTS = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]


def dots(cells):
    """The dots of cells of braille, from the upper left."""
    return {
        (2 * column + x, 4 * row + y)
        for column, row, char, _ in cells
        for y in range(4)
        for x in range(2)
        if (ord(char) - 0x2800) & DOTS[y][x]
    }


def as_plotext(raster, line):
    """The cells of a line in a figure of its own, with a marker of plotext's for each point."""
    places, codes = plotext_lines._drawn.__wrapped__(raster, line.symbol, line.columns, line.rows, line.gaps)
    return [
        (place % raster.width, place // raster.width, chr(code), line.role)
        for place, code in zip(places.tolist(), codes.tolist(), strict=True)
    ]


def random_line(rng, raster, role, points, sort=True):
    columns, rows = rng.integers(0, raster.columns, points), rng.integers(-4, raster.rows + 4, points)
    columns = np.sort(columns) if sort else columns
    return DotLine("braille", role, (columns + MIDDLE).tobytes(), (rows + MIDDLE).tobytes(), (points // 2,))


@pytest.mark.parametrize("seed", range(8))
def test_a_line_in_pieces_has_the_dots_of_a_whole_one(monkeypatch, seed):
    """A dot that lies on the border of two may fall to either."""
    rng = np.random.default_rng(seed)
    raster = Raster(int(rng.integers(5, 60)), int(rng.integers(2, 20)))
    line = random_line(rng, raster, 0, int(rng.integers(2, 60)), sort=seed % 2 == 0)
    found = dots(joined(raster, [line]))
    monkeypatch.setattr(plotext_lines, "Marker", plotext.marker)
    whole = dots(as_plotext(raster, line))
    assert len(found ^ whole) <= 0.08 * len(whole)
    for x, y in found ^ whole:
        near = {(x + right, y + down) for right in (-1, 0, 1) for down in (-1, 0, 1)}
        assert near & found
        assert near & whole


def test_a_cell_has_the_dots_of_all_lines_and_the_role_of_the_last():
    rng = np.random.default_rng(1)
    raster = Raster(20, 6)
    lines = [random_line(rng, raster, role, 12) for role in range(3)]
    each = [joined(raster, [line]) for line in lines]
    found = joined(raster, lines)
    assert dots(found) == set().union(*map(dots, each))
    last = {(column, row): role for cells in each for column, row, _, role in cells}
    assert {(column, row): role for column, row, _, role in found} == last


def test_one_more_point_asks_plotext_for_nothing(monkeypatch):
    """A curve grows by a step in each frame: its last points are joined from steps that are known."""
    columns, rows = np.arange(40) + MIDDLE, np.full(40, 3) + MIDDLE
    raster = Raster(30, 4)
    lines = [DotLine("braille", 0, columns[:count].tobytes(), rows[:count].tobytes(), ()) for count in (33, 34, 36)]
    whole = [joined(raster, [line]) for line in lines]
    monkeypatch.setattr(plotext_lines, "plotext", None)
    assert [joined(raster, [line]) for line in lines] == whole
    more = DotLine("braille", 0, columns[:38].tobytes(), rows[:38].tobytes(), ())
    assert dots(joined(raster, [more])) == {(x, 4 * 4 - 1 - 3) for x in range(38)}


def test_without_braille_the_last_symbol_stands():
    raster = Raster(9, 3, 1, 1)
    flat = (np.array([0, 8]) + MIDDLE).tobytes(), (np.array([1, 1]) + MIDDLE).tobytes()
    upright = (np.array([4, 4]) + MIDDLE).tobytes(), (np.array([0, 2]) + MIDDLE).tobytes()
    found = joined(raster, [DotLine("x", 0, *flat, ()), DotLine("o", 1, *upright, ())])
    assert {(column, row): char for column, row, char, _ in found} == {
        **{(column, 1): "x" for column in range(9)},
        **{(4, row): "o" for row in range(3)},
    }
