"""What is left of a damaged recording opens when asked to: with gaps, and with sentences that name them."""

import sqlite3
from contextlib import suppress
from random import Random

import numpy as np
import pytest
from damaged_recordings import damage, forge, look_at, read_left
from recorded_runs import assert_same, changed_on_the_way, make_scenario, ruled_on_the_way, trained
from shared import THIRD

from nnsim.errors import RecordingError
from nnsim.recording import describe, open_recording, save
from nnsim.recording.format import RUNS
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run


@pytest.fixture(scope="module")
def run():
    """Three chunks of step records, and some forty checkpoints."""
    run = Run(make_scenario("[train]\nepochs = 10000"))
    run.advance_to(10_000)
    return run


def edit(path, *statements):
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def assert_as_it_was(found, run, but=()):
    """Whether all figures are those of the run, but for stretches of samples that are NaN."""
    assert found.series.keys() == run.timeline.series.keys()
    for name, series in run.timeline.series.items():
        expected = series.values(0, len(series))
        for lost, first, last in but:
            if lost == name:
                expected[first:last] = np.nan
        seen = found.series[name].values(0, len(series))
        assert seen.tobytes() == expected.tobytes(), name
        finite = np.isfinite(expected)
        envelope = found.series[name].envelope(0, len(series), 50)
        assert np.nanmin(envelope.low) == expected[finite].min()
        assert np.nanmax(envelope.high) == expected[finite].max()


def test_a_sound_recording_has_no_damage(path, run):
    with open_recording(path, "gaps") as recording:
        assert recording.damage == []
        assert_same(recording.timelines[0], run.timeline, [5000])
    assert "damage" not in describe(path)


def test_rules_that_were_changed_under_way_are_no_damage(tmp_path):
    run = ruled_on_the_way()
    save(tmp_path / "x.nnsim", [run.timeline])
    with open_recording(tmp_path / "x.nnsim", "gaps") as recording:
        assert recording.damage == []
        assert_same(recording.timelines[0], run.timeline, [1000])


def test_a_damaged_chunk_is_a_gap_and_is_named(path, run):
    edit(path, "UPDATE segments SET crc = crc + 1 WHERE series = 0 AND chunk = 1")
    with open_recording(path, "gaps") as recording:
        assert recording.damage == ["step records 4,097-8,192 of loss are damaged"]
        timeline = recording.timelines[0]
        assert_as_it_was(timeline, run, [("loss", 4096, 8192)])
        assert "loss" in timeline.record(10_000)
        assert np.isnan(timeline.record(5000)["loss"])
        assert (
            Replica(timeline).at(5000).parameters.tobytes() == Replica(run.timeline).at(5000).parameters.tobytes()
        )
    assert describe(path)["damage"] == ["step records 4,097-8,192 of loss are damaged"]


def test_neighbouring_gaps_are_one_and_a_lost_series_is_a_gap_throughout(path, run):
    edit(path, "DELETE FROM segments WHERE series = 0 AND chunk > 0", "DELETE FROM series WHERE series = 1")
    name = list(run.timeline.series)[1]
    with open_recording(path, "gaps") as recording:
        assert recording.damage == [
            "step records 4,097-10,000 of loss are damaged",
            f"step records 1-10,000 of {name} are damaged",
        ]
        series = recording.timelines[0].series
        assert np.isnan(series[name].values(0, 10_000)).all()
        assert series["loss"].at_step(4096) == run.timeline.series["loss"].at_step(4096)


def test_damaged_checkpoints_are_left_out_and_their_steps_trained_again(path, run):
    edit(path, "UPDATE checkpoints SET parameters = zeroblob(8) WHERE step IN (0, 512, 768, 2560)")
    with open_recording(path, "gaps") as recording:
        assert recording.damage == [
            "the checkpoint at step 0 of run 1 is damaged",
            "2 checkpoints from step 512 to 768 of run 1 are damaged",
            "the checkpoint at step 2,560 of run 1 is damaged",
        ]
        timeline = recording.timelines[0]
        steps = (0, 1, 512, 800, 2560, 10_000)
        mine, its = Replica(timeline), Replica(run.timeline)
        for step in steps:
            assert mine.at(step).parameters.tobytes() == its.at(step).parameters.tobytes()
        assert_as_it_was(timeline, run)


def test_a_run_ends_where_a_command_is_lost(tmp_path):
    run, path = changed_on_the_way(), tmp_path / "x.nnsim"
    save(path, [run.timeline])
    edit(path, "UPDATE commands SET value = '0.1' WHERE number = 1")
    with open_recording(path, "gaps") as recording:
        assert recording.damage == ["command 2 of run 1 is damaged: its steps after 1,500 are left out"]
        timeline = recording.timelines[0]
        assert (timeline.length, timeline.commands) == (1500, run.timeline.commands[:1])
        assert timeline.stop is None
        assert (
            Replica(timeline).at(1500).parameters.tobytes() == Replica(run.timeline).at(1500).parameters.tobytes()
        )
        assert timeline.record(1500) == run.timeline.record(1500)


def test_one_lost_run_leaves_the_others(tmp_path):
    runs, path = [trained("full batch", 300), trained("full batch", 500)], tmp_path / "x.nnsim"
    save(path, [run.timeline for run in runs])
    edit(path, "UPDATE runs SET length = 299 WHERE run = 0")
    with open_recording(path, "gaps") as recording:
        assert recording.damage == ["run 1 is damaged, and left out"]
        assert_same(recording.timelines[0], runs[1].timeline, [400])


def test_of_a_file_that_has_lost_its_end_the_beginning_opens(path, sound):
    path.write_bytes(sound[: len(sound) * 2 // 3])
    with pytest.raises(RecordingError, match="is damaged"):
        open_recording(path)
    with open_recording(path, "gaps") as recording:
        timeline = recording.timelines[0]
        assert timeline.length == 10_000
        assert np.isfinite(timeline.series["loss"].values(0, 4096)).all()
        assert recording.damage
    assert path.read_bytes() == sound[: len(sound) * 2 // 3]


def test_what_was_changed_with_all_checksums_right_is_named_by_the_hash(path):
    forge(path, RUNS, lambda row: row.__setitem__(10, "all 20,000 epochs are trained"))
    assert describe(path)["damage"] == ["something was changed after it was recorded (the hash is another)"]


def test_no_damage_goes_unnamed(path, sound):
    """What the strict reader refuses is either refused too, or opens with a sentence about it."""
    opened = 0
    cases = 120 // THIRD
    for case in range(cases):
        damage(sound, path, Random(case))
        refused = salvaged = False
        try:
            with open_recording(path) as recording:
                look_at(recording)
        except RecordingError:
            refused = True
        with suppress(RecordingError):
            told = read_left(path)
            salvaged = True
            assert told or not refused, case
            assert not any("\n" in one for one in told)
        assert salvaged or refused, case
        opened += refused and salvaged
    assert opened > cases / 6


def test_a_file_cannot_claim_gaps_without_end(path):
    def longer(row):
        row[4] = 900_000_000

    forge(path, RUNS, longer)
    with pytest.raises(RecordingError, match="far more step records than a file of this size"):
        open_recording(path, "gaps")
