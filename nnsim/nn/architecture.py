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
from nnsim.nn.activations import ACTIVATIONS, Activation, Linear
from nnsim.nn.initializers import INITIALIZERS, Initializer
from nnsim.nn.layers import AnyLayer, BatchNorm, Dense, Dropout, LayerNormalization, Residual
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
    "dense": DenseSettings,
    "dropout": DropoutSettings,
    "layer-norm": LayerNormSettings,
    "residual": ResidualSettings,
}


class ModelSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A network: its hidden layers in the short or the long form, and what all layers have in common.

    `activation` may be a list with an entry for every hidden layer. `output_bias` is what the biases of the output
    layer begin with: a number, or `base-rate`, with which a network that knows nothing answers how often each class
    comes in the training rows, or the mean of the targets.
    """

    hidden: Annotated[list[Unit], Meta(max_length=MAX_LAYERS)] = []
    layers: Annotated[list[Any], Meta(max_length=MAX_LAYERS)] = []
    activation: Any = "sigmoid"
    output: Any = "sigmoid"
    bias: bool = True
    output_bias: Real | Literal["base-rate"] = 0.0
    initializer: Any = "xavier"


def build_network(model: ModelSettings, inputs: int, outputs: int) -> Network:
    """The network of `[model]` for so many inputs and outputs.  Raises: ScenarioError naming the key."""
    if model.hidden and model.layers:
        raise ScenarioError("model.layers: cannot stand beside model.hidden (allowed: one of the two)")
    output = build_part(ACTIVATIONS, model.output, "model.output")
    if isinstance(model.activation, list):
        activations = _listed(model)
        common: Activation = output
    else:
        common = build_part(ACTIVATIONS, model.activation, "model.activation")
        activations = [common] * len(model.hidden)
    if not model.layers:
        return Network.dense([inputs, *model.hidden, outputs], [*activations, output], model.bias)
    builder = _Builder(model, common)
    stack = builder.row(model.layers, inputs, "model.layers", 0)
    stack += (builder.dense(stack[-1].units, outputs, output, model.bias, None),)
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
                chosen = self.activation
                if one.activation is not None:
                    chosen = build_part(ACTIVATIONS, one.activation, f"{key}.activation")
                bias = self.model.bias if one.bias is None else one.bias
                rule = None
                if one.initializer is not None:
                    rule = build_part(INITIALIZERS, one.initializer, f"{key}.initializer")
                return self.dense(inputs, one.units, chosen, bias, rule)
            case DropoutSettings() as one:
                return Dropout(self.name("dropout"), inputs, one.rate, Linear())
            case BatchNormSettings() as one:
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
                inner = self.row(one.layers, inputs, f"{key}.layers", depth + 1)
                if inner[-1].units != inputs:
                    raise ScenarioError(
                        f"{key}.layers: {inner[-1].units} units come out (allowed: {inputs}, as many as go in)"
                    )
                return Residual(self.name("residual"), inputs, activation, inner)
            case other:
                raise TypeError(f"{type(other).__name__} makes no layer")

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
