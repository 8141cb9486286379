"""Axes with round limits: the places of values, and the ticks."""

import math
from functools import lru_cache

import numpy as np
from msgspec import Struct

from screens.plots.plot_model import Values

# Beyond these, sums and differences of limits would overflow, and powers of ten leave the floats.
LARGEST = 1e300
SMALLEST = 1e-300


class Axis(Struct, frozen=True):
    """Limits of an axis, and how values are placed along it."""

    low: float
    high: float
    log: bool = False

    def place(self, values: Values) -> Values:
        """The places of values: 0 at the low end, 1 at the high end; NaN for those the axis cannot hold.

        Args: values, shape (n,).  Returns: shape (n,), clamped to [-2, 3] so that far points stay drawable.
        """
        finite = np.where(np.isfinite(values), np.minimum(np.maximum(values, -LARGEST), LARGEST), np.nan)
        if self.log:
            low, high = math.log10(self.low), math.log10(self.high)
            positive = np.where(finite > 0, finite, np.nan)
            finite = np.log10(np.maximum(positive, SMALLEST))
        else:
            low, high = self.low, self.high
        span = high - low
        found: Values = (np.minimum(np.maximum(finite, low - 2 * span), high + 2 * span) - low) / span
        return found

    def value(self, place: float) -> float:
        """The value at a place along the axis."""
        if not self.log:
            return self.low + place * (self.high - self.low)
        low, high = math.log10(self.low), math.log10(self.high)
        return float(10.0 ** (low + place * (high - low)))

    def holds(self, low: float, high: float) -> bool:
        """Whether the interval lies inside, and is not so small that the axis would waste its space."""
        if not (self.low <= low and high <= self.high):
            return False
        wanted = round_axis(low, high, self.log)
        return _extent(wanted) * 5 >= _extent(self)

    def ticks(self, most: int) -> tuple[tuple[float, str], ...]:
        """At most `most` round values inside the limits, ascending, each with its label."""
        return _ticks(self, most)


def round_axis(low: float, high: float, log: bool = False, previous: Axis | None = None) -> Axis:
    """The axis of round limits around an interval: 1, 2 or 5 times a power of ten; decades on a log axis.

    Args: low, high: ends of the interval, in either order; a log axis ignores what is not positive. previous: kept
    as it is while it holds the interval and the interval fills a fifth of it or more.
    """
    low, high = sorted((_clamp(low), _clamp(high)))
    if log:
        high = max(high, SMALLEST)
        low = max(low, SMALLEST) if low > 0 else high
    if previous is not None and previous.log == log and previous.holds(low, high):
        return previous
    return _decades(low, high) if log else _round_limits(low, high)


def _clamp(value: float) -> float:
    return min(max(float(value), -LARGEST), LARGEST) if not math.isnan(value) else 0.0


def _extent(axis: Axis) -> float:
    return math.log10(axis.high) - math.log10(axis.low) if axis.log else axis.high - axis.low


def _round_limits(low: float, high: float) -> Axis:
    span, size = high - low, max(abs(low), abs(high))
    if size < 1e-290:
        return Axis(0.0, 1.0)
    if span < 1e-6 * size:
        # A constant: half of the axis on either side says more than an axis of its rounding errors.
        low, high = min(0.0, 2 * low), max(0.0, 2 * high)
        span = high - low
    if 0 < low < 0.5 * high:
        low = 0.0
    elif high < 0 and high > 0.5 * low:
        high = 0.0
    step = round_step((high - low) / 4)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    lower, upper = min(_multiple(first, step), low), max(_multiple(last, step), high)
    return Axis(lower, upper)


def _decades(low: float, high: float) -> Axis:
    first = math.floor(math.log10(low) + 1e-12)
    last = max(math.ceil(math.log10(high) - 1e-12), first + 1)
    return Axis(min(10.0**first, low), max(10.0**last, high), log=True)


def round_step(about: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below `about` (positive)."""
    power = math.floor(math.log10(about))
    for factor in (1, 2, 5, 10):
        step = float(f"{factor}e{power}")
        if step >= about * (1 - 1e-9):
            return step
    return float(f"1e{power + 1}")


def _multiple(count: int, step: float) -> float:
    # The decimal nearest to count * step: 3 * 0.1 is 0.3, not 0.30000000000000004.
    digits = min(max(0, -math.floor(math.log10(step))), 320)
    return round(count * step, digits)


# Axes change rarely and frames are drawn often.
@lru_cache(maxsize=256)
def _ticks(axis: Axis, most: int) -> tuple[tuple[float, str], ...]:
    if most < 1:
        return ()
    values, step = _log_ticks(axis, most) if axis.log else _linear_ticks(axis, most)
    # The product of count and step may round past a limit that is itself round.
    inside = [min(max(value, axis.low), axis.high) for value in values]
    return tuple(zip(inside, labels(values, step), strict=True))


def _linear_ticks(axis: Axis, most: int) -> tuple[list[float], float]:
    step = round_step((axis.high - axis.low) / max(most, 1))
    while True:
        first, last = math.ceil(axis.low / step - 1e-9), math.floor(axis.high / step + 1e-9)
        if last - first + 1 <= most:
            return [_multiple(i, step) for i in range(first, last + 1)], step
        step = round_step(step * 1.5)


def _log_ticks(axis: Axis, most: int) -> tuple[list[float], float]:
    first = math.ceil(math.log10(axis.low) - 1e-9)
    last = math.floor(math.log10(axis.high) + 1e-9)
    decades = last - first + 1
    if last >= first and decades * 3 <= most + 2:
        fine = [float(f"{m}e{p}") for p in range(first - 1, last + 1) for m in (1, 2, 5)]
        return [v for v in fine if axis.low <= v <= axis.high], 0.0
    every = max(1, math.ceil(decades / most))
    return [float(f"1e{p}") for p in range(math.ceil(first / every) * every, last + 1, every)], 0.0


def labels(values: list[float], step: float) -> list[str]:
    """Short labels of ticks `step` apart (0 on a log axis, where each label stands for itself)."""
    if not values:
        return []
    largest = max(abs(v) for v in values)
    if step >= 1e-3 and largest < 1e4 and not (step >= 100 and largest >= 1000):
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        return ["0" if v == 0 else f"{v:.{digits}f}" for v in values]
    return [_label(v, step) for v in values]


def _label(value: float, step: float) -> str:
    size = abs(value)
    if size < step * 1e-6 or size == 0:
        return "0"
    digits = 1 if not step else max(1, math.floor(math.log10(size)) - math.floor(math.log10(step) + 1e-9) + 1)
    digits = min(digits, 15)
    for limit, unit, suffix in ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e3, 1e3, "k")):
        if limit <= size < 1e12 and (step or size < 1e5):  # decades read better as powers of ten
            return f"{float(f'{value / unit:.{digits}g}'):.15g}{suffix}"
    if 0.01 <= size < 1e3 or (0.001 < size < 0.01 and step and step >= 1e-4):
        return f"{float(f'{value:.{digits}g}'):.15g}"
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"
