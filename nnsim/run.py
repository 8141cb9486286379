"""A run: a trainer that appends to a timeline. And a replica: a second trainer that re-creates any of its steps."""

from collections.abc import Mapping
from typing import Any

from nnsim.errors import ScenarioError
from nnsim.plan import Plan
from nnsim.records import Stop
from nnsim.scenario import Scenario
from nnsim.settings import is_live, merged
from nnsim.timeline import Command, Timeline
from nnsim.trainer import PHASES, Trainer


class Run:
    """One variant, one seed, being trained."""

    def __init__(self, scenario: Scenario, variant: str | None = None, settings: Mapping[str, Any] | None = None):
        self.timeline = Timeline(scenario, scenario.variant(variant).name, settings or {})
        self.trainer = Trainer(self.timeline.plan)
        self.timeline.checkpoints.add(self.trainer.checkpoint())

    @classmethod
    def fork(cls, timeline: Timeline, step: int) -> "Run":
        """A run of its own that shares the first `step` steps of a timeline and goes on from their exact state."""
        run = cls.__new__(cls)
        run.timeline = timeline.fork(step)
        run.trainer = Replica(timeline).at(step)
        return run

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to train."""
        return self.timeline.stop is not None

    def advance(self, steps: int) -> int:
        """Train at most so many steps and append them; fewer where a checkpoint is due or the run ends.

        Returns: steps trained.
        """
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
        """Train until so many steps are done, or the run ends."""
        while self.timeline.length < step and not self.finished:
            self.advance(step - self.timeline.length)

    def interrupt(self) -> None:
        """Note that a person ended the run here."""
        if not self.finished:
            self.timeline.end(Stop("interrupted", self.trainer.step, "stopped by hand"))

    def change(self, key: str, value: Any) -> None:
        """Change a live setting from the next step on; it becomes a command on the timeline.

        Raises: ScenarioError where the value is not allowed, or the setting only applies to a new run.
        """
        if not is_live(key):
            live = "schedule, optimizer, clipping, regularization, train.epochs, train.target_loss"
            raise ScenarioError(f"{key}: applies only to a new run (allowed here: {live})")
        timeline = self.timeline
        plan = timeline.scenario.plan(timeline.variant, merged(timeline.settings_at(timeline.length), {key: value}))
        timeline.command(Command(self.trainer.step, key, value))
        self.trainer.change_plan(plan)
        if timeline.stop is None or timeline.stop.reason in ("epochs", "target", "interrupted"):
            done = self.trainer.step >= plan.steps
            timeline.end(
                Stop("epochs", self.trainer.step, f"all {plan.train.epochs:,} epochs are trained") if done else None
            )


class Replica:
    """Re-creates the exact state of a run at any step of its timeline, from the nearest checkpoint before it.

    Works on a live run's timeline and on a recording's alike, and never disturbs either.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._trainer = Trainer(timeline.plan)
        self._plan: Plan = timeline.plan
        self._phase = 0

    def at(self, step: int, phase: int = 0) -> Trainer:
        """The trainer after so many steps, and so many phases (0 to 4) of the next.

        It arrives through the four phases of the last step, so that its gradient, its change and the arrays it has
        entered are those of the step last seen. It is the replica's own: look at it, and ask again before looking
        at another step.
        """
        if phase == len(PHASES):
            step, phase = step + 1, 0
        if not 0 <= step <= self._timeline.length:
            raise ValueError(f"step {step:,} lies beyond what is recorded, 0 to {self._timeline.length:,}")
        trainer = self._trainer
        if phase < self._phase or step != trainer.step or self._timeline.plan_at(step) is not self._plan:
            self._go(step)
        self._enter(phase)
        return trainer

    def _enter(self, phase: int) -> None:
        for name in PHASES[self._phase : phase]:
            self._trainer.enter(name)
        self._phase = phase % len(PHASES)

    def _go(self, step: int) -> None:
        timeline, trainer = self._timeline, self._trainer
        before = max(step - 1, 0)
        checkpoint = timeline.checkpoints.before(before)
        # A step under way can only be finished, under the plan it began with, not left; step 0 has none before it.
        finishes = trainer.step == before < step and timeline.plan_at(before) is self._plan
        stuck = self._phase and not finishes
        if stuck or before < trainer.step or checkpoint.step > trainer.step:
            self._follow_plan(checkpoint.step - 1)  # it was taken before any command given at its own step
            trainer.restore(checkpoint)
            self._phase = 0
        while trainer.step < before:
            self._follow_plan(trainer.step)
            until = min([one.step for one in timeline.commands if one.step > trainer.step] + [before])
            trainer.advance(until - trainer.step)
        if step:
            self._follow_plan(before)
            self._enter(len(PHASES))
        self._follow_plan(step)

    def _follow_plan(self, step: int) -> None:
        plan = self._timeline.plan_at(step)
        if plan is not self._plan:
            self._trainer.change_plan(plan)
            self._plan = plan
