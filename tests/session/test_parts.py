"""The parts of a session, each by itself: what it is given is all that it needs."""

from types import SimpleNamespace

import pytest

from nnsim.session.cursor_motion import CursorMotion, LiveTraining
from nnsim.session.editor import Editor
from nnsim.session.follow import Follow
from nnsim.session.history import History
from nnsim.session.playback import Playback, PlaybackOptions
from nnsim.session.session_state import SessionState
from nnsim.session.track import Track
from nnsim.session.unsaved_work import Saving
from nnsim.timeline import Cursor, parse_place
from nnsim.timeline.replica import Retraining, Way
from nnsim.timeline.run import Run

EPOCHS = 40


@pytest.fixture
def state(small_scenario):
    """A live run that has got to epoch 40 of 200."""
    run = Run(small_scenario())
    run.advance_to(EPOCHS * run.timeline.steps_per_epoch)
    return SessionState([Track(run.timeline, run, 0)])


@pytest.fixture
def motion(state):
    return CursorMotion(state)


def test_the_cursor_waits_for_training_and_arrives_with_it(state, motion):
    end = state.focused.timeline.length
    motion.head_for(Cursor(end + 5))
    assert (state.cursor, state.goal) == (Cursor(end), Cursor(end + 5))
    training = LiveTraining(state, motion)
    assert training.train(training.lagging(), 3) == 3
    assert state.cursor == Cursor(end + 3)
    assert training.train(training.lagging(), 100) == 2
    assert (state.view.arrived, training.lagging()) == (True, None)


def test_a_place_that_is_sought_ends_the_way_to_it(state, motion):
    training = LiveTraining(state, motion)
    motion.go_to(parse_place("epoch 45"))
    while (track := training.lagging()) is not None:
        training.train(track, 7)
    assert state.cursor.epoch(state.steps_per_epoch) == 45


def test_time_moves_the_goal_only_while_it_plays(state, motion):
    playback = Playback(state, motion, speed=3)
    playback.elapse(1.0)
    assert (state.goal, playback.playing) == (Cursor(), False)
    playback.begin(PlaybackOptions(speed=10))
    playback.elapse(1.0)
    assert (state.goal, playback.playing) == (Cursor(10 * state.steps_per_epoch), True)
    motion.head_for(Cursor())
    assert not playback.playing


def test_a_recording_that_grows_is_followed_until_the_cursor_is_moved_back(state, motion):
    recorded, live = state.focused, state.focused.run
    recorded.run = None
    source = SimpleNamespace(
        timelines=(recorded.timeline,), left=None, ended=False, parting="the writer has gone", refresh=lambda: True
    )
    follow = Follow(state, motion, History(state, motion, Retraining()))
    follow.begin(source)
    live.advance(7)
    follow.refresh()
    assert (state.cursor, follow.active) == (Cursor(recorded.timeline.length), True)
    motion.head_for(Cursor(3))
    live.advance(7)
    follow.refresh()
    assert (state.cursor, follow.active) == (Cursor(3), False)
    source.ended = True
    follow.refresh()
    assert (follow.source, state.growing, state.notices.take(), state.notices.take()) == (
        *(None, False),
        *("the writer has gone", ""),
    )


def test_an_edit_is_made_undone_and_known_to_be_unsaved(state, motion):
    retraining = Retraining()
    history, saving = History(state, motion, retraining), Saving(state)
    editor = Editor(state, history, retraining)
    motion.head_for(Cursor(state.focused.timeline.length))
    assert (history.done, saving.unsaved) == ([], False)
    editor.change("schedule.rate", 0.5)
    assert history.done
    assert saving.unsaved
    saving.note_saved()
    assert not saving.unsaved
    assert history.undo() == "undone: schedule.rate = 0.5"
    assert not state.focused.timeline.commands
    assert not saving.unsaved
    assert history.redo() == "done again: schedule.rate = 0.5"


def test_an_edit_that_takes_long_gives_its_way_and_changes_nothing(state):
    state.focused.timeline.checkpoints.quick = 2
    retraining, step = Retraining(), state.focused.timeline.length - 1
    way = retraining.attempt(lambda: str(retraining.near(state.focused.replica, step)))
    assert isinstance(way, Way)
    assert way.missing > 2
    while way.approach(5):
        pass
    found = []
    said = retraining.attempt(lambda: found.append(retraining.near(state.focused.replica, step)) or "done", way)
    assert (said, found[0].step) == ("done", step - 2)
