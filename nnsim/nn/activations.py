"""Activation functions, applied to every unit of a layer.

Shapes: z, a and d are (units, batch). `forward` binds the operations that write a = f(z); `derivative` those
that write d = f'(z), computed from a where that is cheaper.
"""

from functools import partial

import numpy as np

from nnsim.arrays import Array, Ops
from nnsim.parts import Part


class Activation(Part, frozen=True):
    """A function of one variable and its derivative."""

    def forward(self, z: Array, a: Array) -> Ops:
        """Operations that write f(z) into a."""
        raise NotImplementedError

    def derivative(self, z: Array, a: Array, d: Array) -> Ops | None:
        """Operations that write f'(z) into d, given z and a = f(z); None where it is 1 everywhere."""
        raise NotImplementedError


class Linear(Activation, frozen=True):
    """The identity.

    f(z) = z,  f'(z) = 1
    """

    def forward(self, z: Array, a: Array) -> Ops:
        return (partial(np.copyto, a, z),)

    def derivative(self, z: Array, a: Array, d: Array) -> None:
        return None


class Sigmoid(Activation, frozen=True):
    """The logistic function, between 0 and 1.

    f(z) = 1 / (1 + exp(-z)),  f'(z) = a (1 - a) with a = f(z)

    Note: exp(-z) overflows to infinity below z = -709, and a is then exactly 0, as it should be.
    """

    def forward(self, z: Array, a: Array) -> Ops:
        ones = np.ones_like(z)  # operands of one shape: NumPy broadcasts a scalar at twice the cost
        return (
            partial(np.negative, z, a),
            partial(np.exp, a, a),
            partial(np.add, a, ones, a),
            partial(np.divide, ones, a, a),
        )

    def derivative(self, z: Array, a: Array, d: Array) -> Ops:
        ones = np.ones_like(d)
        return (partial(np.subtract, ones, a, d), partial(np.multiply, a, d, d))


class Tanh(Activation, frozen=True):
    """The hyperbolic tangent, between -1 and 1.

    f(z) = tanh(z),  f'(z) = 1 - a**2 with a = f(z)
    """

    def forward(self, z: Array, a: Array) -> Ops:
        return (partial(np.tanh, z, a),)

    def derivative(self, z: Array, a: Array, d: Array) -> Ops:
        ones = np.ones_like(d)
        return (partial(np.multiply, a, a, d), partial(np.subtract, ones, d, d))


class ReLU(Activation, frozen=True):
    """The rectified linear unit.

    f(z) = max(z, 0),  f'(z) = 1 where z > 0, else 0

    Note: the derivative at exactly 0 is taken as 0, as PyTorch does.
    """

    def forward(self, z: Array, a: Array) -> Ops:
        return (partial(np.maximum, z, np.zeros_like(z), out=a),)

    def derivative(self, z: Array, a: Array, d: Array) -> Ops:
        return (partial(np.greater, z, np.zeros_like(z), d, casting="unsafe"),)


ACTIVATIONS: dict[str, type[Activation]] = {
    "linear": Linear,
    "relu": ReLU,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
}
