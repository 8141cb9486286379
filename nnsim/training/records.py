"""What training leaves behind: step records, checkpoints, why it ended, and answers when it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from nnsim.arrays import Array
from nnsim.scenario.plan import Plan
from nnsim.training.tape import TRACKED_PARAMETERS

StopReason = Literal["epochs", "target", "early-stopping", "diverged", "interrupted"]


@dataclass(frozen=True)
class Checkpoint:
    """What it takes to go on from a step exactly: parameters, the solver's memory, and random state.

    `random` is the state of the generator at the start of the step's epoch where batches are shuffled, at the step
    itself where every step draws; empty where training draws nothing. `random_now` is its state at the step itself
    where both happen. `statistics` is what layers learn without a gradient (running means and variances).
    """

    step: int
    parameters: Array
    slots: Array
    random: Mapping[str, Any] = field(default_factory=dict)
    random_now: Mapping[str, Any] = field(default_factory=dict)
    statistics: Array = field(default_factory=lambda: np.zeros(0))

    @property
    def nbytes(self) -> int:
        """Memory that it takes, roughly; the legacy generator's state alone takes 2,500 bytes."""
        states = bool(self.random) + bool(self.random_now)
        return self.parameters.nbytes + self.slots.nbytes + self.statistics.nbytes + 500 + 3000 * states


@dataclass(frozen=True)
class Stop:
    """Why a run ended, at which step, and a sentence about it."""

    reason: StopReason
    step: int
    message: str


@dataclass(frozen=True)
class Records:
    """Figures of consecutive steps: `steps` by step, `epochs` by epoch that ended among them."""

    first: int  # number of the first step, counted from 1
    count: int
    steps: dict[str, Array]
    epochs: dict[str, Array]


@dataclass(frozen=True)
class Evaluation:
    """The network evaluated on all rows, in order: nothing is dropped, running statistics are used.

    `predictions` and `targets` are (rows, outputs), `scored` what the loss is computed of. Loss and accuracy are
    over the training rows; accuracy is None where answers are neither right nor wrong.
    """

    predictions: Array
    loss: float
    accuracy: float | None
    targets: Array = field(default_factory=lambda: np.zeros((0, 0)))
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
    ended = ["validation_loss"] if plan.validation_rows else []
    if ended and plan.accuracy_applies:
        ended.append("validation_accuracy")
    return dict.fromkeys(names, 1) | dict.fromkeys(ended, plan.steps_per_epoch)
