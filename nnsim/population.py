"""A population: many seeds of one scenario trained at once, as one run whose arrays have the seeds last.

A step of a small network costs little arithmetic and many calls. Here a call does the work of one operation for
a thousand networks: parameters are (parameters, seeds), activations (batch, units, seeds). The first layer sees
the same rows in all of them, so it is one matrix product; the others are elementwise products and sums. The figures
are those of the single runs but for rounding, because sums are taken in another order.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from nnsim.arrays import Array, Op, Ops, constant
from nnsim.errors import ScenarioError
from nnsim.nn.network import Dense
from nnsim.optim.gradients import GradientDescent
from nnsim.plan import Plan
from nnsim.scenario import Scenario

TAPE_ROWS = 8
BLOCK_BYTES = 260_000  # of one layer's activations: with the others they stay near the processor


@dataclass(frozen=True)
class PopulationRecords:
    """The figures of consecutive steps: by name, as in the records of a run, (steps, seeds)."""

    first: int  # number of the first step, counted from 1
    columns: Mapping[str, Array]


class Population:
    """Runs of one variant with these seeds, trained together.

    Raises: ScenarioError where the variant is not made of dense layers trained by gradient descent with all rows at
    once, or where its rows are others for each seed.
    """

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
        plans = [scenario.plan(variant, {**(settings or {}), "random.seed": int(seed)}) for seed in seeds]
        self.plan = plan = plans[0]
        self.seeds = tuple(int(seed) for seed in seeds)
        self.step = 0
        _check(plans)
        precision = np.dtype(plan.train.precision)
        starts = [one.network.initial(one.initializer, rng=one.generators()[1]) for one in plans]
        widest = max(layer.units for layer in plan.network.layers) * plan.batches.rows * precision.itemsize
        size = max(1, min(len(starts), BLOCK_BYTES // widest or 1))
        self._blocks = [
            _Block(plan, np.stack(starts[at : at + size], axis=-1).astype(precision))
            for at in range(0, len(starts), size)
        ]

    @property
    def parameters(self) -> Array:
        """A copy of the parameters of all runs, (parameters, seeds)."""
        return np.concatenate([block.parameters for block in self._blocks], axis=-1)

    def advance(self, steps: int) -> PopulationRecords:
        """Train so many steps more, fewer where the runs end; a run whose loss is no longer finite goes on so."""
        plan = self.plan
        count = max(0, min(steps, plan.steps - self.step))
        rates = plan.schedule.over(np.arange(self.step, self.step + count), 1, plan.train.epochs)
        names = ["loss", *(["accuracy"] if plan.accuracy_applies else [])]
        names += [f"gradient:{layer.name}" for layer in plan.network.layers]
        columns = {name: np.empty((count, len(self.seeds))) for name in names}
        start = 0
        with np.errstate(all="ignore"):
            for block in self._blocks:
                end = start + block.parameters.shape[1]
                block.advance(rates, {name: column[:, start:end] for name, column in columns.items()})
                start = end
        self.step += count
        return PopulationRecords(self.step - count + 1, columns)


def _check(plans: list[Plan]) -> None:
    plan = plans[0]
    refused = {
        "model.layers: hold more than dense layers": len(plan.network.layers) != len(plan.network.stack),
        "train.batch_size: is less than all rows": not plan.batches.full,
        "train.validation, train.test: keep rows apart": plan.batches.rows != plan.examples.rows,
        "solver.kind: is not gradient-descent": not isinstance(plan.solver, GradientDescent),
        "optimizer.kind: searches along a line": plan.optimizer.searches,
        "schedule.kind: looks at the loss": bool(plan.schedule.memory),
        "clipping.kind: is not none": plan.clipping.on,
        "regularization: is used": plan.regularization.penalizes or plan.regularization.moves,
        "train.target_loss: ends each run at its own step": plan.train.target_loss is not None,
        "data.seed: is missing, so that each seed has other rows": not all(
            np.array_equal(one.examples.inputs, plan.examples.inputs)
            and np.array_equal(one.examples.targets, plan.examples.targets)
            for one in plans
        ),
    }
    for reason, holds in refused.items():
        if holds:
            raise ScenarioError(f"{reason}: such runs cannot be trained many seeds at once")


class _Block:
    """So many seeds that their arrays lie near the processor while a step works on them."""

    def __init__(self, plan: Plan, parameters: Array) -> None:
        self.plan = plan
        self.parameters = parameters
        self.gradient = np.zeros_like(parameters)
        self._rate = constant(np.nan, parameters)
        inputs = plan.data.expand(plan.examples.inputs)
        if plan.data.standardize:
            inputs = (inputs - inputs.mean(axis=0)) / np.where(inputs.std(axis=0) > 0, inputs.std(axis=0), 1.0)
        self._inputs = np.ones((len(inputs), inputs.shape[1] + 1), parameters.dtype)
        self._inputs[:, :-1] = inputs
        self._targets = plan.examples.targets[:, :, None].astype(parameters.dtype)
        self._ops = tuple(self._bind())
        seeds = parameters.shape[1]
        self._scored_tape = np.zeros((*self._scored.shape[:2], TAPE_ROWS, seeds), parameters.dtype)
        self._gradient_tape = np.zeros((len(parameters), TAPE_ROWS, seeds), parameters.dtype)

    def advance(self, rates: Array, columns: Mapping[str, Array]) -> None:
        """Train with these rates, and write the figures into the columns, (steps, seeds)."""
        for start in range(0, len(rates), TAPE_ROWS):
            part = slice(start, start + TAPE_ROWS)
            for name, values in self._some(rates[part]).items():
                columns[name][part] = values

    def _some(self, rates: Array) -> dict[str, Array]:
        """The same for as many steps as the tape holds: what they scored, and their gradients."""
        steps, (_, seeds) = len(rates), self.parameters.shape
        scored, gradients = self._scored_tape[:, :, :steps], self._gradient_tape[:, :steps]
        for row, rate in enumerate(rates.tolist()):
            self._rate.fill(rate)
            for op in self._ops:
                op()
            scored[:, :, row] = self._scored
            gradients[:, row] = self.gradient
        plan, joined = self.plan, scored.reshape(*scored.shape[:2], -1)  # (rows, outputs, steps and seeds)
        targets = np.broadcast_to(self._targets, joined.shape)
        figures = {"loss": plan.loss.values(scored=joined.T, targets=targets.T)}
        if plan.accuracy_applies:
            figures["accuracy"] = plan.right(joined, self._targets).mean(axis=0)
        for layer in plan.network.layers:
            part = gradients[layer.offset : layer.offset + layer.size].reshape(layer.size, -1)
            figures[f"gradient:{layer.name}"] = np.sqrt(np.einsum("pk,pk->k", part, part))
        return {name: values.reshape(steps, seeds) for name, values in figures.items()}

    def _bind(self) -> Iterator[Op]:
        """The operations of a step, in their order."""
        plan, like = self.plan, self.parameters
        layers, seeds, batch = plan.network.layers, like.shape[1], len(self._inputs)
        # Where the next layer has biases, a layer's values stand before a row of ones, to multiply these with.
        padded = [np.ones((batch, layer.rows, seeds), like.dtype) for layer in layers[1:]]
        a = [one[:, : layer.inputs] for one, layer in zip(padded, layers[1:], strict=True)]
        a.append(np.empty((batch, layers[-1].units, seeds), like.dtype))
        z, delta = [np.empty(one.shape, like.dtype) for one in a], [np.empty(one.shape, like.dtype) for one in a]
        product = [np.empty_like(one) for one in padded]  # to be summed up
        self._scored = z[-1] if plan.loss.from_logits else a[-1]
        first = layers[0]
        rows = self._inputs[:, : first.rows]
        weights, slot = (flat[: first.size].reshape(first.rows, -1) for flat in (like, self.gradient))
        yield partial(rows.dot, weights, z[0].reshape(batch, -1))
        yield from first.activation.forward(z[0], a[0])
        for index, layer in enumerate(layers[1:], start=1):
            yield from _forward(layer, like, padded[index - 1], z[index], product[index - 1])
            yield from layer.activation.forward(z[index], a[index])
        yield from plan.loss.delta(layers[-1].activation, z[-1], a[-1], self._targets, delta[-1])
        for index in range(len(layers) - 1, 0, -1):
            layer, before = layers[index], layers[index - 1]
            free = product[index - 1]
            yield from _weights(layer, self.gradient, padded[index - 1], delta[index], free)
            yield from _back(layer, like, delta[index], delta[index - 1], free[:, : layer.inputs])
            yield from before.activation.backward(z[index - 1], a[index - 1], delta[index - 1])
        yield partial(rows.T.dot, delta[0].reshape(batch, -1), slot)
        parameters, gradient = like.reshape(-1), self.gradient.reshape(-1)
        slots = plan.optimizer.init(parameters)
        yield from plan.optimizer.update(parameters, gradient, slots, self._rate, np.empty_like(parameters))


def _of_unit(layer: Dense, flat: Array, unit: int) -> Array:
    """The parameters that lead into one unit, (rows, seeds), as a view."""
    return flat[layer.offset : layer.offset + layer.size].reshape(layer.rows, layer.units, -1)[:, unit]


def _forward(layer: Dense, parameters: Array, inputs: Array, z: Array, product: Array) -> Ops:
    """z[b, v] = sum over u of W[u, v] inputs[b, u], for every seed."""
    ops = list[Op]()
    for unit in range(layer.units):
        ops.append(partial(np.multiply, inputs, _of_unit(layer, parameters, unit), product))
        ops.append(partial(np.add.reduce, product, 1, None, z[:, unit]))
    return tuple(ops)


def _weights(layer: Dense, gradient: Array, inputs: Array, delta: Array, product: Array) -> Ops:
    """dC/dW[u, v] = sum over b of inputs[b, u] delta[b, v], for every seed."""
    ops = list[Op]()
    for unit in range(layer.units):
        ops.append(partial(np.multiply, inputs, delta[:, unit : unit + 1], product))
        ops.append(partial(np.add.reduce, product, 0, None, _of_unit(layer, gradient, unit)))
    return tuple(ops)


def _back(layer: Dense, parameters: Array, delta: Array, back: Array, product: Array) -> Ops:
    """dC/da[b, u] = sum over v of W[u, v] delta[b, v], for every seed, without the row of the bias."""
    ops = list[Op]()
    for unit in range(layer.units):
        weights = _of_unit(layer, parameters, unit)[: layer.inputs]
        ops.append(partial(np.multiply, weights, delta[:, unit : unit + 1], product if unit else back))
        if unit:
            ops.append(partial(np.add, back, product, back))
    return tuple(ops)
