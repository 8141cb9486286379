"""How good the answers of one part of the rows are: training, validation and test rows apart."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from msgspec import Struct

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
from nnsim.training.inference import Inference
from nnsim.training.records import Evaluation


class Answers(Struct, frozen=True):
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


def evaluation_of(trainer: Inference, rows: npt.NDArray[np.integer]) -> Evaluation:
    """The answers to some rows alone, in arrays for all: NaN for the others. All of a large table take long."""
    plan = trainer.plan
    targets = plan.examples.targets
    outputs, scored = trainer.answers(plan.examples.inputs[rows], raw=True)
    predictions, right = np.full(targets.shape, np.nan), None
    predictions[rows] = outputs.T
    if plan.accuracy_applies:
        right = np.zeros(len(targets), np.bool_)
        right[rows] = plan.right(scored, targets[rows].T)
    return Evaluation(predictions, float("nan"), None, targets, right)


def in_units(plan: Plan, found: Evaluation) -> Evaluation:
    """An evaluation with answers and targets as the data have them; loss and what it is computed of stay."""
    examples = plan.examples
    if examples.scaling is None:
        return found
    return replace(
        found, predictions=examples.in_units(found.predictions), targets=examples.in_units(found.targets)
    )


def judge(plan: Plan, found: Evaluation, rows: npt.NDArray[np.integer]) -> Answers:
    examples = plan.examples
    answers, targets = found.predictions[rows], found.targets[rows]
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


@dataclass(frozen=True)
class PartScore:
    """The figures of one part of the rows, None where they are not finite or do not apply."""

    part: str
    rows: int
    loss: float | None
    accuracy: float | None
    r2: float | None
    mean_absolute_error: float | None


def part_scores(trainer: Inference) -> tuple[PartScore, ...]:
    """The figures of a network as it stands, of training, validation and test rows."""
    found, scores = trainer.evaluate(), []
    for name, rows in parts(trainer):
        answers = judge(trainer.plan, found, rows)
        share = None if answers.right is None else answers.right / answers.rows
        figures = (part_loss(trainer, found, name), share, answers.r2, answers.mean_absolute)
        scores.append(PartScore(name, answers.rows, *map(_finite, figures)))
    return tuple(scores)


def part_loss(trainer: Inference, found: Evaluation, part: str) -> float:
    """The loss of the rows for training, for validation or for the test."""
    apart = {"validation": trainer.validation, "test": trainer.test}.get(part)
    return found.loss if apart is None else trainer.judge(*apart)[0]


def _finite(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def parts(trainer: Inference) -> Iterator[tuple[str, npt.NDArray[np.integer]]]:
    """The parts of the data set that have rows, by name, with the numbers of their rows."""
    named = (("training", trainer.rows), ("validation", trainer.validation_rows), ("test", trainer.test_rows))
    yield from ((name, rows) for name, rows in named if len(rows))
