"""Rows of a data set on a heat map: their targets, wrong answers, and the rows held out of training."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from screens.plots.axis import Axis
from screens.plots.cells import Cells
from screens.plots.chart import Axes
from screens.plots.plot_model import Heat, Values
from screens.plots.plot_style import Look

# By whether the target is high, the answer wrong, and the row held out of training: filled is high, a diamond (a
# cross) is wrong; what is held out is small (another letter), a star (w) where it is wrong.
GLYPHS = {
    (False, False, False): "○o", (True, False, False): "●@",
    (False, True, False): "◇x", (True, True, False): "◆X",
    (False, False, True): "◦v", (True, False, True): "•V",
    (False, True, True): "✧w", (True, True, True): "✦W",
}  # fmt: skip
MIXED = "◐?"


def point_glyph(high: bool, wrong: bool, held: bool, look: Look) -> str:
    return GLYPHS[high, wrong, held][0 if look.unicode else 1]


def mixed_glyph(look: Look) -> str:
    return MIXED[0 if look.unicode else 1]


def dots(axis: Axis, values: Values, count: int) -> NDArray[np.int64]:
    """The index of each value's part of an axis in equal parts; -1, or `count` and more, outside."""
    place = axis.place(values)
    found = np.floor(np.nan_to_num(place, nan=-1.0) * count)
    return np.where(place == 1.0, count - 1, found).astype(np.int64)


def _cells(picture: Heat, axes: Axes, width: int, height: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The cell of each row of data, counted row by row, and which lie inside."""
    return _placed(_bytes(picture.points_x), _bytes(picture.points_y), axes, width, height)


def _bytes(values: Values) -> bytes:
    """Values as something that equal ones are found by: rows of data stay where they are from frame to frame."""
    return np.ascontiguousarray(values, np.float64).tobytes()


@lru_cache(8)
def _placed(x: bytes, y: bytes, axes: Axes, width: int, height: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    across, up = dots(axes.x, np.frombuffer(x), width), dots(axes.y, np.frombuffer(y), height)
    inside = (across >= 0) & (across < width) & (up >= 0) & (up < height)
    return (height - 1 - up) * width + across, inside


def points_share(picture: Heat, axes: Axes, width: int, height: int) -> bool:
    """Whether rows of low and of high targets share a cell, among the learnt or among the held out."""
    flags = picture.points_high.tobytes(), picture.points_held.tobytes()
    return _share(_bytes(picture.points_x), _bytes(picture.points_y), *flags, axes, width, height)


@lru_cache(8)
def _share(x: bytes, y: bytes, highs: bytes, held_out: bytes, axes: Axes, width: int, height: int) -> bool:
    cell, inside = _placed(x, y, axes, width, height)
    high, held = np.frombuffer(highs, bool), np.frombuffer(held_out, bool)
    held = held if len(held) else np.zeros(len(cell), dtype=bool)
    return any(np.isin(cell[here & high], cell[here & ~high]).any() for here in (inside & held, inside & ~held))


def draw_points(canvas: Cells, picture: Heat, ground: NDArray[np.int64], axes: Axes, look: Look) -> bool:
    """Marks the rows of data; learnt ones lie over those held out.

    Args: ground: the tone behind each cell, (height, width).  Returns: whether high and low targets share a cell.
    """
    count = len(picture.points_x)
    if not count:
        return False
    cell, inside = _cells(picture, axes, canvas.width, canvas.height)
    none = np.zeros(count, dtype=bool)
    held = picture.points_held if len(picture.points_held) else none
    wrong = picture.points_wrong if len(picture.points_wrong) else none
    size, both = canvas.width * canvas.height, False
    room = not look.heat and len(np.unique(cell[inside])) * 12 < size  # around a point: shades would hide it
    for group in (held, ~held):
        here = inside & group
        lows = np.bincount(cell[here & ~picture.points_high], minlength=size)
        highs = np.bincount(cell[here & picture.points_high], minlength=size)
        wrongs = np.bincount(cell[here & wrong], minlength=size)
        both = both or bool((lows * highs).any())
        taken = np.flatnonzero(lows + highs)
        rows, columns = np.divmod(taken, canvas.width)
        counted = rows, columns, lows[taken], highs[taken], wrongs[taken], ground[rows, columns]
        for row, column, low, high, amiss, tone in zip(*(one.tolist() for one in counted), strict=True):
            if room:
                for side in (column - 1, column + 1):
                    canvas.put(side, row, " ", "text")
            glyph = point_glyph(high > 0, amiss > 0, group is held, look)
            canvas.chars[row][column] = mixed_glyph(look) if low and high else glyph
            canvas.roles[row][column] = wrong_role(look) if amiss else f"on:{tone}" if look.heat else "cursor"
    return both


def wrong_role(look: Look) -> str:
    """The role of wrong answers; its own ground makes it legible on all tones."""
    return "wrong" if look.heat else "warning"
