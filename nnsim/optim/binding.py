"""What a solver works on: the flat arrays, the network bound to them, and the rules of the update."""

from dataclasses import dataclass

from nnsim.arrays import Array, Ops
from nnsim.nn.network import BoundNetwork, Network
from nnsim.optim.clipping import Clipping
from nnsim.optim.regularization import Regularization
from nnsim.optim.sgd import Optimizer


@dataclass(frozen=True)
class Arena:
    """The flat arrays that a run works on, each (parameters,) but slots, rate and penalty."""

    parameters: Array  # the answer so far
    working: Array  # what the network is bound to: the parameters themselves, or a guess
    gradient: Array  # of the loss and its penalty
    clipped: Array  # what the optimizer sees of it, where it is clipped
    slots: Array  # (slots, parameters): what the solver remembers between steps
    rate: Array  # (): the learning rate
    change: Array  # what the last update subtracted
    penalty: Array  # (1,): what regularization adds to the loss


@dataclass(frozen=True)
class Phases:
    """The operations of one step, in four groups."""

    forward: Ops
    loss: Ops
    backward: Ops
    update: Ops
    unit_update: Ops | None = None  # the same with a rate of exactly 1, but for `Arena.change`; None: no shorter

    def __getitem__(self, index: int) -> Ops:
        return (self.forward, self.loss, self.backward, self.update)[index]

    @property
    def step(self) -> Ops:
        return (*self.forward, *self.loss, *self.backward, *self.update)

    @property
    def unit_step(self) -> Ops:
        """A step with a rate of exactly 1, which may leave untold what it subtracts."""
        if self.unit_update is None:
            return self.step
        return (*self.forward, *self.loss, *self.backward, *self.unit_update)


@dataclass(frozen=True)
class Rules:
    """How a gradient becomes an update."""

    optimizer: Optimizer
    clipping: Clipping
    regularization: Regularization


@dataclass(frozen=True)
class Task:
    """A network bound to an arena for one batch width, and the rules by which it is trained."""

    model: Network
    network: BoundNetwork  # bound to arena.working and arena.gradient
    rules: Rules
