"""Level lines of a function of two variables, each with its value, as on a map."""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from nnsim.text.number_format import number
from screens.plots.arrows import TALL, Cell, draw_arrows, placed
from screens.plots.axes_frame import draw_frame, frame
from screens.plots.axis import Axis, round_axis, round_step
from screens.plots.canvas import draw_curves, raster_of
from screens.plots.cells import Cells
from screens.plots.chart import Axes, say
from screens.plots.legend import legend_of, most_rows
from screens.plots.plot_model import Contours, Curve, Values
from screens.plots.plot_style import Look
from screens.plots.rasterize import Raster, Trace, trace

Levels = NDArray[np.int64]

MOST_LEVELS = 8
EVEN = 1.5  # times a unit may be larger along one axis than along the other, as an eye sees it
# Lines of neighbouring levels differ without colour and braille too; none of these marks a curve.
ASCII_LINES = ".,:;-=~^"
# Bits of a braille character by (dot row from the top, dot column).
BRAILLE = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
BRAILLE_BITS = BRAILLE.astype(np.uint8)


def fit_contours(picture: Contours) -> Axes:
    """The axes of a contour plot: exactly its ranges."""
    return Axes(axis_of(picture.x_range), axis_of(picture.y_range))


def axis_of(limits: tuple[float, float]) -> Axis:
    """The axis of exactly these limits; of round ones where they enclose nothing."""
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
    # The median without the sum of the two middle values, which may overflow.
    if low >= 0 and high > 1e-290 and high > 20 * max(low, float(np.sort(finite)[len(finite) // 2]) / 20):
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
    cells = Cells(width, height)
    named = [c for c in picture.curves if c.name and not c.faint]
    arrows = placed(picture.arrows, axes, *_room(width, height, axes, most_rows(height)))
    stretched = _stretched(axes, *_room(width, height, axes, 1), look)
    legend = legend_of(
        picture.y_label,
        picture.curves,
        look,
        width,
        height,
        remarks=stretched,
        essential=arrows.legend_entries(look),
        solid=True,
    )
    place = frame(width, height, axes.y, legend.rows)
    arrows = placed(picture.arrows, axes, place.width, place.height, arrows.true)
    raster = raster_of(place.width, place.height, look)
    legend.draw(cells)
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
    lines = _lines(canvas, picture.values, levels, raster, look)
    drawn = [(curve, trace(curve, axes.x, axes.y, raster)) for curve in picture.curves]
    draw_curves(canvas, raster, drawn, look, markers=len(named) > 1, solid=True)
    _values(canvas, lines, look)
    draw_arrows(canvas, arrows, _points(drawn, raster), look)
    cells.place(place.left, place.top, canvas)
    return cells


def _room(width: int, height: int, axes: Axes, legend: int) -> tuple[int, int]:
    place = frame(width, height, axes.y, legend)
    return place.width, place.height


def _stretched(axes: Axes, width: int, height: int, look: Look) -> list[tuple[str, str, str]]:
    """The remark on how much one axis is stretched, where gradients would not look perpendicular to level lines."""
    if not width or not height:
        return []
    across, upwards = width / (axes.x.high - axes.x.low), TALL * height / (axes.y.high - axes.y.low)
    times, which = max((across / upwards, "across"), (upwards / across, "upwards"))
    if not EVEN < times < math.inf:
        return []
    return [("", f"stretched {number(float(f'{times:.2g}'))}{'×' if look.unicode else 'x'} {which}", "axis")]


def _points(drawn: Sequence[tuple[Curve, Trace]], raster: Raster) -> set[Cell]:
    cells: set[Cell] = set()
    for curve, found in drawn:
        columns, rows = found.columns.tolist(), found.rows.tolist()
        if curve.kind == "path":
            columns, rows = [*columns[:1], *columns[-1:]], [*rows[:1], *rows[-1:]]
        cells |= {raster.cell(column, row) for column, row in zip(columns, rows, strict=True)}
    return cells


def _sample(values: Values, rows: int, columns: int, middles: bool) -> Values:
    """Bilinear samples at the middle of each dot, shape (rows, columns), row 0 at the low end of y.

    Args: middles: whether the values belong to the middles of equal parts; else the outermost lie on the edge.
    """
    filled = np.clip(
        np.nan_to_num(np.asarray(values, np.float64), nan=np.nan, posinf=1e300, neginf=-1e300), -1e300, 1e300
    )
    (y0, y1, fy), (x0, x1, fx) = (
        _between(count, size, middles) for count, size in zip((rows, columns), filled.shape, strict=True)
    )
    across = filled[:, x0] * (1 - fx) + filled[:, x1] * fx
    result: Values = across[y0] * (1 - fy[:, None]) + across[y1] * fy[:, None]
    return result


def _between(count: int, size: int, middles: bool) -> tuple[Levels, Levels, Values]:
    """The two of so many values around each of `count` dots, and the distance from the first."""
    share = (np.arange(count) + 0.5) / count
    place = np.clip(share * size - 0.5, 0, size - 1) if middles else share * (size - 1)
    before = np.minimum(place.astype(np.int64), max(size - 2, 0))
    return before, np.minimum(before + 1, size - 1), place - before


def level_dots(values: Values, levels: tuple[float, ...], raster: Raster) -> tuple[Levels, NDArray[np.int64]]:
    """Level lines, one dot thick.  Returns: the level in each cell or -1, and its braille bits, (height, width)."""
    field = _sample(values, raster.rows, raster.columns, middles=False)[::-1]
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
    cells = line.reshape(raster.height, raster.down, raster.width, raster.across).swapaxes(1, 2)
    bits = ((cells >= 0) * BRAILLE[: raster.down, : raster.across]).sum(axis=(2, 3))
    return cells.max(axis=(2, 3)), bits


def line_dots(values: Values, level: float, raster: Raster, thick: bool) -> NDArray[np.uint8]:
    """The braille bits of the line of one level, one dot thick or two, (height, width).

    Args: values: of the middles of equal parts, (rows, columns).
    """
    field = _sample(values, raster.rows, raster.columns, middles=True)[::-1]
    above, known = field >= level, ~np.isnan(field)
    line = np.zeros(above.shape, bool)
    for here, there in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        differ = (above[here] != above[there]) & known[here] & known[there]
        line[here] |= differ
        if thick:
            line[there] |= differ
    bits = np.zeros((raster.height, raster.width), np.uint8)
    for row in range(raster.down):
        for column in range(raster.across):
            bits |= line[row :: raster.down, column :: raster.across] * BRAILLE_BITS[row, column]
    return bits


class LevelLines(Struct, frozen=True, eq=False):
    """The level lines of an array in a raster, which stay while curves move over them."""

    cells: tuple[tuple[int, int, int, int], ...]  # column, row, level, bits of braille
    texts: tuple[str, ...]  # each level's value
    spots: tuple[
        tuple[tuple[int, int], ...], ...
    ]  # for each of them (row, column), where its line runs flattest first


@lru_cache(8)
def _level_lines(values: bytes, shape: tuple[int, int], levels: tuple[float, ...], raster: Raster) -> LevelLines:
    level, bits = level_dots(np.frombuffer(values).reshape(shape), levels, raster)
    rows, columns = np.nonzero(level >= 0)
    drawn = zip(
        columns.tolist(), rows.tolist(), level[rows, columns].tolist(), bits[rows, columns].tolist(), strict=True
    )
    texts = tuple(map(number, levels))
    spots = tuple(tuple(_spots(level, index, text)) for index, text in enumerate(texts))
    return LevelLines(tuple(drawn), texts, spots)


def _spots(level: Levels, index: int, text: str) -> list[tuple[int, int]]:
    """Where a level's value may stand on its line: where that runs flattest, and others are far, first."""
    grid, width, found = level.tolist(), level.shape[1], []
    places = np.argwhere(level == index).tolist()
    for row, column in places[:: max(1, len(places) // 60)]:
        start = column - len(text) // 2
        if start < 0 or start + len(text) > width:
            continue
        around = grid[row][max(0, start - 1) : start + len(text) + 1]
        along = around.count(index)
        others = len(around) - along - around.count(-1)
        if (score := along - 4 * others) > -4:
            found.append((-score, row, start))
    return [(row, start) for _, row, start in sorted(found, key=lambda one: one[0])]


def _lines(canvas: Cells, values: Values, levels: tuple[float, ...], raster: Raster, look: Look) -> LevelLines:
    """Draws the level lines."""
    if not levels:
        return LevelLines((), (), ())
    lines = _level_lines(values.tobytes(), (values.shape[0], values.shape[1]), levels, raster)
    roles = [_level_role(index, len(levels), look) for index in range(len(levels))]
    for column, row, index, bits in lines.cells:
        char = chr(0x2800 + bits) if look.unicode else ASCII_LINES[index % len(ASCII_LINES)]
        canvas.put(column, row, char, roles[index])
    return lines


def _level_role(index: int, count: int, look: Look) -> str:
    steps = max(1, len(look.ramp) - 1)
    return f"level:{round(index * steps / max(1, count - 1))}"


def _values(canvas: Cells, lines: LevelLines, look: Look) -> None:
    """Writes each level's value once onto its line, where that runs flattest and is free."""
    taken: set[tuple[int, int]] = set()
    for index, (text, spots) in enumerate(zip(lines.texts, lines.spots, strict=True)):
        for row, start in spots:
            if taken.intersection((row, column) for column in range(start - 1, start + len(text) + 1)):
                continue
            if any(role.startswith("curve") for role in canvas.roles[row][start : start + len(text)]):
                continue
            canvas.write(start, row, text, _level_role(index, len(lines.texts), look))
            taken.update((r, c) for r in (row - 1, row, row + 1) for c in range(start - 1, start + len(text) + 1))
            break
