"""The articles' runs, reached to the digits that golden.json gives, and beside a plain NumPy program."""

import numpy as np
import pytest
from plain_networks import FOUR_BITS, XOR, answers, parity, train_one

from nnsim.timeline.replica import Replica

EPOCHS = (1, 10, 100, 1000, 10000)


def after(run, epoch):
    return Replica(run.timeline).at(epoch).evaluate()


@pytest.mark.parametrize("epoch", EPOCHS)
@pytest.mark.parametrize(("name", "figures"), [("xor", "xor_article"), ("parity-4bit", "parity4_article")])
def test_predictions_loss_and_right_answers_equal_the_golden_ones(trained, golden, name, figures, epoch):
    run = trained(name, "article")
    expected = golden[figures]["after"][str(epoch)]
    found = after(run, epoch)
    targets = run.timeline.plan.examples.targets
    rows = len(targets)
    assert found.loss == pytest.approx(expected["mse"] * rows / 2, rel=1e-12)  # half the sum of the squares
    assert ((found.predictions > 0.5) == (targets > 0.5)).sum() == expected["correct"]
    assert found.accuracy == expected["correct"] / rows
    if "predictions" in expected:
        assert found.predictions[:, 0].round(8).tolist() == expected["predictions"]


@pytest.mark.parametrize("epoch", [1, 10000])
def test_the_recorded_loss_is_that_before_the_update(trained, golden, epoch):
    before = golden["xor_article"]["mse_before_update"][str(epoch)]
    loss = trained("xor", "article").timeline.record(epoch)["loss"]
    assert loss == pytest.approx(before * 4 / 2, rel=1e-12)


@pytest.mark.parametrize("epoch", EPOCHS)
@pytest.mark.parametrize(("name", "inputs", "hidden"), [("xor", XOR, 2), ("parity-4bit", FOUR_BITS, 4)])
def test_the_weights_are_those_of_a_plain_program(trained, name, inputs, hidden, epoch):
    run = trained(name, "article")
    first, second = run.timeline.plan.network.layers
    parameters = Replica(run.timeline).at(epoch).parameters
    w0, w1 = train_one(inputs, seed=1, epochs=epoch, hidden=hidden)
    assert np.array_equal(run.timeline.plan.examples.targets, parity(inputs))
    # Not to the last bit: the layers lie transposed here, and a matrix product may add in another order.
    assert np.abs(first.weights(parameters) - w0).max() < 1e-12
    assert np.abs(second.weights(parameters) - w1).max() < 1e-12
    assert np.abs(after(run, epoch).predictions[:, 0] - answers(inputs, w0, w1)).max() < 1e-12


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_plateau_has_the_golden_cost(trained, golden, seed):
    costs = golden["xor_tutorial"]["cost_at_last_epoch_before_update"][f"seed {seed}"]
    run = trained("xor-plateau", "tutorial", {"random.seed": seed})
    for epoch, cost in costs.items():
        assert run.timeline.record(int(epoch))["loss"] == pytest.approx(cost, rel=1e-10)
    # What `nnsim run` prints is measured after the last update, and has to lie within the same 1e-6.
    assert run.trainer.evaluate().loss == pytest.approx(costs["10000"], abs=1e-6)
    assert np.abs(run.trainer.evaluate().predictions - 0.5).max() < 0.003


@pytest.mark.parametrize(("seed", "cost"), [(0, 4.3e-5), (1, 4.7e-5)])
def test_larger_weights_and_a_larger_rate_leave_the_plateau(trained, golden, seed, cost):
    assert f"{cost * 1e5:.1f}e-5 (seed {seed})" in golden["xor_tutorial"]["lesson"]
    run = trained("xor-plateau", "escapes", {"random.seed": seed})
    assert f"{run.timeline.record(10000)['loss']:.1e}" == f"{cost:.1e}"
