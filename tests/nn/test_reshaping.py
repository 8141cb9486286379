"""What the settings of a model become when its network is reshaped by hand."""

import pytest

from nnsim.errors import ScenarioError
from nnsim.nn.architecture import ModelSettings, build_network
from nnsim.nn.surgery import activated, deepened, resized, shortened

SHORT = {"hidden": [3, 2]}
MIXED = {"hidden": [3, 2], "activation": ["relu", "tanh"]}
LONG = {
    "layers": [
        {"kind": "dense", "units": 3},
        {"kind": "batch-norm"},
        {"kind": "residual", "layers": [{"kind": "dense", "units": 3, "activation": "relu"}, {"kind": "dropout"}]},
        {"kind": "dense", "units": 5},
    ]
}


def shape(model, settings=None):
    changed = {**model, **{key.removeprefix("model."): value for key, value in (settings or {}).items()}}
    layers = build_network(ModelSettings(**changed), 2, 1).layers
    return [layer.units for layer in layers], [type(layer.activation).__name__.lower() for layer in layers]


@pytest.mark.parametrize(
    ("model", "change", "units", "kinds"),
    [
        (SHORT, lambda m: resized(m, 0, 2), [5, 2, 1], None),
        (SHORT, lambda m: deepened(m, 0), [3, 3, 2, 1], None),
        (SHORT, lambda m: deepened(m, 2), [3, 2, 2, 1], None),
        (SHORT, lambda m: shortened(m, 0), [2, 1], None),
        (SHORT, lambda m: activated(m, 1, "relu"), [3, 2, 1], ["sigmoid", "relu", "sigmoid"]),
        (SHORT, lambda m: activated(m, 2, "tanh"), [3, 2, 1], ["sigmoid", "sigmoid", "tanh"]),
        (MIXED, lambda m: deepened(m, 0), [3, 3, 2, 1], ["relu", "relu", "tanh", "sigmoid"]),
        (MIXED, lambda m: shortened(m, 1), [3, 1], ["relu", "sigmoid"]),
        (MIXED, lambda m: activated(m, 0, "tanh"), [3, 2, 1], ["tanh", "tanh", "sigmoid"]),
        (LONG, lambda m: resized(m, 2, -2), [3, 3, 3, 1], None),
        (LONG, lambda m: deepened(m, 3), [3, 3, 5, 5, 1], None),
        (LONG, lambda m: shortened(m, 2), [3, 3, 1], None),
        (LONG, lambda m: activated(m, 1, "elu"), [3, 3, 5, 1], ["sigmoid", "elu", "sigmoid", "sigmoid"]),
        ({}, lambda m: deepened(m, 0), [4, 1], None),
    ],
)
def test_one_layer_changes_and_the_others_stay(model, change, units, kinds):
    before = shape(model)
    found = shape(model, change(ModelSettings(**model)))
    assert found[0] == units
    assert kinds is None or found[1] == kinds
    assert shape(model) == before  # what was given is not touched


@pytest.mark.parametrize("model", [SHORT, LONG, {}])
def test_the_output_layer_is_neither_resized_nor_removed(model):
    settings = ModelSettings(**model)
    last = len(shape(model)[0]) - 1
    for change in (lambda: resized(settings, last, 1), lambda: shortened(settings, last)):
        with pytest.raises(ScenarioError, match="allowed: a hidden layer"):
            change()


def test_a_layer_keeps_a_unit():
    with pytest.raises(ScenarioError, match="needs a unit"):
        resized(ModelSettings(**SHORT), 1, -2)
