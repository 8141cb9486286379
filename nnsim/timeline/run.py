"""A run: a trainer that appends to a timeline, in slices of time where a caller asks for that."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from nnsim.errors import ScenarioError
from nnsim.nn.parameters import names_parameter, parameter_index, parameter_value
from nnsim.scenario.plan import Plan
from nnsim.scenario.scenario import Scenario
from nnsim.scenario.setting_keys import is_live, merged
from nnsim.timeline import Command, Mark, Timeline
from nnsim.timeline.replica import Replica, give_commands
from nnsim.timeline.timeline import MOST_COMMANDS
from nnsim.training.fast.support import check_kernel
from nnsim.training.records import Checkpoint, Stop
from nnsim.training.trainer import COMPILED_ROWS, Trainer

SLICE_S = 0.05  # until the caller gets a turn
MOST_STEPS = 4096


class Run:
    """Trains one variant with one seed, and appends what comes of it to a timeline.

    Args: fast: whether compiled code trains (extra `nnsim[fast]`).  Raises: ScenarioError where it has not what the
    scenario asks for.
    """

    def __init__(
        self,
        scenario: Scenario,
        variant: str | None = None,
        settings: Mapping[str, Any] | None = None,
        *,
        fast: bool = False,
    ) -> None:
        self.timeline = Timeline(scenario, scenario.variant(variant).name, settings or {})
        self.trainer = Trainer(self.timeline.plan, fast=fast)
        if fast:  # whose steps are soon trained again, too
            self.timeline.checkpoints.widen(COMPILED_ROWS)
        self.timeline.checkpoints.add(self.trainer.checkpoint())
        self._unchanged: Checkpoint | None = None  # the state at this step, before the commands given there
        self._near: Checkpoint | None = None  # to the step that it began at, where it did not begin at 0

    @classmethod
    def fork(cls, timeline: Timeline, step: int, near: Checkpoint | None = None) -> "Run":
        """A run that goes on from the exact state after `step` steps; near: a replica's checkpoint close to it."""
        return cls._standing_at(timeline.fork(step), near)

    @classmethod
    def rewound(
        cls,
        timeline: Timeline,
        step: int,
        commands: Iterable[Command],
        marks: Iterable[Mark],
        stop: Stop | None,
        near: Checkpoint | None = None,
    ) -> "Run":
        """The run as it was after so many steps, with these commands alone; near: as for a fork."""
        return cls._standing_at(timeline.rewound(step, commands, marks, stop), near)

    @classmethod
    def _standing_at(cls, timeline: Timeline, near: Checkpoint | None) -> "Run":
        run = cls.__new__(cls)
        run.timeline, run._near, run._unchanged = timeline, near, None
        run.trainer = Replica(timeline, near).at(timeline.length)
        return run

    @property
    def finished(self) -> bool:
        return self.timeline.stop is not None

    def advance(self, steps: int) -> int:
        """Trains and records at most so many steps, up to a checkpoint or the end.  Returns: steps trained."""
        if self.finished:
            return 0
        timeline, trainer = self.timeline, self.trainer
        records = trainer.advance(min(steps, timeline.checkpoints.steps_to_next(trainer.step)))
        timeline.append(records)
        if timeline.checkpoints.due(trainer.step):
            timeline.checkpoints.add(trainer.checkpoint())
        if trainer.stop is not None:
            timeline.end(trainer.stop)
        return records.count

    def advance_to(self, step: int) -> None:
        while self.timeline.length < step and not self.finished:
            self.advance(step - self.timeline.length)

    def interrupt(self) -> None:
        if not self.finished:
            self.timeline.end(Stop("interrupted", self.trainer.step, "stopped by hand"))

    def change(self, key: str, value: Any) -> None:
        """Changes a live setting or parameter from the next step on, as a command.  Raises: ScenarioError."""
        timeline, trainer = self.timeline, self.trainer
        step = trainer.step
        plan, value = allowed_change(timeline, step, key, value)
        if trainer.fast:
            check_kernel(plan)
        if not timeline.commands_at(step):
            self._unchanged = trainer.checkpoint()
        elif self._unchanged is None or self._unchanged.step != step:  # a fork at a step with commands of its own
            self._unchanged = Replica(timeline, self._near).unchanged(step)
        timeline.command(Command(step, key, value))
        trainer.change_plan(timeline.plan_at(step - 1))
        trainer.restore(self._unchanged)
        give_commands(timeline, step, trainer)
        if timeline.stop is None or timeline.stop.reason in ("epochs", "target", "interrupted"):
            done = step >= plan.steps
            timeline.end(Stop("epochs", step, f"all {plan.train.epochs:,} epochs are trained") if done else None)


def allowed_change(timeline: Timeline, step: int, key: str, value: object) -> tuple[Plan, object]:
    """The plan and the value after a change of a live setting or parameter.  Raises: ScenarioError."""
    if sum(one.step <= step for one in timeline.commands) >= MOST_COMMANDS:
        raise ScenarioError(f"{key}: this run was changed often enough (allowed: {MOST_COMMANDS:,} times)")
    plan = timeline.plan_at(step)
    if names_parameter(key):
        return plan, allowed_parameter(plan, key, value)
    if not is_live(key):
        live = "schedule, optimizer, clipping, regularization, train.epochs, train.target_loss"
        raise ScenarioError(f"{key}: applies only to a new run (allowed here: {live})")
    return timeline.scenario.plan(timeline.variant, merged(timeline.settings_at(step), {key: value})), value


def allowed_parameter(plan: Plan, key: str, value: object) -> float:
    """A value for a parameter of this plan.  Raises: ScenarioError where there is no such parameter."""
    parameter_index(plan.network, key)
    if not plan.solver.uses_gradient:
        raise ScenarioError(f"{key}: the solver keeps its own best guess (allowed: with gradient descent)")
    return parameter_value(key, value)


def slices(advance: Callable[[int], object], finished: Callable[[], bool]) -> Iterator[None]:
    """Calls `advance` with numbers of steps until all is done; a caller may leave after any slice."""
    steps = 1
    while not finished():
        began = time.perf_counter()
        advance(steps)
        took = time.perf_counter() - began
        if took < SLICE_S / 2:
            steps = min(2 * steps, MOST_STEPS)
        elif took > SLICE_S:
            steps = max(steps // 2, 1)
        yield
