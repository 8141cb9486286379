"""Outcomes: what is kept of each of many runs, as a table with a row a run, and how it is found along the way."""

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from nnsim.errors import NnsimError
from nnsim.nn.arrays import Array
from nnsim.scenario.places import Comparison, parse_place
from nnsim.training.records import StopReason

EndReason = StopReason | Literal["halving"]
HALVING: Literal["halving"] = "halving"  # stopped at a rung of successive halving, for others were better there
REASONS: tuple[EndReason, ...] = ("interrupted", "epochs", "target", "early-stopping", "diverged", HALVING)
TABLE = np.dtype(
    [
        ("loss", "<f8"),  # after the last step, on the training rows; the figures are NaN where they do not apply
        ("accuracy", "<f8"),
        ("r2", "<f8"),
        ("val", "<f8"),
        ("val_accuracy", "<f8"),
        ("val_r2", "<f8"),
        ("test", "<f8"),
        ("test_accuracy", "<f8"),
        ("test_r2", "<f8"),
        ("best", "<f8"),  # the lowest loss of a step
        ("best_epoch", "<i4"),  # the epoch of that step
        ("best_val", "<f8"),  # the lowest validation loss of an epoch
        ("best_val_epoch", "<i4"),
        ("epochs", "<i4"),  # trained
        ("steps", "<i4"),
        ("epochs_to", "<i4"),  # to the goal; 0 where it was not reached
        ("diverged_at", "<i4"),  # the step; 0 where it did not
        ("stop", "u1"),  # the place of the reason in REASONS
        (
            "rounding",
            "u1",
        ),  # 1 where the end rests on rounding, 2 where that is known not to be so; 0: not measured
    ]
)
SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq}
FIGURES = {"loss": "loss", "accuracy": "accuracy", "val": "loss", "val-accuracy": "accuracy"}

Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Goal:
    """What a run is to reach, such as loss<0.01: the first step, or epoch, where a figure is so."""

    text: str
    figure: str  # "loss", "accuracy", "val" or "val-accuracy"
    sign: str
    number: float

    @classmethod
    def parse(cls, text: str) -> "Goal":
        """Reads a goal as a person types it.  Raises: NnsimError naming what is allowed."""
        found = parse_place(text)
        if not isinstance(found, Comparison) or found.figure not in FIGURES:
            raise NnsimError(f"--until {found.text}: is no goal (allowed: {', '.join(FIGURES)}, as in loss<0.01)")
        return cls(found.text, found.figure, found.sign, found.number)

    @property
    def of_validation(self) -> bool:
        return self.figure.startswith("val")

    def met(self, figures: Mapping[str, Array]) -> npt.NDArray[np.bool_] | None:
        """Where figures are so, in their shape; None where they lack the one asked for."""
        column = figures.get(FIGURES[self.figure])
        return None if column is None else np.asarray(SIGNS[self.sign](column, self.number))


@dataclass(frozen=True)
class Outcomes:
    """What became of runs, (runs,) of TABLE."""

    table: npt.NDArray[Any]

    @classmethod
    def empty(cls, runs: int) -> "Outcomes":
        table = np.zeros(runs, TABLE)
        for name in TABLE.names or ():
            if TABLE[name].kind == "f":
                table[name] = np.inf if name.startswith("best") else np.nan
        return cls(table)

    @classmethod
    def from_bytes(cls, content: bytes) -> "Outcomes":
        return cls(np.frombuffer(content, TABLE))

    def see(
        self,
        places: Places,
        done: npt.NDArray[np.bool_],
        first: int,
        per_epoch: int,
        columns: Mapping[str, Array],
        seen: npt.NDArray[np.bool_] | None,
        goal: Goal | None,
    ) -> None:
        """Takes the figures of the steps after step `first`, (steps, runs), of those runs that are not done.

        Args: seen: up to which step each run belongs to itself, (steps, runs); None where all do, and are finite.
        """
        loss = columns["loss"]
        if seen is not None:
            loss = np.where(seen & np.isfinite(loss), loss, np.inf)
        lowest = loss.min(axis=0)
        # The first row that is as low: NumPy's argmin along the first axis takes four times as long.
        falling = np.arange(len(loss), 0, -1).astype(np.min_scalar_type(len(loss)))[:, None]
        row = len(loss) - np.max(falling * (loss == lowest), axis=0).astype(np.intp)
        better = np.flatnonzero((lowest < self.table["best"][places]) & ~done)
        self.table["best"][places[better]] = lowest[better]
        self.table["best_epoch"][places[better]] = (first + row[better]) // per_epoch + 1
        if goal is not None and not goal.of_validation:
            met = goal.met(columns)
            if met is not None:
                met = met if seen is None else met & seen
                new = np.flatnonzero(met.any(axis=0) & (self.table["epochs_to"][places] == 0) & ~done)
                self.table["epochs_to"][places[new]] = (first + met.argmax(axis=0)[new]) // per_epoch + 1

    def see_validation(
        self,
        places: Places,
        done: npt.NDArray[np.bool_],
        epoch: int,
        figures: Mapping[str, Array],
        goal: Goal | None,
    ) -> None:
        """Takes the validation at the end of an epoch, (runs,)."""
        better = np.flatnonzero((figures["loss"] < self.table["best_val"][places]) & ~done)
        self.table["best_val"][places[better]] = figures["loss"][better]
        self.table["best_val_epoch"][places[better]] = epoch
        met = goal.met(figures) if goal is not None and goal.of_validation else None
        if met is not None:
            new = np.flatnonzero(met & (self.table["epochs_to"][places] == 0) & ~done)
            self.table["epochs_to"][places[new]] = epoch

    def diverge(self, places: Places, steps: Places, per_epoch: int) -> None:
        """Notes that runs have diverged in these steps; their last figures say nothing."""
        self.table["stop"][places] = REASONS.index("diverged")
        self.table["diverged_at"][places] = self.table["steps"][places] = steps
        self.table["epochs"][places] = steps // per_epoch

    def end(
        self,
        places: Places,
        reason: EndReason,
        steps: Places,
        per_epoch: int,
        found: Mapping[str, Mapping[str, Array]],
    ) -> None:
        """Notes the end of runs, and what their networks come to on the parts of the rows, (runs,) each."""
        table, loss = self.table, found["training"]["loss"]
        table["stop"][places] = REASONS.index(reason)
        table["steps"][places], table["epochs"][places] = steps, steps // per_epoch
        for part, prefix in (("training", ""), ("validation", "val"), ("test", "test")):
            for name, values in found.get(part, {}).items():
                key = (prefix or "loss") if name == "loss" else f"{prefix}_{name}".lstrip("_")
                table[key][places] = values
        if reason in ("epochs", HALVING) and not np.isfinite(loss).all():
            bad = np.flatnonzero(~np.isfinite(loss))
            for name in TABLE.names or ():
                if TABLE[name].kind == "f" and not name.startswith("best"):
                    table[name][places[bad]] = np.nan
            self.diverge(places[bad], steps[bad], per_epoch)


def fit(answers: Array, targets: Array) -> Array:
    """The coefficient of determination of networks, (runs,); NaN where all targets are the same.

        R2 = 1 - sum (y - a)**2 / sum (y - mean)**2      over all outputs and rows

    Args: answers: (rows, outputs, runs). targets: (rows, outputs, 1).
    """
    spread = float(np.square(targets - targets.mean(axis=0)).sum())
    errors = np.square(answers - targets).sum(axis=(0, 1))
    return np.asarray(1.0 - errors / spread if spread > 0.0 else np.full(len(errors), np.nan))
