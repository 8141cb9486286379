"""An edit that goes on from far back says so first, and is made from there to the same bits."""

import pytest
from far import keep_the_start_alone

from nnsim.errors import ScenarioError
from nnsim.narration.console import Conversation
from nnsim.session.session import Session
from nnsim.session.track import Track
from nnsim.timeline import Cursor
from nnsim.timeline.replica import Replica, Way
from nnsim.timeline.run import Run
from nnsim.training.trainer import Trainer

CHANGED, STEPS = 300, 900


@pytest.fixture
def session(scenario):
    """A run that was changed at step 300, and looked at after step 900; only its first state was kept."""
    run = Run(scenario("xor"), settings={"train.epochs": STEPS})
    keep_the_start_alone(run)
    found = Session([Track(run.timeline, run, 0)])
    go(found, CHANGED)
    found.editor.change("parameters.layer1.weight[1,1]", 0.25)
    found.editor.change("schedule.rate", 0.5)
    go(found, STEPS)
    return found


def go(session, step):
    session.motion.head_for(Cursor(step))
    while (track := session.training.lagging()) is not None:
        session.training.train(track, STEPS)
    session.view.approach(STEPS)


def approached(session, edit, at_once=7):
    way = session.attempt(edit)
    assert isinstance(way, Way)
    while way.approach(at_once):
        pass
    return way


def shows(session):
    return (
        [id(one) for one in session.tracks],
        session.view.focus,
        session.cursor,
        session.view.goal,
        len(session.history.done),
    )


def bits(run):
    return run.trainer.parameters.tobytes(), run.trainer.checkpoint().slots.tobytes()


@pytest.fixture
def trained_again(monkeypatch):
    trained = []
    advance = Trainer.advance
    monkeypatch.setattr(Trainer, "advance", lambda self, steps: trained.append(steps) or advance(self, steps))
    return trained


def test_undoing_far_back_is_the_same_in_slices(session, trained_again):
    before, timeline = shows(session), session.focused.timeline
    expected = Run.rewound(timeline, CHANGED, timeline.commands[:1], [], None)
    way = approached(session, lambda session: session.history.undo())
    assert (way.step, way.missing) == (CHANGED, 0)
    assert shows(session) == before
    assert len(timeline.commands) == 2
    trained_again.clear()
    assert session.attempt(lambda session: session.history.undo(), way) == "undone: schedule.rate = 0.5"
    assert not session.view.far  # nor is what is then looked at
    assert session.focused.evaluation(CHANGED).loss > 0
    assert sum(trained_again) <= 4
    assert bits(session.focused.run) == bits(expected)
    session.editor.change("schedule.rate", 2.0)  # beside the command that is there already
    assert sum(trained_again) <= 8
    expected.change("schedule.rate", 2.0)
    assert bits(session.focused.run) == bits(expected)


@pytest.mark.parametrize("step", [200, CHANGED, CHANGED + 1])
def test_a_fork_from_where_nobody_has_looked(session, step, trained_again):
    session.motion.head_for(Cursor(step))
    before, timeline = shows(session), session.focused.timeline
    expected = Run.fork(timeline, step)
    expected.change("schedule.rate", 0.25)

    def fork(session):
        return session.editor.fork("schedule.rate", 0.25)

    with pytest.raises(ScenarioError, match="rate"):  # told before anything is trained for it
        session.attempt(lambda session: session.editor.fork("schedule.rate", -1.0))
    way = approached(session, fork)
    assert shows(session) == before
    trained_again.clear()
    assert "a fork goes on" in session.attempt(fork, way)
    assert sum(trained_again) <= 4
    assert bits(session.focused.run) == bits(expected)
    assert session.focused.replica.distance(step) == 0


def test_what_was_approached_for_another_step_is_no_way(session):
    session.motion.head_for(Cursor(200))
    way = approached(session, lambda session: session.editor.fork("schedule.rate", 0.25))
    session.motion.head_for(Cursor(500))
    other = session.attempt(lambda session: session.editor.fork("schedule.rate", 0.25), way)
    assert isinstance(other, Way)
    assert other.step == 500


def test_a_fork_forgets_what_its_parent_was_later(session):
    """The state that the replica keeps close to step 900 belongs to the parent alone."""
    assert session.focused.replica.near.step > CHANGED
    session.motion.head_for(Cursor(10))
    session.editor.fork("schedule.rate", 0.25)
    go(session, STEPS)
    fork = session.focused
    assert fork.trainer_at(STEPS).parameters.tobytes() == bits(fork.run)[0]
    assert Replica(fork.timeline).at(STEPS).parameters.tobytes() == bits(fork.run)[0]


def test_without_a_screen_control_c_leaves_everything_as_it_is(session):
    pressed = []
    talk = Conversation(session, stopping=lambda: bool(pressed))
    pressed.append("ctrl+c")
    before = shows(session)
    told = list(talk.answer("undo"))
    assert told[:2] == ["Training 298 steps again.", "Stopped: nothing has changed."]
    assert shows(session) == before
    pressed.clear()
    assert list(talk.answer("undo"))[1] == "undone: schedule.rate = 0.5."
    assert session.cursor == Cursor(CHANGED)
