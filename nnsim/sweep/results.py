"""The result of a sweep, as JSON, as a table with a row a member, and as a summary to read."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nnsim.scenario.sweep_axes import SEED
from nnsim.sweep.outcome_table import OutcomeTable
from nnsim.sweep.study import Study
from nnsim.sweep.task import RESTS
from nnsim.text.number_format import finite
from nnsim.training.outcome import HALVING, REASONS, Outcomes

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


class Ranked:
    """A combination of settings, and the figures of its seeds."""

    def __init__(self, settings: Mapping[str, Any], figure: str, values: Any, accuracy: Any) -> None:
        self.settings, self.figure = settings, figure
        self.values, self.accuracy = values, accuracy
        fine = np.isfinite(values)
        self.mean = float(values[fine].mean()) if fine.all() else math.inf


def ranking(study: Study, table: OutcomeTable) -> list[Ranked]:
    """The combinations of settings by the mean of their seeds: of the validation loss, else of the loss.

    Combinations with a member that is not trained or has no such figure are left out, and so are those that halving
    has stopped: their figures are of fewer epochs.
    """
    grid, rows = study.grid, table.rows
    if study.halving is not None:
        rows = Outcomes.empty(len(rows)).table
        rows[table.in_last] = table.rows[table.in_last]
    axes = [index for index, one in enumerate(grid.axes) if one.key != SEED]
    known = rows.reshape(grid.shape)
    figure = "val" if np.isfinite(rows["val"]).any() else "loss"
    others = tuple(index for index in range(len(grid.shape)) if index not in axes)
    ordered = known.transpose([*axes, *others]).reshape(*(grid.shape[index] for index in axes), -1)
    means = np.where(np.isfinite(ordered[figure]).all(axis=-1), ordered[figure].mean(axis=-1), np.inf)
    found = []
    for flat in np.argsort(means, axis=None, kind="stable")[:BEST_ROWS]:
        place = np.unravel_index(flat, means.shape)
        if not np.isfinite(means[place]):
            break
        settings = {
            grid.axes[axis].key: grid.axes[axis].values[int(one)] for axis, one in zip(axes, place, strict=True)
        }
        accuracy = "val_accuracy" if figure == "val" else "accuracy"
        found.append(Ranked(settings, figure, ordered[place][figure], ordered[place][accuracy]))
    return found
