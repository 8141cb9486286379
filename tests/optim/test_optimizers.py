"""Optimizers reach minima, take the step that is worked out by hand, and follow their papers."""

import numpy as np
import pytest
from plain import lion_cases, lion_difference
from trajectories import start

from nnsim.nn.arrays import perform
from nnsim.nn.network import Block
from nnsim.optim.optimizers import OPTIMIZERS

# Rates at which each reaches the floor of its valley; the number of steps that take it there.
RATES = {
    "adabelief": (0.02, 6000),
    "adagrad": (0.5, 20000),
    "adam": (0.02, 6000),
    "adamw": (0.02, 6000),
    "amsgrad": (0.05, 6000),
    "l-bfgs": (1.0, 60),
    "lion": (0.001, 6000),
    "momentum": (0.0005, 6000),
    "muon": (0.01, 6000),
    "nadam": (0.02, 6000),
    "nesterov": (0.0005, 6000),
    "radam": (0.005, 20000),
    "rmsprop": (0.001, 6000),
    "sgd": (0.002, 20000),
}


def rosenbrock(w):
    x, y = w
    return (1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2


def slope(w):
    x, y = w
    return np.array([-2.0 * (1.0 - x) - 400.0 * x * (y - x * x), 200.0 * (y - x * x)])


def bound(optimizer, parameters, gradient, rate, by=slope):
    """The optimizer's operations on these parameters; its slots and the change."""
    slots, change = optimizer.init(parameters), np.zeros_like(parameters)
    rates = np.full_like(parameters, rate)
    if optimizer.by_block:
        blocks = (Block(0, (2,)),)
        return optimizer.update_blocks(blocks, parameters, gradient, slots, rates[:1].reshape(()), change), change
    if not optimizer.searches:
        return optimizer.update(parameters, gradient, slots, rates, change), change

    def evaluate(point, out):
        out[...] = by(point)
        return float(rosenbrock(point))

    here = lambda: float(rosenbrock(parameters))  # noqa: E731
    return optimizer.search(parameters, gradient, slots, rates, change, here, evaluate), change


@pytest.mark.parametrize("kind", sorted(RATES))
def test_every_optimizer_but_one_descends_rosenbrocks_valley(kind):
    rate, steps = RATES[kind]
    parameters, gradient = np.array([-1.2, 1.0]), np.zeros(2)
    settings = {"weight_decay": 0.0} if kind == "adamw" else {}
    ops, _ = bound(OPTIMIZERS[kind](**settings), parameters, gradient, rate)
    for _ in range(steps):
        gradient[...] = slope(parameters)
        perform(ops)
    assert rosenbrock(parameters) < 1e-3
    assert parameters == pytest.approx([1.0, 1.0], abs=0.06)


# In a narrow valley Adadelta's steps do not shrink, Adafactor's shrink too soon, and SAM keeps off the floor.
@pytest.mark.parametrize(
    ("kind", "rate", "near"), [("adadelta", 0.3, 0.02), ("adafactor", 0.1, 0.02), ("sam", 0.02, 0.02)]
)
def test_the_others_descend_a_bowl(kind, rate, near):
    parameters, gradient = np.array([3.0, -2.0]), np.zeros(2)
    ops, _ = bound(OPTIMIZERS[kind](), parameters, gradient, rate, by=lambda w: w * np.array([1.0, 10.0]))
    for _ in range(5000):
        gradient[...] = parameters * np.array([1.0, 10.0])
        perform(ops)
    assert np.abs(parameters).max() < near


def test_every_optimizer_has_gone_down():
    assert {"adadelta", "adafactor", "sam", *RATES} == set(OPTIMIZERS)


@pytest.mark.parametrize("kind", sorted(OPTIMIZERS))
def test_the_change_is_what_was_subtracted_and_the_gradient_stays(kind):
    parameters, gradient = np.array([-1.2, 1.0]), np.zeros(2)
    ops, change = bound(OPTIMIZERS[kind](), parameters, gradient, 0.001)
    for _ in range(5):
        before = parameters.copy()
        gradient[...] = given = slope(parameters)
        perform(ops)
        assert np.array_equal(parameters, before - change)
        assert np.array_equal(gradient, given)
        assert np.abs(change).min() > 0.0


def test_one_step_as_worked_by_hand(golden):
    facts = golden["optimizers_one_step"]
    for kind, rate, expected in (
        ("sgd", 0.01, facts["sgd lr=0.01"]),
        ("adam", 0.001, facts["adam lr=0.001 beta1=0.9 beta2=0.999 eps=1e-8"]),
    ):
        parameters, gradient = np.array(facts["weights"]), np.array(facts["gradients"])
        ops, _ = bound(OPTIMIZERS[kind](), parameters, gradient, rate)
        perform(ops)
        assert parameters == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("case", lion_cases(), ids=" × ".join)
def test_lion_follows_its_paper_for_200_steps(case):
    assert lion_difference(*case) < 1e-9


def test_lbfgs_counts_what_its_search_costs_and_takes_few_steps():
    run = start(
        {
            "optimizer": {"kind": "l-bfgs"},
            "schedule": {"kind": "constant", "rate": 1.0},
            "regularization": {"l2": 0.05},
        }
    )
    run.advance_to(60)
    series = run.timeline.series
    passes = series["forward_passes"].values(0, 60)
    cost = np.diff(passes, prepend=0.0)
    assert passes[0] >= 6.0  # the step's own passes, and at least one trial
    assert set(cost % 3.0) == {0.0}
    assert run.timeline.forward_passes(60) == passes[59]
    assert cost[-1] == 3.0  # at the minimum there is nothing to search
    gradient = np.hypot(series["gradient:layer1"].at_step(60), series["gradient:layer2"].at_step(60))
    assert gradient < 1e-4  # what change_tolerance leaves
