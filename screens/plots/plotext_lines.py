"""Joins dots by plotext, which is imported with the first drawing: importing takes longer than the first paint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import plotext

from screens.plots.rasterize import Raster

# plotext's colours serve as tags that name a curve's role; the look turns roles into colours afterwards.
FIRST_TAG = 16
Dots = tuple[int, int, str, int]  # column and row of a cell, its character, and the number of its role
TOKEN = re.compile(r"\x1b\[(?:38;5;(\d+))?[\d;]*m|([^\x1b]+)")


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


@lru_cache(32)
def joined(raster: Raster, lines: tuple[DotLine, ...]) -> tuple[Dots, ...]:
    """The cells of lines, cached: a schedule or a recorded run is the same in the next frame."""
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
    for line in lines:
        marker = Marker(line.symbol, pixel=plotext.pixel(FIRST_TAG + line.role))
        columns, rows = np.frombuffer(line.columns).tolist(), np.frombuffer(line.rows).tolist()
        signal = figure.signal(columns, rows, marker=marker).lines(True)
        for start in line.gaps:
            signal.line(start, False)
        # plotext asks every point for its colour, to choose others for curves that have none. Here all have
        # one, and asking costs a third of the drawing. Where a plotext does not ask, this changes nothing.
        signal._get_unique_pixels = list
        figure.draw(signal)
    return tuple(_read(str(figure.build().string()), raster.height))


def _read(text: str, height: int) -> Iterator[Dots]:
    for row, line in enumerate(text.split("\n")[:height]):
        column, tag = 0, -1
        for number, run in TOKEN.findall(line):
            if not run:
                tag = int(number) - FIRST_TAG if number else -1
                continue
            if tag >= 0:
                for offset, char in enumerate(run, column):
                    if char not in " ⠀":
                        yield offset, row, char, tag
            column += len(run)
