"""Layers in a program: the lines of the forward pass, and those of the backward pass in the opposite order."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from nnsim.export.programs.activation_pieces import activation_piece
from nnsim.export.programs.convolution_pieces import convolved, convolved_back, pooled, pooled_back
from nnsim.export.programs.program import number
from nnsim.nn.activations import Activation, Linear
from nnsim.nn.layers import (
    AnyLayer,
    BatchNorm,
    Convolution,
    Dense,
    Dropout,
    LayerNormalization,
    Pooling,
    Residual,
)


@dataclass
class ForwardText:
    """The lines of a forward pass: what is drawn before it, itself, and what is learnt after it.

    Args: x: the name of the inputs of the step.
    """

    x: str
    draw: list[str] = field(default_factory=list)
    pass_: list[str] = field(default_factory=list)
    learn: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[str]:
        return [*self.draw, *self.pass_, *self.learn]


@dataclass(frozen=True)
class LayerNames:
    """What the arrays of a layer are called: what comes in, the sums, what comes out."""

    inputs: str
    z: str
    outputs: str


def place(layer: AnyLayer) -> str:
    """The number in a layer's name."""
    return layer.name.lstrip("abcdefghijklmnopqrstuvwxyz")


def parameter_names(layer: AnyLayer) -> list[str]:
    """What a layer learns by its gradient, in the order of the flat vector."""
    k = place(layer)
    if isinstance(layer, Dense | Convolution):
        weights, biases = ("W", "b") if isinstance(layer, Dense) else ("K", "bK")
        return [f"{weights}{k}", f"{biases}{k}"] if layer.bias else [f"{weights}{k}"]
    return [f"norm{k}_gamma", f"norm{k}_beta"] if isinstance(layer, BatchNorm | LayerNormalization) else []


def names_of(layer: AnyLayer, inputs: str, training: bool = True) -> LayerNames:
    """The names of a layer's arrays, where `inputs` comes in."""
    k = place(layer)
    straight = isinstance(layer.activation, Linear)
    match layer:
        case Dense():
            return LayerNames(inputs, f"z{k}", f"z{k}" if straight else f"a{k}")
        case Convolution():
            return LayerNames(inputs, f"c{k}", f"c{k}" if straight else f"ac{k}")
        case Pooling():
            return LayerNames(inputs, f"pooled{k}", f"pooled{k}")
        case Dropout():
            kept = f"kept{k}" if training and layer.rate else inputs
            return LayerNames(inputs, kept, kept)
        case BatchNorm() | LayerNormalization():
            return LayerNames(inputs, f"n{k}", f"n{k}" if straight else f"an{k}")
        case Residual():
            return LayerNames(inputs, f"r{k}", f"r{k}" if straight else f"ar{k}")


def row_names(layers: Iterable[AnyLayer], inputs: str, training: bool = True) -> list[LayerNames]:
    """The names of the arrays of layers in a row."""
    found = []
    for layer in layers:
        found.append(names_of(layer, inputs, training))
        inputs = found[-1].outputs
    return found


def _activated(activation: Activation, names: LayerNames) -> list[str]:
    if isinstance(activation, Linear):
        return []
    piece = activation_piece(activation)
    return [f"{names.outputs} = {piece.forward.format(z=names.z)}"]


def forward(layers: Iterable[AnyLayer], inputs: str, training: bool, text: ForwardText) -> str:
    """Adds the lines of layers in a row.  Returns: the name of what comes out."""
    for layer in layers:
        names, k = names_of(layer, inputs, training), place(layer)
        match layer:
            case Dense():
                bias = f" + b{k}" if layer.bias else ""
                text.pass_.append(f"{names.z} = {inputs} @ W{k}{bias}")
            case Convolution():
                text.pass_ += convolved(layer, k, inputs, names.z)
            case Pooling():
                text.pass_ += pooled(layer, k, inputs, names.outputs)
            case Dropout():
                if names.outputs != inputs:
                    drawn = (
                        f"rng.random(({layer.units}, len({text.x}))).T"  # as nnsim has it, a unit after the other
                    )
                    text.draw.append(f"mask{k} = {drawn} >= {number(layer.rate)}")
                    text.pass_.append(f"{names.outputs} = {inputs} * mask{k} * {_louder(layer)}")
            case BatchNorm():
                _normalize(layer, names, training, text)
            case LayerNormalization():
                x, epsilon = names.inputs, number(layer.epsilon)
                text.pass_ += [
                    f"spread{k} = np.sqrt({x}.var(axis=1, keepdims=True) + {epsilon})",
                    f"xhat{k} = ({x} - {x}.mean(axis=1, keepdims=True)) / spread{k}",
                    f"{names.z} = norm{k}_gamma * xhat{k} + norm{k}_beta",
                ]
            case Residual():
                inner = forward(layer.layers, inputs, training, text)
                text.pass_.append(f"{names.z} = {inputs} + {inner}")
        text.pass_ += _activated(layer.activation, names)
        inputs = names.outputs
    return inputs


def _louder(layer: Dropout) -> str:
    """The factor of the units that are kept, so that their mean stays."""
    return number(1.0 / (1.0 - layer.rate))


def _normalize(layer: BatchNorm, names: LayerNames, training: bool, text: ForwardText) -> None:
    k, x = place(layer), names.inputs
    mean, var = (f"mean{k}", f"var{k}") if training else (f"running_mean{k}", f"running_var{k}")
    if training:
        text.pass_ += [f"{mean}, {var} = {x}.mean(axis=0), {x}.var(axis=0)"]
        keep, new = number(1.0 - layer.momentum), number(layer.momentum)
        unbiased = f"len({text.x}) / max(len({text.x}) - 1, 1) * {var}"
        text.learn += [
            f"running_mean{k} = {keep} * running_mean{k} + {new} * {mean}",
            f"running_var{k} = {keep} * running_var{k} + {new} * {unbiased}",
        ]
    text.pass_ += [
        f"xhat{k} = ({x} - {mean}) / np.sqrt({var} + {number(layer.epsilon)})",
        f"{names.z} = norm{k}_gamma * xhat{k} + norm{k}_beta",
    ]


def backward(layers: tuple[AnyLayer, ...], inputs: str, slope: str, first: bool, summed: bool = False) -> list[str]:
    """The lines that lead dC/d(outputs), called `slope`, back through layers in a row.

    Args: first: whether nobody needs dC/d(inputs). summed: whether `slope` is dC/dz of the last layer already.
    """
    found: list[str] = []
    rows = row_names(layers, inputs)
    for index in reversed(range(len(layers))):
        layer, names, k = layers[index], rows[index], place(layers[index])
        last, before = index == len(layers) - 1, f"d{names.inputs}"
        foremost = first and index == 0
        if not isinstance(layer.activation, Linear) and not (last and summed):
            piece = activation_piece(layer.activation)
            found.append(f"d{names.z} = {piece.back.format(d=slope, z=names.z, a=names.outputs)}")
            slope = f"d{names.z}"
        match layer:
            case Dense():
                found.append(f"dW{k} = {names.inputs}.T @ {slope}")
                found += [f"db{k} = {slope}.sum(axis=0)"] if layer.bias else []
                found += [] if foremost else [f"{before} = {slope} @ W{k}.T"]
            case Convolution():
                found += convolved_back(layer, k, slope, before, foremost)
            case Pooling():
                found += [] if foremost else pooled_back(layer, k, slope, before)
            case Dropout():
                if names.outputs != names.inputs:
                    found += [] if foremost else [f"{before} = {slope} * mask{k} * {_louder(layer)}"]
                elif before != slope:
                    found.append(f"{before} = {slope}")
            case BatchNorm():
                found += [
                    f"dnorm{k}_gamma = np.sum({slope} * xhat{k}, axis=0)",
                    f"dnorm{k}_beta = {slope}.sum(axis=0)",
                ]
                if not foremost:
                    spread = f"norm{k}_gamma / np.sqrt(var{k} + {number(layer.epsilon)})"
                    mean = f"(dnorm{k}_beta + xhat{k} * dnorm{k}_gamma) / len({slope})"
                    found.append(f"{before} = {spread} * ({slope} - {mean})")
            case LayerNormalization():
                found += [
                    f"dnorm{k}_gamma = np.sum({slope} * xhat{k}, axis=0)",
                    f"dnorm{k}_beta = {slope}.sum(axis=0)",
                ]
                if not foremost:
                    mean = f"xhat{k} * np.mean(dxhat{k} * xhat{k}, axis=1, keepdims=True)"
                    centred = f"dxhat{k} - np.mean(dxhat{k}, axis=1, keepdims=True) - {mean}"
                    found += [f"dxhat{k} = {slope} * norm{k}_gamma", f"{before} = ({centred}) / spread{k}"]
            case Residual():
                found += backward(layer.layers, names.inputs, slope, foremost)
                found += [] if foremost else [f"{before} = {before} + {slope}"]
        slope = before
    return found
