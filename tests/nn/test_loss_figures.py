"""Losses against the golden figures, and where numbers become extreme."""

import numpy as np
import pytest

from nnsim.nn.losses import MAE, MSE, BinaryCrossEntropy, Huber, SoftmaxCrossEntropy


def stacked(values):
    """One step, one output: (1, 1, rows)."""
    return np.array(values, dtype=float)[None, None, :]


@pytest.mark.parametrize(
    ("reduction", "factor"), [("mean", 1), ("half-mean", 1 / 2), ("half-sum", 3 / 2), ("sum", 3)]
)
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


def test_an_answer_that_rounds_to_0_or_1_costs_what_its_logit_says():
    for logit, target, cost in [(800, 0, 800), (-800, 1, 800), (800, 1, 0), (-800, 0, 0), (40, 1, np.exp(-40))]:
        found = BinaryCrossEntropy().values(stacked([logit]), stacked([target]))
        assert found == pytest.approx([cost], rel=1e-15)
    logits, targets = np.array([[[2000.0], [0.0], [-2000.0]]]), np.array([[[0.0], [0.0], [1.0]]])
    assert SoftmaxCrossEntropy().values(logits, targets) == [4000.0]
    assert SoftmaxCrossEntropy().values(logits, targets[:, ::-1]) == [0.0]


def test_equal_logits_are_as_surprising_as_the_classes_are_many():
    targets = np.eye(5)[:, :4][None]
    assert SoftmaxCrossEntropy().values(np.full((1, 5, 4), 7.0), targets) == pytest.approx([np.log(5)], rel=1e-15)


def test_absolute_and_huber_error_by_hand():
    outputs, targets = stacked([1.0, 2.0, 5.0]), stacked([1.5, 2.0, 2.0])
    assert MAE().values(outputs, targets) == pytest.approx([3.5 / 3])
    assert Huber().values(outputs, targets) == pytest.approx([(0.125 + 2.5) / 3])
    assert Huber(threshold=0.25).values(outputs, targets) == pytest.approx([(0.25 * 0.375 + 0.25 * 2.875) / 3])


def test_many_steps_at_once_equal_one_by_one():
    rng = np.random.default_rng(0)
    outputs, targets = rng.uniform(0.01, 0.99, (7, 2, 5)), rng.integers(0, 2, (7, 2, 5)).astype(float)
    for loss in (MSE(), MSE(reduction="half-sum"), MAE(), Huber(), BinaryCrossEntropy(), SoftmaxCrossEntropy()):
        single = [loss.values(outputs[i : i + 1], targets[i : i + 1])[0] for i in range(7)]
        assert loss.values(outputs, targets) == pytest.approx(single, rel=1e-14)
