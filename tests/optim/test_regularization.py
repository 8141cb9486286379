"""Penalties and their gradients, decay, the bound on a unit's weights, and early stopping."""

import numpy as np
import pytest
from trajectories import start, stored, toml

from nnsim.errors import ScenarioError
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run
from nnsim.training.trainer import PHASES

BIASES = [6, 7, 8, 12]
RATE = {"schedule": {"kind": "constant", "rate": 0.1}}


def total(run, parameters, **penalty):
    """Loss and penalty at any parameters, by plain code."""
    w1, b1 = parameters[:6].reshape(2, 3), parameters[6:9]
    w2, b2 = parameters[9:12].reshape(3, 1), parameters[12:]
    data = stored()
    error = np.tanh(data["inputs"] @ w1 + b1) @ w2 + b2 - data["targets"]
    weights = parameters if penalty.get("biases") else np.delete(parameters, BIASES)
    loss = float((error**2).mean())
    return loss, penalty.get("l1", 0.0) * np.abs(weights).sum() + penalty.get("l2", 0.0) / 2 * (weights**2).sum()


@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize("penalty", [{"l1": 0.02}, {"l2": 0.05}, {"l1": 0.02, "l2": 0.05}])
def test_the_gradient_is_that_of_loss_and_penalty_and_both_are_recorded(penalty, biases):
    settings = {**penalty, "biases": biases}
    run = start({"regularization": settings, **RATE})
    w = run.trainer.parameters.copy()
    for phase in PHASES[:3]:
        run.trainer.enter(phase)
    gradient = run.trainer.gradient.copy()
    h = 1e-6
    for i in range(w.size):
        up, down = w.copy(), w.copy()
        up[i] += h
        down[i] -= h
        slope = (sum(total(run, up, **settings)) - sum(total(run, down, **settings))) / (2 * h)
        assert gradient[i] == pytest.approx(slope, rel=1e-6, abs=1e-9)
    run = start({"regularization": settings, **RATE})
    for step in (1, 2, 3):
        loss, extra = total(run, run.trainer.parameters, **settings)
        run.advance_to(step)
        assert run.timeline.series["loss"].at_step(step) == pytest.approx(loss, rel=1e-12)
        assert run.timeline.series["penalty"].at_step(step) == pytest.approx(extra, rel=1e-12)


def test_without_a_penalty_none_is_recorded():
    run = start({"regularization": {"weight_decay": 0.1, "max_norm": 2.0}, **RATE})
    run.advance_to(5)
    assert "penalty" not in run.timeline.series


def test_for_plain_gradient_descent_decay_and_l2_are_the_same_and_for_adam_they_are_not():
    for kind, same in (("sgd", True), ("adam", False)):
        ends = []
        for settings in ({"l2": 0.05}, {"weight_decay": 0.05}):
            run = start({"optimizer": {"kind": kind}, "regularization": settings, **RATE})
            run.advance_to(50)
            ends.append(run.trainer.parameters.copy())
        assert np.allclose(*ends, rtol=1e-12, atol=0) == same


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "lion"])
def test_decay_and_bound_hold_and_the_change_includes_them(optimizer):
    settings = {"weight_decay": 0.1, "max_norm": 0.5}
    run = start({"optimizer": {"kind": optimizer}, "regularization": settings, **RATE})
    for _ in range(5):
        before = run.trainer.parameters.copy()
        run.advance(1)
        w = run.trainer.parameters
        assert np.abs(before - run.trainer.change - w).max() < 1e-15
        for weights in (w[:6].reshape(2, 3), w[9:12].reshape(3, 1)):
            assert (np.linalg.norm(weights, axis=0) <= 0.5).all()


# ------------------------------------------------------------------ early stopping


def overfitting(patience=8, gain=0.0, restore="true", epochs=3000):
    """A large network on few noisy rows, with a validation loss that soon rises."""
    rng = np.random.default_rng(4)
    x = rng.uniform(-1, 1, (16, 1))
    y = np.sin(3 * x) + rng.normal(0, 0.4, x.shape)
    table = {
        "data": {"kind": "table", "inputs": x.tolist(), "targets": y.tolist()},
        "model": {"hidden": [20], "activation": "tanh", "output": "linear"},
        "optimizer": {"kind": "adam"},
        "schedule": {"kind": "constant", "rate": 0.05},
    }
    text = f"""{toml(table)}
[train]
epochs = {epochs}
validation = 0.4
batch_size = 4
early_stopping = {{ patience = {patience}, minimum_gain = {gain}, restore_best = {restore} }}
"""
    return Run(parse_scenario(f'title = "t"\nsummary = "s"\n{text}', name="t", source="t.toml"))


@pytest.mark.parametrize(("patience", "gain"), [(1, 0.0), (8, 0.0), (5, 0.02)])
def test_the_run_stops_when_patience_ends_and_the_best_weights_are_back(patience, gain):
    run = overfitting(patience, gain)
    states = []
    while not run.finished:
        run.advance(run.timeline.steps_per_epoch - run.timeline.length % run.timeline.steps_per_epoch)
        if run.timeline.length % run.timeline.steps_per_epoch == 0:
            states.append(run.trainer.parameters.copy())
    stop = run.timeline.stop
    losses = run.timeline.series["validation_loss"].values(0, 10**6)
    best, bad, at = np.inf, 0, 0
    for epoch, loss in enumerate(losses):
        best, bad, at = (loss, 0, epoch) if loss < best - gain else (best, bad + 1, at)
        if bad == patience:
            break
    assert stop.reason == "early-stopping"
    assert stop.step == (epoch + 1) * run.timeline.steps_per_epoch == run.timeline.length
    assert len(losses) == epoch + 1
    assert f"the weights of epoch {at + 1} are back" in stop.message
    assert np.array_equal(run.trainer.parameters, states[at])
    assert [mark.kind for mark in run.timeline.marks] == ["early-stopping"]


def test_a_run_in_one_go_stops_at_the_same_step_and_steps_back_before_the_best_came_back():
    run, single, kept = overfitting(), overfitting(), overfitting(restore="false")
    for one in (run, kept):
        one.advance_to(10**6)
    while not single.finished:
        single.advance(1)
    assert run.timeline.stop == single.timeline.stop
    assert np.array_equal(run.trainer.parameters, single.trainer.parameters)
    replica, end = Replica(run.timeline), run.timeline.length
    assert np.array_equal(replica.at(end).parameters, run.trainer.parameters)
    other = Replica(kept.timeline)
    assert np.array_equal(replica.at(end - 1).parameters, other.at(end - 1).parameters)
    assert not np.array_equal(replica.at(end).parameters, other.at(end).parameters)
    assert np.array_equal(kept.trainer.parameters, other.at(end).parameters)


def test_true_is_early_stopping_with_everyday_settings():
    plan = start({"train": {"epochs": 9, "validation": 0.3, "early_stopping": True}}).timeline.plan
    assert (plan.early_stopping.patience, plan.early_stopping.restore_best) == (10, True)
    assert start({}).timeline.plan.early_stopping is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"train": {"early_stopping": True}}, "train.early_stopping: needs validation rows"),
        ({"regularization": {"l2": -1.0}}, r"regularization.l2: -1.0 is not allowed \(allowed: a number from 0"),
        ({"regularization": {"l3": 1.0}}, r"regularization.l3: unknown key, did you mean 'l2'"),
        ({"optimizer": {"kind": "l-bfgs"}, "train": {"batch_size": 4}}, "batch_size: 4 is not allowed"),
        (
            {"optimizer": {"kind": "l-bfgs"}, "clipping": {"kind": "value"}},
            r"clipping.kind: 'value' does not go with a line search.*\(allowed: none\)",
        ),
        (
            {"optimizer": {"kind": "l-bfgs"}, "regularization": {"max_norm": 1.0}},
            r"regularization.max_norm: 1 does not go with a line search.*\(allowed: none\)",
        ),
    ],
)
def test_what_does_not_go_together_is_said(settings, message):
    with pytest.raises(ScenarioError, match=message):
        start(settings)


def test_an_early_stopping_rule_out_of_range_is_said():
    with pytest.raises(ScenarioError, match=r"train.early_stopping.patience: 0 is not allowed \(allowed: a whole"):
        overfitting(patience=0)
