"""L-BFGS: Newton's method with the curvature guessed from the last steps, and a line search."""

from collections.abc import Callable
from typing import Annotated

import numpy as np
from msgspec import Meta

from nnsim.components import Rate
from nnsim.nn.arrays import Array, Ops
from nnsim.optim.line_search import Trial, strong_wolfe
from nnsim.optim.sgd import Evaluate, Optimizer

CURVED = 1e-10  # a step along which the gradient turned by less says nothing about curvature

_DIRECTION, _GRADIENT, _LENGTH, _STEPS, _PAIRS, _EVALUATIONS, _FIRST = range(7)


class LBFGS(Optimizer, frozen=True):
    """Divide the gradient by the curvature, as the last `history` steps and gradients show it, and search along it.

        s_i = w_{i+1} - w_i,  y_i = g_{i+1} - g_i,  r_i = 1 / (y_i . s_i)
        d = -H g,  H from the pairs (s_i, y_i) by two loops, starting from (s . y) / (y . y) of the last pair
        w = w + t * d,  t by a line search (strong Wolfe) that tries `rate` first; min(1, 1 / |g|_1) * rate at first

    It needs the loss of all rows at once. A step costs as many passes as the search tries points, and one more.

    Note: a step is one iteration of PyTorch's `LBFGS(line_search_fn="strong_wolfe")`, whose rate is 1 and whose
    history and tolerances these are: no step is taken where no part of the gradient exceeds
    `gradient_tolerance`, or the loss falls by less than `change_tolerance` per unit of length. Penalties are part
    of the loss that the search looks at, clipping is refused (PyTorch clips what the closure clips), and running
    statistics of batch normalization follow once a step, in PyTorch at each point that is tried.
    Reference: Nocedal and Wright, 2006, Numerical optimization, algorithms 7.4 and 7.5.
    """

    full_batch = True
    searches = True

    history: Annotated[int, Meta(ge=1, le=1000)] = 100
    gradient_tolerance: Rate = 1e-7
    change_tolerance: Rate = 1e-9

    def init(self, parameters: Array) -> Array:
        return np.zeros((_FIRST + 2 * self.history, parameters.size), parameters.dtype)

    def evaluations(self, slots: Array) -> Array | None:
        return slots[_EVALUATIONS, :1]

    lines = ("w = w + t * d",)

    def remembered(self, slots: Array, index: int) -> dict[str, float]:
        return {"t": slots.item(_LENGTH, 0), "d": slots.item(_DIRECTION, index)}

    def search(
        self,
        parameters: Array,
        gradient: Array,
        slots: Array,
        rate: Array,
        change: Array,
        here: Callable[[], float],
        evaluate: Evaluate,
    ) -> Ops:
        direction, last = slots[_DIRECTION], slots[_GRADIENT]
        steps, turns = slots[_FIRST : _FIRST + self.history], slots[_FIRST + self.history :]
        point, slope = np.empty_like(parameters), np.empty_like(gradient)

        def step() -> None:
            change.fill(0.0)
            if np.abs(gradient).max() <= self.gradient_tolerance:
                return
            if slots[_STEPS, 0] == 0.0:
                np.negative(gradient, direction)
                length = min(1.0, 1.0 / float(np.abs(gradient).sum())) * rate.item(0)
            else:
                _remember(gradient - last, direction * slots[_LENGTH, 0], steps, turns, slots[_PAIRS])
                direction[...] = _newton(gradient, steps, turns, _pairs(slots[_PAIRS], steps))
                length = rate.item(0)
            slots[_STEPS, 0] += 1.0
            last[...] = gradient
            start = Trial(0.0, here(), float(gradient.dot(direction)))
            slots[_LENGTH, 0] = length
            if start.slope > -self.change_tolerance:
                return
            found = strong_wolfe(at, start, length, float(np.abs(direction).max()))
            slots[_LENGTH, 0] = found.length
            np.multiply(direction, -found.length, change)
            np.subtract(parameters, change, parameters)

        def at(length: float) -> Trial:
            slots[_EVALUATIONS, 0] += 1.0
            np.multiply(direction, length, point)
            np.add(point, parameters, point)
            loss = evaluate(point, slope)
            return Trial(length, loss, float(slope.dot(direction)))

        return (step,)


def _remember(turn: Array, step: Array, steps: Array, turns: Array, count: Array) -> None:
    if float(turn.dot(step)) <= CURVED:
        return
    pairs = _pairs(count, steps)
    if pairs == len(steps):
        steps[:-1] = steps[1:].copy()
        turns[:-1] = turns[1:].copy()
        pairs -= 1
    steps[pairs], turns[pairs] = step, turn
    count[0] = pairs + 1


def _pairs(count: Array, steps: Array) -> int:
    """How many pairs are kept; bounded, because a checkpoint from a file may hold anything."""
    return int(min(float(len(steps)), max(0.0, count.item(0))))


def _newton(gradient: Array, steps: Array, turns: Array, pairs: int) -> Array:
    """-H g by the two loops over the pairs, newest first and back."""
    direction = -gradient
    if pairs == 0:
        return direction
    inverse = [1.0 / turns[i].dot(steps[i]) for i in range(pairs)]
    alpha = [0.0] * pairs
    for i in reversed(range(pairs)):
        alpha[i] = steps[i].dot(direction) * inverse[i]
        direction -= alpha[i] * turns[i]
    newest = turns[pairs - 1]
    direction *= 1.0 / inverse[-1] / newest.dot(newest)
    for i in range(pairs):
        beta = turns[i].dot(direction) * inverse[i]
        direction += (alpha[i] - beta) * steps[i]
    return direction
