"""A network over one flat vector of parameters, bound to the arrays of one batch width.

Everything is feature-major: activations are (units, batch), weights (inputs, units). All parameters and all
gradients are one vector each, with a view per layer, and a bias costs no operation of its own
(`nnsim.nn.layers.Dense`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import prod
from typing import Any

import numpy as np
from msgspec import Struct

from nnsim.nn.activations import Activation, KnownSlope
from nnsim.nn.arrays import Array, Ops
from nnsim.nn.initializers import Initializer, RandomSource
from nnsim.nn.layers import (
    AnyLayer,
    BatchNorm,
    Convolution,
    Dense,
    Dropout,
    LayerNormalization,
    Pooling,
    Residual,
    chain,
)
from nnsim.nn.losses import Loss
from nnsim.nn.wires import BoundLayer, State, Wire

__all__ = ["Block", "BoundLayer", "BoundNetwork", "Dense", "Network", "bind"]


class Block(Struct, frozen=True):
    """What belongs together in the flat vector of parameters: a layer's weights, or its biases, or its gammas."""

    offset: int
    shape: tuple[int, ...]  # (inputs, units) of weights, (channels k k, filters) of kernels, (units,) of all else

    def view(self, flat: Array) -> Array:
        """This part of a flat vector, (parameters,), in its shape."""
        return flat[self.offset : self.offset + prod(self.shape)].reshape(self.shape)


@dataclass(frozen=True)
class Network:
    """Layers in a row; some of them may hold others (`Residual`)."""

    stack: tuple[AnyLayer, ...]

    @classmethod
    def dense(
        cls, sizes: list[int], activations: list[Activation], bias: bool, output: Initializer | None = None
    ) -> "Network":
        """A network with sizes [inputs, hidden..., outputs] and one activation per layer after the inputs.

        Args: output: what draws the weights of the last layer, where that is not what draws the others.
        """
        layers: list[Dense] = []
        offset = 0
        for index, activation in enumerate(activations):
            rule = output if index + 1 == len(activations) else None
            layer = Dense(f"layer{index + 1}", sizes[index], sizes[index + 1], bias, activation, offset, rule)
            layers.append(layer)
            offset += layer.size
        return cls(tuple(layers))

    def walk(self) -> Iterator[AnyLayer]:
        """All layers in their order, those inside a residual connection before it."""
        return _walk(self.stack)

    @cached_property
    def layers(self) -> tuple[Dense, ...]:
        return tuple(one for one in self.walk() if isinstance(one, Dense))

    @cached_property
    def weighted(self) -> tuple[Dense | Convolution, ...]:
        """The layers that have weights, which initializers draw and regularization is about."""
        return tuple(one for one in self.walk() if isinstance(one, (Dense, Convolution)))

    @cached_property
    def trained(self) -> tuple[Dense | Convolution | BatchNorm | LayerNormalization, ...]:
        learns = (Dense, Convolution, BatchNorm, LayerNormalization)
        return tuple(one for one in self.walk() if isinstance(one, learns))

    @cached_property
    def convolves(self) -> bool:
        """Whether a layer reads pictures."""
        return any(isinstance(one, Convolution | Pooling) for one in self.walk())

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The parameters as matrices and vectors, in their order."""
        found: list[Block] = []
        for one in self.trained:
            rows, units = range(2), one.units
            if isinstance(one, (Dense, Convolution)):
                found.append(Block(one.offset, one.weight_shape))
                inputs, units = one.weight_shape
                rows = range(inputs, one.rows)
            found += [Block(one.offset + row * units, (units,)) for row in rows]
        return tuple(found)

    @property
    def pads(self) -> bool:
        """Whether the inputs stand above a row of ones: where they are not met by a layer without biases."""
        first = self.stack[0]
        return not isinstance(first, Dense) or first.bias

    @cached_property
    def draws(self) -> bool:
        """Whether a forward pass in training draws random numbers."""
        return any(isinstance(one, Dropout) and one.rate > 0.0 for one in self.walk())

    @cached_property
    def size(self) -> int:
        return sum(one.size for one in self.walk())

    @property
    def inputs(self) -> int:
        return self.stack[0].inputs

    @property
    def outputs(self) -> int:
        return self.stack[-1].units

    def room(self, loss: Loss, batch: int) -> int:
        """Numbers that the layers before the last answer, and their ones, where f' of all can be found at once."""
        shared = self.stack[0].activation
        together = shared.slope_from_outputs and not loss.from_logits
        alike = all(isinstance(one, Dense) and one.activation == shared for one in self.stack)
        return sum((one.units + 1) * batch for one in self.stack[:-1]) if together and alike else 0

    def describe(self) -> str:
        """The sizes, as in 2-4-1; of layers that read pictures channels, rows and columns, as in 64-8x6x6-10."""
        shown = (one for one in self.walk() if isinstance(one, (Dense, Convolution, Pooling)))
        sizes = (one.units if isinstance(one, Dense) else one.after for one in shown)
        return "-".join(str(one) for one in (self.inputs, *sizes))

    def initial(self, initializer: Initializer, *, rng: RandomSource) -> Array:
        """Parameters (size,): weights drawn layer by layer from the input on, biases 0; gammas 1, betas 0."""
        flat = np.zeros(self.size)
        for layer in self.trained:
            if isinstance(layer, (Dense, Convolution)):
                rule = layer.initializer or initializer
                layer.weights(flat)[...] = rule.draw(layer.weight_shape, rng=rng, fans=layer.fans)
            else:
                layer.view(flat)[0] = 1.0
        return flat

    def initial_statistics(self) -> Array:
        """What layers learn without a gradient, at the start: running means 0, running variances 1."""
        norms = [one for one in self.walk() if isinstance(one, BatchNorm)]
        flat = np.zeros(sum(2 * one.inputs for one in norms))
        for one in norms:
            one.running(flat)[1] = 1.0
        return flat


def _walk(layers: tuple[AnyLayer, ...]) -> Iterator[AnyLayer]:
    for layer in layers:
        if isinstance(layer, Residual):
            yield from _walk(layer.layers)
        yield layer


class BoundNetwork(Struct, frozen=True):
    """The arrays and operations of a network for one batch width."""

    stack: tuple[BoundLayer, ...]
    layers: tuple[BoundLayer, ...]  # the dense ones, in their order
    loss: Loss
    padded: Array  # the inputs, above a row of ones if the network `pads` them, (inputs or inputs + 1, batch)
    inputs: Array  # (inputs, batch), to be filled before `forward`
    targets: Array  # (outputs, batch), to be filled before `backward`
    forward: Ops
    again: Ops  # the forward pass with the same random numbers, learning no statistics: for a second look
    delta: Ops  # the loss phase: dC/dz of the last layer
    backward: Ops
    complete: Ops  # what `forward` leaves out of the arrays, for panes that show them

    @property
    def outputs(self) -> Array:
        return self.stack[-1].outputs

    @property
    def scored(self) -> Array:
        """What the loss is computed of: the outputs, or their logits, (outputs, batch)."""
        return self.stack[-1].z if self.loss.from_logits else self.outputs

    def walk(self) -> Iterator[BoundLayer]:
        return _bound_walk(self.stack)

    def value(self) -> float:
        """The loss of the present outputs and targets."""
        return float(self.loss.values(scored=self.scored[None], targets=self.targets[None])[0])


def bind(
    network: Network,
    loss: Loss,
    parameters: Array,
    gradient: Array,
    batch: int,
    *,
    statistics: Array | None = None,
    rng: RandomSource | None = None,
    room: Array | None = None,
) -> BoundNetwork:
    """Preallocate the arrays of one batch width and bind every operation of forward, loss and backward.

        delta_L = dC/dz_L                                  (the loss)
        dC/dW_l = a_{l-1} delta_l.T
        delta_l = (W_{l+1} delta_{l+1}) * f_l'(z_l)        (without the bias row of W)

    Args: parameters, gradient: flat vectors (size,) that the operations read and write in place. statistics: what
    layers learn without a gradient, likewise; as at the start where it is None. rng: where layers draw their random
    numbers from in training; without it the network is bound for inference. room: where what the loss is computed
    of shall lie, (outputs * batch,), and as many numbers more as `Network.room` says, or none: with them the slopes
    of all layers are found at once, because a call takes longer than the arithmetic of a small layer.
    """
    if statistics is None:
        statistics = network.initial_statistics().astype(parameters.dtype)
    random = rng if rng is not None else np.random.default_rng(0)  # inference draws nothing from it
    state = State(parameters, gradient, statistics, random, training=rng is not None)
    start = Wire.over(_inputs(network, batch, parameters.dtype), network.inputs)
    end = Wire.empty(network.outputs, batch, parameters)
    room = np.empty(end.z.size, end.z.dtype) if room is None else room
    outputs, *between = _cut(room, network, batch)
    end = replace(end, z=outputs) if loss.from_logits else replace(end, values=outputs)
    negate: Ops = ()
    reads_negative = network.stack[0].activation.from_negative(room) is not None
    if between and reads_negative and network.size <= room.size:  # one call for all layers, not one for each
        negated = np.empty_like(parameters)
        state, negate = replace(state, negated=negated), (partial(np.negative, parameters, negated),)
    bound = chain(network.stack, start, end, state, True, between)
    slopes: Ops = ()
    if between:
        found = np.empty_like(room)
        last_slope, *others = _cut(found, network, batch)
        each = (*(one[:-1] for one in others), last_slope)
        bound = tuple(replace(one, slope=KnownSlope(slope)) for one, slope in zip(bound, each, strict=True))
        slopes = network.stack[0].activation.derivative(room, room, found) or ()
    targets = np.empty_like(end.delta)
    last = bound[-1]
    draw = tuple(op for one in bound for op in one.draw)
    forward = (*negate, *(op for one in bound for op in one.forward))
    learn = tuple(op for one in bound for op in one.learn)
    backward = last.backward
    for one in reversed(bound[:-1]):
        backward += (*one.finish(), *one.backward)
    return BoundNetwork(
        stack=bound,
        layers=tuple(one for one in _bound_walk(bound) if isinstance(one.layer, Dense)),
        loss=loss,
        padded=start.padded,
        inputs=start.values,
        targets=targets,
        forward=(*draw, *forward, *learn),
        again=forward,
        delta=(*slopes, *loss.delta(last.back, last.z, last.outputs, targets, last.delta)),
        backward=backward,
        complete=tuple(op for one in bound for op in one.complete),
    )


def _inputs(network: Network, batch: int, kind: np.dtype[np.floating[Any]]) -> Array:
    """Room for inputs, (inputs, batch), and ones where the network `pads`; row by row in memory, to copy fast."""
    return np.empty((batch, network.inputs + network.pads), kind).T


def _cut(room: Array, network: Network, batch: int) -> list[Array]:
    """The parts of a room (see `bind`): outputs, and a place (units + 1, batch) for each layer before the last."""
    size = network.outputs * batch
    parts = [room[:size].reshape(-1, batch)]
    for layer in network.stack[:-1] if room.size > size else ():
        parts.append(room[size : size + (layer.units + 1) * batch].reshape(-1, batch))
        size += parts[-1].size
    return parts


def _bound_walk(layers: tuple[BoundLayer, ...]) -> Iterator[BoundLayer]:
    for layer in layers:
        yield from _bound_walk(layer.inner)
        yield layer
