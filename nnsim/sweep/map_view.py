"""What is seen of a sweep: two of its settings as axes, a figure over them, and a cursor; the rest is picked.

A map is a frozen value over a study and its table, so a screen, the plain console and an export read the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from nnsim.nn.arrays import Array
from nnsim.scenario.setting_keys import setting_text
from nnsim.scenario.sweep_axes import SEED, SweepAxis
from nnsim.sweep.grid import COARSE
from nnsim.sweep.outcome_table import OutcomeTable
from nnsim.sweep.study import Study
from nnsim.sweep.task import RESTS
from nnsim.text.number_format import number, percent
from nnsim.training.outcome import HALVING, REASONS

Statistic = Literal["mean", "lowest", "highest", "spread"]
STATISTICS: tuple[Statistic, ...] = ("mean", "lowest", "highest", "spread")
# Figures by the names of their columns, as a person reads them; shares are of the runs of a cell.
FIGURES = {
    "loss": "loss",
    "best": "lowest loss",
    "val": "validation loss",
    "best_val": "lowest validation loss",
    "test": "test loss",
    "accuracy": "accuracy",
    "val_accuracy": "validation accuracy",
    "test_accuracy": "test accuracy",
    "r2": "R²",
    "val_r2": "validation R²",
    "epochs_to": "epochs to the goal",
    "epochs": "epochs trained",
    "reached": "share that reached the goal",
    "diverged": "share that diverged",
    "rounding": "share that rests on rounding",
}
HOPELESS = 1e8  # a loss from which on a run counts as diverged on a map, though its numbers are finite yet
SHARES = ("reached", "diverged", "rounding")
COUNTS = ("epochs_to", "epochs")  # of which 0 says that there is none
LOGARITHMIC = ("loss", "best", "val", "best_val", "test", *COUNTS)


@dataclass(frozen=True)
class SweepMap:
    """A picture of a sweep, before it is drawn.

    Args: across, up: places of the settings among the axes; `up` is None where there is one setting. picks: the
    place on every axis that a cell has beside those two; of the axes drawn it is the cursor's.
    """

    study: Study
    table: OutcomeTable
    across: int
    up: int | None
    picks: tuple[int, ...]
    figure: str = "loss"
    statistic: Statistic = "mean"

    @classmethod
    def of(cls, study: Study, table: OutcomeTable) -> "SweepMap":
        """The first picture of a sweep: its first two settings that are no seeds, the cursor in the middle."""
        drawn = drawable(study)
        across, up = drawn[0], drawn[1] if len(drawn) > 1 else None
        picks = [0] * len(study.grid.axes)
        for axis in (across, up):
            if axis is not None:
                picks[axis] = len(study.grid.axes[axis]) // 2
        figure = "val" if study.plan.validation_rows else "loss"  # by which settings are ranked, too
        return cls(study, table, across, up, tuple(picks), figure)

    # ------------------------------------------------------------------ axes

    @property
    def axes(self) -> tuple[SweepAxis, ...]:
        return self.study.grid.axes

    @property
    def x(self) -> SweepAxis:
        return self.axes[self.across]

    @property
    def y(self) -> SweepAxis | None:
        return None if self.up is None else self.axes[self.up]

    @property
    def others(self) -> list[int]:
        """Axes whose value is picked."""
        return [one for one in drawable(self.study) if one not in (self.across, self.up)]

    @cached_property
    def figures(self) -> list[str]:
        """The figures that this sweep has."""
        rows = self.table.rows[self.table.known]
        found = [name for name in FIGURES if name in SHARES or name == "loss" or self._has(rows, name)]
        if self.study.halving is None:
            found.remove("epochs")
        if self.study.goal is None:
            found = [one for one in found if one not in ("epochs_to", "reached")]
        return [one for one in found if one != "rounding" or self.study.marks]

    def _has(self, rows: npt.NDArray[Any], name: str) -> bool:
        return bool((rows[name] > 0).any() if name in COUNTS else np.isfinite(rows[name]).any())

    # ------------------------------------------------------------------ figures

    def _cells(self, name: str) -> Array:
        """A column of all runs by cell, (up or 1, across, runs of the cell), NaN where it is not known."""
        return self._by_cell(column_of(self.table, name))

    def _by_cell(self, column: Array) -> Array:
        shape = self.study.grid.shape
        cube = column.reshape(shape)
        seeds = [
            index for index, one in enumerate(self.axes) if one.key == SEED and index not in (self.across, self.up)
        ]
        drawn = [self.across] if self.up is None else [self.up, self.across]
        rest = [*seeds, len(shape) - 1]
        index: list[Any] = [slice(None)] * len(shape)
        for one in self.others:
            index[one] = slice(self.picks[one], self.picks[one] + 1)
        chosen = cube[tuple(index)].transpose([*drawn, *self.others, *rest])
        rows = 1 if self.up is None else shape[self.up]
        return np.asarray(chosen.reshape(rows, shape[self.across], -1))

    @cached_property
    def values(self) -> Array:
        """The figure of each cell, (up, across), NaN where no run has one."""
        return summed_up(self._cells(self.figure), "mean" if self.figure in SHARES else self.statistic)

    @cached_property
    def known(self) -> npt.NDArray[np.bool_]:
        """Whether any run of a cell is trained, (up, across)."""
        return np.asarray(self._by_cell(self.table.known.astype(np.float64)).any(axis=-1))

    @cached_property
    def failed(self) -> npt.NDArray[np.bool_]:
        """Whether all runs of a cell that are trained have diverged, or as good as that, (up, across)."""
        diverged, loss = self._cells("diverged"), self._cells("loss")
        with np.errstate(all="ignore"):
            share = _mean(np.where(loss >= HOPELESS, 1.0, diverged))
        return np.asarray(share == 1.0)

    def band(self, name: str | None = None) -> tuple[Array, Array, Array]:
        """Mean, lowest and highest of a figure along the axis across, at the cursor's row, (across,) each."""
        row = 0 if self.up is None else self.picks[self.up]
        cells = self._cells(name or self.figure)[row]
        return summed_up(cells, "mean"), summed_up(cells, "lowest"), summed_up(cells, "highest")

    @property
    def higher_is_better(self) -> bool:
        return "accuracy" in self.figure or "r2" in self.figure or self.figure == "reached"

    @property
    def logarithmic(self) -> bool:
        """Whether the tones follow the logarithm of the figure."""
        return self.figure in LOGARITHMIC and self.statistic != "spread"

    # ------------------------------------------------------------------ the cursor

    @property
    def runs(self) -> list[int]:
        """The numbers of the runs under the cursor, the seeds in their order."""
        grid = self.study.grid
        seeds = [
            index for index, one in enumerate(self.axes) if one.key == SEED and index not in (self.across, self.up)
        ]
        ranges = [
            range(len(self.axes[one])) if one in seeds else [self.picks[one]] for one in range(len(self.axes))
        ]
        places = np.meshgrid(*ranges, range(grid.shape[-1]), indexing="ij")
        return [int(one) for one in np.ravel_multi_index([one.ravel() for one in places], grid.shape)]

    def moved(self, across: int, up: int = 0) -> "SweepMap":
        """The map with its cursor so many cells on, held inside."""
        picks = list(self.picks)
        picks[self.across] = min(max(picks[self.across] + across, 0), len(self.x) - 1)
        if self.up is not None:
            picks[self.up] = min(max(picks[self.up] + up, 0), len(self.axes[self.up]) - 1)
        return replace(self, picks=tuple(picks))

    def picked(self, axis: int, by: int) -> "SweepMap":
        """The map with another value of a setting that is not drawn; round and round."""
        picks = list(self.picks)
        picks[axis] = (picks[axis] + by) % len(self.axes[axis])
        return replace(self, picks=tuple(picks))

    def turned(self) -> "SweepMap":
        """The map with the next pair of settings as axes; with two of them, the other way round."""
        drawn = drawable(self.study)
        if len(drawn) < 2:
            return self
        pairs = [(a, b) for a in drawn for b in drawn if a != b]
        place = pairs.index((self.across, self.up if self.up is not None else drawn[1]))
        across, up = pairs[(place + 1) % len(pairs)]
        return replace(self, across=across, up=up)

    def with_next_figure(self, by: int = 1) -> "SweepMap":
        names = self.figures
        place = names.index(self.figure) if self.figure in names else 0
        return replace(self, figure=names[(place + by) % len(names)])

    def with_next_statistic(self) -> "SweepMap":
        place = STATISTICS.index(self.statistic)
        return replace(self, statistic=STATISTICS[(place + 1) % len(STATISTICS)])

    def at_best(self) -> "SweepMap":
        """The map with its cursor on the best cell of the figure: the lowest, of shares of success the highest."""
        values = self.values
        if not np.isfinite(values).any():
            return self
        flat = np.nanargmax(values) if self.higher_is_better else np.nanargmin(values)
        row, column = np.unravel_index(int(flat), values.shape)
        picks = list(self.picks)
        picks[self.across] = int(column)
        if self.up is not None:
            picks[self.up] = int(row)
        return replace(self, picks=tuple(picks))

    # ------------------------------------------------------------------ in words

    @property
    def figure_name(self) -> str:
        """What the tones stand for: `mean loss of 20 runs`."""
        name, runs = FIGURES[self.figure], len(self.runs)
        if self.figure in SHARES or runs == 1:
            return name
        return f"{self.statistic} {name}" if self.statistic != "spread" else f"spread of the {name}"

    def settings_text(self) -> list[str]:
        """The settings under the cursor, one each."""
        return [
            f"{one.key} = {value_text(one.values[place])}"
            for one, place in zip(self.axes, self.picks, strict=True)
            if one.key != SEED
        ]

    def readings(self) -> list[tuple[str, str]]:
        """What is known of the runs under the cursor: names and figures."""
        runs = self.runs
        known = [one for one in runs if self.table.known[one]]
        if not known:
            return [("", "not trained yet")]
        rows = self.table.rows[known]
        found = [("runs", f"{len(known):,}" if len(known) == len(runs) else f"{len(known):,} of {len(runs):,}")]
        if len(runs) == 1:
            row = rows[0]
            found = [("ended by", _ending(row)), ("epochs", f"{int(row['epochs']):,}")]
        for name in ("loss", "best", "val", "best_val", "test", "accuracy", "val_accuracy", "test_accuracy", "r2"):
            values = column_of_rows(rows, name)
            values = values[np.isfinite(values)]
            if len(values):
                found.append((FIGURES[name], _spread(values, "accuracy" in name)))
        if self.study.goal is not None:
            to = rows["epochs_to"][rows["epochs_to"] > 0]
            found.append(
                (
                    self.study.goal.text,
                    f"after {_spread(to.astype(float), False)} epochs" if len(to) else "not reached",
                )
            )
        if len(runs) > 1:
            for name, column in (("diverged", rows["diverged_at"] > 0), ("on rounding", rows["rounding"] == RESTS)):
                if name == "diverged" or self.study.marks:
                    found.append((name, f"{int(column.sum()):,} of {len(known):,}"))
        elif rows[0]["rounding"] == RESTS:
            found.append(("rounding", "this end rests on it"))
        return found


def drawable(study: Study) -> list[int]:
    """The axes that may be drawn: settings, and the seeds where nothing else is swept."""
    found = [index for index, one in enumerate(study.grid.axes) if one.key != SEED]
    return found or list(range(len(study.grid.axes)))


def summed_up(cells: Array, statistic: Statistic) -> Array:
    """A statistic over the runs of each cell, the last axis; NaN where none has the figure."""
    if statistic == "mean":
        return _mean(cells)
    fine = np.isfinite(cells)
    filled = fine.any(axis=-1)
    low = np.where(filled, np.where(fine, cells, np.inf).min(axis=-1), np.nan)
    high = np.where(filled, np.where(fine, cells, -np.inf).max(axis=-1), np.nan)
    return np.asarray({"lowest": low, "highest": high, "spread": high - low}[statistic])


def _mean(cells: Array) -> Array:
    fine = np.isfinite(cells)
    count = fine.sum(axis=-1)
    with np.errstate(all="ignore"):
        return np.asarray(np.where(fine, cells, 0.0).sum(axis=-1) / np.where(count, count, np.nan))


def column_of(table: OutcomeTable, name: str) -> Array:
    """A figure of all runs as numbers, NaN where it is not known, (runs,)."""
    found = column_of_rows(table.rows, name)
    return np.asarray(np.where(table.known, found, np.nan))


def column_of_rows(rows: npt.NDArray[Any], name: str) -> Array:
    """A figure of some runs as numbers, NaN where it does not apply, (runs,)."""
    shares = {
        "diverged": rows["diverged_at"] > 0,
        "reached": rows["epochs_to"] > 0,
        "rounding": rows["rounding"] == RESTS,
    }
    column = np.asarray(shares[name] if name in shares else rows[name], np.float64)
    if name in COUNTS:
        return np.asarray(np.where(column > 0, column, np.nan))
    return np.asarray(np.where(np.isfinite(column), column, np.nan))


def coarse(known: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """The places, (rows, columns, 2), of the values that stand in for cells that are not trained."""
    rows, columns = np.indices(known.shape)
    places = np.stack([rows, columns], axis=-1).astype(np.int64)
    for stride in (*reversed(COARSE),):
        instead = places // stride * stride
        lacking = ~known[places[..., 0], places[..., 1]]
        usable = lacking & known[instead[..., 0], instead[..., 1]]
        places[usable] = instead[usable]
    return places


def _ending(row: Any) -> str:
    reason = REASONS[int(row["stop"])]
    if reason == "diverged":
        return f"divergence in step {int(row['diverged_at']):,}"
    if reason == HALVING:
        return f"halving: others were better after {int(row['epochs']):,} epochs"
    return {"epochs": "its epochs", "target": "its target", "early-stopping": "early stopping"}.get(reason, reason)


def _spread(values: Array, share: bool) -> str:
    shown = percent if share else number
    mean = shown(float(values.mean()))
    if len(values) < 2 or values.min() == values.max():
        return mean
    return f"{mean} ({shown(float(values.min()))} to {shown(float(values.max()))})"


def value_text(value: Any) -> str:
    """A setting's value for reading."""
    return number(value) if isinstance(value, float) else setting_text(value)


def names_of(axes: Sequence[SweepAxis]) -> list[str]:
    """Short names of settings, whole keys where two end alike."""
    short = [one.name for one in axes]
    return [one.key if short.count(name) > 1 else name for one, name in zip(axes, short, strict=True)]
