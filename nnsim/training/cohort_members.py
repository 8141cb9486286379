"""Members: runs that differ in numbers alone, with what each brings into its population."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from nnsim.nn.arrays import Array
from nnsim.nn.initializers import RandomSource
from nnsim.optim.binding import Rules
from nnsim.optim.schedule_base import Schedule
from nnsim.optim.schedules import Constant
from nnsim.scenario.plan import Plan
from nnsim.training.inference import Inference
from nnsim.training.outcome import HALVING, EndReason
from nnsim.training.population import shared_rows
from nnsim.training.update_rules import taken

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Portion:
    """Rows as a network takes them: inputs beside a one, (rows, inputs + 1), and targets, (rows, outputs)."""

    inputs: Array
    targets: Array


@dataclass(frozen=True)
class Rows:
    """What members with the same rows train on and are judged by, and the generator that shuffles it."""

    training: Portion
    validation: Portion | None = None
    test: Portion | None = None
    rng: RandomSource | None = None

    @classmethod
    def whole(cls, plan: Plan) -> "Rows":
        """All rows of a plan in their order, where every seed has the same."""
        inputs, targets = shared_rows(plan)
        return cls(Portion(inputs, targets[:, :, 0]))

    @classmethod
    def dealt(cls, plan: Plan) -> tuple["Rows", Array]:
        """Those of the plan's own seed, and the parameters that this begins with, (parameters,)."""
        split, weights, training = plan.generators()
        dealt = Inference(plan, split, weights)

        def part(features: Array, targets: Array) -> Portion:
            padded = np.ones((len(features), features.shape[1] + 1), features.dtype)
            padded[:, :-1] = features
            return Portion(padded, targets)

        parts = [part(*one) if one is not None else None for one in (dealt.validation, dealt.test)]
        return cls(part(dealt.inputs, dealt.targets), parts[0], parts[1], training), dealt.parameters


@dataclass(frozen=True)
class Members:
    """Runs of plans that differ in numbers alone.

    Args: plan: of the first. rules: with arrays for what differs, (members,). starts: (parameters, members).
    schedules, rows: the different ones; schedule_of, rows_of: which one each member has, (members,). targets: the
    loss at which each ends, (members,), or None.
    """

    plan: Plan
    rules: Rules
    starts: Array
    schedules: Sequence[Schedule]
    schedule_of: Indices
    rows: Sequence[Rows]
    rows_of: Indices
    targets: Array | None = None
    factors: Array | None = None  # of each parameter's rate, (parameters, members), where layers have their own
    epochs: int | None = None  # after which all are stopped, short of their plan's

    @property
    def steps(self) -> int:
        """The most that each is trained."""
        return self.plan.steps if self.epochs is None else self.epochs * self.plan.steps_per_epoch

    @property
    def last_reason(self) -> EndReason:
        """Why those end that come to the last step."""
        return "epochs" if self.epochs is None else HALVING

    def __len__(self) -> int:
        return int(self.starts.shape[1])

    def part(self, chosen: Any) -> "Members":
        """Some of them, with the rows that these have."""
        used, rows_of = np.unique(self.rows_of[chosen], return_inverse=True)
        return replace(
            self,
            rules=rules_of(self.rules, chosen),
            starts=self.starts[:, chosen],
            schedule_of=self.schedule_of[chosen],
            rows=[self.rows[index] for index in used],
            rows_of=rows_of,
            targets=None if self.targets is None else self.targets[chosen],
            factors=None if self.factors is None else np.ascontiguousarray(self.factors[:, chosen]),
        )

    @cached_property
    def constant_rates(self) -> Array | None:
        """The rate of each member, (members,), where none changes."""
        if any(type(one) is not Constant or one.warmup for one in self.schedules):
            return None
        return np.array([one.rate for one in self.schedules])[self.schedule_of]

    def rates(self, first: int, count: int) -> Array:
        """Learning rates of the steps after step `first`, (count, members)."""
        if self.constant_rates is not None:
            return np.broadcast_to(self.constant_rates, (count, len(self)))
        plan, steps = self.plan, np.arange(first, first + count)
        each = [one.over(steps, plan.steps_per_epoch, plan.train.epochs) for one in self.schedules]
        return np.stack(each, axis=-1)[:, self.schedule_of]


def rules_of(rules: Rules, chosen: Any) -> Rules:
    """The rules of some members."""
    return Rules(*(taken(one, chosen) for one in (rules.optimizer, rules.clipping, rules.regularization)))  # type: ignore[arg-type]
