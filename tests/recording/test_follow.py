"""Watching a recording grow: every follower sees what the writer has written, and none of them keeps it waiting."""

import os
import sqlite3
import subprocess
import sys
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recorded_runs import TASKS, assert_same, make_scenario, trained

from nnsim.errors import RecordingError
from nnsim.recording import Recorder, follow_recording, save
from nnsim.recording.format import LEFT_KEY, META
from nnsim.session.session import Session
from nnsim.timeline import Cursor, Mark
from nnsim.timeline.run import Run

ROOT = Path(__file__).resolve().parents[2]


CHANGES = [("train.epochs", 4001), ("regularization.l2", 0.01), ("clipping.kind", "layer-norm")]


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(task=st.sampled_from(sorted(TASKS)), data=st.data())
def test_a_follower_has_what_the_writer_has_after_every_flush(tmp_path, task, data):
    run, path = Run(make_scenario(TASKS[task])), tmp_path / "x.nnsim"
    recorder = Recorder(path, [run.timeline], replace=True)
    with follow_recording(path) as following:
        for part in data.draw(st.lists(st.integers(1, 6000), min_size=1, max_size=4)):
            run.advance_to(run.timeline.length + part)
            if data.draw(st.booleans()) and run.timeline.stop is None:
                run.change(*data.draw(st.sampled_from(CHANGES)))
            recorder.flush()
            following.refresh()
            assert not following.refresh()
            assert not following.ended
            timeline = following.timelines[0]
            if data.draw(st.booleans()):  # what was read before must not be taken for what is there now
                assert_same(timeline, run.timeline, [run.timeline.length])
        recorder.close()
        assert following.refresh()
        assert following.ended
        assert_same(following.timelines[0], run.timeline, [0, run.timeline.length // 2])


def test_a_run_that_joins_later_is_followed_too(tmp_path):
    runs = [trained("full batch", 10), trained("full batch", 300)]
    with Recorder(tmp_path / "x.nnsim", [runs[0].timeline]) as recorder:
        session = Session.of_growing(follow_recording(tmp_path / "x.nnsim"))
        recorder.add(runs[1].timeline)
        recorder.flush()
        session.follow.refresh()
        assert [track.timeline.length for track in session.tracks] == [10, 300]
        assert len({track.style for track in session.tracks}) == 2
        session.follow.source.close()


def test_a_follower_goes_back_from_a_fork_that_the_writer_has_undone(scenario, tmp_path):
    teacher, path = Session.of_scenario(scenario("xor"), "article"), tmp_path / "x.nnsim"
    teacher.focused.run.advance_to(50)
    teacher.motion.head_for(Cursor(40))
    with Recorder(path, [teacher.focused.timeline]) as recorder, follow_recording(path) as following:
        session = Session.of_growing(following)

        def look():
            for track in teacher.tracks:
                if not any(track.timeline is one for one in recorder.timelines):
                    recorder.add(track.timeline)
            recorder.tell_left([track.timeline for track in teacher.tracks])
            recorder.flush()
            session.follow.refresh()
            return session.focused.timeline.fork_step, session.cursor.step

        assert (following.left, look(), following.left) == (None, (None, 50), ())
        teacher.editor.fork("schedule.rate", 0.5)
        teacher.focused.run.advance_to(70)
        assert look() == (40, 70)
        teacher.history.undo()
        assert look() == (None, 50)
        with follow_recording(path) as late:
            assert late.left == late.timelines[1:]
        teacher.history.redo()
        assert (look(), following.left) == ((40, 70), ())
    with follow_recording(path) as closed:
        assert closed.left == ()


def test_a_follower_stays_with_a_fork_whose_parent_was_replaced(scenario, tmp_path):
    teacher, path = Session.of_scenario(scenario("xor"), "article"), tmp_path / "x.nnsim"

    def go(step, phase=0):
        teacher.motion.head_for(Cursor(step, phase))
        while (track := teacher.training.lagging()) is not None:
            teacher.training.train(track, 50)

    go(50)
    with Recorder(path, [teacher.focused.timeline]) as recorder, follow_recording(path) as following:
        session = Session.of_growing(following)

        def look():
            for track in teacher.tracks:
                if not any(track.timeline is one for one in recorder.timelines):
                    recorder.add(track.timeline)
            recorder.tell_left([track.timeline for track in teacher.tracks])
            recorder.flush()
            session.follow.refresh()
            return session.focused.timeline.name

        go(40)
        teacher.editor.fork("schedule.rate", 0.5)
        go(70)
        fork = look()
        teacher.motion.focus_on(0)
        go(teacher.focused.timeline.length, 2)
        look()
        teacher.editor.change("schedule.rate", 0.7)  # gives up the step that was entered: another timeline
        assert look() == fork
        teacher.motion.focus_on(1)
        go(teacher.focused.timeline.length, 2)
        look()
        teacher.editor.change("schedule.rate", 0.9)
        assert look() == f"{fork} · rate 0.9"


def test_a_file_whose_runs_are_all_left_behind_is_followed_all_the_same(tmp_path):
    """As one is that is full: what begins again has no room in it."""
    run, path = trained("full batch", 50), tmp_path / "x.nnsim"
    with Recorder(path, [run.timeline]) as recorder, follow_recording(path) as following:
        session = Session.of_growing(following)
        recorder.tell_left([])
        run.advance_to(60)
        recorder.flush()
        session.follow.refresh()
        assert (following.left, session.cursor.step) == (following.timelines, 60)
        with follow_recording(path) as late:
            assert Session.of_growing(late).cursor.step == 60


@pytest.mark.parametrize("left", ["[1]", "[0, 0]", "[-1]", "[true]", '"0"', "{}", "[", "[0.5]"])
def test_runs_that_are_said_to_be_left_and_are_none_are_refused(tmp_path, left):
    path = tmp_path / "x.nnsim"
    with Recorder(path, [trained("full batch", 10).timeline]) as recorder, follow_recording(path) as following:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute(META.insert, META.row(LEFT_KEY, left))
        connection.close()
        for read in (following.refresh, lambda: follow_recording(path)):
            with pytest.raises(RecordingError, match="the runs that its writer has left behind are damaged"):
                read()
        recorder.flush()


def test_marks_of_a_watcher_stay_beside_those_of_the_writer(tmp_path):
    run = trained("full batch", 50)
    with Recorder(tmp_path / "x.nnsim", [run.timeline]) as recorder, follow_recording(tmp_path / "x.nnsim") as seen:
        seen.timelines[0].mark(40, "mine")
        run.advance_to(100)
        run.timeline.mark(70, "theirs")
        recorder.flush()
        seen.refresh()
        assert seen.timelines[0].marks == [Mark(70, "mark", "theirs"), Mark(40, "mark", "mine")]
        run.timeline.mark(70, "")
        run.advance_to(150)
        recorder.flush()
        seen.refresh()
        assert seen.timelines[0].marks == [Mark(40, "mark", "mine")]
        assert run.timeline.marks == []


def test_the_cursor_stays_at_the_newest_step_until_it_is_moved_away(tmp_path):
    run = trained("full batch", 50)
    recorder = Recorder(tmp_path / "x.nnsim", [run.timeline])
    with follow_recording(tmp_path / "x.nnsim") as following:
        session = Session.of_growing(following)

        def grow():
            run.advance_to(run.timeline.length + 100)
            recorder.flush()
            session.follow.refresh()
            return session.cursor.step

        assert session.follow.active
        assert grow() == 150
        session.motion.move("batch", -1)
        assert not session.follow.active
        assert grow() == 149
        session.motion.move("batch", 1)
        assert grow() == 150
        session.follow.go_newest()
        assert session.follow.active
        assert grow() == 450
        session.motion.stay()
        assert grow() == 450
        session.follow.go_newest()
        session.editor.change("schedule.rate", 0.5)  # a fork of one's own; the writer's run goes on beside it
        assert grow() == 550
        assert session.view.live
        assert [track.timeline.length for track in session.tracks] == [650, 550]
        session.motion.focus_on(0)
        session.follow.go_newest()
        recorder.close()
        session.follow.refresh()
        assert session.follow.source is None
        assert not session.follow.active
        assert session.view.goal == Cursor(650)  # which the fork has to be trained to first
        assert session.training.lagging() is session.tracks[1]


def test_a_writer_in_the_middle_of_a_transaction_is_not_waited_for_and_not_disturbed(tmp_path):
    run, path = trained("full batch", 100), tmp_path / "x.nnsim"
    recorder = Recorder(path, [run.timeline])
    with follow_recording(path) as following:
        following.refresh()
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
        assert not following.refresh()
        connection.execute("COMMIT")
        connection.close()
        run.advance_to(200)
        recorder.flush()
        assert following.refresh()
        assert following.timelines[0].length == 200
    recorder.close()


def test_a_file_that_is_replaced_or_removed_is_not_followed_any_more(tmp_path):
    path = tmp_path / "x.nnsim"
    recorder = Recorder(path, [trained("full batch", 100).timeline])
    with follow_recording(path) as following:
        save(path, [trained("full batch", 50).timeline], replace=True)
        with pytest.raises(RecordingError, match="was replaced by another file"):
            following.refresh()
        path.unlink()
        with pytest.raises(RecordingError, match="cannot be read any more: No such file"):
            following.refresh()
    recorder._connection.close()


WRITER = """
import sys
from pathlib import Path
from recorded_runs import trained
from nnsim.recording import Recorder

run = trained("full batch", 1)
run.change("train.epochs", 30_000)
with Recorder(Path(sys.argv[1]), [run.timeline]) as recorder:
    print("open", flush=True)
    while not run.finished:
        run.advance_to(run.timeline.length + 700)
        recorder.flush()
"""


def test_two_followers_of_another_process_see_it_all_and_in_order(tmp_path):
    path = tmp_path / "x.nnsim"
    search = os.pathsep.join((str(ROOT), str(ROOT / "tests" / "recording")))
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        env=os.environ | {"PYTHONPATH": search},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        with follow_recording(path) as one, follow_recording(path) as other:
            seen = [0]
            for turn in count():
                assert turn < 1_000_000
                if one.refresh():
                    loss = one.timelines[0].series["loss"]
                    assert np.isfinite(loss.values(0, len(loss))).all()
                    seen.append(one.timelines[0].length)
                other.refresh()
                if one.ended and other.ended:
                    break
            assert process.wait(timeout=30) == 0
            expected = trained("full batch", 1)
            expected.change("train.epochs", 30_000)
            expected.advance_to(30_000)
            assert_same(one.timelines[0], expected.timeline, [12_345])
            assert_same(other.timelines[0], expected.timeline)
            assert seen == sorted(seen)
            assert len(set(seen)) > 3


def test_a_command_and_a_mark_that_are_replaced_are_seen_before_training_goes_on(scenario, tmp_path):
    run, path = Run(scenario("xor")), tmp_path / "x.nnsim"
    run.advance_to(30)
    with Recorder(path, [run.timeline]) as recorder, follow_recording(path) as following:
        for value in (0.5, 0.25):
            run.change("schedule.rate", value)
            run.timeline.mark(20, f"rate {value}")
            recorder.flush()
            following.refresh()
            assert following.timelines[0].commands == run.timeline.commands
            assert {one.text for one in following.timelines[0].marks} == {one.text for one in run.timeline.marks}
