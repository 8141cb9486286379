"""A study: everything that decides the table of a sweep, checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nnsim.scenario.plan import Plan
from nnsim.scenario.scenario import Scenario
from nnsim.scenario.setting_keys import merged
from nnsim.scenario.sweep_axes import SEED
from nnsim.sweep.grid import Grid
from nnsim.sweep.rungs import Rung, SweepTask, rungs_of
from nnsim.training.outcome import Goal

TASK_S = 2.0  # a task is to take about so long
PRODUCT_S, UNIT_S = 2e-9, 1e-8  # of a member's step, about: a weight and a row, an activation and a row
LARGEST_TASK = 4096  # members
LEAST_TASKS = 4  # so that workers share a small sweep
ALONE_S = 2e-5  # a step from which on members gain nothing from each other
SMALLEST_TASK = 512  # members of a task that could hold more: fewer are slower than the calls


@dataclass(frozen=True)
class Study:
    """One scenario, what all members set, the grid of what they differ in, and the goal that is looked for.

    Args: marks: whether every member is trained twice, to tell which ends rest on rounding. halving: one in so many
    combinations of settings goes on at each rung; None where all are trained to their ends.
    """

    scenario: Scenario
    variant: str | None
    settings: Mapping[str, Any]
    grid: Grid
    goal: Goal | None = None
    marks: bool = True
    kernel: str = "numpy"
    task_size: int = field(default=0)  # members of a task; 0: what suits the work
    halving: int | None = None

    @cached_property
    def plan(self) -> Plan:
        """The plan of the first member."""
        return self.plan_of(0)

    def settings_of(self, number: int) -> dict[str, Any]:
        """All settings of a member."""
        return merged(self.settings, self.grid.whole_settings(number))

    def plan_of(self, number: int) -> Plan:
        """The plan of a member.  Raises: ScenarioError."""
        return self.scenario.plan(self.variant, self.settings_of(number))

    def seed_of(self, number: int) -> int:
        found = self.settings_of(number).get(SEED)
        return int(found) if found is not None else self._own_seed

    @cached_property
    def _own_seed(self) -> int:
        return self.scenario.plan(self.variant, self.settings).seed

    @cached_property
    def size(self) -> int:
        """Members of a task: the same whoever trains it, for the bits follow from who is trained together."""
        if self.task_size:
            return self.task_size
        plan, members = self.plan, len(self.grid)
        layers = plan.network.layers
        step_s = plan.batches.size * (PRODUCT_S * plan.network.size + UNIT_S * sum(one.units for one in layers))
        fits = int(TASK_S / (step_s * plan.steps * (2 if self.marks else 1)))
        most = max(SMALLEST_TASK, -(-members // LEAST_TASKS)) if step_s < ALONE_S else LARGEST_TASK
        least = SMALLEST_TASK if step_s < ALONE_S else 1
        return int(min(max(fits, least), most, LARGEST_TASK, members))

    @cached_property
    def rungs(self) -> tuple[Rung, ...]:
        """How far the runs are trained, and how many of them; one rung where none is stopped early."""
        epochs, grid = self.plan.train.epochs, self.grid
        if self.halving is None:
            return (Rung(epochs, grid.combinations, len(grid), self.size, grid.part_count(self.size)),)
        return rungs_of(grid, epochs, self.halving, self.size, LARGEST_TASK)

    @cached_property
    def tasks(self) -> list[SweepTask]:
        """The tasks of the first rung, which trains all members: a coarse grid first where there are many."""
        rung = self.rungs[0]
        return rung.numbered(self.grid.parts(rung.task_size))
