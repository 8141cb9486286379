"""Features: what is made of the inputs before the network sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import comb
from typing import Literal

import numpy as np

from nnsim.arrays import Array
from nnsim.errors import ScenarioError

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
    columns = [
        np.prod(inputs[:, chosen], axis=1)
        for power in range(1, degree + 1)
        for chosen in map(list, combinations_with_replacement(range(width), power))
    ]
    return np.stack(columns, axis=1)


@dataclass(frozen=True)
class Scaling:
    """Brings each feature to mean 0 and deviation 1 over the rows that it was fitted on.

    x' = (x - mean) / deviation

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

    def __call__(self, inputs: Array) -> Array:
        """Scale inputs (rows, features)."""
        return np.asarray((inputs - self.mean) / self.deviation)
