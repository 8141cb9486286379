"""A replica: a second trainer that re-creates any step of a timeline from the checkpoint before it."""

from collections.abc import Callable

from msgspec import Struct

from nnsim.timeline import Command, Timeline
from nnsim.training.records import Checkpoint
from nnsim.training.trainer import PHASES, Trainer

# Steps before a restored one that are at hand, too: some panes show how the step before has changed the parameters.
LEEWAY = 2


def give_commands(timeline: Timeline, step: int, trainer: Trainer) -> None:
    """Applies the commands given at a step; applying them twice is the same as once."""
    plan = timeline.plan_at(step)
    if trainer.plan is not plan:
        trainer.change_plan(plan)
    for place, value in timeline.parameters_at(step).items():
        trainer.parameters[place] = value
        trainer.stop = None


class Replica:
    """Restores any step of a timeline, live or recorded, from the checkpoint before it, and disturbs neither."""

    def __init__(self, timeline: Timeline, near: Checkpoint | None = None) -> None:
        self.timeline = timeline
        self._trainer = Trainer(timeline.plan)
        self._given: tuple[Command, ...] = ()  # the commands that came into force at the step it stands at
        self._phase = 0
        self.near = near  # a checkpoint of its own, close to the step to restore

    def far(self, step: int) -> bool:
        """Whether it takes long to look at a step: `approach` it first, in slices."""
        return self.distance(step) > self.timeline.checkpoints.quick

    def distance(self, step: int) -> int:
        """How many steps lie between a step, with the one before it, and the checkpoint to go back to for it."""
        before = max(step - LEEWAY, 0)
        return before - self._step_before(before)

    def missing(self, step: int) -> int:
        """How many of them have to be trained again from where it stands."""
        before = max(step - LEEWAY, 0)
        return before - (self._trainer.step if self._gets_near(before) else self._step_before(before))

    def approach(self, step: int, most: int) -> int:
        """Trains at most so many steps again towards a step, for a checkpoint there.  Returns: what is missing."""
        before = max(step - LEEWAY, 0)
        if not self._gets_near(before):
            self._restore(self._before(before))
        self._train(min(self._trainer.step + most, before))
        if self._trainer.step == before:
            self.near = self._trainer.checkpoint()
        return before - self._trainer.step

    def at(self, step: int, phase: int = 0) -> Trainer:
        """The trainer after so many steps, and so many phases (0 to 4) of the next.

        It arrives through the four phases of the last step, so that gradient, change and arrays are of that step.
        After the fourth phase the commands given there are not applied yet. The next call moves the same trainer.
        """
        given = self.timeline.commands_at(step)
        if phase == len(PHASES):
            step, phase, given = step + 1, 0, ()
        if not 0 <= step <= self.timeline.length:
            raise ValueError(f"step {step:,} lies beyond what is recorded, 0 to {self.timeline.length:,}")
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
        timeline, trainer = self.timeline, self._trainer
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
        return self.timeline.checkpoints.before(step)

    def _step_before(self, step: int) -> int:
        recorded, near = self.timeline.checkpoints.step_before(step), self.near
        return near.step if near is not None and recorded < near.step <= step else recorded

    def _goes_on(self, step: int) -> bool:
        here = self._trainer.step
        # What came into force here may have been changed since; what is new comes into force on the way.
        stale = bool(self._given) and self._given != self.timeline.commands_at(here)
        return not self._phase and not stale and self._step_before(step) <= here <= step

    def _gets_near(self, step: int) -> bool:
        """The same where a checkpoint shall be taken at the step: before any command given there."""
        return self._goes_on(step) and not (self._given and self._trainer.step == step)

    def _train(self, step: int) -> None:
        trainer = self._trainer
        while trainer.step < step:
            self._give(trainer.step)
            until = min([one.step for one in self.timeline.commands if one.step > trainer.step] + [step])
            trainer.advance(until - trainer.step)
            self._given = ()

    def _restore(self, checkpoint: Checkpoint) -> None:
        """Stand where a checkpoint was taken: before any command given at its own step."""
        plan = self.timeline.plan_at(checkpoint.step - 1)
        if self._trainer.plan is not plan:
            self._trainer.change_plan(plan)
        self._trainer.restore(checkpoint)
        self._phase, self._given = 0, ()

    def _give(self, step: int) -> None:
        if not self._phase:
            give_commands(self.timeline, step, self._trainer)
            self._given = self.timeline.commands_at(step)


class Way(Struct, frozen=True):
    """The way to a step that an edit goes on from, trained again by a replica of its own: nothing else moves."""

    timeline: Timeline
    step: int
    replica: Replica

    @property
    def missing(self) -> int:
        return self.replica.missing(self.step)

    def approach(self, steps: int) -> int:
        """Train at most so many of them again.  Returns: how many are still missing."""
        return self.replica.approach(self.step, steps)


class TakesLong(Exception):
    """Says before anything has changed that many steps have to be trained again first."""

    def __init__(self, way: Way) -> None:
        super().__init__(f"{way.missing:,} steps have to be trained again")
        self.way = way


class Retraining:
    """Finds the checkpoint that an edit goes on from, or the way to it where that is long."""

    def __init__(self) -> None:
        self._attempting = False  # an edit that may take no time
        self._way: Way | None = None  # that was approached for it

    def attempt(self, edit: Callable[[], str], way: Way | None = None) -> str | Way:
        """Makes an edit, unless it takes long; then returns the way to approach before the next attempt with it."""
        self._attempting, self._way = True, way
        try:
            return edit()
        except TakesLong as found:
            return found.way
        finally:
            self._attempting, self._way = False, None

    def near(self, replica: Replica, step: int) -> Checkpoint | None:
        """A checkpoint that may be close to a step.  Raises: TakesLong in an attempt, where none is."""
        timeline, near = replica.timeline, replica.near
        if self._way is not None and self._way.timeline is timeline and self._way.step == step:
            return self._way.replica.near
        if self._attempting and replica.far(step):
            raise TakesLong(Way(timeline, step, Replica(timeline, near)))
        return near if near is not None and near.step <= step else None  # behind it runs go different ways
