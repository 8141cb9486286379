"""The case: one run with what every check asks about it, worked out once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnsim.nn.arrays import Array
from nnsim.nn.losses import MAE, Huber
from nnsim.scenario.plan import Plan
from nnsim.timeline import Timeline
from nnsim.timeline.replica import Replica
from nnsim.training.inference import Inference
from nnsim.training.trainer import Trainer

LEARNED_R2, LEARNED_ACCURACY = 0.97, 0.985  # from which on there is nothing to complain of


@dataclass(frozen=True)
class Score:
    """How well a network answers some rows, whatever its loss is.

    r2 = 1 - sum((a - y)**2) / sum((mean(y) - y)**2), with a the outputs; 0 for the best constant answer, 1 for
    all right.
    `accuracy` is None where answers are neither right nor wrong.
    """

    r2: float
    accuracy: float | None
    rows: int

    @property
    def unexplained(self) -> float:
        """What is left to learn: 1 - r2, at most 10 where answers are far out."""
        return min(1.0 - self.r2, 10.0) if np.isfinite(self.r2) else 10.0

    @property
    def learned(self) -> bool:
        """Whether there is next to nothing left to learn of these rows."""
        if self.accuracy is not None:
            return self.accuracy >= LEARNED_ACCURACY
        return self.r2 >= LEARNED_R2

    def better_than(self, other: "Score", by: float = 0.3) -> bool:
        """Whether it is markedly better: less is left by this share, and more than chance would bring.

        Of answers that are right or wrong a twentieth more of all rows, at least two of them, has to be right,
        or as many while much less is left.
        """
        if not self.r2 > 0.05:  # it has learned nothing to speak of itself
            return False
        less = self.unexplained < (1 - by) * other.unexplained and other.unexplained - self.unexplained > 0.03
        if self.accuracy is None or other.accuracy is None:
            return less
        gained = (self.accuracy - other.accuracy) * self.rows
        return gained >= max(2.0, 0.05 * self.rows) or (less and gained >= 0 and self.rows < 20)


def score(network: Inference, features: Array, targets: Array) -> Score:
    """The score of a network on prepared features (rows, any) with targets (rows, outputs)."""
    outputs = network.answers(features)[0].T.astype(np.float64)
    with np.errstate(all="ignore"):
        left = float(np.square(outputs - targets).sum())
        most = float(np.square(targets - targets.mean(axis=0)).sum())
    r2 = 1.0 - left / most if most > 0 and np.isfinite(left) else (float("nan") if most > 0 else 1.0)
    plan = network.plan
    if isinstance(plan.loss, MAE | Huber) and plan.examples.labels is None:
        # What is chosen for its outliers is not judged by their squares.
        middle = np.broadcast_to(np.median(targets, axis=0), targets.shape)
        own, constant = (float(plan.loss.values(one.T[None], targets.T[None])[0]) for one in (outputs, middle))
        r2 = 1.0 - own / constant if constant > 0 else 1.0
    accuracy = None
    if plan.examples.labels is not None:
        accuracy = float(classified(plan, outputs, targets).mean())
    return Score(r2, accuracy, len(targets))


def classified(plan: Plan, outputs: Array, targets: Array) -> Array:
    """Which rows are answered with their class, (rows,): the largest output, or the nearer of two targets."""
    if targets.shape[1] > 1:
        return np.asarray(outputs.argmax(axis=1) == targets.argmax(axis=1))
    every = plan.examples.targets
    middle = 0.5 * (float(every.min()) + float(every.max()))
    return np.asarray((outputs[:, 0] > middle) == (targets[:, 0] > middle))


class Case:
    """A run that was trained as far as it goes, with its figures and its states."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.plan = timeline.plan_at(timeline.length)
        self._replica = Replica(timeline)

    def at(self, step: int) -> Trainer:
        """The exact state after so many steps; it is good until the next question."""
        return self._replica.at(step)

    @property
    def diverged(self) -> bool:
        """Whether the run ended with a number that is not finite, or far above where it began."""
        stop = self.timeline.stop
        if stop is not None and stop.reason == "diverged":
            return True
        losses = self.losses
        return len(losses) > 1 and not losses[-1] < 3.0 * max(losses[0], self.constant_loss)

    @cached_property
    def epochs(self) -> int:
        """Whole epochs that are trained."""
        return self.timeline.length // self.timeline.steps_per_epoch

    @property
    def length(self) -> int:
        """Epochs that the run would be compared over: those trained, or those planned where it broke off."""
        return self.plan.train.epochs if self.diverged else self.epochs

    @cached_property
    def losses(self) -> Array:
        """The mean training loss of each epoch, (epochs,)."""
        return self._by_epoch("loss")

    def _by_epoch(self, name: str) -> Array:
        series = self.timeline.series.get(name)
        if series is None or not self.epochs:
            return np.zeros(0)
        per = self.timeline.steps_per_epoch // series.stride
        values = series.values(0, self.epochs * per)
        with np.errstate(all="ignore"):
            return np.asarray(values.reshape(self.epochs, per).mean(axis=1))

    @cached_property
    def validation_losses(self) -> Array:
        """The validation loss after each epoch, (epochs,); empty where nothing is set apart."""
        return self._by_epoch("validation_loss")

    def gradient_norms(self, layer: str) -> Array:
        """The mean norm of a layer's gradient in each epoch, (epochs,)."""
        return self._by_epoch(f"gradient:{layer}")

    @cached_property
    def start(self) -> Score:
        """Of the training rows, before the first step."""
        return self._score(0, "training")

    @cached_property
    def training(self) -> Score:
        """Of the training rows, at the end."""
        return self._score(self.timeline.length, "training")

    @cached_property
    def validation(self) -> Score | None:
        """Of the validation rows, at the end."""
        return None if self._inference.validation is None else self._score(self.timeline.length, "validation")

    def training_at(self, epoch: int) -> Score:
        """Of the training rows, after so many epochs."""
        return self._score(min(epoch * self.timeline.steps_per_epoch, self.timeline.length), "training")

    def validation_at(self, epoch: int) -> Score:
        """Of the validation rows, after so many epochs."""
        return self._score(min(epoch * self.timeline.steps_per_epoch, self.timeline.length), "validation")

    def _score(self, step: int, rows: str) -> Score:
        trainer = self.at(step)
        if rows == "validation":
            assert trainer.validation is not None
            return score(trainer, *trainer.validation)
        return score(trainer, trainer.inputs, trainer.targets)

    @cached_property
    def _inference(self) -> Trainer:
        return Trainer(self.plan)

    @property
    def inputs(self) -> Array:
        """The training rows as the network is given them, (rows, features)."""
        return self._inference.inputs

    @property
    def targets(self) -> Array:
        """Their targets, (rows, outputs)."""
        return self._inference.targets

    @property
    def has_data(self) -> bool:
        """Whether there are rows at all; a function of its parameters alone has none that say anything."""
        return self.plan.network.inputs > 0 and self.plan.examples.rows > 1

    @cached_property
    def constant_loss(self) -> float:
        """The loss of the best constant answer: the mean or the median of the targets, whichever is better."""
        targets, loss = self.targets, self.plan.loss
        best = np.inf
        sides = (np.full(targets.shape[1], -1.0), np.full(targets.shape[1], 1.0)) if loss.margins else ()
        for constant in (targets.mean(axis=0), np.median(targets, axis=0), *sides):
            scored = np.broadcast_to(constant, targets.shape)
            if loss.from_logits and not loss.margins:
                share = np.clip(scored, 1e-6, 1 - 1e-6)
                scored = np.log(share) if targets.shape[1] > 1 else np.log(share / (1 - share))
            with np.errstate(all="ignore"):
                value = float(loss.values(scored=scored.T[None], targets=targets.T[None])[0])
            best = min(best, value) if np.isfinite(value) else best
        return best

    @property
    def classes(self) -> Array | None:
        """The class of each training row, (rows,); None where targets are numbers."""
        if self.plan.examples.labels is None:
            return None
        if self.targets.shape[1] > 1:
            return np.asarray(self.targets.argmax(axis=1))
        return np.asarray(self.targets[:, 0] > self.targets[:, 0].min(), np.intp)

    @cached_property
    def learned(self) -> bool:
        """Whether nothing is left to learn: of the training rows, and of those that watch."""
        return self.training.learned and (self.validation is None or self.validation.learned)

    def first_epoch(self, holds: Callable[[int], bool]) -> int:
        """The first epoch from which on a thing holds until the end, by halves; 0 where it always did."""
        low, high = -1, self.epochs  # holds at high
        while high - low > 1:
            middle = (low + high) // 2
            if holds(middle):
                high = middle
            else:
                low = middle
        return max(high, 0)
