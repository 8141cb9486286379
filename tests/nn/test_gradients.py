"""Every gradient agrees with PyTorch's autograd and with central differences; so do batch statistics."""

import msgspec
import numpy as np
import pytest
from gradients import FILE, backpropagated, by_differences, cases, difference, truth

from nnsim.components import build_part
from nnsim.nn.architecture import ModelSettings, build_network
from nnsim.nn.arrays import perform
from nnsim.nn.initializers import Zeros
from nnsim.nn.losses import LOSSES
from nnsim.nn.network import bind


def test_the_cases_are_every_loss_with_every_activation_and_layer():
    names = [case["name"].rsplit(", ", 1)[0] for case, _, _ in cases()]
    assert len(names) == len(set(names)) == 12 * 11 * 6
    assert FILE.stat().st_size < 500_000


@pytest.mark.parametrize(("precision", "bound_on"), [(np.float64, 1e-11), (np.float32, 1e-4)])
def test_losses_and_gradients_are_pytorchs(precision, bound_on):
    for case, value, expected in cases():
        network, _, gradient = backpropagated(case, precision)
        assert gradient.dtype == network.outputs.dtype == precision
        assert abs(network.value() - value) <= bound_on * abs(value), case["name"]
        assert difference(gradient, expected) <= bound_on, case["name"]


def test_gradients_are_central_differences():
    for case, _, _ in cases():
        network, parameters, gradient = backpropagated(case)
        assert difference(by_differences(network, parameters), gradient) <= 1e-6, case["name"]


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
    network, parameters, gradient = backpropagated(case)
    assert difference(by_differences(network, parameters), gradient) <= 1e-6
