"""What a scenario says of its layers becomes that network, or a sentence about what is wrong."""

import numpy as np
import pytest

from nnsim.components import build_struct
from nnsim.errors import ScenarioError
from nnsim.nn.architecture import ModelSettings, build_network
from nnsim.nn.initializers import ConstantWeights
from nnsim.scenario.scenario import parse_scenario
from nnsim.training.trainer import Trainer


def network_of(**model):
    return build_network(build_struct(ModelSettings, model, "model"), 2, 1)


def test_the_long_form_of_a_dense_network_is_the_short_one():
    long = network_of(layers=[{"kind": "dense", "units": 3}, {"kind": "dense", "units": 4, "activation": "tanh"}])
    short = network_of(hidden=[3, 4], activation=["sigmoid", "tanh"])
    assert long == short


def test_places_in_the_flat_vectors():
    network = network_of(
        layers=[
            {"kind": "dense", "units": 3, "bias": False, "initializer": "zeros"},
            {"kind": "batch-norm"},
            {"kind": "dropout", "rate": 0.1},
            {"kind": "residual", "layers": [{"kind": "dense", "units": 3}, {"kind": "batch-norm"}]},
        ]
    )
    names = [(one.name, one.size) for one in network.walk()]
    expected = [("layer1", 6), ("norm1", 6), ("dropout1", 0), ("layer2", 12), ("norm2", 6), ("residual1", 0)]
    assert names == [*expected, ("layer3", 4)]
    assert network.size == 34
    places = np.concatenate([one.view(np.arange(34)).ravel() for one in network.trained])
    assert places.tolist() == list(range(34))
    flat = network.initial(ConstantWeights(), rng=np.random.default_rng(0))
    assert flat[:12].tolist() == [0] * 6 + [1] * 3 + [0] * 3
    assert network.initial_statistics().tolist() == [0, 0, 0, 1, 1, 1] * 2


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"hidden": [2], "layers": ["dropout"]}, r"model.layers: cannot stand beside model.hidden"),
        ({"layers": [{"kind": "dense"}]}, r"model.layers\[0\].units: is missing"),
        (
            {"layers": [{"kind": "dens", "units": 2}]},
            r"model.layers\[0\].kind: 'dens' is not known, did you mean 'dense'",
        ),
        ({"layers": ["dropout", {"kind": "dropout", "rate": 1.0}]}, r"model.layers\[1\].rate: 1.0 is not allowed"),
        (
            {"layers": [{"kind": "residual", "layers": [{"kind": "dense", "units": 3}]}]},
            r"model.layers\[0\].layers: 3 units come out \(allowed: 2",
        ),
        ({"hidden": [2, 2], "activation": ["relu"]}, r"model.activation: 1 entries \(allowed: 2"),
        ({"hidden": [2], "activation": ["rely"]}, r"model.activation\[0\].kind: 'rely' is not known"),
        ({"layers": ["dropout"], "activation": ["relu"]}, r"model.activation: is a list"),
        ({"layers": [{"kind": "dense", "units": 2, "activation": "x"}]}, r"model.layers\[0\].activation.kind: 'x'"),
    ],
)
def test_what_is_wrong_is_named(model, message):
    with pytest.raises(ScenarioError, match=message):
        network_of(**model)


def test_residual_connections_in_each_other_end_somewhere():
    inner = {"kind": "dropout"}
    for _ in range(6):
        inner = {"kind": "residual", "layers": [inner]}
    with pytest.raises(ScenarioError, match=r"is too deep \(allowed: 4"):
        network_of(layers=[inner])


@pytest.mark.parametrize(
    ("loss", "output", "message"),
    [
        ("binary-cross-entropy", "linear", r"needs outputs between 0 and 1"),
        ("softmax-cross-entropy", "sigmoid", r"needs shares of 1 as outputs"),
    ],
)
def test_losses_that_do_not_fit_their_outputs(loss, output, message):
    text = 'title = "t"\nsummary = "s"\n[data]\nkind = "circle"\n'
    with pytest.raises(ScenarioError, match=message):
        parse_scenario(f'{text}[loss]\nkind = "{loss}"\n[model]\noutput = "{output}"', name="t", source="t")


def test_dropout_keeps_its_share_and_its_mean():
    text = """
title = "t"
summary = "s"
[data]
kind = "circle"
n = 4000
[model]
layers = [{kind = "dense", units = 5, activation = "linear"}, {kind = "dropout", rate = 0.3}]
"""
    trainer = Trainer(parse_scenario(text, name="t", source="t").plan())
    network = trainer.enter("forward")
    dense, dropped = network.stack[0], network.stack[1]
    kept = dropped.outputs != 0.0
    assert kept.mean() == pytest.approx(0.7, abs=0.02)  # 20,000 draws: a deviation of 0.003
    assert np.allclose(dropped.outputs[kept], dense.outputs[kept] / 0.7, rtol=1e-15)


def test_single_precision_is_single_all_the_way():
    text = """
title = "t"
summary = "s"
[data]
kind = "circle"
n = 30
[model]
layers = [{kind = "dense", units = 4, activation = "gelu"}, {kind = "batch-norm"}, {kind = "dropout"}]
[train]
precision = "float32"
batch_size = 7
"""
    trainer = Trainer(parse_scenario(text, name="t", source="t").plan())
    trainer.advance(4)
    network = trainer.enter("forward")
    arrays = [
        array for one in network.walk() for array in (one.z, one.outputs, one.delta, one.weights, one.gradient)
    ]
    arrays += [
        trainer.parameters,
        trainer.change,
        trainer.statistics,
        network.scored,
        trainer.evaluate().predictions,
    ]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


@pytest.mark.parametrize("form", [{"hidden": [3]}, {"layers": [{"kind": "dense", "units": 3}]}])
def test_the_output_layer_can_begin_otherwise_than_the_others(form):
    network = network_of(**form, initializer="he", output_initializer="zeros")
    flat = network.initial(ConstantWeights(value=0.5), rng=np.random.default_rng(0))
    hidden, output = network.layers
    assert (hidden.weights(flat) == 0.5).all()
    assert (output.weights(flat) == 0.0).all()
