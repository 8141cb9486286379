"""The result of a sweep, as JSON, as a table with a row a member, and as a summary to read."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnsim.nn.arrays import Array
from nnsim.scenario.sweep_axes import SEED
from nnsim.sweep.outcome_table import OutcomeTable
from nnsim.sweep.study import Study
from nnsim.sweep.task import RESTS
from nnsim.text.number_format import finite
from nnsim.training.outcome import HALVING, REASONS

BEST_ROWS = 5


def as_object(study: Study, table: OutcomeTable) -> dict[str, Any]:
    """The axes and the members in the order of the grid; null where a figure is not finite or does not apply."""
    members = [_member(study, table, int(index)) for index in np.flatnonzero(table.known)]
    found: dict[str, Any] = {"axes": [one.as_object() for one in study.grid.axes], "members": members}
    return found if study.halving is None else {**found, "halving": halving_object(study, table)}


def halving_object(study: Study, table: OutcomeTable) -> dict[str, Any]:
    """The rungs of successive halving, and how many epochs of all runs together it has saved."""
    saving = table.saving
    return {
        "factor": study.halving,
        "rungs": [
            {"epochs": one.epochs, "combinations": one.combinations, "runs": one.runs} for one in study.rungs
        ],
        "epochs_trained": saving.trained,
        "epochs_without": saving.without,
        "saved": saving.share,
    }


def _member(study: Study, table: OutcomeTable, index: int) -> dict[str, Any]:
    row = table.rows[index]
    found = {
        "settings": study.grid.settings(index),
        "seed": study.seed_of(index),
        **{name: finite(float(row[name])) for name in ("loss", "best", "val", "test", "accuracy")},
        "epochs_to": int(row["epochs_to"]) or None,
        "diverged_at": int(row["diverged_at"]) or None,
    }
    if row["stop"] == REASONS.index(HALVING):
        found["stopped_after"] = int(row["epochs"])
    return {**found, "rounding": True} if row["rounding"] == RESTS else found


def rows_of(study: Study, table: OutcomeTable) -> Iterator[Mapping[str, Any]]:
    """Each member with everything that is kept of it, by column."""
    for index in np.flatnonzero(table.known):
        row = table.rows[index]
        found: dict[str, Any] = {
            key: value for key, value in study.grid.settings(int(index)).items() if key != SEED
        }
        found["seed"] = study.seed_of(int(index))
        for name in row.dtype.names:
            value = row[name]
            if name == "stop":
                found[name] = REASONS[int(value)]
            elif name == "rounding":
                found[name] = {0: None, 1: True, 2: False}[int(value)]
            elif name in ("epochs_to", "diverged_at", "best_val_epoch", "best_epoch"):
                found[name] = int(value) or None
            else:
                found[name] = finite(float(value)) if row.dtype[name].kind == "f" else int(value)
        yield found


RANKED = {"val": "validation loss", "loss": "loss"}


AS_GOOD = 2.0  # standard errors of the differences, seed by seed, within which two combinations are as good


@dataclass(frozen=True)
class Ranked:
    """A combination of settings, the figure of each of its seeds, (seeds,), and accuracy and R² likewise.

    Args: at_ends: keys of ranges whose first or last value it has: what is best may lie beyond.
    """

    settings: Mapping[str, Any]
    values: Array
    accuracy: Array
    r2: Array
    at_ends: Sequence[str] = ()

    @property
    def mean(self) -> float:
        return float(self.values.mean())


@dataclass(frozen=True)
class Ranking:
    """The best combinations by the mean over their seeds of a figure, the best one first.

    Args: as_good: how many of the others do no worse than the best, seed by seed, than could be chance; `others`:
    how many there are.
    """

    figure: str
    best: Sequence[Ranked]
    as_good: int = 0
    others: int = 0


def ranking(study: Study, table: OutcomeTable) -> Ranking:
    """The combinations of settings by the mean of their seeds: of the validation loss, else of the loss.

    Combinations with a member that is not trained or has no such figure are left out, and so are those that halving
    has stopped: their figures are of fewer epochs. Seeds are compared one by one, for each deals the same rows out
    to all combinations and differs more from the next seed than combinations do from each other.
    """
    grid = study.grid
    axes = [index for index, one in enumerate(grid.axes) if one.key != SEED]
    others = [index for index in range(len(grid.shape)) if index not in axes]
    shape = [grid.shape[index] for index in axes]
    counted = table.known
    if study.halving is not None:
        counted = np.zeros(len(grid), bool)
        counted[table.in_last] = True

    def cells(name: str) -> Array:
        column = np.where(counted, table.rows[name], np.nan).reshape(grid.shape)
        return np.asarray(column.transpose([*axes, *others]).reshape(grid.combinations, -1))

    figure = "val" if np.isfinite(table.rows["val"]).any() else "loss"
    values = cells(figure)
    whole = np.flatnonzero(np.isfinite(values).all(axis=-1))
    if not len(whole):
        return Ranking(figure, ())
    order = whole[np.argsort(values[whole].mean(axis=-1), kind="stable")]
    prefix = "val_" if figure == "val" else ""
    accuracies, fits = cells(f"{prefix}accuracy"), cells(f"{prefix}r2")
    best = []
    for one in order[:BEST_ROWS]:
        places = np.unravel_index(int(one), shape) if shape else ()
        settings = {
            grid.axes[axis].key: grid.axes[axis].values[int(at)] for axis, at in zip(axes, places, strict=True)
        }
        ends = [
            grid.axes[axis].key
            for axis, at in zip(axes, places, strict=True)
            if grid.axes[axis].scale != "values" and at in (0, len(grid.axes[axis]) - 1)
        ]
        best.append(Ranked(settings, values[one], accuracies[one], fits[one], ends))
    return Ranking(figure, best, _as_good(values[order]), len(order) - 1)


def _as_good(values: Array) -> int:
    """How many rows, (combinations, seeds), do no worse than the first by more than chance; 0 of single seeds."""
    seeds = values.shape[1]
    if seeds < 2:
        return 0
    worse = values[1:] - values[0]
    return int((worse.mean(axis=-1) <= AS_GOOD * worse.std(axis=-1, ddof=1) / math.sqrt(seeds)).sum())
