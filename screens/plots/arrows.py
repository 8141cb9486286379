"""Directions on a plot: a row of dots, a tip that points, and a letter beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from screens.plots.axis import Axis
from screens.plots.cells import Cells
from screens.plots.chart import Axes
from screens.plots.look import Look
from screens.plots.picture import Arrow
from screens.plots.trace import Raster

# From the right on, against the clock, an eighth of a turn each.
TIPS, ASCII_TIPS = "→↗↑↖←↙↓↘", ">/^\\</v\\"
LENGTH, LONGEST = 0.2, 12.0  # of the shorter side of the canvas, as an eye sees it; in columns
TALL = 2.0  # a cell is about twice as tall as it is wide


def draw_arrows(canvas: Cells, arrows: Sequence[Arrow], axes: Axes, raster: Raster, look: Look) -> None:
    """Draw arrows, each longer than the one before it, so that those of one direction do not hide each other."""
    length = min(max(3.0, LENGTH * min(canvas.width, TALL * canvas.height)), LONGEST)
    for index, arrow in enumerate(arrows):
        _draw(canvas, arrow, axes, raster, look, length * (1.0 + 0.45 * index))


def _draw(canvas: Cells, arrow: Arrow, axes: Axes, raster: Raster, look: Look, length: float) -> None:
    start = _place(axes.x, arrow.x), _place(axes.y, arrow.y)
    across = arrow.right / (axes.x.high - axes.x.low) * raster.width
    up = arrow.up / (axes.y.high - axes.y.low) * raster.height * TALL
    size = math.hypot(across, up)
    if not math.isfinite(size) or size == 0.0 or not all(map(math.isfinite, start)):
        return
    across, up = across / size, up / size
    column, row = start[0] * raster.width, (1.0 - start[1]) * raster.height
    length = min(length, *_room(column, across, raster.width - 2), *_room(row, -up / TALL, raster.height - 1))
    for part in np.arange(1.0, length):
        _put(canvas, column + part * across, row - part * up / TALL, "·" if look.unicode else ".")
    tip = round(math.atan2(up, across) / (math.pi / 4)) % 8
    end = column + length * across, row - length * up / TALL
    _put(canvas, *end, (TIPS if look.unicode else ASCII_TIPS)[tip])
    _put(canvas, end[0] + (1 if across >= 0 else -1), end[1], arrow.letter)


def _room(place: float, speed: float, last: float) -> tuple[float, ...]:
    """How far an arrow can go until it leaves the canvas on this axis; () where it does not move along it."""
    if speed == 0.0:
        return ()
    return (max(0.0, ((last if speed > 0 else 0.0) - place) / speed),)


def _put(canvas: Cells, column: float, row: float, char: str) -> None:
    canvas.put(math.floor(column), math.floor(row), char, "cursor")


def _place(axis: Axis, value: float) -> float:
    return float(axis.place(np.array([value]))[0])
