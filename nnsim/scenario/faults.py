"""Faults that a scenario puts into its own task, one for each seed: what is broken, and what mends it.

    [[faults]]
    name = "rate-too-high"                    # as `nnsim diagnose` calls it
    set = { "train.batch_size" = 20 }
    draw = { "schedule.rate" = [2.0, 8.0] }   # a number between these, evenly on a log scale
    solution = { "schedule.rate" = 0.03 }

The seed of a run draws one of them, and its numbers. So students with seeds of their own have faults of their own,
and neither a name nor a number can be passed on.
"""

from collections.abc import Mapping, Sequence
from math import exp, log
from typing import Annotated, Any
from zlib import crc32

import msgspec
import numpy as np
from msgspec import Meta, Struct

from nnsim.components import build_struct, nearest
from nnsim.errors import ScenarioError
from nnsim.text import quote

MOST_FAULTS = 12
_STREAM = 4  # of the seed: those of a run are 0 to 2, that of the data 3
_DIGITS = 3  # of a number that is drawn: as many as a person reads at a glance

Bounds = Annotated[list[float], Meta(min_length=2, max_length=2)]


class FaultTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault: its name, the settings that make it, numbers drawn between two bounds, and what mends it."""

    name: Annotated[str, Meta(min_length=1, max_length=40)]
    solution: Annotated[dict[str, Any], Meta(min_length=1, max_length=4)]
    set: Annotated[dict[str, Any], Meta(max_length=16)] = {}
    draw: Annotated[dict[str, Bounds], Meta(max_length=8)] = {}


class Fault(Struct, frozen=True):
    """What is broken in a task.

    Args: name: as the diagnosis has it. settings: that make it. draw: the bounds of those that are drawn. solution:
    settings that mend it.
    """

    name: str
    settings: Mapping[str, Any]
    draw: Mapping[str, tuple[float, float]]
    solution: Mapping[str, Any]


class DrawnFault(Struct, frozen=True):
    """The fault of one seed: its name, all settings that make it, and those that mend it."""

    name: str
    settings: Mapping[str, Any]
    solution: Mapping[str, Any]


def read_faults(value: Sequence[Mapping[str, Any]], known: Sequence[str]) -> tuple[Fault, ...]:
    """The faults of a scenario.  Args: known: their names.  Raises: ScenarioError naming key and value."""
    found = []
    for index, one in enumerate(value):
        key = f"faults[{index}]"
        table = build_struct(FaultTable, one, key)
        if table.name not in known:
            near = nearest(table.name, list(known))
            raise ScenarioError(f"{key}.name: {quote(table.name)} is no fault{near} (allowed: {', '.join(known)})")
        if not table.set and not table.draw:
            raise ScenarioError(f"{key}.set: is missing (allowed: settings that make the fault, or draw)")
        for name, (low, high) in table.draw.items():
            if not 0.0 < low <= high < 1e12:
                raise ScenarioError(
                    f"{key}.draw.{name}: {quote([low, high])} is no range (allowed: low up to high, above 0)"
                )
        bounds = {name: (float(low), float(high)) for name, (low, high) in table.draw.items()}
        found.append(Fault(table.name, table.set, bounds, table.solution))
    return tuple(found)


def drawn_fault(faults: Sequence[Fault], seed: int) -> DrawnFault | None:
    """The fault that a seed draws, with its numbers; None where there are none."""
    if not faults:
        return None
    # Of which faults, too: else one seed would draw the same place in every list.
    rng = np.random.default_rng([seed, _STREAM, crc32(",".join(one.name for one in faults).encode())])
    chosen = faults[int(rng.integers(len(faults)))]
    numbers = {
        key: float(f"{exp(log(low) + (log(high) - log(low)) * rng.random()):.{_DIGITS}g}")
        for key, (low, high) in chosen.draw.items()
    }
    return DrawnFault(chosen.name, {**chosen.settings, **numbers}, chosen.solution)


def extremes(fault: Fault) -> list[dict[str, Any]]:
    """The settings of a fault with all its numbers at their lowest, and at their highest: to be checked."""
    return [{**fault.settings, **{key: bounds[at] for key, bounds in fault.draw.items()}} for at in (0, 1)]
