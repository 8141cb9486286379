"""Joins dots by plotext, which is imported with the first drawing: importing takes longer than the first paint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import plotext
from numpy.typing import NDArray

from screens.plots.rasterize import Raster

Codes = NDArray[np.int32]
Piece = tuple[Codes, Codes]  # of a line: numbers of cells, row by row from the top, and codes of their characters
Dots = tuple[int, int, str, int]  # column and row of a cell, its character, and the number of its role
DRAWN = 16  # the colour that plotext draws in; the look turns roles into colours afterwards
BRAILLE = "braille"  # plotext's name of that symbol
BLANK = "⠀"  # of braille, of whose code all of its characters have the bits
ESCAPES = re.compile(r"\x1b\[[\d;]*m")
MIDDLE = 0.4  # of a dot: plotext's own rounding then lands on this dot and no other
END = 8  # dots of a line, at least, that are joined one by one, since its end changes with every frame


class DotLine(NamedTuple):
    """Dots that are joined, as plain values: equal ones give equal pictures."""

    symbol: str
    role: int  # the number of it
    columns: bytes  # float64
    rows: bytes  # float64
    gaps: tuple[int, ...]  # dots that are not joined to the one before


class Marker(plotext.marker):  # type: ignore[misc]
    """The marker of all points of a line: plotext would copy it for each, which is a fifth of the drawing."""

    def __copy__(self) -> Marker:
        return self


def joined(raster: Raster, lines: Iterable[DotLine]) -> list[Dots]:
    """The cells of lines, each with the dots of all of them, in the role of the last."""
    # Of each cell, row by row: the code of its character, and the number of the role.
    codes, roles = (
        np.zeros(raster.width * raster.height, np.int32),
        np.zeros(raster.width * raster.height, np.int32),
    )
    for line in lines:
        for places, drawn in _pieces(raster, line):
            # The bits of braille characters are their dots; of others the last one stands.
            codes[places] = codes[places] | drawn if line.symbol == BRAILLE else drawn
            roles[places] = line.role
    here = np.flatnonzero(codes)
    rows, columns = np.divmod(here, max(raster.width, 1))
    chars = map(chr, codes[here].tolist())
    return list(zip(columns.tolist(), rows.tolist(), chars, roles[here].tolist(), strict=True))


def _pieces(raster: Raster, line: DotLine) -> Iterator[Piece]:
    """One line in pieces. With one step more in a run its end is another, and all before is what it was."""
    columns, rows = np.frombuffer(line.columns), np.frombuffer(line.rows)
    kept = max(0, (len(columns) - END) // (2 * END) * 2 * END)
    if kept:
        gaps = tuple(one for one in line.gaps if one < kept)
        yield _drawn(raster, line.symbol, columns[:kept].tobytes(), rows[:kept].tobytes(), gaps)
    across, up = columns.tolist(), rows.tolist()
    found: dict[int, int] = {}
    for index in range(kept, len(columns)):
        start = index - 1 if index and index not in line.gaps else index
        x, y = int(across[start] // 1), int(up[start] // 1)
        step = _step(
            line.symbol, raster.across, raster.down, x % raster.across, y % raster.down,
            int(across[index] // 1) - x, int(up[index] // 1) - y,
        )  # fmt: skip
        left, top = x // raster.across, raster.height - 1 - y // raster.down
        for right, above, code in step:
            column, row = left + right, top - above
            if 0 <= column < raster.width and 0 <= row < raster.height:
                place = row * raster.width + column
                found[place] = found.get(place, 0) | code if line.symbol == BRAILLE else code
    yield np.array([*found], np.int32), np.array([*found.values()], np.int32)


@lru_cache(4096)
def _step(
    symbol: str, across: int, down: int, x: int, y: int, right: int, up: int
) -> tuple[tuple[int, int, int], ...]:
    """The cells of a line from one dot to another: how far to the right of the first one's cell, how far above it,
    and the code of the character.

    Args: across, down: dots of a cell. x, y: the first one's dot in its cell. right, up: dots to the second.
    """
    left, low = -(min(right, 0) // across), -(min(up, 0) // down)  # cells of room for what leads back
    x, y = x + left * across, y + low * down
    raster = Raster(max(x, x + right) // across + 1, max(y, y + up) // down + 1, across, down)
    ends = (np.array([x, x + right]) + MIDDLE).tobytes(), (np.array([y, y + up]) + MIDDLE).tobytes()
    places, drawn = _drawn(raster, symbol, *ends, ())
    return tuple(
        (place % raster.width - left, raster.height - 1 - place // raster.width - low, code)
        for place, code in zip(places.tolist(), drawn.tolist(), strict=True)
    )


@lru_cache(512)
def _drawn(raster: Raster, symbol: str, columns: bytes, rows: bytes, gaps: tuple[int, ...]) -> Piece:
    """The cells of a line as plotext draws it, cached: one figure takes as long as all else of a small plot."""
    figure = plotext.figure
    figure.clear.data()
    figure.clear.settings()
    figure.parent().limit(False, False)
    figure.plot_size(raster.width, raster.height)
    figure.canvas("default")
    figure.axes(False)
    for axis, dots in ((0, raster.columns), (1, raster.rows)):
        ruler = figure.ruler(axis, 0)
        ruler.frequency(0)
        ruler.alignment(lim="edge")
        ruler.lim(0, dots)
    marker = Marker(symbol, pixel=plotext.pixel(DRAWN))
    signal = figure.signal(np.frombuffer(columns).tolist(), np.frombuffer(rows).tolist(), marker=marker).lines(True)
    for start in gaps:
        signal.line(start, False)
    # plotext asks every point for its colour, to choose others for curves that have none. Here all have one, and
    # asking costs a third of the drawing. Where a plotext does not ask, this changes nothing.
    signal._get_unique_pixels = list
    figure.draw(signal)
    text = ESCAPES.sub("", str(figure.build().string())).split("\n")[: raster.height]
    found = [
        (row * raster.width + column, ord(char))
        for row, line in enumerate(text)
        for column, char in enumerate(line)
        if char not in (" ", BLANK)
    ]
    places, codes = np.array(found, np.int32).reshape(-1, 2).T
    return places, codes
