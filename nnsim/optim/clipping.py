"""Clipping: a gradient that is too long is made shorter before the optimizer sees it.

The gradient itself stays as it is, so that its norm before and after clipping are both recorded.
"""

from functools import partial
from math import sqrt

import numpy as np

from nnsim.components import Part, Positive
from nnsim.nn.arrays import Array, Op, Ops, constant


class Clipping(Part, frozen=True):
    """A bound on the gradient."""

    on = True

    def clip(self, gradient: Array, clipped: Array, layers: tuple[slice, ...]) -> Ops:
        """Operations that write the bounded gradient into `clipped`, (parameters,); layers: the part of each."""
        raise NotImplementedError


class NoClipping(Clipping, frozen=True):
    """The gradient as it is."""

    on = False

    def clip(self, gradient: Array, clipped: Array, layers: tuple[slice, ...]) -> Ops:
        return (partial(np.copyto, clipped, gradient),)


class GlobalNorm(Clipping, frozen=True):
    """Shorten the whole gradient to the length `limit`, where it is longer; its direction stays.

        c = g * min(1, limit / (|g| + 1e-6)),  |g| = sqrt(sum of all g**2)

    Note: as PyTorch's `clip_grad_norm_`, whose 1e-6 leaves the clipped length just below the limit; where one
    number of the gradient is none (NaN), all become so, as there. The penalties `l1` and `l2` are part of the
    gradient that is clipped; what PyTorch calls `weight_decay` is added to it after clipping.
    Reference: Pascanu, Mikolov and Bengio, 2013, On the difficulty of training recurrent neural networks,
    algorithm 1.
    """

    limit: Positive = 1.0

    def clip(self, gradient: Array, clipped: Array, layers: tuple[slice, ...]) -> Ops:
        return _shortened(gradient, clipped, self.limit)


class LayerNorm(Clipping, frozen=True):
    """Shorten each layer's part of the gradient to the length `limit`, where it is longer.

        c_l = g_l * min(1, limit / (|g_l| + 1e-6))    for each layer l, its weights and biases together

    Note: as PyTorch's `clip_grad_norm_` called for one layer after another. The gradient as a whole may turn. A
    NaN makes its layer's numbers NaN.
    Reference: Pascanu, Mikolov and Bengio, 2013, On the difficulty of training recurrent neural networks,
    algorithm 1, there for the whole gradient.
    """

    limit: Positive = 1.0

    def clip(self, gradient: Array, clipped: Array, layers: tuple[slice, ...]) -> Ops:
        return tuple(op for one in layers for op in _shortened(gradient[one], clipped[one], self.limit))


class Value(Clipping, frozen=True):
    """Hold every number of the gradient between -limit and limit.

        c = min(max(g, -limit), limit)

    Note: as PyTorch's `clip_grad_value_`. The gradient turns towards the diagonal.
    Reference: Mikolov, 2012, Statistical language models based on neural networks.
    """

    limit: Positive = 1.0

    def clip(self, gradient: Array, clipped: Array, layers: tuple[slice, ...]) -> Ops:
        low, high = constant(-self.limit, gradient), constant(self.limit, gradient)
        return (partial(np.maximum, gradient, low, out=clipped), partial(np.minimum, clipped, high, out=clipped))


def _shortened(gradient: Array, clipped: Array, limit: float) -> tuple[Op, Op]:
    factor = constant(1.0, gradient)

    def measure() -> None:
        # In this order a length that is not a number makes a factor that is none either, as in PyTorch.
        factor.fill(min(limit / (sqrt(gradient.dot(gradient)) + 1e-6), 1.0))

    return measure, partial(np.multiply, gradient, factor, clipped)


CLIPPINGS: dict[str, type[Clipping]] = {
    "global-norm": GlobalNorm,
    "layer-norm": LayerNorm,
    "none": NoClipping,
    "value": Value,
}
