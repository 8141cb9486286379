"""The terms of the chain rule add up to the gradient of backpropagation, and to central differences."""

import numpy as np
import pytest

from nnsim.analysis.chain_rule import Place, central_difference, delta_terms, slopes, weight_terms
from nnsim.nn.activations import Softmax
from nnsim.timeline.run import Run

MODELS = {
    "sigmoid": '[model]\nhidden = [3, 2]\n[loss]\nkind = "mse"\nreduction = "half-sum"\n',
    "tanh": '[model]\nhidden = [3]\nactivation = "tanh"\noutput = "linear"\n',
    "relu": '[model]\nhidden = [5]\nactivation = "relu"\noutput = "linear"\ninitializer = "xavier"\n',
    "cross-entropy": '[model]\nhidden = [3]\nbias = false\n[loss]\nkind = "binary-cross-entropy"\n',
    "dropout": '[model]\nlayers = [{kind = "dense", units = 4}, {kind = "dropout"}, {kind = "dense", units = 3}]\n',
    "batch norm": '[model]\nlayers = [{kind = "dense", units = 3, activation = "tanh"}, "batch-norm"]\n',
    "softmax": '[model]\nhidden = [3]\noutput = "softmax"\n[loss]\nkind = "softmax-cross-entropy"\n',
    "penalty": "[model]\nhidden = [3]\n[regularization]\nl2 = 0.1\n",
    "batches": "[model]\nhidden = [3]\n[train]\nbatch_size = 3\nvalidation = 0.25\n",
}


@pytest.fixture(params=MODELS)
def at_backward(request, small_scenario):
    """A trainer that has entered forward, loss and backward of step 8, and the batch."""
    run = Run(small_scenario(MODELS[request.param]))
    run.advance_to(7)
    for phase in ("forward", "loss"):
        run.trainer.enter(phase)
    return run.trainer, run.trainer.enter("backward")


def places(network):
    for number, bound in enumerate(network.layers):
        for source in range(bound.layer.rows):
            for unit in range(bound.layer.units):
                yield Place(number, source, unit)


def test_the_rows_terms_add_up_to_backprop_and_to_the_central_difference(at_backward):
    trainer, network = at_backward
    before, arrays, kinks = trainer.parameters.copy(), [one.z.copy() for one in network.layers], 0
    for place in places(network):
        terms, index = weight_terms(network, place), place.index(trainer.plan.network.layers)
        if not trainer.plan.regularization.penalizes:
            assert terms.gradient == pytest.approx(terms.backprop, rel=1e-9, abs=1e-15)
        elif place.source < 2:  # l2 pulls at weights, not at biases
            weight = trainer.parameters[index]
            assert terms.gradient + 0.1 * weight == pytest.approx(terms.backprop, rel=1e-9, abs=1e-15)
        check = central_difference(network, trainer.parameters, index, terms.gradient)
        if check.kink:  # row 0 0 of XOR: only a bias moves a ReLU there off 0
            kinks += 1
            continue
        assert check.difference == pytest.approx(terms.gradient, rel=1e-6, abs=1e-9)
        assert check.agrees
        wrong = 1.01 * terms.gradient + 1e-6
        assert not central_difference(network, trainer.parameters, index, wrong).agrees
    assert np.array_equal(trainer.parameters, before)
    assert all(np.array_equal(one.z, z) for one, z in zip(network.layers, arrays, strict=True))
    relu = any(type(one.layer.activation).__name__ == "ReLU" for one in network.layers)
    assert kinks <= 5 * relu


def test_deltas_expand_into_the_next_layers(at_backward):
    _, network = at_backward
    last, dense = len(network.layers) - 1, len(network.layers) == len(network.stack)
    for number, bound in enumerate(network.layers):
        for unit in range(bound.layer.units):
            for row in range(bound.delta.shape[1]):
                parts = delta_terms(network, number, unit, row)
                assert parts.delta == bound.delta[unit, row]
                following = network.layers[number + 1].layer.units if dense and number < last else 0
                assert len(parts.weights) == following
                if number == last and network.loss.from_logits:
                    assert np.isnan(parts.slope)
                    continue
                assert parts.error * parts.slope == pytest.approx(parts.delta, rel=1e-9, abs=1e-300)
                if following:
                    assert parts.error == pytest.approx(float(parts.weights @ parts.deltas))


def test_slopes_are_derivatives_of_the_activations(at_backward):
    _, network = at_backward
    functions = {
        "Sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "Tanh": np.tanh,
        "ReLU": lambda z: np.maximum(z, 0),
        "Linear": lambda z: z,
    }
    for number, bound in enumerate(network.layers):
        if bound.layer.activation == Softmax():
            assert np.isnan(slopes(network, number)).all()
            continue
        f = functions[type(bound.layer.activation).__name__]
        smooth = np.abs(bound.z) > 1e-5
        expected = (f(bound.z + 1e-6) - f(bound.z - 1e-6)) / 2e-6
        assert slopes(network, number)[smooth] == pytest.approx(expected[smooth], abs=1e-8)


def test_a_place_outside_goes_to_the_nearest(at_backward):
    trainer, _ = at_backward
    layers = trainer.plan.network.layers
    assert Place(99, 99, 99).within(layers) == Place(len(layers) - 1, layers[-1].rows - 1, layers[-1].units - 1)
    assert Place(-1, 0, 0).within(layers) == Place(0, 0, 0)
    numbers = [place.index(layers) for place in places_of(layers)]
    expected = [i for layer in layers for i in range(layer.offset, layer.offset + layer.size)]
    assert numbers == expected


def places_of(layers):
    return [Place(i, s, u) for i, one in enumerate(layers) for s in range(one.rows) for u in range(one.units)]
