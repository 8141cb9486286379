"""Regularization: what keeps the weights small, and early stopping, which ends a run before they fit too well.

L1 and L2 are penalties, added to the loss and to its gradient; weight decay and max-norm act on the weights
themselves, beside the optimizer's step.
"""

from functools import partial

import msgspec
import numpy as np
from msgspec import Struct

from nnsim.components import Count, Part, Positive, Rate
from nnsim.nn.arrays import Array, Op, Ops
from nnsim.nn.network import Network


class Regularization(Part, frozen=True):
    """Penalties on large weights, decay, and a bound on the weights that lead into a unit.

        l1            C' = C + l1 * sum |w|                  the gradient gets + l1 * sign(w)
        l2            C' = C + l2 / 2 * sum w**2             the gradient gets + l2 * w
        weight_decay  w = w - rate * weight_decay * w        then the optimizer's step
        max_norm      w_u = w_u * max_norm / (|w_u| + 1e-7)  after it, where |w_u| > max_norm, for each unit u

    The recorded `loss` is C, the loss on the data alone; the sum of both penalties is recorded as `penalty`. Biases
    are left alone unless `biases` says otherwise.

    Note: with its 1/2, l2 is what PyTorch calls `weight_decay` in SGD and Adam (Keras has no 1/2); weight_decay is
    that of AdamW, for any optimizer; max_norm is `torch.renorm`. With plain gradient descent l2 and weight_decay
    are the same, with Adam they are not.
    Reference: Loshchilov and Hutter, 2019, Decoupled weight decay regularization; Srivastava et al., 2014, Dropout,
    section 5.1 (max-norm).
    """

    l1: Rate = 0.0
    l2: Rate = 0.0
    weight_decay: Rate = 0.0
    max_norm: Positive | None = None
    biases: bool = False

    @property
    def penalizes(self) -> bool:
        return bool(self.l1 or self.l2)

    @property
    def moves(self) -> bool:
        return bool(self.weight_decay or self.max_norm is not None)

    def mask(self, network: Network) -> Array:
        """1 where a parameter is regularized, 0 where not, (parameters,)."""
        mask = np.full(network.size, float(self.biases))
        for layer in network.weighted:
            layer.weights(mask)[...] = 1.0
        return mask

    def penalty(self, network: Network, parameters: Array, value: Array) -> "Penalty":
        """The penalty on these parameters, bound to them and to where its value, (1,), goes."""
        return Penalty.bind(self, self.mask(network).astype(parameters.dtype), parameters, value)

    def around(self, network: Network, parameters: Array, rate: Array, change: Array, update: Ops) -> Ops:
        """An optimizer's update with decay before it and the bound on each unit's weights behind it."""
        if self.weight_decay:
            shrink = np.empty_like(parameters)
            decay = (self.mask(network) * self.weight_decay).astype(parameters.dtype)
            update = (
                partial(np.multiply, parameters, decay, shrink),
                partial(np.multiply, shrink, rate, shrink),
                *update,
                partial(np.subtract, parameters, shrink, parameters),
                partial(np.add, change, shrink, change),
            )
        if self.max_norm is not None:
            old = np.empty_like(parameters)
            bounded = [
                partial(_bound, layer.view(parameters) if self.biases else layer.weights(parameters), self.max_norm)
                for layer in network.weighted
            ]
            update = (
                partial(np.copyto, old, parameters),
                *update,
                *bounded,
                partial(np.subtract, old, parameters, change),
            )
        return update


def _bound(weights: Array, limit: float) -> None:
    """Shorten the columns of (inputs, units) that are longer than the limit."""
    norms = np.sqrt(np.einsum("iu,iu->u", weights, weights))
    if (norms > limit).any():
        weights *= np.where(norms > limit, limit / (norms + 1e-7), 1.0)


class Penalty(Struct, frozen=True):
    """The operations that compute a penalty, and the arrays that they write."""

    measure: Ops  # they write both
    value: Array  # (1,)
    slope: Array  # (parameters,): the penalty's gradient

    @classmethod
    def bind(cls, regularization: Regularization, mask: Array, parameters: Array, value: Array) -> "Penalty":
        slope, twice = np.zeros_like(parameters), np.zeros_like(parameters)
        l1, l2 = mask * mask.dtype.type(regularization.l1), mask * mask.dtype.type(regularization.l2)
        ops: list[Op] = [partial(np.multiply, parameters, l2, slope)]
        if regularization.l1:
            # parameters . twice = 2 * penalty: the share of l1 counts double, that of l2 has its half to come.
            sign = np.zeros_like(parameters)
            ops += [
                partial(np.sign, parameters, sign),
                partial(np.multiply, sign, l1, sign),
                partial(np.add, slope, sign, slope),
                partial(np.add, slope, sign, twice),
            ]
        else:
            twice = slope

        def measure() -> None:
            value[0] = 0.5 * parameters.dot(twice)

        return cls((*ops, measure), value, slope)


class EarlyStopping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When to end a run that no longer gets better on the validation rows.

        gain  loss < best - minimum_gain
        stop  after `patience` epochs in a row without gain; the parameters of the best epoch are put back where
              `restore_best` says so

    Note: PyTorch has none; patience counts as in Keras, which by default puts nothing back.
    Reference: Prechelt, 1998, Early stopping - but when?
    """

    patience: Count = 10
    minimum_gain: Rate = 0.0
    restore_best: bool = True

    def init(self, parameters: Array, statistics: Array) -> Array:
        """Best loss, epochs without gain, best parameters and statistics, (rows, parameters)."""
        rows = 3 + -(-statistics.size // parameters.size)
        memory = np.zeros((rows, parameters.size), parameters.dtype)
        memory[0] = np.inf
        return memory

    def observe(self, loss: float, parameters: Array, statistics: Array, memory: Array) -> bool:
        """Takes the validation loss of an epoch; at the end restores the best state.  Returns: whether to stop."""
        if loss < memory.item(0, 0) - self.minimum_gain:
            memory[0], memory[1], memory[2] = loss, 0.0, parameters
            memory[3:].reshape(-1)[: statistics.size] = statistics
            return False
        memory[1] += 1.0
        if memory.item(1, 0) < self.patience:
            return False
        if self.restore_best and np.isfinite(memory.item(0, 0)):
            np.copyto(parameters, memory[2])
            np.copyto(statistics, memory[3:].reshape(-1)[: statistics.size])
        return True

    def over(self, memory: Array) -> bool:
        return bool(memory.item(1, 0) >= self.patience)
