"""Layers that read pictures: convolution, and pooling, which makes them smaller.

The units of such a layer are pixels, channel by channel and row by row: pixel (c, i, j) of pictures of H x W pixels
is unit (c H + i) W + j. So any other layer reads them like the units of a dense one.
"""

from functools import partial
from itertools import product
from typing import Literal, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.lib.stride_tricks import sliding_window_view

from nnsim.nn.activations import Activation
from nnsim.nn.arrays import Array, Ops, constant
from nnsim.nn.initializers import Initializer
from nnsim.nn.wires import BoundLayer, State, Wire


class Maps(NamedTuple):
    """The sizes of what a picture layer reads or answers: so many channels, each of so many pixels."""

    channels: int
    rows: int
    columns: int

    @property
    def units(self) -> int:
        return self.channels * self.rows * self.columns

    def __str__(self) -> str:
        return f"{self.channels}x{self.rows}x{self.columns}"

    def of(self, values: Array) -> Array:
        """Values (units, batch) as pictures, a view (channels, rows, columns, batch)."""
        return values.reshape(*self, values.shape[1])


def _from(start: int, count: int, stride: int) -> slice:
    """So many places, `stride` apart."""
    return slice(start, start + stride * (count - 1) + 1, stride)


class Convolution(Struct, frozen=True):
    """Lays small kernels on every place of a picture: each filter answers how much the place looks like it.

        z[f, i, j] = b[f] + sum over c, u, v of K[c, u, v, f] x[c, s i + u - p, s j + v - p],   a = f(z)

    with stride s and padding p: x is 0 outside of the picture. All places share the weights. Written as a product
    of matrices, the windows of k x k pixels are the columns of P, above a row of ones:

        Z = W.T P,  dC/dW = P (dC/dZ).T,  dC/dP = W dC/dZ    (and dC/dx adds up what belongs to the same pixel)

    The weights are (channels k k, filters), the biases their last row. For an initializer a unit has
    channels k k inputs, and leads to filters k k units.

    Note: the kernel is not turned over, as in PyTorch's `Conv2d`; its `weight` is W.T as (filters, channels, k, k).
    Reference: LeCun, Bottou, Bengio and Haffner, 1998, Gradient-based learning applied to document recognition.
    """

    name: str
    before: Maps
    filters: int
    kernel: int  # pixels down and across
    stride: int
    padding: int
    bias: bool
    activation: Activation
    offset: int  # where the layer's parameters begin in the flat vector
    initializer: Initializer | None = None  # where it is not the network's

    @property
    def after(self) -> Maps:
        """The sizes of what it answers."""
        down, across = (
            (side + 2 * self.padding - self.kernel) // self.stride + 1
            for side in (self.before.rows, self.before.columns)
        )
        return Maps(self.filters, down, across)

    @property
    def inputs(self) -> int:
        return self.before.units

    @property
    def units(self) -> int:
        return self.after.units

    @property
    def weight_shape(self) -> tuple[int, int]:
        """(channels k k, filters)."""
        return self.before.channels * self.kernel**2, self.filters

    @property
    def fans(self) -> tuple[int, int]:
        """How many units lead into a unit, and how many it leads to."""
        return self.weight_shape[0], self.filters * self.kernel**2

    @property
    def rows(self) -> int:
        return self.weight_shape[0] + self.bias

    @property
    def size(self) -> int:
        return self.rows * self.filters

    def view(self, flat: Array) -> Array:
        """The layer's part of a flat vector (..., parameters) as (..., rows, filters)."""
        part = flat[..., self.offset : self.offset + self.size]
        return part.reshape(*flat.shape[:-1], self.rows, self.filters)

    def weights(self, flat: Array) -> Array:
        """The weights alone, (channels k k, filters)."""
        return self.view(flat)[..., : self.weight_shape[0], :]

    def biases(self, flat: Array) -> Array | None:
        """The biases alone, (filters,), or None."""
        return self.view(flat)[..., self.weight_shape[0], :] if self.bias else None

    def kernels(self, flat: Array) -> Array:
        """The weights as pictures, (filters, channels, k, k)."""
        return self.weights(flat).T.reshape(self.filters, self.before.channels, self.kernel, self.kernel)

    def bind(self, before: Wire, after: Wire, state: State, first: bool) -> BoundLayer:
        (channels, down, across), maps, batch = self.before, self.after, after.delta.shape[1]
        weights, slot = self.view(state.parameters), self.view(state.gradient)
        a, z, delta = after.values, after.z, after.delta
        inside = slice(None), _from(self.padding, down, 1), _from(self.padding, across, 1)
        bordered = (channels, down + 2 * self.padding, across + 2 * self.padding, batch)
        picture = self.before.of(before.values)
        read: Ops = ()
        if self.padding:
            source = np.zeros(bordered, z.dtype)
            read, picture = (partial(np.copyto, source[inside], picture),), source
        inputs = np.ones((self.rows, maps.rows * maps.columns * batch), z.dtype)
        count, side = self.weight_shape[0], self.kernel
        windows = sliding_window_view(picture, (side, side), axis=(1, 2))[:, :: self.stride, :: self.stride]
        each = (channels, side, side, maps.rows, maps.columns, batch)
        gather = partial(np.copyto, inputs[:count].reshape(each), windows.transpose(0, 4, 5, 1, 2, 3))
        places = delta.reshape(self.filters, -1)
        sums = partial(weights.T.dot, inputs, z.reshape(self.filters, -1))
        forward: Ops = (*read, gather, sums, *self.activation.forward(z, a))
        backward: Ops = (partial(inputs.dot, places.T, slot),)
        if not first:
            found = np.empty((count, inputs.shape[1]), z.dtype)
            into = np.empty(bordered, z.dtype) if self.padding else self.before.of(before.delta)
            backward += (partial(self.weights(state.parameters).dot, places, found), partial(into.fill, 0.0))
            for (i, j), part in zip(product(range(side), repeat=2), _by_place(found.reshape(each)), strict=True):
                there = into[:, _from(i, maps.rows, self.stride), _from(j, maps.columns, self.stride)]
                backward += (partial(np.add, there, part, there),)
            if self.padding:
                backward += (partial(np.copyto, self.before.of(before.delta), into[inside]),)
        return BoundLayer(self, inputs, z, a, delta, weights, slot, forward, backward)


def _by_place(found: Array) -> list[Array]:
    """What belongs to each place of a kernel, of (channels, k, k, rows, columns, batch)."""
    return [found[:, i, j] for i, j in product(range(found.shape[1]), range(found.shape[2]))]


class Pooling(Struct, frozen=True):
    """Makes pictures smaller: of each square of pixels one is left, the largest, or their mean.

        max      a[c, i, j] = max over u, v < s of x[c, s i + u, s j + v],  dC/dx = dC/da for that pixel, else 0
        average  a[c, i, j] = their mean,                                   dC/dx = dC/da / s**2 for each

    The squares do not overlap; pixels at the lower and the right border that fill no square are left out.

    Note: PyTorch's `MaxPool2d` and `AvgPool2d` with their usual stride. Of equal pixels the first has the gradient.
    Reference: LeCun, Bottou, Bengio and Haffner, 1998, section II.B (average); Riesenhuber and Poggio, 1999,
    Hierarchical models of object recognition in cortex (max).
    """

    name: str
    before: Maps
    side: int  # pixels down and across of a square
    mode: Literal["max", "average"]
    activation: Activation
    size = 0  # of its parameters
    offset = 0

    @property
    def after(self) -> Maps:
        """The sizes of what it answers."""
        return Maps(self.before.channels, self.before.rows // self.side, self.before.columns // self.side)

    @property
    def inputs(self) -> int:
        return self.before.units

    @property
    def units(self) -> int:
        return self.after.units

    def bind(self, before: Wire, after: Wire, state: State, first: bool) -> BoundLayer:
        x, a, delta, maps = before.values, after.values, after.delta, self.after
        answers, slopes = maps.of(a), maps.of(delta)
        corners = [
            (slice(None), _from(i, maps.rows, self.side), _from(j, maps.columns, self.side))
            for i, j in product(range(self.side), repeat=2)
        ]
        pixels = [self.before.of(x)[corner] for corner in corners]
        join = np.maximum if self.mode == "max" else np.add
        forward: Ops = (partial(np.copyto, answers, pixels[0]),)
        forward += tuple(partial(join, answers, one, out=answers) for one in pixels[1:])
        share = constant(1.0 / self.side**2, a)
        forward += () if self.mode == "max" else (partial(np.multiply, answers, share, answers),)
        backward: Ops = ()
        if not first:
            into = self.before.of(before.delta)
            backward += (partial(into.fill, 0.0),)  # of pixels that fill no square
            left, hit = np.empty(answers.shape, bool), np.empty(answers.shape, bool)
            backward += (partial(left.fill, True),)
            for corner, one in zip(corners, pixels, strict=True):
                if self.mode == "average":
                    backward += (partial(np.multiply, slopes, share, into[corner]),)
                    continue
                backward += (
                    partial(np.equal, one, answers, hit),
                    partial(np.logical_and, hit, left, hit),
                    partial(np.multiply, slopes, hit, into[corner]),
                    partial(np.logical_xor, left, hit, left),
                )
        none = state.parameters[:0]
        return BoundLayer(self, x, a, a, delta, none, none, forward, backward)
