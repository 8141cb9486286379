"""Initializers: where the weights start.

Each draws the weights of one layer from the generator passed in. `layout` is the shape in which the numbers are
drawn, because it decides which number lands on which weight: "in-out" draws (inputs, units), "out-in" draws
(units, inputs), as programs do that multiply W @ x.
"""

from typing import Annotated, ClassVar, Literal, Protocol

import numpy as np
import numpy.typing as npt
from msgspec import Meta

from nnsim.components import Part, Positive, Real
from nnsim.errors import ScenarioError
from nnsim.nn.arrays import Array

Layout = Literal["in-out", "out-in"]
Distribution = Literal["normal", "uniform"]


class RandomSource(Protocol):
    """What NumPy's `Generator` and its legacy `RandomState` have in common, as far as runs need it."""

    def uniform(self, low: float, high: float, size: tuple[int, ...]) -> Array: ...
    def normal(self, loc: float, scale: float, size: tuple[int, ...]) -> Array: ...
    def random(self, size: tuple[int, ...]) -> Array: ...
    def permutation(self, x: int) -> npt.NDArray[np.int64]: ...


class Initializer(Part, frozen=True):
    """A rule that draws the weights of one layer."""

    group: ClassVar[str] = "nnsim.initializers"

    layout: Layout = "in-out"

    def draw(self, shape: tuple[int, int], *, rng: RandomSource, fans: tuple[int, int] | None = None) -> Array:
        """Weights of shape (inputs, units).

        Args: fans: how many units lead into a unit, and how many it leads to, where that is not the shape.
        """
        inputs, units = shape
        fan_in, fan_out = fans or shape
        if self.layout == "out-in":
            return self.sample((units, inputs), fan_in, fan_out, rng).T
        return self.sample((inputs, units), fan_in, fan_out, rng)

    def sample(self, size: tuple[int, int], inputs: int, units: int, rng: RandomSource) -> Array:
        """Numbers of shape `size` for a layer with so many inputs and units."""
        raise NotImplementedError

    def check(self, inputs: int, units: int) -> None:
        """Refuses a layer that the rule has no weights for.  Raises: ScenarioError saying what it needs."""


class Zeros(Initializer, frozen=True):
    """All weights 0: every unit of a layer then learns the same thing."""

    def sample(self, size: tuple[int, int], inputs: int, units: int, rng: RandomSource) -> Array:
        return np.zeros(size)


class ConstantWeights(Initializer, frozen=True):
    """All weights the same number: every unit of a layer then learns the same thing, as with zeros.

    w = value
    """

    value: Real = 0.1

    def sample(self, size: tuple[int, int], inputs: int, units: int, rng: RandomSource) -> Array:
        return np.full(size, self.value)


class GivenWeights(Initializer, frozen=True, kw_only=True):
    """Weights written down, input by input: those of the first input to all units, then those of the second.

    w = values
    """

    values: Annotated[list[Real], Meta(min_length=1, max_length=10_000)]

    def sample(self, size: tuple[int, int], inputs: int, units: int, rng: RandomSource) -> Array:
        return np.array(self.values).reshape(size)

    def check(self, inputs: int, units: int) -> None:
        if len(self.values) != inputs * units:
            raise ScenarioError(
                f"model.initializer.values: {len(self.values)} weights for a layer of {inputs:,} inputs and "
                f"{units:,} units (allowed: {inputs * units:,})"
            )


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


class Scaled(Initializer, frozen=True):
    """Weights whose variance follows from the size of the layer.

    normal   w ~ N(0, variance)
    uniform  w ~ U(-b, b),  b = sqrt(3 variance)
    """

    distribution: Distribution = "normal"

    def variance(self, inputs: int, units: int) -> float:
        """Variance of one weight of a layer with so many inputs and units."""
        raise NotImplementedError

    def sample(self, size: tuple[int, int], inputs: int, units: int, rng: RandomSource) -> Array:
        variance = self.variance(inputs, units)
        if self.distribution == "uniform":
            bound = float(np.sqrt(3.0 * variance))
            return rng.uniform(-bound, bound, size)
        return rng.normal(0.0, float(np.sqrt(variance)), size)


class Xavier(Scaled, frozen=True):
    """Variance that keeps signals and gradients of tanh and sigmoid layers in range; also called Glorot's.

    variance = 2 / (inputs + units)

    Note: some texts call the variance 1 / inputs "Xavier"; that one is LeCun's, kind "lecun".
    Reference: Glorot and Bengio, 2010, Understanding the difficulty of training deep feedforward neural
    networks, equations 12 (variance) and 16 (uniform).
    """

    def variance(self, inputs: int, units: int) -> float:
        return 2.0 / (inputs + units)


class He(Scaled, frozen=True):
    """Variance that keeps the signal of ReLU layers in range; also called Kaiming's.

    variance = 2 / inputs

    Note: PyTorch's `kaiming_normal_` and `kaiming_uniform_` with nonlinearity="relu" and mode="fan_in".
    Reference: He, Zhang, Ren and Sun, 2015, Delving deep into rectifiers, equation 10.
    """

    def variance(self, inputs: int, units: int) -> float:
        return 2.0 / inputs


class LeCun(Scaled, frozen=True):
    """Variance that keeps the signal in range where the activation is about the identity near 0.

    variance = 1 / inputs

    Note: texts that give Xavier's variance as 1 / n mean this one.
    Reference: LeCun, Bottou, Orr and Müller, 1998, Efficient backprop, section 4.6.
    """

    def variance(self, inputs: int, units: int) -> float:
        return 1.0 / inputs


class Orthogonal(Initializer, frozen=True):
    """Weights whose columns, or rows where those are fewer, stand at right angles and have length `gain`.

    Q R = N(0, 1) matrix,  W = gain Q diag(sign(diag R))

    Note: the signs make all orthogonal matrices equally likely.
    Reference: Saxe, McClelland and Ganguli, 2014, Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks, section 3.
    """

    gain: Positive = 1.0

    def sample(self, size: tuple[int, int], inputs: int, units: int, rng: RandomSource) -> Array:
        numbers = rng.normal(0.0, 1.0, size)
        tall = numbers if size[0] >= size[1] else numbers.T
        q, r = np.linalg.qr(tall)
        signed = self.gain * q * np.where(np.diag(r) < 0.0, -1.0, 1.0)
        return np.asarray(signed if size[0] >= size[1] else signed.T)


INITIALIZERS: dict[str, type[Initializer]] = {
    "constant": ConstantWeights,
    "given": GivenWeights,
    "he": He,
    "lecun": LeCun,
    "normal": Normal,
    "orthogonal": Orthogonal,
    "uniform": Uniform,
    "xavier": Xavier,
    "zeros": Zeros,
}
