"""What training leaves behind: step records, checkpoints, why it ended, and answers when it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from nnsim.nn.arrays import Array
from nnsim.scenario.plan import Plan
from nnsim.training.tape import TRACKED_PARAMETERS

StopReason = Literal["epochs", "target", "early-stopping", "diverged", "interrupted"]


@dataclass(frozen=True)
class Checkpoint:
    """What it takes to go on from a step exactly."""

    step: int
    parameters: Array
    slots: Array  # the solver's memory
    # Of the generator at the start of the epoch, or at the step where every step draws; empty where none does.
    random: Mapping[str, Any] = field(default_factory=dict)
    random_now: Mapping[str, Any] = field(default_factory=dict)  # at the step itself, where both happen
    statistics: Array = field(default_factory=lambda: np.zeros(0))  # running means and variances

    @property
    def nbytes(self) -> int:
        """Memory that it takes, roughly; the legacy generator's state alone takes 2,500 bytes."""
        states = bool(self.random) + bool(self.random_now)
        return self.parameters.nbytes + self.slots.nbytes + self.statistics.nbytes + 500 + 3000 * states


class Stop(Struct, frozen=True):
    """Why a run ended, at which step, and a sentence about it."""

    reason: StopReason
    step: int
    message: str


class Records(Struct, frozen=True):
    """Figures of consecutive steps: `steps` by step, `epochs` by epoch that ended among them."""

    first: int  # number of the first step, counted from 1
    count: int
    steps: dict[str, Array]
    epochs: dict[str, Array]


@dataclass(frozen=True)
class Evaluation:
    """The network evaluated on all rows, in order: nothing is dropped, running statistics are used."""

    predictions: Array  # (rows, outputs)
    loss: float  # over the training rows
    accuracy: float | None  # likewise; None where answers are neither right nor wrong
    targets: Array = field(default_factory=lambda: np.zeros((0, 0)))  # (rows, outputs)
    right: npt.NDArray[np.bool_] | None = None  # (rows,), which answers are right
    scored: Array = field(default_factory=lambda: np.zeros((0, 0)))  # what the loss is computed of


BROUGHT = ("clipped", "forward_passes", "penalty")  # figures that a setting changed under way may bring


def figures(plan: Plan) -> dict[str, int]:
    """Names of the figures in the records of a plan's steps, each with its stride: steps between two values."""
    names = ["loss"]
    if plan.accuracy_applies:
        names.append("accuracy")
    if plan.solver.uses_gradient:
        names += ["learning_rate", *(f"gradient:{layer.name}" for layer in plan.network.trained)]
        if plan.clipping.on:
            names += [f"clipped:{layer.name}" for layer in plan.network.trained]
        if plan.optimizer.searches:
            names.append("forward_passes")
    if plan.regularization.penalizes:
        names.append("penalty")
    if plan.network.size <= TRACKED_PARAMETERS:
        names += [f"parameter:{i + 1}" for i in range(plan.network.size)]
    return dict.fromkeys(names, 1) | dict.fromkeys(ended_figures(plan), plan.steps_per_epoch)


def ended_figures(plan: Plan) -> list[str]:
    """The names of the figures that each epoch of a plan ends with."""
    names = ["validation_loss"] if plan.validation_rows else []
    if names and plan.accuracy_applies:
        names.append("validation_accuracy")
    if plan.averaging.on:
        names += ["averaged_loss", *(["averaged_validation_loss"] if plan.validation_rows else [])]
    return names + list(plan.train.measure)
