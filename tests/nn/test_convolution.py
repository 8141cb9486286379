"""Convolution and pooling: PyTorch's numbers, central differences, a kernel worked by hand, and what is refused."""

import msgspec
import numpy as np
import pytest
from convolutions import backpropagated, cases, named
from gradients import by_differences, difference

from nnsim.errors import ScenarioError
from nnsim.nn.architecture import ModelSettings, build_network

CASES = {named(layers): (layers, loss, gradient) for layers, loss, gradient in cases()}


@pytest.mark.parametrize(("precision", "most"), [(np.float64, 1e-12), (np.float32, 1e-4)])
@pytest.mark.parametrize("name", CASES)
def test_losses_and_gradients_are_pytorchs(name, precision, most):
    layers, loss, expected = CASES[name]
    network, _, gradient = backpropagated(layers, precision)
    assert gradient.dtype == precision
    assert abs(network.value() - loss) <= most * loss
    assert difference(gradient, expected) <= most


def test_gradients_are_central_differences():
    for name, (layers, _, _) in CASES.items():
        network, parameters, gradient = backpropagated(layers)
        assert difference(by_differences(network, parameters), gradient) <= 1e-6, name


def network_of(*layers, picture=(8, 8)):
    inputs = 64 if picture is None else picture[0] * picture[1]
    return build_network(msgspec.convert({"layers": [*layers]}, ModelSettings), inputs, 10, picture)


def test_names_and_sizes_follow_the_picture():
    convolution = {"kind": "convolution", "filters": 4, "padding": 1, "stride": 2}
    network = network_of({"kind": "convolution", "filters": 8}, {"kind": "pooling"}, convolution)
    assert [(one.name, one.units) for one in network.walk()] == [
        ("convolution1", 8 * 6 * 6),
        ("pooling1", 8 * 3 * 3),
        ("convolution2", 4 * 2 * 2),
        ("layer1", 10),
    ]
    assert network.describe() == "64-8x6x6-8x3x3-4x2x2-10"
    assert network.size == (9 + 1) * 8 + (8 * 9 + 1) * 4 + (16 + 1) * 10
    assert [block.shape for block in network.blocks] == [(9, 8), (8,), (72, 4), (4,), (16, 10), (10,)]


@pytest.mark.parametrize(
    ("layers", "picture", "message"),
    [
        ([{"kind": "pooling"}], None, "model.layers[0]: reads pictures"),
        ([{"kind": "dense", "units": 4}, {"kind": "pooling"}], (8, 8), "model.layers[1]: reads pictures"),
        ([{"kind": "convolution", "filters": 2, "kernel": 9}], (8, 9), "at most 8, of 8 x 9"),
        ([{"kind": "pooling", "size": 4}, {"kind": "pooling", "size": 3}], (8, 8), "at most 2, of 2 x 2"),
        ([{"kind": "batch-norm"}], (8, 8), "model.layers[0].kind: 'batch-norm'"),
        ([{"kind": "convolution", "filters": 2, "activation": "softmax"}], (8, 8), "softmax makes shares"),
        (
            [{"kind": "residual", "layers": [{"kind": "convolution", "filters": 4, "kernel": 5}]}],
            (8, 8),
            "4x4x4 units come out (allowed: 1x8x8, as many as go in)",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_its_key(layers, picture, message):
    with pytest.raises(ScenarioError) as refused:
        network_of(*layers, picture=picture)
    assert message in str(refused.value)
