"""SAM: a step with the gradient of a point uphill, away from minima whose walls are steep."""

from collections.abc import Callable
from math import sqrt

import numpy as np

from nnsim.components import Fraction, Positive
from nnsim.nn.arrays import Array, Ops
from nnsim.optim.sgd import Evaluate, Optimizer


class SAM(Optimizer, frozen=True):
    """Gradient descent with the gradient of the worst point nearby: what is low here and steep beside it is left.

        e = radius * g / |g|
        h = dC/dw at w + e, of the same rows
        b = momentum * b + h
        w = w - rate * b

    with |g| the length of the whole gradient. A step costs two gradients, and counts as two.

    Note: PyTorch has none. This is the paper's rule with its radius of 0.05 and gradient descent or momentum below
    it (rate 0.1, momentum 0.9 there). Dropout drops the same units at both points; running statistics of batch
    normalization follow the first alone. Clipping is refused: it would bound one of two gradients.
    Reference: Foret, Kleiner, Mobahi and Neyshabur, 2021, Sharpness-aware minimization for efficiently improving
    generalization, algorithm 1.
    """

    memory, searches = 3, True  # b, h of the last step, and how many points were looked at

    radius: Positive = 0.05
    momentum: Fraction = 0.0

    lines = ("b = momentum * b + h", "w = w - rate * b")

    def remembered(self, slots: Array, index: int) -> dict[str, float]:
        h, b = slots.item(1, index), slots.item(0, index)
        return {"h": h, "b": (b - h) / self.momentum if self.momentum else 0.0}  # asked for behind the step

    def momentum_of(self, slots: Array) -> Array | None:
        return np.asarray(slots[0]) if self.momentum else None

    def evaluations(self, slots: Array) -> Array | None:
        return slots[2, :1]

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
        sum_, uphill, counted = slots
        away = np.empty_like(parameters)

        def step() -> None:
            length = sqrt(float(gradient.dot(gradient)))
            np.multiply(gradient, self.radius / length if length else 0.0, away)
            np.add(away, parameters, away)
            evaluate(away, uphill)
            counted[0] += 1.0
            np.multiply(sum_, self.momentum, sum_)
            np.add(sum_, uphill, sum_)
            np.multiply(sum_, rate, change)
            np.subtract(parameters, change, parameters)

        return (step,)
