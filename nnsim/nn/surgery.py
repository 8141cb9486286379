"""Reshaping a network by hand: what the settings of its model become when a layer gets another unit, or goes.

A layer is meant by its number among the dense ones, counted from 0; the last of them is the output layer, which has
a unit for every target and is neither resized nor removed.
"""

import copy
from collections.abc import Mapping
from typing import Any

from nnsim.errors import ScenarioError
from nnsim.nn.architecture import ModelSettings

FIRST_UNITS = 4  # of a hidden layer where there was none

Settings = dict[str, Any]


def resized(model: ModelSettings, layer: int, by: int) -> Settings:
    """The settings with so many more units in a hidden layer.  Raises: ScenarioError for the output layer."""
    if model.layers:
        layers, (row, place) = _found(model, layer)
        row[place]["units"] = _units(layer, row[place]["units"] + by)
        return {"model.layers": layers}
    if layer >= len(model.hidden):
        raise ScenarioError("the output layer has a unit for every target (allowed: a hidden layer)")
    hidden = list(model.hidden)
    hidden[layer] = _units(layer, hidden[layer] + by)
    return {"model.hidden": hidden}


def _units(layer: int, units: int) -> int:
    if units < 1:
        raise ScenarioError(f"layer{layer + 1}: needs a unit (/ takes the layer away)")
    return units


def deepened(model: ModelSettings, layer: int) -> Settings:
    if model.layers:
        layers, (row, place) = _found(model, min(layer, _dense(model.layers) - 1))
        row.insert(place + 1, dict(row[place]))
        return {"model.layers": layers}
    hidden, at = list(model.hidden), min(layer, len(model.hidden) - 1)
    hidden.insert(at + 1, hidden[at] if hidden else FIRST_UNITS)
    if not isinstance(model.activation, list):
        return {"model.hidden": hidden}
    activations = list(model.activation)
    activations.insert(at + 1, activations[at] if activations else ModelSettings().activation)
    return {"model.hidden": hidden, "model.activation": activations}


def shortened(model: ModelSettings, layer: int) -> Settings:
    """The settings without this hidden layer.  Raises: ScenarioError where it is the output layer."""
    if model.layers:
        layers, (row, place) = _found(model, layer)
        del row[place]
        return {"model.layers": layers}
    if layer >= len(model.hidden):
        raise ScenarioError("the output layer stays (allowed: a hidden layer)")
    hidden = [*model.hidden[:layer], *model.hidden[layer + 1 :]]
    if not isinstance(model.activation, list):
        return {"model.hidden": hidden}
    return {"model.hidden": hidden, "model.activation": [*model.activation[:layer], *model.activation[layer + 1 :]]}


def activated(model: ModelSettings, layer: int, kind: str) -> Settings:
    if model.layers and layer < _dense(model.layers):
        layers, (row, place) = _found(model, layer)
        row[place]["activation"] = kind
        return {"model.layers": layers}
    if model.layers or layer >= len(model.hidden):
        return {"model.output": kind}
    several = isinstance(model.activation, list)
    activations = list(model.activation) if several else [model.activation] * len(model.hidden)
    activations[layer] = kind
    return {"model.activation": activations if any(one != kind for one in activations) else kind}


def _places(layers: list[Any]) -> list[tuple[list[Any], int]]:
    """Where the dense layers stand, in their order: the list, which may be inside a residual connection."""
    found: list[tuple[list[Any], int]] = []
    for index, one in enumerate(layers):
        if isinstance(one, Mapping) and one.get("kind") == "dense":
            found.append((layers, index))
        elif isinstance(one, Mapping) and isinstance(one.get("layers"), list):
            found += _places(one["layers"])
    return found


def _dense(layers: list[Any]) -> int:
    return len(_places(layers))


def _found(model: ModelSettings, layer: int) -> tuple[list[Any], tuple[list[Any], int]]:
    """A copy of all layers, and the place of a dense one in it.  Raises: ScenarioError for the output layer."""
    layers = copy.deepcopy(model.layers)
    places = _places(layers)
    if not 0 <= layer < len(places):
        raise ScenarioError("the output layer stays as it is (allowed: a hidden layer)")
    return layers, places[layer]
