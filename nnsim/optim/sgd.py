"""Optimizers that scale all parameters alike, from gradient descent to Lion, and what all optimizers share.

An optimizer keeps nothing itself. What it remembers between steps is an array of slots, (slots, parameters), made
by `init`, written in place by the bound operations, and part of every checkpoint: so a step back is exact.
"""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

import numpy as np

from nnsim.components import Fraction, Part, Rate
from nnsim.nn.arrays import Array, Ops, constant
from nnsim.nn.network import Block

# Loss at a point (parameters,), whose gradient goes into the second array; costs a forward and a backward pass.
Evaluate = Callable[[Array, Array], float]


class Optimizer(Part, frozen=True):
    """A rule for one update of all parameters; the learning rate comes from the schedule."""

    group: ClassVar[str] = "nnsim.optimizers"

    memory = 0  # slots that it needs
    names: ClassVar[tuple[str, ...]] = ()  # of what they hold, as `lines` have it
    follows: ClassVar[int | None] = None  # the slot with the past gradients that a step follows
    full_batch = False  # whether it only works on all rows at once
    searches = False  # whether it evaluates more points in a step, through `search`, not `update`
    by_block = False  # whether it asks what belongs together, through `update_blocks`, not `update`

    def init(self, parameters: Array) -> Array:
        """What the optimizer remembers at the start, (slots, parameters)."""
        return np.zeros((self.memory, parameters.size), parameters.dtype)

    def update(self, parameters: Array, gradient: Array, slots: Array, rate: Array, change: Array) -> Ops:
        """Operations that change the parameters by one step.

        Args: all flat, (parameters,), but slots. rate: the learning rate, (), refilled when it changes.
        change: receives what is subtracted from the parameters. The gradient is only read.
        """
        raise NotImplementedError

    def update_blocks(
        self,
        blocks: tuple[Block, ...],
        parameters: Array,
        gradient: Array,
        slots: Array,
        rate: Array,
        change: Array,
    ) -> Ops:
        """The same for an optimizer that asks which parameters are the weights of a layer, and which its biases."""
        return self.update(parameters, gradient, slots, rate, change)

    def unit_update(self, parameters: Array, gradient: Array) -> Ops | None:
        """`update` with a rate of exactly 1, to the bit, where that is shorter; the change need not be told."""
        return None

    def search(
        self,
        parameters: Array,
        gradient: Array,
        slots: Array,
        rate: Array,
        change: Array,
        here: Callable[[], float],
        evaluate: Evaluate,
    ) -> Ops:
        """Operations of a step that looks at other points: `here` is the loss now, `evaluate` that anywhere."""
        raise NotImplementedError

    @property
    def lines(self) -> tuple[str, ...]:
        """The update of one weight w as assignments, from its gradient g, rate, settings and memory; or ().

        Of an optimizer that works on matrices, d is what its step subtracts from the weight.
        """
        return ()

    def remembered(self, slots: Array, index: int) -> dict[str, float]:
        """Memory of one weight by the names in `lines`, from slots before the step, or after a search."""
        return dict(zip(self.names, slots[:, index].tolist(), strict=False))

    def momentum_of(self, slots: Array) -> Array | None:
        """The sum, or mean, of past gradients that a step follows, (parameters,); None where it keeps none."""
        return None if self.follows is None else np.asarray(slots[self.follows])

    def evaluations(self, slots: Array) -> Array | None:
        """The slot, (1,), that counts the points evaluated beside the present ones; None where there are none."""
        return None


class SGD(Optimizer, frozen=True):
    """Gradient descent: a step against the gradient.

        w = w - rate * g

    Note: PyTorch's rate is 0.001.
    Reference: Robbins and Monro, 1951, A stochastic approximation method.
    """

    lines = ("w = w - rate * g",)

    def update(self, parameters: Array, gradient: Array, slots: Array, rate: Array, change: Array) -> Ops:
        return (
            partial(np.multiply, gradient, rate, change),
            partial(np.subtract, parameters, change, parameters),
        )

    def unit_update(self, parameters: Array, gradient: Array) -> Ops:
        return (partial(np.subtract, parameters, gradient, parameters),)


class Momentum(Optimizer, frozen=True):
    """Gradient descent that keeps its direction: a sum of past gradients, each counting less than the next.

        b = momentum * b + g
        w = w - rate * b

    Note: as in PyTorch (there: `SGD(momentum=...)`, which leaves the default to the user, here 0.9) the rate
    stands outside the sum; where it stands inside, b = momentum * b + rate * g, a change of the rate takes
    effect more slowly. No dampening.
    Reference: Polyak, 1964, Some methods of speeding up the convergence of iteration methods, equation 9.
    """

    memory, names, follows = 1, ("b",), 0

    momentum: Fraction = 0.9

    lines = ("b = momentum * b + g", "w = w - rate * b")

    def update(self, parameters: Array, gradient: Array, slots: Array, rate: Array, change: Array) -> Ops:
        sum_ = slots[0]
        return (
            partial(np.multiply, sum_, constant(self.momentum, sum_), sum_),
            partial(np.add, sum_, gradient, sum_),
            partial(np.multiply, sum_, rate, change),
            partial(np.subtract, parameters, change, parameters),
        )


class Nesterov(Optimizer, frozen=True):
    """Momentum that looks ahead: the step uses the sum of gradients as it will stand after one more of the same.

        b = momentum * b + g
        w = w - rate * (g + momentum * b)

    Note: as in PyTorch (`SGD(nesterov=True)`, default here 0.9). Sutskever takes the gradient at the point ahead,
    w - rate * momentum * b; with a constant rate that is the same sequence, told from the point ahead.
    Reference: Nesterov, 1983; Sutskever, Martens, Dahl and Hinton, 2013, On the importance of initialization and
    momentum in deep learning, equations 3 and 4.
    """

    memory, names, follows = 1, ("b",), 0

    momentum: Fraction = 0.9

    lines = ("b = momentum * b + g", "w = w - rate * (g + momentum * b)")

    def update(self, parameters: Array, gradient: Array, slots: Array, rate: Array, change: Array) -> Ops:
        sum_, momentum = slots[0], constant(self.momentum, slots[0])
        return (
            partial(np.multiply, sum_, momentum, sum_),
            partial(np.add, sum_, gradient, sum_),
            partial(np.multiply, sum_, momentum, change),
            partial(np.add, change, gradient, change),
            partial(np.multiply, change, rate, change),
            partial(np.subtract, parameters, change, parameters),
        )


class Lion(Optimizer, frozen=True):
    """Only the sign of a mixed gradient counts: every parameter moves by the same amount.

        u = sign(beta1 * m + (1 - beta1) * g)
        w = w - rate * (u + weight_decay * w)
        m = beta2 * m + (1 - beta2) * g

    Note: PyTorch has no Lion; this is the paper's, whose defaults these are. Its rate is 3 to 10 times smaller than
    Adam's, its weight decay, on all parameters, that much larger.
    Reference: Chen et al., 2023, Symbolic discovery of optimization algorithms, algorithm 2.
    """

    memory, names, follows = 1, ("m",), 0

    beta1: Fraction = 0.9
    beta2: Fraction = 0.99
    weight_decay: Rate = 0.0

    lines = (
        "u = sign(beta1 * m + (1 - beta1) * g)",
        "w = w - rate * (u + weight_decay * w)",
        "m = beta2 * m + (1 - beta2) * g",
    )

    def update(self, parameters: Array, gradient: Array, slots: Array, rate: Array, change: Array) -> Ops:
        mean, part = slots[0], np.empty_like(gradient)
        ops: Ops = (
            partial(np.multiply, mean, constant(self.beta1, mean), change),
            partial(np.multiply, gradient, constant(1.0 - self.beta1, mean), part),
            partial(np.add, change, part, change),
            partial(np.sign, change, change),
        )
        if np.any(self.weight_decay):
            ops += (
                partial(np.multiply, parameters, constant(self.weight_decay, mean), part),
                partial(np.add, change, part, change),
            )
        return (
            *ops,
            partial(np.multiply, change, rate, change),
            partial(np.subtract, parameters, change, parameters),
            partial(np.multiply, mean, constant(self.beta2, mean), mean),
            partial(np.multiply, gradient, constant(1.0 - self.beta2, mean), part),
            partial(np.add, mean, part, mean),
        )
