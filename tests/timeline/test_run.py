"""Training appends to a timeline; any of its steps comes back exactly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnsim.errors import ScenarioError
from nnsim.scenario.catalog import read
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run
from nnsim.training.trainer import PHASES, Trainer

TASKS = {
    "full batch": "",
    "batches": "[train]\nbatch_size = 3\nepochs = 200",
    "batches, legacy": '[train]\nbatch_size = 3\nepochs = 200\n[random]\ngenerator = "legacy"',
    "random search": '[solver]\nkind = "random-search"\n[train]\nepochs = 300',
    "schedule": '[schedule]\nkind = "cosine"\nrate = 2.0\n[train]\nepochs = 300',
    "validation": "[train]\nbatch_size = 2\nepochs = 150\nvalidation = 0.25",
}


def make(extra):
    text = f'title = "t"\nsummary = "s"\n[data]\nkind = "parity"\nbits = 3\n[model]\nhidden = [4]\n{extra}'
    return parse_scenario(text, name="small", source="small.toml")


def columns(timeline):
    return {name: series.values(0, len(series)) for name, series in timeline.series.items()}


def same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        assert np.array_equal(one[name], other[name], equal_nan=True), name


@settings(deadline=None, max_examples=25)
@given(task=st.sampled_from(sorted(TASKS)), data=st.data())
def test_the_same_bits_in_one_go_in_parts_by_phase_and_after_stepping_back(task, data):
    straight = Run(make(TASKS[task]))
    straight.advance_to(120)
    expected = straight.trainer.parameters.copy()

    run = Run(make(TASKS[task]))
    replica = Replica(run.timeline)
    while run.timeline.length < 120:
        run.advance(data.draw(st.integers(1, 120 - run.timeline.length)))
        back = data.draw(st.integers(0, run.timeline.length))
        replica.at(back, data.draw(st.integers(0, 3)))
    assert np.array_equal(run.trainer.parameters, expected)
    same(columns(run.timeline), columns(straight.timeline))
    assert np.array_equal(replica.at(120).parameters, expected)

    stepped = replica.at(data.draw(st.integers(0, 119)))
    while stepped.step < 120:
        for phase in PHASES:
            stepped.enter(phase)
    assert np.array_equal(stepped.parameters, expected)


@pytest.mark.parametrize("task", sorted(TASKS))
def test_a_replica_goes_on_from_a_checkpoint_exactly(task):
    run = Run(make(TASKS[task]))
    states = {}
    while not run.finished and run.timeline.length < 700:
        states[run.timeline.length] = run.trainer.parameters.copy()
        run.advance(1)
    states[run.timeline.length] = run.trainer.parameters.copy()
    replica = Replica(run.timeline)
    for step in (300, 260, 256, 255, 1, 0, 299, 140):
        assert np.array_equal(replica.at(step).parameters, states[step]), step


def test_a_changed_setting_is_on_the_timeline_and_gives_the_same_run_again():
    def trained():
        run = Run(make("[train]\nbatch_size = 3"))
        run.advance_to(100)
        run.change("schedule.rate", 0.5)
        run.advance_to(200)
        run.change("schedule.kind", "exponential")
        run.advance_to(400)
        return run

    one, other = trained(), trained()
    same(columns(one.timeline), columns(other.timeline))
    assert [c.step for c in one.timeline.commands] == [100, 200]
    rates = columns(one.timeline)["learning_rate"]
    assert (rates[:100] == 0.1).all()
    assert (rates[100:200] == 0.5).all()
    assert rates[399] < 0.5
    replica = Replica(one.timeline)
    end = one.trainer.parameters
    assert np.array_equal(replica.at(400).parameters, end)
    replica.at(50)
    assert np.array_equal(replica.at(400).parameters, end)


def test_a_setting_that_shapes_the_run_cannot_change_under_way():
    run = Run(make(""))
    with pytest.raises(ScenarioError, match=r"model\.hidden: applies only to a new run"):
        run.change("model.hidden", [3])
    with pytest.raises(ScenarioError, match=r"schedule.rate: 'fast' is not allowed \(allowed: a number from 0"):
        run.change("schedule.rate", "fast")
    assert run.timeline.commands == []


def test_more_epochs_let_a_finished_run_go_on():
    run = Run(make("[train]\nepochs = 5"))
    run.advance_to(100)
    assert (run.timeline.length, run.timeline.stop.reason) == (5, "epochs")
    run.change("train.epochs", 8)
    run.advance_to(100)
    assert run.timeline.length == 8


def test_training_stops_at_the_very_step_that_is_not_finite():
    text = """
title = "t"
summary = "s"
[data]
kind = "table"
inputs = [[1.0], [2.0], [3.0]]
targets = [[1.0], [2.0], [3.0]]
[model]
output = "linear"
[schedule]
kind = "constant"
rate = 10.0
"""
    run = Run(parse_scenario(text, name="t", source="t.toml"))
    run.advance_to(1000)
    loss = columns(run.timeline)["loss"]
    assert np.isfinite(loss[:-1]).all()
    stop = run.timeline.stop
    assert stop.reason == "diverged"
    assert stop.step == run.timeline.length == run.trainer.step < 1000
    assert "try a smaller learning rate than 10" in stop.message
    single = Run(parse_scenario(text, name="t", source="t.toml"))
    while not single.finished:
        single.advance(1)
    assert single.timeline.stop == stop
    assert np.array_equal(single.trainer.parameters, run.trainer.parameters, equal_nan=True)


@pytest.mark.parametrize("task", sorted(TASKS))
def test_however_a_replica_gets_to_a_step_it_has_that_step_s_gradient_and_change(task):
    run = Run(make(TASKS[task]))
    run.advance_to(120)
    plain = Trainer(run.timeline.plan)
    states = {}
    for step in range(1, 121):
        for phase in PHASES:
            plain.enter(phase)
        states[step] = plain.gradient.copy(), plain.change.copy()
    replica = Replica(run.timeline)
    for step, phase in ((7, 0), (8, 0), (7, 0), (119, 2), (119, 4), (120, 0), (50, 1), (50, 0), (51, 0), (1, 0)):
        trainer = replica.at(step, phase)
        gradient, change = states[step + phase // 4]
        assert trainer.step == step + phase // 4
        assert np.array_equal(trainer.gradient, gradient), (step, phase)
        assert np.array_equal(trainer.change, change), (step, phase)


def test_units_answer_as_the_network_that_trains_does():
    run = Run(make("[train]\nvalidation = 0.25\ntest = 0.25"))
    run.advance_to(40)
    trainer, examples = run.trainer, run.timeline.plan.examples
    layers = trainer.activations(examples.inputs)
    assert [one.shape for one in layers] == [(8, 4), (8, 1)]
    assert np.array_equal(layers[-1], trainer.predict(examples.inputs))
    first = run.timeline.plan.network.layers[0]
    z = examples.inputs @ first.weights(trainer.parameters) + first.biases(trainer.parameters)
    assert layers[0] == pytest.approx(1 / (1 + np.exp(-z)), rel=1e-12)
    run.advance_to(80)
    assert np.array_equal(trainer.activations(examples.inputs)[-1], trainer.predict(examples.inputs))
    assert np.array_equal(trainer.validation[0], examples.inputs[trainer.validation_rows])
    assert np.array_equal(trainer.test[0], examples.inputs[trainer.test_rows])
    assert sorted([*trainer.rows, *trainer.validation_rows, *trainer.test_rows]) == list(range(8))


def test_losses_of_large_batches_are_the_same_however_many_steps_are_trained_at_once():
    digits = read("digits")
    runs = [Run(digits, "classic", {"train.batch_size": 0}) for _ in range(2)]  # 14,380 answers a step
    runs[0].advance_to(3)
    for step in (1, 2, 3):
        runs[1].advance_to(step)
    losses = [run.timeline.series["loss"].values(0, 3).tolist() for run in runs]
    assert losses[0] == losses[1]


def test_losses_of_large_batches_of_classes_are_the_same_too():
    needle = read("needle-in-a-haystack")
    runs = [Run(needle, "guess-11935") for _ in range(2)]  # 17,970 answers a step, the same targets in all of them
    runs[0].advance_to(3)
    for step in (1, 2, 3):
        runs[1].advance_to(step)
    losses = [run.timeline.series["loss"].values(0, 3).tolist() for run in runs]
    assert losses[0] == losses[1]
