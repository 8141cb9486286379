"""A track: one run of a session, with what extends it and what looks inside, as far as there is any."""

from dataclasses import dataclass, field
from functools import cached_property

from nnsim.analysis.parameter_path import recorded_parameters
from nnsim.nn.arrays import Array
from nnsim.nn.benchmark_functions import PlaneFunction
from nnsim.scenario.places import MARKED
from nnsim.session.view import Capability
from nnsim.timeline import Command, Mark, RunLog, Timeline
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run
from nnsim.training.records import Checkpoint, Evaluation
from nnsim.training.trainer import Trainer

TRAINED_HERE = (
    Capability.FIGURES | Capability.SETTINGS | Capability.DATA | Capability.PARAMETERS | Capability.REPLAY
)
BY_GRADIENT = Capability.GRADIENT | Capability.LEARNING_RATE


@dataclass
class Track:
    """One run of a session."""

    log: RunLog  # a timeline, or figures of another program
    run: Run | None  # trains it, where it is live
    style: int  # colour and marker, the same in every pane
    chunk: int = 1  # steps to train at once
    near: Checkpoint | None = None  # a checkpoint close to the step to restore next
    origin: str = ""  # of which of several places it is, where there are several
    entered: int | None = None  # the step behind which one more is recorded for its phases
    _evaluated: tuple[tuple[int, tuple[Command, ...]], Evaluation] | None = field(default=None, init=False)
    _names: list[Mark] = field(init=False)  # of steps, which are in the recording that it comes from

    def __post_init__(self) -> None:
        self._names = [] if self.run is not None else self.names

    @property
    def capabilities(self) -> Capability:
        log = self.log
        if not isinstance(log, Timeline):
            found = Capability.FIGURES
            found |= Capability.LEARNING_RATE if "learning_rate" in log.series else found
            return found | Capability.GRADIENT if log.layers else found
        found = TRAINED_HERE if isinstance(log.plan.loss, PlaneFunction) else TRAINED_HERE | Capability.TARGETS
        return found | BY_GRADIENT if log.plan.solver.uses_gradient else found

    @property
    def timeline(self) -> Timeline:
        """The run's timeline, with its plan; requires `Capability.SETTINGS`."""
        assert isinstance(self.log, Timeline), "a run of another program has figures alone"
        return self.log

    @cached_property
    def replica(self) -> Replica:
        return Replica(self.timeline, self.near)

    @property
    def names(self) -> list[Mark]:
        return [one for one in self.log.marks if one.kind == MARKED]

    def know_names(self) -> None:
        """Takes the present names of steps for those of the recording."""
        self._names = self.names

    @property
    def named_by_hand(self) -> bool:
        """Whether a person has named steps here, or removed names."""
        return self.names != self._names

    def ends_at(self, step: int) -> bool:
        """Whether the run goes on from a step: the step recorded behind it was entered, but never done."""
        length = self.log.length
        return self.run is not None and (step == length or step == self.entered == length - 1)

    @property
    def done(self) -> int:
        """The steps that are done; one more may be recorded whose phases are entered."""
        return self.log.length if self.entered is None else min(self.entered, self.log.length)

    @property
    def last_step(self) -> int:
        if self.run is None or self.run.finished:
            return self.log.length
        return self.run.trainer.plan.steps

    @property
    def live(self) -> bool:
        return self.run is not None

    def far(self, step: int) -> bool:
        return Capability.REPLAY in self.capabilities and self.replica.far(step)

    def missing(self, step: int) -> int:
        return self.replica.missing(step) if Capability.REPLAY in self.capabilities else 0

    def approach(self, step: int, most: int) -> int:
        return self.replica.approach(step, most)

    def before_commands(self, step: int) -> Array:
        return self.replica.unchanged(step).parameters

    def trainer_at(self, step: int, phase: int = 0) -> Trainer:
        return self.replica.at(step, phase)

    def asked_at(self, step: int, phase: int = 0) -> Trainer:
        """A trainer after so many steps, and so many phases of the next, to evaluate: the run's own, if it is
        there, or a replica."""
        own = self.run
        if not phase and own is not None and own.trainer.step == step and not self.timeline.commands_at(step):
            return own.trainer
        return self.replica.at(step, phase)

    def parameters_at(self, step: int) -> Array:
        """The parameters after a step, (parameters,), trained again only where they are not recorded."""
        recorded = None if self.timeline.commands_at(step) else recorded_parameters(self.timeline, step)
        return self.asked_at(step).parameters if recorded is None else recorded

    def evaluation(self, step: int) -> Evaluation:
        here = step, self.timeline.commands_at(step)
        if self._evaluated is None or self._evaluated[0] != here:
            self._evaluated = here, self.asked_at(step).evaluate()
        return self._evaluated[1]
