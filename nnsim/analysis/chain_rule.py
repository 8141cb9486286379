"""The chain rule of one weight, term by term, and the central difference that checks it.

Everything is read from the arrays of a bound batch as the phases of a step left them, so that the terms are the
very numbers that backpropagation worked with.
"""

from dataclasses import dataclass

import numpy as np
from msgspec import Struct

from nnsim.nn.activations import LeakyReLU, ReLU, Softmax
from nnsim.nn.arrays import Array, perform
from nnsim.nn.network import BoundNetwork, Dense

TOLERANCE = 1e-5  # relative; beyond it, and beyond rounding, the two do not agree


@dataclass(frozen=True)
class Place:
    """A parameter by its layer, input (`source`; the bias is behind the last) and unit, all from 0."""

    layer: int = 0
    source: int = 0
    unit: int = 0

    def within(self, layers: tuple[Dense, ...]) -> "Place":
        layer = min(max(self.layer, 0), len(layers) - 1)
        rows, units = layers[layer].rows, layers[layer].units
        return Place(layer, min(max(self.source, 0), rows - 1), min(max(self.unit, 0), units - 1))

    def index(self, layers: tuple[Dense, ...]) -> int:
        """The parameter's number in the flat vector."""
        layer = layers[self.layer]
        return layer.offset + self.source * layer.units + self.unit


class WeightTerms(Struct, frozen=True):
    """Terms of one weight's gradient, dC/dw = sum over rows of delta * input."""

    deltas: Array  # dC/dz of the unit that the weight leads to, (batch,)
    inputs: Array  # what the weight multiplies, (batch,); ones for a bias
    backprop: float  # what the backward pass found

    @property
    def terms(self) -> Array:
        """The rows' parts of the gradient, (batch,)."""
        return self.deltas * self.inputs

    @property
    def gradient(self) -> float:
        return float(self.terms.sum())


class DeltaTerms(Struct, frozen=True):
    """Where the delta of one unit comes from, for one row.

    delta = (sum over the next layer's units of w * their delta) * f'(z)     before a dense layer
    delta = dC/da * f'(z)                                                    elsewhere
    delta = dC/dz                                                            where the loss is of z itself
    """

    weights: Array  # (next units,), empty where no dense layer follows
    deltas: Array  # likewise
    error: float  # dC/da, the sum of w * delta; NaN where there is none
    slope: float  # f'(z), likewise
    delta: float


@dataclass(frozen=True)
class Check:
    """A central difference, (C(w + h) - C(w - h)) / 2 h, beside backpropagation's gradient."""

    difference: float
    step: float
    relative: float  # their distance, divided by the larger magnitude
    noise: float  # how far rounding of the losses alone can move the difference
    kink: bool  # whether a ReLU turns on or off between w - h and w + h
    agrees: bool

    @property
    def verdict(self) -> str:
        if not np.isfinite(self.difference):
            return "the loss is not finite"
        return "agrees" if self.agrees else "at a kink" if self.kink else "DIFFERS"


def weight_terms(network: BoundNetwork, place: Place) -> WeightTerms:
    """The terms of one weight's gradient, after the backward phase."""
    bound = network.layers[place.layer]
    if place.source < bound.layer.inputs:
        inputs = bound.inputs[place.source].copy()
    else:
        inputs = np.ones_like(bound.delta[place.unit])
    return WeightTerms(bound.delta[place.unit].copy(), inputs, float(bound.gradient[place.source, place.unit]))


def slopes(network: BoundNetwork, layer: int) -> Array:
    """f'(z) of a dense layer's units for every row, (units, batch); NaN for softmax, whose units share one."""
    bound = network.layers[layer]
    slope = np.ones_like(bound.z)
    if isinstance(bound.layer.activation, Softmax):
        return np.full_like(slope, np.nan)
    with np.errstate(all="ignore"):
        perform(bound.layer.activation.backward(bound.z, bound.outputs, slope))
    return slope


def delta_terms(network: BoundNetwork, layer: int, unit: int, row: int) -> DeltaTerms:
    """The parts of a unit's delta for one row of the batch, after the backward phase."""
    bound, none = network.layers[layer], np.empty(0)
    delta = float(bound.delta[unit, row])
    last = bound is network.stack[-1]
    if last and network.loss.from_logits:
        return DeltaTerms(none, none, np.nan, np.nan, delta)
    slope = float(slopes(network, layer)[unit, row])
    if not last and len(network.stack) == len(network.layers):
        following = network.layers[layer + 1]
        weights, deltas = following.weights[unit].copy(), following.delta[:, row].copy()
        return DeltaTerms(weights, deltas, float(weights @ deltas), slope, delta)
    with np.errstate(all="ignore"):
        return DeltaTerms(none, none, float(np.divide(delta, slope)), slope, delta)


def central_difference(network: BoundNetwork, parameters: Array, index: int, gradient: float) -> Check:
    """The central difference of a bound batch's loss along parameter `index`, beside its gradient."""
    before = parameters[index].copy()
    # The cube root of the precision balances the error of the formula against that of rounding.
    step = float(np.cbrt(np.finfo(parameters.dtype).eps)) * max(1.0, abs(float(before)))
    losses, switched = [], []
    with np.errstate(all="ignore"):
        for moved in (before + step, before - step):
            parameters[index] = moved
            perform(network.again)
            switched.append(
                [one.z > 0 for one in network.layers if isinstance(one.layer.activation, (ReLU, LeakyReLU))]
            )
            losses.append(network.value())
        parameters[index] = before
        perform(network.again)
        difference = (losses[0] - losses[1]) / (2 * step)
        size, apart = max(abs(difference), abs(gradient)), abs(difference - gradient)
        noise = float(np.finfo(parameters.dtype).eps) * max(abs(one) for one in losses) / step
        relative = apart / size if size > 0 else 0.0
        kink = any((low != high).any() for low, high in zip(*switched, strict=True))
        return Check(difference, step, relative, noise, bool(kink), bool(apart <= TOLERANCE * size + 8 * noise))
