"""What a solver works on: the flat arrays, its memory, the network bound to them, and the rules of the update."""

from dataclasses import dataclass

import numpy as np
from msgspec import Struct

from nnsim.nn.arrays import Array, Ops
from nnsim.nn.network import BoundNetwork, Network
from nnsim.optim.averaging import Averaging, NoAveraging
from nnsim.optim.clipping import Clipping
from nnsim.optim.regularization import EarlyStopping, Regularization
from nnsim.optim.schedule_base import Schedule
from nnsim.optim.sgd import Optimizer


@dataclass(frozen=True)
class Arena:
    """The flat arrays that a run works on, each (parameters,) but slots, rate and penalty."""

    parameters: Array  # the answer so far
    working: Array  # what the network is bound to: the parameters themselves, or a guess
    gradient: Array  # of the loss and its penalty
    clipped: Array  # what the optimizer sees of it, where it is clipped
    slots: Array  # (slots, parameters): what the solver remembers between steps
    rate: Array  # (): the learning rate
    change: Array  # what the last update subtracted
    penalty: Array  # (1,): what regularization adds to the loss
    averaged: Array  # (2 or no rows, parameters): an average of the parameters, and its counts


class Phases(Struct, frozen=True):
    """The operations of one step, in four groups."""

    forward: Ops
    loss: Ops
    backward: Ops
    update: Ops
    unit_update: Ops | None = None  # the same with a rate of exactly 1, but for `Arena.change`; None: no shorter

    def __getitem__(self, index: int) -> Ops:
        return (self.forward, self.loss, self.backward, self.update)[index]

    @property
    def step(self) -> Ops:
        return (*self.forward, *self.loss, *self.backward, *self.update)

    @property
    def unit_step(self) -> Ops:
        """A step with a rate of exactly 1, which may leave untold what it subtracts."""
        if self.unit_update is None:
            return self.step
        return (*self.forward, *self.loss, *self.backward, *self.unit_update)


class Rules(Struct, frozen=True):
    """How a gradient becomes an update, and an average of what it updates."""

    optimizer: Optimizer
    clipping: Clipping
    regularization: Regularization
    averaging: Averaging = NoAveraging()  # a frozen part
    steps_per_epoch: int = 1


class Task(Struct, frozen=True):
    """A network bound to an arena for one batch width, and the rules by which it is trained."""

    model: Network
    network: BoundNetwork  # bound to arena.working and arena.gradient
    rules: Rules


class Memory(Struct, frozen=True):
    """The rows of the solver, of the schedule, of early stopping, of averaging and of measures; a view of each."""

    rows: Array  # (rows, parameters)
    solver: Array  # (slots, parameters)
    schedule: Array  # (numbers,): the first column of its rows
    stopping: Array  # (rows, parameters)
    averaged: Array  # (2 or no rows, parameters)
    measured: Array  # (1 or no rows, parameters): the direction in which the loss bends most

    @classmethod
    def start(
        cls,
        solver: Array,
        averaging: Averaging,
        schedule: Schedule,
        stopping: EarlyStopping | None,
        parameters: Array,
        statistics: Array,
        measures: int = 0,
    ) -> "Memory":
        """The memory before the first step.  Args: solver: what the solver remembers then, (slots, parameters)."""
        none = np.zeros((0, parameters.size), parameters.dtype)
        numbers = np.repeat(schedule.init()[:, None], parameters.size, axis=1)
        return cls._of(
            solver,
            numbers.astype(parameters.dtype),
            none if stopping is None else stopping.init(parameters, statistics),
            averaging.init(parameters),
            np.zeros((measures, parameters.size), parameters.dtype),
        )

    @classmethod
    def _of(cls, *parts: Array) -> "Memory":
        rows = np.concatenate(parts)
        ends = np.cumsum([len(one) for one in parts])
        solver, schedule, stopping, averaged, measured = np.split(rows, ends[:-1])
        return cls(rows, solver, schedule[:, 0], stopping, averaged, measured)

    def merged(self, fresh: "Memory", *, solver: bool, schedule: bool) -> "Memory":
        """A fresh memory, with those parts of this one that still mean the same; early stopping's always does."""
        first, second = len(fresh.solver), len(fresh.solver) + len(fresh.schedule)
        old_first, old_second = len(self.solver), len(self.solver) + len(self.schedule)
        return self._of(
            self.solver if solver and len(self.solver) == first else fresh.solver,
            self.rows[old_first:old_second] if schedule else fresh.rows[first:second],
            self.stopping,
            self.averaged,
            self.measured,
        )
