"""Solvers that use no gradient: they guess, judge the guess by its loss, and keep the best."""

from math import log10
from typing import Annotated

import numpy as np
from msgspec import Meta

from nnsim.components import Count, Positive, Real
from nnsim.errors import ScenarioError
from nnsim.nn.arrays import Array, Ops, perform
from nnsim.nn.initializers import RandomSource
from nnsim.optim.binding import Arena, Phases, Task
from nnsim.optim.gradient_descent import Solver
from nnsim.optim.sgd import Optimizer


class Search(Solver, frozen=True):
    """Guess in every step, and keep the best guess so far: it replaces the parameters where its loss is lower.

    Note: a step costs one forward pass, gradient descent's three (one forward, a backward that counts as two). With
    `guesses_per_epoch` = 3 an epoch costs the same in both. Penalties count; optimizer, schedule, clipping and
    what else moves weights have no part in it.
    """

    uses_gradient = False

    guesses_per_epoch: Count = 3

    def forward_passes(self, parameters: int) -> int:
        return 1

    def steps_per_epoch(self, batches: int) -> int:
        if batches != 1:
            raise ScenarioError("train.batch_size: a search judges a guess by all rows (allowed: 0)")
        return self.guesses_per_epoch

    def init(self, optimizer: Optimizer, parameters: Array) -> Array:
        best, guesses = np.full_like(parameters, np.inf), np.zeros_like(parameters)
        return np.stack([best, guesses])  # the loss of the best guess, and their number, each repeated

    def guess(self, best: Array, guesses: int, guess: Array, rng: RandomSource) -> None:
        """Write the next guess, (parameters,), given the best and the number of guesses so far."""
        raise NotImplementedError

    def bind(self, arena: Arena, task: Task, rng: RandomSource) -> Phases:
        guessed = np.empty(1)
        regularization = task.rules.regularization
        measure: Ops = ()
        if regularization.penalizes:
            measure = regularization.penalty(task.model, arena.working, arena.penalty).measure

        def guess() -> None:
            # Bounded, because a checkpoint from a file may hold anything.
            guesses = int(min(1e15, max(0.0, arena.slots.item(1, 0))))
            self.guess(arena.parameters, guesses, arena.working, rng)

        def judge() -> None:
            perform(measure)
            guessed[0] = task.network.value() + arena.penalty.item(0)

        def keep() -> None:
            arena.slots[1] += 1.0
            if guessed[0] < arena.slots[0, 0]:
                np.subtract(arena.parameters, arena.working, arena.change)
                np.copyto(arena.parameters, arena.working)
                arena.slots[0] = guessed[0]
            else:
                arena.change.fill(0.0)

        return Phases((guess, *task.network.forward), (judge,), (), (keep,))


def _check_range(low: float, high: float) -> None:
    if low >= high:
        raise ScenarioError(f"solver.low: {low:g} is not below solver.high, {high:g} (allowed: less)")


class RandomSearch(Search, frozen=True):
    """Guess all parameters anew in every step, and keep the best guess so far.

    w ~ U(low, high);  the guess replaces the parameters where its loss is lower

    Reference: Bergstra and Bengio, 2012, Random search for hyper-parameter optimization.
    """

    low: Real = -10.0
    high: Real = 10.0

    def __post_init__(self) -> None:
        _check_range(self.low, self.high)

    def guess(self, best: Array, guesses: int, guess: Array, rng: RandomSource) -> None:
        guess[...] = rng.uniform(self.low, self.high, guess.shape)


class GridSearch(Search, frozen=True):
    """Try every point of a grid with so many bins on each axis, one axis for each parameter.

        w_i = low + (k_i + 1/2) * (high - low) / bins,  k_i = 0 ... bins - 1       the middle of each bin

    which takes bins ** parameters guesses; where that is more than `budget`, the run is refused with the number.
    The last parameter changes first. The run ends when the grid is searched.

    Reference: Bergstra and Bengio, 2012, Random search for hyper-parameter optimization, which compares the
    two.
    """

    low: Real = -10.0
    high: Real = 10.0
    bins: Annotated[int, Meta(ge=1, le=1_000_000)] = 10
    budget: Count = 1_000_000

    def __post_init__(self) -> None:
        _check_range(self.low, self.high)

    def most_steps(self, parameters: int) -> int:
        digits = parameters * log10(self.bins)
        if digits > log10(self.budget) + 1.0:
            # A number with 11,936 digits is neither needed nor printed.
            size = f"about 10**{digits:,.0f}" if digits > 15 else f"{self.bins**parameters:,}"
        elif self.bins**parameters > self.budget:
            size = f"{self.bins**parameters:,}"
        else:
            return int(self.bins**parameters)
        power = f"{self.bins:,}**{parameters:,}"
        number = power if size == f"about {power}" else f"{power} = {size}"
        raise ScenarioError(
            f"solver.bins: {self.bins:,} bins on each of {parameters:,} axes take {number} guesses"
            f" (allowed: {self.budget:,}, solver.budget)"
        )

    def guess(self, best: Array, guesses: int, guess: Array, rng: RandomSource) -> None:
        width = (self.high - self.low) / self.bins
        for axis in reversed(range(guess.size)):
            guesses, bin_ = divmod(guesses, self.bins)
            guess[axis] = self.low + (bin_ + 0.5) * width


class HillClimbing(Search, frozen=True):
    """Look at a random point near the best so far, and go there where it is better.

    w' = w + step * N(0, 1) for every parameter;  the first step judges the initial parameters themselves

    Reference: Matyas, 1965, Random optimization.
    """

    step: Positive = 0.1

    def guess(self, best: Array, guesses: int, guess: Array, rng: RandomSource) -> None:
        np.copyto(guess, best)
        if guesses:
            guess += rng.normal(0.0, self.step, guess.shape)
