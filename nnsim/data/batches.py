"""Batches: which rows each step of an epoch sees."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nnsim.nn.initializers import RandomSource


@dataclass(frozen=True)
class Batches:
    """An epoch cut into batches of `size` rows; the last one is smaller where the rows do not divide evenly."""

    rows: int
    size: int

    @property
    def per_epoch(self) -> int:
        """Number of batches, and so of steps, in an epoch."""
        return -(-self.rows // self.size)

    @property
    def full(self) -> bool:
        """Whether one batch holds all rows; the rows are then taken in their order, never shuffled."""
        return self.size >= self.rows

    def width(self, index: int) -> int:
        """Rows in the batch with this index, counted from 0."""
        return min(self.size, self.rows - index * self.size)

    def order(self, *, rng: RandomSource) -> npt.NDArray[np.int64]:
        """The order of the rows for one epoch, shuffled: one draw an epoch."""
        return rng.permutation(self.rows)

    def slice(self, index: int) -> slice:
        """Where the batch with this index lies in the order; the last one may end behind its end."""
        return slice(index * self.size, (index + 1) * self.size)
