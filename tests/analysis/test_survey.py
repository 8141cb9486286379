"""The loss as a landscape: the same numbers as the trainer's, and a true bowl where the model is a line."""

import numpy as np
import pytest

from nnsim.analysis.least_squares import least_squares
from nnsim.analysis.loss_grid import Survey, batched_losses, has_surface
from nnsim.analysis.planes import chosen_plane
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run
from nnsim.training.trainer import Trainer


def surveyed(plan, x_range, y_range, columns, rows):
    """The losses (rows, columns) over the first two parameters, the others as they begin."""
    trainer = Trainer(plan)
    plane = chosen_plane(plan.network, trainer.parameters, 0, 1, ("a", "b"))
    survey = Survey(trainer, plane, x_range, y_range, columns, rows)
    survey.advance(survey.size)
    return survey.losses


def test_the_grid_is_the_mean_squared_distance_of_the_points_from_each_line(trained):
    plan = trained("linear-regression", "steady").timeline.plan
    losses = surveyed(plan, (-2.0, 4.0), (-6.0, 8.0), columns=31, rows=57)
    across, upwards = np.linspace(-2, 4, 31), np.linspace(-6, 8, 57)
    x, y = plan.examples.inputs[:, 0], plan.examples.targets[:, 0]
    for row, intercept in enumerate(upwards):
        for column, slope in enumerate(across):
            assert losses[row, column] == pytest.approx(np.mean((slope * x + intercept - y) ** 2), rel=1e-12)
    exact = least_squares(plan)
    low = np.unravel_index(losses.argmin(), losses.shape)
    assert losses.min() >= exact.loss
    assert abs(across[low[1]] - exact.parameters[0]) <= 0.2
    assert abs(upwards[low[0]] - exact.parameters[1]) <= 0.25
    assert (np.diff(losses, 2, axis=0) > 0).all()  # a bowl: curved upwards along every line
    assert (np.diff(losses, 2, axis=1) > 0).all()


@pytest.mark.parametrize("bias", ["true", "false"])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_many_settings_at_once_give_the_loss_that_the_trainer_finds_one_by_one(small_scenario, bias, activation):
    run = Run(small_scenario(f'[model]\nhidden = [3, 2]\nactivation = "{activation}"\nbias = {bias}'))
    plan = run.timeline.plan
    settings = np.random.default_rng(0).normal(size=(7, plan.network.size))
    features = run.trainer.prepare(plan.examples.inputs).T
    found = batched_losses(plan, features, plan.examples.targets.T, settings)
    for parameters, loss in zip(settings, found, strict=True):
        run.trainer.parameters[:] = parameters
        assert run.trainer.evaluate().loss == pytest.approx(loss, rel=1e-12)


def test_a_large_grid_is_computed_in_parts_with_the_same_result(small_scenario, monkeypatch):
    plan = small_scenario("[model]\nbias = false").plan()
    whole = surveyed(plan, (-3.0, 3.0), (-3.0, 3.0), 13, 9)
    monkeypatch.setattr("nnsim.analysis.loss_grid.AT_ONCE", 50)
    assert np.array_equal(surveyed(plan, (-3.0, 3.0), (-3.0, 3.0), 13, 9), whole)


def test_overflow_is_a_value_not_a_warning(trained):
    plan = trained("linear-regression", "steady").timeline.plan
    assert np.isinf(surveyed(plan, (1e200, 2e200), (0.0, 1.0), 2, 2)).all()


def test_only_two_parameters_make_a_landscape_of_the_whole_model(small_scenario, trained):
    assert not has_surface(small_scenario("[model]\nhidden = [2]").plan())
    assert has_surface(trained("linear-regression", "steady").timeline.plan)


def test_a_surface_needs_no_line(small_scenario):
    """Two weights behind a sigmoid: another landscape, and the loss of the run lies on it."""
    run = Run(small_scenario("[model]\nbias = false"))
    x, y = run.trainer.parameters.tolist()
    run.advance(1)
    losses = surveyed(run.timeline.plan, (x, x + 1.0), (y, y + 1.0), 2, 2)
    assert losses[0, 0] == pytest.approx(run.timeline.record(1)["loss"])


def test_a_plan_with_validation_is_judged_by_all_its_rows():
    text = 'title = "t"\nsummary = "s"\n[data]\nkind = "parity"\nbits = 3\n[train]\nvalidation = 0.5'
    plan = parse_scenario(text, name="t", source="t").plan()
    trainer = Trainer(plan)
    trainer.parameters[:] = 0.0
    plane = chosen_plane(plan.network, trainer.parameters, 0, 1, ("a", "b"))
    survey = Survey(trainer, plane, (0.0, 1.0), (0.0, 1.0), 2, 2)
    survey.advance(survey.size)
    assert survey.losses[0, 0] == pytest.approx(0.25)
