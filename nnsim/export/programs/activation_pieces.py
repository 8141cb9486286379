"""Activations in a program: how f(z) is written, and how dC/da becomes dC/dz."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from nnsim.export.programs.program import number, piece_of
from nnsim.nn import activations as nn


@dataclass(frozen=True)
class ActivationPiece:
    """An activation as source text.

    Args: forward: f, from {z}. back: dC/dz, from {d} = dC/da, {z} and {a}. define: the function that `forward`
    calls, where it is one. Settings stand in the texts by their names, as {slope}.
    """

    forward: str
    back: str
    define: str = ""


SIGMOID = """
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
"""
SILU = """
def silu(z):
    return z / (1 + np.exp(-z))


def silu_slope(z):
    s = 1 / (1 + np.exp(-z))
    return s * (1 + z * (1 - s))
"""
EXACT_GELU = """
def below(z):  # the share of normal numbers below z; NumPy has no error function
    from math import erfc, sqrt

    return np.array([erfc(one) / 2 for one in (z.ravel() * -sqrt(0.5)).tolist()], z.dtype).reshape(z.shape)


def gelu(z):
    return z * below(z)


def gelu_slope(z):
    return below(z) + z * np.exp(-z * z / 2) * 0.3989422804014327
"""
GELU = """
def gelu(z):
    return z * (1 + np.tanh(0.7978845608028654 * (z + 0.044715 * z**3))) / 2


def gelu_slope(z):
    t = np.tanh(0.7978845608028654 * (z + 0.044715 * z**3))
    return (1 + t) / 2 + z * (1 - t**2) * 0.7978845608028654 * (1 + 0.134145 * z**2) / 2
"""
SOFTMAX = """
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
"""

ACTIVATIONS: dict[type[nn.Activation], ActivationPiece | Callable[..., ActivationPiece]] = {
    nn.ELU: ActivationPiece(
        "np.where({z} > 0, {z}, {alpha} * np.expm1(np.minimum({z}, 0)))",
        "np.where({z} > 0, {d}, {d} * ({a} + {alpha}))",
    ),
    nn.GELU: lambda one: ActivationPiece(
        "gelu({z})", "{d} * gelu_slope({z})", GELU if one.approximate == "tanh" else EXACT_GELU
    ),
    nn.LeakyReLU: ActivationPiece("np.where({z} > 0, {z}, {slope} * {z})", "np.where({z} > 0, {d}, {slope} * {d})"),
    nn.Linear: ActivationPiece("{z}", "{d}"),
    nn.ReLU: ActivationPiece("np.maximum({z}, 0)", "{d} * ({z} > 0)"),
    nn.Sigmoid: ActivationPiece("sigmoid({z})", "{d} * ({a} * (1 - {a}))", SIGMOID),
    nn.SiLU: ActivationPiece("silu({z})", "{d} * silu_slope({z})", SILU),
    nn.Softmax: ActivationPiece("softmax({z})", "{a} * ({d} - np.sum({a} * {d}, axis=1, keepdims=True))", SOFTMAX),
    nn.Softplus: ActivationPiece("np.logaddexp({z}, 0)", "{d} * -np.expm1(-{a})"),
    nn.Tanh: ActivationPiece("np.tanh({z})", "{d} * (1 - {a} * {a})"),
}


def activation_piece(activation: nn.Activation) -> ActivationPiece:
    """The piece of an activation, with its settings put in.  Raises: NnsimError where there is none."""
    found = piece_of(ACTIVATIONS, activation, "activation")
    piece = found if isinstance(found, ActivationPiece) else found(activation)
    return ActivationPiece(_set(piece.forward, activation), _set(piece.back, activation), piece.define)


def _set(text: str, activation: nn.Activation) -> str:
    for name, value in msgspec.structs.asdict(activation).items():
        if isinstance(value, float):
            text = text.replace("{" + name + "}", number(value))
    return text
