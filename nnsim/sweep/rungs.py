"""Rungs: how far the runs of a sweep are trained before some of them are stopped, and the tasks of each rung.

Successive halving: all combinations of settings are trained for a few epochs, one in `factor` goes on, and so again
up to the last rung, which trains to the end. The seeds of a combination are judged together, by their mean. A rung
trains its runs from their starts, so that no state of training is kept or travels: with a factor of 3 and four
rungs that is a third more than going on would cost.

Reference: Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization", 2016.
"""

from dataclasses import dataclass

import numpy as np

from nnsim.errors import ScenarioError
from nnsim.nn.arrays import Array
from nnsim.sweep.grid import Grid, Numbers
from nnsim.text import count

EPOCHS = "train.epochs"
FACTORS = (2, 100)
USUAL_FACTOR = 3
MOST_RUNGS = 4  # so the first one trains a 27th of the epochs: an order by much fewer of them says little


@dataclass(frozen=True)
class SweepTask:
    """Members that are trained together.  Args: epochs: after which they are stopped; None: at their own ends."""

    number: int
    members: Numbers
    epochs: int | None = None

    def __len__(self) -> int:
        return len(self.members)


@dataclass(frozen=True)
class Rung:
    """Some combinations of settings, trained for so many epochs.

    Args: runs: of these combinations, one for each seed. first_task: its number in the sweep.
    """

    epochs: int
    combinations: int
    runs: int
    task_size: int
    task_count: int
    first_task: int = 0
    is_last: bool = True

    def tasks(self, members: Numbers) -> list[SweepTask]:
        """The tasks of its members, which come in their order."""
        parts = [members[at : at + self.task_size] for at in range(0, len(members), self.task_size)]
        return self.numbered(parts)

    def numbered(self, parts: list[Numbers]) -> list[SweepTask]:
        epochs = None if self.is_last else self.epochs
        return [SweepTask(self.first_task + index, part, epochs) for index, part in enumerate(parts)]


def rungs_of(grid: Grid, epochs: int, factor: int, task_size: int, largest: int) -> tuple[Rung, ...]:
    """The rungs of successive halving, the shortest first.

    Args: factor: one in so many combinations goes on, for so many times the epochs. task_size: members of a task of
    the last rung; that of a rung before may have more, up to `largest`.

    Raises: ScenarioError where there is nothing to stop early, or the epochs are what is searched.
    """
    if any(axis.key == EPOCHS for axis in grid.axes):
        raise ScenarioError(
            f"--halving: does not go with --over {EPOCHS}, which it sets itself (allowed: --epochs N)"
        )
    combinations, seeds = grid.combinations, len(grid) // grid.combinations
    above = 0
    while above + 1 < MOST_RUNGS and factor ** (above + 1) <= min(combinations, epochs):
        above += 1
    if not above:
        raise ScenarioError(
            f"--halving: {count(combinations, 'combination')}, {count(epochs, 'epoch')}: there is nothing to stop"
            f" early (allowed: from {factor} combinations and {factor} epochs on)"
        )
    found: list[Rung] = []
    for index in range(above + 1):
        share = factor ** (above - index)
        kept = -(-combinations // factor**index)
        size = min(largest, task_size * share)
        runs = kept * seeds
        tasks = -(-runs // size) if found else grid.part_count(size)
        first = found[-1].first_task + found[-1].task_count if found else 0
        found.append(Rung(max(1, epochs // share), kept, runs, size, tasks, first, index == above))
    return tuple(found)


def best_members(grid: Grid, figures: Array, members: Numbers, combinations: int) -> Numbers:
    """The runs of the combinations that go on: so many, with the lowest mean over their seeds.

    One with a run that has no finite figure comes last; of equal ones the first in the grid goes on.

    Args: figures: of all runs, (runs of the grid,). members: those that are in the rung.
    """
    which = grid.combination_of(members)
    with np.errstate(all="ignore"):
        known = np.where(np.isfinite(figures[members]), figures[members], np.inf)
        sums = np.bincount(which, weights=known, minlength=grid.combinations)
    there = np.bincount(which, minlength=grid.combinations) > 0
    sums[~there | np.isnan(sums)] = np.inf
    order = np.lexsort((np.arange(grid.combinations), sums, ~there))
    chosen = np.zeros(grid.combinations, bool)
    chosen[order[:combinations]] = True
    return members[chosen[which]]
