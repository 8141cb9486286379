"""A layer may have a learning rate of its own."""

import numpy as np
import pytest

from nnsim.errors import ScenarioError
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run

TASK = """
title = "t"
summary = "s"
[data]
kind = "parity"
bits = 3
[model]
hidden = [3]
[train]
epochs = 6
[schedule]
kind = "exponential"
rate = 0.5
"""


def run_of(optimizer, rates):
    text = f"{TASK}layer_rates = {rates}\n[optimizer]\nkind = '{optimizer}'\n"
    return Run(parse_scenario(text, name="rates", source="rates.toml"))


def test_gradient_descent_steps_by_the_rate_of_each_layer():
    """Every step is rate(p) * own / rate times the gradient, layer by layer."""
    run = run_of("sgd", "{ layer2 = 2.0 }")
    first, second = run.timeline.plan.network.layers
    for step in range(6):
        before = run.trainer.parameters.copy()
        run.advance(1)
        rate = run.timeline.record(step + 1)["learning_rate"]
        moved, gradient = before - run.trainer.parameters, run.trainer.gradient
        one, two = (slice(layer.offset, layer.offset + layer.size) for layer in (first, second))
        np.testing.assert_allclose(moved[one], rate * gradient[one], rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(moved[two], 4.0 * rate * gradient[two], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(
    "kind", ["sgd", "momentum", "nesterov", "lion", "adagrad", "rmsprop", "adam", "amsgrad", "adamw"]
)
def test_rates_that_are_all_the_same_are_that_one_rate(kind):
    one, other = run_of(kind, "{}"), run_of(kind, "{ layer1 = 0.5, layer2 = 0.5 }")
    for run in (one, other):
        run.advance_to(6)
    np.testing.assert_allclose(one.trainer.parameters, other.trainer.parameters, rtol=1e-12)


def test_a_rate_under_way_changes_the_layer_from_there_on():
    run = run_of("sgd", "{ layer1 = 0.1 }")
    run.advance_to(2)
    run.change("schedule.layer_rates.layer1", 0.4)
    before = run.trainer.parameters.copy()
    run.advance(1)
    rate, size = run.timeline.record(3)["learning_rate"], run.timeline.plan.network.layers[0].size
    moved = (before - run.trainer.parameters)[:size]
    np.testing.assert_allclose(moved, rate * 0.8 * run.trainer.gradient[:size], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(
    ("optimizer", "rates", "said"),
    [
        ("sgd", "{ layer3 = 0.5 }", "there is no such layer"),
        ("muon", "{ layer1 = 0.5 }", "goes with optimizer.kind"),
        ("sgd", "{ layer1 = -1.0 }", "is not allowed"),
    ],
)
def test_what_has_no_meaning_is_refused(optimizer, rates, said):
    with pytest.raises(ScenarioError, match=said):
        run_of(optimizer, rates)
