"""Named values as rows of bars."""

import math
from collections.abc import Sequence

import numpy as np

from nnsim.text.number_format import number
from screens.plots.axis import Axis, round_axis
from screens.plots.canvas import STYLES, layer_role
from screens.plots.cells import Cells, cut, cut_middle, one_cell_each
from screens.plots.chart import say
from screens.plots.plot_model import Bar, Bars
from screens.plots.plot_style import Look

EIGHTHS = " ▏▎▍▌▋▊▉█"


def fit_bars(bars: Bars, previous: Axis | None = None) -> Axis:
    """The axis of the bars' lengths: magnitudes from zero, or (log) from a decade below the smallest."""
    if bars.limits is not None:
        low, high = (abs(v) for v in bars.limits)
        if math.isfinite(low) and math.isfinite(high) and low < high <= 1e300 and (low >= 1e-300 or not bars.log):
            return Axis(low, high, bars.log)
    sizes = [min(abs(bar.value), 1e300) for bar in bars.bars if math.isfinite(bar.value) and bar.value]
    if bars.log:
        sizes = [size for size in sizes if size >= 1e-299]
        # A decade of room below: the smallest value still has a bar to see.
        return round_axis(min(sizes) / 10, max(sizes), True, previous) if sizes else Axis(0.1, 1.0, True)
    axis = round_axis(0.0, max(sizes, default=1.0), False, previous)
    return Axis(0.0, axis.high) if axis.high > 0 else Axis(0.0, 1.0)


def draw_bars(bars: Bars, width: int, height: int, look: Look, axis: Axis) -> Cells:
    """Draws name, bar, number and note in each row, and the scale below where there is room."""
    cells = Cells(width, height)
    if not bars.bars:
        say(cells, bars.empty, look)
        return cells
    rows = list(bars.bars[:height])
    left_out = len(bars.bars) - height
    if left_out > 0 and height > 1:
        rows.pop()
        left_out += 1
    texts = _readings(rows, look)
    names = [one_cell_each(bar.name, look.unicode) for bar in rows]
    name_width = min(max(map(len, names), default=0), max(width // 3, 1))
    text_width = min(max(map(len, texts), default=0), max(width - name_width - 1, 0))
    room = width - name_width - text_width - 2
    if room < 4:
        # Names and numbers say more than bars of three cells.
        room = 0
        name_width = min(max(map(len, names), default=0), max(width // 3, width - text_width - 1, 1))
        text_width = max(0, width - name_width - 1)
    # A free row between bars, where there is one: bars that touch look like a staircase.
    every = 2 if height >= 2 * len(rows) else 1
    for index, (bar, name, text) in enumerate(zip(rows, names, texts, strict=True)):
        row = index * every
        role = f"curve:{bar.style % STYLES}" if bar.shade is None else layer_role(bar.shade)
        cells.write(0, row, cut_middle(name, name_width, look.unicode))
        if room:
            cells.write(name_width + 1, row, _bar(bar.value, room, axis, look), role)
        text = cut(text, text_width, look.unicode)
        cells.write(width - text_width, row, text, "warning" if bar.note else "text")
    if left_out > 0 and height > 1:
        cells.write(0, height - 1, cut(f"+{left_out} more", width, look.unicode), "axis")
    elif room and height > (len(rows) - 1) * every + 1:
        _scale(
            cells, (len(rows) - 1) * every + 1, name_width + 1, room, axis, one_cell_each(bars.unit, look.unicode)
        )
    return cells


def _readings(bars: Sequence[Bar], look: Look) -> list[str]:
    """Number and note of each bar; second readings stand in one column."""
    first = [" ".join(filter(None, (number(one.value), one_cell_each(one.note, look.unicode)))) for one in bars]
    beside = [one_cell_each(one.beside, look.unicode) for one in bars]
    wide = max((len(text) for text, more in zip(first, beside, strict=True) if more), default=0)
    return [f"{text:<{wide}}  {more}" if more else text for text, more in zip(first, beside, strict=True)]


def _bar(value: float, room: int, axis: Axis, look: Look) -> str:
    if math.isnan(value):
        return ""
    size = min(abs(value), 1e300)
    share = float(axis.place(np.array([size]))[0])
    share = 0.0 if math.isnan(share) else min(max(share, 0.0), 1.0)
    if not look.unicode:
        return "#" * round(share * room)
    eighths = round(share * room * 8)
    if eighths == 0 and size > 0:
        eighths = 1
    full, part = divmod(eighths, 8)
    return "█" * full + (EIGHTHS[part] if part else "")


def _scale(cells: Cells, row: int, left: int, room: int, axis: Axis, unit: str) -> None:
    ends = number(axis.low), number(axis.high)
    if len(ends[0]) + len(ends[1]) + 1 > room:
        return
    cells.write(left, row, ends[0], "axis")
    cells.write(left + room - len(ends[1]), row, ends[1], "axis")
    unit = f"{unit} LOG" if axis.log and unit else "LOG" if axis.log else unit
    if unit and len(ends[0]) + len(ends[1]) + len(unit) + 4 <= room:
        start = (room - len(unit)) // 2
        start = max(start, len(ends[0]) + 2)
        if start + len(unit) + 2 <= room - len(ends[1]):
            cells.write(left + start, row, unit, "axis")
