"""Layers that normalize: over the rows of a batch, or over the units of a row."""

from functools import partial

import numpy as np
from msgspec import Struct

from nnsim.nn.activations import Activation
from nnsim.nn.arrays import Array, Ops
from nnsim.nn.wires import BoundLayer, State, Wire


def gamma_and_beta(flat: Array, offset: int, units: int) -> Array:
    """A normalization's part of a flat vector (..., parameters), from `offset` on, as (..., 2, units)."""
    return flat[..., offset : offset + 2 * units].reshape(*flat.shape[:-1], 2, units)


def _scaled(xhat: Array, var: Array, spread: Array, epsilon: float, pair: Array, z: Array) -> Ops:
    """Divides what has mean 0 by sqrt(var + epsilon), kept in `spread`, then scales and shifts it by `pair`."""
    return (
        partial(np.add, var, np.full_like(var, epsilon), spread),
        partial(np.sqrt, spread, spread),
        partial(np.divide, xhat, spread, xhat),
        partial(np.multiply, xhat, pair[0][:, None], z),
        partial(np.add, z, pair[1][:, None], z),
    )


def _pair_gradient(delta: Array, xhat: Array, slots: Array, product: Array) -> Ops:
    """dC/dgamma and dC/dbeta into `slots`; `product` is room for what is added up."""
    return (
        partial(np.multiply, delta, xhat, product),
        partial(np.add.reduce, product, 1, None, slots[0]),
        partial(np.add.reduce, delta, 1, None, slots[1]),
    )


class BatchNorm(Struct, frozen=True):
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
        return gamma_and_beta(flat, self.offset, self.inputs)

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
        gamma = pair[0][:, None]
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
            *_scaled(xhat, var, spread, self.epsilon, pair, z),
            *self.activation.forward(z, a),
        )
        backward = _pair_gradient(delta, xhat, slots, product)
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


class LayerNormalization(Struct, frozen=True):
    """Brings every row to mean 0 and variance 1 over its units, then each unit to a learnt scale and shift.

        xhat = (x - mean) / sqrt(var + epsilon)
        z = gamma xhat + beta,  a = f(z)
        dC/dgamma = sum(dC/dz xhat),  dC/dbeta = sum(dC/dz)                          (over the batch)
        d = gamma dC/dz,  dC/dx = (d - mean(d) - xhat mean(d xhat)) / sqrt(var + epsilon)    (means over the units)

    Unlike batch normalization it asks no other row, so batches of one row will do, and inference is as training.

    Note: PyTorch's `LayerNorm` over the last axis, the variance divided by the number of units. A layer of one unit
    has nothing to be compared with: its z is beta.
    Reference: Ba, Kiros and Hinton, 2016, Layer normalization, equations 2 to 4.
    """

    name: str
    inputs: int
    activation: Activation
    epsilon: float
    offset: int

    @property
    def units(self) -> int:
        return self.inputs

    @property
    def size(self) -> int:
        """Number of parameters: gamma and beta of every unit."""
        return 2 * self.inputs

    def view(self, flat: Array) -> Array:
        """The layer's part of a flat vector (..., parameters) as (..., 2, units): gamma, then beta."""
        return gamma_and_beta(flat, self.offset, self.inputs)

    def bind(self, before: Wire, after: Wire, state: State, first: bool) -> BoundLayer:
        x, z, a, delta = before.values, after.z, after.values, after.delta
        units, batch = x.shape
        pair, slots = self.view(state.parameters), self.view(state.gradient)
        gamma = pair[0][:, None]
        xhat, product = np.empty_like(delta), np.empty_like(delta)
        mean, spread = (np.empty((1, batch), x.dtype) for _ in range(2))
        number = np.full_like(mean, units)
        forward: Ops = (
            partial(np.add.reduce, x, 0, None, mean, True),
            partial(np.divide, mean, number, mean),
            partial(np.subtract, x, mean, xhat),
            partial(np.multiply, xhat, xhat, product),
            partial(np.add.reduce, product, 0, None, spread, True),
            partial(np.divide, spread, number, spread),
            *_scaled(xhat, spread, spread, self.epsilon, pair, z),
            *self.activation.forward(z, a),
        )
        backward = _pair_gradient(delta, xhat, slots, product)
        if not first:
            back, part = before.delta, np.empty((1, batch), x.dtype)
            backward += (
                partial(np.multiply, delta, gamma, back),
                partial(np.multiply, back, xhat, product),
                partial(np.add.reduce, product, 0, None, part, True),
                partial(np.divide, part, number, part),
                partial(np.multiply, xhat, part, product),
                partial(np.add.reduce, back, 0, None, part, True),
                partial(np.divide, part, number, part),
                partial(np.subtract, back, part, back),
                partial(np.subtract, back, product, back),
                partial(np.divide, back, spread, back),
            )
        return BoundLayer(self, x, z, a, delta, pair, slots, forward, backward)
