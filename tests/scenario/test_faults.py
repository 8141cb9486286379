"""Faults that the seed of a run draws: which, with which numbers, and what names and mends them."""

from collections import Counter

import numpy as np
import pytest

from nnsim.errors import ScenarioError
from nnsim.lessons.learner import Learner
from nnsim.lessons.trials import try_challenge
from nnsim.scenario.scenario import parse_scenario
from nnsim.session.session import Session
from nnsim.timeline import Cursor
from nnsim.timeline.run import Run
from nnsim.training.population import Population

TASK = """
title = "t"
summary = "s"

[data]
kind = "gauss"
n = 60

[schedule]
rate = 0.3

[train]
epochs = 30

[[faults]]
name = "rate-too-low"
draw = { "schedule.rate" = [1e-6, 1e-4] }
solution = { "schedule.rate" = 1.0 }

[[faults]]
name = "labels-unrelated"
set = { "data.flip" = 0.5 }
solution = { "data.flip" = 0.0, "schedule.rate" = 1.0 }

[[lesson]]
text = "# Broken"

[[lesson]]
ask = "What is it?"
choices = ["labels-unrelated", "rate-too-low"]
answer = "fault"
at = "epoch 1"

[[lesson]]
goal = "accuracy>0.95"
within = 30
changes = 2
hints = ["Look."]
"""


def broken(text=TASK):
    return parse_scenario(text, name="broken", source="broken.toml")


def rate(scenario, seed):
    return scenario.plan(None, {"random.seed": seed}).schedule.rate


def test_the_seed_draws_the_fault_and_its_numbers():
    scenario = broken()
    drawn = [scenario.fault({"random.seed": seed}) for seed in range(200)]
    assert 70 < Counter(one.name for one in drawn)["rate-too-low"] < 130
    rates = [one.settings["schedule.rate"] for one in drawn if one.name == "rate-too-low"]
    assert len(set(rates)) > 0.9 * len(rates)
    assert min(rates) >= 1e-6
    assert max(rates) <= 1e-4
    assert 0.3 < np.mean(np.array(rates) < 1e-5) < 0.7  # evenly on a log scale
    assert drawn == [broken().fault({"random.seed": seed}) for seed in range(200)]
    for seed in range(20):
        fault = scenario.fault({"random.seed": seed})
        assert rate(scenario, seed) == fault.settings.get("schedule.rate", 0.3)


def test_what_a_person_sets_goes_before_the_fault():
    scenario = broken()
    seed = next(one for one in range(99) if scenario.fault({"random.seed": one}).name == "rate-too-low")
    run = Run(scenario, None, {"random.seed": seed})
    assert run.timeline.plan.schedule.rate <= 1e-4
    run.advance_to(3)
    run.change("schedule.rate", 0.7)
    run.advance_to(5)
    assert run.timeline.series["learning_rate"].values(0, 5).tolist()[2:] == [rate(scenario, seed), 0.7, 0.7]
    assert scenario.plan(None, {"random.seed": seed, "schedule.rate": 2.0}).schedule.rate == 2.0


@pytest.mark.parametrize("seed", [3, 14, 15, 92])
def test_the_goal_is_missed_by_itself_and_reached_with_the_solution(seed):
    scenario = broken()
    part, fault = scenario.lesson.parts[2], scenario.fault({"random.seed": seed})
    assert try_challenge(scenario, part, {}, [seed]) == []
    assert try_challenge(scenario, part, fault.solution, [seed]) == [seed]
    more = {**fault.solution, "train.batch_size": 20, "model.bias": True, "schedule.by": "step"}
    assert try_challenge(scenario, part, more, [seed]) == [], "too many settings are changed"


def test_the_question_asks_for_the_fault_and_the_diagnosis_is_shut_until_it_is_answered():
    scenario = broken()
    session, learner = Session.of_scenario(scenario, settings={"random.seed": 5}), Learner(scenario.lesson)
    assert "fault" in learner.withheld, "on the first page, too"
    learner.open(1)
    session.motion.head_for(Cursor(4))
    while (track := session.training.lagging()) is not None:
        session.training.train(track, 64)
    learner.look(session.view)
    assert "fault" in learner.withheld
    name = scenario.fault({"random.seed": 5}).name
    learner.predict(learner.part.question.choices.index(name))
    assert [one.kind for one in learner.look(session.view)] == ["revealed"]
    assert learner.is_right(1)
    assert "fault" not in learner.withheld


def test_many_seeds_are_not_trained_at_once():
    with pytest.raises(ScenarioError, match="faults: each seed has its own"):
        Population(broken(), seeds=range(8))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "rate-too-low"', 'name = "rate-to-low"', "did you mean 'rate-too-low'"),
        ('draw = { "schedule.rate" = [1e-6, 1e-4] }', "", r"faults\[0\].set: is missing"),
        ("[1e-6, 1e-4]", "[1e-4, 1e-6]", "is no range"),
        ("[1e-6, 1e-4]", "[1e-6, 1e7]", "rate-too-low: schedule.rate: 10000000.0 is not allowed"),
        (
            'set = { "data.flip" = 0.5 }',
            'set = { "data.flop" = 0.5 }',
            "data.flop: is no setting of|data.flop: unknown key",
        ),
        ('{ "data.flip" = 0.0, "schedule.rate" = 1.0 }', '{ "model.bais" = true }', "model.bais: unknown key"),
        ('choices = ["labels-unrelated", "rate-too-low"]', 'choices = ["leakage", "rate-too-low"]', "is missing"),
        ("[[lesson]]\ntext", '[sweep]\nkey = "schedule.rate"\nvalues = [1, 2]\n[[lesson]]\ntext', "do not go with"),
    ],
)
def test_wrong_faults_are_refused_at_the_door(old, new, said):
    with pytest.raises(ScenarioError, match=said):
        broken(TASK.replace(old, new, 1))


def test_a_question_about_a_fault_needs_faults():
    plain = TASK[: TASK.index("[[faults]]")] + TASK[TASK.index("[[lesson]]") :]
    with pytest.raises(ScenarioError, match="a scenario with faults"):
        broken(plain)
