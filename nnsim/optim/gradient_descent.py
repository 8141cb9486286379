"""Solvers that follow a gradient, found by backpropagation or by finite differences; and what all have in common.

A solver binds the operations of the four phases; the trainer runs them and knows no difference.
"""

from functools import partial

import numpy as np

from nnsim.components import Part, Positive
from nnsim.nn.arrays import Array, Ops, perform
from nnsim.nn.initializers import RandomSource
from nnsim.optim.binding import Arena, Phases, Task
from nnsim.optim.sgd import Optimizer


class Solver(Part, frozen=True):
    """A way to better parameters."""

    uses_gradient = True

    def steps_per_epoch(self, batches: int) -> int:
        """Steps in an epoch that deals out so many batches."""
        return batches

    def most_steps(self, parameters: int) -> int | None:
        """Steps after which nothing is left to try, if ever.  Raises: ScenarioError where they are too many."""
        return None

    def forward_passes(self, parameters: int) -> int:
        """Cost of a step in forward passes over its rows; a backward pass counts as two."""
        return 3

    def init(self, optimizer: Optimizer, parameters: Array) -> Array:
        """What the solver remembers at the start, (slots, parameters)."""
        raise NotImplementedError

    def bind(self, arena: Arena, task: Task, rng: RandomSource) -> Phases:
        raise NotImplementedError


class GradientDescent(Solver, frozen=True):
    """Follow the gradient that backpropagation finds, as far as the optimizer says.

    Reference: Rumelhart, Hinton and Williams, 1986, Learning representations by back-propagating errors.
    """

    def init(self, optimizer: Optimizer, parameters: Array) -> Array:
        return optimizer.init(parameters)

    def bind(self, arena: Arena, task: Task, rng: RandomSource) -> Phases:
        return _descent(arena, task, task.network.backward)


class FiniteDifferences(Solver, frozen=True):
    """Follow the gradient that trying finds: every parameter is moved a little up and down, and the loss compared.

        dC/dw_i = (C(w + h e_i) - C(w - h e_i)) / (2 h)

    with e_i = 1 at place i and 0 elsewhere, and an error of the order of h**2. It costs two forward passes for each
    parameter where backpropagation costs as much as two in all.

    Note: these are central differences; the gradient of penalties is added exactly.
    Reference: Nocedal and Wright, 2006, Numerical optimization, equation 8.7.
    """

    step: Positive = 1e-5

    def forward_passes(self, parameters: int) -> int:
        return 1 + 2 * parameters

    def init(self, optimizer: Optimizer, parameters: Array) -> Array:
        return optimizer.init(parameters)

    def bind(self, arena: Arena, task: Task, rng: RandomSource) -> Phases:
        network, parameters, gradient = task.network, arena.working, arena.gradient

        def differences() -> None:
            for index in range(parameters.size):
                middle = parameters.item(index)
                parameters[index] = middle + self.step
                high = parameters.item(index)  # as it is rounded
                perform(network.again)
                above = network.value()
                parameters[index] = middle - self.step
                low = parameters.item(index)
                perform(network.again)
                gradient[index] = (above - network.value()) / (high - low)
                parameters[index] = middle
            # For panes that show the arrays of the step; the method itself has no need of this pass.
            perform(network.again)

        return _descent(arena, task, (differences,))


def _descent(arena: Arena, task: Task, backward: Ops) -> Phases:
    rules, network = task.rules, task.network
    loss, gradient = network.delta, arena.gradient
    if rules.regularization.penalizes:
        penalty = rules.regularization.penalty(task.model, arena.working, arena.penalty)
        loss = (*loss, *penalty.measure)
        backward = (*backward, partial(np.add, gradient, penalty.slope, gradient))
    clip: Ops = ()
    if rules.clipping.on:
        layers = tuple(slice(layer.offset, layer.offset + layer.size) for layer in task.model.trained)
        gradient = arena.clipped
        clip = rules.clipping.clip(arena.gradient, gradient, layers)
    optimizer, parameters = rules.optimizer, arena.parameters
    if optimizer.searches:
        evaluate_all = (*network.again, *loss, *backward)
        update = _search(arena, task, evaluate_all)
    else:
        flat = parameters, gradient, arena.slots, arena.rate, arena.change
        update = (
            optimizer.update_blocks(task.model.blocks, *flat) if optimizer.by_block else optimizer.update(*flat)
        )
    follow = rules.averaging.follow(parameters, arena.averaged, rules.steps_per_epoch)
    around = partial(rules.regularization.around, task.model, parameters, arena.rate, arena.change)
    unit = None if optimizer.searches else optimizer.unit_update(parameters, gradient)
    unit_update = None if unit is None else (*clip, *around(unit), *follow)
    return Phases(network.forward, loss, backward, (*clip, *around(update), *follow), unit_update)


def _search(arena: Arena, task: Task, evaluate_all: Ops) -> Ops:
    """The update of an optimizer that evaluates other points, through operations that find loss and gradient."""
    parameters, gradient = arena.parameters, arena.gradient
    base, first, found = np.empty_like(parameters), np.empty_like(gradient), np.empty_like(parameters)

    def here() -> float:
        return task.network.value() + arena.penalty.item(0)

    def evaluate(at: Array, slope: Array) -> float:
        np.copyto(parameters, at)
        perform(evaluate_all)
        np.copyto(slope, gradient)
        np.copyto(parameters, base)
        return here()

    def keep() -> None:
        np.copyto(base, parameters)
        np.copyto(first, gradient)

    def put_back() -> None:
        # For panes that show the arrays of the step: those of the point where it began.
        np.copyto(found, parameters)
        np.copyto(parameters, base)
        perform(evaluate_all)
        np.copyto(parameters, found)

    search = task.rules.optimizer.search(parameters, first, arena.slots, arena.rate, arena.change, here, evaluate)
    return (keep, *search, put_back)
