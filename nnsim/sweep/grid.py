"""The grid of a sweep: every combination of the axes' values, numbered, and cut into tasks from coarse to fine."""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from nnsim.errors import ScenarioError
from nnsim.scenario.sweep_axes import SEED, SweepAxis

MAX_MEMBERS = 4_194_304
MAX_AXES = 8
LARGEST_SEED = 2**32 - 1
COARSE = (16, 4)  # each so many values are trained first: a picture of the whole stands soon
COARSE_FROM = 4096  # members: a smaller grid is trained in its order

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """Members are numbered in the order of the axes, the last one fastest, and the seeds fastest of all."""

    axes: tuple[SweepAxis, ...]
    seeds: tuple[int, ...] | None = None  # of --seeds; None where the settings alone say the seed

    def __post_init__(self) -> None:
        keys = [one.key for one in self.axes]
        for key in keys:
            if keys.count(key) > 1:
                raise ScenarioError(f"--over {key}: is given {keys.count(key)} times (allowed: once)")
        if len(keys) > MAX_AXES:
            raise ScenarioError(f"--over: {len(keys)} settings are too many (allowed: {MAX_AXES})")
        if self.seeds is not None and SEED in keys:
            raise ScenarioError(f"--seeds: does not go with --over {SEED} (allowed: one of the two)")
        if len(self) > MAX_MEMBERS:
            raise ScenarioError(f"--over: {len(self):,} runs are too many (allowed: {MAX_MEMBERS:,})")

    def __len__(self) -> int:
        return prod(self.shape)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """How many values each axis has, and behind them the number of seeds."""
        return (*map(len, self.axes), len(self.seeds) if self.seeds is not None else 1)

    def indices(self, numbers: Numbers) -> Numbers:
        """The place on each axis, and among the seeds, (axes + 1, members)."""
        return np.array(np.unravel_index(numbers, self.shape), np.int64)

    def settings(self, number: int) -> dict[str, Any]:
        """What a member sets on the axes."""
        places = np.unravel_index(number, self.shape)
        return {one.key: one.values[int(place)] for one, place in zip(self.axes, places, strict=False)}

    def seed(self, number: int) -> int | None:
        """The seed of a member, where --seeds says it."""
        return None if self.seeds is None else self.seeds[number % len(self.seeds)]

    def whole_settings(self, number: int) -> dict[str, Any]:
        """What makes a member the run that it is, beside what all have in common."""
        seed = self.seed(number)
        return self.settings(number) if seed is None else {**self.settings(number), SEED: seed}

    @cached_property
    def combinations(self) -> int:
        """Different settings, the seeds left aside."""
        return prod(len(one) for one in self.axes if one.key != SEED)

    def combination_of(self, numbers: Numbers) -> Numbers:
        """The number of each member's combination of settings; members that differ in the seed share it."""
        places = self.indices(numbers)
        found = np.zeros(len(numbers), np.int64)
        for place, axis in zip(places, self.axes, strict=False):
            if axis.key != SEED:
                found = found * len(axis) + place
        return found

    def parts(self, size: int) -> list[Numbers]:
        """All members, at most so many at a time: those of a coarse grid first where there are many."""
        numbers = np.arange(len(self), dtype=np.int64)
        if len(self) < COARSE_FROM:
            levels = [numbers]
        else:
            places, left, levels = self.indices(numbers)[:-1], np.ones(len(numbers), bool), []
            for stride in COARSE:
                chosen = left & np.all(places % stride == 0, axis=0)
                levels.append(numbers[chosen])
                left &= ~chosen
            levels.append(numbers[left])
        return [part[at : at + size] for part in levels for at in range(0, len(part), size)]

    def part_count(self, size: int) -> int:
        """How many parts `parts` makes, without making them."""
        levels, before = [len(self)], 0
        if len(self) >= COARSE_FROM:
            coarse = [
                prod(-(-length // stride) for length in self.shape[:-1]) * self.shape[-1] for stride in COARSE
            ]
            levels = [*coarse, len(self)]
        found = 0
        for level in levels:
            found += -(-(level - before) // size)
            before = level
        return found


def seeds_from(first: int, count: int) -> tuple[int, ...]:
    """So many seeds, counted up.  Raises: ScenarioError."""
    if not 1 <= count <= MAX_MEMBERS or first + count - 1 > LARGEST_SEED:
        raise ScenarioError(
            f"--seeds {count:,}: is not allowed (allowed: 1 to {MAX_MEMBERS:,}, up to {LARGEST_SEED})"
        )
    return tuple(range(first, first + count))
