"""Losses over the learning rate, where that is monotonic, as in a learning-rate range test."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nnsim.nn.arrays import Array
from nnsim.session.view import Capability, TrackView, View
from screens.panes.schedule import apart, planned_rates
from screens.plots import AxisMark, Curve

SAMPLED = 64  # columns of the whole schedule
FEW = 8  # different rates, below which there is no curve over them


def monotonic(track: TrackView) -> bool:
    """Whether the learning rate only grows or only falls over a whole run, in more than a few steps."""
    if Capability.LEARNING_RATE not in track.capabilities:
        return False
    rates = planned_rates(track.log, SAMPLED).rates
    change = np.diff(rates)
    one_way = bool(np.all(change >= 0) or np.all(change <= 0))
    return one_way and bool(rates.min() > 0) and len(np.unique(rates)) >= FEW


def rate_axis(tracks: list[TrackView]) -> tuple[float, float, bool]:
    """The lowest and highest rate of whole runs, and whether their axis is logarithmic."""
    found = [planned_rates(track.log, SAMPLED) for track in tracks]
    low, high = min(float(one.rates.min()) for one in found), max(float(one.rates.max()) for one in found)
    return low, high, apart([Curve("", one.epochs, one.rates) for one in found])


def _rates(track: TrackView, epochs: Array) -> Array:
    """The rates of a run's steps at places on the epoch axis, (n,)."""
    timeline = track.log
    series, first = timeline.series.get("learning_rate"), float(planned_rates(timeline, 1).rates[0])
    if series is None:
        return np.full(len(epochs), first)
    steps = np.rint(epochs * timeline.steps_per_epoch).astype(np.int64).tolist()
    return np.array([first if (rate := series.at_step(step)) is None else rate for step in steps], dtype=np.float64)


def over_rates(curve: Curve, track: TrackView) -> list[Curve]:
    """A curve over epochs as curves over the rate of the same run; its faint part is apart."""
    past = np.ones(len(curve.x), dtype=bool) if curve.passed is None else curve.x <= curve.passed
    rates = _rates(track, curve.x)
    first = np.append(np.flatnonzero(~past), len(past))[0]
    order = np.argsort(rates, kind="stable")

    def part(wanted: NDArray[np.bool_], faint: bool) -> Curve:
        some = order[wanted[order]]
        high = None if curve.high is None else curve.high[some]
        return replace(curve, x=rates[some], low=curve.low[some], high=high, passed=None, faint=faint)

    behind = np.arange(len(past)) >= first - 1  # without a gap
    return [*([] if past.all() else [part(behind, True)]), part(past, curve.faint)]


def rate_at(track: TrackView, epoch: float) -> float:
    return float(_rates(track, np.array([epoch]))[0])


def marks_over_rates(marks: tuple[AxisMark, ...], view: View) -> tuple[AxisMark, ...]:
    """Marks over epochs of the focused run, moved to its rates."""
    return tuple(replace(one, x=rate_at(view.focused, one.x)) for one in marks)
