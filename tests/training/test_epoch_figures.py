"""Figures that an epoch ends with: averaged weights against plain code, sharpness against the whole Hessian."""

import numpy as np
import pytest

from nnsim.errors import ScenarioError
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run
from nnsim.training.epoch_figures import hessian_of
from nnsim.training.trainer import PHASES

TASK = """
title = "t"
summary = "s"
[data]
kind = "circle"
n = 40
[model]
hidden = [4]
activation = "tanh"
[loss]
kind = "binary-cross-entropy"
[schedule]
rate = 0.5
[train]
epochs = 30
"""


def run(text="", train=""):
    made = Run(parse_scenario(TASK + train + text, name="t", source="t"))
    made.advance_to(made.timeline.plan.steps)
    return made


def path(made):
    """The parameters after every step, (steps, parameters), trained again."""
    replica = Replica(made.timeline)
    return np.array([replica.at(step).parameters.copy() for step in range(1, made.timeline.length + 1)])


@pytest.mark.parametrize("batches", ["", "batch_size = 16\n"])
def test_the_exponential_average_is_that_of_plain_code(batches):
    made = run('[averaging]\nkind = "ema"\ndecay = 0.9\n', batches)
    walked = path(made)
    mean = walked[0].copy()
    for one in walked[1:]:
        mean = 0.9 * mean + 0.1 * one
    assert np.allclose(made.trainer.checkpoint().slots[0], mean, rtol=1e-12)
    last = made.timeline.series["averaged_loss"].values(0, 30)[-1]
    made.trainer.parameters[...] = mean
    assert made.trainer.judge(made.trainer.inputs, made.trainer.targets)[0] == pytest.approx(last, rel=1e-12)


@pytest.mark.parametrize("batches", ["", "batch_size = 16\n"])
def test_the_stochastic_average_is_the_mean_of_the_ends_of_epochs(batches):
    made = run('[averaging]\nkind = "swa"\nstart = 8\nevery = 3\n', batches + "validation = 0.25\n")
    ends = path(made)[made.timeline.steps_per_epoch - 1 :: made.timeline.steps_per_epoch]
    mean = ends[7::3].mean(axis=0)
    assert len(ends) == 30
    assert np.allclose(made.trainer.checkpoint().slots[0], mean, rtol=1e-12)
    assert len(made.timeline.series["averaged_validation_loss"]) == 30
    plain = run("", batches + "validation = 0.25\n")
    for name in ("loss", "validation_loss"):
        assert np.array_equal(made.timeline.series[name].values(0, 99), plain.timeline.series[name].values(0, 99))


def test_pytorchs_averaged_model():
    # torch.optim.swa_utils.AveragedModel, PyTorch 2.13.0, float64, over the weights 1, 2, 4, 8: equal, and with
    # get_ema_multi_avg_fn(0.9).
    from nnsim.optim.averaging import ExponentialAverage, StochasticAverage

    for rule, expected in ((StochasticAverage(start=1), 3.75), (ExponentialAverage(decay=0.9), 2.051)):
        w = np.zeros(1)
        kept = rule.init(w)
        (step,) = rule.follow(w, kept, 1)
        for value in (1.0, 2.0, 4.0, 8.0):
            w[0] = value
            step()
        assert kept[0, 0] == pytest.approx(expected, rel=1e-12)


def test_sharpness_is_the_largest_eigenvalue_and_is_taken_the_same_in_every_way():
    measure = 'measure = ["sharpness"]\n'
    made = run("[regularization]\nl2 = 0.01\n", measure)
    product = hessian_of(made.trainer, 999).at()
    whole = np.array([product(one) for one in np.eye(made.trainer.parameters.size)])
    values = made.timeline.series["sharpness"].values(0, 30)
    assert values[-1] == pytest.approx(np.linalg.eigvalsh(whole)[-1], rel=1e-2)
    replica = Replica(made.timeline)
    stepped = replica.at(11)
    while stepped.step < 30:
        for phase in PHASES:
            stepped.enter(phase)
    assert np.array_equal(stepped.checkpoint().slots, made.trainer.checkpoint().slots)
    parted = Run(made.timeline.scenario)
    for stop in (3, 4, 17, 30):
        parted.advance_to(stop)
    assert np.array_equal(parted.timeline.series["sharpness"].values(0, 30), values)


def test_what_cannot_be_measured_is_refused():
    text = TASK.replace("binary-cross-entropy", "focal") + 'measure = ["sharpness"]\n'
    with pytest.raises(ScenarioError, match=r"sharpness cannot be measured: loss: Focal"):
        parse_scenario(text, name="t", source="t")
