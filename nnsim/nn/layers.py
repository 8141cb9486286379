"""Layers: what a network is made of, each bound to the arrays between it and its neighbours (`nnsim.nn.wires`)."""

from collections.abc import Iterable
from functools import partial

import numpy as np
from msgspec import Struct

from nnsim.nn.activations import Activation
from nnsim.nn.arrays import Array, Ops
from nnsim.nn.convolution import Convolution, Maps, Pooling
from nnsim.nn.initializers import Initializer
from nnsim.nn.normalization import BatchNorm, LayerNormalization
from nnsim.nn.wires import BoundLayer, State, Wire

__all__ = [
    "AnyLayer",
    "BatchNorm",
    "Convolution",
    "Dense",
    "Dropout",
    "LayerNormalization",
    "Maps",
    "Pooling",
    "Residual",
    "chain",
]


class Dense(Struct, frozen=True):
    """One dense layer: so many inputs and units, with or without a bias, and an activation.

    z = W.T a_in,  a = f(z)              (a bias is the last row of W, met by a row of ones below a_in)
    dC/dW = a_in (dC/dz).T
    dC/da_in = W dC/dz                   (without the bias row of W)

    Reference: Rumelhart, Hinton and Williams, 1986, Learning representations by back-propagating errors.
    """

    name: str
    inputs: int
    units: int
    bias: bool
    activation: Activation
    offset: int  # where the layer's parameters begin in the flat vector
    initializer: Initializer | None = None  # where it is not the network's

    @property
    def rows(self) -> int:
        return self.inputs + self.bias

    @property
    def size(self) -> int:
        return self.rows * self.units

    @property
    def weight_shape(self) -> tuple[int, int]:
        """(inputs, units)."""
        return self.inputs, self.units

    @property
    def fans(self) -> tuple[int, int]:
        """How many units lead into a unit, and how many it leads to: for an initializer, those of the layer."""
        return self.weight_shape

    def view(self, flat: Array) -> Array:
        """The layer's part of a flat vector (..., parameters) as (..., rows, units)."""
        part = flat[..., self.offset : self.offset + self.size]
        return part.reshape(*flat.shape[:-1], self.rows, self.units)

    def weights(self, flat: Array) -> Array:
        """The weights alone, (inputs, units)."""
        return self.view(flat)[..., : self.inputs, :]

    def biases(self, flat: Array) -> Array | None:
        """The biases alone, (units,), or None."""
        return self.view(flat)[..., self.inputs, :] if self.bias else None

    def bind(self, before: Wire, after: Wire, state: State, first: bool) -> BoundLayer:
        """Bind the layer between two wires; the first one has nobody to hand dC/da on to."""
        weights, slot = self.view(state.parameters), self.view(state.gradient)
        inputs, a, z, delta = before.padded[: self.rows], after.values, after.z, after.delta
        backward: Ops = (partial(inputs.dot, delta.T, slot),)
        if not first:
            backward += (partial(self.weights(state.parameters).dot, delta, before.delta),)
        sums = partial(weights.T.dot, inputs, z)
        forward: Ops = (sums, *self.activation.forward(z, a))
        complete: Ops = ()
        shorter = self.activation.from_negative(a)
        if state.negated is not None and shorter is not None:
            forward, complete = (partial(self.view(state.negated).T.dot, inputs, a), *shorter), (sums,)
        return BoundLayer(self, inputs, z, a, delta, weights, slot, forward, backward, complete=complete)


class Dropout(Struct, frozen=True):
    """Silences units at random while training, and makes the others louder, so that their mean stays.

        m = 1 / (1 - rate) with probability 1 - rate, else 0      (drawn for every unit and row of every step)
        a = m a_in,  dC/da_in = m dC/da

    In inference a = a_in.

    Reference: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, 2014, Dropout; this is its "inverted"
    form, as PyTorch's `Dropout`.
    """

    name: str
    inputs: int
    rate: float
    activation: Activation
    size = 0
    offset = 0

    @property
    def units(self) -> int:
        return self.inputs

    def bind(self, before: Wire, after: Wire, state: State, first: bool) -> BoundLayer:
        x, a, delta = before.values, after.values, after.delta
        none = state.parameters[:0]
        if not state.training or self.rate == 0.0:
            copy, back = partial(np.copyto, a, x), partial(np.copyto, before.delta, delta)
            return BoundLayer(self, x, a, a, delta, none, none, (copy,), (back,))
        mask, active, loud = np.ones_like(a), np.empty(a.shape, bool), np.full_like(a, 1.0 / (1.0 - self.rate))
        rng, rate = state.rng, np.full(a.shape, self.rate)

        def draw() -> None:
            np.greater_equal(rng.random(a.shape), rate, active)
            np.multiply(loud, active, mask)

        forward: Ops = (partial(np.multiply, x, mask, a),)
        backward: Ops = (partial(np.multiply, delta, mask, before.delta),)
        return BoundLayer(self, x, a, a, delta, none, none, forward, backward, draw=(draw,))


class Residual(Struct, frozen=True):
    """Adds what goes into a row of layers to what comes out of them, so that a gradient has a short way back.

        z = x + F(x),  a = f(z)
        dC/dx = dC/dz + (dF/dx).T dC/dz

    Reference: He, Zhang, Ren and Sun, 2016, Deep residual learning for image recognition, equation 1.
    """

    name: str
    inputs: int
    activation: Activation
    layers: "tuple[AnyLayer, ...]"
    size = 0  # of its own: the parameters belong to the layers inside
    offset = 0

    @property
    def units(self) -> int:
        return self.inputs

    def bind(self, before: Wire, after: Wire, state: State, first: bool) -> BoundLayer:
        x, a, delta = before.values, after.values, after.delta
        z, none = after.z, state.parameters[:0]
        start, end = before.fork(), Wire.empty(self.units, x.shape[1], delta)
        inner = chain(self.layers, start, end, state, first)
        forward: Ops = (
            *(op for one in inner for op in one.forward),
            partial(np.add, x, end.values, z),
            *self.activation.forward(z, a),
        )
        backward: Ops = (
            partial(np.copyto, end.delta, delta),
            *(op for one in reversed(inner) for op in (*one.finish(), *one.backward)),
        )
        if not first:
            backward += (partial(np.add, start.delta, delta, before.delta),)
        draw = tuple(op for one in inner for op in one.draw)
        learn = tuple(op for one in inner for op in one.learn)
        return BoundLayer(self, x, z, a, delta, none, none, forward, backward, draw, learn, inner)


AnyLayer = Dense | Convolution | Pooling | BatchNorm | LayerNormalization | Dropout | Residual


def chain(
    layers: tuple[AnyLayer, ...],
    before: Wire,
    after: Wire,
    state: State,
    first: bool,
    between: Iterable[Array] = (),
) -> tuple[BoundLayer, ...]:
    """Binds layers in a row, with new wires at the places `between`, (units + 1, batch) each, or anywhere."""
    places = iter(between)
    bound = []
    for index, layer in enumerate(layers):
        last = index == len(layers) - 1
        place = None if last else next(places, None)
        following = after if last else Wire.empty(layer.units, before.delta.shape[1], before.delta)
        following = following if place is None else Wire.over(place, layer.units)
        bound.append(layer.bind(before, following, state, first and index == 0))
        before = following
    return tuple(bound)
