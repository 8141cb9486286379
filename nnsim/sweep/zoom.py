"""Zooming: the part of a sweep under the cursor as a sweep of its own, finer."""

import math
from dataclasses import replace
from typing import Any

from nnsim.errors import NnsimError
from nnsim.scenario.sweep_axes import SEED, SweepAxis, spread_axis
from nnsim.sweep.grid import Grid
from nnsim.sweep.map_view import SweepMap
from nnsim.sweep.study import Study

FACTOR = 5.0  # how many times finer the settings lie
LEAST_VALUES = 32  # of a zoomed axis


def zoomed(shown: SweepMap, factor: float = FACTOR, counts: tuple[int, int] | None = None) -> Study:
    """The study of the cells around the cursor, with as many values on each axis as before, or as given.

    Settings that are not drawn keep the value that is picked.  Raises: NnsimError where an axis is no range of
    numbers that can be finer.
    """
    study, settings = shown.study, dict[str, Any](shown.study.settings)
    axes: list[SweepAxis] = []
    for index, axis in enumerate(shown.axes):
        if index in (shown.across, shown.up):
            count = counts[0 if index == shown.across else 1] if counts else max(len(axis), LEAST_VALUES)
            axes.append(_finer(axis, shown.picks[index], factor, count))
        elif axis.key == SEED:
            axes.append(axis)
        else:
            settings[axis.key] = axis.values[shown.picks[index]]
    return replace(study, settings=settings, grid=Grid(tuple(axes), study.grid.seeds), task_size=0)


def _finer(axis: SweepAxis, place: int, factor: float, count: int) -> SweepAxis:
    if not axis.numeric or len(axis) < 2:
        raise NnsimError(f"{axis.key}: is no range of numbers that could be finer (allowed: log and linear ranges)")
    log = axis.scale == "log"
    values = [math.log(one) if log else float(one) for one in axis.values]
    low, high = min(values), max(values)
    half = (high - low) / factor / 2
    middle = min(max(values[place], low + half), high - half)
    ends = [middle - half, middle + half]
    first, last = (math.exp(one) if log else one for one in ends)
    return spread_axis(axis.key, first, last, "log" if log else "linear", count)
