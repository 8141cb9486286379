"""Operations that layers share, and sums over many steps, give the bits that each alone gives."""

import numpy as np
import pytest

from nnsim.nn.activations import ReLU, Sigmoid, Tanh
from nnsim.nn.arrays import perform
from nnsim.nn.losses import MSE, SoftmaxCrossEntropy
from nnsim.nn.network import Network, bind


@pytest.mark.parametrize("activation", [Sigmoid(), Tanh(), ReLU()], ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no-bias"])
@pytest.mark.parametrize("batch", [1, 5, 40])
def test_slopes_found_at_once_are_those_of_each_layer(activation, bias, batch):
    rng = np.random.default_rng(batch)
    network, loss = Network.dense([3, 4, 2, 2], [activation] * 3, bias), MSE()
    parameters = rng.normal(size=network.size)
    inputs, targets = rng.normal(size=(3, batch)), rng.normal(size=(2, batch))
    gradients, sums = [], []
    for more in (0, network.room(loss, batch)):
        gradient = np.full(network.size, np.nan)
        bound = bind(network, loss, parameters, gradient, batch, room=np.full(2 * batch + more, np.nan))
        bound.inputs[...], bound.targets[...] = inputs, targets
        perform((*bound.forward, *bound.delta, *bound.backward, *bound.complete))
        gradients.append(gradient)
        sums.append([layer.z.copy() for layer in bound.layers])
    assert np.isfinite(gradients[0]).all()
    assert np.array_equal(gradients[0], gradients[1])
    # A layer whose sums the forward pass never writes down still shows them to whoever looks.
    assert all(np.array_equal(one, other) for one, other in zip(*sums, strict=True))


def test_softmax_cross_entropy_of_a_step_is_the_same_among_others_and_alone():
    rng, loss = np.random.default_rng(3), SoftmaxCrossEntropy()
    for _ in range(60):
        steps, units, batch = rng.integers(1, 6), rng.integers(2, 20), rng.integers(1, 5)
        logits, targets = rng.normal(size=(2, steps, units, batch)) * 5.0
        targets = np.exp(targets) / np.exp(targets).sum(axis=1, keepdims=True)
        together = loss.values(scored=logits, targets=targets)
        alone = [loss.values(scored=logits[i : i + 1], targets=targets[i : i + 1])[0] for i in range(steps)]
        expected = -(targets * np.log(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))).sum(axis=(1, 2))
        assert np.array_equal(together, alone)
        assert together == pytest.approx(expected / batch, rel=1e-12)
