"""Experiments: the same run with one thing changed, trained beside it within a budget of arithmetic.

What would have become of the run with a tenth of its rate, with biases, with scaled inputs, is not guessed but
tried. Every experiment has the run's own seed, so its rows are dealt out alike, and is compared with it after
equally many epochs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnsim.diagnosis.case import Case, Score, score
from nnsim.errors import NnsimError
from nnsim.scenario.plan import Plan
from nnsim.scenario.setting_keys import merged
from nnsim.text import count
from nnsim.training.trainer import Trainer

STEP_S, MULTIPLICATIONS_PER_S = 40e-6, 1.5e9  # what a step costs beside its arithmetic; both on a slow machine
EXTRA_S = 7.0  # that experiments may take beside twice the time of the run, of the ten seconds allowed
SHORTEST = 0.1  # part of the run's epochs below which an experiment says too little


@dataclass(frozen=True)
class Outcome:
    """What became of an experiment: its scores, the run's own after as many epochs, and whether it broke off."""

    epochs: int
    training: Score
    validation: Score | None
    own_training: Score
    own_validation: Score | None
    diverged: bool

    @property
    def better(self) -> bool:
        """Whether it is markedly better than the run: of the training rows, and not worse of those that watch."""
        if self.diverged or not self.training.better_than(self.own_training):
            return False
        if self.validation is None or self.own_validation is None:
            return True
        return self.validation.unexplained < 1.1 * self.own_validation.unexplained + 0.02

    @property
    def gain(self) -> float:
        """How much of what was left unexplained is explained now, from 0 to 1."""
        if not self.better:
            return 0.0
        return max(0.0, 1.0 - self.training.unexplained / max(self.own_training.unexplained, 1e-12))

    @property
    def generalizes_better(self) -> bool:
        """Whether the rows that watch are answered markedly better."""
        if self.validation is None or self.own_validation is None or self.diverged:
            return False
        return self.validation.better_than(self.own_validation)


def compared(outcome: Outcome) -> str:
    """Both scores in words."""
    own, other = outcome.own_training, outcome.training
    if own.accuracy is not None and other.accuracy is not None and own.accuracy != other.accuracy:
        right = f"{other.accuracy:.0%} of the answers are right instead of {own.accuracy:.0%}"
        return f"{right} ({count(outcome.epochs, 'epoch')})"
    return f"{_left(other)} is left to explain instead of {_left(own)} ({count(outcome.epochs, 'epoch')})"


def _left(one: Score) -> str:
    share = one.unexplained
    if share < 1.0:
        return f"{share:.2g} of the variance"
    return "more than 10 times the variance" if share >= 10.0 else f"{share:.2g} times the variance"


class Experiments:
    """Runs beside a case, each made once, within a budget."""

    def __init__(self, case: Case, look: Callable[[], None]) -> None:
        """Args: look: called between slices of training; what it raises ends the experiment."""
        self._case, self._look = case, look
        self._left_s = 2 * _seconds(case.plan, case.timeline.length) + EXTRA_S
        self._known: dict[str, Outcome | None] = {}

    def outcome(self, settings: Mapping[str, Any], epochs: int | None = None) -> Outcome | None:
        """What becomes of the run with these settings instead; None where they are not allowed, or cost too much.

        Args: epochs: how long; by default as long as the run, or as long as the budget allows.
        """
        name = repr((sorted(settings.items(), key=lambda one: one[0]), epochs))
        if name not in self._known:
            self._known[name] = self._try(settings, epochs)
        return self._known[name]

    def _try(self, settings: Mapping[str, Any], epochs: int | None) -> Outcome | None:
        case = self._case
        timeline = case.timeline
        given = merged(timeline.settings_at(timeline.length), settings)
        try:
            plan = timeline.scenario.plan(timeline.variant, given)
        except NnsimError:
            return None
        length = case.length if epochs is None else epochs
        affordable = int(length * min(1.0, 0.5 * self._left_s / _seconds(plan, length * plan.steps_per_epoch)))
        if affordable < max(1, SHORTEST * length):
            return None
        trainer = self._train(Trainer(plan), affordable)
        own = min(affordable, case.epochs)
        training = score(trainer, trainer.inputs, trainer.targets)
        validation = None if trainer.validation is None else score(trainer, *trainer.validation)
        diverged = trainer.stop is not None and trainer.stop.reason == "diverged"
        own_validation = case.validation_at(own) if case.validation is not None else None
        return Outcome(affordable, training, validation, case.training_at(own), own_validation, diverged)

    def longer(self, epochs: int) -> Outcome | None:
        """What becomes of the run where it goes on for so many epochs more, whatever made it stop.

        Where rate or schedule depend on how many epochs there are, it is begun again with more of them.
        """
        name = f"longer {epochs}"
        if name not in self._known:
            self._known[name] = self._go_on(epochs)
        return self._known[name]

    def _go_on(self, epochs: int) -> Outcome | None:
        case, timeline = self._case, self._case.timeline
        length = case.epochs + epochs
        changes: dict[str, Any] = {"train.epochs": length}
        if case.plan.train.target_loss is not None:
            changes["train.target_loss"] = None
        if case.plan.early_stopping is not None:
            changes["train.early_stopping"] = False
        try:
            plan = timeline.scenario.plan(timeline.variant, merged(timeline.settings_at(timeline.length), changes))
        except NnsimError:
            return None
        anew = plan.schedule.memory or not _same_rates(case.plan, plan, timeline.length)
        anew = anew or case.plan.early_stopping is not None
        cost = _seconds(plan, (length if anew else epochs) * plan.steps_per_epoch)
        if cost > self._left_s:
            return None
        trainer = Trainer(plan)
        if not anew:
            trainer.restore(case.at(timeline.length).checkpoint())
        self._train(trainer, length)
        validation = None if trainer.validation is None else score(trainer, *trainer.validation)
        diverged = trainer.stop is not None and trainer.stop.reason == "diverged"
        training = score(trainer, trainer.inputs, trainer.targets)
        return Outcome(length, training, validation, case.training, case.validation, diverged)

    def _train(self, trainer: Trainer, epochs: int) -> Trainer:
        plan = trainer.plan
        end = min(epochs * plan.steps_per_epoch, plan.steps)
        self._left_s -= _seconds(plan, end - trainer.step)
        while trainer.step < end and trainer.stop is None:
            trainer.advance(end - trainer.step)
            self._look()
        return trainer


def _same_rates(mine: Plan, longer: Plan, steps: int) -> bool:
    """Whether a schedule gives the same rates however many epochs there are."""
    first = np.arange(min(steps, 512))
    rates = [
        one.schedule.over(
            first, one.steps_per_epoch, one.train.epochs, one.memory(np.zeros(one.network.size)).schedule
        )
        for one in (mine, longer)
    ]
    return bool(np.array_equal(rates[0], rates[1]))


def _seconds(plan: Plan, steps: int) -> float:
    """How long so many steps take, roughly and the same on every machine."""
    work = plan.forward_passes * plan.network.size * plan.batches.size
    return float(steps * (STEP_S + work / MULTIPLICATIONS_PER_S))
