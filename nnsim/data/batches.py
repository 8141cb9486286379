"""Batches: which rows each step of an epoch sees."""

from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from nnsim.nn.arrays import Array
from nnsim.nn.initializers import RandomSource
from nnsim.nn.network import BoundNetwork


def places_of_largest(targets: Array) -> npt.NDArray[np.integer[Any]]:
    """The class of each row, (rows,), where it has one, from (outputs, rows); in as few bytes as tell it."""
    if len(targets) == 1:
        return np.zeros(targets.shape[1], np.uint8)
    places: npt.NDArray[np.integer[Any]] = targets.argmax(axis=0).astype(np.min_scalar_type(len(targets)))
    return places


class Batches(Struct, frozen=True):
    """An epoch cut into batches of `size` rows; the last one is smaller where the rows do not divide evenly."""

    rows: int
    size: int

    @property
    def per_epoch(self) -> int:
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


class Dealing:
    """Deals out the rows of one epoch after the other, in the order in which they are trained on."""

    def __init__(self, batches: Batches, padded: Array, targets: Array) -> None:
        """Args: padded: features as a network takes them, (rows, inputs and pads). targets: (rows, outputs)."""
        self._batches, self._padded = batches, padded
        self._columns = np.ascontiguousarray(targets.T)
        self._dealt = np.zeros_like(self._columns)  # the targets in the order of the epoch, (outputs, rows)
        self._largest = places_of_largest(self._columns)
        self._dealt_largest = np.zeros_like(self._largest)
        self._order: npt.NDArray[np.int64] | None = None

    @property
    def shuffled(self) -> bool:
        """Whether there is an order; without one the present epoch has to be shuffled first."""
        return self._order is not None

    def shuffle(self, rng: RandomSource) -> None:
        self._order = self._batches.order(rng=rng)
        self._columns.take(self._order, 1, self._dealt, "clip")
        self._largest.take(self._order, 0, self._dealt_largest, "clip")

    def forget(self) -> None:
        """Have no order: another epoch comes next."""
        self._order = None

    def deal(self, index: int, count: int, shape: tuple[int, ...]) -> tuple[npt.NDArray[np.int64], Array]:
        """Rows (count, batch) and targets (count, outputs, batch) of the batches from number `index` on."""
        assert self._order is not None, "the epoch is shuffled"
        start, batch = self._batches.slice(index).start, shape[1]
        chosen = self._order[start : start + count * batch].reshape(count, batch)
        return chosen, self.targets(index, count, shape)

    def targets(self, index: int, count: int, shape: tuple[int, ...]) -> Array:
        """The targets alone, as `deal` gives them."""
        start, (outputs, batch) = self._batches.slice(index).start, shape
        part = self._dealt[:, start : start + count * batch]
        return part.reshape(outputs, count, batch).transpose(1, 0, 2)

    def classes(self, index: int, count: int, shape: tuple[int, ...]) -> npt.NDArray[np.integer[Any]]:
        """The places of the largest targets, (count, batch), as `targets` gives them."""
        start, batch = self._batches.slice(index).start, shape[1]
        return np.reshape(self._dealt_largest[start : start + count * batch], (count, batch))

    def place(self, network: BoundNetwork, chosen: npt.NDArray[np.int64], targets: Array) -> None:
        """Copies a batch into the inputs and targets of a network."""
        # Whole rows are taken to where they lie as rows; "clip" only saves a second look at their numbers.
        self._padded.take(chosen, 0, network.padded.T, "clip")
        network.targets[...] = targets
