"""Losses against the golden figures, and where numbers become extreme."""

import numpy as np
import pytest

from nnsim.nn.losses import MSE, BinaryCrossEntropy


def stacked(values):
    """One step, one output: (1, 1, rows)."""
    return np.array(values, dtype=float)[None, None, :]


@pytest.mark.parametrize(("reduction", "factor"), [("mean", 1), ("half-mean", 1 / 2), ("half-sum", 3 / 2)])
def test_squared_error(golden, reduction, factor):
    case = golden["losses"]["mse"]
    found = MSE(reduction=reduction).values(stacked(case["pred"]), stacked(case["true"]))
    assert found == pytest.approx([case["value"] * factor], rel=1e-15)


def test_binary_cross_entropy_is_the_mean_over_all_three_rows(golden):
    case = golden["losses"]["binary_cross_entropy"]
    outputs = stacked(case["pred"])
    found = BinaryCrossEntropy().values(np.log(outputs / (1 - outputs)), stacked(case["true"]))
    assert found == pytest.approx([case["value"]], rel=1e-14)
    assert found[0] > 0.14  # one row alone, -ln 0.9, would be 0.105


def test_a_confident_wrong_answer_costs_much_and_is_finite():
    logit = -800.0  # the sigmoid of it is exactly 0 in double precision
    found = BinaryCrossEntropy().values(stacked([logit]), stacked([1.0]))
    assert found == pytest.approx([800.0])


def test_many_steps_at_once_equal_one_by_one():
    rng = np.random.default_rng(0)
    outputs, targets = rng.uniform(0.01, 0.99, (7, 2, 5)), rng.integers(0, 2, (7, 2, 5)).astype(float)
    for loss in (MSE(), MSE(reduction="half-sum"), BinaryCrossEntropy()):
        single = [loss.values(outputs[i : i + 1], targets[i : i + 1])[0] for i in range(7)]
        assert loss.values(outputs, targets) == pytest.approx(single, rel=1e-14)
