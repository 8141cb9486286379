"""Activation functions, applied to every unit of a layer.

Shapes: z, a and d are (units, batch). `forward` binds the operations that write a = f(z); `derivative` those
that write d = f'(z), computed from a where that is cheaper; `backward` those that turn dC/da into dC/dz.
"""

from functools import partial
from math import erfc, sqrt
from typing import Annotated, ClassVar, Literal, Protocol

import numpy as np
from msgspec import Meta, Struct

from nnsim.components import Fraction, Part
from nnsim.nn.arrays import Array, Ops, constant

LARGE = 256  # numbers in an array: from there on the arithmetic takes longer than the call


class Backward(Protocol):
    """What a loss needs of the output layer's activation."""

    def backward(self, z: Array, a: Array, delta: Array) -> Ops:
        """Operations that turn dC/da into dC/dz, in place."""


class KnownSlope(Struct, frozen=True):
    """An activation going backward whose f'(z), (units, batch), other operations have found already."""

    slope: Array

    def backward(self, z: Array, a: Array, delta: Array) -> Ops:
        """Operations that turn dC/da into dC/dz, in place."""
        return (partial(np.multiply, delta, self.slope, delta),)


class Activation(Part, frozen=True):
    """A function of one variable and its derivative."""

    group: ClassVar[str] = "nnsim.activations"
    in_place: ClassVar[bool] = False  # whether z and a may be one array: forward and derivative read no z after a
    slope_from_outputs: ClassVar[bool] = False  # whether f'(z) is computed unit by unit, and from a alone

    def forward(self, z: Array, a: Array) -> Ops:
        """Operations that write f(z) into a."""
        raise NotImplementedError

    def from_negative(self, a: Array) -> Ops | None:
        """Operations that turn -z in a into f(z), if that is shorter than `forward`, which it would be part of."""
        return None

    def derivative(self, z: Array, a: Array, d: Array) -> Ops | None:
        """Operations that write f'(z) into d, given z and a = f(z); None where it is 1 everywhere."""
        raise NotImplementedError

    def backward(self, z: Array, a: Array, delta: Array) -> Ops:
        """Operations that turn dC/da into dC/dz, in place."""
        slope = np.empty_like(delta)
        derivative = self.derivative(z, a, slope)
        return () if derivative is None else (*derivative, partial(np.multiply, delta, slope, delta))


class Linear(Activation, frozen=True):
    """The identity.

    f(z) = z,  f'(z) = 1
    """

    def forward(self, z: Array, a: Array) -> Ops:
        return (partial(np.copyto, a, z),)

    def derivative(self, z: Array, a: Array, d: Array) -> None:
        return None


class Sigmoid(Activation, frozen=True):
    """The logistic function, between 0 and 1.

    f(z) = 1 / (1 + exp(-z)),  f'(z) = a (1 - a) with a = f(z)

    Note: exp(-z) overflows to infinity below z = -709, and a is then exactly 0, as it should be.
    Reference: Rumelhart, Hinton and Williams, 1986, Learning representations by back-propagating errors,
    equation 2.
    """

    in_place: ClassVar[bool] = True
    slope_from_outputs: ClassVar[bool] = True

    def forward(self, z: Array, a: Array) -> Ops:
        return (partial(np.negative, z, a), *self.from_negative(a))

    def from_negative(self, a: Array) -> Ops:
        ones = constant(1.0, a)
        # The same bits: the call of `divide` takes longer, and its arithmetic half as long.
        inverse = partial(np.reciprocal, a, a) if a.size < LARGE else partial(np.divide, ones, a, a)
        return (partial(np.exp, a, a), partial(np.add, a, ones, a), inverse)

    def derivative(self, z: Array, a: Array, d: Array) -> Ops:
        ones = constant(1.0, d)
        return (partial(np.subtract, ones, a, d), partial(np.multiply, a, d, d))


class Tanh(Activation, frozen=True):
    """The hyperbolic tangent, between -1 and 1.

    f(z) = tanh(z),  f'(z) = 1 - a**2 with a = f(z)

    Reference: LeCun, Bottou, Orr and Müller, 1998, Efficient backprop, section 4.4.
    """

    in_place: ClassVar[bool] = True
    slope_from_outputs: ClassVar[bool] = True

    def forward(self, z: Array, a: Array) -> Ops:
        return (partial(np.tanh, z, a),)

    def derivative(self, z: Array, a: Array, d: Array) -> Ops:
        ones = constant(1.0, d)
        return (partial(np.multiply, a, a, d), partial(np.subtract, ones, d, d))


class ReLU(Activation, frozen=True):
    """The rectified linear unit.

    f(z) = max(z, 0),  f'(z) = 1 where z > 0, else 0

    Note: the derivative at exactly 0 is taken as 0, as PyTorch does.
    Reference: Nair and Hinton, 2010, Rectified linear units improve restricted Boltzmann machines.
    """

    in_place: ClassVar[bool] = True
    slope_from_outputs: ClassVar[bool] = True

    def forward(self, z: Array, a: Array) -> Ops:
        return (partial(np.maximum, z, np.zeros_like(z), out=a),)  # of one shape: NumPy is slow here with a number

    def derivative(self, z: Array, a: Array, d: Array) -> Ops:
        return (partial(np.sign, a, d),)  # a is z or 0; comparing would need a conversion of its own


class LeakyReLU(Activation, frozen=True):
    """The rectified linear unit that lets a little through below 0.

    f(z) = z where z > 0, else slope z;  f'(z) = 1 where z > 0, else slope

    Reference: Maas, Hannun and Ng, 2013, Rectifier nonlinearities improve neural network acoustic models.
    """

    slope: Fraction = 0.01

    def forward(self, z: Array, a: Array) -> Ops:
        return (partial(np.multiply, z, constant(self.slope, z), a), partial(np.maximum, z, a, out=a))

    def derivative(self, z: Array, a: Array, d: Array) -> Ops:
        above = np.empty(z.shape, bool)
        return (
            partial(d.fill, self.slope),
            partial(np.greater, z, np.zeros_like(z), above),
            partial(np.copyto, d, np.ones_like(d), where=above),
        )


class ELU(Activation, frozen=True):
    """The exponential linear unit, which bends smoothly towards -alpha.

    f(z) = z where z > 0, else alpha (exp(z) - 1);  f'(z) = 1 where z > 0, else f(z) + alpha

    Reference: Clevert, Unterthiner and Hochreiter, 2016, Fast and accurate deep network learning by exponential
    linear units, equation 15.
    """

    alpha: Annotated[float, Meta(gt=0.0, le=100.0)] = 1.0

    def forward(self, z: Array, a: Array) -> Ops:
        zeros, above = np.zeros_like(z), np.empty(z.shape, bool)
        return (
            partial(np.minimum, z, zeros, out=a),  # so that exp never overflows
            partial(np.expm1, a, a),
            partial(np.multiply, a, constant(self.alpha, z), a),
            partial(np.greater, z, zeros, above),
            partial(np.copyto, a, z, where=above),
        )

    def derivative(self, z: Array, a: Array, d: Array) -> Ops:
        above = np.empty(z.shape, bool)
        return (
            partial(np.add, a, constant(self.alpha, a), d),
            partial(np.greater, z, np.zeros_like(z), above),
            partial(np.copyto, d, np.ones_like(d), where=above),
        )


class SiLU(Activation, frozen=True):
    """The sigmoid linear unit, also called Swish: a ReLU that is smooth and dips to -0.28 below 0.

    f(z) = z s,  s = 1 / (1 + exp(-z));  f'(z) = s (1 + z (1 - s)) = a + s (1 - a) with a = f(z)

    Note: PyTorch's `SiLU`. Swish has a factor in the sigmoid, here 1.
    Reference: Elfwing, Uchibe and Doya, 2018, Sigmoid-weighted linear units, equation 4; Ramachandran, Zoph and Le,
    2017, Searching for activation functions.
    """

    def forward(self, z: Array, a: Array) -> Ops:
        return (*Sigmoid().forward(z, a), partial(np.multiply, a, z, a))

    def derivative(self, z: Array, a: Array, d: Array) -> Ops:
        rest = np.empty_like(z)
        return (
            *Sigmoid().forward(z, d),
            partial(np.subtract, np.ones_like(a), a, rest),
            partial(np.multiply, d, rest, d),
            partial(np.add, d, a, d),
        )


class GELU(Activation, frozen=True):
    """The Gaussian error linear unit: z times the chance that a normal number is below it.

        approximate = "tanh"   f(z) = z (1 + t) / 2,  t = tanh(c (z + 0.044715 z**3)),  c = sqrt(2 / pi)
                               f'(z) = (1 + t) / 2 + z (1 - t**2) c (1 + 3 * 0.044715 z**2) / 2
        approximate = "none"   f(z) = z F,  F = (1 + erf(z / sqrt(2))) / 2
                               f'(z) = F + z exp(-z**2 / 2) / sqrt(2 pi)

    Note: PyTorch's `GELU`, whose default is "none"; the two are never more than 0.0005 apart. NumPy has no error
    function: the exact form asks Python's, number by number, which takes about six times as long.
    Reference: Hendrycks and Gimpel, 2016, Gaussian error linear units, section 2.
    """

    approximate: Literal["tanh", "none"] = "tanh"

    def forward(self, z: Array, a: Array) -> Ops:
        if self.approximate == "none":
            return (partial(_normal_share, z, a), partial(np.multiply, a, z, a))
        ones, halves, inner, cubic = np.ones_like(z), *self._constants(z)
        return (
            *self._tanh(z, a, inner, cubic),
            partial(np.add, a, ones, a),
            partial(np.multiply, a, z, a),
            partial(np.multiply, a, halves, a),
        )

    def derivative(self, z: Array, a: Array, d: Array) -> Ops:
        if self.approximate == "none":
            bell, density = np.empty_like(z), constant(float(1.0 / np.sqrt(2.0 * np.pi)), z)
            return (
                partial(_normal_share, z, d),
                partial(np.multiply, z, z, bell),
                partial(np.multiply, bell, constant(-0.5, z), bell),
                partial(np.exp, bell, bell),
                partial(np.multiply, bell, density, bell),
                partial(np.multiply, bell, z, bell),
                partial(np.add, d, bell, d),
            )
        ones, halves, inner, cubic = np.ones_like(z), *self._constants(z)
        t, slope, threes = np.empty_like(z), np.empty_like(z), constant(3.0, z)
        return (
            *self._tanh(z, t, inner, cubic),
            partial(np.multiply, z, z, slope),
            partial(np.multiply, slope, cubic, slope),
            partial(np.multiply, slope, threes, slope),
            partial(np.add, slope, inner, slope),  # c (1 + 3 * 0.044715 z**2)
            partial(np.multiply, slope, z, slope),
            partial(np.multiply, t, t, d),
            partial(np.subtract, ones, d, d),
            partial(np.multiply, slope, d, d),
            partial(np.add, d, t, d),
            partial(np.add, d, ones, d),
            partial(np.multiply, d, halves, d),
        )

    def _constants(self, z: Array) -> tuple[Array, Array, Array]:
        c = float(np.sqrt(2.0 / np.pi))
        return constant(0.5, z), constant(c, z), constant(0.044715 * c, z)

    def _tanh(self, z: Array, t: Array, inner: Array, cubic: Array) -> Ops:
        """Operations that write tanh(z (c + 0.044715 c z**2)) into t."""
        return (
            partial(np.multiply, z, z, t),
            partial(np.multiply, t, cubic, t),
            partial(np.add, t, inner, t),
            partial(np.multiply, t, z, t),
            partial(np.tanh, t, t),
        )


def _normal_share(z: Array, share: Array) -> None:
    """Write (1 + erf(z / sqrt(2))) / 2, the share of normal numbers below z, into an array of the same shape."""
    # By erfc of the other side: 1 + erf would lose the digits of small shares.
    values = (z.ravel() * -sqrt(0.5)).tolist()
    share[...] = np.fromiter(map(erfc, values), np.float64, z.size).reshape(z.shape)
    share *= 0.5


class Softplus(Activation, frozen=True):
    """A smooth ReLU.

    f(z) = log(1 + exp(z)),  f'(z) = 1 / (1 + exp(-z)) = 1 - exp(-a) with a = f(z)

    Note: computed as log(exp(0) + exp(z)) without overflow, so f(z) = z for large z to the last bit.
    Reference: Dugas, Bengio, Bélisle, Nadeau and Garcia, 2001, Incorporating second-order functional knowledge
    for better option pricing.
    """

    def forward(self, z: Array, a: Array) -> Ops:
        return (partial(np.logaddexp, z, np.zeros_like(z), a),)

    def derivative(self, z: Array, a: Array, d: Array) -> Ops:
        return (partial(np.negative, a, d), partial(np.expm1, d, d), partial(np.negative, d, d))


class Softmax(Activation, frozen=True):
    """Shares of a whole: the units of a layer, between 0 and 1, add up to 1 for every row.

    a_i = exp(z_i - m) / sum_j exp(z_j - m),  m = max_j z_j
    dC/dz_i = a_i (dC/da_i - sum_j a_j dC/da_j)

    Note: taking the largest z away changes nothing but keeps exp from overflowing.
    Reference: Bridle, 1990, Training stochastic model recognition algorithms as networks can lead to maximum
    mutual information estimation of parameters.
    """

    def forward(self, z: Array, a: Array) -> Ops:
        across = np.empty((*z.shape[:-2], 1, z.shape[-1]), z.dtype)
        largest = partial(np.maximum.reduce, z, -2, None, across, True)
        if z.ndim > 2:
            return (
                largest,
                partial(np.subtract, z, across, a),
                partial(np.exp, a, a),
                partial(np.add.reduce, a, -2, None, across, True),
                partial(np.divide, a, across, a),
            )
        # A product with ones adds up all units, or repeats a number for each, in a third of the time that NumPy
        # takes to walk arrays of two shapes.
        each, all_, wide = np.ones((len(z), 1), z.dtype), np.ones((1, len(z)), z.dtype), np.empty(z.shape, z.dtype)
        return (
            largest,
            partial(each.dot, across, wide),
            partial(np.subtract, z, wide, a),
            partial(np.exp, a, a),
            partial(all_.dot, a, across),
            partial(each.dot, across, wide),
            partial(np.divide, a, wide, a),
        )

    def derivative(self, z: Array, a: Array, d: Array) -> Ops:
        """The diagonal of the Jacobian, a_i (1 - a_i); the whole of it is in `backward`."""
        return (partial(np.subtract, np.ones_like(d), a, d), partial(np.multiply, a, d, d))

    def backward(self, z: Array, a: Array, delta: Array) -> Ops:
        product, across = np.empty_like(delta), np.empty((*z.shape[:-2], 1, z.shape[-1]), z.dtype)
        return (
            partial(np.multiply, a, delta, product),
            partial(np.add.reduce, product, -2, None, across, True),
            partial(np.subtract, delta, across, delta),
            partial(np.multiply, a, delta, delta),
        )


ACTIVATIONS: dict[str, type[Activation]] = {
    "elu": ELU,
    "gelu": GELU,
    "leaky-relu": LeakyReLU,
    "linear": Linear,
    "relu": ReLU,
    "sigmoid": Sigmoid,
    "silu": SiLU,
    "softmax": Softmax,
    "softplus": Softplus,
    "tanh": Tanh,
}
