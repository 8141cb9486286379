"""A run: a trainer that appends to a timeline. And a replica: a second trainer that re-creates any of its steps."""

from collections.abc import Mapping
from typing import Any

from nnsim.errors import ScenarioError
from nnsim.plan import Plan
from nnsim.records import Checkpoint, Stop
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


# So many steps before the one that is looked at, everything that is seen of it is at hand: some panes show how the
# step before has changed the parameters.
LEEWAY = 2


class Replica:
    """Re-creates the exact state of a run at any step of its timeline, from the nearest checkpoint before it.

    Works on a live run's timeline and on a recording's alike, and never disturbs either.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._trainer = Trainer(timeline.plan)
        self._plan: Plan = timeline.plan
        self._phase = 0
        self._near: Checkpoint | None = None  # of its own, close to what is looked at

    def distance(self, step: int) -> int:
        """How many steps lie between a step, with the one before it, and the checkpoint to go back to for it."""
        before = max(step - LEEWAY, 0)
        return before - self._step_before(before)

    def missing(self, step: int) -> int:
        """How many of them have to be trained again from where it stands."""
        before = max(step - LEEWAY, 0)
        return before - (self._trainer.step if self._goes_on(before) else self._step_before(before))

    def approach(self, step: int, most: int) -> int:
        """Train at most so many steps again on the way to a step.  Returns: how many are still missing.

        Where none is, it keeps a checkpoint there: looking at the step, its phases and the step before in any order
        takes no more than a few steps each.
        """
        before = max(step - LEEWAY, 0)
        if not self._goes_on(before):
            self._restore(self._before(before))
        self._train(min(self._trainer.step + most, before))
        # Like every checkpoint it is taken before any command given at its own step.
        if self._trainer.step == before and self._plan is self._timeline.plan_at(before - 1):
            self._near = self._trainer.checkpoint()
        return before - self._trainer.step

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
        # A step under way can only be finished, under the plan it began with, not left; step 0 has none before it.
        finishes = trainer.step == before < step and timeline.plan_at(before) is self._plan
        if not (finishes or self._goes_on(before)):
            self._restore(self._before(before))
        self._train(before)
        if step:
            self._follow_plan(before)
            self._enter(len(PHASES))
        self._follow_plan(step)

    def _before(self, step: int) -> Checkpoint:
        """The last checkpoint at or before a step, of the timeline's and its own."""
        if self._near is not None and self._near.step == self._step_before(step):
            return self._near
        return self._timeline.checkpoints.before(step)

    def _step_before(self, step: int) -> int:
        kept, near = self._timeline.checkpoints.step_before(step), self._near
        return near.step if near is not None and kept < near.step <= step else kept

    def _goes_on(self, step: int) -> bool:
        """Whether training on from where it stands is the shortest way to a step."""
        return not self._phase and self._step_before(step) <= self._trainer.step <= step

    def _restore(self, checkpoint: Checkpoint) -> None:
        self._follow_plan(checkpoint.step - 1)  # it was taken before any command given at its own step
        self._trainer.restore(checkpoint)
        self._phase = 0

    def _train(self, step: int) -> None:
        """Train on to a step, with the commands given under way, but for those given at its end."""
        trainer = self._trainer
        while trainer.step < step:
            self._follow_plan(trainer.step)
            until = min([one.step for one in self._timeline.commands if one.step > trainer.step] + [step])
            trainer.advance(until - trainer.step)

    def _follow_plan(self, step: int) -> None:
        plan = self._timeline.plan_at(step)
        if plan is not self._plan:
            self._trainer.change_plan(plan)
            self._plan = plan
