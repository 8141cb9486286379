"""The state of a run being trained: all that the next step depends on, as it is kept and put back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from nnsim.data.batches import Dealing
from nnsim.nn.arrays import Array, constant
from nnsim.nn.network import BoundNetwork
from nnsim.optim.binding import Arena
from nnsim.scenario.plan import Plan
from nnsim.training.inference import Inference
from nnsim.training.records import Checkpoint
from nnsim.training.tape import ROWS, Tape

AHEAD = 1024  # steps whose learning rates are computed at once


class _Ahead(Struct, frozen=True):
    """Learning rates of the steps from one on."""

    first: int
    rates: Array  # (steps,)
    constant: bool


class TrainingState:
    """All that the next step depends on: parameters, the solver's memory, random state, place in the epoch."""

    def __init__(self, network: Inference, rng: Any, tape_rows: int = ROWS) -> None:
        """Args: network: whose parameters are trained, on its rows. rng: what training draws.

        tape_rows: steps that are kept, at most, until their figures are computed.
        """
        plan, initial = network.plan, network.parameters
        self.plan, self.rng = plan, rng
        self.parameters, self.statistics = initial, network.statistics  # the network's own
        self.memory = plan.memory(initial)
        self._tape_rows = tape_rows
        self.tape = Tape.of(plan, tape_rows)
        self.arena = Arena(
            parameters=initial,
            working=initial if plan.solver.uses_gradient else initial.copy(),
            gradient=self.tape.vector("gradient", initial.size),
            clipped=self.tape.vector("clipped", initial.size),
            slots=self.memory.solver,
            rate=self._rate_room(),
            change=np.zeros_like(initial),
            penalty=np.zeros(1),
            averaged=self.memory.averaged,
        )
        self.step = 0
        self.dealing = Dealing(plan.batches, network.padded, network.targets)
        self._epoch_random: Mapping[str, Any] = self._random_state()
        self._ahead = _Ahead(0, np.zeros(0), True)

    def _rate_room(self) -> Array:
        """Where the rate of a step goes: a number, or one for each parameter where layers have their own."""
        factors = self.plan.rate_factors
        self.rate_factors = None if factors is None else factors.astype(self.parameters.dtype)
        return (
            constant(np.nan, self.parameters)
            if self.rate_factors is None
            else np.full_like(self.rate_factors, np.nan)
        )

    def set_rate(self, rate: float) -> None:
        """Sets the rate of the next step."""
        if self.rate_factors is None:
            self.arena.rate.fill(rate)
        else:
            np.multiply(self.rate_factors, rate, self.arena.rate)

    @property
    def _draws_each_step(self) -> bool:
        return not self.plan.solver.uses_gradient or self.plan.network.draws

    @property
    def _draws(self) -> bool:
        return self._draws_each_step or not self.plan.batches.full

    def _random_state(self) -> Mapping[str, Any]:
        if not self._draws:
            return {}
        if isinstance(self.rng, np.random.Generator):
            return self.rng.bit_generator.state
        state: Mapping[str, Any] = self.rng.get_state(legacy=False)
        return state

    def _set_random_state(self, state: Mapping[str, Any]) -> None:
        if isinstance(self.rng, np.random.Generator):
            self.rng.bit_generator.state = state
        else:
            self.rng.set_state(state)

    def checkpoint(self) -> Checkpoint:
        now = self._random_state()
        within_epoch = self.step % self.plan.steps_per_epoch > 0 and not self.plan.batches.full
        random = self._epoch_random if within_epoch else now
        return Checkpoint(
            self.step,
            self.parameters.copy(),
            self.memory.rows.copy(),
            random,
            now if within_epoch and self._draws_each_step else {},
            self.statistics.copy(),
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back, or on, to a checkpoint of this plan."""
        np.copyto(self.arena.parameters, checkpoint.parameters)
        np.copyto(self.memory.rows, checkpoint.slots)
        if self.statistics.size:
            np.copyto(self.statistics, checkpoint.statistics)
        self.step = checkpoint.step
        self.dealing.forget()
        if checkpoint.random:
            self._set_random_state(checkpoint.random)
            if self.step % self.plan.steps_per_epoch and not self.plan.batches.full:
                self._shuffle()
        if checkpoint.random_now:
            self._set_random_state(checkpoint.random_now)

    def change_plan(self, plan: Plan) -> None:
        """Go on under another plan that differs in live settings alone; see `setting_keys.is_live`."""
        self.memory = self.memory.merged(
            plan.memory(self.parameters),
            solver=type(plan.optimizer) is type(self.plan.optimizer),
            schedule=type(plan.schedule) is type(self.plan.schedule),
        )
        self.tape = Tape.of(plan, self._tape_rows)
        gradient = self.tape.vector("gradient", self.parameters.size)
        np.copyto(gradient, self.arena.gradient)
        self.arena = replace(
            self.arena,
            gradient=gradient,
            clipped=self.tape.vector("clipped", self.parameters.size),
            slots=self.memory.solver,
            penalty=np.zeros(1),
            averaged=self.memory.averaged,
        )
        self.plan = plan
        self.arena = replace(self.arena, rate=self._rate_room())
        self._ahead = _Ahead(0, np.zeros(0), True)

    # ------------------------------------------------------------------ what comes next

    def _shuffle(self) -> None:
        self._epoch_random = self._random_state()
        self.dealing.shuffle(self.rng)

    def deal(self, network: BoundNetwork, count: int) -> tuple[npt.NDArray[np.int64], Array]:
        """Training rows (count, batch) and targets (count, outputs, batch) of the epoch's next steps."""
        index = self.step % self.plan.steps_per_epoch
        if index == 0 or not self.dealing.shuffled:
            self._shuffle()
        return self.dealing.deal(index, count, network.targets.shape)

    def rates(self, first: int, count: int) -> Array:
        """Learning rates of `count` steps from step number first + 1 on."""
        plan, steps = self.plan, np.arange(first, first + count)
        return plan.schedule.over(steps, plan.steps_per_epoch, plan.train.epochs, self.memory.schedule)

    def next_rates(self, count: int) -> tuple[Array, bool]:
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

    @property
    def certain_steps(self) -> int:
        """How many of the next steps have rates that no loss of theirs can change."""
        plan = self.plan
        left = plan.steps - self.step
        if not plan.schedule.memory:
            return left
        certain = max(1, plan.schedule.certain_for(self.memory.schedule))
        if plan.schedule.by == "epoch":
            certain = certain * plan.steps_per_epoch - self.step % plan.steps_per_epoch
        return min(left, certain)

    def observe(self, first: int, losses: Array, validated: list[float]) -> None:
        """Gives a schedule that depends on losses those of the steps after step `first`, one by one."""
        schedule, per_epoch = self.plan.schedule, self.plan.steps_per_epoch
        if not schedule.memory:
            return
        ended = iter(validated)
        for step, loss in enumerate(losses.tolist(), start=first + 1):
            last = step % per_epoch == 0
            validation = next(ended, None) if last else None
            done = step - 1 if schedule.by == "step" else (step - 1) // per_epoch
            if done >= schedule.warmup:
                schedule.see(self.memory.schedule, loss, per_epoch if last else 0, validation)
