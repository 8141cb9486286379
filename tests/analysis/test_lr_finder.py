"""The learning-rate finder: its sweep, its four rules, and that it leaves no trace."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnsim.analysis.lr_finder import RULES, find_rate
from nnsim.cli import execute
from nnsim.errors import ScenarioError
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run
from nnsim.training.trainer import Trainer

# Everything at once that a run can remember: shuffled batches, dropout, running statistics, Adam's means, a
# schedule and early stopping that watch the loss.
EVERYTHING = """
title = "t"
summary = "s"
[data]
kind = "circle"
n = 60
[model]
layers = [{kind = "dense", units = 4}, {kind = "batch-norm"}, {kind = "dropout", rate = 0.3}]
[optimizer]
kind = "adam"
[schedule]
kind = "reduce-on-plateau"
rate = 0.05
patience = 1
[train]
epochs = 40
batch_size = 7
validation = 0.2
early_stopping = {patience = 30}
[random]
generator = "GENERATOR"
"""


def plain_valley(losses):
    """Place of the suggestion, by the definition: all falling runs, step by step."""
    lengths = [1] * len(losses)
    for i in range(len(losses)):
        for j in range(i):
            if losses[i] < losses[j]:
                lengths[i] = max(lengths[i], lengths[j] + 1)
    longest = max(lengths)
    return max(0, lengths.index(longest) - longest + longest // 3 + longest // 6)


@given(st.lists(st.integers(0, 40).map(float), min_size=2, max_size=40))
def test_valley_is_its_definition(losses):
    rates = np.geomspace(1e-5, 1.0, len(losses))
    assert RULES["valley"](rates, np.array(losses)) == rates[plain_valley(losses)]


def test_the_other_rules_on_curves_whose_answers_are_known():
    rates = np.geomspace(1e-6, 1.0, 61)  # ten steps a decade
    place = np.log10(rates)
    bowl = (place + 2.0) ** 2  # lowest at 0.01
    assert RULES["minimum/10"](rates, bowl) == pytest.approx(0.001)
    cliff = 1.0 / (1.0 + np.exp(8.0 * (place + 3.05)))  # falls fastest from 10^-3.1 to 10^-3.0
    assert RULES["steep"](rates, cliff) == pytest.approx(10**-3.1)
    # Flat up to step 40, then steeper and steeper: the window agrees where all of it is flat, from 24 to 39.
    knee = 0.1 * np.maximum(np.arange(61.0) - 40.0, 0.0) ** 2
    assert RULES["slide"](rates, knee) == pytest.approx(rates[25])
    assert RULES["slide"](rates[:16], knee[:16]) is None
    assert RULES["minimum/10"](rates[:0], bowl[:0]) is RULES["steep"](rates[:1], bowl[:1]) is None


@pytest.mark.parametrize("generator", ["pcg64", "legacy"])
@pytest.mark.parametrize("step", [0, 33])
def test_everything_is_as_before_to_the_last_bit(generator, step):
    scenario = parse_scenario(EVERYTHING.replace("GENERATOR", generator), name="t", source="t")
    touched, untouched = Run(scenario), Run(scenario)
    for run in (touched, untouched):
        run.advance_to(step)
    found = find_rate(touched.trainer, low=1e-4, high=1e3, steps=60)
    assert len(found.rates) > 20
    assert state(touched.trainer) == state(untouched.trainer)
    for run in (touched, untouched):
        run.advance_to(step + 40)
    assert state(touched.trainer) == state(untouched.trainer)
    # And the sweep began in that very state, in the middle of an epoch too: its first loss is the run's next one.
    assert found.losses[0] == untouched.timeline.record(step + 1)["loss"]


def state(trainer):
    """Every bit that the next step depends on, and what the last one left behind."""
    kept = trainer.checkpoint()
    arrays = (kept.parameters, kept.slots, kept.statistics, trainer.gradient, trainer.change)
    random = [
        json.dumps(one, default=lambda array: array.tolist(), sort_keys=True)
        for one in (kept.random, kept.random_now)
    ]
    return kept.step, [array.tobytes() for array in arrays], random


def test_rates_grow_by_the_same_factor_and_losses_are_those_of_training_with_them(scenario):
    plan = scenario("linear-regression").plan("steady")
    found = find_rate(Trainer(plan), low=1e-3, high=0.2, steps=50, beta=0.9)
    assert found.rates == pytest.approx(np.geomspace(1e-3, 0.2, 50))
    assert not found.diverged
    # Gradient descent on a line by hand.
    x, y = np.hstack([plan.examples.inputs, np.ones((7, 1))]), plan.examples.targets
    w, kept = Trainer(plan).parameters.reshape(2, 1).copy(), 0.0
    for k, rate in enumerate(found.rates):
        error = x @ w - y
        assert found.losses[k] == pytest.approx(float((error**2).mean()), rel=1e-9)
        kept = 0.9 * kept + 0.1 * found.losses[k]
        assert found.smoothed[k] == pytest.approx(kept / (1 - 0.9 ** (k + 1)), rel=1e-9)
        w -= rate * 2 / 7 * x.T @ error


def test_it_breaks_off_when_the_loss_explodes(scenario):
    found = find_rate(Trainer(scenario("linear-regression").plan("steady")), low=1e-3, high=1e6)
    assert found.diverged
    assert len(found.rates) < 100
    # The largest rate that any rule suggests lies below the limit of 0.25, above which nothing is learnt.
    assert 0 < max(found.suggestions.values()) < 0.25
    assert found.suggestions["minimum/10"] * 10 in found.rates


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"low": 1.0, "high": 0.1}, "from 1 to 0.1 is no range"),
        ({"steps": 5}, r"steps: 5 is not allowed \(allowed: 10 to 2,000\)"),
        ({"beta": 1.0}, "beta: 1"),
    ],
)
def test_what_is_out_of_range_is_refused(scenario, settings, fault):
    with pytest.raises(ScenarioError, match=fault):
        find_rate(Trainer(scenario("xor").plan()), **settings)


def test_a_search_has_no_rate(scenario):
    trainer = Trainer(scenario("random-search-vs-gradient-descent").plan("random-search"))
    with pytest.raises(ScenarioError, match=r"solver.kind: has no learning rate to find"):
        find_rate(trainer)


def test_the_command(capsys):
    assert execute(["lr-find", "linear-regression", "--steps", "80", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert set(result["suggestions"]) == set(RULES)
    assert len(result["rates"]) == len(result["losses"]) == len(result["smoothed"])
    assert execute(["lr-find", "linear-regression"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in RULES)
    assert execute(["lr-find", "linear-regression", "--low", "3", "--high", "2"]) == 2
    assert "is no range" in capsys.readouterr().err
