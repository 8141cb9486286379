"""Two solvers with the same budget: the best loss that each has found, and how far they are apart."""

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnsim.nn.arrays import Array
from nnsim.timeline import Timeline


@dataclass(frozen=True)
class BestSoFar:
    """The lowest loss found, against what it cost, both (columns,)."""

    forward_passes: Array  # cost at the end of each column
    best: Array  # lowest finite loss from the start up to there, NaN while there is none


@dataclass(frozen=True)
class GapRow:
    """One value of the sweep, and what each variant has reached with the same budget."""

    value: Any
    parameters: int
    best: Mapping[str, float | None]  # by variant; None where a run has no step within the budget
    ratio: Mapping[str, float | None]  # of the variant's best loss to that of the first variant


def best_so_far(timeline: Timeline, start: int, stop: int, columns: int) -> BestSoFar:
    """The lowest loss up to the end of each of `columns` stretches of the steps `start` + 1 to `stop`.

    best_j = min(loss_1 .. loss_k),  k the last step of column j
    """
    series = timeline.series.get("loss")
    if series is None:
        return BestSoFar(np.empty(0), np.empty(0))
    envelope = series.envelope(start, stop, columns)
    before = series.envelope(0, start, 1).low
    lows = np.fmin.accumulate(np.concatenate((before, envelope.low)))[len(before) :]
    cost = [timeline.forward_passes(int(last) + 1) for last in envelope.last]
    return BestSoFar(np.asarray(cost, dtype=np.float64), lows)


def best_at(timeline: Timeline, step: int) -> float | None:
    """The lowest finite loss of the first `step` steps, or None where there is none."""
    series = timeline.series.get("loss")
    low = series.envelope(0, step, 1).low if series is not None else np.empty(0)
    return float(low[0]) if len(low) and np.isfinite(low[0]) else None


def steps_within(timeline: Timeline, forward_passes: int) -> int:
    return bisect.bisect_right(range(1, timeline.length + 1), forward_passes, key=timeline.forward_passes)


def gap_table(timelines: Sequence[Timeline], forward_passes: int) -> list[GapRow]:
    """The best losses within one budget of forward passes, a row for each value of the sweep, in its order."""
    if not timelines:
        return []
    scenario = timelines[0].scenario
    values = scenario.sweep.values if scenario.sweep else [None]
    names = [variant.name for variant in scenario.variants]
    rows = []
    for value in values:
        of = {
            one.variant: one
            for one in timelines
            if scenario.sweep is None or one.settings.get(scenario.sweep.key) == value
        }
        if not of:
            continue
        best = {
            name: best_at(of[name], steps_within(of[name], forward_passes)) if name in of else None
            for name in names
        }
        parameters = next(iter(of.values())).plan.network.size
        rows.append(GapRow(value, parameters, best, {name: _ratio(best[name], best[names[0]]) for name in names}))
    return rows


def _ratio(value: float | None, reference: float | None) -> float | None:
    return value / reference if value is not None and reference else None
