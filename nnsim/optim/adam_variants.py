"""Adam's relatives that change how it starts, looks ahead, or what it divides by: NAdam, RAdam, AdaBelief.

As in `nnsim.optim.adaptive` a decaying mean is kept divided by its constant factor (1 - beta), and what holds for
all parameters of a step goes into a few numbers, computed once a step.
"""

from functools import partial
from math import sqrt

import numpy as np

from nnsim.components import Rate
from nnsim.nn.arrays import Array, Ops, constant, memory
from nnsim.optim.adaptive import Adam


def count(numbers: "memoryview[float]") -> float:
    """The number of the step that begins, counted up in the first of the numbers that are remembered."""
    t = numbers[0] + 1.0
    if not t >= 1.0:  # a checkpoint from a file may hold anything
        t = 1.0
    numbers[0] = t
    return t


class NAdam(Adam, frozen=True):
    """Adam that looks ahead, as Nesterov's momentum does: the step uses the mean as it will stand one step later.

        u = beta1 * (1 - 0.96**(t * momentum_decay) / 2),  u_next likewise with t + 1,  p the product of all u so
        far m = beta1 * m + (1 - beta1) * g v = beta2 * v + (1 - beta2) * g**2 a = (1 - u) / (1 - p) * g + u_next /
        (1 - p * u_next) * m w = w - rate * a / (sqrt(v / (1 - beta2**t)) + epsilon)

    Note: as in PyTorch, whose rate is 0.002; Keras has no `momentum_decay` but 0.004 as a constant. Optax's `nadam`
    is a shorter rule with u = beta1 all along.
    Reference: Dozat, 2016, Incorporating Nesterov momentum into Adam, algorithm 2.
    """

    memory = 4  # m, v, and in the first places of the other two t and p

    momentum_decay: Rate = 4e-3

    @property
    def lines(self) -> tuple[str, ...]:
        return (
            *self._means,
            "a = (1 - u) / (1 - p) * g + u_next / (1 - p * u_next) * m",
            "w = w - rate * a / (sqrt(v / (1 - beta2**t)) + epsilon)",
        )

    def init(self, parameters: Array) -> Array:
        slots = np.zeros((self.memory, parameters.size), parameters.dtype)
        slots[3] = 1.0
        return slots

    def remembered(self, slots: Array, index: int) -> dict[str, float]:
        known = super().remembered(slots, index)
        share, following = self._share(known["t"] + 1.0), self._share(known["t"] + 2.0)
        return {**known, "u": share, "u_next": following, "p": slots.item(3, 0) * share}

    def _share(self, t: float) -> float:
        return float(self.beta1 * (1.0 - 0.5 * 0.96 ** (t * self.momentum_decay)))

    def update(self, parameters: Array, gradient: Array, slots: Array, rate: Array, change: Array) -> Ops:
        moments, m, v = slots[:2], slots[0], slots[1]
        decay = np.empty_like(moments)
        decay[0], decay[1] = self.beta1, self.beta2
        own, ahead, scale = (constant(0.0, gradient) for _ in range(3))
        epsilon, root = constant(self.epsilon, gradient), np.empty_like(gradient)
        counted, multiplied, rated = memory(slots[2]), memory(slots[3]), memory(rate)
        owned, led, scaled = memory(own), memory(ahead), memory(scale)

        def correct() -> None:
            t = count(counted)
            share, following = self._share(t), self._share(t + 1.0)
            multiplied[0] = product = multiplied[0] * share
            owned[0] = rated[0] * (1.0 - share) / (1.0 - product)
            led[0] = rated[0] * following / (1.0 - product * following) * (1.0 - self.beta1)
            scaled[0] = sqrt((1.0 - self.beta2) / (1.0 - self.beta2**t))

        return (
            correct,
            partial(np.multiply, moments, decay, moments),
            partial(np.add, m, gradient, m),
            partial(np.multiply, gradient, gradient, change),
            partial(np.add, v, change, v),
            partial(np.multiply, gradient, own, root),
            partial(np.multiply, m, ahead, change),
            partial(np.add, change, root, change),
            partial(np.sqrt, v, root),
            partial(np.multiply, root, scale, root),
            partial(np.add, root, epsilon, root),
            partial(np.divide, change, root, change),
            partial(np.subtract, parameters, change, parameters),
        )


class RAdam(Adam, frozen=True):
    """Adam that waits: while v rests on too few gradients to be trusted, the steps are those of momentum.

        r_t = r - 2 * t * beta2**t / (1 - beta2**t),  r = 2 / (1 - beta2) - 1
        l = sqrt((r_t - 4) * (r_t - 2) * r / ((r - 4) * (r - 2) * r_t)) and early = 0,  but 0 and 1 while r_t <= 5
        a = (early + l * sqrt(1 - beta2**t) / (sqrt(v) + epsilon)) * m / (1 - beta1**t)
        w = w - rate * a

    with m, v and t as in Adam. With beta2 = 0.999 the first five steps are momentum's.

    Note: as in PyTorch, whose rate is 0.001; the paper's bound is 4, Optax's 5 too. Epsilon is added before the
    root of v is corrected, unlike in Adam.
    Reference: Liu et al., 2020, On the variance of the adaptive learning rate and beyond, algorithm 2.
    """

    @property
    def lines(self) -> tuple[str, ...]:
        step = "a = (early + l * sqrt(1 - beta2**t) / (sqrt(v) + epsilon)) * m / (1 - beta1**t)"
        return (*self._means, step, "w = w - rate * a")

    def remembered(self, slots: Array, index: int) -> dict[str, float]:
        known = super().remembered(slots, index)
        length = self._rectified(known["t"] + 1.0)
        return {**known, "l": length or 0.0, "early": float(length is None)}

    def _rectified(self, t: float) -> float | None:
        """The factor of a step with v, or None while there are too few gradients in it."""
        most = 2.0 / (1.0 - self.beta2) - 1.0
        decayed = self.beta2**t
        now = most - 2.0 * t * decayed / (1.0 - decayed)
        if now <= 5.0:
            return None
        return sqrt((now - 4.0) * (now - 2.0) * most / ((most - 4.0) * (most - 2.0) * now))

    def update(self, parameters: Array, gradient: Array, slots: Array, rate: Array, change: Array) -> Ops:
        rated, root = memory(rate), np.empty_like(gradient)
        m, v, numbers = slots[0], slots[1], memory(slots[2])
        moments, decay, root_scale = slots[:2], np.empty_like(slots[:2]), sqrt(1.0 - self.beta2)
        decay[0], decay[1] = self.beta1, self.beta2
        step, epsilon = constant(0.0, gradient), constant(self.epsilon, gradient)
        stepped, scale = memory(step), constant(root_scale, gradient)

        def divide() -> None:
            t = count(numbers)
            length = self._rectified(t)
            stepped[0] = rated[0] * (1.0 - self.beta1) / (1.0 - self.beta1**t)
            if length is None:
                np.multiply(m, step, change)
                return
            stepped[0] *= length * sqrt(1.0 - self.beta2**t)
            np.sqrt(v, root)
            np.multiply(root, scale, root)
            np.add(root, epsilon, root)
            np.divide(m, root, change)
            np.multiply(change, step, change)

        return (
            partial(np.multiply, moments, decay, moments),
            partial(np.add, m, gradient, m),
            partial(np.multiply, gradient, gradient, change),
            partial(np.add, v, change, v),
            divide,
            partial(np.subtract, parameters, change, parameters),
        )


class AdaBelief(Adam, frozen=True):
    """Adam that divides by how far a gradient is from what was expected, not by how large it is.

        m = beta1 * m + (1 - beta1) * g
        s = beta2 * s + (1 - beta2) * (g - m)**2 + epsilon
        w = w - rate * m / (1 - beta1**t) / (sqrt(s / (1 - beta2**t)) + epsilon)

    with t = 1 in the first step: where gradients are as expected the steps are long, where they surprise short.

    Note: PyTorch has none. This is the paper's, with both of its epsilons, and Optax's with its defaults, whose
    rate is 0.001; the authors' program takes 1e-16 as well, their paper 1e-8.
    Reference: Zhuang et al., 2020, AdaBelief optimizer: adapting stepsizes by the belief in observed gradients,
    algorithm 2.
    """

    epsilon: Rate = 1e-16

    @property
    def lines(self) -> tuple[str, ...]:
        return (
            "t = t + 1",
            "m = beta1 * m + (1 - beta1) * g",
            "s = beta2 * s + (1 - beta2) * (g - m)**2 + epsilon",
            "w = w - rate * m / (1 - beta1**t) / (sqrt(s / (1 - beta2**t)) + epsilon)",
        )

    def remembered(self, slots: Array, index: int) -> dict[str, float]:
        return {"m": slots.item(0, index), "s": slots.item(1, index), "t": slots.item(2, 0)}

    def update(self, parameters: Array, gradient: Array, slots: Array, rate: Array, change: Array) -> Ops:
        # Means are kept as they are: g - m needs the mean itself.
        m, s, numbers = slots[0], slots[1], memory(slots[2])
        like, root = partial(constant, like=gradient), np.empty_like(gradient)
        step, belief = like(0.0), like(0.0)
        stepped, believed, rated = memory(step), memory(belief), memory(rate)

        def correct() -> None:
            t = count(numbers)
            believed[0] = 1.0 / (1.0 - self.beta2**t)
            stepped[0] = rated[0] / (1.0 - self.beta1**t)

        return (
            correct,
            partial(np.multiply, m, like(self.beta1), m),
            partial(np.multiply, gradient, like(1.0 - self.beta1), change),
            partial(np.add, m, change, m),
            partial(np.subtract, gradient, m, change),
            partial(np.multiply, change, change, change),
            partial(np.multiply, change, like(1.0 - self.beta2), change),
            partial(np.multiply, s, like(self.beta2), s),
            partial(np.add, s, change, s),
            partial(np.add, s, like(self.epsilon), s),
            partial(np.multiply, s, belief, root),
            partial(np.sqrt, root, root),
            partial(np.add, root, like(self.epsilon), root),
            partial(np.divide, m, root, change),
            partial(np.multiply, change, step, change),
            partial(np.subtract, parameters, change, parameters),
        )
