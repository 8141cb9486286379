"""Data sets drawn at random from a rule: the five of the TensorFlow Playground, and points on a polynomial.

Reference: Smilkov, Carter, Sculley, Viégas and Wattenberg, 2017, Direct-manipulation visualization of deep
networks.
"""

from typing import Annotated, Any

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta

from nnsim.components import Real
from nnsim.data.examples import DataSource, Examples, Read
from nnsim.errors import ScenarioError
from nnsim.nn.arrays import Array
from nnsim.nn.initializers import RandomSource

Rows = Annotated[int, Meta(ge=2, le=20_000)]
Noise = Annotated[float, Meta(ge=0.0, le=1.0)]

RADIUS = 5.0


class Points(DataSource, frozen=True):
    """Points in the plane, `n` of them; `noise` from 0 to 1 blurs where one class ends."""

    n: Rows = 200
    noise: Noise = 0.0

    def examples(self, *, rng: RandomSource, read: Read) -> Examples:
        points, targets = self.draw(rng)
        return Examples(points, targets[:, None].astype(np.float64), ("x", "y"), ("class",), ("0", "1"))

    def draw(self, rng: RandomSource) -> tuple[Array, npt.NDArray[Any]]:
        """Points (n, 2) and targets (n,)."""
        raise NotImplementedError


class Circle(Points, frozen=True):
    """A disc of class 1 (radius up to 2.5) inside a ring of class 0 (3.5 to 5).

    A point is of class 1 where point + noise U(-5, 5) lies within 2.5 of the middle.

    Reference: Smilkov, Carter, Sculley, Viégas and Wattenberg, 2017, Direct-manipulation visualization of deep
    networks.
    """

    def draw(self, rng: RandomSource) -> tuple[Array, npt.NDArray[Any]]:
        inside = self.n // 2
        radii = np.concatenate(
            [rng.uniform(0.0, 0.5 * RADIUS, (inside,)), rng.uniform(0.7 * RADIUS, RADIUS, (self.n - inside,))]
        )
        angles = rng.uniform(0.0, 2.0 * np.pi, (self.n,))
        points = np.stack([radii * np.sin(angles), radii * np.cos(angles)], axis=1)
        blurred = points + self.noise * rng.uniform(-RADIUS, RADIUS, (self.n, 2))
        return points, np.hypot(blurred[:, 0], blurred[:, 1]) < 0.5 * RADIUS


class Xor(Points, frozen=True):
    """Four quadrants: class 1 where x and y have the same sign; no point is nearer than 0.3 to an axis.

    A point is of class 1 where (x + noise) (y + noise) >= 0, with noise from U(-5, 5).

    Reference: Smilkov, Carter, Sculley, Viégas and Wattenberg, 2017, Direct-manipulation visualization of deep
    networks.
    """

    def draw(self, rng: RandomSource) -> tuple[Array, npt.NDArray[Any]]:
        points = rng.uniform(-RADIUS, RADIUS, (self.n, 2))
        points = points + np.where(points > 0.0, 0.3, -0.3)
        blurred = points + self.noise * rng.uniform(-RADIUS, RADIUS, (self.n, 2))
        return points, blurred[:, 0] * blurred[:, 1] >= 0.0


class Gauss(Points, frozen=True):
    """Two clouds around (2, 2), class 1, and (-2, -2), class 0, of variance 0.5 + 7 noise.

    Reference: Smilkov, Carter, Sculley, Viégas and Wattenberg, 2017, Direct-manipulation visualization of deep
    networks.
    """

    def draw(self, rng: RandomSource) -> tuple[Array, npt.NDArray[Any]]:
        classes = np.arange(self.n) < self.n // 2
        deviation = float(np.sqrt(0.5 + 7.0 * self.noise))
        return rng.normal(0.0, deviation, (self.n, 2)) + np.where(classes, 2.0, -2.0)[:, None], classes


class Spiral(Points, frozen=True):
    """Two arms that wind 1.75 times around each other.

    r = 5 i / m,  t = 1.75 * 2 pi i / m (+ pi for class 0),  x = r sin t + noise,  y = r cos t + noise

    for i from 0 to m - 1, with noise from U(-1, 1).

    Reference: Smilkov, Carter, Sculley, Viégas and Wattenberg, 2017, Direct-manipulation visualization of deep
    networks.
    """

    def draw(self, rng: RandomSource) -> tuple[Array, npt.NDArray[Any]]:
        first = self.n // 2
        along = np.concatenate([np.arange(m) / m for m in (first, self.n - first)])
        classes = np.arange(self.n) < first
        angles = 1.75 * 2.0 * np.pi * along + np.where(classes, 0.0, np.pi)
        points = RADIUS * along[:, None] * np.stack([np.sin(angles), np.cos(angles)], axis=1)
        return points + self.noise * rng.uniform(-1.0, 1.0, (self.n, 2)), classes


class SlantedPlane(Points, frozen=True):
    """A number to predict: the height of a slanted plane, from about -1 to 1.

    x, y ~ U(-6, 6),  target = (x + y + noise) / 10 kept within -1 and 1, with the noise of each from U(-6, 6)

    Reference: Smilkov, Carter, Sculley, Viégas and Wattenberg, 2017, Direct-manipulation visualization of deep
    networks.
    """

    def examples(self, *, rng: RandomSource, read: Read) -> Examples:
        points, targets = self.draw(rng)
        return Examples(points, targets[:, None], ("x", "y"), ("height",))

    def draw(self, rng: RandomSource) -> tuple[Array, npt.NDArray[Any]]:
        points = rng.uniform(-6.0, 6.0, (self.n, 2))
        blurred = points + self.noise * rng.uniform(-6.0, 6.0, (self.n, 2))
        return points, np.clip(blurred.sum(axis=1) / 10.0, -1.0, 1.0)


class PolynomialPoints(DataSource, frozen=True):
    """Points on a polynomial, evenly spaced from `low` to `high`, each off by normal noise.

    y = sum_k coefficients[k] x**k + N(0, noise**2)

    Reference: Bishop, 2006, Pattern recognition and machine learning, section 1.1.
    """

    coefficients: Annotated[list[Real], Meta(min_length=1, max_length=16)] = msgspec.field(
        default_factory=lambda: [0.0, 0.0, 1.0]
    )
    low: Real = -1.0
    high: Real = 1.0
    n: Rows = 20
    noise: Annotated[float, Meta(ge=0.0, le=1e6)] = 0.1

    def examples(self, *, rng: RandomSource, read: Read) -> Examples:
        if self.low >= self.high:
            raise ScenarioError(f"data.low: {self.low:g} is not below data.high, {self.high:g} (allowed: less)")
        x = np.linspace(self.low, self.high, self.n)
        y = np.polynomial.polynomial.polyval(x, self.coefficients) + rng.normal(0.0, self.noise, (self.n,))
        return Examples(x[:, None], y[:, None], ("x",), ("y",))
