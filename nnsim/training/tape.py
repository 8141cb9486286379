"""The tape: what the loop keeps of each step, so that figures are computed for many steps at once.

A step leaves all of it in one vector, `now`, and keeping it is one copy of that vector into a row. The arrays that
a step writes anyway, its gradient and what its loss is computed of, are views of this vector.
"""

from collections.abc import Mapping
from functools import partial

import numpy as np
from msgspec import Struct

from nnsim.nn.arrays import Array, Ops
from nnsim.nn.network import Network
from nnsim.optim.binding import Arena
from nnsim.scenario.plan import Plan

ROWS = 256
BYTES = 4_000_000
WHOLE_GRADIENT = 512  # parameters: above, an operation a layer is cheaper than a copy of the gradient
TRACKED_PARAMETERS = 4  # a model this small has its parameters recorded at every step: a path to draw


class Tape(Struct, frozen=True):
    """A row of numbers for each step, and where in it each figure lies."""

    now: Array  # (numbers or more,): the step under way
    rows: Array  # (rows, numbers)
    parts: Mapping[str, slice]
    whole: bool  # whether gradients are kept as they are, instead of the sum of squares of each layer's part
    behind: int  # numbers of `now` that no row keeps
    layers: tuple[slice, ...]  # what belongs to each layer of what is kept of a gradient
    norm_names: Mapping[str, tuple[str, ...]]  # the figure of each layer, of the gradient and of the clipped one

    @classmethod
    def of(cls, plan: Plan, most: int = ROWS) -> "Tape":
        """An empty tape of so many rows at most; what depends on the width of the batch lies at its end."""
        whole = plan.network.size <= WHOLE_GRADIENT
        sizes: dict[str, int] = {}
        if plan.solver.uses_gradient:
            each = plan.network.size if whole else len(plan.network.trained)
            sizes |= {"gradient": each} | ({"clipped": each} if plan.clipping.on else {})
            sizes |= {"evaluations": 1} if plan.optimizer.searches else {}
        if plan.regularization.penalizes:
            sizes["penalty"] = 1
        if plan.network.size <= TRACKED_PARAMETERS:
            sizes["parameters"] = plan.network.size
        sizes["scored"] = plan.network.outputs * plan.batches.size
        ends = np.cumsum(list(sizes.values())).tolist()
        parts = {name: slice(end - size, end) for (name, size), end in zip(sizes.items(), ends, strict=True)}
        precision = np.dtype(plan.train.precision)
        rows = max(1, min(most, BYTES // (8 * ends[-1])))
        # Behind what is kept: with one width of batches, the other layers' outputs may lie beside the last one's.
        behind = plan.network.room(plan.loss, plan.batches.rows) if plan.batches.full else 0
        trained = plan.network.trained
        return cls(
            now=np.zeros(ends[-1] + behind, precision),
            rows=np.zeros((rows, ends[-1]), precision),
            parts=parts,
            whole=whole,
            behind=behind,
            layers=tuple(
                slice(layer.offset, layer.offset + layer.size) if whole else slice(index, index + 1)
                for index, layer in enumerate(trained)
            ),
            norm_names={
                name: tuple(f"{name}:{layer.name}" for layer in trained) for name in ("gradient", "clipped")
            },
        )

    def vector(self, name: str, size: int) -> Array:
        """Where a step writes a gradient, (size,): on the tape itself where it is kept whole."""
        return self.now[self.parts[name]] if self.whole and name in self.parts else np.zeros(size, self.now.dtype)

    def room(self, shape: tuple[int, ...]) -> Array:
        """Where a step writes what its loss is computed of, (outputs, batch), and what lies behind it."""
        return self.now[self.parts["scored"].start : self._upto(shape).stop + self.behind]

    def measure(self, arena: Arena, network: Network, evaluations: Array | None) -> Ops:
        """Operations at the end of a step that put onto the tape what does not lie there already."""
        ops: Ops = ()
        for name, array in (("gradient", arena.gradient), ("clipped", arena.clipped)):
            if name in self.parts and not self.whole:
                squares = self.now[self.parts[name]]
                for index, layer in enumerate(network.trained):
                    part = array[layer.offset : layer.offset + layer.size]
                    ops += (partial(part.dot, part, squares[index : index + 1].reshape(())),)
        copied = (("evaluations", evaluations), ("penalty", arena.penalty), ("parameters", arena.parameters))
        for name, source in copied:
            if name in self.parts and source is not None:
                ops += (partial(np.copyto, self.now[self.parts[name]], source),)
        return ops

    def views(self, shape: tuple[int, ...]) -> tuple[list[memoryview], memoryview]:
        """Memory of every row, and of the vector that is copied into it, which NumPy would copy more slowly."""
        used = self._upto(shape)
        return [row.data for row in self.rows[:, used]], self.now[used].data

    def _upto(self, shape: tuple[int, ...]) -> slice:
        return slice(0, self.parts["scored"].start + shape[0] * shape[1])

    def column(self, name: str, count: int) -> Array:
        """What so many steps left of one thing, (count, its size)."""
        return self.rows[:count, self.parts[name]]

    def scored_column(self, shape: tuple[int, ...]) -> Array:
        """What the losses of all rows' steps are computed of, a view (rows, outputs, batch)."""
        part = slice(self.parts["scored"].start, self._upto(shape).stop)
        return self.rows[:, part].reshape(-1, *shape)

    def norms(self, name: str, found: Array) -> None:
        """Computes the norm of each layer's part of a gradient for so many steps, (layers, steps)."""
        column = self.column(name, found.shape[1])
        for layer, squares in zip(self.layers, found, strict=True):
            part = column[:, layer]
            squares[...] = np.einsum("sp,sp->s", part, part) if self.whole else part[:, 0]
        np.sqrt(found, found)
