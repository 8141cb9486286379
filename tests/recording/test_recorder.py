"""A recording survives its writer: killed at any moment, out of space, or beside a reader."""

import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest
from recorded_runs import assert_same, make_scenario, trained

from nnsim.errors import OutputError, RecordingError
from nnsim.recording import Recorder, follow_recording, open_recording, save
from nnsim.recording.timeline_writer import append
from nnsim.session.session import Session
from nnsim.timeline import Cursor, Series
from nnsim.timeline.replica import Replica

ROOT = Path(__file__).resolve().parents[2]
FULL_SPEED = """
import sys
from pathlib import Path
from recorded_runs import trained
from nnsim.recording import Recorder

run = trained("full batch", 1)
run.change("train.epochs", 50_000_000)
recorder = Recorder(Path(sys.argv[1]), [run.timeline])
while True:
    run.advance_to(run.timeline.length + int(sys.argv[2]))
    recorder.flush()
    print(run.timeline.length, flush=True)
"""


def leftovers(folder):
    return sorted(os.listdir(folder))


@pytest.mark.parametrize("seed", range(6))
def test_a_killed_writer_loses_at_most_what_came_after_its_last_flush(tmp_path, seed):
    random = Random(seed)
    path = tmp_path / "x.nnsim"
    search = os.pathsep.join((str(ROOT), str(ROOT / "tests" / "recording")))
    part = random.choice((50, 700, 5000))
    with subprocess.Popen(
        [sys.executable, "-c", FULL_SPEED, str(path), str(part)],
        env=os.environ | {"PYTHONPATH": search},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        flushed = 0
        for _ in range(random.randrange(2, 12)):
            flushed = int(process.stdout.readline())
        for _ in range(random.randrange(200_000)):
            pass  # any moment of the next round
        process.kill()
        flushed = max([flushed, *(int(line) for line in process.stdout if line.endswith("\n"))])
    with open_recording(path) as recording:
        timeline = recording.timelines[0]
        assert timeline.length in (flushed, flushed + part)
        expected = trained("full batch", 1)
        expected.change("train.epochs", 50_000_000)
        expected.advance_to(timeline.length)
        assert_same(timeline, expected.timeline, [timeline.length])
        assert not recording.closed_properly


def copy_in_the_middle_of_a_transaction(path, to):
    """A copy of a recording, and of its journal, as a writer leaves them that dies while it writes."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE segments SET data = zeroblob(30000)")
        connection.execute("UPDATE runs SET length = length + 1")
        connection.execute("UPDATE checkpoints SET parameters = zeroblob(9000)")
        shutil.copy(path, to)
        shutil.copy(f"{path}-journal", f"{to}-journal")
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def test_a_transaction_cut_in_two_is_rolled_back_in_a_copy_and_the_file_left_alone(tmp_path, monkeypatch):
    run = trained("batches, legacy", 3000)
    save(tmp_path / "x.nnsim", [run.timeline])
    folder, copies = tmp_path / "dead", tmp_path / "copies"
    folder.mkdir()
    copies.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(copies))
    copy_in_the_middle_of_a_transaction(tmp_path / "x.nnsim", folder / "y.nnsim")
    before = (folder / "y.nnsim").read_bytes()
    assert before != (tmp_path / "x.nnsim").read_bytes()
    folder.chmod(0o500)
    try:
        with open_recording(folder / "y.nnsim") as recording:
            assert_same(recording.timelines[0], run.timeline, [2999])
            assert len(leftovers(copies)) == 1
    finally:
        folder.chmod(0o700)
    assert leftovers(copies) == []
    assert (folder / "y.nnsim").read_bytes() == before
    assert leftovers(folder) == ["y.nnsim", "y.nnsim-journal"]
    # A journal may name another file, which SQLite deletes once it has rolled back.
    name = str(tmp_path / "x.nnsim").encode()
    with (folder / "y.nnsim-journal").open("ab") as journal:
        journal.write(name + len(name).to_bytes(4, "big") + sum(name).to_bytes(4, "big"))
        journal.write(bytes.fromhex("d9d505f920a163d7"))
    with pytest.raises(RecordingError, match="has a foreign journal beside it"):
        open_recording(folder / "y.nnsim")
    assert (tmp_path / "x.nnsim").exists()
    assert leftovers(copies) == []


def test_saving_over_what_a_dead_writer_left_is_not_undone_by_its_journal(tmp_path):
    run, path = trained("full batch", 3000), tmp_path / "x.nnsim"
    save(path, [run.timeline])
    copy_in_the_middle_of_a_transaction(path, tmp_path / "y.nnsim")
    shorter = trained("batches", 100)
    save(tmp_path / "y.nnsim", [shorter.timeline], replace=True)
    with open_recording(tmp_path / "y.nnsim") as recording:
        assert_same(recording.timelines[0], shorter.timeline)
    assert leftovers(tmp_path) == ["x.nnsim", "y.nnsim"]


def test_where_the_space_ends_the_run_goes_on_and_what_was_written_stays(tmp_path, smallest_files):
    run = trained("full batch", 800)
    run.change("train.epochs", 50_000)
    path = tmp_path / "x.nnsim"
    recorder = Recorder(path, [run.timeline])
    smallest_files(path.stat().st_size + 20_000)
    written = 0

    def go_on():
        nonlocal written
        while run.timeline.length < 50_000:
            written = run.timeline.length
            run.advance_to(written + 600)
            recorder.flush()

    with pytest.raises(OutputError) as caught:
        go_on()
    message = str(caught.value)
    assert message.startswith(f"{path}: cannot be written: ")
    assert message.endswith(f"; what was recorded up to step {written:,} stays readable")
    assert "MB free" in message
    assert "\n" not in message
    with open_recording(path) as recording:
        timeline = recording.timelines[0]
        assert timeline.length == written
        assert Replica(timeline).at(written).step == written
    run.advance_to(run.timeline.length + 500)
    smallest_files(resource.RLIM_INFINITY)
    recorder.close()
    with open_recording(path) as recording:
        assert recording.hash_holds()
        assert_same(recording.timelines[0], run.timeline)


def test_a_failed_save_leaves_nothing_and_says_where_the_run_is(tmp_path, smallest_files):
    run = trained("full batch", 900)
    smallest_files(30_000)
    with pytest.raises(
        OutputError, match=r"x\.nnsim: cannot be written: .*; nothing is saved, the run is still in"
    ):
        save(tmp_path / "x.nnsim", [run.timeline])
    assert leftovers(tmp_path) == []
    with pytest.raises(OutputError, match="nothing is recorded"):
        Recorder(tmp_path / "missing" / "x.nnsim", [run.timeline])


def test_no_file_is_overwritten_unasked(tmp_path):
    run, path = trained("full batch", 20), tmp_path / "x.nnsim"
    path.write_text("mine")
    for write in (save, Recorder):
        with pytest.raises(OutputError, match=r"x\.nnsim: exists already \(allowed: a new name\)"):
            write(path, [run.timeline])
    assert path.read_text() == "mine"
    assert leftovers(tmp_path) == ["x.nnsim"]
    save(path, [run.timeline], replace=True)
    with open_recording(path) as recording:
        assert recording.timelines[0].length == 20
    umask = os.umask(0o022)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


def test_a_reader_of_a_growing_file_keeps_what_it_opened(tmp_path):
    run, path = trained("batches", 100), tmp_path / "x.nnsim"
    with Recorder(path, [run.timeline]) as recorder, open_recording(path) as early:
        run.advance_to(9000)
        recorder.flush()
        expected = trained("batches", 100).timeline
        assert_same(early.timelines[0], expected, [100])
        with open_recording(path) as late:
            assert_same(late.timelines[0], run.timeline, [9000])
    with open_recording(path) as late:
        pass
    with pytest.raises(RecordingError, match="is closed"):
        late.timelines[0].series["loss"].at_step(5000)


def test_a_flush_writes_no_more_than_what_is_new(tmp_path):
    run = trained("full batch", 1)
    run.change("train.epochs", 50_000)
    run.advance_to(50_000 - 4096)
    with Recorder(tmp_path / "x.nnsim", [run.timeline]) as recorder:
        run.advance_to(run.timeline.length + 10)
        statements = []
        recorder._connection.set_trace_callback(statements.append)
        recorder.flush()
        recorder._connection.set_trace_callback(None)
    inserted = [one for one in statements if one.startswith("INSERT")]
    series = len(run.timeline.series)
    assert len([one for one in inserted if "INTO segments" in one]) == series
    assert len(inserted) <= 3 * series + 2


def test_checkpoints_that_were_thinned_out_leave_the_file_too(tmp_path):
    run = trained("batches, legacy", 300)
    run.timeline.checkpoints._budget = 30_000
    with Recorder(tmp_path / "x.nnsim", [run.timeline]) as recorder:
        for end in range(600, 9000, 600):
            run.advance_to(end)
            recorder.flush()
    assert run.timeline.checkpoints.spacing > 256
    with open_recording(tmp_path / "x.nnsim") as recording:
        assert_same(recording.timelines[0], run.timeline, [8000])


def test_more_runs_and_changes_than_a_reader_takes_are_not_written(tmp_path, monkeypatch):
    run, path = trained("full batch", 50), tmp_path / "x.nnsim"
    recorder = Recorder(path, [run.timeline])
    recorder.flush()
    monkeypatch.setattr("nnsim.timeline.timeline.MOST_CHECKED", 1000)
    run.change("schedule.rate", 0.25)
    run.advance_to(80)
    for write in (recorder.flush, recorder.close, lambda: save(tmp_path / "y.nnsim", [run.timeline])):
        with pytest.raises(
            RecordingError, match=r"2 runs and changes are too many \(allowed with this scenario: 1\)"
        ):
            write()
    assert leftovers(tmp_path) == ["x.nnsim"]
    with open_recording(path) as recording:
        assert recording.timelines[0].length == 50


def test_a_figure_that_is_brought_while_the_disk_is_written_to_waits_for_its_steps(tmp_path, monkeypatch):
    run, path = trained("batches", 10), tmp_path / "x.nnsim"
    with Recorder(path, [run.timeline]) as recorder, follow_recording(path) as following:
        run.advance_to(300)

        def append_meanwhile(connection, written):
            parts = append(connection, written)
            yield next(parts)
            run.change("clipping.kind", "value")
            run.advance_to(400)
            yield from parts

        with monkeypatch.context() as patch:
            patch.setattr("nnsim.recording.recorder.append", append_meanwhile)
            recorder.flush()
        assert following.refresh()
        assert following.timelines[0].length == 300
        assert "clipped:layer1" not in following.timelines[0].series
        recorder.flush()
        assert following.refresh()
        assert_same(following.timelines[0], run.timeline, [350])


@pytest.mark.parametrize(("key", "value"), [("clipping.kind", "value"), ("regularization.l2", 0.1)])
def test_what_is_undone_or_came_after_a_fork_leaves_no_figures(tmp_path, key, value):
    session, path = Session.of_scenario(make_scenario("[train]\nepochs = 4000")), tmp_path / "x.nnsim"
    former = session.focused.run
    former.advance_to(300)
    session.motion.head_for(Cursor(300))
    session.editor.change(key, value)
    former.advance_to(600)
    session.motion.head_for(Cursor(200))
    session.editor.fork("schedule.rate", 0.3)
    fork = session.focused.run
    fork.advance_to(250)
    session.history.undo()
    session.history.undo()
    undone = session.focused.run
    undone.advance_to(400)
    timelines = [former.timeline, fork.timeline, undone.timeline]
    save(path, timelines)
    with open_recording(path) as recording:
        for found, timeline in zip(recording.timelines, timelines, strict=True):
            assert_same(found, timeline, [100, timeline.length])
        again = recording.timelines[0].fork(200)  # of a replay
        assert set(again.series) == set(undone.timeline.series)
        stray = again.series["penalty"] = Series("penalty")  # as other versions have left them
        stray.append(np.full(200, np.nan))
        save(tmp_path / "y.nnsim", [again])
        with open_recording(tmp_path / "y.nnsim") as saved:
            assert "penalty" not in saved.timelines[0].series
            assert_same(saved.timelines[0], recording.timelines[0].fork(200), [100])


def test_a_command_that_replaces_another_is_never_missing(tmp_path):
    run, path = trained("batches", 10), tmp_path / "x.nnsim"
    run.change("schedule.rate", 0.25)

    class Flushed(list):
        """Written to the file after every change of it, as another thread may."""

        def __delitem__(self, place):
            super().__delitem__(place)
            recorder.flush()

        def __setitem__(self, place, value):
            super().__setitem__(place, value)
            recorder.flush()

    with Recorder(path, [run.timeline]) as recorder, follow_recording(path) as following:
        run.timeline.commands = Flushed(run.timeline.commands)
        run.change("schedule.rate", 0.5)
        assert following.refresh()
        assert [one.value for one in following.timelines[0].commands] == [0.5]
