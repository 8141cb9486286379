"""Losses: how wrong the outputs are, as one number.

Shapes: z, outputs a and targets y are (units, batch). Values are computed for many steps at once, from what the
tape kept, (steps, units, batch) -> (steps,): the outputs a, or the logits z where a loss is `from_logits`, because
what is lost by rounding a to 0 or 1 is still there in z.
"""

from functools import partial
from typing import ClassVar, Literal

import numpy as np

from nnsim.arrays import Array, Op, Ops, constant
from nnsim.components import Part, Positive
from nnsim.errors import ScenarioError
from nnsim.nn.activations import Activation, Backward, Sigmoid, Softmax

Reduction = Literal["mean", "half-mean", "half-sum", "sum"]


class Loss(Part, frozen=True):
    """A measure of error and its derivative with respect to the last layer's z."""

    group: ClassVar[str] = "nnsim.losses"
    from_logits: ClassVar[bool] = False

    def values(self, scored: Array, targets: Array) -> Array:
        """Losses, (steps,), of outputs, or logits where `from_logits`, and targets, (steps, units, batch)."""
        raise NotImplementedError

    def delta(self, output: Backward, z: Array, a: Array, y: Array, delta: Array) -> Ops:
        """Operations that write dC/dz of the last layer into delta, all (units, batch)."""
        raise NotImplementedError

    def check(self, output: Activation, targets: Array) -> None:
        """Refuses outputs or targets, (rows, units), without meaning for the loss.  Raises: ScenarioError."""


class MSE(Loss, frozen=True):
    """Squared error.

        mean       C = sum((a - y)**2) / n          dC/da = 2 (a - y) / n
        half-mean  C = sum((a - y)**2) / (2 n)      dC/da = (a - y) / n
        half-sum   C = sum((a - y)**2) / 2          dC/da = a - y
        sum        C = sum((a - y)**2)              dC/da = 2 (a - y)

    with n the number of outputs, units times rows.

    Note: the gradient is that of the reduction named here, so the same learning rate means a step n times as
    long with half-sum as with half-mean. PyTorch's `MSELoss` is "mean".
    Reference: Rumelhart, Hinton and Williams, 1986, Learning representations by back-propagating errors,
    equation 3 (half-sum).
    """

    reduction: Reduction = "mean"

    def values(self, scored: Array, targets: Array) -> Array:
        error = scored - targets
        total = _squares(error)
        total *= self._scale(scored.shape[1] * scored.shape[2])
        return np.asarray(total)

    def _scale(self, count: int) -> float:
        return {"mean": 1.0 / count, "half-mean": 0.5 / count, "half-sum": 0.5, "sum": 1.0}[self.reduction]

    def delta(self, output: Backward, z: Array, a: Array, y: Array, delta: Array) -> Ops:
        ops: Ops = (partial(np.subtract, a, y, delta),)
        factor = 2.0 * self._scale(y.size)
        if factor != 1.0:
            ops += (partial(np.multiply, delta, constant(factor, delta), delta),)
        return ops + output.backward(z, a, delta)


class MAE(Loss, frozen=True):
    """Absolute error, which minds outliers less than the squared error does.

    C = sum(|a - y|) / n,  dC/da = sign(a - y) / n

    with n the number of outputs, units times rows.

    Note: the derivative where a = y is taken as 0, as PyTorch's `L1Loss` does.
    Reference: Hastie, Tibshirani and Friedman, 2009, The elements of statistical learning, section 10.6.
    """

    def values(self, scored: Array, targets: Array) -> Array:
        return _means(np.abs(scored - targets))

    def delta(self, output: Backward, z: Array, a: Array, y: Array, delta: Array) -> Ops:
        slope = partial(np.sign, delta, delta)
        return (*_mean_error(a, y, delta, y.size, slope), *output.backward(z, a, delta))


class Huber(Loss, frozen=True):
    """Squared error near the target, absolute error beyond a distance of `threshold` (t).

    C = sum(h(a - y)) / n,  h(e) = e**2 / 2 where |e| <= t, else t (|e| - t / 2)
    dC/da = min(max(a - y, -t), t) / n

    with n the number of outputs, units times rows. PyTorch's `HuberLoss` with its defaults.

    Reference: Huber, 1964, Robust estimation of a location parameter.
    """

    threshold: Positive = 1.0

    def values(self, scored: Array, targets: Array) -> Array:
        error = np.abs(scored - targets)
        within = np.minimum(error, self.threshold)
        return _means(within * (error - 0.5 * within))

    def delta(self, output: Backward, z: Array, a: Array, y: Array, delta: Array) -> Ops:
        slope = (
            partial(np.minimum, delta, constant(self.threshold, delta), out=delta),
            partial(np.maximum, delta, constant(-self.threshold, delta), out=delta),
        )
        return (*_mean_error(a, y, delta, y.size, *slope), *output.backward(z, a, delta))


class BinaryCrossEntropy(Loss, frozen=True):
    """Surprise at the true answer of a yes/no question, in nats, behind a sigmoid.

        C = -sum(y log(a) + (1 - y) log(1 - a)) / n = sum(log(1 + exp(z)) - y z) / n
        dC/dz = (a - y) / n

    with a = sigmoid(z) and n the number of outputs, units times rows. PyTorch's `BCEWithLogitsLoss`.

    Note: computed from z, so it is finite and exact also where a is rounded to 0 or 1: a wrong answer with
    z = 800 costs 800.
    Reference: Bishop, 1995, Neural networks for pattern recognition, section 6.7.
    """

    from_logits: ClassVar[bool] = True

    def values(self, scored: Array, targets: Array) -> Array:
        surprise = np.logaddexp(scored, np.zeros((), scored.dtype)) - targets * scored
        return _means(surprise)

    def delta(self, output: Backward, z: Array, a: Array, y: Array, delta: Array) -> Ops:
        return _mean_error(a, y, delta, y.size)

    def check(self, output: Activation, targets: Array) -> None:
        if not isinstance(output, Sigmoid):
            raise ScenarioError("loss: binary-cross-entropy needs outputs between 0 and 1 (model.output: sigmoid)")
        if not ((targets >= 0.0) & (targets <= 1.0)).all():
            raise ScenarioError("loss: binary-cross-entropy needs targets from 0 to 1")


class SoftmaxCrossEntropy(Loss, frozen=True):
    """Surprise at the true class, in nats, behind a softmax.

        C = -sum(y log(a)) / rows = sum_rows(log(sum_j exp(z_j)) - sum_j y_j z_j) / rows
        dC/dz = (a - y) / rows

    with a = softmax(z) and y a 1 at the true class, or shares that add up to 1. Targets in one column of class
    numbers from 0 on become such rows. PyTorch's `CrossEntropyLoss`.

    Note: computed from z with the largest z taken away, so it is finite also where a is rounded to 0.
    Reference: Bishop, 1995, Neural networks for pattern recognition, section 6.9.
    """

    from_logits: ClassVar[bool] = True

    def values(self, scored: Array, targets: Array) -> Array:
        steps, units, batch = scored.shape
        # Units first: NumPy reduces the first axis soonest. One step more than there are: else a single row would
        # be added up in another order than several, and the same step recorded alone would differ in a bit.
        shifted = np.zeros((units, steps + 1, batch), scored.dtype)
        logits = shifted[:, :steps]
        np.copyto(logits, scored.transpose(1, 0, 2))
        np.subtract(shifted, shifted.max(axis=0), shifted)
        true = np.einsum("sub,usb->s", targets, logits)
        np.exp(shifted, shifted)
        return np.asarray((np.log(shifted.sum(axis=0)[:steps]).sum(axis=1) - true) / batch)

    def delta(self, output: Backward, z: Array, a: Array, y: Array, delta: Array) -> Ops:
        return _mean_error(a, y, delta, y.size // y.shape[-2])

    def check(self, output: Activation, targets: Array) -> None:
        if not isinstance(output, Softmax):
            raise ScenarioError("loss: softmax-cross-entropy needs shares of 1 as outputs (model.output: softmax)")
        if targets.shape[1] < 2 or (targets < 0.0).any() or not np.allclose(targets.sum(axis=1), 1.0, atol=1e-9):
            raise ScenarioError(
                "loss: softmax-cross-entropy needs classes as targets (allowed: one column of class numbers from 0 "
                "on, or rows of shares that add up to 1)"
            )


def _mean_error(a: Array, y: Array, delta: Array, count: int, *slope: Op) -> Ops:
    """Operations that write the mean's slope, `slope` of the errors a - y by their number, into delta."""
    number = constant(float(count), delta)
    return (partial(np.subtract, a, y, delta), *slope, partial(np.divide, delta, number, delta))


def _squares(values: Array) -> Array:
    """Sums of squares, (steps, units, batch) -> (steps,), in one order of addition for one step or many."""
    steps = len(values)
    if steps == 1 and values.size > np.getbufsize():
        values = np.repeat(values, 2, axis=0)
    return np.asarray(np.einsum("sub,sub->s", values, values)[:steps])


def _means(values: Array) -> Array:
    """The mean of each step, (steps, units, batch) -> (steps,); as `ndarray.mean` in a third of its time."""
    means = np.add.reduce(values, (1, 2))
    means /= values.shape[1] * values.shape[2]
    return np.asarray(means)


LOSSES: dict[str, type[Loss]] = {
    "binary-cross-entropy": BinaryCrossEntropy,
    "huber": Huber,
    "mae": MAE,
    "mse": MSE,
    "softmax-cross-entropy": SoftmaxCrossEntropy,
}
