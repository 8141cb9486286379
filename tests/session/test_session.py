"""One cursor over all runs: it goes where it is told, as far as training has got, and back exactly."""

import numpy as np
import pytest

from nnsim.errors import ScenarioError
from nnsim.session.playback import SPEEDS
from nnsim.session.session import Session
from nnsim.timeline import Cursor
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run


def settle(session, chunk=7):
    """Train until the goal is reached, as an interface does."""
    while (track := session.training.lagging()) is not None:
        session.training.train(track, chunk)
    assert session.view.arrived
    return session


def columns(timeline):
    return {name: series.values(0, len(series)) for name, series in timeline.series.items()}


def test_fifty_on_twenty_back_twenty_on_equals_a_straight_run(scenario):
    session = Session.of_scenario(scenario("xor"))
    for count in (50, -20, 20):
        session.motion.move("epoch", count)
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
    session.motion.move("epoch", 25)
    session.motion.move("epoch", 25)
    assert (session.cursor, session.view.goal) == (Cursor(0), Cursor(50))
    session.motion.stay()
    assert session.training.lagging() is None


def test_phases_of_the_next_step_are_entered_one_by_one(scenario):
    session = Session.of_scenario(scenario("xor"), "article")
    seen = []
    for _ in range(6):
        session.motion.move("phase", 1)
        settle(session)
        seen.append((session.cursor.showing, session.cursor.phase_name, session.focused.timeline.length))
    assert seen == [
        (1, "forward", 1),
        (1, "loss", 1),
        (1, "backward", 1),
        (1, "update", 1),
        (2, "forward", 2),
        (2, "loss", 2),
    ]
    session.motion.move("phase", -5)
    assert session.cursor == Cursor(0, 1)


def test_batches_and_epochs_when_an_epoch_has_several(small_scenario):
    session = Session.of_scenario(small_scenario("[train]\nbatch_size = 1\nepochs = 10"))
    session.motion.move("batch", 6)
    settle(session)
    assert (session.cursor.epoch(4), session.cursor.batch(4)) == (2, 2)
    session.motion.move("epoch", -1)
    assert session.cursor == Cursor(4)
    session.motion.move("epoch", 100)
    settle(session)
    assert session.cursor == session.view.end == Cursor(40)
    session.motion.move("phase", 3)
    assert session.cursor == Cursor(40)


def test_playing_follows_the_speed_and_pauses_at_the_end(small_scenario):
    session = Session.of_scenario(small_scenario("[train]\nepochs = 30"))
    session.playback.speed = SPEEDS.index(20)
    session.playback.play(True)
    for _ in range(10):
        session.playback.elapse(0.1)
        settle(session)
    assert session.cursor.step == pytest.approx(20, abs=1)
    assert session.playback.playing
    session.playback.speed = SPEEDS.index(None)
    session.playback.elapse(0.1)
    settle(session)
    assert session.cursor == Cursor(30)
    assert not session.playback.playing
    session.playback.play(True)
    assert not session.playback.playing


def test_time_does_not_pile_up_while_training_lags_behind(small_scenario):
    session = Session.of_scenario(small_scenario("[train]\nepochs = 10000"))
    session.playback.speed = SPEEDS.index(100)
    session.playback.play(True)
    for _ in range(600):
        session.playback.elapse(0.1)
    assert session.view.goal.step <= 210


def test_runs_with_steps_of_different_length_share_a_cursor(small_scenario):
    text = '[[variants]]\nname = "a"\n[[variants]]\nname = "b"\n[variants.set]\n"solver.kind" = "random-search"'
    session = Session.of_scenario(small_scenario(text))
    session.motion.move("epoch", 10)
    settle(session)
    assert [session.view.step_of(track) for track in session.tracks] == [10, 30]
    session.motion.focus_on(1)
    assert session.cursor == Cursor(30)
    assert [session.view.step_of(track) for track in session.tracks] == [10, 30]


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
    session.motion.focus_on(1)
    session.motion.head_for(session.view.end)
    settle(session)
    assert session.tracks[1].timeline.stop.reason == "diverged"
    assert session.cursor == Cursor(50)
    assert session.view.step_of(session.tracks[1]) == session.tracks[1].timeline.length < 50


def test_a_setting_changed_behind_the_newest_step_forks_the_run(scenario):
    session = Session.of_scenario(scenario("xor"), "article")
    session.motion.move("epoch", 400)
    settle(session)
    before = columns(session.focused.timeline)
    session.motion.move("epoch", -100)
    assert "fork" in session.editor.change("schedule.rate", 5.0)
    assert [track.timeline.name for track in session.tracks] == ["article", "article · rate 5.0"]
    session.motion.move("epoch", 100)
    settle(session)
    old, fork = (columns(track.timeline) for track in session.tracks)
    for name, values in before.items():
        assert np.array_equal(old[name], values)
        assert np.array_equal(fork[name][:300], values[:300])
    assert (fork["learning_rate"][300:] == 5.0).all()
    assert not np.array_equal(fork["loss"][302:], old["loss"][302:])


def test_restart_and_new_seed(scenario):
    session = Session.of_scenario(scenario("xor"), "article")
    session.motion.move("epoch", 5)
    settle(session)
    first = session.focused.trainer_at(5).parameters.copy()
    session.editor.restart()
    session.motion.move("epoch", 5)
    settle(session)
    assert np.array_equal(session.focused.trainer_at(5).parameters, first)
    session.editor.new_seed()
    assert session.cursor == Cursor(0)
    assert session.focused.timeline.plan.seed == 2
    session.motion.move("epoch", 5)
    settle(session)
    assert not np.array_equal(session.focused.trainer_at(5).parameters, first)


RACE = """
[train]
epochs = 200
[[variants]]
name = "long"
[[variants]]
name = "short"
[variants.set]
"train.epochs" = 50
"""


def test_a_change_beyond_the_end_of_a_run_forks_it_where_it_ended(small_scenario):
    session = Session.of_scenario(small_scenario(RACE))
    session.motion.head_for(Cursor(200))
    settle(session)
    session.motion.focus_on(1)
    session.editor.change("train.epochs", 80)
    settle(session)
    assert [one.timeline.length for one in session.tracks] == [200, 80]
    assert len(session.tracks[1].timeline.series["loss"]) == 80


def test_a_fork_and_a_replica_refuse_a_step_that_is_not_recorded(small_scenario):
    run = Run(small_scenario("[train]\nepochs = 9"))
    run.advance_to(9)
    with pytest.raises(ValueError, match="step 10 lies beyond"):
        Run.fork(run.timeline, 10)
    with pytest.raises(ValueError, match="step 10 lies beyond"):
        Replica(run.timeline).at(10)


@pytest.mark.parametrize(("unit", "count"), [("batch", 2), ("phase", 5), ("epoch", 1)])
def test_the_cursor_of_a_run_with_shorter_steps_does_not_stick(small_scenario, unit, count):
    text = '[[variants]]\nname = "a"\n[[variants]]\nname = "b"\n[variants.set]\n"solver.kind" = "random-search"'
    session = Session.of_scenario(small_scenario(text))
    session.motion.focus_on(1)
    session.motion.move(unit, count)
    settle(session)
    assert session.cursor == Cursor().moved(unit, count, 3)


def test_a_replica_that_stands_at_a_step_follows_a_change_made_there(small_scenario):
    run = Run(small_scenario())
    run.advance_to(10)
    replica = Replica(run.timeline)
    replica.at(10, 2)
    run.change("schedule.rate", 5.0)
    assert float(replica.at(10, 1).rates(10, 1)[0]) == 5.0
    run.advance_to(15)
    assert np.array_equal(replica.at(15).parameters, run.trainer.parameters)


def test_moving_on_while_playing_counts_from_the_cursor(scenario):
    session = Session.of_scenario(scenario("xor"), "article")
    session.playback.speed = SPEEDS.index(None)
    session.playback.play(True)
    session.playback.elapse(0.1)
    session.training.train(session.tracks[0], 40)
    session.motion.move("epoch", 1)
    settle(session)
    assert (session.cursor, session.playback.playing) == (Cursor(41), False)


def test_a_kind_may_change_twice(small_scenario):
    run = Run(small_scenario())
    for key, value in (("schedule.kind", "exponential"), ("schedule.decay", 0.9), ("schedule.kind", "constant")):
        run.change(key, value)
        run.advance(3)
    assert np.array_equal(Replica(run.timeline).at(9).parameters, run.trainer.parameters)


def test_a_diverged_run_says_where_to_change_it(small_scenario):
    session = Session.of_scenario(
        small_scenario('[model]\noutput = "linear"\n[schedule]\nkind = "constant"\nrate = 1e6')
    )
    session.motion.head_for(session.view.end)
    settle(session)
    with pytest.raises(ScenarioError, match="step back first"):
        session.editor.change("schedule.rate", 0.1)
    session.motion.move("epoch", -3)
    assert "fork" in session.editor.change("schedule.rate", 0.1)


def test_runs_that_are_stopped_meet_at_the_furthest(scenario):
    session = Session.of_scenario(scenario("xor"))
    session.motion.head_for(Cursor(500))
    session.training.train(session.tracks[0], 37)
    session.motion.stay()
    settle(session)
    assert session.cursor == Cursor(37)
    assert [one.timeline.length for one in session.tracks] == [37, 37]
    assert "from step 38 on" in session.editor.change("schedule.rate", 0.5)


def test_beginning_again_leaves_forks_behind_and_shifts_every_seed(small_scenario):
    session = Session.of_scenario(small_scenario('[sweep]\nkey = "random.seed"\nvalues = [3, 4]'))
    session.motion.move("epoch", 9)
    settle(session)
    session.motion.move("epoch", -4)
    session.editor.change("schedule.rate", 0.5)
    assert len(session.tracks) == 3
    session.editor.new_seed()
    assert [one.timeline.plan.seed for one in session.tracks] == [4, 5]


def test_a_setting_that_begins_again_does_so_for_the_focused_run_alone(scenario):
    session = Session.of_scenario(scenario("xor"))
    session.motion.move("epoch", 9)
    settle(session)
    session.editor.change("model.hidden", [3])
    assert [one.timeline.length for one in session.tracks] == [0, 9]
    assert [one.timeline.plan.network.size for one in session.tracks] == [9, 9]


def test_a_replay_forks_but_does_not_begin_again(scenario):
    run = Run(scenario("xor"))
    run.advance_to(30)
    session = Session.of_timelines([run.timeline])
    with pytest.raises(ScenarioError, match="a replay cannot"):
        session.editor.change("model.bias", True)
    session.motion.head_for(Cursor(20))
    session.editor.change("schedule.rate", 0.5)
    session.motion.move("epoch", 15)
    settle(session)
    assert session.focused.timeline.length == 35


def test_what_is_recorded_is_not_jumped_over_at_full_speed(scenario):
    session = Session.of_scenario(scenario("xor"), "article")
    session.motion.head_for(Cursor(3000))
    settle(session)
    session.motion.head_for(Cursor())
    session.playback.speed = SPEEDS.index(None)
    session.playback.play(True)
    session.playback.elapse(0.1)
    assert 0 < session.cursor.step < 300


def test_another_run_takes_over_the_place_and_the_goal(small_scenario):
    session = Session.of_scenario(small_scenario(RACE))
    session.motion.move("epoch", 40)
    session.motion.focus_on(1)
    settle(session)
    assert session.cursor == Cursor(40)
