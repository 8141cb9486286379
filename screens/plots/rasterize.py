"""Turns curves into few dots of a raster, and keeps their gaps and extremes."""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from screens.plots.axis import Axis
from screens.plots.plot_model import Curve, Values

MOST_CACHED = 4096  # points of a curve whose dots are kept for the next frame


class Raster(Struct, frozen=True):
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
            starts = _changes(columns).nonzero()[0]
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
        passed = _column_at(curve.passed, x_axis, raster)
    return replace(found, passed=passed)


@lru_cache(64)
def _column_at(value: float, axis: Axis, raster: Raster) -> float:
    """The dot column of one place, which runs of the same length share; before all of them where there is none."""
    column = float(raster.column(axis.place(np.array([value])))[0])
    return -np.inf if np.isnan(column) else column


def _traced(arrays: tuple[bytes, ...], line: bool, x_axis: Axis, y_axis: Axis, raster: Raster) -> Trace:
    """The dots of x, low and high, which are bytes, so that equal ones are cached."""
    across = _columns(arrays[0], x_axis, raster)
    low = high = raster.row(y_axis.place(np.frombuffer(arrays[1])))
    if len(arrays) > 2:
        high = raster.row(y_axis.place(np.frombuffer(arrays[2])))
        low, high = np.fmin(low, high), np.fmax(low, high)  # where one is missing, both are the other
    begins = np.zeros(len(across), dtype=bool)
    begins[:1] = True
    if (unknown := np.isnan(across) | np.isnan(low)).any():
        visible = np.flatnonzero(~unknown)
        across, low, high = across[visible], low[visible], high[visible]
        begins = _changes(visible - np.arange(len(visible)))
    if line and bool((across[1:] >= across[:-1]).all()):
        return _line(across, low, high, begins, raster)
    return _path(across, high, begins, raster)


# Between two frames the cursor moves, and most curves stay what they were.
_cached = lru_cache(64)(_traced)


@lru_cache(16)
def _columns(x: bytes, axis: Axis, raster: Raster) -> Values:
    """The dot columns of places, which the curves of several runs share."""
    return raster.column(axis.place(np.frombuffer(x)))


def _changes(values: Values | NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a value differs from the one before; so does the first."""
    found = np.empty(len(values), dtype=bool)
    found[:1] = True
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found


def _line(across: Values, low: Values, high: Values, begins: NDArray[np.bool_], raster: Raster) -> Trace:
    if not len(across):
        return Trace(across, low, begins)
    # A dot column's points become its extremes; a whole cell's, where there are many.
    changes = _changes(across)
    if changes.sum() - 1 + (0 if low is high else np.count_nonzero(low != high)) > raster.columns:
        across = np.floor(across / raster.across) * raster.across
        changes = _changes(across)
    starts = changes.nonzero()[0]
    across = across[starts]
    begins = begins[starts] | (np.add.reduceat(begins, starts, dtype=np.int64) > 1)
    low, high = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
    middle = low + high
    rising = np.zeros(len(middle), dtype=bool)
    np.greater(middle[1:], middle[:-1], out=rising[1:])
    # Each column twice, its nearer end first; where it holds one dot, once.
    rows = np.empty(2 * len(low))
    rows[::2], rows[1::2] = np.where(rising, low, high), np.where(rising, high, low)
    fresh, keep = np.zeros(len(rows), dtype=bool), np.ones(len(rows), dtype=bool)
    fresh[::2], keep[1::2] = begins, low != high
    return _thinned(Trace(np.repeat(across, 2)[keep], rows[keep], fresh[keep]))


def _thinned(line: Trace) -> Trace:
    """A line without the points that the join of their neighbours passes within half a dot; extremes stay."""
    for _ in range(2):
        columns, rows, begins = line.columns, line.rows, line.begins
        if len(columns) < 3:
            break
        # Every second one may go, so that its neighbours stay.
        left, here, right = (slice(first, len(columns) - 2 + first, 2) for first in range(3))
        ahead, run = columns[here] - columns[left], columns[right] - columns[left]
        inside = (ahead > 0) & (run > ahead) & ~begins[here] & ~begins[right]
        join = rows[left] + (rows[right] - rows[left]) * ahead / np.where(run > 0, run, 1.0)
        keep = np.ones(len(columns), dtype=bool)
        keep[here] = ~(inside & (np.abs(join - rows[here]) <= 0.5))
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
