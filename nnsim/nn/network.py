"""A dense network over one flat vector of parameters, bound to the arrays of one batch width.

Everything is feature-major: activations are (units, batch), weights (inputs, units), and a layer computes

    z = W.T a_in          (a bias is the last row of W, met by a row of ones below a_in)
    a = f(z)

so that a bias costs no operation of its own, and all parameters and all gradients are one vector each, with a view
per layer.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from nnsim.arrays import Array, Ops
from nnsim.nn.activations import Activation
from nnsim.nn.initializers import Initializer, RandomSource
from nnsim.nn.losses import Loss


@dataclass(frozen=True)
class Dense:
    """One dense layer: so many inputs and units, with or without a bias, and an activation."""

    name: str
    inputs: int
    units: int
    bias: bool
    activation: Activation
    offset: int  # where the layer's parameters begin in the flat vector

    @property
    def rows(self) -> int:
        """Rows of the weight matrix: the inputs, and one more for the bias."""
        return self.inputs + self.bias

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.rows * self.units

    def view(self, flat: Array) -> Array:
        """The layer's part of a flat vector (..., parameters) as (..., rows, units)."""
        part = flat[..., self.offset : self.offset + self.size]
        return part.reshape(*flat.shape[:-1], self.rows, self.units)

    def weights(self, flat: Array) -> Array:
        """The weights alone, (inputs, units)."""
        return self.view(flat)[..., : self.inputs, :]

    def biases(self, flat: Array) -> Array | None:
        """The biases alone, (units,), or None."""
        return self.view(flat)[..., self.inputs, :] if self.bias else None


@dataclass(frozen=True)
class Network:
    """Dense layers in a row."""

    layers: tuple[Dense, ...]

    @classmethod
    def dense(cls, sizes: list[int], activations: list[Activation], bias: bool) -> "Network":
        """A network with sizes [inputs, hidden..., outputs] and one activation per layer after the inputs."""
        layers: list[Dense] = []
        offset = 0
        for index, activation in enumerate(activations):
            layer = Dense(f"layer{index + 1}", sizes[index], sizes[index + 1], bias, activation, offset)
            layers.append(layer)
            offset += layer.size
        return cls(tuple(layers))

    @property
    def size(self) -> int:
        """Number of parameters."""
        return sum(layer.size for layer in self.layers)

    @property
    def inputs(self) -> int:
        return self.layers[0].inputs

    @property
    def outputs(self) -> int:
        return self.layers[-1].units

    def describe(self) -> str:
        """The sizes, as in 2-4-1."""
        return "-".join(str(n) for n in (self.inputs, *(layer.units for layer in self.layers)))

    def initial(self, initializer: Initializer, *, rng: RandomSource) -> Array:
        """Parameters (size,): weights drawn layer by layer from the input on, biases 0."""
        flat = np.zeros(self.size)
        for layer in self.layers:
            layer.weights(flat)[...] = initializer.draw((layer.inputs, layer.units), rng=rng)
        return flat


@dataclass(frozen=True)
class BoundLayer:
    """The arrays of one layer for one batch width, and the operations between them."""

    layer: Dense
    inputs: Array  # (rows, batch): what comes in, with the row of ones where there is a bias
    z: Array  # (units, batch)
    outputs: Array  # (units, batch)
    delta: Array  # (units, batch): dC/dz
    weights: Array  # (rows, units), a view of the parameters
    gradient: Array  # (rows, units), a view of the gradient
    forward: Ops
    backward: Ops


@dataclass(frozen=True)
class BoundNetwork:
    """A network bound to parameters, a gradient, and a batch width."""

    layers: tuple[BoundLayer, ...]
    inputs: Array  # (inputs, batch), to be filled before `forward`
    targets: Array  # (outputs, batch), to be filled before `backward`
    forward: Ops
    delta: Ops  # the loss phase: dC/dz of the last layer
    backward: Ops

    @property
    def outputs(self) -> Array:
        """(outputs, batch)"""
        return self.layers[-1].outputs


def bind(network: Network, loss: Loss, parameters: Array, gradient: Array, batch: int) -> BoundNetwork:
    """Preallocate the arrays of one batch width and bind every operation of forward, loss and backward.

        delta_L = dC/dz_L                                  (the loss)
        dC/dW_l = a_{l-1} delta_l.T
        delta_l = (W_{l+1} delta_{l+1}) * f_l'(z_l)        (without the bias row of W)

    Args: parameters, gradient: flat vectors (size,) that the operations read and write in place.
    """
    dtype = parameters.dtype
    padded = [np.ones((layer.rows, batch), dtype) for layer in network.layers]
    last = network.layers[-1]
    ends = [padded[i + 1][: layer.units] for i, layer in enumerate(network.layers[:-1])]
    ends.append(np.empty((last.units, batch), dtype))
    deltas = [np.empty((layer.units, batch), dtype) for layer in network.layers]
    targets = np.empty((last.units, batch), dtype)

    bound: list[BoundLayer] = []
    for index, layer in enumerate(network.layers):
        weights, slot = layer.view(parameters), layer.view(gradient)
        z, a, delta = np.empty((layer.units, batch), dtype), ends[index], deltas[index]
        backward: Ops = ()
        if index + 1 < len(network.layers):
            following = network.layers[index + 1].weights(parameters)
            backward += (partial(following.dot, deltas[index + 1], delta),)
            slope = np.empty_like(delta)
            derivative = layer.activation.derivative(z, a, slope)
            if derivative is not None:
                backward += (*derivative, partial(np.multiply, delta, slope, delta))
        backward += (partial(padded[index].dot, delta.T, slot),)
        forward: Ops = (partial(weights.T.dot, padded[index], z), *layer.activation.forward(z, a))
        bound.append(BoundLayer(layer, padded[index], z, a, delta, weights, slot, forward, backward))

    end = bound[-1]
    return BoundNetwork(
        layers=tuple(bound),
        inputs=padded[0][: network.inputs],
        targets=targets,
        forward=tuple(op for one in bound for op in one.forward),
        delta=loss.delta(last.activation, end.z, end.outputs, targets, end.delta),
        backward=tuple(op for one in reversed(bound) for op in one.backward),
    )
