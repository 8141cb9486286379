"""Features: what is made of the inputs before the network sees them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations_with_replacement
from math import comb
from typing import Literal

import numpy as np

from nnsim.errors import ScenarioError
from nnsim.nn.arrays import Array

MAX_FEATURES = 1024

Feature = Literal["x", "y", "x^2", "y^2", "xy", "sin x", "sin y"]
FEATURES: tuple[Feature, ...] = ("x", "y", "x^2", "y^2", "xy", "sin x", "sin y")


def expand(inputs: Array, features: Sequence[Feature], degree: int) -> Array:
    """Features of inputs (rows, inputs) -> (rows, features).

        features  the ones named, of the two inputs x and y
        degree    all products of 1 to `degree` inputs: x, y, x**2, x y, y**2, ...

    Raises: ScenarioError where both are given, inputs are not two, or the features are too many.
    """
    width = inputs.shape[1]
    if features:
        if degree > 1:
            raise ScenarioError("data.degree: cannot stand beside data.features (allowed: one of the two)")
        if width != 2:
            raise ScenarioError(f"data.features: the data has {width} inputs (allowed: 2, x and y)")
        x, y = inputs[:, 0], inputs[:, 1]
        made = {"x": x, "y": y, "x^2": x * x, "y^2": y * y, "xy": x * y, "sin x": np.sin(x), "sin y": np.sin(y)}
        return np.stack([made[name] for name in features], axis=1)
    if degree == 1:
        return inputs
    count = comb(width + degree, degree) - 1
    if count > MAX_FEATURES:
        raise ScenarioError(f"data.degree: {degree} makes {count:,} features (allowed: {MAX_FEATURES:,} in all)")
    return np.stack([np.prod(inputs[:, list(chosen)], axis=1) for chosen in _products(width, degree)], axis=1)


def _products(width: int, degree: int) -> Iterator[tuple[int, ...]]:
    """The inputs of each product of 1 to `degree` of them."""
    return chain.from_iterable(combinations_with_replacement(range(width), power + 1) for power in range(degree))


def feature_names(inputs: Sequence[str], features: Sequence[Feature], degree: int) -> tuple[str, ...]:
    """What the columns of `expand` are called: x, x^2, x y, ..."""
    if features:
        return tuple(features)
    return tuple(
        " ".join(
            inputs[one] if (power := chosen.count(one)) == 1 else f"{inputs[one]}^{power}"
            for one in sorted(set(chosen))
        )
        for chosen in _products(len(inputs), degree)
    )


@dataclass(frozen=True)
class Scaling:
    """Brings each feature to mean 0 and deviation 1 over the rows that it was fitted on.

    x' = (x - mean) / deviation

    Where inputs are to lie between 0 and 1 instead, the lowest value stands for the mean, and the range for the
    deviation.

    Note: the deviation is that of the rows themselves (divided by n); a feature that never changes becomes 0.
    Reference: LeCun, Bottou, Orr and Müller, 1998, Efficient backprop, section 4.3.
    """

    mean: Array  # (features,)
    deviation: Array  # (features,)

    @classmethod
    def fitted(cls, inputs: Array) -> "Scaling":
        """The scaling of inputs (rows, features)."""
        deviation = inputs.std(axis=0)
        return cls(inputs.mean(axis=0), np.where(deviation > 0.0, deviation, 1.0))

    @classmethod
    def between(cls, inputs: Array) -> "Scaling":
        """The scaling that brings each of the inputs, (rows, features), to the range from 0 to 1."""
        low, span = inputs.min(axis=0), np.ptp(inputs, axis=0)
        return cls(low, np.where(span > 0.0, span, 1.0))

    def __call__(self, inputs: Array) -> Array:
        scaled = np.asarray(inputs - self.mean)
        scaled /= self.deviation  # in place: inputs can be many
        return scaled

    def undone(self, scaled: Array) -> Array:
        """What was scaled, as it was: x = x' * deviation + mean."""
        return np.asarray(scaled * self.deviation + self.mean)
