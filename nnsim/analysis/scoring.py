"""How good the answers of one part of the rows are: training, validation and test rows apart."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nnsim.analysis.evaluation_metrics import (
    ClassScores,
    Counts,
    class_scores,
    confusion_matrix,
    mean_absolute_error,
    predicted_classes,
    r_squared,
)
from nnsim.scenario.plan import Plan
from nnsim.training.records import Evaluation
from nnsim.training.trainer import Trainer


@dataclass(frozen=True)
class Answers:
    """The answers to some rows, counted and measured."""

    rows: int
    right: int | None  # None where answers are neither right nor wrong
    names: tuple[str, ...]  # of the classes
    confusion: Counts | None  # a row for each true class; None without classes
    scores: ClassScores | None
    mean_absolute: float
    root_mean_square: float
    worst: float  # the largest error
    r2: float
    mean_absolute_in_units: tuple[float, ...] | None = None  # of each target, as the data have it, if scaled


def judge(plan: Plan, found: Evaluation, rows: npt.NDArray[np.integer]) -> Answers:
    examples = plan.examples
    answers, targets = found.predictions[rows], examples.targets[rows]
    confusion, names = None, examples.classes if len(examples.classes) > 1 else ("0", "1")
    if plan.accuracy_applies and examples.labels is not None:
        predicted = predicted_classes(answers, plan.middle)
        confusion = confusion_matrix(examples.labels[rows], predicted, len(names))
    with np.errstate(all="ignore"):
        mean_absolute, r2 = mean_absolute_error(answers, targets), r_squared(answers, targets)
        error = np.abs(np.subtract(answers, targets, targets), targets)  # in their place: rows can be many
        worst, each = float(error.max()), error.mean(axis=0)
        error *= error
        return Answers(
            rows=len(rows),
            right=None if found.right is None else int(found.right[rows].sum()),
            names=names,
            confusion=confusion,
            scores=None if confusion is None else class_scores(confusion),
            mean_absolute=mean_absolute,
            root_mean_square=float(np.sqrt(error.mean())),
            worst=worst,
            r2=r2,
            mean_absolute_in_units=None
            if examples.scaling is None
            else tuple((each * examples.scaling.deviation).tolist()),
        )


def parts(trainer: Trainer) -> Iterator[tuple[str, npt.NDArray[np.integer]]]:
    """The parts of the data set that have rows, by name, with the numbers of their rows."""
    named = (("training", trainer.rows), ("validation", trainer.validation_rows), ("test", trainer.test_rows))
    yield from ((name, rows) for name, rows in named if len(rows))
