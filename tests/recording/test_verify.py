"""A true recording is verified; one that was altered is not, however well checksums and hash were forged."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from damaged_recordings import forge
from forged_recordings import forge_first, in_segment, next_weight, rehash
from recorded_runs import TASKS, changed_on_the_way, diverged, ruled_on_the_way, trained

from nnsim.errors import RecordingError
from nnsim.recording import open_recording, save
from nnsim.recording.format import CHECKPOINTS, COMMANDS, MARKS, META, RUNS, SEGMENTS
from nnsim.recording.verification import verify
from nnsim.timeline.run import Run

ROOT = Path(__file__).parents[2]


def verdict_on(path, **options):
    with open_recording(path) as recording:
        return verify(recording, **options)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "x.nnsim"
    save(path, [changed_on_the_way().timeline])
    return path


@pytest.mark.parametrize("task", sorted(TASKS))
def test_every_kind_of_run_is_verified_to_the_last_bit(tmp_path, task):
    run = trained(task, 1000)
    if task == "batches":
        run.interrupt()
    save(tmp_path / "x.nnsim", [run.timeline])
    verdict = verdict_on(tmp_path / "x.nnsim")
    assert (verdict.verified, verdict.differing) == (True, [])
    assert (verdict.largest, verdict.tolerance) == (0.0, 0.0)
    assert verdict.steps == run.timeline.length
    assert verdict.checkpoints == len(run.timeline.checkpoints)
    assert verdict.recorded == verdict.here


def test_runs_that_were_changed_forked_or_diverged_are_verified_too(path, tmp_path):
    assert verdict_on(path).verified
    ruled, stopped = ruled_on_the_way(), trained("early stopping, plateau", 100_000)
    assert stopped.timeline.stop.reason == "early-stopping"
    for run in (ruled, stopped):
        save(path, [run.timeline], replace=True)
        assert verdict_on(path).verified
    reached = trained("target", 3000)
    assert reached.timeline.stop.reason == "target"
    reached.change("schedule.rate", 0.5)
    reached.advance_to(reached.timeline.length + 10)
    fork = Run.fork(reached.timeline, reached.timeline.length - 5)
    fork.change("schedule.rate", 0.7)
    fork.advance_to(fork.timeline.length + 300)
    save(tmp_path / "y.nnsim", [reached.timeline, fork.timeline])
    assert verdict_on(tmp_path / "y.nnsim").verified
    save(tmp_path / "z.nnsim", [diverged().timeline])
    assert verdict_on(tmp_path / "z.nnsim").verified


def test_a_single_altered_loss_is_found(path):
    forge_first(path, SEGMENTS, in_segment(1233, 1e-15), "series = 0 AND chunk = 0")
    rehash(path)
    verdict = verdict_on(path, tolerance=0.0)
    assert not verdict.verified
    assert len(verdict.differing) == 1
    assert verdict.differing[0].startswith("loss at step 1,234: 0.")
    assert verdict.largest == pytest.approx(1e-15, rel=0.2)
    verdict = verdict_on(path)  # as much as another processor may come to, though this one does not
    assert (verdict.verified, verdict.proof) == (True, "rounding")
    assert any("names this very platform" in one for one in verdict.notes)
    assert verdict_on(path, tolerance=1e-12).verified


def test_a_single_altered_weight_is_found(path):
    forge_first(path, CHECKPOINTS, next_weight, "step = 512")
    rehash(path)
    verdict = verdict_on(path, tolerance=0.0)
    assert verdict.differing == ["the checkpoint at step 512: parameters recorded otherwise"]
    assert 0 < verdict.largest < 1e-14
    assert verdict_on(path).proof == "rounding"


def test_a_missing_command_is_found(path):
    forge(path, RUNS, lambda row: row.__setitem__(6, 2))
    rehash(path, "UPDATE commands SET number = number", "DELETE FROM commands WHERE number = 2")
    with open_recording(path) as recording:  # without it the run would be longer, and nothing says that it is not
        assert len(recording.timelines[0].commands) == 2
    assert not verdict_on(path).verified


def test_a_missing_command_that_changes_figures_is_found_where_they_change(tmp_path):
    run, path = trained("full batch", 300), tmp_path / "x.nnsim"
    run.change("schedule.rate", 0.5)
    run.advance_to(700)
    save(path, [run.timeline])
    forge(path, RUNS, lambda row: (row.__setitem__(6, 0), row.__setitem__(7, 0)))
    rehash(path, "DELETE FROM commands", "DELETE FROM marks")
    verdict = verdict_on(path)
    assert not verdict.verified
    assert any(one.startswith("loss at step 302:") for one in verdict.differing)
    assert any(one.startswith("the checkpoint at step 512:") for one in verdict.differing)
    assert "the parameters after the last step are others" in verdict.differing


def test_an_invented_end_and_an_invented_success_are_found(tmp_path):
    run, path = trained("full batch", 400), tmp_path / "x.nnsim"
    save(path, [run.timeline])
    forge(path, RUNS, lambda row: row.__setitem__(slice(7, 11), [1, "target", 400, "loss reached 0.001"]))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(MARKS.insert, MARKS.row(0, 0, 400, "target", "loss reached 0.001"))
    connection.close()
    rehash(path)
    assert verdict_on(path).differing == [
        "the end, 'loss reached 0.001', is another",
        "nothing is there to mark at step 400: loss reached 0.001",
    ]


def test_what_was_altered_by_hand_is_told_by_the_hash_alone(path):
    forge(path, RUNS, lambda row: row.__setitem__(10, "a better end"))
    assert verdict_on(path).differing == [
        "something was changed after it was recorded (the hash is another)",
        "the end, 'a better end', is another",
    ]


def test_a_claimed_platform_allows_nothing(path):
    forge_first(path, META, lambda row: row.__setitem__(1, "Plan9 m68k"), "key = 'platform'")
    rehash(path)
    verdict = verdict_on(path)
    assert (verdict.verified, verdict.proof, verdict.recorded["platform"]) == (True, "bits", "Plan9 m68k")
    forge_first(path, SEGMENTS, in_segment(1233, 1e-9), "series = 0 AND chunk = 0")
    rehash(path)
    verdict = verdict_on(path)
    assert not verdict.verified
    assert verdict.proof == "none"
    assert verdict.differing[0].startswith("loss at step 1,234:")
    assert verdict_on(path, tolerance=1e-8).verified


def test_it_can_be_stopped(path):
    seen = []

    def look(timeline, step):
        seen.append(step)
        return len(seen) < 3

    verdict = verdict_on(path, look=look)
    assert not verdict.verified
    assert verdict.steps == seen[-1] < 2100


def retouched():
    run = trained("batches", 300)
    run.change("parameters.layer2.weight[3,1]", 0.5)
    run.advance_to(700)
    run.change("parameters.layer1.bias[2]", -1.0)
    run.advance_to(1000)
    return run


def test_parameters_changed_by_hand_are_verified_and_forged_ones_are_found(tmp_path):
    path = tmp_path / "x.nnsim"
    run = retouched()
    save(path, [run.timeline])
    assert verdict_on(path).verified
    with open_recording(path) as recording:
        assert recording.timelines[0].commands == run.timeline.commands
    forge(path, COMMANDS, lambda row: row.__setitem__(4, "-1.5"))
    rehash(path)
    assert any("step 701" in one for one in verdict_on(path).differing)


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("parameters.layer1.bias[5]", "-1.0", "command 2 of run 1: .*is not there"),
        ("parameters.layer1.bias[5", "-1.0", "names no parameter"),
        ("parameters.layer1.bias[2]", '"high"', "is not allowed"),
        ("parameters.layer1.bias[2]", "NaN", "is not allowed"),
        ("parameters", "1.0", "cannot be given there"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_though_its_checksum_fits(tmp_path, key, value, complaint):
    path = tmp_path / "x.nnsim"
    save(path, [retouched().timeline])
    forge(path, COMMANDS, lambda row: row.__setitem__(slice(3, 5), [key, value]))
    with pytest.raises(RecordingError, match=complaint):
        verdict_on(path)


@pytest.mark.parametrize("threads", ["2", "4"])
def test_threads_asked_of_the_linear_algebra_change_no_bit(tmp_path, threads):
    """The products of this scenario are large enough for OpenBLAS to share them among threads."""
    path = tmp_path / "x.nnsim"
    command = [sys.executable, "-m", "nnsim", "run", "grokking", "--epochs", "10", "--record", str(path)]
    subprocess.run(
        command, env=os.environ | {"OPENBLAS_NUM_THREADS": threads}, cwd=ROOT, check=True, capture_output=True
    )
    verdict = verdict_on(path)  # by one thread, as the whole suite
    assert (verdict.verified, verdict.largest) == (True, 0.0)
