"""A population: many seeds of one scenario trained at once, as one run whose arrays have the seeds last.

The figures are those of single runs but for rounding, because sums are taken in another order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnsim.errors import ScenarioError
from nnsim.nn.arrays import Array
from nnsim.nn.initializers import Initializer
from nnsim.nn.network import Dense
from nnsim.optim.gradient_descent import GradientDescent
from nnsim.scenario.plan import Plan
from nnsim.scenario.scenario import Scenario
from nnsim.training.block import Pass, PopulationBlock

BLOCK_BYTES = 520_000  # of one layer's activations: with the others they stay near the processor


@dataclass(frozen=True)
class PopulationRecords:
    """The figures of consecutive steps: by name, as in the records of a run, (steps, seeds)."""

    first: int  # number of the first step, counted from 1
    columns: Mapping[str, Array]


class Population:
    """Trains runs of one variant with these seeds.  Raises: ScenarioError where that is not possible at once."""

    def __init__(
        self,
        scenario: Scenario,
        variant: str | None = None,
        settings: Mapping[str, Any] | None = None,
        *,
        seeds: Sequence[int],
    ) -> None:
        if not len(seeds):
            raise ScenarioError("seeds: none are given (allowed: at least one)")
        if scenario.faults:
            raise ScenarioError("faults: each seed has its own: such runs cannot be trained many seeds at once")
        plan = scenario.plan(variant, {**(settings or {}), "random.seed": int(seeds[0])})
        _check(plan, scenario.files.differ(plan.data, plan.seed))
        self.plan = plan
        self.seeds = tuple(int(seed) for seed in seeds)
        self.step = 0
        precision = np.dtype(plan.train.precision)
        starts = starts_of(plan, [plan.initializer] * len(self.seeds), self.seeds)
        size = block_size(plan, len(self.seeds))
        inputs, targets = shared_rows(plan)
        self._passes = []
        for at in range(0, len(self.seeds), size):
            parameters = np.ascontiguousarray(starts[:, at : at + size], precision)
            block = PopulationBlock(plan, plan.rules, parameters, own=False)
            self._passes.append((block, Pass(block, inputs, targets)))

    @property
    def parameters(self) -> Array:
        """A copy of the parameters of all runs, (parameters, seeds)."""
        return np.concatenate([block.parameters for block, _ in self._passes], axis=-1)

    def advance(self, steps: int) -> PopulationRecords:
        """Train so many steps more, fewer where the runs end; a run whose loss is no longer finite goes on so."""
        plan = self.plan
        count = max(0, min(steps, plan.steps - self.step))
        rates = plan.schedule.over(np.arange(self.step, self.step + count), 1, plan.train.epochs)
        names = figure_names(plan)
        # One array for all figures: it is large enough for the memory to be had in large pages, and used again.
        columns = dict(zip(names, np.empty((len(names), count, len(self.seeds))), strict=True))
        first = 0
        with np.errstate(all="ignore"):
            for block, one in self._passes:
                end = first + block.members
                for at in range(0, count, one.rows):
                    part = slice(at, at + one.rows)
                    one.run(rates[part], {name: column[part, first:end] for name, column in columns.items()})
                first = end
        self.step += count
        return PopulationRecords(self.step - count + 1, columns)

    def evaluate(self) -> tuple[Array, Array | None]:
        """Loss and accuracy of the networks as they stand, (seeds,); None where answers are not right or wrong."""
        with np.errstate(all="ignore"):
            figures = [one.evaluate() for _, one in self._passes]
        loss = np.concatenate([one["loss"] for one in figures])
        if not self.plan.accuracy_applies:
            return loss, None
        return loss, np.concatenate([one["accuracy"] for one in figures])


def figure_names(plan: Plan) -> list[str]:
    """The figures of a step that a block writes."""
    names = ["loss", *(["accuracy"] if plan.accuracy_applies else [])]
    return names + [f"gradient:{layer.name}" for layer in plan.network.layers]


def block_size(plan: Plan, members: int) -> int:
    """How many members a block holds at most."""
    widest = max(layer.units for layer in plan.network.layers) * plan.batches.size
    return max(1, min(members, BLOCK_BYTES // (widest * np.dtype(plan.train.precision).itemsize) or 1))


def shared_rows(plan: Plan) -> tuple[Array, Array]:
    """Inputs beside ones, (rows, inputs + 1), and targets, (rows, outputs, 1), of all rows of a plan."""
    precision = np.dtype(plan.train.precision)
    inputs = plan.data.expand(plan.examples.inputs)
    if (scaling := plan.data.scaling(inputs, np.arange(len(inputs)))) is not None:
        inputs = scaling(inputs)
    padded = np.ones((len(inputs), inputs.shape[1] + 1), precision)
    padded[:, :-1] = inputs
    return padded, plan.examples.targets[:, :, None].astype(precision)


def starts_of(plan: Plan, rules: Sequence[Initializer], seeds: Sequence[int]) -> Array:
    """The parameters that networks begin with, (parameters, seeds), each by a rule and seed of its own."""
    found = np.empty((plan.network.size, len(seeds)))
    # A new generator of the old kind is first filled from the system's entropy, which takes as long as to draw the
    # weights of twenty networks; one that is there already is only given the next seed.
    legacy = np.random.RandomState(0) if plan.random.generator == "legacy" else None
    for place, (rule, seed) in enumerate(zip(rules, seeds, strict=True)):
        if legacy is not None:
            legacy.seed(seed)
        rng = np.random.default_rng([seed, 1]) if legacy is None else legacy
        found[:, place] = plan.network.initial(rule, rng=rng)
    return found


def _check(plan: Plan, rows_differ: bool) -> None:
    refused = {
        "model.layers: hold more than dense layers": not all(isinstance(one, Dense) for one in plan.network.stack),
        "train.batch_size: is less than all rows": not plan.batches.full,
        "train.validation, train.test: keep rows apart": plan.batches.rows != plan.examples.rows,
        "solver.kind: is not gradient-descent": not isinstance(plan.solver, GradientDescent),
        "optimizer.kind: looks at other points in a step": plan.optimizer.searches,
        "optimizer.kind: works on each layer's matrix": plan.optimizer.by_block,
        "schedule.kind: looks at the loss": bool(plan.schedule.memory),
        "schedule.layer_rates: are given": bool(plan.schedule.layer_rates),
        "clipping.kind: is not none": plan.clipping.on,
        "model.output_bias: is not 0": bool(plan.model.output_bias),
        "averaging: is used": plan.averaging.on,
        "train.measure: asks for figures of single runs": bool(plan.train.measure),
        "regularization: is used": plan.regularization.penalizes or plan.regularization.moves,
        "train.target_loss: ends each run at its own step": plan.train.target_loss is not None,
        "data.seed: is missing, so that each seed has other rows": rows_differ,
    }
    for reason, holds in refused.items():
        if holds:
            raise ScenarioError(f"{reason}: such runs cannot be trained many seeds at once")
