"""The data that a scenario reads travels in its recording, and never asks for memory that it does not take."""

import base64
import sqlite3
import tracemalloc
import zlib

import numpy as np
import pytest

from nnsim.data.data_files import MAX_FILE, ScenarioFiles
from nnsim.errors import RecordingError
from nnsim.recording import open_recording, save
from nnsim.recording.codec import files_text, read_files, to_json
from nnsim.recording.format import MAX_DATA, META
from nnsim.scenario.scenario import MAX_BYTES, parse_scenario
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run

SCENARIO = """
title = "t"
summary = "s"
[data]
kind = "idx"
images = "images"
labels = "labels"
rows = 20
[train]
epochs = 2
"""


def idx(array):
    return (
        bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape) + array.tobytes()
    )


@pytest.fixture
def recorded(tmp_path):
    """A recording with two million bytes of noise, which nothing packs."""
    rng = np.random.default_rng(0)
    (tmp_path / "images").write_bytes(idx(rng.integers(0, 256, (2500, 28, 28), np.uint8)))
    (tmp_path / "labels").write_bytes(idx(rng.integers(0, 10, 2500, np.uint8)))
    scenario = parse_scenario(SCENARIO, name="small", source="small.toml", files=ScenarioFiles(tmp_path))
    run = Run(scenario)
    run.advance(2)
    path = tmp_path / "x.nnsim"
    save(path, [run.timeline])
    return run, path


def put(path, key, value):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(META.insert, META.row(key, value))
    connection.close()


@pytest.mark.parametrize("damaged", ["refuse", "gaps"])
def test_a_recording_carries_data_much_larger_than_itself(recorded, damaged):
    run, path = recorded
    assert path.stat().st_size > 2 * MAX_BYTES
    for name in ("images", "labels"):
        (path.parent / name).unlink()
    with open_recording(path, damaged) as recording:
        timeline = recording.timelines[0]
        assert (Replica(timeline).at(2).parameters == run.trainer.parameters).all()
        assert recording.damage == []
        assert recording.hash_holds()


def test_data_that_is_too_large_to_be_recorded_is_refused_before_there_is_a_file(recorded, monkeypatch):
    run, path = recorded
    monkeypatch.setattr("nnsim.recording.recorder.MAX_DATA", 1_000_000)
    with pytest.raises(
        RecordingError, match=r"data files take 2,\d\d\d,\d\d\d bytes packed \(allowed in a recording: 1,0"
    ):
        save(path.with_name("y.nnsim"), [run.timeline])
    assert not path.with_name("y.nnsim").exists()


@pytest.mark.parametrize("content", [b"", bytes(3_000_000), b"0,1\n" * 700_000, bytes(range(256))])
def test_what_packs_too_well_is_stored_as_it_is(content):
    assert read_files(files_text({"a": content, "b": b"x"})) == {"a": content, "b": b"x"}


def test_a_small_recording_cannot_ask_for_much_memory(recorded):
    _, path = recorded
    bomb = base64.b64encode(zlib.compress(bytes(MAX_FILE // 2), 1)).decode()
    put(path, "files", to_json({"images": bomb, "labels": bomb}))
    tracemalloc.start()
    try:
        with pytest.raises(RecordingError, match=r"x.nnsim: its data files are damaged$"):
            open_recording(path)
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()


def test_no_other_text_may_be_that_long(recorded):
    _, path = recorded
    put(path, "python", "3" * (MAX_BYTES + 100_000))
    with pytest.raises(RecordingError, match="a value is larger than it may be"):
        open_recording(path)
    assert MAX_DATA > MAX_BYTES
