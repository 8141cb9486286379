"""Losses: how wrong the outputs are, as one number.

Shapes: outputs a and targets y are (units, batch). Values are computed for many steps at once, from the outputs
that the tape kept, (steps, units, batch) -> (steps,).
"""

from functools import partial
from typing import Literal

import numpy as np

from nnsim.arrays import Array, Ops
from nnsim.errors import ScenarioError
from nnsim.nn.activations import Activation, Sigmoid
from nnsim.parts import Part

Reduction = Literal["mean", "half-mean", "half-sum"]


class Loss(Part, frozen=True):
    """A measure of error and its derivative with respect to the last layer's z."""

    def values(self, outputs: Array, targets: Array) -> Array:
        """Loss of each of many steps: outputs and targets (steps, units, batch) -> (steps,)."""
        raise NotImplementedError

    def delta(self, output: Activation, z: Array, a: Array, y: Array, delta: Array) -> Ops:
        """Operations that write dC/dz of the last layer into delta, all (units, batch)."""
        raise NotImplementedError


class MSE(Loss, frozen=True):
    """Squared error.

        mean       C = sum((a - y)**2) / n          dC/da = 2 (a - y) / n
        half-mean  C = sum((a - y)**2) / (2 n)      dC/da = (a - y) / n
        half-sum   C = sum((a - y)**2) / 2          dC/da = a - y

    with n the number of outputs, units times rows.

    Note: the gradient is that of the reduction named here, so the same learning rate means a step n times as
    long with half-sum as with half-mean. PyTorch's `MSELoss` is "mean".
    """

    reduction: Reduction = "mean"

    def values(self, outputs: Array, targets: Array) -> Array:
        error = outputs - targets
        total = np.einsum("sub,sub->s", error, error)
        return np.asarray(total * self._scale(outputs.shape[1] * outputs.shape[2]))

    def _scale(self, count: int) -> float:
        return {"mean": 1.0 / count, "half-mean": 0.5 / count, "half-sum": 0.5}[self.reduction]

    def delta(self, output: Activation, z: Array, a: Array, y: Array, delta: Array) -> Ops:
        slope = np.empty_like(delta)
        ops: Ops = (partial(np.subtract, a, y, delta),)
        factor = 2.0 * self._scale(a.size)
        if factor != 1.0:
            ops += (partial(np.multiply, delta, np.full_like(delta, factor), delta),)
        derivative = output.derivative(z, a, slope)
        if derivative is not None:
            ops += (*derivative, partial(np.multiply, delta, slope, delta))
        return ops


class BinaryCrossEntropy(Loss, frozen=True):
    """Surprise at the true answer of a yes/no question, in nats.

        C = -sum(y log(a) + (1 - y) log(1 - a)) / n,  dC/da = (a - y) / (a (1 - a)) / n

    Behind a sigmoid the two denominators cancel: dC/dz = (a - y) / n, which stays exact where a is almost 0 or 1.

    Note: log is taken of no less than 1e-100, so a confident wrong answer costs 230, not infinity.
    """

    def values(self, outputs: Array, targets: Array) -> Array:
        tiny = 1e-100
        surprise = targets * np.log(np.maximum(outputs, tiny))
        surprise += (1.0 - targets) * np.log(np.maximum(1.0 - outputs, tiny))
        return np.asarray(-np.einsum("sub->s", surprise) / (outputs.shape[1] * outputs.shape[2]))

    def delta(self, output: Activation, z: Array, a: Array, y: Array, delta: Array) -> Ops:
        if not isinstance(output, Sigmoid):
            raise ScenarioError("loss: binary-cross-entropy needs outputs between 0 and 1 (model.output: sigmoid)")
        return (
            partial(np.subtract, a, y, delta),
            partial(np.divide, delta, np.full_like(delta, float(a.size)), delta),
        )


LOSSES: dict[str, type[Loss]] = {
    "binary-cross-entropy": BinaryCrossEntropy,
    "mse": MSE,
}
