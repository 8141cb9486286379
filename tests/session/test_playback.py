"""How a recording is played: where it starts, where it pauses, what it passes over, and that it begins again."""

import math

import numpy as np
import pytest

from nnsim.errors import NnsimError
from nnsim.recording import open_recording, save
from nnsim.session.playback import PlaybackOptions
from nnsim.session.session import Session
from nnsim.timeline import Cursor, Mark, Series, parse_place
from nnsim.timeline.run import Run
from nnsim.timeline.search import idle_until


@pytest.fixture
def session(scenario):
    """A replay of 200 epochs of XOR with two marks."""
    run = Run(scenario("xor"), "article")
    run.advance_to(200)
    run.timeline.marks += [Mark(50, "changed", "x"), Mark(120, "mark", "y")]
    return Session.of_timelines([run.timeline])


def play(session, frames, seconds=0.1):
    """Where the cursor is after each frame."""
    seen = []
    for _ in range(frames):
        session.playback.elapse(seconds)
        seen.append(session.cursor.step)
    return seen


def test_it_starts_where_it_is_told(session):
    session.playback.begin(PlaybackOptions(at=parse_place("mark:y")))
    assert (session.cursor, session.playback.playing) == (Cursor(120), False)
    session.playback.begin(PlaybackOptions(at=parse_place("25%"), speed=10))
    assert (session.cursor, session.playback.playing) == (Cursor(50), True)
    with pytest.raises(NnsimError, match="no such mark"):
        session.playback.begin(PlaybackOptions(at=parse_place("mark:z")))


def test_it_begins_again_at_the_end(session):
    session.playback.begin(PlaybackOptions(loop=True, speed=500))
    assert play(session, 8) == [50, 100, 150, 200, 0, 50, 100, 150]
    session.playback.play(False)
    assert play(session, 2) == [150, 150]
    session.motion.head_for(session.view.end)
    session.playback.play(True)
    assert play(session, 2) == [0, 50]


def test_it_pauses_at_marks_of_any_kind(session):
    session.playback.begin(PlaybackOptions(pause_at_marks=True, speed=200))
    assert play(session, 5) == [20, 40, 50, 50, 50]
    assert not session.playback.playing
    session.playback.play(True)
    assert play(session, 5) == [70, 90, 110, 120, 120]
    session.playback.play(True)
    assert play(session, 5)[-1] == 200


def test_at_full_speed_it_pauses_too(session):
    session.playback.begin(PlaybackOptions(pause_at_marks=True, speed=math.inf))
    assert play(session, 30)[-1] == 50


@pytest.fixture
def plateau(session):
    """The loss falls for 20 steps, stays for 150, and falls again."""
    timeline = session.focused.timeline
    loss = np.concatenate([np.linspace(2, 1, 20), np.full(150, 1.0), np.linspace(0.95, 0.1, 30)])
    timeline.series["loss"] = Series("loss")
    timeline.series["loss"].append(loss)
    timeline.marks.clear()
    return session


def test_an_idle_stretch_ends_where_the_loss_moves_or_a_step_is_marked(plateau):
    timeline = plateau.focused.timeline
    assert idle_until(timeline, 5) == 5
    assert idle_until(timeline, 20) == idle_until(timeline, 100) == 170
    assert idle_until(timeline, 200) == 200
    timeline.marks.append(Mark(60, "mark", "here"))
    assert idle_until(timeline, 20) == 59
    assert idle_until(timeline, 60) == 170


def test_idle_stretches_are_played_for_so_long_and_no_longer(plateau):
    plateau.playback.begin(PlaybackOptions(speed=10, idle_limit_s=1.0))
    seen = play(plateau, 80)
    assert seen[:20] == list(range(1, 21))
    jumps = np.flatnonzero(np.diff(seen) > 1)
    assert len(jumps) == 1
    before, after = seen[jumps[0]], seen[jumps[0] + 1]
    assert 29 <= before <= 31  # a second at ten epochs a second
    assert after == 170
    plateau.motion.head_for(Cursor(22))  # looked at again, it is played for a second again
    plateau.playback.play(True)
    assert play(plateau, 5) == [23, 24, 25, 26, 27]


def test_marks_are_saved_and_stay_in_their_run(scenario, tmp_path):
    runs = [Run(scenario("xor"), name) for name in ("article", "biases")]
    for run in runs:
        run.advance_to(300)
    save(tmp_path / "one.nnsim", [run.timeline for run in runs])
    with open_recording(tmp_path / "one.nnsim") as recording:
        recording.timelines[1].mark(70, "knee")
        recording.timelines[1].mark(40, "début")
        save(tmp_path / "two.nnsim", recording.timelines)
    with open_recording(tmp_path / "two.nnsim") as recording:
        assert [one.marks for one in recording.timelines] == [
            [],
            [Mark(70, "mark", "knee"), Mark(40, "mark", "début")],
        ]


def test_a_mark_has_a_name_of_its_own_and_a_step_one_mark(session):
    timeline = session.focused.timeline
    timeline.mark(10, " a  name\x1b ")
    assert timeline.marked(10) == "a name"
    with pytest.raises(NnsimError, match="step 10 is marked 'a name' already"):
        timeline.mark(11, "a name")
    with pytest.raises(NnsimError, match="too long"):
        timeline.mark(11, "x" * 61)
    timeline.mark(10, "b")
    timeline.mark(11, "a name")
    assert timeline.fork(10).marked(10) == "b"
    timeline.mark(10, "")
    assert timeline.marked(10) == ""
    assert [one.kind for one in timeline.marks] == ["changed", "mark", "mark"]
