"""The rules of an update for many networks at once: penalties, clipping, decay and bounds, the members last.

A setting is a number, or an array with one number a member. The optimizers themselves work on such arrays as they
are (`nnsim.optim`).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec
import numpy as np

from nnsim.nn.arrays import Array, Op, Ops
from nnsim.nn.network import Dense, Network
from nnsim.optim.clipping import Clipping, GlobalNorm, LayerNorm, Value
from nnsim.optim.regularization import Regularization

S = TypeVar("S", bound=msgspec.Struct)


def joined(parts: Sequence[S], which: Any) -> S:
    """One part whose settings are arrays where parts differ, (members,).

    Args: parts: of one kind, equal but for numbers. which: the part of each member, (members,).
    """
    first, changes = parts[0], dict[str, Any]()
    for name in first.__struct_fields__:
        values = [getattr(one, name) for one in parts]
        if any(value != values[0] for value in values):
            changes[name] = np.array(values, np.float64)[which]
    return msgspec.structs.replace(first, **changes) if changes else first


def taken(part: S, members: Any) -> S:
    """The same part for some of its members."""
    arrays = {name: getattr(part, name) for name in part.__struct_fields__}
    changes = {name: value[members] for name, value in arrays.items() if isinstance(value, np.ndarray)}
    return msgspec.structs.replace(part, **changes) if changes else part


def _setting(value: Any, like: Array) -> Array:
    return np.asarray(value, like.dtype)


def penalize(regularization: Regularization, mask: Array, parameters: Array, gradient: Array) -> Ops:
    """Operations that add the slopes of both penalties to the gradient; mask: (parameters, 1)."""
    l1, l2 = (mask * _setting(one, mask) for one in (regularization.l1, regularization.l2))
    slope = np.zeros_like(parameters)
    ops: list[Op] = [partial(np.multiply, parameters, l2, slope)]
    if np.any(regularization.l1):
        sign = np.zeros_like(parameters)
        ops += [
            partial(np.sign, parameters, sign),
            partial(np.multiply, sign, l1, sign),
            partial(np.add, slope, sign, slope),
        ]
    return (*ops, partial(np.add, gradient, slope, gradient))


def clip(clipping: Clipping, gradient: Array, clipped: Array, layers: tuple[slice, ...]) -> Ops:
    """Operations that write the bounded gradient of every member into `clipped`, (parameters, members)."""
    if isinstance(clipping, Value):
        limit = _setting(clipping.limit, gradient)
        return (
            partial(np.maximum, gradient, np.negative(limit), out=clipped),
            partial(np.minimum, clipped, limit, out=clipped),
        )
    assert isinstance(clipping, GlobalNorm | LayerNorm), "others are trained one by one"
    parts = (slice(None),) if isinstance(clipping, GlobalNorm) else layers
    return tuple(op for one in parts for op in _shortened(gradient[one], clipped[one], clipping.limit))


def _shortened(gradient: Array, clipped: Array, limit: Any) -> Ops:
    """c = g * min(1, limit / (|g| + 1e-6)), a member at a time."""
    length, ones = np.empty(gradient.shape[1], gradient.dtype), np.ones(gradient.shape[1], gradient.dtype)
    return (
        partial(np.multiply, gradient, gradient, clipped),
        partial(np.add.reduce, clipped, 0, None, length),
        partial(np.sqrt, length, length),
        partial(np.add, length, _setting(1e-6, length), length),
        partial(np.divide, _setting(limit, length), length, length),
        partial(np.minimum, length, ones, out=length),  # a length that is no number stays none
        partial(np.multiply, gradient, length, clipped),
    )


def around(
    regularization: Regularization, network: Network, mask: Array, parameters: Array, rate: Array, update: Ops
) -> Ops:
    """An optimizer's update with decay before it and the bound on each unit's weights behind it."""
    if np.any(regularization.weight_decay):
        shrink, decay = np.empty_like(parameters), mask * _setting(regularization.weight_decay, mask)
        update = (
            partial(np.multiply, parameters, decay, shrink),
            partial(np.multiply, shrink, rate, shrink),
            *update,
            partial(np.subtract, parameters, shrink, parameters),
        )
    if regularization.max_norm is not None:
        limit = _setting(regularization.max_norm, parameters)
        update += tuple(_bound(one, parameters, limit, regularization.biases) for one in network.layers)
    return update


def _bound(layer: Dense, parameters: Array, limit: Array, biases: bool) -> Callable[[], object]:
    rows = parameters[layer.offset : layer.offset + layer.size].reshape(layer.rows, layer.units, -1)
    weights = rows if biases else rows[: layer.inputs]

    def shorten() -> None:
        norms = np.sqrt(np.einsum("ius,ius->us", weights, weights))
        if (norms > limit).any():
            np.multiply(weights, np.where(norms > limit, limit / (norms + 1e-7), 1.0), weights)

    return shorten
