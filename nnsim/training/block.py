"""A block: the operations of many networks trained at once, whose arrays have the members last.

A call does one operation for all members: parameters are (parameters, members), activations (batch, units,
members). Rows are the same for all members, (batch, inputs), or each member has its own, (batch, inputs, members).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import numpy as np

from nnsim.nn.arrays import Array, Op, Ops, constant, perform
from nnsim.nn.network import Dense
from nnsim.optim.binding import Rules
from nnsim.scenario.plan import Plan
from nnsim.training.update_rules import around, clip, penalize

TAPE_BYTES = 1_050_000
MOST_ROWS = 16
SMALLEST_BUFFER = 16  # numbers: NumPy allows no fewer

Load = Callable[[int], None]  # fetches the rows of the next step but so many


class PopulationBlock:
    """Members in one place of memory: their parameters, gradient, the optimizer's memory and their rates."""

    def __init__(
        self,
        plan: Plan,
        rules: Rules,
        parameters: Array,
        slots: Array | None = None,
        *,
        own: bool,
        factors: Array | None = None,
    ) -> None:
        """Args: parameters: (parameters, members). own: whether every member has a rate of its own. factors: of
        each parameter's rate, likewise, where layers have rates of their own."""
        self.plan, self.rules = plan, rules
        self.parameters = parameters
        self.gradient = np.zeros_like(parameters)
        if slots is None:
            slots = rules.optimizer.init(parameters).reshape(-1, *parameters.shape)
        self.slots = slots
        members = parameters.shape[1]
        self._factors = factors
        self.rate = np.full(members, np.nan, parameters.dtype) if own else constant(np.nan, parameters)
        if factors is not None:
            self.rate = np.full_like(factors, np.nan)
        self.update, self.unit_update = self._update()

    @property
    def members(self) -> int:
        return int(self.parameters.shape[1])

    def set_rate(self, rate: Array) -> None:
        """Fills in the rates of a step, (members,)."""
        if self._factors is None:
            np.copyto(self.rate, rate)
        else:
            np.multiply(self._factors, rate.astype(self.rate.dtype, copy=False), self.rate)

    def _update(self) -> tuple[Ops, Ops | None]:
        plan, rules, like = self.plan, self.rules, self.parameters
        mask = rules.regularization.mask(plan.network).astype(like.dtype)[:, None]
        before: Ops = ()
        if np.any(rules.regularization.l1) or np.any(rules.regularization.l2):
            before = penalize(rules.regularization, mask, like, self.gradient)
        gradient = self.gradient
        if rules.clipping.on:
            gradient = np.empty_like(like)
            layers = tuple(slice(one.offset, one.offset + one.size) for one in plan.network.layers)
            before += clip(rules.clipping, self.gradient, gradient, layers)
        change = np.empty_like(like)
        update = rules.optimizer.update(like, gradient, self.slots, self.rate, change)
        unit = rules.optimizer.unit_update(like, gradient) if self.rate.ndim == 0 else None
        turned = partial(around, rules.regularization, plan.network, mask, like, self.rate)
        return (*before, *turned(update)), None if unit is None else (*before, *turned(unit))


class Pass:
    """The operations of a step of a block on batches of one width, and the tape of what the steps leave."""

    def __init__(self, block: PopulationBlock, inputs: Array, targets: Array, *, refilled: bool = False) -> None:
        """Args: inputs: (batch, inputs and a one), or one more axis for rows of each member's own.

        targets: (batch, outputs, 1 or members). refilled: whether both are filled anew before each step.
        """
        self.plan, self._block = block.plan, block
        self.inputs, self.targets = inputs, targets
        self._forward, learn = _bind(block, inputs, targets, refilled)
        self._scored = self._forward.scored
        self._learn = (*learn, *block.update)
        self._unit_learn = self._learn if block.unit_update is None else (*learn, *block.unit_update)
        layers, members, like = self.plan.network.layers, block.members, block.parameters
        self.rows = rows = max(1, min(MOST_ROWS, TAPE_BYTES // self._scored.nbytes))
        self._scored_tape = np.zeros((*self._scored.shape[:2], rows, members), like.dtype)
        self._targets_tape = (
            np.zeros((*targets.shape[:2], rows, targets.shape[2]), like.dtype) if refilled else None
        )
        self._squares_tape = np.zeros((len(layers), rows, members), like.dtype)
        squared = np.empty_like(like)
        parts = [squared[layer.offset : layer.offset + layer.size] for layer in layers]
        # Operations that keep what a step leaves, a group for each row of the tapes.
        self._keep: list[Ops] = [
            (
                partial(np.copyto, self._scored_tape[:, :, row], self._scored),
                partial(np.multiply, block.gradient, block.gradient, squared),
                *(
                    partial(np.add.reduce, part, 0, None, squares[row])
                    for part, squares in zip(parts, self._squares_tape, strict=True)
                ),
            )
            for row in range(rows)
        ]

    def run(
        self, rates: Array, columns: Mapping[str, Array], load: Load | None = None, after: Load | None = None
    ) -> None:
        """Train with these rates, (steps,) or (steps, members), at most as many as the tape has rows.

        Args: columns: receive the figures by name, (steps, members). load, after: called around each step.
        """
        steps, block = len(rates), self._block
        same = rates.ndim == 1
        fixed = not same and rates.strides[0] == 0  # one row for all steps
        if fixed:
            block.set_rate(rates[0])
        with smallest_buffer():
            for row, (rate, keep) in enumerate(zip(rates.tolist() if same else rates, self._keep, strict=False)):
                if load is not None:
                    load(row)
                    if self._targets_tape is not None:
                        np.copyto(self._targets_tape[:, :, row], self.targets)
                if same:
                    block.rate.fill(rate)
                elif not fixed:
                    block.set_rate(rate)
                perform(self._forward.ops)
                perform(self._unit_learn if same and rate == 1.0 else self._learn)
                perform(keep)
                if after is not None:
                    after(row)
        targets = self.targets if self._targets_tape is None else self._targets_tape[:, :, :steps]
        accuracy = "accuracy" in columns
        for name, values in figures(self.plan, self._scored_tape[:, :, :steps], targets, accuracy).items():
            columns[name][...] = values
        for layer, squares in zip(self.plan.network.layers, self._squares_tape, strict=True):
            np.sqrt(squares[:steps], columns[f"gradient:{layer.name}"])

    @property
    def scored(self) -> Array:
        """What the losses of the last step were computed of, (batch, outputs, members)."""
        return self._scored

    def evaluate(self) -> dict[str, Array]:
        """Loss, and accuracy where it applies, of the networks as they stand, (members,)."""
        with smallest_buffer():
            perform(self._forward.ops)
        found = figures(self.plan, self._scored[:, :, None], self.targets)
        return {name: values[0] for name, values in found.items()}


def figures(plan: Plan, scored: Array, targets: Array, accuracy: bool = True) -> dict[str, Array]:
    """Losses and accuracies, (steps, members), of what was scored, (rows, outputs, steps, members).

    Args: targets: (rows, outputs, 1 or members), or with an axis of steps as the others. accuracy: whether it is
    asked for.
    """
    steps, members = scored.shape[2:]
    joined = scored.reshape(*scored.shape[:2], -1)
    if targets.ndim == 3 and targets.shape[2] > 1:
        targets = targets[:, :, None]
    if targets.ndim == 4:
        wanted = np.broadcast_to(targets, scored.shape).reshape(joined.shape)
        asked = wanted
    else:
        wanted, asked = np.broadcast_to(targets, joined.shape), targets
    found = {"loss": plan.loss.values(scored=joined.T, targets=wanted.T)}
    if accuracy and plan.accuracy_applies:
        right = plan.right(joined, asked)
        # Counted in the smallest type that can hold all rows: `mean` makes numbers of 8 bytes of them first.
        found["accuracy"] = right.view(np.uint8).sum(0, np.min_scalar_type(len(right))) / len(right)
    return {name: values.reshape(steps, members) for name, values in found.items()}


def judge(plan: Plan, parameters: Array, inputs: Array, targets: Array) -> tuple[dict[str, Array], Array]:
    """Figures by name, (members,), of networks on rows; and what was scored, (rows, outputs, members).

    Args: parameters: (parameters, members). inputs, targets: as of a `Pass`.
    """
    with smallest_buffer():
        forward = Forward(plan, parameters, inputs)
        perform(forward.ops)
    found = figures(plan, forward.scored[:, :, None], targets)
    return {name: values[0] for name, values in found.items()}, forward.outputs


class Forward:
    """The operations of a forward pass, and the arrays that they write, (batch, units, members)."""

    def __init__(self, plan: Plan, like: Array, rows: Array, refilled: bool = True) -> None:
        layers, members, batch = plan.network.layers, like.shape[1], len(rows)
        first = layers[0]
        self.rows = rows = rows[:, : first.rows]
        # Where the next layer has biases, a layer's values stand before a row of ones, to multiply these with.
        self.padded = padded = [np.ones((batch, layer.rows, members), like.dtype) for layer in layers[1:]]
        self.a = a = [one[:, : layer.inputs] for one, layer in zip(padded, layers[1:], strict=True)]
        a.append(np.empty((batch, layers[-1].units, members), like.dtype))
        self.z = z = [
            one if layer.activation.in_place and one.flags.c_contiguous else np.empty(one.shape, like.dtype)
            for one, layer in zip(a[:-1], layers, strict=False)
        ]
        z.append(np.empty_like(a[-1]))
        self.scored = z[-1] if plan.loss.from_logits else a[-1]
        self.outputs = a[-1]
        # Where an activation is made of -z, a negative row or weight costs less than a pass over all values of z.
        shorter = first.activation.from_negative(a[0]) if z[0] is a[0] and not refilled else None
        ops: list[Op]
        if rows.ndim == 2:
            weights = like[: first.size].reshape(first.rows, -1)
            ops = [partial((rows if shorter is None else -rows).dot, weights, z[0].reshape(batch, -1))]
        else:
            shorter = None
            ops = [partial(np.einsum, "bus,uvs->bvs", rows, weights_of(first, like), out=z[0])]
        ops += first.activation.forward(z[0], a[0]) if shorter is None else shorter
        for index, layer in enumerate(layers[1:], start=1):
            weights, sums, shorter = weights_of(layer, like), z[index], layer.activation.from_negative(a[index])
            if shorter is not None and layer.rows <= batch and sums is not self.scored:
                negated = np.empty_like(weights)
                ops.append(partial(np.negative, weights, negated))
                weights, sums = negated, a[index]
            else:
                shorter = None
            ops.append(partial(np.einsum, "bus,uvs->bvs", padded[index - 1], weights, out=sums))
            ops += layer.activation.forward(sums, a[index]) if shorter is None else shorter
        self.ops: Ops = tuple(ops)


def _bind(block: PopulationBlock, inputs: Array, targets: Array, refilled: bool) -> tuple[Forward, Ops]:
    """The forward phase, and the operations that find the gradient."""
    plan, like, slots = block.plan, block.parameters, block.gradient
    forward = Forward(plan, like, inputs, refilled)
    layers, a, z, padded, batch = plan.network.layers, forward.a, forward.z, forward.padded, len(inputs)
    delta = [np.empty(one.shape, like.dtype) for one in a]
    learn: list[Op] = [*plan.loss.delta(layers[-1].activation, z[-1], a[-1], targets, delta[-1])]
    for index in range(len(layers) - 1, 0, -1):
        layer, before, gradient = layers[index], layers[index - 1], weights_of(layers[index], slots)
        learn.append(partial(np.einsum, "bus,bvs->uvs", padded[index - 1], delta[index], out=gradient))
        learn += _back(weights_of(layer, like)[: layer.inputs], delta[index], delta[index - 1])
        learn += before.activation.backward(z[index - 1], a[index - 1], delta[index - 1])
    first, rows = layers[0], forward.rows
    if rows.ndim == 2:
        slot = slots[: first.size].reshape(first.rows, -1)
        learn.append(partial(rows.T.dot, delta[0].reshape(batch, -1), slot))
    else:
        learn.append(partial(np.einsum, "bus,bvs->uvs", rows, delta[0], out=weights_of(first, slots)))
    return forward, tuple(learn)


def weights_of(layer: Dense, flat: Array) -> Array:
    """The part of a layer in the parameters, or in their gradient, (rows, units, members), as a view."""
    return flat[layer.offset : layer.offset + layer.size].reshape(layer.rows, layer.units, -1)


def _back(weights: Array, delta: Array, back: Array) -> Ops:
    """dC/da[b, u] = sum over v of W[u, v] delta[b, v], for every member; the row of the bias is not among them."""
    if weights.shape[1] == 1:  # nothing to sum up: a product alone takes half the time
        return (partial(np.multiply, weights[:, 0], delta, back),)
    return (partial(np.einsum, "uvs,bvs->bus", weights, delta, out=back),)


@contextmanager
def smallest_buffer() -> Iterator[None]:
    """Keeps NumPy from copying operands into buffers, which takes twice the time for rows of members."""
    before = np.setbufsize(SMALLEST_BUFFER)
    try:
        yield
    finally:
        np.setbufsize(before)
