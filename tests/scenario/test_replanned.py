"""A plan made of another one, of which live settings alone differ, is the plan that the scenario makes of them."""

from dataclasses import fields

import pytest

from nnsim.errors import ScenarioError
from nnsim.scenario.catalog import read
from nnsim.scenario.plan import Plan


@pytest.mark.parametrize(
    "settings",
    [
        {"schedule.rate": 0.25},
        {"schedule.kind": "cosine", "schedule.rate": 0.5},
        {"optimizer.kind": "adam"},
        {"optimizer.kind": "l-bfgs"},
        {"clipping.kind": "value"},
        {"regularization.l2": 0.01},
        {"train.epochs": 7, "train.target_loss": 0.1},
        {},
    ],
)
def test_it_is_the_same_plan(settings):
    scenario = read("xor")
    for variant in ("article", "biases"):
        near = scenario.plan(variant, {"optimizer.kind": "momentum", "regularization.l1": 0.1})
        made, whole = scenario.plan(variant, settings, near=near), scenario.plan(variant, settings)
        for one in fields(Plan):
            if one.name not in ("examples", "network"):
                assert getattr(made, one.name) == getattr(whole, one.name), one.name
        assert made.network == whole.network
        assert made.steps == whole.steps


@pytest.mark.parametrize(
    "settings",
    [
        {"schedule.rate": -1.0},
        {"train.epochs": 10**9},
        {"optimizer.kind": "l-bfgs", "clipping.kind": "value"},
        {"optimizer.kind": "none"},
    ],
)
def test_what_is_refused_is_refused_in_the_same_words(settings):
    scenario = read("digits")
    said = []
    for near in (None, scenario.plan()):
        with pytest.raises(ScenarioError) as caught:
            scenario.plan(None, settings, near=near)
        said.append(str(caught.value))
    assert said[0] == said[1]
