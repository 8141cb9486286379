"""Test functions: landscapes over the plane with a known lowest point, on which optimizers are compared.

Each is a loss of two outputs x and y that asks for no target. A model with one input that is always 1, no hidden
layer, no biases and linear outputs has x and y themselves as its two parameters, so that whatever works on a
network's parameters (optimizers, schedules, clipping, the surface pane) works on a function unchanged.
"""

from typing import ClassVar

import numpy as np

from nnsim.errors import ScenarioError
from nnsim.nn.activations import Activation, Backward
from nnsim.nn.arrays import Array, Ops
from nnsim.nn.losses import LOSSES, Loss, answers_of


class PlaneFunction(Loss, frozen=True):
    """A function of the outputs x and y alone: C = mean over rows of f(x, y); the targets only mark a place."""

    minima: ClassVar[tuple[tuple[float, float], ...]] = ()  # where f is lowest

    def height(self, x: Array, y: Array) -> Array:
        raise NotImplementedError

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        raise NotImplementedError

    def values(self, scored: Array, targets: Array) -> Array:
        return np.asarray(self.height(scored[:, 0], scored[:, 1]).mean(axis=1))

    def delta(self, output: Backward, z: Array, a: Array, y: Array, delta: Array) -> Ops:
        rows = answers_of(y) // y.shape[-2]
        # The units are the last axis but one, for a run and for a population alike.
        outputs, slots = ([one[..., 0, :], one[..., 1, :]] for one in (a, delta))

        def slopes() -> None:
            for slope, slot in zip(self.slope(*outputs), slots, strict=True):
                np.divide(slope, rows, out=slot)

        return (slopes, *output.backward(z, a, delta))

    def check(self, output: Activation, targets: Array) -> None:
        if targets.shape[1] != 2:
            raise ScenarioError(
                f"loss: a function of x and y needs two outputs, not {targets.shape[1]} (allowed: two columns of "
                "targets)"
            )


class Beale(PlaneFunction, frozen=True):
    """A flat plain between steep walls: far from the middle the gradient is in the thousands, near it almost 0.

        f = (1.5 - x + x y)**2 + (2.25 - x + x y**2)**2 + (2.625 - x + x y**3)**2

    lowest at (3, 0.5), where it is 0.

    Reference: Beale, 1958, On an iterative method for finding a local minimum of a function of more than one
    variable.
    """

    minima = ((3.0, 0.5),)

    def height(self, x: Array, y: Array) -> Array:
        return np.asarray(sum((c - x + x * y**k) ** 2 for k, c in enumerate((1.5, 2.25, 2.625), start=1)))

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        across, upwards = np.zeros_like(x), np.zeros_like(y)
        for k, c in enumerate((1.5, 2.25, 2.625), start=1):
            part = 2.0 * (c - x + x * y**k)
            across += part * (y**k - 1.0)
            upwards += part * x * k * y ** (k - 1)
        return across, upwards


class Rosenbrock(PlaneFunction, frozen=True):
    """A curved valley, easy to find and slow to walk along.

        f = (1 - x)**2 + 100 (y - x**2)**2

    lowest at (1, 1), where it is 0.

    Reference: Rosenbrock, 1960, An automatic method for finding the greatest or least value of a function.
    """

    minima = ((1.0, 1.0),)

    def height(self, x: Array, y: Array) -> Array:
        return np.asarray((1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2)

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        above = 200.0 * (y - x * x)
        return 2.0 * (x - 1.0) - 2.0 * x * above, above


class Himmelblau(PlaneFunction, frozen=True):
    """Four hollows, all equally deep: where a run ends depends on where it starts, and on how it walks.

        f = (x**2 + y - 11)**2 + (x + y**2 - 7)**2

    lowest at (3, 2), (-2.805118, 3.131313), (-3.779310, -3.283186) and (3.584428, -1.848127), where it is 0.

    Reference: Himmelblau, 1972, Applied nonlinear programming.
    """

    minima = ((3.0, 2.0), (-2.805118, 3.131313), (-3.779310, -3.283186), (3.584428, -1.848127))

    def height(self, x: Array, y: Array) -> Array:
        return np.asarray((x * x + y - 11.0) ** 2 + (x + y * y - 7.0) ** 2)

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        first, second = 2.0 * (x * x + y - 11.0), 2.0 * (x + y * y - 7.0)
        return 2.0 * x * first + second, first + 2.0 * y * second


class Saddle(PlaneFunction, frozen=True):
    """A pass between two hollows: level at (0, 0), yet lower to both sides.

        f = x**2 / 2 - y**2 / 2 + y**4 / 4

    lowest at (0, 1) and (0, -1), where it is -1/4.

    Reference: Dauphin et al., 2014, Identifying and attacking the saddle point problem in high-dimensional non-
    convex optimization.
    """

    minima = ((0.0, 1.0), (0.0, -1.0))

    def height(self, x: Array, y: Array) -> Array:
        return np.asarray(0.5 * x * x - 0.5 * y * y + 0.25 * y**4)

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        return x, y**3 - y


class Ravine(PlaneFunction, frozen=True):
    """A long straight valley with steep walls: it curves 50 times as much across as along.

        f = (x**2 + 50 y**2) / 2

    lowest at (0, 0), where it is 0.

    Reference: Goh, 2017, Why momentum really works.
    """

    minima = ((0.0, 0.0),)

    def height(self, x: Array, y: Array) -> Array:
        return np.asarray(0.5 * (x * x + 50.0 * y * y))

    def slope(self, x: Array, y: Array) -> tuple[Array, Array]:
        return x, 50.0 * y


FUNCTIONS: dict[str, type[PlaneFunction]] = {
    "beale": Beale,
    "himmelblau": Himmelblau,
    "ravine": Ravine,
    "rosenbrock": Rosenbrock,
    "saddle": Saddle,
}
ALL_LOSSES: dict[str, type[Loss]] = {**LOSSES, **FUNCTIONS}
