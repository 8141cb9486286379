"""A population: many seeds of one scenario trained at once, as one run whose arrays have the seeds last.

A call does one operation for all networks: parameters are (parameters, seeds), activations (batch, units, seeds).
The figures are those of single runs but for rounding, because sums are taken in another order.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import msgspec
import numpy as np

from nnsim.arrays import Array, Op, Ops, constant, perform
from nnsim.errors import ScenarioError
from nnsim.nn.network import Dense
from nnsim.optim.gradient_descent import GradientDescent
from nnsim.scenario.plan import Plan
from nnsim.scenario.scenario import Scenario

BLOCK_BYTES = 520_000  # of one layer's activations: with the others they stay near the processor
TAPE_BYTES = 1_050_000
MOST_ROWS = 16
SMALLEST_BUFFER = 16  # numbers: NumPy allows no fewer


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
        plan = scenario.plan(variant, {**(settings or {}), "random.seed": int(seeds[0])})
        _check(plan, scenario.files.differ(plan.data, plan.seed))
        self.plan = plan
        self.seeds = tuple(int(seed) for seed in seeds)
        self.step = 0
        precision = np.dtype(plan.train.precision)
        starts = [_start(plan, seed) for seed in self.seeds]
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
        # One array for all figures: it is large enough for the memory to be had in large pages, and used again.
        columns = dict(zip(names, np.empty((len(names), count, len(self.seeds))), strict=True))
        start = 0
        with np.errstate(all="ignore"):
            for block in self._blocks:
                end = start + block.parameters.shape[1]
                block.advance(rates, {name: column[:, start:end] for name, column in columns.items()})
                start = end
        self.step += count
        return PopulationRecords(self.step - count + 1, columns)

    def evaluate(self) -> tuple[Array, Array | None]:
        """Loss and accuracy of the networks as they stand, (seeds,); None where answers are not right or wrong."""
        with np.errstate(all="ignore"):
            figures = [block.evaluate() for block in self._blocks]
        loss = np.concatenate([one["loss"] for one in figures])
        if not self.plan.accuracy_applies:
            return loss, None
        return loss, np.concatenate([one["accuracy"] for one in figures])


def _start(plan: Plan, seed: int) -> Array:
    own = replace(plan, random=msgspec.structs.replace(plan.random, seed=seed))
    return own.network.initial(own.initializer, rng=own.generators()[1])


def _check(plan: Plan, rows_differ: bool) -> None:
    refused = {
        "model.layers: hold more than dense layers": not all(isinstance(one, Dense) for one in plan.network.stack),
        "train.batch_size: is less than all rows": not plan.batches.full,
        "train.validation, train.test: keep rows apart": plan.batches.rows != plan.examples.rows,
        "solver.kind: is not gradient-descent": not isinstance(plan.solver, GradientDescent),
        "optimizer.kind: looks at other points in a step": plan.optimizer.searches,
        "optimizer.kind: works on each layer's matrix": plan.optimizer.by_block,
        "schedule.kind: looks at the loss": bool(plan.schedule.memory),
        "clipping.kind: is not none": plan.clipping.on,
        "regularization: is used": plan.regularization.penalizes or plan.regularization.moves,
        "train.target_loss: ends each run at its own step": plan.train.target_loss is not None,
        "data.seed: is missing, so that each seed has other rows": rows_differ,
    }
    for reason, holds in refused.items():
        if holds:
            raise ScenarioError(f"{reason}: such runs cannot be trained many seeds at once")


class _Block:
    """Trains as many seeds as fit into the processor's cache."""

    def __init__(self, plan: Plan, parameters: Array) -> None:
        self.plan = plan
        self.parameters = parameters
        self.gradient = np.zeros_like(parameters)
        self._rate = constant(np.nan, parameters)
        inputs = plan.data.expand(plan.examples.inputs)
        if (scaling := plan.data.scaling(inputs)) is not None:
            inputs = scaling(inputs)
        self._inputs = np.ones((len(inputs), inputs.shape[1] + 1), parameters.dtype)
        self._inputs[:, :-1] = inputs
        self._targets = plan.examples.targets[:, :, None].astype(parameters.dtype)
        self._forward, self._learn, self._unit_learn = self._bind()
        layers, seeds = plan.network.layers, parameters.shape[1]
        self._rows = rows = max(1, min(MOST_ROWS, TAPE_BYTES // self._scored.nbytes))
        self._scored_tape = np.zeros((*self._scored.shape[:2], rows, seeds), parameters.dtype)
        self._squares_tape = np.zeros((len(layers), rows, seeds), parameters.dtype)
        squared = np.empty_like(self.gradient)
        parts = [squared[layer.offset : layer.offset + layer.size] for layer in layers]
        # Operations that keep what a step leaves, a group for each row of the tapes.
        self._keep = [
            (
                partial(np.copyto, self._scored_tape[:, :, row], self._scored),
                partial(np.multiply, self.gradient, self.gradient, squared),
                *(
                    partial(np.add.reduce, part, 0, None, squares[row])
                    for part, squares in zip(parts, self._squares_tape, strict=True)
                ),
            )
            for row in range(rows)
        ]

    def advance(self, rates: Array, columns: Mapping[str, Array]) -> None:
        """Train with these rates, and write the figures into the columns, (steps, seeds)."""
        for start in range(0, len(rates), self._rows):
            part = slice(start, start + self._rows)
            self._some(rates[part], {name: column[part] for name, column in columns.items()})

    def _some(self, rates: Array, columns: Mapping[str, Array]) -> None:
        steps = len(rates)
        with _smallest_buffer():
            for rate, keep in zip(rates.tolist(), self._keep, strict=False):
                self._rate.fill(rate)
                perform(self._forward)
                perform(self._unit_learn if rate == 1.0 else self._learn)
                perform(keep)
        for name, values in self._figures(self._scored_tape[:, :, :steps]).items():
            columns[name][...] = values
        for layer, squares in zip(self.plan.network.layers, self._squares_tape, strict=True):
            np.sqrt(squares[:steps], columns[f"gradient:{layer.name}"])

    def evaluate(self) -> dict[str, Array]:
        with _smallest_buffer():
            perform(self._forward)
        return {name: values[0] for name, values in self._figures(self._scored[:, :, None]).items()}

    def _figures(self, scored: Array) -> dict[str, Array]:
        """Losses and accuracies, (steps, seeds), of what was scored, (rows, outputs, steps, seeds)."""
        plan, (steps, seeds) = self.plan, scored.shape[2:]
        joined = scored.reshape(*scored.shape[:2], -1)
        targets = np.broadcast_to(self._targets, joined.shape)
        figures = {"loss": plan.loss.values(scored=joined.T, targets=targets.T)}
        if plan.accuracy_applies:
            right = plan.right(joined, self._targets)
            # Counted in the smallest type that can hold all rows: `mean` makes numbers of 8 bytes of them first.
            figures["accuracy"] = right.view(np.uint8).sum(0, np.min_scalar_type(len(right))) / len(right)
        return {name: values.reshape(steps, seeds) for name, values in figures.items()}

    def _bind(self) -> tuple[Ops, Ops, Ops]:
        """The operations of a step: those of the forward phase, those of the other three, and with a rate of 1."""
        plan, like = self.plan, self.parameters
        layers, seeds, batch = plan.network.layers, like.shape[1], len(self._inputs)
        # Where the next layer has biases, a layer's values stand before a row of ones, to multiply these with.
        padded = [np.ones((batch, layer.rows, seeds), like.dtype) for layer in layers[1:]]
        a = [one[:, : layer.inputs] for one, layer in zip(padded, layers[1:], strict=True)]
        a.append(np.empty((batch, layers[-1].units, seeds), like.dtype))
        z = [
            one if layer.activation.in_place and one.flags.c_contiguous else np.empty(one.shape, like.dtype)
            for one, layer in zip(a[:-1], layers, strict=False)
        ]
        z.append(np.empty_like(a[-1]))
        delta = [np.empty(one.shape, like.dtype) for one in a]
        self._scored = z[-1] if plan.loss.from_logits else a[-1]
        first = layers[0]
        rows = self._inputs[:, : first.rows]
        weights, slot = (flat[: first.size].reshape(first.rows, -1) for flat in (like, self.gradient))
        # Where an activation is made of -z, a negative row or weight costs less than a pass over all values of z.
        shorter = first.activation.from_negative(a[0]) if z[0] is a[0] else None
        forward: list[Op] = [partial((rows if shorter is None else -rows).dot, weights, z[0].reshape(batch, -1))]
        forward += first.activation.forward(z[0], a[0]) if shorter is None else shorter
        for index, layer in enumerate(layers[1:], start=1):
            weights, sums, shorter = _weights(layer, like), z[index], layer.activation.from_negative(a[index])
            if shorter is not None and layer.rows <= batch and sums is not self._scored:
                negated = np.empty_like(weights)
                forward.append(partial(np.negative, weights, negated))
                weights, sums = negated, a[index]
            else:
                shorter = None
            forward.append(partial(np.einsum, "bus,uvs->bvs", padded[index - 1], weights, out=sums))
            forward += layer.activation.forward(sums, a[index]) if shorter is None else shorter
        learn: list[Op] = [*plan.loss.delta(layers[-1].activation, z[-1], a[-1], self._targets, delta[-1])]
        for index in range(len(layers) - 1, 0, -1):
            layer, before, gradient = layers[index], layers[index - 1], _weights(layers[index], self.gradient)
            learn.append(partial(np.einsum, "bus,bvs->uvs", padded[index - 1], delta[index], out=gradient))
            learn += _back(_weights(layer, like)[: layer.inputs], delta[index], delta[index - 1])
            learn += before.activation.backward(z[index - 1], a[index - 1], delta[index - 1])
        learn.append(partial(rows.T.dot, delta[0].reshape(batch, -1), slot))
        parameters, flat = like.reshape(-1), self.gradient.reshape(-1)
        slots = plan.optimizer.init(parameters)
        update = plan.optimizer.update(parameters, flat, slots, self._rate, np.empty_like(parameters))
        unit_update = plan.optimizer.unit_update(parameters, flat)
        return tuple(forward), (*learn, *update), (*learn, *(update if unit_update is None else unit_update))


def _weights(layer: Dense, flat: Array) -> Array:
    """The part of a layer in the parameters, or in their gradient, (rows, units, seeds), as a view."""
    return flat[layer.offset : layer.offset + layer.size].reshape(layer.rows, layer.units, -1)


def _back(weights: Array, delta: Array, back: Array) -> Ops:
    """dC/da[b, u] = sum over v of W[u, v] delta[b, v], for every seed; the row of the bias is not among them."""
    if weights.shape[1] == 1:  # nothing to sum up: a product alone takes half the time
        return (partial(np.multiply, weights[:, 0], delta, back),)
    return (partial(np.einsum, "uvs,bvs->bus", weights, delta, out=back),)


@contextmanager
def _smallest_buffer() -> Iterator[None]:
    """Keeps NumPy from copying operands into buffers, which takes twice the time for rows of seeds."""
    before = np.setbufsize(SMALLEST_BUFFER)
    try:
        yield
    finally:
        np.setbufsize(before)
