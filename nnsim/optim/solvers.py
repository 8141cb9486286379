"""Solvers: what the four phases of a step do. Gradient descent is one of them, random search another.

A solver binds the operations of the four phases; the trainer runs them and knows no difference.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from nnsim.arrays import Array, Ops
from nnsim.errors import ScenarioError
from nnsim.nn.initializers import RandomSource
from nnsim.nn.losses import Loss
from nnsim.nn.network import BoundNetwork
from nnsim.optim.optimizers import Optimizer
from nnsim.parts import Count, Part, Real


@dataclass(frozen=True)
class Arena:
    """The flat arrays that a run works on, each (parameters,) but slots."""

    parameters: Array  # the answer so far
    working: Array  # what the network is bound to: the parameters themselves, or a guess
    gradient: Array
    slots: Array  # (slots, any): what the solver remembers between steps
    rate: Array  # the learning rate, repeated
    change: Array  # what the last update subtracted


@dataclass(frozen=True)
class Phases:
    """The operations of one step, in four groups."""

    forward: Ops
    loss: Ops
    backward: Ops
    update: Ops

    def __getitem__(self, index: int) -> Ops:
        return (self.forward, self.loss, self.backward, self.update)[index]

    @property
    def step(self) -> Ops:
        """All four, one after the other."""
        return (*self.forward, *self.loss, *self.backward, *self.update)


class Solver(Part, frozen=True):
    """A way to better parameters."""

    uses_gradient = True
    forward_passes = 3  # cost of a step in forward passes over its rows; a backward pass counts as two

    def steps_per_epoch(self, batches: int) -> int:
        """Steps in an epoch that deals out so many batches."""
        return batches

    def init(self, optimizer: Optimizer, parameters: Array) -> Array:
        """What the solver remembers at the start."""
        raise NotImplementedError

    def bind(
        self, arena: Arena, network: BoundNetwork, loss: Loss, optimizer: Optimizer, rng: RandomSource
    ) -> Phases:
        """Bind the four phases of a step."""
        raise NotImplementedError


class GradientDescent(Solver, frozen=True):
    """Follow the gradient that backpropagation finds, as far as the optimizer says."""

    def init(self, optimizer: Optimizer, parameters: Array) -> Array:
        return optimizer.init(parameters)

    def bind(
        self, arena: Arena, network: BoundNetwork, loss: Loss, optimizer: Optimizer, rng: RandomSource
    ) -> Phases:
        update = optimizer.update(arena.parameters, arena.gradient, arena.slots, arena.rate, arena.change)
        return Phases(network.forward, network.delta, network.backward, update)


class RandomSearch(Solver, frozen=True):
    """Guess all parameters anew in every step, and keep the best guess so far.

    w ~ U(low, high);  the guess replaces the parameters where its loss is lower

    Note: a step costs one forward pass, gradient descent's three (one forward, a backward that counts as two). With
    `guesses_per_epoch` = 3 an epoch costs the same in both.
    """

    uses_gradient = False
    forward_passes = 1

    low: Real = -10.0
    high: Real = 10.0
    guesses_per_epoch: Count = 3

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise ScenarioError(f"solver.low: {self.low:g} is not below solver.high, {self.high:g} (allowed: less)")

    def steps_per_epoch(self, batches: int) -> int:
        if batches != 1:
            raise ScenarioError("train.batch_size: random search judges a guess by all rows (allowed: 0)")
        return self.guesses_per_epoch

    def init(self, optimizer: Optimizer, parameters: Array) -> Array:
        return np.full((1, 1), np.inf)  # the loss of the best guess so far

    def bind(
        self, arena: Arena, network: BoundNetwork, loss: Loss, optimizer: Optimizer, rng: RandomSource
    ) -> Phases:
        guessed = np.empty(1)

        def guess() -> None:
            arena.working[...] = rng.uniform(self.low, self.high, arena.working.shape)

        def judge() -> None:
            guessed[0] = network.value()

        def keep() -> None:
            if guessed[0] < arena.slots[0, 0]:
                np.subtract(arena.parameters, arena.working, arena.change)
                np.copyto(arena.parameters, arena.working)
                arena.slots[0, 0] = guessed[0]
            else:
                arena.change.fill(0.0)

        return Phases((guess, *network.forward), (judge,), (), (partial(keep),))


SOLVERS: dict[str, type[Solver]] = {
    "gradient-descent": GradientDescent,
    "random-search": RandomSearch,
}
