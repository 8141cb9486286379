"""Single parameters by name: `parameters.layer1.weight[2,1]`, `parameters.layer1.bias[1]`.

Inputs and units are counted from 1, as they are drawn: `weight[2,1]` leads from input 2 to unit 1 of the layer.
Layers that normalize have `gamma[1]` and `beta[1]`. In `parameters.convolution1.weight[5,2]` the input is a place
in the kernel, channel by channel and row by row, and the unit a filter.
"""

import math
import re

from nnsim.components import nearest
from nnsim.errors import ScenarioError
from nnsim.nn.layers import BatchNorm, Convolution, Dense, LayerNormalization
from nnsim.nn.network import Network
from nnsim.text import quote

PREFIX = "parameters."
LARGEST = 1e12  # of a value
_KEY = re.compile(r"parameters\.([a-z]+\d{1,9})\.([a-z]{1,20})\[(\d{1,9})(?:,(\d{1,9}))?\]")
_ROWS = ("gamma", "beta")  # of a layer's view, where it has no weights


def names_parameter(key: str) -> bool:
    return key.startswith(PREFIX)


def parameter_key(layer: Dense | Convolution | BatchNorm | LayerNormalization, row: int, unit: int) -> str:
    """The key of a parameter by its place in the layer's view, counted from 0; a bias is the last row."""
    if not isinstance(layer, Dense | Convolution):
        return f"{PREFIX}{layer.name}.{_ROWS[row]}[{unit + 1}]"
    if row == layer.weight_shape[0]:
        return f"{PREFIX}{layer.name}.bias[{unit + 1}]"
    return f"{PREFIX}{layer.name}.weight[{row + 1},{unit + 1}]"


def parameter_index(network: Network, key: str) -> int:
    """The place of a parameter in the flat vector.  Raises: ScenarioError naming the key and what is allowed."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise ScenarioError(
            f"{quote(key)[1:-1]}: names no parameter"
            " (allowed: parameters.layer1.weight[input,unit], parameters.layer1.bias[unit], counted from 1)"
        )
    name, kind, first, second = found.groups()
    layers = {layer.name: layer for layer in network.trained}
    if name not in layers:
        allowed = ", ".join([*layers][:6]) + (", ..." if len(layers) > 6 else "")
        raise ScenarioError(f"{key}: there is no {name}{nearest(name, [*layers])} (allowed: {allowed})")
    layer = layers[name]
    if isinstance(layer, Dense | Convolution):
        kinds, (inputs, units) = (("weight", "bias") if layer.bias else ("weight",)), layer.weight_shape
    else:
        kinds, inputs, units = _ROWS, 0, layer.units
    if kind not in kinds or (second is not None) != (kind == "weight"):
        forms = ", ".join(f"{one}[input,unit]" if one == "weight" else f"{one}[unit]" for one in kinds)
        raise ScenarioError(f"{key}: {name} has no such parameter (allowed: {forms})")
    unit = int(second or first) - 1
    row = int(first) - 1 if second else inputs or kinds.index(kind)
    if not 0 <= unit < units or (second and not 0 <= row < inputs):
        allowed = f"inputs 1 to {inputs:,}, " if second else ""
        raise ScenarioError(f"{key}: is not there (allowed: {allowed}units 1 to {units:,})")
    return layer.offset + row * units + unit


def parameter_value(key: str, value: object) -> float:
    """A value as a parameter can have it.  Raises: ScenarioError naming key, value and what is allowed."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or abs(value) > LARGEST:  # type: ignore[arg-type]
        raise ScenarioError(
            f"{key}: {quote(value)} is not allowed (allowed: a number from {-LARGEST:g} to {LARGEST:g})"
        )
    return float(value)  # type: ignore[arg-type]
