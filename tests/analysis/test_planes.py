"""Planes through parameters, and surveys of the loss over them."""

import numpy as np
import pytest

from nnsim.analysis.loss_grid import Survey
from nnsim.analysis.planes import Plane, chosen_plane, parameter_name, path_plane, random_plane
from nnsim.timeline.run import Run
from nnsim.training.trainer import Trainer

MODELS = {
    "dense": "[model]\nhidden = [3, 2]\n",
    "no biases": "[model]\nhidden = [4]\nbias = false\n",
    "batch-norm": '[model]\nlayers = [{ kind = "dense", units = 3 }, { kind = "batch-norm" }]\n',
}


def trained_run(small_scenario, extra=MODELS["dense"], steps=300):
    run = Run(small_scenario(extra, head=""))
    run.advance_to(steps)
    return run


def test_each_units_part_of_a_random_direction_is_as_long_as_its_weights(small_scenario):
    run = trained_run(small_scenario)
    centre, network = run.trainer.parameters, run.timeline.plan.network
    plane = random_plane(network, centre, rng=np.random.default_rng(0))
    for direction in (plane.across, plane.upwards):
        for layer in network.layers:
            lengths = np.linalg.norm(layer.weights(direction), axis=0)
            assert lengths == pytest.approx(np.linalg.norm(layer.weights(centre), axis=0), rel=1e-12)
            assert not layer.biases(direction).any()
    assert not np.array_equal(plane.across, plane.upwards)


def test_the_path_lies_along_its_principal_components():
    rng = np.random.default_rng(1)
    first, second = np.linalg.qr(rng.normal(size=(12, 2)))[0].T
    along = rng.normal(size=(40, 2)) * [5.0, 1.0]
    along -= along.mean(axis=0)
    walked = along @ np.stack((first, second)) + 7.0
    plane = path_plane(np.full(12, 7.0), walked)
    # The directions of the singular values of the same points.
    right = np.linalg.svd(walked - 7.0, full_matrices=False)[2][:2]
    assert abs(right[0] @ plane.across) == pytest.approx(1.0, rel=1e-9)
    assert abs(right[1] @ plane.upwards) == pytest.approx(1.0, rel=1e-9)
    shadows = plane.coordinates(walked)
    assert plane.at(shadows[:, 0], shadows[:, 1]) == pytest.approx(walked, rel=1e-9)
    assert plane.names == ("1st direction", "2nd direction")
    assert plane.shares == pytest.approx((along**2).sum(axis=0) / (along**2).sum(), abs=0.02)
    assert path_plane(np.zeros(3), np.ones((5, 3)) * np.arange(5)[:, None]) is None  # a straight line


def test_the_plane_of_two_parameters_reads_their_values(small_scenario):
    run = trained_run(small_scenario)
    centre, plan = run.trainer.parameters.copy(), run.timeline.plan
    plane = chosen_plane(plan.network, centre, 4, 9, ("a", "b"))
    assert plane.coordinates(centre[None, :])[0] == pytest.approx([centre[4], centre[9]])
    moved = plane.at(np.array([0.25]), np.array([-3.0]))[0]
    assert (moved[4], moved[9]) == (pytest.approx(0.25), -3.0)
    assert np.flatnonzero(moved != centre).tolist() == [4, 9]
    assert plane.along(np.eye(plan.network.size)[[4, 9, 0]]).tolist() == [[1, 0], [0, 1], [0, 0]]
    names = [parameter_name(plan, index) for index in range(plan.network.size)]
    assert len(set(names)) == len(names)
    assert (names[0], names[6], names[-1]) == ("layer1 w(1,1)", "layer1 b(1)", "layer3 b(1)")


def test_directions_that_are_not_at_right_angles_give_back_what_was_put_in():
    plane = Plane(np.ones(3), np.array([1.0, 1.0, 0.0]), np.array([0.0, 2.0, 0.5]), (3.0, -1.0))
    x, y = np.array([3.5, 2.0]), np.array([0.0, 4.0])
    assert plane.coordinates(plane.at(x, y)) == pytest.approx(np.column_stack((x, y)))


def test_a_point_that_is_not_finite_has_no_place():
    plane = Plane(np.zeros(3), np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))
    places = plane.coordinates(np.array([[1, 2, 3], [np.inf, 2, 3], [-np.inf, np.nan, 0], [1e308] * 3]))
    assert places[0].tolist() == [1.0, 2.0]
    assert not np.isfinite(places[1:3]).any()
    assert np.isfinite(places[3]).all()


@pytest.mark.parametrize("model", MODELS)
def test_a_survey_finds_what_the_trainer_finds_at_each_point(model, small_scenario):
    run = trained_run(small_scenario, MODELS[model])
    plan, centre = run.timeline.plan, run.trainer.parameters.copy()
    plane = random_plane(plan.network, centre, rng=np.random.default_rng(2))
    survey = Survey(run.trainer, plane, (-1.0, 1.0), (-0.5, 2.0), 7, 5)
    assert survey.advance(1000) == 35
    assert (survey.finished, survey.advance(5)) == (True, 0)
    asked = Trainer(plan)
    asked.statistics[...] = run.trainer.statistics
    for i, y in enumerate(np.linspace(-0.5, 2.0, 5)):
        for j, x in enumerate(np.linspace(-1.0, 1.0, 7)):
            asked.parameters[:] = plane.at(np.array([x]), np.array([y]))[0]
            assert survey.losses[i, j] == pytest.approx(asked.evaluate().loss, rel=1e-10)
    assert np.array_equal(run.trainer.parameters, centre)


def test_a_survey_in_parts_is_the_same_and_shows_the_whole_early(small_scenario):
    run = trained_run(small_scenario)
    plane = random_plane(run.timeline.plan.network, run.trainer.parameters, rng=np.random.default_rng(3))
    whole, parts = (Survey(run.trainer, plane, (-1, 1), (-1, 1), 20, 17) for _ in range(2))
    whole.advance(whole.size)
    assert np.isnan(parts.losses).all()
    parts.advance(3 * 3)  # every eighth point each way
    assert np.isfinite(parts.losses).all()  # each point has a neighbour's loss
    assert np.array_equal(parts.losses[::8, ::8], whole.losses[::8, ::8])
    while parts.advance(7):
        pass
    assert parts.losses == pytest.approx(whole.losses, rel=1e-12)


def test_large_data_is_looked_at_in_even_parts(small_scenario, monkeypatch):
    monkeypatch.setattr("nnsim.analysis.loss_grid.MOST_WORK", 40)
    run = trained_run(small_scenario, steps=3)
    plane = random_plane(run.timeline.plan.network, run.trainer.parameters, rng=np.random.default_rng(3))
    assert Survey(run.trainer, plane, (-1, 1), (-1, 1), 3, 3).rows == 2
