"""The way of a run: exact at every step of it, without gaps once it is trained again, and never for too long."""

import numpy as np
import pytest

from nnsim.analysis.parameter_path import Walk
from nnsim.recording import Recorder, follow_recording
from nnsim.timeline.checkpoints import Checkpoints
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run


def trained_run(small_scenario, steps, extra="[model]\nhidden = [3, 2]\n"):
    run = Run(small_scenario(extra, head=""))
    run.advance_to(steps)
    return run


def is_exact(walk, timeline, steps):
    replica = Replica(timeline)
    for step, parameters in zip(steps, walk.at(steps), strict=True):
        assert np.array_equal(parameters, replica.at(step).parameters), step


def test_checkpoints_are_at_hand_and_the_rest_is_trained_again_in_parts(small_scenario):
    run = trained_run(small_scenario, 900)
    walk = Walk(run.timeline)
    assert walk.wanted(900) == sorted({1, 2, 4, *range(0, 900, 8)})
    assert walk.steps(900) == [0, 256, 512, 768]
    assert 0.0 < walk.complete(900) < 0.1
    while (trained := walk.advance(900, 7)) == 7:
        pass
    assert trained < 7
    assert walk.complete(900) == 1.0
    assert walk.steps(900) == walk.wanted(900)
    is_exact(walk, run.timeline, walk.steps(900))
    # When it goes on, what was known is a part of what is wanted then.
    run.advance_to(1000)
    assert set(walk.steps(1000)) >= set(range(0, 900, 8))
    walk.advance(1000, 5000)
    is_exact(walk, run.timeline, walk.wanted(1000))


def test_before_the_first_step_there_is_the_start(small_scenario):
    walk = Walk(trained_run(small_scenario, 0).timeline)
    assert walk.steps(0) == walk.wanted(0) == [0]
    assert (walk.complete(0), walk.advance(0, 10)) == (1.0, 0)


def test_so_much_is_trained_again_and_no_more(small_scenario, monkeypatch):
    monkeypatch.setattr("nnsim.analysis.parameter_path.MOST_WORK", 100_000 * 40)
    run = trained_run(small_scenario, 900)
    walk = Walk(run.timeline)
    while walk.advance(900, 10):
        pass
    assert walk.complete(900) == 1.0  # nobody waits for what is not to be had
    assert walk.steps(900) == [0, 1, 2, 4, 8, 16, 24, 32, 40, 256, 512, 768]


def test_a_way_without_checkpoints_is_still_exact(small_scenario):
    run = trained_run(small_scenario, 0)
    run.timeline.checkpoints = Checkpoints(1 << 20)
    run.timeline.checkpoints.add(run.trainer.checkpoint())
    run.advance_to(300)
    walk = Walk(run.timeline, most=10)
    assert walk.wanted(300) == sorted({1, 2, 4, 8, 16, *range(0, 300, 32)})
    assert walk.advance(300, 100) == 100
    assert walk.steps(300)[-1] == 96
    assert walk.advance(300, 1000) == 288 - 100
    is_exact(walk, run.timeline, walk.wanted(300))


def test_the_way_of_a_small_model_is_read_from_its_records(scenario):
    run = Run(scenario("linear-regression"), "steady")
    run.advance_to(150)
    walk = Walk(run.timeline, most=20)
    steps = walk.steps(150)
    assert steps == [0, 1, 2, 4, *range(8, 150, 8)]
    assert walk.advance(150, 100) == 0
    is_exact(walk, run.timeline, steps)


@pytest.mark.parametrize("step", [0, 3, 40, 256])
def test_parameters_changed_by_hand_do_not_bend_what_was_before(small_scenario, step):
    run = trained_run(small_scenario, step)
    run.change("parameters.layer1.weight[1,1]", 5.0)
    run.advance_to(300)
    walk = Walk(run.timeline)
    while walk.advance(300, 9):
        pass
    is_exact(walk, run.timeline, walk.wanted(300))


def test_a_checkpoint_that_its_writer_has_thinned_out_is_not_taken_for_the_one_before(small_scenario, tmp_path):
    run = trained_run(small_scenario, 900, "[model]\nhidden = [3, 2]\n[train]\nepochs = 4000\n")
    run.timeline.checkpoints._budget = 5 * run.trainer.checkpoint().nbytes
    path = tmp_path / "x.nnsim"
    with Recorder(path, [run.timeline]) as recorder, follow_recording(path) as following:
        run.advance_to(1500)
        recorder.flush()
        walk = Walk(following.timelines[0])
        assert walk.steps(900) == [0, 512]
        is_exact(walk, run.timeline, walk.steps(900))
