"""The exact answer against the closed form and NumPy, and gradient descent against it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnsim.analysis.least_squares import least_squares
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run


def linear(inputs, targets, reduction="mean", extra=""):
    text = (
        f'title = "t"\nsummary = "s"\n[data]\nkind = "table"\ninputs = {inputs}\ntargets = {targets}\n'
        f'[model]\noutput = "linear"\n{extra}\n[loss]\nkind = "mse"\nreduction = "{reduction}"'
    )
    return parse_scenario(text, name="t", source="t")


def test_the_line_through_the_seven_points_is_that_of_the_closed_form(trained):
    plan = trained("linear-regression", "steady").timeline.plan
    x, y = plan.examples.inputs[:, 0], plan.examples.targets[:, 0]
    assert len(x) == 7
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    intercept = y.mean() - slope * x.mean()
    exact = least_squares(plan)
    assert exact.parameters == pytest.approx([slope, intercept], rel=1e-12)
    assert exact.parameters == pytest.approx(np.polyfit(x, y, 1), rel=1e-10)
    assert exact.loss == pytest.approx(np.mean((slope * x + intercept - y) ** 2), rel=1e-12)


def test_gradient_descent_goes_there(trained):
    run = trained("linear-regression", "steady", {"train.epochs": 1000})
    exact = least_squares(run.timeline.plan)
    assert run.trainer.parameters == pytest.approx(exact.parameters, abs=1e-12)
    assert run.trainer.evaluate().loss == pytest.approx(exact.loss, rel=1e-12)


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.24, 0.26])
def test_each_step_multiplies_the_distance_along_each_direction_by_its_factor(trained, rate):
    run = trained("linear-regression", "steady", {"schedule.rate": rate, "train.epochs": 30})
    exact = least_squares(run.timeline.plan)
    start = run.timeline.checkpoints.before(0).parameters - exact.parameters
    expected = exact.directions @ ((1.0 - rate * exact.curvatures) ** 30 * (exact.directions.T @ start))
    assert run.trainer.parameters - exact.parameters == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert (np.abs(1.0 - rate * exact.curvatures).max() < 1) == (rate < 2.0 / exact.curvatures[-1])


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    reduction=st.sampled_from(["mean", "half-mean", "half-sum"]),
    bias=st.booleans(),
    features=st.integers(1, 3),
    outputs=st.integers(1, 2),
)
def test_no_step_away_from_it_lowers_the_loss(seed, reduction, bias, features, outputs):
    rng = np.random.default_rng(seed)
    inputs, targets = rng.normal(size=(8, features)), rng.normal(size=(8, outputs))
    scenario = linear(inputs.tolist(), targets.tolist(), reduction, f"bias = {'true' if bias else 'false'}")
    plan = scenario.plan()
    exact = least_squares(plan)
    run = Run(scenario)

    def loss(parameters):
        run.trainer.parameters[:] = parameters
        return run.trainer.evaluate().loss

    assert loss(exact.parameters) == pytest.approx(exact.loss, rel=1e-9)
    # Along a direction the loss is a parabola, C = C0 + curvature / 2 * t**2, as the Hessian says.
    for curvature, direction in zip(exact.curvatures, exact.directions.T, strict=True):
        away = np.zeros((len(direction), outputs))
        away[:, 0] = direction
        risen = loss(exact.parameters + 0.7 * away.reshape(-1))
        assert risen - exact.loss == pytest.approx(curvature / 2 * 0.49, rel=1e-6, abs=1e-12)


def test_where_columns_depend_on_each_other_the_answer_nearest_to_0_is_given():
    exact = least_squares(linear([[1.0, 1.0], [2.0, 2.0]], [[2.0], [4.0]], extra="bias = false").plan())
    assert exact.parameters == pytest.approx([1, 1])
    assert exact.curvatures[0] == pytest.approx(0, abs=1e-12)
    none = least_squares(linear([[0.0], [0.0]], [[2.0], [4.0]], extra="bias = false").plan())
    assert none.curvatures[-1] == 0.0


@pytest.mark.parametrize(
    "change",
    [
        {"model.hidden": [2]},
        {"model.output": "tanh"},
        {"model.output": "sigmoid", "loss": "binary-cross-entropy"},
    ],
)
def test_there_is_none_for_a_model_or_loss_of_another_kind(change):
    assert least_squares(linear([[0.0], [1.0]], [[0.0], [1.0]]).plan(settings=change)) is None
