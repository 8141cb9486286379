"""The Hessian of a loss in one direction: exact products H v, and the largest eigenvalue by power iteration.

The derivative of every number of a pass forward and back, along a direction v of the parameters, is computed beside
the number itself (R is that derivative, p the row of ones for the bias):

    Rz_l = V_l.T a_{l-1} + W_l.T Ra_{l-1},  Ra_l = f'(z_l) Rz_l
    Rd_L = d2C/dz2 Rz_L,  Rd_l = f'(z_l) (V_{l+1} d_{l+1} + W_{l+1} Rd_{l+1}) + f''(z_l) Rz_l (W_{l+1} d_{l+1})
    (H v)_l = Ra_{l-1} d_l.T + a_{l-1} Rd_l.T

so a product costs about two gradients and has no error but rounding.

Reference: Pearlmutter, 1994, Fast exact multiplication by the Hessian.
"""

from collections.abc import Callable, Mapping
from math import sqrt
from typing import Any

import numpy as np
from msgspec import Struct

from nnsim.errors import ScenarioError
from nnsim.nn import activations
from nnsim.nn.activations import Activation
from nnsim.nn.arrays import Array, perform
from nnsim.nn.losses import MAE, MSE, BinaryCrossEntropy, Hinge, Huber, Loss, SoftmaxCrossEntropy
from nnsim.nn.network import BoundNetwork, Dense, Network

NORMAL = 1.0 / sqrt(2.0 * np.pi)


def _sigmoid(z: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-z)))


def _gelu(z: Array, gelu: Any) -> Array:
    if gelu.approximate == "none":
        return np.asarray(NORMAL * np.exp(-0.5 * z * z) * (2.0 - z * z))
    c, k = sqrt(2.0 / np.pi), 0.044715
    t, u, du = np.tanh(c * (z + k * z**3)), c * (1.0 + 3.0 * k * z * z), 6.0 * c * k * z
    return np.asarray((1.0 - t * t) * (u + 0.5 * z * du - z * t * u * u))


def _silu(z: Array) -> Array:
    s = _sigmoid(z)
    return s * (1.0 - s) * (2.0 + z * (1.0 - 2.0 * s))


# f''(z) of each activation, given z, a = f(z) and its settings.
_BENDS: Mapping[type[Activation], Callable[[Array, Array, Any], Array]] = {
    activations.Linear: lambda z, a, f: np.zeros_like(z),
    activations.ReLU: lambda z, a, f: np.zeros_like(z),
    activations.LeakyReLU: lambda z, a, f: np.zeros_like(z),
    activations.Sigmoid: lambda z, a, f: a * (1.0 - a) * (1.0 - 2.0 * a),
    activations.Tanh: lambda z, a, f: -2.0 * a * (1.0 - a * a),
    activations.ELU: lambda z, a, f: np.where(z > 0.0, 0.0, a + f.alpha),
    activations.Softplus: lambda z, a, f: _sigmoid(z) * (1.0 - _sigmoid(z)),
    activations.SiLU: lambda z, a, f: _silu(z),
    activations.GELU: lambda z, a, f: _gelu(z, f),
}
_LOSSES = (MSE, MAE, Huber, BinaryCrossEntropy, SoftmaxCrossEntropy, Hinge)


def why_no_hessian(network: Network, loss: Loss) -> str:
    """Why the second derivatives of a network and a loss are not known here; empty where they are."""
    if not all(isinstance(one, Dense) for one in network.stack):
        return "model.layers: hold more than dense layers"
    if not isinstance(loss, _LOSSES):
        return f"loss: {type(loss).__name__} has no second derivative here"
    *hidden, last = (one.activation for one in network.stack)
    if any(type(one) not in _BENDS for one in hidden) or (not loss.from_logits and type(last) not in _BENDS):
        return "model.activation: has no second derivative here"
    return ""


class Hessian(Struct, frozen=True):
    """The Hessian of a loss at the parameters that a network has been bound to, for the rows that stand in it."""

    network: BoundNetwork  # in inference, its inputs and targets filled
    parameters: Array  # (parameters,): those that it is bound to
    ridge: Array  # (parameters,): what an L2 penalty adds to the diagonal

    def at(self) -> "Callable[[Array], Array]":
        """A pass forward and back; then the product H v of any v, (parameters,) -> (parameters,).

        Raises: ScenarioError where second derivatives are not known.
        """
        network, loss = self.network, self.network.loss
        perform(network.forward)
        perform(network.delta)
        bound = network.layers
        slopes, bends = [], []
        for one in bound[:-1]:
            slope = np.ones_like(one.z)
            perform(one.layer.activation.derivative(one.z, one.outputs, slope) or ())
            slopes.append(slope)
            bends.append(_BENDS[type(one.layer.activation)](one.z, one.outputs, one.layer.activation))
        errors: list[Array] = [np.empty(0)] * len(bound)  # W_{l+1} d_{l+1}
        deltas: list[Array] = [np.empty(0)] * len(bound)
        deltas[-1] = bound[-1].delta.copy()
        weights = [_dense(one.layer).weights(self.parameters) for one in bound]
        for at in range(len(bound) - 2, -1, -1):
            errors[at] = weights[at + 1] @ deltas[at + 1]
            deltas[at] = errors[at] * slopes[at]
        last = _last_bend(loss, bound[-1].layer.activation, bound[-1].z, bound[-1].outputs, network.targets)

        def product(vector: Array) -> Array:
            found = self.ridge * vector
            parts = [_dense(one.layer).view(vector) for one in bound]
            moved: list[Array] = []  # Ra_{l-1} of each layer
            sums: list[Array] = []  # Rz_l
            change = np.zeros((bound[0].layer.inputs, bound[0].z.shape[1]))
            for at, one in enumerate(bound):
                moved.append(change)
                sums.append(parts[at].T @ one.inputs + weights[at].T @ change)
                if at < len(slopes):
                    change = slopes[at] * sums[-1]
            delta = last(sums[-1])
            for at in range(len(bound) - 1, -1, -1):
                layer = _dense(bound[at].layer)
                block = layer.view(found)
                block += bound[at].inputs @ delta.T
                block[: layer.inputs] += moved[at] @ deltas[at].T
                if at:
                    before = at - 1
                    back = parts[at][: layer.inputs] @ deltas[at] + weights[at] @ delta
                    delta = slopes[before] * back + bends[before] * sums[before] * errors[before]
            return found

        return product


def _dense(layer: object) -> Dense:
    assert isinstance(layer, Dense), "why_no_hessian refuses others"
    return layer


def _last_bend(loss: Loss, output: Activation, z: Array, a: Array, y: Array) -> Callable[[Array], Array]:
    """How dC/dz of the last layer changes with z: (d2C/dz2) Rz."""
    match loss:
        case Hinge():
            return np.zeros_like
        case BinaryCrossEntropy():
            yes = y * (1.0 - loss.smoothing) + 0.5 * loss.smoothing
            factor = a * (1.0 - a) * (1.0 - yes + loss.positive_weight * yes) / y.size
            return lambda moved: factor * moved
        case SoftmaxCrossEntropy():
            weights = np.array(loss.weights or [1.0] * len(y))[:, None]
            total = (weights * (y * (1.0 - loss.smoothing) + loss.smoothing / len(y))).sum(axis=0)
            total = total / (weights * y).sum()
            return lambda moved: total * a * (moved - (a * moved).sum(axis=0))
        case _:
            error, slope = a - y, np.ones_like(z)
            perform(output.derivative(z, a, slope) or ())
            first, second = _error_slopes(loss, error)
            factor = second * slope * slope + first * _BENDS[type(output)](z, a, output)
            return lambda moved: factor * moved


def _error_slopes(loss: Loss, error: Array) -> tuple[Array, Array]:
    """The first and the second derivative of a loss by its errors a - y."""
    match loss:
        case MSE():
            twice = 2.0 * loss.scale(error.size)
            return twice * error, np.full_like(error, twice)
        case Huber():
            within = np.abs(error) < loss.threshold
            return np.clip(error, -loss.threshold, loss.threshold) / error.size, within / error.size
        case _:
            return np.sign(error) / error.size, np.zeros_like(error)


class Eigenpair(Struct, frozen=True):
    """An eigenvalue, its vector of length 1, and the products that it took."""

    value: float
    vector: Array
    products: int


def largest_eigenvalue(
    product: Callable[[Array], Array], start: Array, *, tolerance: float = 1e-6, most: int = 1000
) -> Eigenpair:
    """The largest eigenvalue of a symmetric matrix, given as its product with a vector, by power iteration.

        v = H v / |H v|,  value = v . H v, until it changes by less than `tolerance` of itself

    Where the eigenvalue of the largest size is below 0, the matrix is shifted by it: then the largest is the
    longest.

    Args: start: (parameters,), not 0. most: products, of each of the two.
    Reference: Golub and Van Loan, 2013, Matrix computations, section 8.2.1.
    """
    value, vector, products = _iterate(product, start, 0.0, tolerance, most)
    if value < 0.0:
        shift = value
        value, vector, more = _iterate(product, start, -shift, tolerance, most)
        value, products = value + shift, products + more
    return Eigenpair(value, vector, products)


def _iterate(
    product: Callable[[Array], Array], start: Array, shift: float, tolerance: float, most: int
) -> tuple[float, Array, int]:
    vector = start / np.linalg.norm(start)
    value = np.inf
    for count in range(1, most + 1):
        turned = product(vector) + shift * vector
        before, value = value, float(vector.dot(turned))
        length = float(np.linalg.norm(turned))
        if not np.isfinite(length) or length == 0.0:
            return (0.0 if length == 0.0 else float("nan")), vector, count
        vector = turned / length
        if abs(value - before) <= tolerance * abs(value):
            break
    return value, vector, count


def refuse_unknown(network: Network, loss: Loss) -> None:
    """Refuses what has no second derivatives here.  Raises: ScenarioError."""
    if reason := why_no_hessian(network, loss):
        raise ScenarioError(f"train.measure: sharpness cannot be measured: {reason} (allowed: without it)")
