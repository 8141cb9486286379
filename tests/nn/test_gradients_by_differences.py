"""Backpropagation against central differences of a loss computed by itself, for every loss, activation and bias."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nnsim.nn.activations import ACTIVATIONS
from nnsim.nn.arrays import perform
from nnsim.nn.losses import MSE, BinaryCrossEntropy
from nnsim.nn.network import Network, bind

FUNCTIONS = {
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, 0.0),
    "sigmoid": lambda z: 1.0 / (1.0 + np.exp(-z)),
    "tanh": np.tanh,
}
STEP = 2e-4
LOSSES = {reduction: MSE(reduction=reduction) for reduction in ("mean", "half-mean", "half-sum")}
LOSSES["binary-cross-entropy"] = BinaryCrossEntropy()
CASES = [
    (loss, output, hidden, bias)
    for loss in LOSSES
    for output in FUNCTIONS
    for hidden in FUNCTIONS
    for bias in (True, False)
    if loss != "binary-cross-entropy" or output == "sigmoid"
]


def loss_by_formula(loss, outputs, targets):
    """Loss of (n, outputs, rows) against (outputs, rows), as the textbook writes it: (n,)."""
    if loss == "binary-cross-entropy":
        return -(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs)).mean(axis=(1, 2))
    squares = (outputs - targets) ** 2
    return {
        "mean": squares.mean(axis=(1, 2)),
        "half-mean": squares.mean(axis=(1, 2)) / 2,
        "half-sum": squares.sum(axis=(1, 2)) / 2,
    }[loss]


def run_by_formula(flat, sizes, functions, bias, inputs):
    """Outputs and all sums z of a network for many flat parameter vectors (n, size), layer after layer."""
    a, offset, sums = np.broadcast_to(inputs.T, (len(flat), *inputs.T.shape)), 0, []
    for inward, outward, function in zip(sizes, sizes[1:], functions, strict=False):
        rows = inward + bias
        block = flat[:, offset : offset + rows * outward].reshape(-1, rows, outward)
        offset += rows * outward
        z = np.einsum("niu,nib->nub", block[:, :inward], a)
        if bias:
            z = z + block[:, inward, :, None]
        sums.append(z)
        a = function(z)
    assert offset == flat.shape[1]
    return a, sums


@pytest.mark.parametrize(("loss", "output", "hidden", "bias"), CASES)
@settings(max_examples=3, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), layers=st.lists(st.integers(1, 3), max_size=2), rows=st.integers(1, 4))
def test_the_gradient_is_that_of_the_loss(loss, output, hidden, bias, seed, layers, rows):
    rng = np.random.default_rng(seed)
    sizes = [int(rng.integers(1, 4)), *layers, int(rng.integers(1, 3))]
    kinds = [*([hidden] * len(layers)), output]
    network = Network.dense(sizes, [ACTIVATIONS[kind]() for kind in kinds], bias)
    parameters = rng.normal(size=network.size)
    inputs = rng.normal(size=(rows, sizes[0]))
    targets = rng.integers(0, 2, (rows, sizes[-1])).astype(float)
    functions = [FUNCTIONS[kind] for kind in kinds]

    # Fourth-order differences: (8 (f(+h) - f(-h)) - (f(+2h) - f(-2h))) / 12 h
    nudges = STEP * np.array([1, -1, 2, -2])[:, None, None] * np.eye(network.size)
    nudged = (parameters + nudges).reshape(-1, network.size)
    outputs, sums = run_by_formula(nudged, sizes, functions, bias, inputs)
    for z, kind in zip(sums, kinds, strict=True):
        if kind == "relu":  # the two sides of a kink have different slopes
            assume((np.sign(z) == np.sign(z[:1])).all())
    values = loss_by_formula(loss, outputs, targets.T).reshape(4, network.size)
    differences = (8 * (values[0] - values[1]) - (values[2] - values[3])) / (12 * STEP)

    gradient = np.full(network.size, np.nan)
    bound = bind(network, LOSSES[loss], parameters, gradient, rows)
    bound.inputs[...] = inputs.T
    bound.targets[...] = targets.T
    perform([*bound.forward, *bound.delta, *bound.backward])
    assert np.linalg.norm(gradient - differences) <= 1e-6 * np.linalg.norm(differences) + 1e-10
    centre = loss_by_formula(loss, bound.outputs[None].copy(), targets.T)
    assert LOSSES[loss].values(bound.scored[None], targets.T[None]) == pytest.approx(centre, rel=1e-12)
