"""Joins dots by plotext, which is imported with the first drawing: importing takes longer than the first paint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import plotext

from screens.plots.rasterize import Raster

Cell = tuple[int, int]  # column and row, from the top
Dots = tuple[int, int, str, int]  # column and row of a cell, its character, and the number of its role
DRAWN = 16  # the colour that plotext draws in; the look turns roles into colours afterwards
BLANK = "⠀"  # of braille, behind which its other characters stand
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
    found: dict[Cell, tuple[str, int]] = {}
    for line in lines:
        for here, char in _cells(raster, line):
            before = found.get(here)
            found[here] = char if before is None else _merged(before[0], char), line.role
    return [(column, row, char, role) for (column, row), (char, role) in found.items()]


def _merged(one: str, other: str) -> str:
    """The dots of both; of characters that are not made of dots, the second."""
    return chr(ord(one) | ord(other)) if one >= BLANK and other >= BLANK else other


def _cells(raster: Raster, line: DotLine) -> Iterator[tuple[Cell, str]]:
    """The cells of one line. With one step more in a run its end is another, and all before is what it was."""
    columns, rows = np.frombuffer(line.columns), np.frombuffer(line.rows)
    kept = max(0, (len(columns) - END) // (2 * END) * 2 * END)
    if kept:
        gaps = tuple(one for one in line.gaps if one < kept)
        yield from _drawn(raster, line.symbol, columns[:kept].tobytes(), rows[:kept].tobytes(), gaps)
    across, up = columns.tolist(), rows.tolist()
    for index in range(kept, len(columns)):
        start = index - 1 if index and index not in line.gaps else index
        x, y = int(across[start] // 1), int(up[start] // 1)
        step = _step(
            line.symbol, raster.across, raster.down, x % raster.across, y % raster.down,
            int(across[index] // 1) - x, int(up[index] // 1) - y,
        )  # fmt: skip
        left, low = x // raster.across, y // raster.down
        for right, above, char in step:
            column, row = left + right, raster.height - 1 - low - above
            if 0 <= column < raster.width and 0 <= row < raster.height:
                yield (column, row), char


@lru_cache(4096)
def _step(
    symbol: str, across: int, down: int, x: int, y: int, right: int, up: int
) -> tuple[tuple[int, int, str], ...]:
    """The cells of a line from one dot to another, to the right of and above the first one's cell.

    Args: across, down: dots of a cell. x, y: the first one's dot in its cell. right, up: dots to the second.
    """
    left, low = -(min(right, 0) // across), -(min(up, 0) // down)  # cells of room for what leads back
    x, y = x + left * across, y + low * down
    raster = Raster(max(x, x + right) // across + 1, max(y, y + up) // down + 1, across, down)
    ends = (np.array([x, x + right]) + MIDDLE).tobytes(), (np.array([y, y + up]) + MIDDLE).tobytes()
    drawn = _drawn(raster, symbol, *ends, ())
    return tuple((column - left, raster.height - 1 - row - low, char) for (column, row), char in drawn)


@lru_cache(512)
def _drawn(
    raster: Raster, symbol: str, columns: bytes, rows: bytes, gaps: tuple[int, ...]
) -> tuple[tuple[Cell, str], ...]:
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
    return tuple(_read(str(figure.build().string()), raster.height))


def _read(text: str, height: int) -> Iterator[tuple[Cell, str]]:
    for row, line in enumerate(ESCAPES.sub("", text).split("\n")[:height]):
        for column, char in enumerate(line):
            if char not in (" ", BLANK):
                yield (column, row), char
