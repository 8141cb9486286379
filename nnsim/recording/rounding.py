"""How far a rounding is amplified by a stretch of training: what other bits may honestly come to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from nnsim.nn.arrays import Array
from nnsim.timeline import Timeline
from nnsim.timeline.replica import give_commands
from nnsim.training.records import Checkpoint, Records
from nnsim.training.trainer import Trainer

LARGEST = 1e-3  # a stretch that amplifies roundings beyond this proves nothing
TRIALS = 16  # starts that are tried before a difference counts: most may be lucky, where a unit is about to turn on
FAR, UNITS = 8, 8  # from this trial on a start is so many units away: a sum of large terms rounds by several
SAFETY = 32.0  # roundings of a step, each of which may be larger than that of a start
DISCRETE = ("accuracy", "validation_accuracy")  # figures that jump where an answer comes to the other side


def difference(one: Array, other: Array) -> Array:
    """Differences relative to the larger number, absolute below 1; infinity where one alone is not finite."""
    one, other = one.astype(np.float64, copy=False), other.astype(np.float64, copy=False)
    with np.errstate(all="ignore"):
        found = np.abs(one - other) / np.maximum(1.0, np.maximum(np.abs(one), np.abs(other)))
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    return np.where(same, 0.0, np.where(np.isfinite(found), found, np.inf))


def train(timeline: Timeline, trainer: Trainer, end: int) -> Iterator[Records]:
    """Train up to a step, with the commands that the timeline has on the way; fewer steps where the run ends."""
    given = sorted({one.step for one in timeline.commands if trainer.step <= one.step < end})
    for place in [*given, end]:
        while trainer.step < place:
            if trainer.step >= trainer.plan.steps:
                return
            yield trainer.advance(place - trainer.step)
        if place < end:
            give_commands(timeline, place, trainer)


@dataclass(frozen=True)
class Stretch:
    """What steps between two places came to: the columns of their figures, and the state at the end.

    Args: columns: by name of the figure, with its stride and the sample at which the column begins.
    """

    columns: Mapping[str, tuple[int, int, Array]]
    last: Checkpoint

    @classmethod
    def of(cls, records: list[Records], per_epoch: int, last: Checkpoint) -> "Stretch":
        """That of consecutive records."""
        found: dict[str, tuple[int, int, list[Array]]] = {}
        for one in records:
            for columns, stride in ((one.steps, 1), (one.epochs, per_epoch)):
                for name, column in columns.items():
                    sample = -(-one.first // stride) - 1
                    known = found.setdefault(name, (stride, sample, []))
                    missing = sample - known[1] - sum(map(len, known[2]))
                    known[2].extend([np.full(missing, np.nan)] if missing > 0 else [])
                    known[2].append(column)
        whole = {name: (stride, first, np.concatenate(parts)) for name, (stride, first, parts) in found.items()}
        return cls(whole, last)


@dataclass(frozen=True)
class Tolerance:
    """What a stretch may honestly differ by: at each of its steps, (steps,), and in the state at its end."""

    first: int  # the first of these steps
    steps: Array

    @property
    def end(self) -> float:
        """At the last step."""
        return float(self.steps[-1]) if len(self.steps) else 0.0

    def at(self, stride: int, sample: int, count: int) -> Array:
        """For so many samples of a figure, (count,)."""
        steps = (np.arange(sample, sample + count) + 1) * stride - self.first
        return self.steps[np.clip(steps, 0, len(self.steps) - 1)]


class Amplification:
    """Measures tolerances of a run: its stretches are trained once more from a start one unit away."""

    def __init__(self, timeline: Timeline, *, fast: bool = False) -> None:
        """Args: fast: whether compiled code trains."""
        self._timeline, self._fast = timeline, fast
        self._trainer: Trainer | None = None

    def at(self, checkpoint: Checkpoint) -> Trainer:
        """A trainer that stands at a checkpoint, with the commands given there."""
        plan = self._timeline.plan_at(checkpoint.step - 1)
        trainer = self._trainer = self._trainer or Trainer(plan, fast=self._fast)
        if trainer.plan is not plan:
            trainer.change_plan(plan)
        trainer.restore(checkpoint)
        give_commands(self._timeline, checkpoint.step, trainer)
        return trainer

    def measured(self, start: Checkpoint, own: Stretch, end: int, trial: int) -> Tolerance:
        """The tolerance of a stretch that leads from a checkpoint to what it came to."""
        trainer = self.at(nudged(start, trial))
        records = list(train(self._timeline, trainer, end))
        other = Stretch.of(records, self._timeline.steps_per_epoch, trainer.checkpoint())
        count = max(end - start.step, 1)
        found = np.zeros(count)
        for name, (stride, sample, column) in own.columns.items():
            if name in DISCRETE or name not in other.columns:
                continue
            theirs = other.columns[name][2][: len(column)]
            places = (np.arange(sample, sample + len(theirs)) + 1) * stride - start.step - 1
            np.maximum.at(found, np.clip(places, 0, count - 1), difference(theirs, column[: len(theirs)]))
        if other.last.step == own.last.step:
            found[-1] = max(found[-1], state_difference(own.last, other.last))
        else:
            found[other.last.step - start.step - 1 :] = np.inf
        unit = float(np.finfo(start.parameters.dtype).eps)
        amplified = np.maximum(np.maximum.accumulate(found), unit)
        return Tolerance(start.step + 1, SAFETY * (1.0 + np.sqrt(np.arange(1, count + 1))) * amplified)


def state_difference(one: Checkpoint, other: Checkpoint) -> float:
    """The largest difference between the numbers of two checkpoints; infinity where they are of different plans."""
    largest = 0.0
    for part in ("parameters", "slots", "statistics"):
        mine, its = getattr(one, part).ravel(), getattr(other, part).ravel()
        if mine.shape != its.shape:
            return np.inf
        if len(mine):
            largest = max(largest, float(difference(mine, its).max()))
    return largest


def nudged(checkpoint: Checkpoint, trial: int) -> Checkpoint:
    """A checkpoint whose parameters are each the next number above or below."""
    return replace(checkpoint, parameters=nudged_parameters(checkpoint.parameters, trial))


def nudged_parameters(parameters: Array, trial: int) -> Array:
    """Each the next number above or below, (parameters,); of many networks, (parameters, members), each alike.
    From trial FAR on it is a number UNITS away.

    A parameter of 0 stays, unless all are: units that are off, for their biases are 0, would be turned on by it.
    """
    up = np.random.default_rng(trial).random(len(parameters)) < 0.5
    up = up.reshape(-1, *(1,) * (parameters.ndim - 1))
    direction = np.where(up, np.inf, -np.inf).astype(parameters.dtype)
    moved = np.nextafter(parameters, direction)
    if trial >= FAR:
        moved = parameters + UNITS * (moved - parameters)
    unit = np.finfo(parameters.dtype).eps  # the number next to 0 is too small to tell anything
    zero = parameters == 0.0
    at_zero = np.where(zero.all(axis=0), np.where(up, unit, -unit), 0.0)
    return np.where(zero, at_zero, moved).astype(parameters.dtype)


def rests_on_rounding(one: Array, other: Array, steps: Array, unit: float) -> Array:
    """Whether ends that one rounding has parted tell nothing: what may differ honestly is more than LARGEST.

    Args: one, other: a figure of the same runs from a start and from one a unit away, (runs,). steps: trained.
    """
    amplified = np.maximum(difference(one, other), unit)
    return np.asarray(SAFETY * (1.0 + np.sqrt(steps)) * amplified > LARGEST)


def unsure_answers(trainer: Trainer, scored: Array, targets: Array, unsure: float) -> float:
    """Which share of answers may count as right or wrong, where what is scored may be off by so much.

    Args: scored, targets: (outputs, rows).
    """
    moved = unsure * np.maximum(1.0, np.abs(scored))
    ways = [scored + moved, scored - moved]
    for output in range(len(scored) if len(scored) > 1 else 0):
        way = scored - moved
        way[output] += 2.0 * moved[output]
        ways.append(way)
    found = np.array([trainer.plan.right(one, targets) for one in ways])
    return float(np.mean(found.any(axis=0) & ~found.all(axis=0)))
