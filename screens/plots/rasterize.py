"""Turns curves into few dots of a raster, and keeps their gaps and extremes."""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screens.plots.axis import Axis
from screens.plots.plot_model import Curve, Values

MOST_CACHED = 4096  # points of a curve whose dots are kept for the next frame


@dataclass(frozen=True)
class Raster:
    """A canvas of cells that each hold `across` x `down` dots (2 x 4 in braille, 1 x 1 in ASCII)."""

    width: int
    height: int
    across: int = 2
    down: int = 4

    @property
    def columns(self) -> int:
        """Dots from left to right."""
        return self.width * self.across

    @property
    def rows(self) -> int:
        """Dots from bottom to top."""
        return self.height * self.down

    def column(self, place: Values) -> Values:
        """The dot column of places along the x axis; the place 1 still belongs to the last one."""
        return _dots(place, self.columns)

    def row(self, place: Values) -> Values:
        """The dot row, counted from below, of places along the y axis."""
        return _dots(place, self.rows)

    def cell(self, column: float, row: float) -> tuple[int, int]:
        """The cell (column, row from the top) of a dot."""
        return int(column // self.across), self.height - 1 - int(row // self.down)


def _dots(place: Values, count: int) -> Values:
    # A quarter of the way is 0.24999999999999997 on some axes: its tick would stand a row below where it belongs.
    dots = np.floor(place * count + 1e-9)
    return np.where(place == 1.0, count - 1.0, dots)


@dataclass(frozen=True, eq=False)
class Trace:
    """A curve on a raster: dots (n,), and where a new piece begins (n,); it is faint beyond the column `passed`."""

    columns: Values
    rows: Values
    begins: NDArray[np.bool_]
    passed: float = np.inf
    _middles: list[tuple[Values, Values]] = field(default_factory=list)  # as soon as they are asked for

    def pieces(self) -> list[tuple[Values, Values]]:
        starts = np.flatnonzero(self.begins)[1:]
        return list(zip(np.split(self.columns, starts), np.split(self.rows, starts), strict=True))

    def middles(self) -> list[tuple[Values, Values]]:
        """The pieces of a line with one row for each column, half way between its lowest and highest."""
        found = self._middles
        if found:
            return found
        for columns, rows in self.pieces():
            starts = np.flatnonzero(np.diff(columns, prepend=np.nan))
            if len(starts):
                rows = 0.5 * (np.minimum.reduceat(rows, starts) + np.maximum.reduceat(rows, starts))
            found.append((columns[starts], rows))
        return found


def trace(curve: Curve, x_axis: Axis, y_axis: Axis, raster: Raster) -> Trace:
    """The dots of a curve, at most about four a cell column for a line; what cannot be drawn begins a new piece."""
    arrays = (curve.x, curve.low) if curve.high is None else (curve.x, curve.low, curve.high)
    found = (_cached if len(curve.x) <= MOST_CACHED else _traced)(
        tuple(one.tobytes() for one in arrays), curve.kind == "line", x_axis, y_axis, raster
    )
    if curve.passed is None:
        return found
    passed = -np.inf  # also where a logarithmic axis has no such place
    if np.any(curve.x <= curve.passed):
        passed = float(np.nan_to_num(raster.column(x_axis.place(np.array([curve.passed])))[0], nan=-np.inf))
    return replace(found, passed=passed)


def _traced(arrays: tuple[bytes, ...], line: bool, x_axis: Axis, y_axis: Axis, raster: Raster) -> Trace:
    """The dots of x, low and high, which are bytes, so that equal ones are cached."""
    x, bottom, top = (np.frombuffer(one) for one in (*arrays[:2], arrays[-1]))
    across = raster.column(x_axis.place(x))
    low, high = raster.row(y_axis.place(bottom)), raster.row(y_axis.place(top))
    low = np.where(np.isnan(low), high, low)
    high = np.where(np.isnan(high), low, high)
    visible = np.flatnonzero(~(np.isnan(across) | np.isnan(low)))
    across, low, high = across[visible], low[visible], high[visible]
    begins = np.diff(visible, prepend=-2) != 1
    low, high = np.minimum(low, high), np.maximum(low, high)
    if line and bool(np.all(np.diff(across) >= 0)):
        return _line(across, low, high, begins, raster)
    return _path(across, high, begins, raster)


# Between two frames the cursor moves, and most curves stay what they were.
_cached = lru_cache(64)(_traced)


def _line(across: Values, low: Values, high: Values, begins: NDArray[np.bool_], raster: Raster) -> Trace:
    if not len(across):
        return Trace(across, low, begins)
    # A dot column's points become its extremes; a whole cell's, where there are many.
    if np.count_nonzero(np.diff(across)) + np.count_nonzero(low != high) > raster.columns:
        across = np.floor(across / raster.across) * raster.across
    changes = np.diff(across, prepend=np.nan) != 0
    starts = np.flatnonzero(changes)
    across = across[starts]
    begins = begins[starts] | (np.add.reduceat(begins.astype(np.int64), starts) > 1)
    low, high = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
    middle = low + high
    rising = np.diff(middle, prepend=middle[:1]) > 0
    first, second = np.where(rising, low, high), np.where(rising, high, low)
    keep = np.column_stack((np.ones(len(low), dtype=bool), low != high)).ravel()
    rows = np.column_stack((first, second)).ravel()[keep]
    fresh = np.column_stack((begins, np.zeros(len(low), dtype=bool))).ravel()[keep]
    return _thinned(Trace(np.repeat(across, 2)[keep], rows, fresh))


def _thinned(line: Trace) -> Trace:
    """A line without the points that the join of their neighbours passes within half a dot; extremes stay."""
    for _ in range(2):
        columns, rows, begins = line.columns, line.rows, line.begins
        if len(columns) < 3:
            break
        left, here, right = slice(0, -2), slice(1, -1), slice(2, None)
        ahead, run = columns[here] - columns[left], columns[right] - columns[left]
        inside = (ahead > 0) & (columns[right] > columns[here]) & ~begins[here] & ~begins[right]
        join = rows[left] + (rows[right] - rows[left]) * ahead / np.where(run > 0, run, 1.0)
        keep = np.ones(len(columns), dtype=bool)
        keep[here] = ~(inside & (np.abs(join - rows[here]) <= 0.5))
        keep[::2] = True
        line = Trace(columns[keep], rows[keep], begins[keep])
    return line


def _path(across: Values, rows: Values, begins: NDArray[np.bool_], raster: Raster) -> Trace:
    if not len(across):
        return Trace(across, rows, begins)
    moved = (np.diff(across, prepend=np.nan) != 0) | (np.diff(rows, prepend=np.nan) != 0) | begins
    index = np.flatnonzero(moved)
    most = 3 * (raster.width + raster.height)
    if len(index) > most:
        index = index[np.unique(np.linspace(0, len(index) - 1, most).astype(np.int64))]
    pieces = np.cumsum(begins)[index]
    return Trace(across[index], rows[index], np.diff(pieces, prepend=0) != 0)


def hidden(curve: Curve, log_x: bool, log_y: bool) -> int:
    """How many finite points of a curve a log axis leaves out because they are not positive."""
    finite = np.isfinite(curve.x) & np.isfinite(curve.low)
    out: Any = np.zeros(len(curve.x), dtype=bool)
    if log_x:
        out = out | (curve.x <= 0)
    if log_y:
        out = out | (curve.low <= 0)
    return int(np.count_nonzero(finite & out))
