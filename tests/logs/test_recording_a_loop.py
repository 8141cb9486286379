"""The recorder of any training loop: what it writes, what it survives, and what it needs."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nnsim.errors import OutputError
from nnsim.logs.figures_file import FiguresFile
from nnsim.recorder import Recorder
from nnsim.recording import open_recording
from nnsim.recording.background import Beside
from nnsim.timeline.run import Run

HOLDS = Path(__file__).parent / "held_file.py"
LOOP = """
import itertools, sys
for name in ("click", "msgspec", "platformdirs", "plotext", "textual", "threadpoolctl", "rich"):
    sys.modules[name] = None
from nnsim.recorder import Recorder
record = Recorder(sys.argv[1], settings={"lr": 0.1})
for step in range(int(sys.argv[2])):
    record.log(loss=1 / (step + 1), lr=0.1)
"""


def points(path, figure="loss"):
    """Steps and values of a figure in a file."""
    with FiguresFile(path) as file:
        series = file.timelines[0].series[figure]
        count = len(series)
        return series.steps_at(np.arange(count)).tolist(), series.values(0, count).tolist()


def test_what_a_loop_logs_stands_in_the_file_under_our_names(tmp_path):
    path = tmp_path / "a.nnsim"
    with Recorder(path, settings={"lr": 0.5, "sizes": [8, 4]}, name="mine", steps_per_epoch=4) as record:
        for step in range(1, 10_001):
            record.log(loss=1.0 / step, lr=np.float32(0.5))
            if step % 4 == 0:
                record.log({"val_loss": 2.0 / step, "gradient:fc1": 3}, step=step)
        record.mark("warm", 12)
    with FiguresFile(path) as file:
        (log,) = file.timelines
        assert file.closed_properly
        assert file.hash_holds()
    assert (log.name, log.length, log.steps_per_epoch, log.unit) == ("mine", 10_000, 4, "epoch")
    assert log.settings == {"lr": 0.5, "sizes": "8, 4"}
    assert points(path) == (list(range(1, 10_001)), [1.0 / step for step in range(1, 10_001)])
    assert points(path, "validation_loss")[0] == list(range(4, 10_001, 4))
    assert log.layers == ("fc1",)
    assert log.marked(12) == "warm"
    assert log.stop is not None
    assert log.stop.reason == "epochs"


def test_a_file_that_is_there_is_left_alone(tmp_path):
    path = tmp_path / "a.nnsim"
    path.write_bytes(b"mine")
    with pytest.raises(
        OutputError, match=r"a\.txt: is no name for a recording \(allowed: one that ends in \.nnsim\)"
    ):
        Recorder(tmp_path / "a.txt")
    with pytest.raises(OutputError, match="exists already"):
        Recorder(path)
    assert path.read_bytes() == b"mine"


def test_an_error_in_the_loop_is_told_as_the_end_of_the_run(tmp_path):
    path = tmp_path / "a.nnsim"
    record = Recorder(path)
    record.log(loss=1.0)
    record.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    with FiguresFile(path) as file:
        assert file.timelines[0].stop.message == "ZeroDivisionError was raised at step 1"


def test_writing_needs_no_package_but_numpy_and_a_program_that_ends_loses_nothing(tmp_path):
    path = tmp_path / "a.nnsim"
    subprocess.run([sys.executable, "-c", LOOP, path, "500"], check=True)
    assert points(path)[0] == list(range(1, 501))
    with FiguresFile(path) as file:
        assert file.timelines[0].stop is None  # it was not closed: nobody has said that the run ended
        assert any("does not say whether the run ended" in one for one in file.timelines[0].remarks)


def test_a_killed_process_leaves_what_was_flushed(tmp_path):
    path = tmp_path / "a.nnsim"
    code = f"{LOOP}\nrecord.flush()\nprint('written', flush=True)\nrecord.log(loss=9.0)\nsys.stdin.readline()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, path, "300"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"written\n"
    with FiguresFile(path) as file:
        process.kill()
        process.communicate()
        file.refresh()
        assert file.refresh() is False or file.gone
        assert "the writer has gone" in file.parting
    assert points(path)[0][:300] == list(range(1, 301))


def test_a_full_disk_stops_nothing_and_is_told_once(tmp_path):
    code = """
import resource, signal, sys
from nnsim.recorder import Recorder
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
told = []
record = Recorder(sys.argv[1], report=told.append)
record.log(loss=1.0)
record.flush()
resource.setrlimit(resource.RLIMIT_FSIZE, (80_000, resource.RLIM_INFINITY))
for step in range(50_000):
    record.log(loss=hash(str(step)) / 3.0)
record.flush(); record.flush()
assert len(told) == 1, told
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
record.close()
print(told[0])
"""
    path = tmp_path / "a.nnsim"
    done = subprocess.run([sys.executable, "-c", code, path], check=True, capture_output=True, text=True)
    assert "cannot be written" in done.stdout
    assert done.stdout.strip().endswith("(training goes on)")
    assert len(points(path)[0]) == 50_001  # with room again, nothing is missing


@pytest.fixture
def holding():
    """Holds a file by a reader that is stopped in the midst of reading."""
    readers = []

    def hold(path):
        process = subprocess.Popen([sys.executable, HOLDS, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"held\n"
        os.kill(process.pid, signal.SIGSTOP)
        readers.append(process)

    yield hold
    for one in readers:
        os.kill(one.pid, signal.SIGCONT)
        one.communicate()


def test_a_reader_that_is_stopped_in_the_midst_of_reading_costs_the_recorder_no_step(tmp_path, holding):
    path = tmp_path / "a.nnsim"
    complaints = []
    record = Recorder(path, report=complaints.append)
    record.log(loss=1.0)
    record.flush()
    holding(path)
    with FiguresFile(path) as follower:
        for _ in range(99):
            record.log(loss=2.0)
        record.flush()
        assert follower.refresh()
        assert follower.timelines[0].length == 100
        record.close()
    assert not complaints
    assert points(path)[0] == list(range(1, 101))
    with FiguresFile(path) as file:
        assert file.hash_holds()


def test_such_a_reader_costs_a_recording_of_our_own_no_step(tmp_path, holding, small_scenario):
    path = tmp_path / "a.nnsim"
    run = Run(small_scenario("[train]\nepochs = 40\n"))
    complaints = []
    beside = Beside(path, lambda: [run.timeline], replace=False, created_by="test", failed=complaints.append)
    holding(path)
    run.advance_to(40)
    beside.close()
    assert not complaints
    with open_recording(path) as recording:
        assert recording.timelines[0].length == 40
        assert recording.hash_holds()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda record: record.log(loss=1, step=10**30), r"step 10{30}: is not allowed \(allowed: "),
        (lambda record: record.log(loss=1, step=2**62), "step 4611686018427387904: is not allowed"),
        (lambda record: record.log(loss=1, step=float("nan")), "step nan: is not allowed"),
        (lambda record: record.mark("x", step=10**30), "is not allowed"),
        (lambda record: record.mark("x", step=-5), r"step -5: is not allowed \(allowed: 0 to"),
        (lambda record: record.log({1: 2.0}), "figure 1: its name is no text"),
        (lambda record: record.log({1: 2}), "figure 1: its name is no text"),
        (lambda record: record.log(loss="high"), "figure 'loss': 'high' is no number"),
        (lambda record: record.log_beside({"loss": [1, 2]}), "figure 'loss': .* is no number"),
    ],
)
def test_what_no_file_can_hold_is_refused_at_the_door_and_the_rest_is_kept(tmp_path, call, said):
    path = tmp_path / "a.nnsim"
    with Recorder(path) as record:
        record.log(loss=0.5)
        with pytest.raises((TypeError, ValueError), match=said):
            call(record)
        record.log(loss=0.25)
    assert record.failed == ""
    with FiguresFile(path) as file:
        assert file.timelines[0].length == 2


def test_a_figure_beyond_all_floats_is_infinite(tmp_path):
    with Recorder(tmp_path / "a.nnsim") as record:
        record.log(loss=10**400)
    assert record.failed == ""


def test_a_mark_behind_a_step_below_zero_costs_nothing(tmp_path):
    with Recorder(tmp_path / "a.nnsim") as record:
        record.log(loss=0.5, step=-1)
        record.mark("before the first")
        record.log(loss=0.25, step=1)
    with FiguresFile(tmp_path / "a.nnsim") as file:
        assert file.timelines[0].length == 1
