"""Losses over the learning rate, where that grows all the way: what a test of learning rates is read from."""

from dataclasses import replace

import numpy as np

from nnsim.arrays import Array
from nnsim.session import Session, Track
from nnsim.timeline import Timeline
from screens.panes.schedule import ahead
from screens.plots import Curve, Mark

LOOKED_AT = 64  # columns of the whole schedule
DECADES = 20.0  # times that the last rate is the first, from which on their axis is logarithmic


def grows(timeline: Timeline) -> bool:
    """Whether the learning rate is higher at each step than before, from a run's first step to its last."""
    if not timeline.plan.solver.uses_gradient:
        return False
    rates = ahead(timeline, LOOKED_AT).rates
    return len(rates) > 1 and rates[0] > 0 and bool(np.all(np.diff(rates) > 0))


def rate_range(tracks: list[Track]) -> tuple[float, float]:
    """The lowest and the highest rate of whole runs whose rate grows."""
    ends = [ahead(track.timeline, LOOKED_AT).rates[[0, -1]] for track in tracks]
    return float(min(low for low, _ in ends)), float(max(high for _, high in ends))


def _rates(track: Track, epochs: Array) -> Array:
    """The rates with which a run's steps up to places on the epoch axis were trained, (n,)."""
    timeline = track.timeline
    series, first = timeline.series.get("learning_rate"), float(ahead(timeline, 1).rates[0])
    if series is None:
        return np.full(len(epochs), first)
    steps = np.rint(epochs * timeline.steps_per_epoch).astype(np.int64).tolist()
    return np.array([first if (rate := series.at_step(step)) is None else rate for step in steps], dtype=np.float64)


def over_rates(curve: Curve, track: Track) -> Curve:
    """A curve over epochs as one over the rate of the same run."""
    passed = None if curve.passed is None else rate_at(track, curve.passed) * (1 + 1e-9)
    return replace(curve, x=_rates(track, curve.x), passed=passed)


def rate_at(track: Track, epoch: float) -> float:
    """The rate of a run at a place on the epoch axis."""
    return float(_rates(track, np.array([epoch]))[0])


def marks_over_rates(marks: tuple[Mark, ...], session: Session) -> tuple[Mark, ...]:
    """Marks of the focused run over epochs as such over its rate."""
    return tuple(replace(one, x=rate_at(session.focused, one.x)) for one in marks)
