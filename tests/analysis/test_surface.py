"""The loss as a landscape: the same numbers as the trainer's, a true bowl, and the path on it."""

import numpy as np
import pytest

from nnsim.analysis.least_squares import least_squares
from nnsim.analysis.surface import has_surface, loss_surface, losses_at, path
from nnsim.errors import ScenarioError
from nnsim.replica import Replica
from nnsim.run import Run
from nnsim.scenario.scenario import parse_scenario


def test_the_grid_is_the_mean_squared_distance_of_the_points_from_each_line(trained):
    plan = trained("linear-regression", "steady").timeline.plan
    surface = loss_surface(plan, (-2.0, 4.0), (-6.0, 8.0), columns=31, rows=57)
    assert surface.losses.shape == (57, 31)
    assert (surface.across[0], surface.across[-1], surface.upwards[0], surface.upwards[-1]) == (-2, 4, -6, 8)
    x, y = plan.examples.inputs[:, 0], plan.examples.targets[:, 0]
    for row, intercept in enumerate(surface.upwards):
        for column, slope in enumerate(surface.across):
            expected = np.mean((slope * x + intercept - y) ** 2)
            assert surface.losses[row, column] == pytest.approx(expected, rel=1e-12)
    exact = least_squares(plan)
    low = np.unravel_index(surface.losses.argmin(), surface.losses.shape)
    assert surface.losses.min() >= exact.loss
    assert abs(surface.across[low[1]] - exact.parameters[0]) <= 0.2
    assert abs(surface.upwards[low[0]] - exact.parameters[1]) <= 0.25
    assert (np.diff(surface.losses, 2, axis=0) > 0).all()  # a bowl: curved upwards along every line
    assert (np.diff(surface.losses, 2, axis=1) > 0).all()


@pytest.mark.parametrize("bias", ["true", "false"])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_many_settings_at_once_give_the_loss_that_the_trainer_finds_one_by_one(small_scenario, bias, activation):
    scenario = small_scenario(f'[model]\nhidden = [3, 2]\nactivation = "{activation}"\nbias = {bias}')
    run = Run(scenario)
    settings = np.random.default_rng(0).normal(size=(7, run.timeline.plan.network.size))
    found = losses_at(run.timeline.plan, settings)
    for parameters, loss in zip(settings, found, strict=True):
        run.trainer.parameters[:] = parameters
        assert run.trainer.evaluate().loss == pytest.approx(loss, rel=1e-12)


def test_a_large_grid_is_computed_in_parts_with_the_same_result(small_scenario, monkeypatch):
    plan = small_scenario("[model]\nbias = false").plan()
    whole = loss_surface(plan, (-3.0, 3.0), (-3.0, 3.0), 13, 9)
    monkeypatch.setattr("nnsim.analysis.surface.CELLS_AT_ONCE", 50)
    assert np.array_equal(loss_surface(plan, (-3.0, 3.0), (-3.0, 3.0), 13, 9).losses, whole.losses)


def test_overflow_is_a_value_not_a_warning(trained):
    plan = trained("linear-regression", "steady").timeline.plan
    assert np.isinf(losses_at(plan, np.array([[1e200, 0.0]]))).all()


def test_only_two_parameters_make_a_landscape(small_scenario):
    plan = small_scenario("[model]\nhidden = [2]").plan()
    assert not has_surface(plan)
    with pytest.raises(ScenarioError, match="needs a model of 2 parameters; this one has 9"):
        loss_surface(plan, (0.0, 1.0), (0.0, 1.0), 3, 3)
    with pytest.raises(ScenarioError, match=r"shape \(2, 4\) \(allowed: \(n, 9\)\)"):
        losses_at(plan, np.zeros((2, 4)))


def test_the_path_goes_from_the_start_through_the_steps_of_the_run(trained):
    timeline = trained("linear-regression", "zigzag").timeline
    replica = Replica(timeline)
    walked = path(timeline, 12, 100)
    assert walked.shape == (13, 2)
    for step, place in enumerate(walked):
        assert np.array_equal(place, replica.at(step).parameters)
    for step, points in ((200, 10), (200, 1), (1, 10), (10**6, 7)):
        some = path(timeline, step, points)
        assert len(some) <= points + 2
        assert np.array_equal(some[0], replica.at(0).parameters)
        assert np.array_equal(some[-1], replica.at(min(step, 200)).parameters)
    assert path(timeline, 0, 10).shape == (1, 2)


def test_a_run_that_has_not_begun_has_a_path_of_one_point(small_scenario):
    run = Run(small_scenario("[model]\nbias = false"))
    assert np.array_equal(path(run.timeline, 5, 10), run.trainer.parameters[None, :])


def test_a_surface_needs_no_line(small_scenario):
    """Two weights behind a sigmoid: another landscape, and the loss of the run lies on it."""
    run = Run(small_scenario("[model]\nbias = false"))
    start = run.trainer.parameters.copy()
    run.advance(1)
    assert losses_at(run.timeline.plan, start[None, :])[0] == pytest.approx(run.timeline.record(1)["loss"])


def test_a_plan_with_validation_is_judged_by_all_its_rows():
    text = 'title = "t"\nsummary = "s"\n[data]\nkind = "parity"\nbits = 3\n[train]\nvalidation = 0.5'
    plan = parse_scenario(text, name="t", source="t").plan()
    zeros = np.zeros((1, plan.network.size))
    assert losses_at(plan, zeros) == pytest.approx([0.25])
