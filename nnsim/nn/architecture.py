"""Architecture: what a scenario says of its layers, and the network made from it.

The short form names the units of the hidden layers, all dense: `hidden = [8, 8]`. The long form lists every layer
before the output layer: `layers = [{kind = "dense", units = 8}, {kind = "dropout", rate = 0.2}]`. Either way a
dense output layer with a unit for every target comes last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from nnsim.components import Part, Real, build_part
from nnsim.errors import ScenarioError
from nnsim.nn.activations import ACTIVATIONS, Activation, Linear, Softmax
from nnsim.nn.initializers import INITIALIZERS, Initializer
from nnsim.nn.layers import (
    AnyLayer,
    BatchNorm,
    Convolution,
    Dense,
    Dropout,
    LayerNormalization,
    Maps,
    Pooling,
    Residual,
)
from nnsim.nn.network import Network

Unit = Annotated[int, Meta(ge=1, le=16_384)]
MAX_LAYERS = 64
MAX_DEPTH = 4  # residual connections inside each other


class LayerSettings(Part, frozen=True):
    """What a scenario says of one layer."""

    group: ClassVar[str] = ""


class DenseSettings(LayerSettings, frozen=True):
    """A dense layer; what it leaves out is as the model says: activation, bias, initializer."""

    units: Unit
    activation: Any = None
    bias: bool | None = None
    initializer: Any = None


class ConvolutionSettings(LayerSettings, frozen=True):
    """Lay kernels of `kernel` x `kernel` pixels on every place of a picture, so many `filters` of them.

    The inputs are a picture where the data say so (`digits`, `data.picture`). `stride` pixels lie between two
    places, `padding` rows and columns of zeros around the picture.
    """

    filters: Annotated[int, Meta(ge=1, le=256)]
    kernel: Annotated[int, Meta(ge=1, le=32)] = 3
    stride: Annotated[int, Meta(ge=1, le=32)] = 1
    padding: Annotated[int, Meta(ge=0, le=31)] = 0
    activation: Any = None
    bias: bool | None = None
    initializer: Any = None


class PoolingSettings(LayerSettings, frozen=True):
    """Leave one pixel of each square of `size` x `size`: the largest, or their mean."""

    size: Annotated[int, Meta(ge=1, le=32)] = 2
    mode: Literal["max", "average"] = "max"


class DropoutSettings(LayerSettings, frozen=True):
    """Silence a share of the units at random in every step of training."""

    rate: Annotated[float, Meta(ge=0.0, lt=1.0)] = 0.5


class BatchNormSettings(LayerSettings, frozen=True):
    """Bring every unit to mean 0 and variance 1 over the batch.

    Where the activation is to come after it, the dense layer before has `activation = "linear"`.
    """

    activation: Any = "linear"
    momentum: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.1
    epsilon: Annotated[float, Meta(gt=0.0, le=1.0)] = 1e-5


class LayerNormSettings(LayerSettings, frozen=True):
    """Bring every row to mean 0 and variance 1 over the units of the layer before.

    Where the activation is to come after it, that layer has `activation = "linear"`.
    """

    activation: Any = "linear"
    epsilon: Annotated[float, Meta(gt=0.0, le=1.0)] = 1e-5


class ResidualSettings(LayerSettings, frozen=True):
    """Add what goes into `layers` to what comes out of them; the last of them has as many units as come in."""

    layers: Annotated[list[Any], Meta(min_length=1, max_length=MAX_LAYERS)]
    activation: Any = "linear"


LAYERS: dict[str, type[LayerSettings]] = {
    "batch-norm": BatchNormSettings,
    "convolution": ConvolutionSettings,
    "dense": DenseSettings,
    "dropout": DropoutSettings,
    "layer-norm": LayerNormSettings,
    "pooling": PoolingSettings,
    "residual": ResidualSettings,
}


class ModelSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A network: its hidden layers in the short or the long form, and what all layers have in common.

    `activation` may be a list with an entry for every hidden layer. `output_bias` is what the biases of the output
    layer begin with: a number, or `base-rate`, with which a network that knows nothing answers how often each class
    comes in the training rows, or the mean of the targets. `output_initializer` draws the weights of the output
    layer where they are not to be drawn as the others: from zeros a network begins with one answer to all rows.
    """

    hidden: Annotated[list[Unit], Meta(max_length=MAX_LAYERS)] = []
    layers: Annotated[list[Any], Meta(max_length=MAX_LAYERS)] = []
    activation: Any = "sigmoid"
    output: Any = "sigmoid"
    bias: bool = True
    output_bias: Real | Literal["base-rate"] = 0.0
    initializer: Any = "xavier"
    output_initializer: Any = None


def build_network(
    model: ModelSettings, inputs: int, outputs: int, picture: tuple[int, int] | None = None
) -> Network:
    """The network of `[model]` for so many inputs and outputs.

    Args: picture: rows and columns of the picture whose pixels the inputs are, where they are some.
    Raises: ScenarioError naming the key.
    """
    if model.hidden and model.layers:
        raise ScenarioError("model.layers: cannot stand beside model.hidden (allowed: one of the two)")
    output, rule = build_part(ACTIVATIONS, model.output, "model.output"), None
    if model.output_initializer is not None:
        rule = build_part(INITIALIZERS, model.output_initializer, "model.output_initializer")
    if isinstance(model.activation, list):
        activations = _listed(model)
        common: Activation = output
    else:
        common = build_part(ACTIVATIONS, model.activation, "model.activation")
        activations = [common] * len(model.hidden)
    if not model.layers:
        return Network.dense([inputs, *model.hidden, outputs], [*activations, output], model.bias, rule)
    builder = _Builder(model, common, None if picture is None else Maps(1, *picture))
    stack = builder.row(model.layers, inputs, "model.layers", 0)
    stack += (builder.dense(stack[-1].units, outputs, output, model.bias, rule),)
    return Network(stack)


def _listed(model: ModelSettings) -> list[Activation]:
    if model.layers:
        raise ScenarioError("model.activation: is a list, but model.layers names its own (allowed: one kind)")
    if len(model.activation) != len(model.hidden):
        raise ScenarioError(
            f"model.activation: {len(model.activation)} entries "
            f"(allowed: {len(model.hidden)}, one for every hidden layer)"
        )
    return [build_part(ACTIVATIONS, one, f"model.activation[{i}]") for i, one in enumerate(model.activation)]


@dataclass
class _Builder:
    """Hands out names and places in the flat vectors, layer by layer."""

    model: ModelSettings
    activation: Activation
    maps: Maps | None = None  # the pictures that the layers so far answer; None where they answer none
    offset: int = 0
    statistics: int = 0
    count: int = 0

    def __post_init__(self) -> None:
        self._named: dict[str, int] = {}

    def row(self, settings: Sequence[object], inputs: int, key: str, depth: int) -> tuple[AnyLayer, ...]:
        layers: list[AnyLayer] = []
        for index, one in enumerate(settings):
            self.count += 1
            if self.count > MAX_LAYERS:
                raise ScenarioError(f"{key}: more than {MAX_LAYERS} layers in all (allowed: {MAX_LAYERS})")
            layer = self.layer(one, inputs, f"{key}[{index}]", depth)
            layers.append(layer)
            inputs = layer.units
        return tuple(layers)

    def layer(self, value: object, inputs: int, key: str, depth: int) -> AnyLayer:
        match build_part(LAYERS, value, key):
            case DenseSettings() as one:
                self.maps = None
                return self.dense(inputs, one.units, *self.chosen(one, key))
            case ConvolutionSettings() as one:
                return self.convolution(one, key)
            case PoolingSettings() as one:
                before = self.pictures(key, one.size, 0)
                pooling = Pooling(self.name("pooling"), before, one.size, one.mode, Linear())
                self.maps = pooling.after
                return pooling
            case DropoutSettings() as one:
                return Dropout(self.name("dropout"), inputs, one.rate, Linear())
            case BatchNormSettings() as one:
                if self.maps is not None:
                    raise ScenarioError(
                        f"{key}.kind: 'batch-norm' normalizes units, not pictures"
                        " (allowed: layer-norm, or batch-norm behind a dense layer)"
                    )
                activation = build_part(ACTIVATIONS, one.activation, f"{key}.activation")
                name, offset, statistics = self.name("norm"), self.offset, self.statistics
                self.offset += 2 * inputs
                self.statistics += 2 * inputs
                return BatchNorm(name, inputs, activation, one.momentum, one.epsilon, offset, statistics)
            case LayerNormSettings() as one:
                activation = build_part(ACTIVATIONS, one.activation, f"{key}.activation")
                name, offset = self.name("norm"), self.offset
                self.offset += 2 * inputs
                return LayerNormalization(name, inputs, activation, one.epsilon, offset)
            case ResidualSettings() as one:
                if depth == MAX_DEPTH:
                    raise ScenarioError(
                        f"{key}: is too deep (allowed: {MAX_DEPTH} residual connections in each other)"
                    )
                activation = build_part(ACTIVATIONS, one.activation, f"{key}.activation")
                maps = self.maps
                inner = self.row(one.layers, inputs, f"{key}.layers", depth + 1)
                if inner[-1].units != inputs or self.maps not in (None, maps):
                    came = inner[-1].units if self.maps in (None, maps) else self.maps
                    raise ScenarioError(
                        f"{key}.layers: {came} units come out (allowed: {maps or inputs}, as many as go in)"
                    )
                self.maps = maps
                return Residual(self.name("residual"), inputs, activation, inner)
            case other:
                raise TypeError(f"{type(other).__name__} makes no layer")

    def chosen(
        self, one: DenseSettings | ConvolutionSettings, key: str
    ) -> tuple[Activation, bool, Initializer | None]:
        """Activation, bias and initializer of a layer, where it says nothing else those of the model."""
        activation, rule = self.activation, None
        if one.activation is not None:
            activation = build_part(ACTIVATIONS, one.activation, f"{key}.activation")
        if one.initializer is not None:
            rule = build_part(INITIALIZERS, one.initializer, f"{key}.initializer")
        return activation, self.model.bias if one.bias is None else one.bias, rule

    def pictures(self, key: str, side: int, padding: int) -> Maps:
        """What a layer with windows of so many pixels down and across reads.  Raises: ScenarioError."""
        if self.maps is None:
            raise ScenarioError(
                f"{key}: reads pictures, and what comes in is none (allowed: behind data of pictures, as digits or"
                " with data.picture, and no dense layer between)"
            )
        rows, columns = self.maps.rows + 2 * padding, self.maps.columns + 2 * padding
        if side > min(rows, columns):
            raise ScenarioError(
                f"{key}: a window of {side} x {side} pixels is larger than the picture (allowed: at most"
                f" {min(rows, columns)}, of {rows} x {columns})"
            )
        return self.maps

    def convolution(self, one: ConvolutionSettings, key: str) -> Convolution:
        activation, bias, rule = self.chosen(one, key)
        if isinstance(activation, Softmax):
            raise ScenarioError(
                f"{key}.activation: softmax makes shares of units, not of pixels (allowed: another)"
            )
        before = self.pictures(key, one.kernel, one.padding)
        name = self.name("convolution")
        sizes = one.filters, one.kernel, one.stride, one.padding
        layer = Convolution(name, before, *sizes, bias, activation, self.offset, rule)
        self.offset += layer.size
        self.maps = layer.after
        return layer

    def dense(
        self, inputs: int, units: int, activation: Activation, bias: bool, initializer: Initializer | None
    ) -> Dense:
        layer = Dense(self.name("layer"), inputs, units, bias, activation, self.offset, initializer)
        self.offset += layer.size
        return layer

    def name(self, kind: str) -> str:
        """layer1, layer2, norm1, ..."""
        self._named[kind] = self._named.get(kind, 0) + 1
        return f"{kind}{self._named[kind]}"
