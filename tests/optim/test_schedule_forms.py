"""Learning-rate schedules against the golden figures and their closed forms; one step of gradient descent."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnsim.nn.arrays import perform
from nnsim.optim.optimizers import SGD
from nnsim.optim.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    Exponential,
    Polynomial,
    StepDecay,
    WarmupCosine,
)

CLOSED_FORMS = {
    "constant": (Constant(rate=0.01), lambda e, total: 0.01),
    "step": (StepDecay(rate=0.01, drop=0.5, every=10), lambda e, total: 0.01 * 0.5 ** (e // 10)),
    "exponential": (Exponential(rate=0.01, decay=0.96), lambda e, total: 0.01 * 0.96**e),
    "cosine": (Cosine(rate=0.01), lambda e, total: 0.01 * (1 + math.cos(math.pi * e / total)) / 2),
    "warmup-cosine": (
        WarmupCosine(rate=0.01, warmup=10),
        lambda e, total: (
            0.01 * e / 10 if e < 10 else 0.01 * (1 + math.cos(math.pi * (e - 10) / max(total - 10, 1))) / 2
        ),
    ),
    "polynomial": (Polynomial(rate=0.01, power=0.9), lambda e, total: 0.01 * (1 - e / total) ** 0.9),
}


@pytest.mark.parametrize(
    ("schedule", "figures"),
    [
        (StepDecay(rate=0.01, drop=0.5, every=10), "step_decay initial=0.01 drop=0.5 every=10"),
        (Exponential(rate=0.01, decay=0.96), "exponential_decay initial=0.01 rate=0.96"),
        (Cosine(rate=0.01, epochs=50), "cosine_annealing initial=0.01 max_epochs=50"),
    ],
)
def test_golden_schedules(golden, schedule, figures):
    epochs = np.array(golden["schedules"]["epochs"], dtype=float)
    assert schedule.rates(epochs, 1234) == pytest.approx(golden["schedules"][figures], rel=1e-14)


@pytest.mark.parametrize("kind", sorted(CLOSED_FORMS))
@settings(max_examples=20)
@given(total=st.integers(11, 500), data=st.data())
def test_every_schedule_is_its_closed_form_at_every_epoch(kind, total, data):
    assert set(CLOSED_FORMS) <= set(SCHEDULES)
    schedule, form = CLOSED_FORMS[kind]
    epochs = np.arange(total)
    expected = [form(int(epoch), total) for epoch in epochs]
    assert schedule.rates(epochs.astype(float), total) == pytest.approx(expected, rel=1e-12, abs=1e-18)
    one = data.draw(st.integers(0, total - 1))
    assert schedule.rates(np.array([float(one)]), total)[0] == pytest.approx(expected[one], rel=1e-12, abs=1e-18)


def test_warm_up_begins_with_the_rate_0_and_what_ends_stays_ended():
    assert WarmupCosine(rate=0.5, warmup=4).rates(np.arange(5.0), 20).tolist() == [0, 0.125, 0.25, 0.375, 0.5]
    late = np.array([50.0, 51.0, 1000.0])
    for schedule in (Cosine(epochs=50), WarmupCosine(epochs=50), Polynomial(epochs=50)):
        assert schedule.rates(late, 2000).tolist() == [0.0, 0.0, 0.0]


def test_one_step_of_gradient_descent(golden):
    case = golden["optimizers_one_step"]
    parameters, gradient = np.array(case["weights"]), np.array(case["gradients"])
    optimizer, change = SGD(), np.empty(2)
    slots = optimizer.init(parameters)
    assert slots.size == 0
    perform(optimizer.update(parameters, gradient, slots, np.full(2, 0.01), change))
    assert parameters.tolist() == case["sgd lr=0.01"]
    assert change == pytest.approx([0.001, 0.002])
