"""Optimizers: from a gradient to a change of the parameters.

An optimizer keeps nothing itself. What it remembers between steps is an array of slots, (slots, parameters), made
by `init`, written in place by the bound operations, and part of every checkpoint.
"""

from functools import partial
from typing import ClassVar

import numpy as np

from nnsim.arrays import Array, Ops
from nnsim.parts import Part


class Optimizer(Part, frozen=True):
    """A rule for one update of all parameters."""

    group: ClassVar[str] = "nnsim.optimizers"

    def init(self, parameters: Array) -> Array:
        """What the optimizer remembers at the start, (slots, parameters)."""
        raise NotImplementedError

    def update(self, parameters: Array, gradient: Array, slots: Array, rate: Array, change: Array) -> Ops:
        """Operations that change the parameters by one step.

        Args: all flat, (parameters,), but slots. rate: the learning rate, repeated, refilled when it changes.
        change: receives what is subtracted from the parameters.
        """
        raise NotImplementedError


class SGD(Optimizer, frozen=True):
    """Gradient descent: a step against the gradient.

    w = w - rate * g
    """

    def init(self, parameters: Array) -> Array:
        return np.zeros((0, parameters.size), parameters.dtype)

    def update(self, parameters: Array, gradient: Array, slots: Array, rate: Array, change: Array) -> Ops:
        return (
            partial(np.multiply, gradient, rate, change),
            partial(np.subtract, parameters, change, parameters),
        )


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
}
