"""Layers: what a network is made of, each bound to the arrays between it and its neighbours.

A layer reads the values of one wire and writes those of the next. Backwards it finds dC/da of its outputs in the
next wire's `delta`, turns it into dC/dz there, and writes dC/da of its inputs into the `delta` of the wire before.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from nnsim.arrays import Array, Ops
from nnsim.nn.activations import Activation, Backward, KnownSlope
from nnsim.nn.initializers import Initializer, RandomSource


@dataclass(frozen=True)
class Wire:
    """Values between layers, (units, batch), above a row of ones for the bias, and dC/d(values) on the way back."""

    padded: Array
    values: Array  # (units, batch)
    z: Array  # (units, batch): what the values are made of by the activation of the layer before
    delta: Array  # (units, batch)

    @classmethod
    def empty(cls, units: int, batch: int, like: Array) -> "Wire":
        """A wire for so many units, in the precision of `like`."""
        return cls.over(np.empty((units + 1, batch), like.dtype), units)

    @classmethod
    def over(cls, padded: Array, units: int) -> "Wire":
        """A wire whose values lie in an array, (units + 1, batch), or, without the ones, (units, batch)."""
        padded[...] = 1.0
        batch, like = padded.shape[1], padded
        z, delta = np.empty((units, batch), like.dtype), np.empty((units, batch), like.dtype)
        return cls(padded, padded[:units], z, delta)

    def fork(self) -> "Wire":
        """The same values with a delta of their own, where two layers read them."""
        return replace(self, delta=np.empty_like(self.delta))


@dataclass(frozen=True)
class State:
    """What layers read and write besides the wires."""

    parameters: Array  # (parameters,)
    gradient: Array  # (parameters,)
    statistics: Array  # (statistics,): what layers learn without a gradient
    rng: RandomSource
    training: bool  # else inference: nothing is drawn and nothing is learnt
    negated: Array | None = None  # -parameters, where layers shall find -z without computing z


@dataclass(frozen=True)
class BoundLayer:
    """The arrays of one layer for one batch width, and the operations between them."""

    layer: "Dense | BatchNorm | Dropout | Residual"
    inputs: Array  # (rows, batch): what comes in, with the row of ones where there is a bias
    z: Array  # (units, batch)
    outputs: Array  # (units, batch)
    delta: Array  # (units, batch): dC/dz
    weights: Array  # a view of the parameters, of a dense layer (rows, units)
    gradient: Array  # a view of the gradient, likewise
    forward: Ops
    backward: Ops
    draw: Ops = ()  # what comes before `forward` in training: random numbers
    learn: Ops = ()  # what comes after: running statistics
    inner: "tuple[BoundLayer, ...]" = ()  # the layers inside a residual connection
    complete: Ops = ()  # what computes z for those who look at it, where `forward` does without it
    slope: KnownSlope | None = None  # f'(z), where operations outside the layer find it

    @property
    def back(self) -> Backward:
        """How dC/da of the outputs becomes dC/dz."""
        return self.layer.activation if self.slope is None else self.slope

    def finish(self) -> Ops:
        """Operations that turn dC/da of the outputs into dC/dz, where the loss has not done so."""
        return self.back.backward(self.z, self.outputs, self.delta)


@dataclass(frozen=True)
class Dense:
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


@dataclass(frozen=True)
class Dropout:
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


@dataclass(frozen=True)
class BatchNorm:
    """Brings every unit to mean 0 and variance 1 over the batch, then to a scale and a shift that are learnt.

        xhat = (x - mean) / sqrt(var + epsilon)
        z = gamma xhat + beta,  a = f(z)
        dC/dgamma = sum(dC/dz xhat),  dC/dbeta = sum(dC/dz)                          (over the batch of n rows)
        dC/dx = gamma / sqrt(var + epsilon) (dC/dz - dC/dbeta / n - xhat dC/dgamma / n)

    In training mean and variance are the batch's, and running ones follow them:

        running = (1 - momentum) running + momentum batch's      (the variance there divided by n - 1, not n)

    In inference the running ones take their place. They start at 0 and 1.

    Note: the conventions are PyTorch's `BatchNorm1d`. A batch of one row, which PyTorch refuses, has variance
    0: its z is beta.
    Reference: Ioffe and Szegedy, 2015, Batch normalization, algorithms 1 and 2.
    """

    name: str
    inputs: int
    activation: Activation
    momentum: float
    epsilon: float
    offset: int
    statistics_offset: int

    @property
    def units(self) -> int:
        return self.inputs

    @property
    def size(self) -> int:
        """Number of parameters: gamma and beta of every unit."""
        return 2 * self.inputs

    def view(self, flat: Array) -> Array:
        """The layer's part of a flat vector (..., parameters) as (..., 2, units): gamma, then beta."""
        part = flat[..., self.offset : self.offset + self.size]
        return part.reshape(*flat.shape[:-1], 2, self.inputs)

    def running(self, statistics: Array) -> Array:
        """The layer's part of the statistics, (2, units): running mean, then running variance."""
        start = self.statistics_offset
        return statistics[start : start + 2 * self.inputs].reshape(2, self.inputs)

    def bind(self, before: Wire, after: Wire, state: State, first: bool) -> BoundLayer:
        x, a, delta = before.values, after.values, after.delta
        units, batch = x.shape
        pair, slots, running = (
            self.view(state.parameters),
            self.view(state.gradient),
            self.running(state.statistics),
        )
        gamma, beta = pair[0][:, None], pair[1][:, None]
        z, xhat, product = after.z, np.empty_like(delta), np.empty_like(delta)
        mean, var, spread = (np.empty((units, 1), x.dtype) for _ in range(3))
        learn: Ops = ()
        if state.training:
            rows = np.full_like(mean, batch)  # np.mean is Python code, and three times slower
            moments: Ops = (
                partial(np.add.reduce, x, 1, None, mean, True),
                partial(np.divide, mean, rows, mean),
                partial(np.subtract, x, mean, xhat),
                partial(np.multiply, xhat, xhat, product),
                partial(np.add.reduce, product, 1, None, var, True),
                partial(np.divide, var, rows, var),
            )
            learn = (partial(self._follow, running, mean, var, batch),)
        else:
            moments = (
                partial(np.copyto, mean, running[0][:, None]),
                partial(np.copyto, var, running[1][:, None]),
                partial(np.subtract, x, mean, xhat),
            )
        forward: Ops = (
            *moments,
            partial(np.add, var, np.full_like(var, self.epsilon), spread),
            partial(np.sqrt, spread, spread),
            partial(np.divide, xhat, spread, xhat),
            partial(np.multiply, xhat, gamma, z),
            partial(np.add, z, beta, z),
            *self.activation.forward(z, a),
        )
        backward: Ops = (
            partial(np.multiply, delta, xhat, product),
            partial(np.add.reduce, product, 1, None, slots[0]),
            partial(np.add.reduce, delta, 1, None, slots[1]),
        )
        if not first:
            share, scale = np.full((units, 1), 1.0 / batch, x.dtype), np.empty((units, 1), x.dtype)
            back, part = before.delta, np.empty((units, 1), x.dtype)
            by_mean: Ops = (
                partial(np.multiply, slots[0][:, None], share, part),
                partial(np.multiply, xhat, part, product),
                partial(np.multiply, slots[1][:, None], share, part),
                partial(np.subtract, delta, part, back),
                partial(np.subtract, back, product, back),
            )
            backward += by_mean if state.training else (partial(np.copyto, back, delta),)
            backward += (partial(np.divide, gamma, spread, scale), partial(np.multiply, back, scale, back))
        return BoundLayer(self, x, z, a, delta, pair, slots, forward, backward, learn=learn)

    def _follow(self, running: Array, mean: Array, var: Array, batch: int) -> None:
        running *= 1.0 - self.momentum
        running[0] += self.momentum * mean[:, 0]
        running[1] += self.momentum * (batch / max(batch - 1, 1)) * var[:, 0]


@dataclass(frozen=True)
class Residual:
    """Adds what goes into a row of layers to what comes out of them, so that a gradient has a short way back.

        z = x + F(x),  a = f(z)
        dC/dx = dC/dz + (dF/dx).T dC/dz

    Reference: He, Zhang, Ren and Sun, 2016, Deep residual learning for image recognition, equation 1.
    """

    name: str
    inputs: int
    activation: Activation
    layers: "tuple[Dense | Dropout | BatchNorm | Residual, ...]"
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


AnyLayer = Dense | BatchNorm | Dropout | Residual


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
