"""Level lines of a function of two variables, drawn like a map: each line carries its value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from screens.plots.arrows import draw_arrows
from screens.plots.axis import Axis, number, round_axis, round_step
from screens.plots.canvas import draw_curves, raster_of
from screens.plots.cells import Cells
from screens.plots.chart import Axes, say
from screens.plots.frame import draw_frame, frame
from screens.plots.legend import legend_of
from screens.plots.look import Look
from screens.plots.picture import Contours, Values
from screens.plots.trace import Raster, trace

Levels = NDArray[np.int64]

MOST_LEVELS = 8
# Lines of neighbouring levels differ without colour and braille too; none of these marks a curve.
ASCII_LINES = ".,:;-=~^"
# Bits of a braille character by (dot row from the top, dot column).
BRAILLE = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])


def fit_contours(picture: Contours) -> Axes:
    """The axes of a contour plot: exactly the ranges that its array stands for."""
    return Axes(axis_of(picture.x_range), axis_of(picture.y_range))


def axis_of(limits: tuple[float, float]) -> Axis:
    """The axis of exactly these limits, or of round ones where they enclose nothing."""
    low, high = limits
    if np.isfinite(low) and np.isfinite(high) and abs(high - low) > 1e-280 and max(abs(low), abs(high)) <= 1e300:
        low, high = sorted((float(low), float(high)))
        if high - low > 1e-9 * max(abs(low), abs(high)):
            return Axis(low, high)
    return round_axis(low, high)


def levels_of(values: Values, most: int = MOST_LEVELS) -> tuple[float, ...]:
    """Round levels for an array: 1-2-5 steps where positive values span decades, else even steps."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return ()
    low, high = (float(np.clip(v, -1e300, 1e300)) for v in (finite.min(), finite.max()))
    if low >= 0 and high > 1e-290 and high > 20 * max(low, _middle(finite) / 20):
        # Fewer lines cover fewer decades, so that they stay near enough to each other to show the shape.
        floor = max(low, high * 10 ** (-0.45 * most), 1e-299)
        axis = round_axis(floor, high, log=True)
        ticks = [v for v, _ in axis.ticks(40)]
        inside = [v for v in ticks if low < v < high]
        if len(inside) > most:
            inside = [inside[i] for i in np.linspace(0, len(inside) - 1, most).round().astype(int).tolist()]
        if len(inside) >= 2:
            return tuple(inside)
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-280):
        return ()
    step = round_step((high - low) / most)
    axis = round_axis(low, high)
    return tuple(v for v, _ in axis.ticks(int((axis.high - axis.low) / step) + 2) if low < v < high)[:most]


def draw_contours(picture: Contours, width: int, height: int, look: Look, axes: Axes) -> Cells:
    """The cells of a contour plot."""
    cells = Cells(width, height)
    named = [c for c in picture.curves if c.name and not c.faint]
    told = legend_of(picture.y_label, picture.curves, look, width, height, arrows=picture.arrows)
    place = frame(width, height, axes.y, told.rows)
    raster = raster_of(place.width, place.height, look)
    told.draw(cells)
    draw_frame(cells, place, axes.x, axes.y, raster, picture.x_label, look)
    if not place.width or not place.height:
        return cells
    canvas = Cells(place.width, place.height)
    levels: tuple[float, ...] = ()
    if np.isfinite(picture.values).any():
        # Few rows hold few lines: closer ones would run into each other.
        most = min(MOST_LEVELS, max(3, place.height * 2 // 3))
        wanted = levels_of(picture.values, most) if picture.levels is None else picture.levels
        levels = tuple(sorted({float(v) if abs(v) >= 1e-300 else 0.0 for v in wanted if abs(v) <= 1e300}))
        if not levels:
            flat = float(picture.values[np.isfinite(picture.values)][0])
            say(canvas, f"flat: {number(flat)} everywhere", look)
    else:
        say(canvas, picture.empty, look)
    level = _lines(canvas, picture.values, levels, raster, look)
    drawn = [(curve, trace(curve, axes.x, axes.y, raster)) for curve in picture.curves]
    draw_curves(canvas, raster, drawn, look, markers=len(named) > 1)
    _values(canvas, level, levels, look)
    draw_arrows(canvas, picture.arrows, axes, raster, look)
    cells.place(place.left, place.top, canvas)
    return cells


def _sample(values: Values, rows: int, columns: int) -> Values:
    """Bilinear samples at the middle of each dot, shape (rows, columns), row 0 at the low end of y."""
    filled = np.clip(
        np.nan_to_num(np.asarray(values, np.float64), nan=np.nan, posinf=1e300, neginf=-1e300), -1e300, 1e300
    )
    y = (np.arange(rows) + 0.5) / rows * (filled.shape[0] - 1)
    x = (np.arange(columns) + 0.5) / columns * (filled.shape[1] - 1)
    y0 = np.minimum(y.astype(np.int64), max(filled.shape[0] - 2, 0))
    x0 = np.minimum(x.astype(np.int64), max(filled.shape[1] - 2, 0))
    y1, x1 = np.minimum(y0 + 1, filled.shape[0] - 1), np.minimum(x0 + 1, filled.shape[1] - 1)
    fy, fx = (y - y0)[:, None], (x - x0)[None, :]
    lower = filled[np.ix_(y0, x0)] * (1 - fx) + filled[np.ix_(y0, x1)] * fx
    upper = filled[np.ix_(y1, x0)] * (1 - fx) + filled[np.ix_(y1, x1)] * fx
    result: Values = lower * (1 - fy) + upper * fy
    return result


def _lines(canvas: Cells, values: Values, levels: tuple[float, ...], raster: Raster, look: Look) -> Levels:
    """Draw the level lines.  Returns: the level in each cell or -1, shape (height, width)."""
    if not levels:
        return np.full((canvas.height, canvas.width), -1)
    field = _sample(values, raster.rows, raster.columns)[::-1]
    band = np.searchsorted(np.asarray(levels), field, side="right")
    band[np.isnan(field)] = -1
    line = np.full(band.shape, -1)
    # A dot lies on a line where its band differs from that of the dot below or to the right; the line's
    # level is the lower end of the higher band.
    for here, there, part in (
        (band[:, :-1], band[:, 1:], line[:, :-1]),
        (band[:-1], band[1:], line[:-1]),
    ):
        differ = (here != there) & (here >= 0) & (there >= 0)
        np.copyto(part, np.maximum(here, there) - 1, where=differ)
    cells = line.reshape(canvas.height, raster.down, canvas.width, raster.across).swapaxes(1, 2)
    level: Levels = cells.max(axis=(2, 3))
    bits = ((cells >= 0) * BRAILLE[: raster.down, : raster.across]).sum(axis=(2, 3))
    for row, column in np.argwhere(level >= 0).tolist():
        index = int(level[row, column])
        char = chr(0x2800 + int(bits[row, column])) if look.unicode else ASCII_LINES[index % len(ASCII_LINES)]
        canvas.put(column, row, char, _level_role(index, len(levels), look))
    return level


def _level_role(index: int, count: int, look: Look) -> str:
    steps = max(1, len(look.ramp) - 1)
    return f"level:{round(index * steps / max(1, count - 1))}"


def _values(
    canvas: Cells,
    level: Levels,
    levels: tuple[float, ...],
    look: Look,
) -> None:
    """Write each level's value once onto its line, where the line runs flattest and no other value stands."""
    taken: set[tuple[int, int]] = set()
    grid = level.tolist()
    for index, text in enumerate(map(number, levels)):
        best: tuple[int, int, int] | None = None
        spots = np.argwhere(level == index).tolist()
        for row, column in spots[:: max(1, len(spots) // 60)]:
            start = column - len(text) // 2
            span = [(row, c) for c in range(start - 1, start + len(text) + 1)]
            if start < 0 or start + len(text) > canvas.width or taken.intersection(span):
                continue
            if any(canvas.roles[row][c].startswith("curve") for c in range(start, start + len(text))):
                continue
            others = sum(grid[r][c] not in (-1, index) for r, c in span if 0 <= c < canvas.width)
            along = sum(grid[r][c] == index for r, c in span if 0 <= c < canvas.width)
            score = along - 4 * others
            if best is None or score > best[0]:
                best = (score, row, start)
        if best is not None and best[0] > -4:
            _, row, start = best
            canvas.write(start, row, text, _level_role(index, len(levels), look))
            taken.update((r, c) for r in (row - 1, row, row + 1) for c in range(start - 1, start + len(text) + 1))


def _middle(values: Values) -> float:
    """The median, without the sum of the two middle ones, which may overflow."""
    return float(np.sort(values)[len(values) // 2])
