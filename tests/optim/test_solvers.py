"""Solvers without gradients, and gradients by finite differences, with what each costs."""

import itertools

import numpy as np
import pytest
from trajectories import start

from nnsim.errors import ScenarioError
from nnsim.optim.derivative_free import GridSearch
from nnsim.optim.gradient_descent import FiniteDifferences
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run
from nnsim.training.trainer import PHASES

LINE = {
    "data": {"kind": "table", "inputs": [[0.0], [1.0], [2.0]], "targets": [[1.0], [3.0], [5.0]]},
    "model": {"output": "linear"},
}


def test_the_grid_is_searched_point_by_point_once_and_the_best_is_kept():
    run = start_line({"kind": "grid-search", "low": -1.0, "high": 4.0, "bins": 5})
    guesses = []
    while not run.finished:
        run.advance(1)
        guesses.append(run.trainer.working.copy())
    middles = [-0.5, 0.5, 1.5, 2.5, 3.5]
    assert np.allclose(guesses, list(itertools.product(middles, middles)))
    assert run.timeline.stop.reason == "epochs"
    assert "all 25 guesses are tried" in run.timeline.stop.message
    losses = run.timeline.series["loss"].values(0, 25)
    plain = [np.mean([(w * x + b - (2 * x + 1)) ** 2 for x in (0, 1, 2)]) for w, b in guesses]
    assert losses == pytest.approx(plain)
    assert np.array_equal(run.trainer.parameters, guesses[int(np.argmin(plain))])
    assert run.timeline.forward_passes(25) == 25
    replica = Replica(run.timeline)
    assert np.array_equal(replica.at(25).parameters, run.trainer.parameters)


def start_line(solver, train=None, **more):
    return start({**LINE, "solver": solver, "train": train or {"epochs": 500}, **more}, begin=False)


@pytest.mark.parametrize(
    ("bins", "parameters", "number"),
    [
        (100, 3, "100**3 = 1,000,000"),
        (10, 11935, "10**11,935"),
        (3, 13, "3**13 = 1,594,323"),
        (2, 65, "2**65 = about 10**20"),
    ],
)
def test_a_grid_beyond_the_budget_is_refused_with_the_number_of_guesses(bins, parameters, number):
    with pytest.raises(ScenarioError) as error:
        GridSearch(bins=bins, budget=900_000).most_steps(parameters)
    assert f"axes take {number} guesses (allowed: 900,000, solver.budget)" in str(error.value)
    assert GridSearch(bins=10).most_steps(6) == 1_000_000


def test_a_scenario_whose_grid_is_too_large_is_refused_at_the_door():
    with pytest.raises(ScenarioError, match=r"10\*\*13 = 10,000,000,000,000 guesses \(allowed: 1,000,000"):
        start({"solver": {"kind": "grid-search"}})


def test_hill_climbing_never_goes_up_and_reaches_the_line():
    run = start_line({"kind": "hill-climbing", "step": 0.2}, {"epochs": 700})
    best = []
    while not run.finished:
        run.advance(1)
        best.append(run.trainer.evaluate().loss)
    assert (np.diff(best) <= 0.0).all()
    assert run.trainer.parameters == pytest.approx([2.0, 1.0], abs=0.05)
    losses = run.timeline.series["loss"].values(0, 10**6)
    assert losses[0] == start_line({"kind": "hill-climbing"}).trainer.evaluate().loss  # it judges the start first
    assert best == pytest.approx(np.minimum.accumulate(losses))


def test_a_search_judges_by_loss_and_penalty():
    run = start_line({"kind": "grid-search", "bins": 9, "high": 8.0, "low": -1.0}, regularization={"l2": 3.0})
    run.advance_to(10**6)
    points = [(w, b) for w in np.arange(-0.5, 8.0) for b in np.arange(-0.5, 8.0)]
    cost = [np.mean([(w * x + b - 2 * x - 1) ** 2 for x in (0, 1, 2)]) + 1.5 * w * w for w, b in points]
    assert np.allclose(run.trainer.parameters, points[int(np.argmin(cost))])


@pytest.mark.parametrize("regularization", [{}, {"l1": 0.01, "l2": 0.02}])
@pytest.mark.parametrize("batch_size", [0, 5])
def test_finite_differences_find_what_backpropagation_finds_at_another_price(batch_size, regularization):
    runs = []
    for kind in ("gradient-descent", "finite-differences"):
        train = {"epochs": 20, "batch_size": batch_size}
        run = start({"solver": {"kind": kind}, "train": train, "regularization": regularization})
        for phase in PHASES[:3]:
            run.trainer.enter(phase)
        runs.append((run, run.trainer.gradient.copy(), run.trainer.entered.outputs.copy()))
    (_, exact, outputs), (_, found, others) = runs
    assert np.abs(found - exact).max() < 1e-8 * np.abs(exact).max()
    assert np.array_equal(outputs, others)  # what the forward phase showed stays
    assert runs[0][0].timeline.forward_passes(10) == 30
    assert runs[1][0].timeline.forward_passes(10) == 10 * (1 + 2 * 13)
    ends = []
    for kind in ("gradient-descent", "finite-differences"):
        run = start({"solver": {"kind": kind}, "train": train, "regularization": regularization})
        run.advance_to(10**6)
        ends.append(run.trainer.parameters.copy())
    assert ends[0] == pytest.approx(ends[1], rel=1e-6)


def test_finite_differences_look_again_with_the_same_random_numbers(small_scenario):
    layers = """[model]
layers = [{kind = "dense", units = 5, activation = "tanh"}, {kind = "batch-norm"}, {kind = "dropout", rate = 0.4}]
"""
    found = []
    for kind in ("gradient-descent", "finite-differences"):
        trainer = Run(small_scenario(f'{layers}[solver]\nkind = "{kind}"')).trainer
        for _ in range(4):  # running means are learned once a step, however often the network is asked
            for phase in PHASES:
                trainer.enter(phase)
        found.append((trainer.gradient.copy(), trainer.statistics.copy(), trainer.entered.outputs.copy()))
    for exact, near in zip(*found, strict=True):
        assert np.abs(exact - near).max() < 1e-7
    assert np.abs(found[0][0]).max() > 1e-3


def test_the_error_of_finite_differences_falls_with_the_square_of_the_step():
    errors = []
    for step in (1e-2, 1e-3):
        gradients = []
        for solver in ({"kind": "finite-differences", "step": step}, {"kind": "gradient-descent"}):
            run = start({"solver": solver})
            for phase in PHASES[:3]:
                run.trainer.enter(phase)
            gradients.append(run.trainer.gradient)
        errors.append(np.abs(gradients[0] - gradients[1]).max())
    assert errors[0] / errors[1] == pytest.approx(100.0, rel=0.05)
    assert FiniteDifferences().forward_passes(11_935) == 23_871


@pytest.mark.parametrize(
    ("solver", "message"),
    [
        ({"kind": "grid-search", "low": 2.0, "high": 1.0}, "solver.low: 2 is not below solver.high"),
        ({"kind": "grid-search", "bins": 0}, r"solver.bins: 0 is not allowed \(allowed: a whole number from 1"),
        ({"kind": "hill-climbing", "step": 0.0}, r"solver.step: 0.0 is not allowed \(allowed: a number above 0"),
    ],
)
def test_what_a_solver_cannot_be_is_said(solver, message):
    with pytest.raises(ScenarioError, match=message):
        start_line(solver)
