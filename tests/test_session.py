"""One cursor over all runs: it goes where it is told, as far as training has got, and back exactly."""

import numpy as np
import pytest

from nnsim.run import Run
from nnsim.session import SPEEDS, Session
from nnsim.timeline import Cursor


def settle(session, chunk=7):
    """Train until the goal is reached, as an interface does."""
    while (track := session.lagging()) is not None:
        session.train(track, chunk)
    assert session.arrived
    return session


def columns(timeline):
    return {name: series.values(0, len(series)) for name, series in timeline.series.items()}


def test_fifty_on_twenty_back_twenty_on_equals_a_straight_run(scenario):
    session = Session.of_scenario(scenario("xor"))
    for count in (50, -20, 20):
        session.move("epoch", count)
        settle(session)
    assert session.cursor == Cursor(50)
    for track in session.tracks:
        straight = Run(scenario("xor"), track.timeline.variant)
        straight.advance_to(50)
        assert np.array_equal(track.trainer_at(50).parameters, straight.trainer.parameters)
        for name, values in columns(straight.timeline).items():
            assert np.array_equal(columns(track.timeline)[name], values)


def test_keys_do_not_wait_for_training(scenario):
    session = Session.of_scenario(scenario("xor"))
    session.move("epoch", 25)
    session.move("epoch", 25)
    assert (session.cursor, session.goal) == (Cursor(0), Cursor(50))
    session.stay()
    assert session.lagging() is None


def test_phases_of_the_next_step_are_entered_one_by_one(scenario):
    session = Session.of_scenario(scenario("xor"), "article")
    seen = []
    for _ in range(6):
        session.move("phase", 1)
        settle(session)
        seen.append((session.cursor.showing, session.cursor.phase_name, session.focused.timeline.length))
    assert seen == [
        (1, "forward", 0),
        (1, "loss", 0),
        (1, "backward", 0),
        (1, "update", 1),
        (2, "forward", 1),
        (2, "loss", 1),
    ]
    session.move("phase", -5)
    assert session.cursor == Cursor(0, 1)


def test_batches_and_epochs_when_an_epoch_has_several(small_scenario):
    session = Session.of_scenario(small_scenario("[train]\nbatch_size = 1\nepochs = 10"))
    session.move("batch", 6)
    settle(session)
    assert (session.cursor.epoch(4), session.cursor.batch(4)) == (2, 2)
    session.move("epoch", -1)
    assert session.cursor == Cursor(4)
    session.move("epoch", 100)
    settle(session)
    assert session.cursor == session.end == Cursor(40)
    session.move("phase", 3)
    assert session.cursor == Cursor(40)


def test_playing_follows_the_speed_and_pauses_at_the_end(small_scenario):
    session = Session.of_scenario(small_scenario("[train]\nepochs = 30"))
    session.speed = SPEEDS.index(20)
    session.play(True)
    for _ in range(10):
        session.elapse(0.1)
        settle(session)
    assert session.cursor.step == pytest.approx(20, abs=1)
    assert session.playing
    session.speed = SPEEDS.index(None)
    session.elapse(0.1)
    settle(session)
    assert session.cursor == Cursor(30)
    assert not session.playing
    session.play(True)
    assert not session.playing


def test_time_does_not_pile_up_while_training_lags_behind(small_scenario):
    session = Session.of_scenario(small_scenario("[train]\nepochs = 10000"))
    session.speed = SPEEDS.index(100)
    session.play(True)
    for _ in range(600):
        session.elapse(0.1)
    assert session.goal.step <= 210


def test_runs_with_steps_of_different_length_share_a_cursor(small_scenario):
    text = '[[variants]]\nname = "a"\n[[variants]]\nname = "b"\n[variants.set]\n"solver.kind" = "random-search"'
    session = Session.of_scenario(small_scenario(text))
    session.move("epoch", 10)
    settle(session)
    assert [session.step_of(track) for track in session.tracks] == [10, 30]
    session.focus_on(1)
    assert session.cursor == Cursor(30)
    assert [session.step_of(track) for track in session.tracks] == [10, 30]


def test_a_run_that_ends_early_does_not_hold_the_others(small_scenario):
    text = """
[model]
output = "linear"
[train]
epochs = 50
[[variants]]
name = "steady"
[[variants]]
name = "bursts"
[variants.set]
"schedule.rate" = 1e6
"""
    session = Session.of_scenario(small_scenario(text))
    session.focus_on(1)
    session.head_for(session.end)
    settle(session)
    assert session.tracks[1].timeline.stop.reason == "diverged"
    assert session.cursor == Cursor(50)
    assert session.step_of(session.tracks[1]) == session.tracks[1].timeline.length < 50


def test_a_setting_changed_behind_the_newest_step_forks_the_run(scenario):
    session = Session.of_scenario(scenario("xor"), "article")
    session.move("epoch", 400)
    settle(session)
    before = columns(session.focused.timeline)
    session.move("epoch", -100)
    assert "fork" in session.change("schedule.rate", 5.0)
    assert [track.timeline.name for track in session.tracks] == ["article", "article · rate 5.0"]
    session.move("epoch", 100)
    settle(session)
    old, fork = (columns(track.timeline) for track in session.tracks)
    for name, values in before.items():
        assert np.array_equal(old[name], values)
        assert np.array_equal(fork[name][:300], values[:300])
    assert (fork["learning_rate"][300:] == 5.0).all()
    assert not np.array_equal(fork["loss"][302:], old["loss"][302:])


def test_restart_and_new_seed(scenario):
    session = Session.of_scenario(scenario("xor"), "article")
    session.move("epoch", 5)
    settle(session)
    first = session.focused.trainer_at(5).parameters.copy()
    session.restart()
    session.move("epoch", 5)
    settle(session)
    assert np.array_equal(session.focused.trainer_at(5).parameters, first)
    session.new_seed()
    assert session.cursor == Cursor(0)
    assert session.focused.timeline.plan.seed == 2
    session.move("epoch", 5)
    settle(session)
    assert not np.array_equal(session.focused.trainer_at(5).parameters, first)
