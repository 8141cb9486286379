"""How many parameters a network has, and where they start."""

from functools import partial

import numpy as np
import pytest

from nnsim.nn.activations import Sigmoid
from nnsim.nn.initializers import (
    INITIALIZERS,
    ConstantWeights,
    GivenWeights,
    He,
    LeCun,
    Normal,
    Orthogonal,
    Uniform,
    Xavier,
    Zeros,
)
from nnsim.nn.network import Network


@pytest.mark.parametrize(
    ("sizes", "bias", "count"),
    [
        ([784, 15, 10], True, 11_935),  # 11,910 weights and 25 biases
        ([784, 15, 10], False, 11_910),
        ([2, 2, 1], False, 6),
        ([2, 2, 1], True, 9),
        ([2, 4, 1], True, 17),
        ([4, 4, 1], False, 20),
        ([1, 1], True, 2),
    ],
)
def test_parameters_are_counted_layer_by_layer(golden, sizes, bias, count):
    network = Network.dense(sizes, [Sigmoid()] * (len(sizes) - 1), bias)
    assert network.size == count
    assert network.describe() == "-".join(map(str, sizes))
    flat = np.arange(count, dtype=float)
    parts = [
        part for layer in network.layers for part in (layer.weights(flat), layer.biases(flat)) if part is not None
    ]
    assert sorted(np.concatenate([part.ravel() for part in parts])) == flat.tolist()
    assert "11,935" in golden["haystack"]["mnist network"]


def test_weights_are_drawn_layer_by_layer_in_the_layout_named_and_biases_are_zero():
    network = Network.dense([3, 4, 2], [Sigmoid(), Sigmoid()], True)
    for layout in ("in-out", "out-in"):
        flat = network.initial(Normal(deviation=0.5, layout=layout), rng=np.random.RandomState(7))
        stream = 0.5 * np.random.RandomState(7).randn(3 * 4 + 4 * 2)
        first, second = stream[:12], stream[12:]
        if layout == "in-out":
            expected = first.reshape(3, 4), second.reshape(4, 2)
        else:
            expected = first.reshape(4, 3).T, second.reshape(2, 4).T
        for layer, weights in zip(network.layers, expected, strict=True):
            assert np.array_equal(layer.weights(flat), weights)
            assert not layer.biases(flat).any()


def test_uniform_gives_the_bits_of_two_times_random_minus_one():
    drawn = Uniform(low=-1.0, high=1.0).draw((50, 40), rng=np.random.RandomState(1))
    assert np.array_equal(drawn, 2 * np.random.RandomState(1).random_sample((50, 40)) - 1)


@pytest.mark.parametrize("layout", ["in-out", "out-in"])
@pytest.mark.parametrize(
    ("initializer", "variance"),
    [
        (Xavier, 2 / (200 + 300)),
        (partial(Xavier, distribution="uniform"), 2 / (200 + 300)),
        (He, 2 / 200),
        (partial(He, distribution="uniform"), 2 / 200),
        (LeCun, 1 / 200),
        (partial(LeCun, distribution="uniform"), 1 / 200),
        (Normal, 0.1**2),
        (Uniform, 2**2 / 12),
        (Zeros, 0.0),
    ],
)
def test_variance(initializer, variance, layout):
    weights = initializer(layout=layout).draw((200, 300), rng=np.random.default_rng(3))
    assert weights.shape == (200, 300)
    # 60,000 numbers: the variance is known to about sqrt(2 / 60000) = 0.6 %, the mean to sigma / 245.
    assert weights.var() == pytest.approx(variance, rel=0.03)
    assert abs(weights.mean()) <= 5 * np.sqrt(variance / weights.size)


def test_uniform_initializers_stay_within_their_bound():
    weights = He(distribution="uniform").draw((50, 40), rng=np.random.default_rng(1))
    bound = np.sqrt(6 / 50)  # PyTorch's kaiming_uniform_ with a gain of sqrt(2)
    assert 0.99 * bound < np.abs(weights).max() <= bound


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4)])
@pytest.mark.parametrize("layout", ["in-out", "out-in"])
def test_orthogonal_weights_keep_lengths(shape, layout):
    weights = Orthogonal(gain=2.0, layout=layout).draw(shape, rng=np.random.default_rng(2))
    assert weights.shape == shape
    small = weights.T @ weights if shape[0] >= shape[1] else weights @ weights.T
    assert np.allclose(small, 4.0 * np.eye(min(shape)), atol=1e-14)


def test_constant_is_constant():
    weights = ConstantWeights(value=0.25).draw((3, 2), rng=np.random.default_rng(0))
    assert (weights == 0.25).all()


def test_every_initializer_is_named_in_a_scenario():
    assert {Xavier, He, LeCun, Normal, Uniform, Zeros, ConstantWeights, Orthogonal, GivenWeights} == set(
        INITIALIZERS.values()
    )
