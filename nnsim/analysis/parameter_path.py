"""The way of a run through its parameters, at evenly many steps, worked out a few steps at a time."""

from collections.abc import Callable

import numpy as np

from nnsim.nn.arrays import Array
from nnsim.timeline import Timeline
from nnsim.timeline.replica import Replica
from nnsim.training.tape import TRACKED_PARAMETERS

SNAPSHOT_BYTES = 16_000_000  # parameters of past steps in one picture
MOST_WORK = 10_000_000_000  # multiplications to train again for one way, at most: about a second
LEAST_STEP = 100_000  # multiplications that take as long as a step of the smallest network


def recorded_parameters(timeline: Timeline, step: int) -> Array | None:
    """The parameters after a step, (parameters,), of a model so small that they are recorded; None of others."""
    size = timeline.plan.network.size
    if size > TRACKED_PARAMETERS or not 0 < step <= timeline.length:
        return None
    columns = [timeline.series.get(f"parameter:{index + 1}") for index in range(size)]
    values = [None if column is None else column.at_step(step) for column in columns]
    return None if any(value is None for value in values) else np.array(values, np.float64)


def even_steps(step: int, most: int) -> list[int]:
    """Steps before one, a power of two apart, and smaller powers of two; they stay as the run grows."""
    apart = 1
    while step // apart > most:
        apart *= 2
    doubled = {1 << power for power in range(apart.bit_length() - 1) if 1 << power < step}
    return sorted({*range(0, max(step, 1), apart), *doubled})


class Walk:
    """Parameters at some earlier steps of a run, recorded or trained again in slices by its own replica."""

    def __init__(
        self, timeline: Timeline, most: int = 160, wanted: Callable[[int], list[int]] | None = None
    ) -> None:
        """Args: most: about so many steps. wanted: which are wanted before a step, ascending; at most so many."""
        plan = timeline.plan
        self._timeline = timeline
        self._most = max(8, min(most, SNAPSHOT_BYTES // (8 * plan.network.size)))
        self._wanted = wanted
        self._cached: dict[int, Array] = {}
        self._replica: Replica | None = None
        self._reached = 0  # where the replica stands
        # However long a run is, so many steps of it are trained again and no more.
        self._left = MOST_WORK // max(LEAST_STEP, 3 * plan.network.size * plan.batches.size)

    def wanted(self, step: int) -> list[int]:
        return even_steps(step, self._most) if self._wanted is None else self._wanted(step)

    def steps(self, step: int) -> list[int]:
        wanted = self.wanted(step)
        if len(self._cached) > 4 * self._most:
            self._cached = {one: self._cached[one] for one in wanted if one in self._cached}
        return [one for one in wanted if one in self._cached or self._at_hand(one)]

    def at(self, steps: list[int]) -> Array:
        """The parameters after steps that `steps` gave, (n, parameters)."""
        return np.stack([self._cached[one] for one in steps])

    def complete(self, step: int) -> float:
        """How much of the way before a step is at hand, from 0 to 1; 1 too where the rest would take too long."""
        wanted = self.wanted(step)
        missing = self._missing(wanted, len(wanted))
        return 1.0 - len(missing) / len(wanted) if missing and self._affordable(missing[0]) else 1.0

    def advance(self, step: int, steps: int) -> int:
        """Trains at most so many steps again for the first missing ones.  Returns: how many it trained."""
        left = steps
        while left > 0:
            missing = self._missing(self.wanted(step), 1)
            if not missing or not self._affordable(missing[0]):
                break
            left -= self._train(missing[0], left)
        return steps - left

    # ------------------------------------------------------------------ in parts

    def _at_hand(self, step: int) -> bool:
        """Whether the parameters after a step can be had without training; then they are kept."""
        found = recorded_parameters(self._timeline, step)
        if found is None:
            checkpoints = self._timeline.checkpoints
            if checkpoints.step_before(step) != step:
                return False
            checkpoint = checkpoints.before(step)
            if checkpoint.step != step:  # the writer of the recording has thinned them out since it was read
                return False
            found = checkpoint.parameters.copy()
        for place, value in self._timeline.parameters_at(step).items():  # by hand, behind what was recorded
            found[place] = value
        self._cached[step] = found
        return True

    def _missing(self, wanted: list[int], most: int) -> list[int]:
        """The first so many of these steps that are not at hand."""
        found: list[int] = []
        for one in wanted:
            if len(found) < most and one not in self._cached and not self._at_hand(one):
                found.append(one)
        return found

    def _distance(self, step: int) -> int:
        """How many steps lie between one and where the replica goes on for it."""
        before = self._timeline.checkpoints.step_before(step)
        return step - (self._reached if before <= self._reached < step else before)

    def _affordable(self, step: int) -> bool:
        return self._distance(step) <= self._left

    def _train(self, step: int, most: int) -> int:
        """Train towards a step, and keep its parameters there.  Returns: how many steps that took, 1 at least."""
        replica = self._replica = self._replica or Replica(self._timeline)
        distance = self._distance(step)
        # The replica arrives through the phases of a step, at once; only a long way is gone in parts.
        trained = min(distance, most)
        there = step - distance + trained
        parameters = replica.at(there).parameters
        self._reached = there
        self._left -= trained
        if there == step:
            self._cached[step] = parameters.copy()
        return max(trained, 1)
