# my_parts.py
from functools import partial
from typing import Annotated

import numpy as np
from msgspec import Meta

from nnsim.data.examples import DataSource, Examples
from nnsim.nn.activations import Activation
from nnsim.nn.initializers import Initializer
from nnsim.nn.losses import Loss
from nnsim.optim.descent import Optimizer
from nnsim.optim.schedules import Schedule


class Cubed(Loss, frozen=True):
    """Cubed error, which minds outliers more than the squared error does.

    C = sum(|a - y|**3) / n,  dC/da = 3 (a - y) |a - y| / n
    """

    def values(self, scored, targets):
        """The loss of each step, (steps,), from outputs and targets, (steps, units, rows)."""
        return (np.abs(scored - targets) ** 3).mean(axis=(1, 2))

    def delta(self, output, z, a, y, delta):
        """Operations that write dC/dz into `delta`: dC/da, and behind it the way back through the activation."""

        def slope():
            np.subtract(a, y, delta)
            np.multiply(delta, 3.0 / y.size * np.abs(delta), delta)

        return (slope, *output.backward(z, a, delta))


class Sine(Activation, frozen=True):
    """A sine.

    f(z) = sin(z),  f'(z) = cos(z)
    """

    def forward(self, z, a):
        return (partial(np.sin, z, a),)

    def derivative(self, z, a, d):
        return (partial(np.cos, z, d),)


class Signs(Initializer, frozen=True):
    """Weights that are all as large, of random sign."""

    size: Annotated[float, Meta(gt=0.0, le=1e6)] = 0.5

    def sample(self, size, inputs, units, rng):
        return self.size * np.sign(rng.uniform(-1.0, 1.0, size))


class SignSGD(Optimizer, frozen=True):
    """Every parameter moves by the rate, against the sign of its gradient.

    w = w - rate * sign(g)
    """

    def update(self, parameters, gradient, slots, rate, change):
        return (
            partial(np.sign, gradient, change),
            partial(np.multiply, change, rate, change),
            partial(np.subtract, parameters, change, parameters),
        )


class Zigzag(Schedule, frozen=True):
    """The full rate and half of it, in turn."""

    def curve(self, progress, total, kept):
        return np.where(progress % 2.0 < 1.0, self.rate, self.rate / 2.0)


class Board(DataSource, frozen=True):
    """Points on a board of two times two squares; those of one colour are 1."""

    rows: Annotated[int, Meta(ge=4, le=10_000)] = 60

    def examples(self, *, rng, read):
        inputs = rng.uniform(0.0, 2.0, (self.rows, 2))
        targets = (inputs.astype(int).sum(axis=1) % 2 == 0).astype(float)
        return Examples(inputs, targets[:, None], ("x", "y"), ("colour",))
