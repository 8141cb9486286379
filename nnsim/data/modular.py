"""Addition on a clock: a table of all sums modulo a number, which a network can learn by heart or understand."""

from typing import Annotated

import numpy as np
from msgspec import Meta

from nnsim.data.examples import DataSource, Examples, Read
from nnsim.nn.initializers import RandomSource


class ModularAddition(DataSource, frozen=True):
    """All pairs of numbers from 0 to p - 1, and their sum modulo p as the class.

    a and b are p inputs each, of which one is 1. Rows come in the order (0, 0), (0, 1), ..., (p - 1, p - 1).

    Reference: Power, Burda, Edwards, Babuschkin and Misra, 2022, Grokking: generalization beyond overfitting on
    small algorithmic datasets, section 2.
    """

    p: Annotated[int, Meta(ge=2, le=97)] = 23

    def examples(self, *, rng: RandomSource, read: Read) -> Examples:
        first, second = np.divmod(np.arange(self.p * self.p), self.p)
        ones = np.eye(self.p)
        names = (*(f"a={i}" for i in range(self.p)), *(f"b={i}" for i in range(self.p)))
        sums = ((first + second) % self.p).astype(float)[:, None]
        classes = tuple(str(i) for i in range(self.p))
        return Examples(np.hstack([ones[first], ones[second]]), sums, names, ("sum",), classes)
