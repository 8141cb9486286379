"""What happened in the runs of a session is listed in order, live and in a replay, and can be gone to."""

import json

import pytest
from learners import look

from nnsim.lessons.learner import Learner
from nnsim.lessons.session_events import session_events
from nnsim.narration.console import Conversation
from nnsim.recording import open_recording, save
from nnsim.session.session import Session
from nnsim.timeline import Cursor

RUN = '[model]\nhidden = [3]\n[schedule]\nkind = "constant"\nrate = 1.0\n[train]\nepochs = 60\n'
PAGES = (
    {"ask": "Below 9?", "choices": ["yes", "no"], "answer": "loss<9", "at": "epoch 3"},
    {"goal": "epoch 7"},
)


def go(session, step):
    session.motion.head_for(Cursor(step))
    while (track := session.training.lagging()) is not None:
        session.training.train(track, 100)


@pytest.fixture
def worked(small_scenario):
    """A session with an answer, a challenge that is reached, a mark, and a setting changed in a fork."""
    pages = [
        "\n[[lesson]]\n" + "\n".join(f"{key} = {json.dumps(one)}" for key, one in page.items()) for page in PAGES
    ]
    session = Session.of_scenario(small_scenario(RUN + "".join(pages)))
    learner = Learner(session.scenario.lesson)
    learner.predict(1)
    go(session, 10)
    learner.open(1)
    look(learner, session)
    session.focused.timeline.mark(4, "knee")
    session.editor.fork("schedule.rate", 0.5)
    go(session, 12)
    return session


EVENTS = [
    (None, 3, "answer to part 1: b: no, wrong", 0),
    (0, 7, "challenge of part 2 reached: epoch 7, ", 1),
    (0, 4, "mark: knee", None),
    (1, 10, "fork: ", None),
    (1, 10, "changed: schedule.rate = 0.5", None),
]


def check(session):
    found = session_events(session.view, session.saving.answers)
    assert len(found) == len(EVENTS)
    for one, (track, step, text, page) in zip(found, EVENTS, strict=True):
        assert (one.step, one.page) == (step, page)
        assert one.track == (session.view.focus if track is None else track)  # a fork answers as the run it left
        assert one.text.startswith(text)


def test_what_happened_is_listed_live_and_in_a_replay_of_it(worked, tmp_path):
    check(worked)
    path = tmp_path / "handed-in.nnsim"
    save(path, worked.saving.timelines(8), answers=[*worked.saving.answers.values()])
    with open_recording(path) as recording:
        check(Session.of_timelines(recording.timelines, recording.answers))


def test_the_console_lists_it_and_goes_there(worked):
    console = Conversation(worked)
    listed = [*console.answer("events")]
    assert len(listed) == len(EVENTS)
    assert listed[0].endswith("answer to part 1: b: no, wrong.")
    told = "\n".join(console.answer("events 1"))
    assert "Below 9?" in told
    assert (worked.cursor, worked.view.focus) == (Cursor(3), 1)
    [*console.answer("events 3")]
    assert (worked.cursor, worked.view.focus) == (Cursor(4), 0)
    assert "'6' is no number (allowed: 1 to 5)" in "".join(console.answer("events 6"))


def test_where_nothing_happened_there_is_nothing_to_go_to(small_scenario):
    session = Session.of_scenario(small_scenario(RUN))
    assert not session_events(session.view, {})
    assert [*Conversation(session).answer("events")] == ["Sorry: nothing has happened in these runs."]
