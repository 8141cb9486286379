"""Recording beside a session: runs that are begun again and forks join the file, and what fails is told once."""

import time

import pytest
from recorded_runs import assert_same

from nnsim.errors import RecordingError
from nnsim.recording import background, follow_recording, open_recording
from nnsim.recording.background import Beside
from nnsim.scenario.lesson_schema import GivenAnswer
from nnsim.session.session import Session


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(background, "FLUSH_S", 0.001)


def recorded(path, session, **options):
    def timelines():
        return [one.timeline for one in session.tracks]

    return Beside(path, timelines, replace=False, created_by="a test", failed=session.notices.post, **options)


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"


def length(path, run):
    with open_recording(path) as recording:
        return recording.timelines[run].length if run < len(recording.timelines) else 0


def test_answers_to_a_lesson_join_the_recording(scenario, tmp_path):
    session, path = Session.of_scenario(scenario("xor"), "article"), tmp_path / "x.nnsim"
    writing = recorded(path, session, answers=lambda: [*session.saving.answers.values()])

    def kept():
        with open_recording(path) as recording:
            return recording.answers

    session.saving.answers = {1: GivenAnswer(1, "which\x1b?", "a: this")}
    until(lambda: kept() == (GivenAnswer(1, "which?", "a: this"),))
    session.saving.answers = {
        1: GivenAnswer(1, "which? " + 200 * "x", "a: " + 200 * "y", True)
    }  # as long as a lesson's may be
    writing.close()
    assert kept() == (session.saving.answers[1],)


def test_runs_that_join_a_session_join_its_recording(scenario, tmp_path):
    session, path = Session.of_scenario(scenario("xor"), "article"), tmp_path / "x.nnsim"
    writing = recorded(path, session)
    session.focused.run.advance_to(300)
    until(lambda: length(path, 0) == 300)
    first = session.focused.timeline
    session.editor.restart()
    session.focused.run.advance_to(100)
    until(lambda: length(path, 1) == 100)
    session.motion.head_for(session.view.newest)
    session.editor.fork("schedule.rate", 0.5)
    session.focused.run.advance_to(200)
    writing.close()
    with open_recording(path) as recording:
        assert recording.hash_holds()
        assert [one.length for one in recording.timelines] == [300, 100, 200]
        assert recording.timelines[2].parent is recording.timelines[1]
        assert_same(recording.timelines[0], first, [300])
        assert_same(recording.timelines[2], session.focused.timeline, [150])
    with follow_recording(path) as following:
        assert following.left == following.timelines[:1], "the run that was begun again"
    assert (writing.failed, session.notices.take()) == (False, "")


def test_where_writing_fails_it_is_told_once_and_training_goes_on(scenario, tmp_path, monkeypatch):
    def refuse(*_):
        raise RecordingError("x.nnsim: cannot be written: the disk is full")

    session, path = Session.of_scenario(scenario("xor"), "article"), tmp_path / "x.nnsim"
    writing = recorded(path, session)
    monkeypatch.setattr(writing._recorder, "flush", refuse)
    until(lambda: writing.failed)
    until(lambda: session.notices.take() == "x.nnsim: cannot be written: the disk is full (training goes on)")
    session.focused.run.advance_to(300)
    monkeypatch.setattr(writing._recorder, "close", refuse)
    writing.close()
    assert session.focused.timeline.length == 300
    assert session.notices.take() == ""


def test_a_file_that_holds_no_more_runs_still_records_those_it_has(scenario, tmp_path, monkeypatch):
    monkeypatch.setattr("nnsim.recording.recorder.MAX_RUNS", 1)
    session, path = Session.of_scenario(scenario("xor"), "article"), tmp_path / "x.nnsim"
    writing = recorded(path, session)
    session.editor.fork("schedule.rate", 0.5)
    until(lambda: writing.failed)
    told = session.notices.take()
    assert told.endswith("2 runs are too many (allowed: 1) (training goes on)")
    session.tracks[0].run.advance_to(100)
    until(lambda: length(path, 0) == 100)
    writing.close()
    assert session.notices.take() == ""
    with open_recording(path) as recording:
        assert recording.hash_holds()
