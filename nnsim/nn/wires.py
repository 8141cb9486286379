"""Wires: the arrays between layers, and what a layer is when it is bound to them.

A layer reads the values of one wire and writes those of the next. Backwards it finds dC/da of its outputs in the
next wire's `delta`, turns it into dC/dz there, and writes dC/da of its inputs into the `delta` of the wire before.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from nnsim.nn.activations import Activation, Backward, KnownSlope
from nnsim.nn.arrays import Array, Ops
from nnsim.nn.initializers import RandomSource


class Layer(Protocol):
    """What every layer has, whichever it is."""

    @property
    def name(self) -> str: ...

    @property
    def inputs(self) -> int: ...

    @property
    def units(self) -> int: ...

    @property
    def activation(self) -> Activation: ...


@dataclass(frozen=True)
class Wire:
    """Values between layers, (units, batch), above a row of ones for the bias, and dC/d(values) on the way back."""

    padded: Array
    values: Array  # (units, batch)
    z: Array  # (units, batch): what the values are made of by the activation of the layer before
    delta: Array  # (units, batch)

    @classmethod
    def empty(cls, units: int, batch: int, like: Array) -> "Wire":
        """A wire for so many units, in the precision of `like`."""
        return cls.over(np.empty((units + 1, batch), like.dtype), units)

    @classmethod
    def over(cls, padded: Array, units: int) -> "Wire":
        """A wire whose values lie in an array, (units + 1, batch), or, without the ones, (units, batch)."""
        padded[...] = 1.0
        batch, like = padded.shape[1], padded
        z, delta = np.empty((units, batch), like.dtype), np.empty((units, batch), like.dtype)
        return cls(padded, padded[:units], z, delta)

    def fork(self) -> "Wire":
        """The same values with a delta of their own, where two layers read them."""
        return replace(self, delta=np.empty_like(self.delta))


@dataclass(frozen=True)
class State:
    """What layers read and write besides the wires."""

    parameters: Array  # (parameters,)
    gradient: Array  # (parameters,)
    statistics: Array  # (statistics,): what layers learn without a gradient
    rng: RandomSource
    training: bool  # else inference: nothing is drawn and nothing is learnt
    negated: Array | None = None  # -parameters, where layers shall find -z without computing z


@dataclass(frozen=True)
class BoundLayer:
    """The arrays of one layer for one batch width, and the operations between them."""

    layer: Layer
    inputs: Array  # (rows, batch): what comes in, with the row of ones where there is a bias
    z: Array  # (units, batch)
    outputs: Array  # (units, batch)
    delta: Array  # (units, batch): dC/dz
    weights: Array  # a view of the parameters, of a dense layer (rows, units)
    gradient: Array  # a view of the gradient, likewise
    forward: Ops
    backward: Ops
    draw: Ops = ()  # what comes before `forward` in training: random numbers
    learn: Ops = ()  # what comes after: running statistics
    inner: "tuple[BoundLayer, ...]" = ()  # the layers inside a residual connection
    complete: Ops = ()  # what computes z for those who look at it, where `forward` does without it
    slope: KnownSlope | None = None  # f'(z), where operations outside the layer find it

    @property
    def back(self) -> Backward:
        """How dC/da of the outputs becomes dC/dz."""
        return self.layer.activation if self.slope is None else self.slope

    def finish(self) -> Ops:
        """Operations that turn dC/da of the outputs into dC/dz, where the loss has not done so."""
        return self.back.backward(self.z, self.outputs, self.delta)
