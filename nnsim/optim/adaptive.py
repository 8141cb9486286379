"""Optimizers that scale each parameter's step by the size of its own past gradients: Adagrad to AdamW.

A decaying mean m = beta * m + (1 - beta) * g is kept divided by its constant factor (1 - beta), which saves an
operation on the whole vector; the factor comes back with the other numbers that hold for all parameters of a step.
"""

from functools import partial
from math import sqrt
from typing import Annotated

import numpy as np
from msgspec import Meta

from nnsim.components import Fraction, Positive, Rate
from nnsim.nn.arrays import Array, Ops, constant, memory
from nnsim.optim.sgd import Optimizer

# A mean that forgets nothing would have no factor to be divided by.
Memory = Annotated[float, Meta(ge=0.0, lt=1.0)]


class Adagrad(Optimizer, frozen=True):
    """Divide by the root of the sum of all squared gradients so far: often used directions get shorter steps.

        s = s + g**2
        w = w - rate * g / (sqrt(s) + epsilon)

    Note: PyTorch's rate is 0.01; its `lr_decay` is a schedule here. The paper's epsilon stands inside the root.
    Reference: Duchi, Hazan and Singer, 2011, Adaptive subgradient methods, figure 1.
    """

    memory, names = 1, ("s",)

    epsilon: Positive = 1e-10
    initial_sum: Rate = 0.0

    lines = ("s = s + g**2", "w = w - rate * g / (sqrt(s) + epsilon)")

    def init(self, parameters: Array) -> Array:
        return np.full((1, parameters.size), self.initial_sum, parameters.dtype)

    def update(self, parameters: Array, gradient: Array, slots: Array, rate: Array, change: Array) -> Ops:
        total, root = slots[0], np.empty_like(gradient)
        return (
            partial(np.multiply, gradient, gradient, change),
            partial(np.add, total, change, total),
            partial(np.sqrt, total, root),
            partial(np.add, root, constant(self.epsilon, root), root),
            partial(np.divide, gradient, root, change),
            partial(np.multiply, change, rate, change),
            partial(np.subtract, parameters, change, parameters),
        )


class Adadelta(Optimizer, frozen=True):
    """Adagrad that forgets, with steps measured by the steps before: the units cancel, and no rate is needed.

        s = rho * s + (1 - rho) * g**2
        d = g * sqrt(a + epsilon) / sqrt(s + epsilon)
        a = rho * a + (1 - rho) * d**2
        w = w - rate * d

    Note: as in PyTorch, whose rate is 1 as in the paper.
    Reference: Zeiler, 2012, ADADELTA: an adaptive learning rate method, algorithm 1.
    """

    memory, names = 2, ("s", "a")

    rho: Memory = 0.9
    epsilon: Positive = 1e-6

    lines = (
        "s = rho * s + (1 - rho) * g**2",
        "d = g * sqrt(a + epsilon) / sqrt(s + epsilon)",
        "a = rho * a + (1 - rho) * d**2",
        "w = w - rate * d",
    )

    def update(self, parameters: Array, gradient: Array, slots: Array, rate: Array, change: Array) -> Ops:
        squares, steps = slots
        like, root = partial(constant, like=gradient), np.empty_like(gradient)
        rho, rest, epsilon = like(self.rho), like(1.0 - self.rho), like(self.epsilon)
        return (
            *_mean_square(squares, gradient, rho, rest, change),
            partial(np.add, squares, epsilon, root),
            partial(np.add, steps, epsilon, change),
            partial(np.divide, change, root, change),
            partial(np.sqrt, change, change),
            partial(np.multiply, change, gradient, change),
            *_mean_square(steps, change, rho, rest, root),
            partial(np.multiply, change, rate, change),
            partial(np.subtract, parameters, change, parameters),
        )


def _mean_square(mean: Array, values: Array, rho: Array, rest: Array, free: Array) -> Ops:
    """mean = rho * mean + rest * values**2"""
    return (
        partial(np.multiply, mean, rho, mean),
        partial(np.multiply, values, values, free),
        partial(np.multiply, free, rest, free),
        partial(np.add, mean, free, mean),
    )


class RMSProp(Optimizer, frozen=True):
    """Divide by the root of a decaying mean of squared gradients.

        s = alpha * s + (1 - alpha) * g**2
        r = sqrt(s) + epsilon                          or, centered, sqrt(s - c**2) + epsilon
        c = alpha * c + (1 - alpha) * g                (the mean gradient, where centered)
        b = momentum * b + g / r
        w = w - rate * b

    Note: as in PyTorch, whose rate is 0.01: epsilon stands outside the root (TensorFlow's stands inside), and
    Hinton's decay is 0.9 where this is 0.99.
    Reference: Tieleman and Hinton, 2012, lecture 6.5; centered: Graves, 2013, Generating sequences with recurrent
    neural networks, equations 38 to 45.
    """

    memory, names = 3, ("s", "b", "c")

    alpha: Memory = 0.99
    epsilon: Positive = 1e-8
    momentum: Fraction = 0.0
    centered: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        mean = ("c = alpha * c + (1 - alpha) * g", "r = sqrt(s - c**2) + epsilon")
        pushed = ("b = momentum * b + g / r", "w = w - rate * b")
        return (
            "s = alpha * s + (1 - alpha) * g**2",
            *(mean if self.centered else ("r = sqrt(s) + epsilon",)),
            *(pushed if self.momentum else ("w = w - rate * g / r",)),
        )

    def momentum_of(self, slots: Array) -> Array | None:
        return np.asarray(slots[1]) if self.momentum else None

    def update(self, parameters: Array, gradient: Array, slots: Array, rate: Array, change: Array) -> Ops:
        squares, sum_, mean = slots
        like, root = partial(constant, like=gradient), np.empty_like(gradient)
        alpha, rest = like(self.alpha), like(1.0 - self.alpha)
        ops = _mean_square(squares, gradient, alpha, rest, root)
        if self.centered:
            ops += (
                partial(np.multiply, mean, alpha, mean),
                partial(np.multiply, gradient, rest, root),
                partial(np.add, mean, root, mean),
                partial(np.multiply, mean, mean, root),
                partial(np.subtract, squares, root, root),
                partial(np.sqrt, root, root),
            )
        else:
            ops += (partial(np.sqrt, squares, root),)
        ops += (
            partial(np.add, root, like(self.epsilon), root),
            partial(np.divide, gradient, root, change),
        )
        if np.any(self.momentum):
            ops += (
                partial(np.multiply, sum_, like(self.momentum), sum_),
                partial(np.add, sum_, change, sum_),
                partial(np.multiply, sum_, rate, change),
            )
        else:
            ops += (partial(np.multiply, change, rate, change),)
        return (*ops, partial(np.subtract, parameters, change, parameters))


class Adam(Optimizer, frozen=True):
    """Momentum divided by the root of a mean of squared gradients, both corrected for starting at zero.

        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        w = w - rate * m / (1 - beta1**t) / (sqrt(v / (1 - beta2**t)) + epsilon)

    with t = 1 in the first step.

    Note: as in PyTorch and in the paper, algorithm 1; PyTorch's rate is 0.001. The faster form that the paper
    gives in section 2 has another epsilon. What is remembered is m / (1 - beta1), v / (1 - beta2) and t.
    Reference: Kingma and Ba, 2015, Adam: a method for stochastic optimization, algorithm 1.
    """

    memory, follows = 3, 0  # m, v, and t in the first place of the third

    beta1: Memory = 0.9
    beta2: Memory = 0.999
    epsilon: Positive = 1e-8

    @property
    def lines(self) -> tuple[str, ...]:
        return (*self._means, "w = w - rate * m / (1 - beta1**t) / (sqrt(v / (1 - beta2**t)) + epsilon)")

    @property
    def _means(self) -> tuple[str, ...]:
        return "t = t + 1", "m = beta1 * m + (1 - beta1) * g", "v = beta2 * v + (1 - beta2) * g**2"

    def remembered(self, slots: Array, index: int) -> dict[str, float]:
        m, v = slots.item(0, index) * (1.0 - self.beta1), slots.item(1, index) * (1.0 - self.beta2)
        return {"m": m, "v": v, "t": slots.item(2, 0)}

    def update(self, parameters: Array, gradient: Array, slots: Array, rate: Array, change: Array) -> Ops:
        return self._update(parameters, gradient, slots, rate, change, 0.0, None)

    def _update(
        self,
        parameters: Array,
        gradient: Array,
        slots: Array,
        rate: Array,
        change: Array,
        weight_decay: float,
        largest: Array | None,
    ) -> Ops:
        moments, (m, v, count) = slots[:2], slots[:3]
        root, step, epsilon = np.empty_like(gradient), np.zeros_like(rate), np.zeros_like(rate)
        decay = np.empty_like(moments)
        decay[0], decay[1] = self.beta1, self.beta2
        beta1, beta2, factor1, factor2 = self.beta1, self.beta2, 1.0 - self.beta1, 1.0 - self.beta2

        counted, rated, scaled, stepped = memory(count), memory(rate), memory(epsilon), memory(step)
        small = self.epsilon

        def correct() -> None:
            # sqrt(v') + epsilon' divided into step' * m', where v' and m' lack their constant factors: all that
            # depends on t goes into two numbers.
            t = counted[0] + 1.0
            if not t >= 1.0:  # a checkpoint from a file may hold anything
                t = 1.0
            counted[0] = t
            scale = sqrt((1.0 - beta2**t) / factor2)
            scaled[0] = small * scale
            stepped[0] = rated[0] * factor1 / (1.0 - beta1**t) * scale

        def correct_each() -> None:  # the same where the rate is an array: one a member, or one a parameter
            t = max(counted[0] + 1.0, 1.0)
            count[0] = t
            scale = np.sqrt((1.0 - beta2**t) / factor2)
            epsilon[...] = small * scale
            step[...] = rate * factor1 / (1.0 - beta1**t) * scale

        ops: Ops = (
            correct_each if rate.ndim else correct,
            partial(np.multiply, moments, decay, moments),
            partial(np.add, m, gradient, m),
            partial(np.multiply, gradient, gradient, change),
            partial(np.add, v, change, v),
        )
        if largest is not None:
            ops += (partial(np.maximum, largest, v, out=largest),)
        ops += (
            partial(np.sqrt, v if largest is None else largest, root),
            partial(np.add, root, epsilon, root),
            partial(np.divide, m, root, change),
            partial(np.multiply, change, step, change),
        )
        if np.any(weight_decay):
            ops += (
                partial(np.multiply, parameters, rate, root),
                partial(np.multiply, root, constant(weight_decay, root), root),
                partial(np.add, change, root, change),
            )
        return (*ops, partial(np.subtract, parameters, change, parameters))


class AMSGrad(Adam, frozen=True):
    """Adam that divides by the largest mean of squared gradients so far: no step grows because one is forgotten.

        x = max(x, v)
        w = w - rate * m / (1 - beta1**t) / (sqrt(x / (1 - beta2**t)) + epsilon)

    with m, v and t as in Adam.

    Note: as in PyTorch (`Adam(amsgrad=True)`, rate 0.001); the paper corrects neither mean for its start.
    Reference: Reddi, Kale and Kumar, 2018, On the convergence of Adam and beyond, algorithm 2.
    """

    memory = 4

    @property
    def lines(self) -> tuple[str, ...]:
        step = "w = w - rate * m / (1 - beta1**t) / (sqrt(x / (1 - beta2**t)) + epsilon)"
        return (*self._means, "x = max(x, v)", step)

    def remembered(self, slots: Array, index: int) -> dict[str, float]:
        return {**super().remembered(slots, index), "x": slots.item(3, index) * (1.0 - self.beta2)}

    def update(self, parameters: Array, gradient: Array, slots: Array, rate: Array, change: Array) -> Ops:
        return self._update(parameters, gradient, slots, rate, change, 0.0, slots[3])


class AdamW(Adam, frozen=True):
    """Adam with weight decay beside it: the weights shrink by the same share, however large their gradients are.

        w = w - rate * weight_decay * w - (Adam's step)

    Note: as in PyTorch (rate 0.001), on all parameters, biases too; `regularization.weight_decay` does the same
    for any optimizer and spares the biases. In the paper the decay follows the schedule, but not the rate.
    Reference: Loshchilov and Hutter, 2019, Decoupled weight decay regularization, algorithm 2.
    """

    weight_decay: Rate = 0.01

    @property
    def lines(self) -> tuple[str, ...]:
        *means, step = super().lines
        return (*means, step.replace("w - ", "w - rate * weight_decay * w - ", 1))

    def update(self, parameters: Array, gradient: Array, slots: Array, rate: Array, change: Array) -> Ops:
        return self._update(parameters, gradient, slots, rate, change, self.weight_decay, None)
