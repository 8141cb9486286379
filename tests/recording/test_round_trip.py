"""A recording reads back what was written: figures, checkpoints, commands, marks, and every step's parameters."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recorded_runs import (
    TASKS,
    assert_same,
    changed_on_the_way,
    diverged,
    make_scenario,
    ruled_on_the_way,
    trained,
)

from nnsim.errors import RecordingError
from nnsim.recording import Recorder, describe, open_recording, save
from nnsim.recording.format import SEGMENTS
from nnsim.recording.packing import pack, unpack
from nnsim.recording.sqlite_reader import RecordingTables
from nnsim.timeline.run import Run
from nnsim.training.records import figures
from nnsim.training.trainer import Trainer


@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(task=st.sampled_from(sorted(TASKS)), steps=st.integers(0, 9000), data=st.data())
def test_what_is_saved_is_read_again(tmp_path, task, steps, data):
    run = trained(task, steps)
    if data.draw(st.booleans()):
        run.interrupt()
    path = tmp_path / "x.nnsim"
    save(path, [run.timeline], replace=True)
    replicas = data.draw(st.lists(st.integers(0, run.timeline.length), max_size=4))
    with open_recording(path) as recording:
        assert recording.scenario == run.timeline.scenario
        assert recording.closed_properly
        assert recording.hash_holds()
        assert_same(recording.timelines[0], run.timeline, replicas)


@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(task=st.sampled_from(sorted(TASKS)), data=st.data())
def test_what_is_recorded_in_parts_is_what_is_saved_at_once(tmp_path, task, data):
    run = Run(make_scenario(TASKS[task]))
    path = tmp_path / "x.nnsim"
    with Recorder(path, [run.timeline], replace=True) as recorder:
        for part in data.draw(st.lists(st.integers(1, 6000), max_size=4)):
            run.advance_to(run.timeline.length + part)
            recorder.flush()
            with open_recording(path) as recording:
                assert not recording.closed_properly
                assert recording.timelines[0].length == run.timeline.length
    with open_recording(path) as recording:
        assert recording.hash_holds()
        assert_same(recording.timelines[0], run.timeline, [run.timeline.length])


@pytest.mark.parametrize("make", [diverged, changed_on_the_way, ruled_on_the_way])
def test_a_run_that_diverged_or_was_changed_on_the_way(tmp_path, make):
    run = make()
    save(tmp_path / "x.nnsim", [run.timeline])
    with open_recording(tmp_path / "x.nnsim") as recording:
        end = run.timeline.length
        steps = [step for step in (0, 1, 150, 300, 301, 1499, 1501, end) if step <= end]
        assert_same(recording.timelines[0], run.timeline, steps)
        # A recording of a recording is the same again.
        save(tmp_path / "y.nnsim", recording.timelines)
    with open_recording(tmp_path / "y.nnsim") as recording:
        assert_same(recording.timelines[0], run.timeline)


def test_a_race_is_one_recording_and_a_run_may_join_later(tmp_path):
    head = '[[variants]]\nname = "a"\n[[variants]]\nname = "b"\n[variants.set]\n"random.seed" = 3'
    scenario = make_scenario("", head)
    runs = [Run(scenario, "a"), Run(scenario, "b"), Run(scenario, "b", {"random.seed": 9})]
    with Recorder(tmp_path / "x.nnsim", [runs[0].timeline, runs[1].timeline]) as recorder:
        for run in runs:
            run.advance_to(700)
        recorder.add(runs[2].timeline)
        recorder.flush()
        runs[2].advance_to(900)
        with pytest.raises(RecordingError, match="runs of one scenario only"):
            recorder.add(trained("batches", 1).timeline)
    with open_recording(tmp_path / "x.nnsim") as recording:
        assert [one.name for one in recording.timelines] == ["a", "b", "b · seed 9"]
        for run, timeline in zip(runs, recording.timelines, strict=True):
            assert_same(timeline, run.timeline, [600])


@pytest.mark.parametrize("step", [0, 1, 300, 1000])
def test_a_fork_is_recorded_as_the_run_that_it_is(tmp_path, step):
    run = trained("validation", 1000)
    fork = Run.fork(run.timeline, step)
    fork.change("schedule.rate", 0.7)
    save(tmp_path / "x.nnsim", [run.timeline, fork.timeline])
    with Recorder(tmp_path / "y.nnsim", [run.timeline, fork.timeline]):
        fork.advance_to(1300)
    for name in ("x.nnsim", "y.nnsim"):
        with open_recording(tmp_path / name) as recording:
            first, second = recording.timelines
            assert_same(first, run.timeline)
            assert second.fork_step == step
            assert second.name == fork.timeline.name
            if name == "y.nnsim":
                assert_same(second, fork.timeline, [0, step, 1300])
            forked = Run.fork(second, step)  # a fork of what lies in a file goes on too
            forked.advance_to(step + 50)
            assert forked.timeline.length == step + 50


def test_opening_reads_no_value_and_looking_reads_only_what_is_looked_at(tmp_path, monkeypatch):
    run = trained("full batch", 1)
    run.change("train.epochs", 90_000)
    run.advance_to(90_000)
    save(tmp_path / "x.nnsim", [run.timeline])
    read = []
    last = RecordingTables.last

    def counting(self, table, what, where, values):
        read.append((table.name, *values))
        return last(self, table, what, where, values)

    monkeypatch.setattr(RecordingTables, "last", counting)
    with open_recording(tmp_path / "x.nnsim") as recording:
        loss = recording.timelines[0].series["loss"]
        seen, expected = loss.envelope(0, 90_000, 100), run.timeline.series["loss"].envelope(0, 90_000, 100)
        assert seen.low.tobytes() == expected.low.tobytes()
        assert {one[0] for one in read} <= {SEGMENTS.name}
        assert {one[2] for one in read} <= {90_000 // 4096}  # no more than the unfinished block at its end
        read.clear()
        assert loss.at_step(45_000) == run.timeline.series["loss"].at_step(45_000)
        assert len(read) == 1


@pytest.mark.parametrize("task", sorted(TASKS))
def test_the_figures_of_a_plan_are_those_that_its_trainer_records(task):
    plan = make_scenario(TASKS[task]).plan()
    records = Trainer(plan).advance(1)
    strides = dict.fromkeys(records.steps, 1) | dict.fromkeys(records.epochs, plan.steps_per_epoch)
    assert figures(plan) == strides
    small = diverged().timeline
    assert figures(small.plan).keys() == small.series.keys()
    assert "parameter:2" in small.series


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True, width=64), min_size=1, max_size=300))
def test_every_float_survives_packing(values):
    column = np.array(values)
    assert unpack(pack(column), len(column)).tobytes() == column.tobytes()


def test_describe_says_what_a_recording_holds(tmp_path):
    run = changed_on_the_way()
    save(tmp_path / "x.nnsim", [run.timeline], created_by="nnsim run")
    found = describe(tmp_path / "x.nnsim")
    assert (found["scenario"], found["title"], found["created_by"], found["format"]) == (
        "small",
        "t",
        "nnsim run",
        "1.3",
    )
    assert found["closed_properly"] is True
    assert found["hash_ok"] is True
    assert found["size"] == (tmp_path / "x.nnsim").stat().st_size
    (one,) = found["runs"]
    assert (one["steps"], one["epochs"], one["planned_epochs"]) == (2100, 700, 700)
    assert (one["seed"], one["settings"]) == (5, {"random.seed": 5, "model.hidden": [3, 2]})
    assert one["final"]["loss"] == run.timeline.record(2100)["loss"]
    assert [c["step"] for c in one["commands"]] == [300, 1500, 1500]
    assert one["stop"]["reason"] == "epochs"
    with Recorder(tmp_path / "y.nnsim", [diverged().timeline]):
        unfinished = describe(tmp_path / "y.nnsim")
    assert (unfinished["closed_properly"], unfinished["hash_ok"]) == (False, None)
    assert unfinished["runs"][0]["final"]["loss"] == "inf"
