"""Losses: how wrong the outputs are, as one number.

Shapes: z, outputs a and targets y are (units, batch). Values are computed for many steps at once, from what the
tape kept, (steps, units, batch) -> (steps,): the outputs a, or the logits z where a loss is `from_logits`, because
what is lost by rounding a to 0 or 1 is still there in z.
"""

from functools import partial
from typing import Annotated, ClassVar, Literal

import numpy as np
from msgspec import Meta

from nnsim.components import Fraction, Part, Positive, Rate
from nnsim.errors import ScenarioError
from nnsim.nn.activations import Activation, Backward, Linear, Sigmoid, Softmax
from nnsim.nn.arrays import Array, Op, Ops, constant

Reduction = Literal["mean", "half-mean", "half-sum", "sum"]


class Loss(Part, frozen=True):
    """A measure of error and its derivative with respect to the last layer's z."""

    group: ClassVar[str] = "nnsim.losses"
    from_logits: ClassVar[bool] = False
    margins: ClassVar[bool] = False  # whether an answer above 0 is a yes, without being a share

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
        total *= self.scale(scored.shape[1] * scored.shape[2])
        return np.asarray(total)

    def scale(self, count: int) -> float:
        """What the sum of squared errors of so many outputs is multiplied by."""
        return {"mean": 1.0 / count, "half-mean": 0.5 / count, "half-sum": 0.5, "sum": 1.0}[self.reduction]

    def delta(self, output: Backward, z: Array, a: Array, y: Array, delta: Array) -> Ops:
        ops: Ops = (partial(np.subtract, a, y, delta),)
        factor = 2.0 * self.scale(answers_of(y))
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
        return (*_mean_error(a, y, delta, answers_of(y), slope), *output.backward(z, a, delta))


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
        return (*_mean_error(a, y, delta, answers_of(y), *slope), *output.backward(z, a, delta))


class BinaryCrossEntropy(Loss, frozen=True):
    """Surprise at the true answer of a yes/no question, in nats, behind a sigmoid.

        C = -sum(p y' log(a) + (1 - y') log(1 - a)) / n = sum(log(1 + exp(z)) - y' z) / n     (the latter where p =
        1) dC/dz = (a (1 - y' + p y') - p y') / n = (a - y') / n                                 (likewise)

    with a = sigmoid(z), n the number of outputs, units times rows, p = `positive_weight`, by which a yes counts for
    more, and y' = y (1 - smoothing) + smoothing / 2. PyTorch's `BCEWithLogitsLoss`, whose `pos_weight` is p.

    Note: computed from z, so it is finite and exact also where a is rounded to 0 or 1: a wrong answer with
    z = 800 costs 800. Smoothing is Keras's `label_smoothing`; PyTorch has none here.
    Reference: Bishop, 1995, Neural networks for pattern recognition, section 6.7.
    """

    from_logits: ClassVar[bool] = True

    smoothing: Fraction = 0.0
    positive_weight: Positive = 1.0

    def values(self, scored: Array, targets: Array) -> Array:
        zero = np.zeros((), scored.dtype)
        if self.positive_weight == 1.0 and not self.smoothing:
            return _means(np.logaddexp(scored, zero) - targets * scored)
        yes = self._smooth(targets)
        no = 1.0 - yes
        return _means(no * np.logaddexp(scored, zero) + self.positive_weight * yes * np.logaddexp(-scored, zero))

    def _smooth(self, targets: Array) -> Array:
        return targets * (1.0 - self.smoothing) + 0.5 * self.smoothing

    def delta(self, output: Backward, z: Array, a: Array, y: Array, delta: Array) -> Ops:
        if self.positive_weight == 1.0 and not self.smoothing:
            return _mean_error(a, y, delta, answers_of(y))
        weight, number = self.positive_weight, float(answers_of(y))

        def slope() -> None:
            yes = self._smooth(y)
            np.divide(a * (1.0 - yes + weight * yes) - weight * yes, number, delta)

        return (slope,)

    def check(self, output: Activation, targets: Array) -> None:
        _between_0_and_1("binary-cross-entropy", output, targets)


class Focal(Loss, frozen=True):
    """Cross-entropy that hardly minds what is right already: many easy answers do not drown a few hard ones.

        C = -sum(w y (1 - a)**focus log(a) + (1 - w) (1 - y) a**focus log(1 - a)) / n
        dC/dz = w y (1 - a)**focus (focus a log(a) - (1 - a)) / n                     where y = 1
        dC/dz = (1 - w) a**focus (a - focus (1 - a) log(1 - a)) / n                   where y = 0

    with a = sigmoid(z), n the number of outputs, units times rows, and w = `positive_weight`, a share: 0.5 counts
    yes and no alike, at half their cross-entropy where focus = 0.

    Note: torchvision's `sigmoid_focal_loss(reduction="mean")`, where w is called alpha and focus gamma.
    Reference: Lin, Goyal, Girshick, He and Dollár, 2017, Focal loss for dense object detection, equation 5.
    """

    from_logits: ClassVar[bool] = True

    focus: Annotated[float, Meta(ge=0.0, le=20.0)] = 2.0
    positive_weight: Fraction = 0.25

    def values(self, scored: Array, targets: Array) -> Array:
        zero = np.zeros((), scored.dtype)
        not_yes, not_no = np.logaddexp(-scored, zero), np.logaddexp(scored, zero)  # -log(a), -log(1 - a)
        yes = self.positive_weight * targets * np.exp(-self.focus * not_no) * not_yes
        no = (1.0 - self.positive_weight) * (1.0 - targets) * np.exp(-self.focus * not_yes) * not_no
        return _means(yes + no)

    def delta(self, output: Backward, z: Array, a: Array, y: Array, delta: Array) -> Ops:
        weight, focus, number, zero = self.positive_weight, self.focus, float(answers_of(y)), constant(0.0, z)

        def slope() -> None:
            not_yes, not_no = np.logaddexp(-z, zero), np.logaddexp(z, zero)
            yes = weight * y * np.exp(-focus * not_no) * (-focus * a * not_yes - (1.0 - a))
            no = (1.0 - weight) * (1.0 - y) * np.exp(-focus * not_yes) * (a + focus * (1.0 - a) * not_no)
            np.divide(yes + no, number, delta)

        return (slope,)

    def check(self, output: Activation, targets: Array) -> None:
        _between_0_and_1("focal", output, targets)


class Hinge(Loss, frozen=True):
    """The support vector machine's: an answer costs until it is right by a margin of 1, and then nothing.

    C = sum(max(0, 1 - s z)) / n,  dC/dz = -s / n where s z < 1, else 0

    with s = 1 where y is 1, -1 where y is 0, and n the number of outputs, units times rows. An answer above 0 is a
    yes. With classes in several columns each is asked about by itself, and the largest answer is the class.

    Note: Optax's `hinge_loss`; PyTorch's `MultiMarginLoss` compares the classes with each other, its
    `HingeEmbeddingLoss` is another thing. The derivative at the corner is taken as 0.
    Reference: Cortes and Vapnik, 1995, Support-vector networks, equation 11, there with a penalty on the weights.
    """

    from_logits: ClassVar[bool] = True
    margins: ClassVar[bool] = True

    def values(self, scored: Array, targets: Array) -> Array:
        return _means(np.maximum(1.0 - (2.0 * targets - 1.0) * scored, 0.0))

    def delta(self, output: Backward, z: Array, a: Array, y: Array, delta: Array) -> Ops:
        number = float(answers_of(y))

        def slope() -> None:
            sign = 2.0 * y - 1.0
            np.divide(np.where(sign * z < 1.0, -sign, 0.0), number, delta)

        return (slope,)

    def check(self, output: Activation, targets: Array) -> None:
        if not isinstance(output, Linear):
            raise ScenarioError("loss: hinge needs outputs without bounds (model.output: linear)")
        if not ((targets == 0.0) | (targets == 1.0)).all():
            raise ScenarioError("loss: hinge needs targets that are 0 or 1")


class SoftmaxCrossEntropy(Loss, frozen=True):
    """Surprise at the true class, in nats, behind a softmax.

        C = -sum(y log(a)) / rows = sum_rows(log(sum_j exp(z_j)) - sum_j y_j z_j) / rows
        dC/dz = (a - y) / rows

    with a = softmax(z) and y a 1 at the true class, or shares that add up to 1. Targets in one column of class
    numbers from 0 on become such rows. With label smoothing and a weight w_j for each class

        y' = y (1 - smoothing) + smoothing / classes,  N = sum_rows(sum_j w_j y_j)
        C = -sum_rows(sum_j w_j y'_j log(a_j)) / N
        dC/dz_k = (a_k sum_j w_j y'_j - w_k y'_k) / N

    Note: PyTorch's `CrossEntropyLoss(weight, label_smoothing)`, which, where targets are shares and not class
    numbers, divides by the rows and not by N. Computed from z with the largest z taken away, so it is finite also
    where a is rounded to 0.
    Reference: Bishop, 1995, Neural networks for pattern recognition, section 6.9; smoothing: Szegedy et al., 2016,
    Rethinking the inception architecture for computer vision, section 7.
    """

    from_logits: ClassVar[bool] = True

    smoothing: Fraction = 0.0
    weights: Annotated[tuple[Rate, ...], Meta(max_length=1000)] = ()

    def values(self, scored: Array, targets: Array) -> Array:
        steps, units, batch = scored.shape
        # Units first: NumPy reduces the first axis soonest. One step more than there are: else a single row would
        # be added up in another order than several, and the same step recorded alone would differ in a bit.
        shifted = np.zeros((units, steps + 1, batch), scored.dtype)
        logits = shifted[:, :steps]
        np.copyto(logits, scored.transpose(1, 0, 2))
        np.subtract(shifted, shifted.max(axis=0), shifted)
        if self._plain:
            true = np.einsum("sub,usb->s", targets, logits)
            np.exp(shifted, shifted)
            return np.asarray((np.log(shifted.sum(axis=0)[:steps]).sum(axis=1) - true) / batch)
        weighted, counted = self._weighted(targets)
        number = counted.sum(axis=(1, 2))
        true = (weighted.transpose(1, 0, 2) * logits).sum(axis=0)
        np.exp(shifted, shifted)
        surprise = np.log(shifted.sum(axis=0)[:steps]) * weighted.sum(axis=1) - true
        return np.asarray(surprise.sum(axis=1) / number)

    @property
    def _plain(self) -> bool:
        return not self.smoothing and not self.weights

    def _weighted(self, targets: Array) -> tuple[Array, Array]:
        """w y' and w y of targets, (..., units, batch or seeds)."""
        units = targets.shape[-2]
        weights = np.array(self.weights or [1.0] * units, targets.dtype)[:, None]
        smooth = targets * (1.0 - self.smoothing) + self.smoothing / units
        return weights * smooth, weights * targets

    def delta(self, output: Backward, z: Array, a: Array, y: Array, delta: Array) -> Ops:
        if self._plain:
            return _mean_error(a, y, delta, answers_of(y) // y.shape[-2])

        def slope() -> None:
            weighted, counted = self._weighted(y)
            np.divide(a * weighted.sum(axis=-2, keepdims=True) - weighted, counted.sum(), delta)

        return (slope,)

    def check(self, output: Activation, targets: Array) -> None:
        if not isinstance(output, Softmax):
            raise ScenarioError("loss: softmax-cross-entropy needs shares of 1 as outputs (model.output: softmax)")
        classes = targets.shape[1]
        if classes < 2 or (targets < 0.0).any() or not np.allclose(targets.sum(axis=1), 1.0, atol=1e-9):
            raise ScenarioError(
                "loss: softmax-cross-entropy needs classes as targets (allowed: one column of class numbers from 0 "
                "on, or rows of shares that add up to 1)"
            )
        if self.weights and (len(self.weights) != classes or not any(self.weights)):
            raise ScenarioError(
                f"loss.weights: {len(self.weights)} numbers (allowed: {classes}, one for each class, not all 0)"
            )


def _between_0_and_1(kind: str, output: Activation, targets: Array) -> None:
    if not isinstance(output, Sigmoid):
        raise ScenarioError(f"loss: {kind} needs outputs between 0 and 1 (model.output: sigmoid)")
    if not ((targets >= 0.0) & (targets <= 1.0)).all():
        raise ScenarioError(f"loss: {kind} needs targets from 0 to 1")


def answers_of(targets: Array) -> int:
    """How many numbers one network is to answer, in (units, batch); or (batch, units, members) of many at once."""
    return int(targets.shape[0] * targets.shape[1])


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
    "focal": Focal,
    "hinge": Hinge,
    "huber": Huber,
    "mae": MAE,
    "mse": MSE,
    "softmax-cross-entropy": SoftmaxCrossEntropy,
}
