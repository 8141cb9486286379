"""What training remembers between steps beside the parameters, in one array: a checkpoint is a copy of it."""

from dataclasses import dataclass

import numpy as np

from nnsim.arrays import Array
from nnsim.optim.binding import Rules
from nnsim.optim.optimizers import Solver
from nnsim.optim.regularization import EarlyStopping
from nnsim.optim.schedules import Schedule


@dataclass(frozen=True)
class Memory:
    """The rows of the solver, then those of the schedule, then those of early stopping, and a view of each."""

    rows: Array  # (rows, parameters)
    solver: Array  # (slots, parameters)
    schedule: Array  # (numbers,): the first column of its rows
    stopping: Array  # (rows, parameters)

    @classmethod
    def start(
        cls,
        solver: Solver,
        rules: Rules,
        schedule: Schedule,
        stopping: EarlyStopping | None,
        parameters: Array,
        statistics: Array,
    ) -> "Memory":
        """The memory before the first step."""
        none = np.zeros((0, parameters.size), parameters.dtype)
        numbers = np.repeat(schedule.init()[:, None], parameters.size, axis=1)
        return cls._of(
            solver.init(rules.optimizer, parameters),
            numbers.astype(parameters.dtype),
            none if stopping is None else stopping.init(parameters, statistics),
        )

    @classmethod
    def _of(cls, solver: Array, schedule: Array, stopping: Array) -> "Memory":
        rows = np.concatenate([solver, schedule, stopping])
        first, second = len(solver), len(solver) + len(schedule)
        return cls(rows, rows[:first], rows[first:second, 0], rows[second:])

    def merged(self, fresh: "Memory", *, solver: bool, schedule: bool) -> "Memory":
        """A fresh memory, with those parts of this one that still mean the same; early stopping's always does."""
        first, second = len(fresh.solver), len(fresh.solver) + len(fresh.schedule)
        old_first, old_second = len(self.solver), len(self.solver) + len(self.schedule)
        return self._of(
            self.solver if solver and len(self.solver) == first else fresh.solver,
            self.rows[old_first:old_second] if schedule else fresh.rows[first:second],
            self.stopping,
        )
