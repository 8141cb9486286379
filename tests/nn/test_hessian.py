"""Hessian-vector products against the whole Hessian, by differences of exact gradients; its largest eigenvalue."""

import msgspec
import numpy as np
import pytest
from gradients import Given, cases, truth

from nnsim.components import build_part
from nnsim.nn.architecture import ModelSettings, build_network
from nnsim.nn.arrays import perform
from nnsim.nn.hessian import Hessian, largest_eigenvalue, why_no_hessian
from nnsim.nn.losses import LOSSES
from nnsim.nn.network import bind

DENSE = [case for case, _, _ in cases() if case["name"].split(", ")[2] in ("dense", "no bias")]


def bound(case):
    """A network with a second hidden layer in inference, its parameters, and a function that gives its gradient."""
    known, (first,) = truth(), case["model"]["layers"]
    model = {**case["model"], "layers": [first, {**first, "units": 3}]}
    network = build_network(msgspec.convert(model, ModelSettings), 3, 3)
    parameters, gradient = known["parameters"][: network.size].copy(), np.zeros(network.size)
    loss = build_part(LOSSES, case["loss"], "loss")
    one = bind(network, loss, parameters, gradient, 6, rng=Given(known["uniforms"]))
    one.inputs[...], one.targets[...] = known["inputs"].T, known[f"targets_{case['targets']}"].T

    def slope():
        for ops in (one.forward, one.delta, one.backward):
            perform(ops)
        return gradient.copy()

    return one, parameters, slope


def whole(parameters, slope, step=1e-3):
    """Every column of the Hessian, by differences of fourth order."""
    columns = []
    for i, kept in enumerate(parameters.copy()):
        found = []
        for moved in (1, -1, 2, -2):
            parameters[i] = kept + moved * step
            found.append(slope())
        parameters[i] = kept
        columns.append((8 * (found[0] - found[1]) - (found[2] - found[3])) / (12 * step))
    return np.array(columns)


SMOOTH = [
    case
    for case in DENSE
    if not any(kind in case["name"] for kind in ("relu", "elu,", "mae", "huber", "hinge"))
    and "softmax," not in case["name"].replace("softmax-cross", "")
    and case["loss"]["kind"] != "focal"
    and not (case["name"].endswith("softmax") and "cross-entropy" not in case["name"])
]


def test_the_products_are_the_columns_of_the_hessian():
    tried = 0
    for case in SMOOTH:
        network, parameters, slope = bound(case)
        expected = whole(parameters, slope)
        product = Hessian(network, parameters, np.zeros_like(parameters)).at()
        found = np.array([product(one) for one in np.eye(parameters.size)])
        assert np.abs(found - found.T).max() <= 1e-12 * np.abs(found).max(), case["name"]
        assert np.abs(found - expected).max() <= 1e-7 * np.abs(expected).max(), case["name"]
        tried += 1
    assert tried >= 40


def test_kinks_bend_nothing_and_penalties_add_to_the_diagonal():
    for name in ("huber, relu", "mae, tanh", "hinge, leaky-relu"):
        case = next(
            one
            for one in DENSE
            if one["name"].startswith(name.split(",")[0])
            and name.split(", ")[1] in one["name"]
            and one["name"].split(", ")[3] != "softmax"
        )
        network, parameters, slope = bound(case)
        expected = whole(parameters, slope, 1e-6)  # short, so that no kink is crossed
        ridge = np.linspace(0.1, 0.9, parameters.size)
        found = np.array([Hessian(network, parameters, ridge).at()(one) for one in np.eye(parameters.size)])
        assert np.abs(found - expected - np.diag(ridge)).max() <= 1e-6, name


@pytest.mark.parametrize("at", [0, 7, 20])
def test_the_largest_eigenvalue_is_that_of_the_whole_matrix(at):
    network, parameters, _ = bound(SMOOTH[at])
    product = Hessian(network, parameters, np.zeros_like(parameters)).at()
    values = np.linalg.eigvalsh(np.array([product(one) for one in np.eye(parameters.size)]))
    start = np.random.default_rng(1).normal(size=parameters.size)
    found = largest_eigenvalue(product, start, tolerance=1e-13, most=20_000)
    assert found.value == pytest.approx(values[-1], rel=1e-6)
    assert product(found.vector) == pytest.approx(found.value * found.vector, abs=1e-3 * abs(found.value))


def test_a_matrix_whose_largest_eigenvalue_is_not_its_longest():
    rng = np.random.default_rng(3)
    turn, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    matrix = turn @ np.diag([-9.0, -2.0, 0.0, 1.0, 2.0, 4.0]) @ turn.T
    found = largest_eigenvalue(matrix.dot, np.ones(6), tolerance=1e-14, most=5000)
    assert found.value == pytest.approx(4.0, rel=1e-9)
    assert largest_eigenvalue(np.zeros((6, 6)).dot, np.ones(6)).value == 0.0


def test_what_has_no_second_derivative_is_told():
    told = {}
    for name in ("mse mean, tanh, batch-norm", "focal, tanh, dense", "mse mean, softmax, dense"):
        case = next(one for one, _, _ in cases() if one["name"].startswith(name))
        network = build_network(msgspec.convert(case["model"], ModelSettings), 3, 3)
        told[name] = why_no_hessian(network, build_part(LOSSES, case["loss"], "loss"))
    assert [one.split(":")[0] for one in told.values()] == ["model.layers", "loss", "model.activation"]
