"""The steps of a single run in compiled code, in place of a trainer's bound operations; see `run_source`."""

import numpy as np
import numpy.typing as npt

from nnsim.nn.arrays import Array
from nnsim.optim.binding import Arena
from nnsim.scenario.plan import Plan
from nnsim.training.fast.kernel_files import compiled
from nnsim.training.fast.native_code import Kernel
from nnsim.training.fast.run_source import rooms, source_of
from nnsim.training.fast.support import check_kernel, optimizer_numbers, scales, slopes
from nnsim.training.tape import Tape


class CompiledSteps:
    """Trains the arrays of a trainer.  Raises: ScenarioError where the plan has what no kernel has."""

    def __init__(
        self, plan: Plan, arena: Arena, tape: Tape, inputs: Array, targets: Array, factors: Array | None
    ) -> None:
        """Args: inputs, targets: those that are trained on, (rows, ...). factors: of each parameter's rate, where
        layers have their own, (parameters,)."""
        check_kernel(plan)
        self._plan, self._tape, kind = plan, tape, arena.parameters.dtype
        none = np.zeros(1, kind)
        first, second = [*arena.slots, none, none][:2]
        rule = plan.regularization
        self._arrays = arena.parameters, first, second, inputs, targets
        self._numbers = np.array(optimizer_numbers(plan.optimizer), np.float64)
        self._settings = (
            none if factors is None else factors,
            np.array([rule.l1, rule.l2, rule.weight_decay], kind),
            rule.mask(plan.network),
        )
        self._work = np.zeros(sum(rooms(plan.network.size).values()), kind)
        self._kernels: dict[int, Kernel] = {}

    def train(
        self,
        first: int,
        rates: Array,
        order: npt.NDArray[np.int64] | None,
        shape: tuple[int, ...],
        offset: int,
    ) -> None:
        """Trains the steps after step `first`, and fills in the rows of the tape from one on.

        Args: rates: of each step, (steps,). order: the rows of each step, (steps, batch); None: all in their order.
        shape: of what is scored, (outputs, batch).
        """
        tape, plan, width = self._tape, self._plan, shape[1]
        if width not in self._kernels:
            self._kernels[width] = compiled(source_of(plan, tape, width=width))
        rows = tape.rows[offset : offset + len(rates)]
        self._kernels[width](
            *self._arrays, np.zeros((1, 1), np.int64) if order is None else order, self._numbers,
            rates.astype(rows.dtype), *self._settings, scales(plan, width), slopes(plan), first, rows, self._work,
        )  # fmt: skip
        tape.now[: rows.shape[1]] = rows[-1]
