"""A track: one run of a session, with what extends it and what looks inside, as far as there is any."""

from dataclasses import dataclass, field
from functools import cached_property

from nnsim.analysis.walk import recorded_parameters
from nnsim.arrays import Array
from nnsim.nn.benchmark_functions import PlaneFunction
from nnsim.replica import Replica
from nnsim.run import Run
from nnsim.scenario.places import MARKED
from nnsim.session.view import Capability
from nnsim.timeline import Command, Mark, RunLog, Timeline
from nnsim.training.records import Checkpoint, Evaluation
from nnsim.training.trainer import Trainer

TRAINED_HERE = (
    Capability.FIGURES | Capability.SETTINGS | Capability.DATA | Capability.PARAMETERS | Capability.REPLAY
)
BY_GRADIENT = Capability.GRADIENT | Capability.LEARNING_RATE


@dataclass
class Track:
    """One run of a session, whoever trained it.

    Args: log: its figures: a timeline, or what another program has recorded. run: what extends it, where it is
    trained still. style: its colour and marker, the same in every pane. chunk: steps that whoever trains it takes
    at once. near: a checkpoint of the timeline, close to what is looked at next. entered: the step after which one
    more is recorded because its phases are looked at.
    """

    log: RunLog
    run: Run | None
    style: int
    chunk: int = 1
    near: Checkpoint | None = None
    entered: int | None = None
    _evaluated: tuple[tuple[int, tuple[Command, ...]], Evaluation] | None = field(default=None, init=False)
    _names: list[Mark] = field(init=False)  # of steps, which are in the recording that it comes from

    def __post_init__(self) -> None:
        self._names = [] if self.run is not None else self.names

    @property
    def capabilities(self) -> Capability:
        """What it can give: figures alone where another program has trained it."""
        log = self.log
        if not isinstance(log, Timeline):
            found = Capability.FIGURES
            found |= Capability.LEARNING_RATE if "learning_rate" in log.series else found
            return found | Capability.GRADIENT if log.layers else found
        found = TRAINED_HERE if isinstance(log.plan.loss, PlaneFunction) else TRAINED_HERE | Capability.TARGETS
        return found | BY_GRADIENT if log.plan.solver.uses_gradient else found

    @property
    def timeline(self) -> Timeline:
        """The run's own timeline, with its plan: ask for `Capability.SETTINGS` before."""
        assert isinstance(self.log, Timeline), "a run of another program has figures alone"
        return self.log

    @cached_property
    def replica(self) -> Replica:
        """What looks inside its steps."""
        return Replica(self.timeline, self.near)

    @property
    def names(self) -> list[Mark]:
        """The names that steps have."""
        return [one for one in self.log.marks if one.kind == MARKED]

    def know_names(self) -> None:
        """Take the names that steps have now for those that came with the recording."""
        self._names = self.names

    @property
    def named_by_hand(self) -> bool:
        """Whether steps have names, or have lost them, by a person who looks at it here."""
        return self.names != self._names

    def ends_at(self, step: int) -> bool:
        """Whether the run goes on from so many steps: what is recorded behind was looked at, but never done."""
        length = self.log.length
        return self.run is not None and (step == length or step == self.entered == length - 1)

    @property
    def done(self) -> int:
        """The steps that it has made; one more may be recorded, which nothing tells ahead of its phases."""
        return self.log.length if self.entered is None else min(self.entered, self.log.length)

    @property
    def last_step(self) -> int:
        """The step that it can reach: where it stopped, or the end of the plan."""
        if self.run is None or self.run.finished:
            return self.log.length
        return self.run.trainer.plan.steps

    @property
    def live(self) -> bool:
        """Whether it can still be trained, rather than replayed only."""
        return self.run is not None

    def far(self, step: int) -> bool:
        """Whether it takes long to look inside a step: `approach` it first, in slices."""
        return Capability.REPLAY in self.capabilities and self.replica.far(step)

    def missing(self, step: int) -> int:
        """Steps that have to be trained again to look inside a step."""
        return self.replica.missing(step) if Capability.REPLAY in self.capabilities else 0

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
