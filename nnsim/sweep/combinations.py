"""The combinations of settings of a sweep, each with a figure over its seeds: for pictures of many settings."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nnsim.nn.arrays import Array
from nnsim.scenario.sweep_axes import SweepAxis
from nnsim.sweep.map_view import SHARES, SweepMap, column_of, drawable, summed_up


@dataclass(frozen=True)
class Combinations:
    """The combinations that are trained, in the order of the grid.

    Args: places: of each on every axis, (combinations, axes). values: its figure, (combinations,), NaN where none
    of its runs has one. failed: whether all its runs diverged, (combinations,). here: which one the cursor is on.
    """

    axes: tuple[SweepAxis, ...]
    places: npt.NDArray[np.int64]
    values: Array
    failed: npt.NDArray[np.bool_]
    logarithmic: bool
    higher_is_better: bool
    figure_name: str
    here: int | None = None

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def of(cls, shown: SweepMap) -> "Combinations":
        """Those of a map, with the figure and the statistic that it shows."""
        axes = drawable(shown.study)
        shape = shown.study.grid.shape
        rest = [index for index in range(len(shape)) if index not in axes]

        def cells(name: str) -> Array:
            cube = column_of(shown.table, name).reshape(shape).transpose([*axes, *rest])
            return cube.reshape(-1, int(np.prod([shape[one] for one in rest])))

        diverged = cells("diverged")
        known = np.isfinite(diverged).any(axis=-1)
        places = np.stack(np.unravel_index(np.flatnonzero(known), [shape[one] for one in axes]), axis=-1)
        statistic = "mean" if shown.figure in SHARES else shown.statistic
        with np.errstate(all="ignore"):
            failed = np.nanmin(np.where(np.isfinite(diverged), diverged, np.nan)[known], axis=-1) == 1.0
        cursor = np.flatnonzero((places == [shown.picks[one] for one in axes]).all(axis=-1))
        return cls(
            tuple(shown.axes[one] for one in axes),
            places,
            summed_up(cells(shown.figure), statistic)[known],
            failed & (shown.figure not in SHARES),
            shown.logarithmic,
            shown.higher_is_better,
            shown.figure_name,
            int(cursor[0]) if len(cursor) else None,
        )

    @property
    def scaled(self) -> Array:
        """The figures on their scale, (combinations,): its logarithm where that is how it is drawn; else NaN."""
        with np.errstate(all="ignore"):
            found = np.log10(self.values) if self.logarithmic else self.values
        return np.asarray(np.where(np.isfinite(found) & ~self.failed, found, np.nan))
