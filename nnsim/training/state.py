"""The state of a run being trained: all that the next step depends on, as it is kept and put back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from nnsim.data.batches import Dealing
from nnsim.nn.arrays import Array, constant
from nnsim.nn.network import BoundNetwork
from nnsim.optim.binding import Arena
from nnsim.scenario.plan import Plan
from nnsim.training.inference import Inference
from nnsim.training.records import Checkpoint, Stop
from nnsim.training.tape import ROWS, Tape

AHEAD = 1024  # steps whose learning rates are computed at once


@dataclass(frozen=True)
class _Ahead:
    """Learning rates of the steps from one on."""

    first: int
    rates: Array  # (steps,)
    constant: bool


class TrainingState(Inference):
    """All that the next step depends on: parameters, the solver's memory, random state, place in the epoch."""

    def __init__(self, plan: Plan, tape_rows: int = ROWS) -> None:
        """Args: tape_rows: steps that are kept, at most, until their figures are computed."""
        split, weights, self._rng = plan.generators()
        super().__init__(plan, split, weights)
        initial = self.parameters
        working = initial if plan.solver.uses_gradient else initial.copy()
        self._memory = plan.memory(initial)
        self._tape_rows = tape_rows
        self._tape = Tape.of(plan, tape_rows)
        self._arena = Arena(
            parameters=initial,
            working=working,
            gradient=self._tape.vector("gradient", initial.size),
            clipped=self._tape.vector("clipped", initial.size),
            slots=self._memory.solver,
            rate=self._rate_room(),
            change=np.zeros_like(initial),
            penalty=np.zeros(1),
            averaged=self._memory.averaged,
        )
        self.step = 0
        self.stop: Stop | None = None
        self._dealing = Dealing(plan.batches, self._padded, self.targets)
        self._epoch_random: Mapping[str, Any] = self._random_state()
        self._ahead = _Ahead(0, np.zeros(0), True)

    def _rate_room(self) -> Array:
        """Where the rate of a step goes: a number, or one for each parameter where layers have their own."""
        factors = self.plan.rate_factors
        self._factors = None if factors is None else factors.astype(self.parameters.dtype)
        return constant(np.nan, self.parameters) if self._factors is None else np.full_like(self._factors, np.nan)

    def _set_rate(self, rate: float) -> None:
        if self._factors is None:
            self._arena.rate.fill(rate)
        else:
            np.multiply(self._factors, rate, self._arena.rate)

    @property
    def gradient(self) -> Array:
        """dC/dparameters of the step last trained or entered as far as backward, (parameters,)."""
        return self._arena.gradient

    @property
    def working(self) -> Array:
        """What the network is bound to, (parameters,): the parameters themselves, or the guess of a search."""
        return self._arena.working

    @property
    def used_gradient(self) -> Array:
        """The gradient that the optimizer used in the last update: clipped, where clipping is on."""
        return self._arena.clipped if self.plan.clipping.on else self._arena.gradient

    @property
    def slots(self) -> Array:
        return self._arena.slots

    @property
    def change(self) -> Array:
        """What the last update subtracted from the parameters, (parameters,)."""
        return self._arena.change

    @property
    def _draws_each_step(self) -> bool:
        return not self.plan.solver.uses_gradient or self.plan.network.draws

    @property
    def _draws(self) -> bool:
        return self._draws_each_step or not self.plan.batches.full

    def _random_state(self) -> Mapping[str, Any]:
        if not self._draws:
            return {}
        if isinstance(self._rng, np.random.Generator):
            return self._rng.bit_generator.state
        state: Mapping[str, Any] = self._rng.get_state(legacy=False)  # type: ignore[attr-defined]
        return state

    def _set_random_state(self, state: Mapping[str, Any]) -> None:
        if isinstance(self._rng, np.random.Generator):
            self._rng.bit_generator.state = state
        else:
            self._rng.set_state(state)  # type: ignore[attr-defined]

    def checkpoint(self) -> Checkpoint:
        now = self._random_state()
        within_epoch = self.step % self.plan.steps_per_epoch > 0 and not self.plan.batches.full
        random = self._epoch_random if within_epoch else now
        return Checkpoint(
            self.step,
            self.parameters.copy(),
            self._memory.rows.copy(),
            random,
            now if within_epoch and self._draws_each_step else {},
            self.statistics.copy(),
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back, or on, to a checkpoint of this plan."""
        np.copyto(self._arena.parameters, checkpoint.parameters)
        np.copyto(self._memory.rows, checkpoint.slots)
        if self.statistics.size:
            np.copyto(self.statistics, checkpoint.statistics)
        self.step = checkpoint.step
        self.stop = None
        self._dealing.forget()
        if checkpoint.random:
            self._set_random_state(checkpoint.random)
            if self.step % self.plan.steps_per_epoch and not self.plan.batches.full:
                self._shuffle()
        if checkpoint.random_now:
            self._set_random_state(checkpoint.random_now)

    def change_plan(self, plan: Plan) -> None:
        """Go on under another plan that differs in live settings alone; see `setting_keys.is_live`."""
        self._memory = self._memory.merged(
            plan.memory(self.parameters),
            solver=type(plan.optimizer) is type(self.plan.optimizer),
            schedule=type(plan.schedule) is type(self.plan.schedule),
        )
        self._tape = Tape.of(plan, self._tape_rows)
        gradient = self._tape.vector("gradient", self.parameters.size)
        np.copyto(gradient, self._arena.gradient)
        self._arena = replace(
            self._arena,
            gradient=gradient,
            clipped=self._tape.vector("clipped", self.parameters.size),
            slots=self._memory.solver,
            penalty=np.zeros(1),
            averaged=self._memory.averaged,
        )
        self.plan = plan
        self._arena = replace(self._arena, rate=self._rate_room())
        self.stop = None
        self._ahead = _Ahead(0, np.zeros(0), True)

    # ------------------------------------------------------------------ what comes next

    def _shuffle(self) -> None:
        self._epoch_random = self._random_state()
        self._dealing.shuffle(self._rng)

    def _deal(self, network: BoundNetwork, count: int) -> tuple[npt.NDArray[np.int64], Array]:
        """Training rows (count, batch) and targets (count, outputs, batch) of the epoch's next steps."""
        index = self.step % self.plan.steps_per_epoch
        if index == 0 or not self._dealing.shuffled:
            self._shuffle()
        return self._dealing.deal(index, count, network.targets.shape)

    def rates(self, first: int, count: int) -> Array:
        """Learning rates of `count` steps from step number first + 1 on."""
        plan, steps = self.plan, np.arange(first, first + count)
        return plan.schedule.over(steps, plan.steps_per_epoch, plan.train.epochs, self._memory.schedule)

    def _next_rates(self, count: int) -> tuple[Array, bool]:
        """Learning rates of the next steps, and whether they are all the same; computed for many steps at once."""
        if self.plan.schedule.memory:
            rates = self.rates(self.step, count)
            return rates, bool((rates == rates[0]).all())
        start = self.step - self._ahead.first
        if start < 0 or start + count > len(self._ahead.rates):
            rates = self.rates(self.step, min(max(count, AHEAD), self.plan.steps - self.step))
            self._ahead, start = _Ahead(self.step, rates, bool((rates == rates[0]).all())), 0
        rates = self._ahead.rates[start : start + count]
        return rates, self._ahead.constant or bool((rates == rates[0]).all())
