"""Searching a series: where a condition holds, read from the extremes of its blocks wherever they decide.

Of a million values the 15,625 pairs of extremes are read, and of the values only those in blocks that the
condition divides.
"""

import operator
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from nnsim.nn.arrays import Array
from nnsim.timeline.run_log import RunLog
from nnsim.timeline.series import BLOCK, Series

Integers = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]

WINDOW = 16_384  # blocks read together: a bound on memory
NEAR = 8  # blocks; what lies between two stretches this close is read along with them

NONE, ALL, READ = 0, 1, 2  # what the extremes of a block say of its values


IDLE_CHANGE = 0.01  # of the loss: a curve as high as the screen moves by less than a row


class SeriesCondition(Protocol):
    """A condition on the values of a series."""

    def verdicts(self, lows: Array, highs: Array) -> Integers:
        """NONE, ALL or READ for each block but the first, which is only compared with."""

    def holds(self, values: Array) -> Truths:
        """For each value but the first, whether the condition holds; the first is only compared with."""


COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}


class Compared(Struct, frozen=True):
    sign: str
    number: float

    def verdicts(self, lows: Array, highs: Array) -> Integers:
        low, high, compare = lows[1:], highs[1:], COMPARISONS[self.sign]
        if self.sign == "=":
            some, every = (low <= self.number) & (high >= self.number), (low == self.number) & (high == self.number)
        elif "<" in self.sign:
            some, every = compare(low, self.number), compare(high, self.number)
        else:
            some, every = compare(high, self.number), compare(low, self.number)
        return np.where(every, ALL, np.where(some, READ, NONE))

    def holds(self, values: Array) -> Truths:
        found: Truths = COMPARISONS[self.sign](values[1:], self.number)
        return found


class ValueChanged(Struct, frozen=True):
    def verdicts(self, lows: Array, highs: Array) -> Integers:
        same = (lows == highs) & np.isfinite(lows)
        return np.where(same[1:] & same[:-1] & (lows[1:] == lows[:-1]), NONE, READ)

    def holds(self, values: Array) -> Truths:
        both = np.isfinite(values[1:]) & np.isfinite(values[:-1])
        found: Truths = both & (values[1:] != values[:-1])
        return found


class NotFinite(Struct, frozen=True):
    """Values that are infinite or no number; `certain` where only the last value can be one."""

    certain: bool

    def verdicts(self, lows: Array, highs: Array) -> Integers:
        return np.where(np.isnan(lows[1:]), ALL, NONE if self.certain else READ)

    def holds(self, values: Array) -> Truths:
        return ~np.isfinite(values[1:])


def stretches(
    series: Series, condition: SeriesCondition, gaps: Iterable[int] = (), start: int = 0
) -> tuple[Integers, Integers]:
    """The samples at which stretches of a condition begin, and those at which they end.

    Args: gaps: samples at which values that are not finite may begin or end, which the extremes of a block do not
    show; the last block is always read. start: stretches that begin before it may be missing.
    """
    count = len(series)
    unsure = {sample // BLOCK for sample in gaps} | {max(count - 1, 0) // BLOCK}
    edges: list[Integers] = []
    before = False
    for first in range(min(start, max(count - 1, 0)) // BLOCK, -(-count // BLOCK), WINDOW):
        held = _held(series, condition, first, min((first + WINDOW) * BLOCK, count), unsure)
        edges.append(np.flatnonzero(np.diff(held, prepend=before)) + first * BLOCK)
        before = bool(held[-1])
    found = np.concatenate([*edges, np.array([count] if before else [], np.int64)]).astype(np.int64)
    return found[::2], found[1::2] - 1


def _held(series: Series, condition: SeriesCondition, first: int, stop: int, unsure: set[int]) -> Truths:
    """For each sample from block `first` up to sample `stop`, whether the condition holds."""
    whole = stop // BLOCK
    lows, highs = series.blocks(max(first - 1, 0), whole)
    if first == 0:  # nothing stands before the first value, and a change needs something
        lows, highs = np.concatenate(([np.nan], lows)), np.concatenate(([np.nan], highs))
    verdicts = condition.verdicts(lows, highs)
    for block in unsure:
        if first <= block < whole:
            verdicts[block - first] = READ
    if stop % BLOCK:
        verdicts = np.append(verdicts, READ)
    held = np.repeat(verdicts == ALL, BLOCK)[: stop - first * BLOCK]
    for start, end in _ranges(np.flatnonzero(verdicts == READ) + first):
        low, high = start * BLOCK, min(end * BLOCK, stop)
        values = series.values(max(low - 1, 0), high)
        if low == 0:
            values = np.concatenate(([np.nan], values))
        held[low - first * BLOCK : high - first * BLOCK] = condition.holds(values)
    return held


def _ranges(blocks: Integers) -> list[tuple[int, int]]:
    if not len(blocks):
        return []
    breaks = np.flatnonzero(np.diff(blocks) > NEAR)
    starts, ends = blocks[np.concatenate(([0], breaks + 1))], blocks[np.concatenate((breaks, [-1]))] + 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def smallest(series: Series, count: int | None = None) -> int | None:
    """The first sample with the smallest finite value, among the first `count` or all; None without any."""
    return _extreme(series, 0, np.less, count)


def largest(series: Series) -> int | None:
    """The first sample with the largest finite value, or None where there is none."""
    return _extreme(series, 1, np.greater)


def _extreme(series: Series, which: int, better: Callable[[Any, Any], Any], count: int | None = None) -> int | None:
    count = len(series) if count is None else min(count, len(series))
    whole = count // BLOCK
    extremes = series.blocks(0, whole)[which]
    worst = np.inf if which == 0 else -np.inf
    pick = np.argmin if which == 0 else np.argmax
    start, stop = whole * BLOCK, count
    tail = _or(series.values(start, stop), worst)
    best = tail[pick(tail)] if len(tail) else worst
    if len(extremes):
        blocks = _or(extremes, worst)
        block = int(pick(blocks))
        if np.isfinite(blocks[block]) and not better(best, blocks[block]):
            start, stop = block * BLOCK, (block + 1) * BLOCK
    values = _or(series.values(start, stop), worst)
    if not len(values) or not np.isfinite(values[pick(values)]):
        return None
    return start + int(pick(values))


def _or(values: Array, worst: float) -> Array:
    return np.where(np.isfinite(values), values, worst)


def idle_until(log: RunLog, step: int) -> int:
    """The end of the stretch from `step` on with the loss within 1 % and no mark; `step` where there is none."""
    loss = log.series.get("loss")
    value = None if loss is None else loss.at_step(max(step, 1))
    if loss is None or value is None or not np.isfinite(value):
        return step
    margin = IDLE_CHANGE * abs(value)
    sample = _leaves(loss, loss.count_at(step), value - margin, value + margin)
    leaves = loss.step_at(sample) if sample < len(loss) else log.length + 1
    marked = [mark.step for mark in log.marks if step < mark.step <= log.length]
    return max(step, min([leaves - 1, log.length, *(one - 1 for one in marked)]))


def _leaves(series: Series, start: int, low: float, high: float) -> int:
    """The first sample from `start` on that lies outside two bounds; the number of samples where none does."""

    def first(begin: int, end: int) -> int | None:
        values = series.values(begin, end)
        outside = ~((values >= low) & (values <= high))
        return begin + int(np.argmax(outside)) if outside.any() else None

    count = len(series)
    block = -(-start // BLOCK)
    found = first(start, min(block * BLOCK, count))
    if found is None:
        lows, highs = series.blocks(block, count // BLOCK)
        outside = ~((lows >= low) & (highs <= high))
        block += int(np.argmax(outside)) if outside.any() else len(outside)
        found = first(block * BLOCK, min((block + 1) * BLOCK, count))
    return count if found is None else found
