"""Every gradient agrees with PyTorch's autograd and with central differences; so do batch statistics."""

import json
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import pytest

from nnsim.arrays import perform
from nnsim.nn.architecture import ModelSettings, build_network
from nnsim.nn.initializers import Zeros
from nnsim.nn.losses import LOSSES
from nnsim.nn.network import bind
from nnsim.parts import build_part

FILE = Path(__file__).parents[1] / "data" / "torch_gradients.npz"


class Given:
    """A source of random numbers that gives those that PyTorch was given."""

    def __init__(self, numbers):
        self.numbers = numbers

    def random(self, size):
        return self.numbers[: int(np.prod(size))].reshape(size)


@cache
def truth():
    with np.load(FILE, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def cases():
    start = 0
    for index, case in enumerate(json.loads(str(truth()["cases"]))):
        yield case, truth()["losses"][index], truth()["gradients"][start : start + case["size"]]
        start += case["size"]


def bound(case, precision=np.float64):
    """The network of a case with everything in place, its parameters and its gradient."""
    known = truth()
    network = build_network(msgspec.convert(case["model"], ModelSettings), 3, 3)
    assert network.size == case["size"]
    parameters = known["parameters"][: network.size].astype(precision)
    gradient = np.full(network.size, np.nan, precision)
    loss = build_part(LOSSES, case["loss"], "loss")
    one = bind(network, loss, parameters, gradient, 6, rng=Given(known["uniforms"]))
    one.inputs[...] = known["inputs"].T
    one.targets[...] = known[f"targets_{case['targets']}"].T
    return one, parameters, gradient


def difference(one, other):
    """The largest difference, relative to the largest entry."""
    return np.abs(one - other).max() / np.abs(other).max()


def test_the_cases_are_every_loss_with_every_activation_and_layer():
    names = [case["name"].rsplit(", ", 1)[0] for case, _, _ in cases()]
    assert len(names) == len(set(names)) == 8 * 9 * 5
    assert FILE.stat().st_size < 500_000


@pytest.mark.parametrize(("precision", "bound_on"), [(np.float64, 1e-11), (np.float32, 1e-4)])
def test_losses_and_gradients_are_pytorchs(precision, bound_on):
    for case, value, expected in cases():
        network, _, gradient = bound(case, precision)
        for ops in (network.forward, network.delta, network.backward):
            perform(ops)
        assert gradient.dtype == network.outputs.dtype == precision
        assert abs(network.value() - value) <= bound_on * abs(value), case["name"]
        assert difference(gradient, expected) <= bound_on, case["name"]


def test_gradients_are_central_differences():
    step = 1e-5
    for case, _, _ in cases():
        network, parameters, gradient = bound(case)
        for ops in (network.forward, network.delta, network.backward):
            perform(ops)
        numeric = np.empty_like(gradient)
        for i, kept in enumerate(parameters.copy()):
            values = []
            for moved in (kept - step, kept + step):
                parameters[i] = moved
                perform(network.again)
                values.append(network.value())
            parameters[i] = kept
            numeric[i] = (values[1] - values[0]) / (2 * step)
        assert difference(numeric, gradient) <= 1e-6, case["name"]


def test_batch_normalization_follows_pytorch_in_training_and_inference():
    known = truth()
    model = ModelSettings(layers=[{"kind": "batch-norm"}], output="linear", bias=False)
    network = build_network(model, 3, 3)
    parameters = network.initial(Zeros(), rng=np.random.default_rng(0))
    network.layers[0].weights(parameters)[...] = np.eye(3)
    gradient, statistics = np.zeros(network.size), network.initial_statistics()
    loss = build_part(LOSSES, "mse", "loss")
    rng = np.random.default_rng(0)
    training = bind(network, loss, parameters, gradient, 6, statistics=statistics, rng=rng)
    for batch, expected in zip(known["batches"], known["normalized"], strict=True):
        training.inputs[...] = batch.T
        perform(training.forward)
        assert np.allclose(training.outputs.T, expected, rtol=1e-12, atol=1e-14)
    assert np.allclose(statistics.reshape(2, 3), known["running"], rtol=1e-13)
    inference = bind(network, loss, parameters, gradient, 6, statistics=statistics)
    inference.inputs[...] = known["batches"][0].T
    perform(inference.forward)
    assert np.allclose(inference.outputs.T, known["inferred"], rtol=1e-12, atol=1e-14)
    assert np.allclose(statistics.reshape(2, 3), known["running"], rtol=1e-13)


STACKS = {
    "residual first": [
        {"kind": "residual", "layers": [{"kind": "dense", "units": 3, "activation": "tanh"}]},
        {"kind": "batch-norm", "activation": "sigmoid"},
    ],
    "batch norm first": [{"kind": "batch-norm"}, {"kind": "dense", "units": 2, "activation": "softplus"}],
    "dropout first": [{"kind": "dropout", "rate": 0.3}, {"kind": "dense", "units": 2, "activation": "elu"}],
    "residual in residual": [
        {"kind": "dense", "units": 4, "activation": "gelu"},
        {
            "kind": "residual",
            "activation": "tanh",
            "layers": [
                {"kind": "residual", "layers": [{"kind": "dense", "units": 4, "activation": "softmax"}]},
                {"kind": "dropout", "rate": 0.5},
            ],
        },
    ],
}


@pytest.mark.parametrize("name", sorted(STACKS))
def test_gradients_of_layers_in_any_order_are_central_differences(name):
    model = {"layers": STACKS[name], "output": "linear"}
    size = build_network(msgspec.convert(model, ModelSettings), 3, 3).size
    case = {"model": model, "loss": "mse", "targets": "real", "size": size}
    network, parameters, gradient = bound(case)
    for ops in (network.forward, network.delta, network.backward):
        perform(ops)
    numeric = np.empty_like(gradient)
    for i, kept in enumerate(parameters.copy()):
        values = []
        for moved in (kept - 1e-5, kept + 1e-5):
            parameters[i] = moved
            perform(network.again)
            values.append(network.value())
        parameters[i] = kept
        numeric[i] = (values[1] - values[0]) / 2e-5
    assert difference(numeric, gradient) <= 1e-6
