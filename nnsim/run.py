"""A run: a trainer that appends to a timeline. And a replica: a second trainer that re-creates any of its steps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nnsim.errors import ScenarioError
from nnsim.nn.parameters import names_parameter, parameter_index, parameter_value
from nnsim.scenario.plan import Plan
from nnsim.scenario.scenario import Scenario
from nnsim.scenario.settings import is_live, merged
from nnsim.timeline import Command, Mark, Timeline
from nnsim.timeline.timeline import MOST_COMMANDS
from nnsim.training.records import Checkpoint, Stop
from nnsim.training.trainer import PHASES, Trainer


class Run:
    """One variant, one seed, being trained."""

    def __init__(self, scenario: Scenario, variant: str | None = None, settings: Mapping[str, Any] | None = None):
        self.timeline = Timeline(scenario, scenario.variant(variant).name, settings or {})
        self.trainer = Trainer(self.timeline.plan)
        self.timeline.checkpoints.add(self.trainer.checkpoint())
        self._unchanged: Checkpoint | None = None  # the state at this step, before the commands given there
        self._near: Checkpoint | None = None  # to the step that it began at, where it did not begin at 0

    @classmethod
    def fork(cls, timeline: Timeline, step: int, near: Checkpoint | None = None) -> "Run":
        """A run of its own that shares the first `step` steps of a timeline and goes on from their exact state.

        Args: near: what a replica of the timeline keeps of its own, where it has been close to the step.
        """
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
        """The run of a timeline as it was after so many steps, with these commands alone.

        Args: commands: those of the timeline, but for some given at this very step. near: as for a fork.
        """
        return cls._standing_at(timeline.rewound(step, commands, marks, stop), near)

    @classmethod
    def _standing_at(cls, timeline: Timeline, near: Checkpoint | None) -> "Run":
        """A run that goes on from the end of a timeline."""
        run = cls.__new__(cls)
        run.timeline, run._near, run._unchanged = timeline, near, None
        run.trainer = Replica(timeline, near).at(timeline.length)
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
        """Change a live setting, or a parameter, from the next step on; it becomes a command on the timeline.

        What is given at the same step comes into force together: a setting changed there and back leaves nothing.

        Raises: ScenarioError where the value is not allowed, or the setting only applies to a new run.
        """
        timeline, trainer = self.timeline, self.trainer
        step = trainer.step
        plan, value = allowed_change(timeline, step, key, value)
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


def give_commands(timeline: Timeline, step: int, trainer: Trainer) -> None:
    """Bring into force what was given at a step; giving it twice is the same as once."""
    plan = timeline.plan_at(step)
    if trainer.plan is not plan:
        trainer.change_plan(plan)
    for place, value in timeline.parameters_at(step).items():
        trainer.parameters[place] = value
        trainer.stop = None


def allowed_change(timeline: Timeline, step: int, key: str, value: object) -> tuple[Plan, object]:
    """The plan from a step on with a live setting, or a parameter, changed there, and the value as it is kept.

    Raises: ScenarioError where the value is not allowed, or the setting only applies to a new run.
    """
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
    """A value for a parameter of this plan.

    Raises: ScenarioError where there is no such parameter, or it cannot be given this value.
    """
    parameter_index(plan.network, key)
    if not plan.solver.uses_gradient:
        raise ScenarioError(f"{key}: the solver keeps its own best guess (allowed: with gradient descent)")
    return parameter_value(key, value)


# So many steps before the one that is looked at, everything that is seen of it is at hand: some panes show how the
# step before has changed the parameters.
LEEWAY = 2


class Replica:
    """Re-creates the exact state of a run at any step of its timeline, from the nearest checkpoint before it.

    Works on a live run's timeline and on a recording's alike, and never disturbs either.
    """

    def __init__(self, timeline: Timeline, near: Checkpoint | None = None) -> None:
        self._timeline = timeline
        self._trainer = Trainer(timeline.plan)
        self._given: tuple[Command, ...] = ()  # the commands that came into force at the step it stands at
        self._phase = 0
        self.near = near  # a checkpoint of its own, close to what is looked at

    def far(self, step: int) -> bool:
        """Whether it takes long to look at a step: `approach` it first, in slices."""
        return self.distance(step) > self._timeline.checkpoints.quick

    def distance(self, step: int) -> int:
        """How many steps lie between a step, with the one before it, and the checkpoint to go back to for it."""
        before = max(step - LEEWAY, 0)
        return before - self._step_before(before)

    def missing(self, step: int) -> int:
        """How many of them have to be trained again from where it stands."""
        before = max(step - LEEWAY, 0)
        return before - (self._trainer.step if self._gets_near(before) else self._step_before(before))

    def approach(self, step: int, most: int) -> int:
        """Train at most so many steps again on the way to a step.  Returns: how many are still missing.

        Where none is, it keeps a checkpoint there: looking at the step, its phases and the step before in any order
        takes no more than a few steps each.
        """
        before = max(step - LEEWAY, 0)
        if not self._gets_near(before):
            self._restore(self._before(before))
        self._train(min(self._trainer.step + most, before))
        if self._trainer.step == before:
            self.near = self._trainer.checkpoint()
        return before - self._trainer.step

    def at(self, step: int, phase: int = 0) -> Trainer:
        """The trainer after so many steps, and so many phases (0 to 4) of the next.

        It arrives through the four phases of the last step, so that its gradient, its change and the arrays it has
        entered are those of the step last seen. Behind the fourth phase it stands as the step has left it; as so
        many steps done, with what a person changed there. It is the replica's own: look at it, and ask again before
        looking at another step.
        """
        given = self._timeline.commands_at(step)
        if phase == len(PHASES):
            step, phase, given = step + 1, 0, ()
        if not 0 <= step <= self._timeline.length:
            raise ValueError(f"step {step:,} lies beyond what is recorded, 0 to {self._timeline.length:,}")
        trainer = self._trainer
        if phase < self._phase or step != trainer.step or given != self._given:
            self._go(step, commands=bool(given))
        self._enter(phase)
        return trainer

    def unchanged(self, step: int) -> Checkpoint:
        """The state after so many steps, before the commands given there."""
        self._go(step, commands=False)
        return self._trainer.checkpoint()

    def _enter(self, phase: int) -> None:
        for name in PHASES[self._phase : phase]:
            self._trainer.enter(name)
        self._phase = phase % len(PHASES)

    def _go(self, step: int, commands: bool = True) -> None:
        timeline, trainer = self._timeline, self._trainer
        before = max(step - 1, 0)
        # A step under way can only be finished, under the commands it began with, not left; step 0 has none before.
        finishes = trainer.step == before < step and self._given == timeline.commands_at(before)
        if not (finishes or self._goes_on(before)):
            self._restore(self._before(before))
        self._train(before)
        if step:
            self._give(before)
            self._enter(len(PHASES))
        self._given = ()
        if commands:
            self._give(step)

    def _before(self, step: int) -> Checkpoint:
        """The last checkpoint at or before a step, of the timeline's and its own."""
        if self.near is not None and self.near.step == self._step_before(step):
            return self.near
        return self._timeline.checkpoints.before(step)

    def _step_before(self, step: int) -> int:
        kept, near = self._timeline.checkpoints.step_before(step), self.near
        return near.step if near is not None and kept < near.step <= step else kept

    def _goes_on(self, step: int) -> bool:
        """Whether training on from where it stands is the shortest way to a step."""
        here = self._trainer.step
        # What came into force here may have been changed since; what is new comes into force on the way.
        stale = bool(self._given) and self._given != self._timeline.commands_at(here)
        return not self._phase and not stale and self._step_before(step) <= here <= step

    def _gets_near(self, step: int) -> bool:
        """The same where a checkpoint shall be taken at the step: before any command given there."""
        return self._goes_on(step) and not (self._given and self._trainer.step == step)

    def _train(self, step: int) -> None:
        """Train on to a step, with the commands given under way, but for those given at its end."""
        trainer = self._trainer
        while trainer.step < step:
            self._give(trainer.step)
            until = min([one.step for one in self._timeline.commands if one.step > trainer.step] + [step])
            trainer.advance(until - trainer.step)
            self._given = ()

    def _restore(self, checkpoint: Checkpoint) -> None:
        """Stand where a checkpoint was taken: before any command given at its own step."""
        plan = self._timeline.plan_at(checkpoint.step - 1)
        if self._trainer.plan is not plan:
            self._trainer.change_plan(plan)
        self._trainer.restore(checkpoint)
        self._phase, self._given = 0, ()

    def _give(self, step: int) -> None:
        if not self._phase:
            give_commands(self._timeline, step, self._trainer)
            self._given = self._timeline.commands_at(step)


@dataclass(frozen=True)
class Way:
    """The way to a step that an edit goes on from, trained again by a replica of its own: nothing else moves."""

    timeline: Timeline
    step: int
    replica: Replica

    @property
    def missing(self) -> int:
        """Steps that have to be trained again."""
        return self.replica.missing(self.step)

    def approach(self, steps: int) -> int:
        """Train at most so many of them again.  Returns: how many are still missing."""
        return self.replica.approach(self.step, steps)
