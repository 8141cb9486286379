"""Metrics: how good predictions are, and how far layers move, asked of a network as it stands.

All of them take what `Trainer.evaluate` gives; none is recorded while training runs.
"""

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from nnsim.nn.arrays import Array
from nnsim.training.trainer import Trainer

Counts = npt.NDArray[np.int64]
Classes = npt.NDArray[np.intp]


def predicted_classes(predictions: Array, middle: float = 0.5) -> Classes:
    """Class of each row, (rows,): the largest of several outputs; of one, 1 above the middle, else 0."""
    if predictions.shape[1] > 1:
        return np.asarray(predictions.argmax(axis=1), np.intp)
    return np.asarray(predictions[:, 0] > middle, np.intp)


def confusion_matrix(actual: Classes, predicted: Classes, classes: int) -> Counts:
    """Rows of each actual class by predicted class, (classes, classes), from class numbers, (rows,)."""
    counts = np.bincount(actual * classes + predicted, minlength=classes * classes)
    return np.asarray(counts.reshape(classes, classes), np.int64)


class ClassScores(Struct, frozen=True):
    """Precision, recall and F1 of every class, each (classes,), and accuracy over all rows.

        precision = right among those taken for the class
        recall    = right among those of the class
        F1        = 2 precision recall / (precision + recall)

    A share of nothing is 0, as scikit-learn has it with `zero_division=0`.
    """

    precision: Array
    recall: Array
    f1: Array
    accuracy: float

    @property
    def macro_f1(self) -> float:
        return float(self.f1.mean())


def class_scores(confusion: Counts) -> ClassScores:
    right = np.diag(confusion).astype(np.float64)
    precision = _share(right, confusion.sum(axis=0))
    recall = _share(right, confusion.sum(axis=1))
    f1 = _share(2.0 * right, confusion.sum(axis=0) + confusion.sum(axis=1))
    return ClassScores(precision, recall, f1, float(right.sum() / max(confusion.sum(), 1)))


def _share(part: Array, whole: npt.NDArray[np.int64]) -> Array:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def r_squared(predictions: Array, targets: Array) -> float:
    """Share of the targets' variance that the predictions explain, both (rows, outputs).

        R2 = 1 - sum((y - a)**2) / sum((y - mean(y))**2)        (sums over rows; the mean of R2 over outputs)

    Where a target never changes its R2 is 1 if it is met exactly, else 0.
    """
    left = _squares(targets - predictions)
    whole = _squares(targets - targets.mean(axis=0))
    flat = np.where(left == 0.0, 1.0, 0.0)
    return float(np.where(whole > 0.0, 1.0 - left / np.where(whole > 0.0, whole, 1.0), flat).mean())


def _squares(errors: Array) -> Array:
    errors *= errors  # in place: rows can be many
    return np.asarray(errors.sum(axis=0))


def mean_absolute_error(predictions: Array, targets: Array) -> float:
    """mean(|a - y|) over all rows and outputs."""
    errors = np.asarray(predictions - targets)
    return float(np.abs(errors, errors).mean())  # in place: rows can be many


class UpdateRatio(Struct, frozen=True):
    """How far the last update moved the parameters of a layer, weights and biases together.

    ratio = |change| / |parameters|        (Euclidean norms; about 0.001 is common in good training)
    """

    name: str
    update_norm: float
    weight_norm: float

    @property
    def ratio(self) -> float:
        return self.update_norm / self.weight_norm if self.weight_norm > 0.0 else 0.0


def update_ratios(trainer: Trainer) -> tuple[UpdateRatio, ...]:
    """The ratio for every layer that has parameters, of the step that was trained last."""
    found = []
    for layer in trainer.plan.network.trained:
        part = slice(layer.offset, layer.offset + layer.size)
        with np.errstate(all="ignore"):  # of a run that diverges
            update, weight = (float(np.linalg.norm(one[part])) for one in (trainer.change, trainer.parameters))
        found.append(UpdateRatio(layer.name, update, weight))
    return tuple(found)
