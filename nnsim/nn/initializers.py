"""Initializers: where the weights start.

Each draws the weights of one layer from the generator passed in. `layout` is the shape in which the numbers are
drawn, because it decides which number lands on which weight: "in-out" draws (inputs, units), "out-in" draws
(units, inputs), as programs do that multiply W @ x.
"""

from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from nnsim.arrays import Array
from nnsim.errors import ScenarioError
from nnsim.parts import Part, Positive, Real

Layout = Literal["in-out", "out-in"]


class RandomSource(Protocol):
    """What NumPy's `Generator` and its legacy `RandomState` have in common, as far as runs need it."""

    def uniform(self, low: float, high: float, size: tuple[int, ...]) -> Array: ...
    def normal(self, loc: float, scale: float, size: tuple[int, ...]) -> Array: ...
    def permutation(self, x: int) -> npt.NDArray[np.int64]: ...


class Initializer(Part, frozen=True):
    """A rule that draws the weights of one layer."""

    layout: Layout = "in-out"

    def draw(self, shape: tuple[int, int], *, rng: RandomSource) -> Array:
        """Weights of shape (inputs, units)."""
        inputs, units = shape
        if self.layout == "out-in":
            return self.sample((units, inputs), inputs, units, rng).T
        return self.sample((inputs, units), inputs, units, rng)

    def sample(self, size: tuple[int, int], inputs: int, units: int, rng: RandomSource) -> Array:
        """Numbers of shape `size` for a layer with so many inputs and units."""
        raise NotImplementedError


class Zeros(Initializer, frozen=True):
    """All weights 0: every unit of a layer then learns the same thing."""

    def sample(self, size: tuple[int, int], inputs: int, units: int, rng: RandomSource) -> Array:
        return np.zeros(size)


class Uniform(Initializer, frozen=True):
    """Weights drawn evenly between two bounds.

    w ~ U(low, high)

    Note: with low = -1 and high = 1 the numbers are those of `2 * random() - 1`, bit for bit.
    """

    low: Real = -1.0
    high: Real = 1.0

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ScenarioError(
                f"model.initializer.low: {self.low:g} is above high, {self.high:g} (allowed: no more than that)"
            )

    def sample(self, size: tuple[int, int], inputs: int, units: int, rng: RandomSource) -> Array:
        return rng.uniform(self.low, self.high, size)


class Normal(Initializer, frozen=True):
    """Weights drawn from a normal distribution around 0.

    w ~ N(0, deviation**2)
    """

    deviation: Positive = 0.1

    def sample(self, size: tuple[int, int], inputs: int, units: int, rng: RandomSource) -> Array:
        return rng.normal(0.0, self.deviation, size)


class Xavier(Initializer, frozen=True):
    """Variance that keeps signals and gradients of tanh and sigmoid layers in range.

    w ~ N(0, 2 / (inputs + units))

    Note: some texts call the variance 1 / inputs "Xavier"; that one is LeCun's.
    Reference: Glorot and Bengio, 2010, Understanding the difficulty of training deep feedforward neural
    networks, equation 12.
    """

    def sample(self, size: tuple[int, int], inputs: int, units: int, rng: RandomSource) -> Array:
        return rng.normal(0.0, float(np.sqrt(2.0 / (inputs + units))), size)


class He(Initializer, frozen=True):
    """Variance that keeps the signal of ReLU layers in range.

    w ~ N(0, 2 / inputs)

    Reference: He, Zhang, Ren and Sun, 2015, Delving deep into rectifiers, equation 10.
    """

    def sample(self, size: tuple[int, int], inputs: int, units: int, rng: RandomSource) -> Array:
        return rng.normal(0.0, float(np.sqrt(2.0 / inputs)), size)


INITIALIZERS: dict[str, type[Initializer]] = {
    "he": He,
    "normal": Normal,
    "uniform": Uniform,
    "xavier": Xavier,
    "zeros": Zeros,
}
