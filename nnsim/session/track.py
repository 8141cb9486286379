"""A track: one timeline of a session, with what extends it and what looks inside."""

from dataclasses import InitVar, dataclass, field

from nnsim.analysis.walk import recorded_parameters
from nnsim.arrays import Array
from nnsim.replica import Replica
from nnsim.run import Run
from nnsim.scenario.places import MARKED
from nnsim.timeline import Command, Mark, Timeline
from nnsim.training.records import Checkpoint, Evaluation
from nnsim.training.trainer import Trainer


@dataclass
class Track:
    """One timeline of a session, the run that extends it where there is one, and a replica to look inside."""

    timeline: Timeline
    run: Run | None
    style: int  # its colour and marker, the same in every pane
    chunk: int = 1  # steps that whoever trains it takes at once
    near: InitVar[Checkpoint | None] = None  # for its replica: of the timeline, close to what is looked at next
    entered: int | None = None  # the step after which one more is recorded because its phases are looked at
    replica: Replica = field(init=False)
    _evaluated: tuple[tuple[int, tuple[Command, ...]], Evaluation] | None = field(default=None, init=False)
    _names: list[Mark] = field(init=False)  # of steps, which are in the recording that it comes from

    def __post_init__(self, near: Checkpoint | None) -> None:
        self.replica = Replica(self.timeline, near)
        self._names = [] if self.run is not None else self.names

    @property
    def names(self) -> list[Mark]:
        """The names that steps have."""
        return [one for one in self.timeline.marks if one.kind == MARKED]

    def know_names(self) -> None:
        """Take the names that steps have now for those that came with the recording."""
        self._names = self.names

    @property
    def named_by_hand(self) -> bool:
        """Whether steps have names, or have lost them, by a person who looks at it here."""
        return self.names != self._names

    def ends_at(self, step: int) -> bool:
        """Whether the run goes on from so many steps: what is recorded behind was looked at, but never done."""
        length = self.timeline.length
        return self.run is not None and (step == length or step == self.entered == length - 1)

    @property
    def done(self) -> int:
        """The steps that it has made; one more may be recorded, which nothing tells ahead of its phases."""
        return self.timeline.length if self.entered is None else min(self.entered, self.timeline.length)

    @property
    def last_step(self) -> int:
        """The step that the timeline can reach: where it stopped, or the end of the plan."""
        if self.run is None or self.run.finished:
            return self.timeline.length
        return self.run.trainer.plan.steps

    @property
    def live(self) -> bool:
        """Whether it can still be trained, rather than replayed only."""
        return self.run is not None

    def far(self, step: int) -> bool:
        """Whether it takes long to look inside a step: `approach` it first, in slices."""
        return self.replica.far(step)

    def missing(self, step: int) -> int:
        """Steps that have to be trained again to look inside a step."""
        return self.replica.missing(step)

    def approach(self, step: int, most: int) -> int:
        """Train at most so many of them again.  Returns: how many are still missing."""
        return self.replica.approach(step, most)

    def before_commands(self, step: int) -> Array:
        """The parameters after so many steps, before the commands given there, (parameters,)."""
        return self.replica.unchanged(step).parameters

    def trainer_at(self, step: int, phase: int = 0) -> Trainer:
        """The exact state after so many steps, and so many phases of the next."""
        return self.replica.at(step, phase)

    def asked_at(self, step: int) -> Trainer:
        """A trainer that stands behind so many steps, for questions that change nothing of it.

        Where the run itself stands there, nothing has to be trained again. Unlike a replica it has no arrays of the
        last step's phases.
        """
        if self.run is not None and self.run.trainer.step == step and not self.timeline.commands_at(step):
            return self.run.trainer
        return self.replica.at(step)

    def parameters_at(self, step: int) -> Array:
        """The parameters after so many steps, (parameters,), trained again only where they are not at hand."""
        recorded = None if self.timeline.commands_at(step) else recorded_parameters(self.timeline, step)
        return self.asked_at(step).parameters if recorded is None else recorded

    def evaluation(self, step: int) -> Evaluation:
        """The network after so many steps, asked about all rows."""
        here = step, self.timeline.commands_at(step)
        if self._evaluated is None or self._evaluated[0] != here:
            self._evaluated = here, self.asked_at(step).evaluate()
        return self._evaluated[1]
