"""What was changed by hand is taken back, and made again, to the bit."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_session import TEXT, Growing, fly, settle

from nnsim.data.points import rows_of, table
from nnsim.errors import ScenarioError
from nnsim.recording import open_recording, save
from nnsim.scenario.scenario import parse_scenario
from nnsim.session.session import Session
from nnsim.timeline import Cursor
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run
from nnsim.timeline.timeline import first_difference, tree


def picture(session):
    """All that a session shows: what was trained, what was given, where it stands."""
    shown = []
    for track in session.tracks:
        timeline, trainer = track.timeline, track.trainer_at(session.view.step_of(track))
        figures = {name: one.values(0, len(one)).tobytes() for name, one in timeline.series.items()}
        given = dict(timeline.settings), timeline.commands[:], timeline.marks[:], timeline.stop, timeline.length
        shown.append((timeline.name, figures, given, trainer.parameters.tobytes(), track.run is not None))
    return shown, session.view.focus, session.cursor


def assert_shows(session, expected):
    """Whether that is shown, by runs that may have been trained on meanwhile beside others."""
    shown, was = picture(session), expected
    assert shown[1:] == was[1:]
    assert len(shown[0]) == len(was[0])
    for (name, figures, commands, parameters, live), then in zip(shown[0], was[0], strict=True):
        assert (name, commands[:2], parameters, live) == (then[0], then[2][:2], then[3], then[4])
        assert all(figures[figure].startswith(values) for figure, values in then[1].items())


EDITS = {
    "live": lambda session: session.editor.change("schedule.rate", 0.5),
    "another": lambda session: session.editor.change("optimizer.kind", "sgd"),
    "weight": lambda session: session.editor.change("parameters.layer1.weight[2,1]", 0.5),
    "restart": lambda session: session.editor.change("model.hidden", [2, 2]),
    "several": lambda session: session.editor.change_together({"model.bias": False, "data.bits": 4}),
    "again": lambda session: session.editor.restart(),
    "seed": lambda session: session.editor.new_seed(),
    "fork": lambda session: session.editor.fork("schedule.rate", 0.25),
}


@settings(deadline=None, max_examples=12)
@given(data=st.data())
def test_undoing_everything_and_doing_it_again_shows_the_same(data):
    session = Session.of_scenario(parse_scenario(TEXT, name="small", source="small.toml"))
    before = []
    for name in data.draw(st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=5)):
        fly(session, session.cursor.step + data.draw(st.integers(1, 12)))
        if data.draw(st.booleans()):
            fly(session, data.draw(st.integers(0, session.cursor.step)))
        before.append(picture(session))
        EDITS[name](session)
    end = picture(session)
    for expected in reversed(before):
        session.history.undo()
        assert_shows(session, expected)
    with pytest.raises(ScenarioError, match="nothing to undo"):
        session.history.undo()
    for expected in [*before[1:], end]:
        session.history.redo()
        assert_shows(session, expected)
    with pytest.raises(ScenarioError, match="nothing to redo"):
        session.history.redo()


def test_what_was_trained_after_a_change_is_thrown_away_and_comes_back(session):
    fly(session, 20)
    session.editor.change("schedule.rate", 0.5)
    fly(session, 45)
    session.focused.timeline.mark(10, "knee")
    with_it = picture(session)
    assert session.history.undo() == "undone: schedule.rate = 0.5"
    timeline = session.focused.timeline
    assert (timeline.length, session.cursor, timeline.commands) == (20, Cursor(20), [])
    assert [one.text for one in timeline.marks] == ["knee"]  # a name given to what is kept is kept
    fly(session, 45)
    straight = Run(session.scenario)
    straight.advance_to(45)
    assert (session.focused.run.trainer.parameters == straight.trainer.parameters).all()
    assert session.history.redo() == "done again: schedule.rate = 0.5"
    assert picture(session) == with_it


def test_a_run_that_had_ended_has_ended_again(session):
    fly(session, 180)
    stop = session.focused.timeline.stop
    assert stop.reason == "epochs"
    session.editor.change("train.epochs", 70)
    fly(session, 200)
    session.history.undo()
    assert (session.focused.timeline.stop, session.focused.timeline.length) == (stop, 180)
    assert session.focused.run.finished


def test_one_setting_walked_through_its_values_is_one_edit(session):
    fly(session, 20)
    for rate in (0.1, 0.2, 0.5):
        session.editor.change("schedule.rate", rate)
    assert [one.value for one in session.focused.timeline.commands] == [0.5]
    session.history.undo()
    assert not session.focused.timeline.commands
    assert not session.history.done


def test_a_change_after_undoing_leaves_nothing_to_do_again(session):
    fly(session, 20)
    session.editor.change("schedule.rate", 0.5)
    session.history.undo()
    session.editor.change("schedule.rate", 0.7)
    with pytest.raises(ScenarioError, match="nothing to redo"):
        session.history.redo()


def test_a_change_that_is_refused_is_no_edit(session):
    for key, value in [("schedule.rate", "fast"), ("model.hidden", [0]), ("parameters.layer1.bias[9]", 1.0)]:
        with pytest.raises(ScenarioError):
            session.editor.change(key, value)
    assert not session.history.done


def test_a_fork_of_a_replay_is_taken_away_again(session):
    fly(session, 20)
    replay = Session.of_timelines([session.focused.timeline])
    replay.motion.head_for(Cursor(10))
    replay.editor.change("schedule.rate", 0.5)
    assert len(replay.tracks) == 2
    replay.history.undo()
    assert (len(replay.tracks), replay.view.focus, replay.cursor) == (1, 0, Cursor(10))
    replay.history.redo()
    assert replay.focused.timeline.fork_step == 10


def test_a_run_with_points_of_its_own_stays_in_its_place_of_the_sweep(scenario):
    session = Session.of_scenario(scenario("overfitting"))
    session.motion.focus_on(2)
    plan = session.focused.timeline.plan
    session.editor.change_together(table(plan.examples, plan.data, rows_of(plan.examples)[:-1]), "a row removed")
    timeline = session.focused.timeline
    assert (timeline.settings["data.degree"], timeline.plan.data.degree, timeline.plan.examples.rows) == (3, 3, 199)
    assert session.view.compared == [session.focused]
    assert session.saving.made_by_hand
    assert session.history.undo() == "undone: a row removed"
    assert not session.saving.made_by_hand


def test_edits_that_hold_too_much_are_forgotten_from_the_oldest_on(session, monkeypatch):
    monkeypatch.setattr("nnsim.session.history.MOST_BYTES", 1)
    for seed in range(5):
        session.editor.change("random.seed", seed)
    session.history.undo()
    with pytest.raises(ScenarioError, match="nothing to undo"):
        session.history.undo()
    assert session.focused.timeline.plan.seed == 3


def test_a_run_that_comes_by_itself_has_no_style_of_one_that_is_made_again(session):
    fly(session, 20)
    watched = Growing(session.focused.timeline)
    watching = Session.of_growing(watched)
    watching.motion.head_for(Cursor(10))
    watching.editor.change("schedule.rate", 0.5)
    watching.history.undo()
    watched.timelines += (Run(session.scenario).timeline,)
    watching.follow.refresh()
    watching.history.redo()
    assert len({one.style for one in watching.tracks}) == len(watching.tracks) == 3


def test_a_recorded_run_is_not_begun_again_and_stays_beside_one_that_is(session):
    fly(session, 20)
    watching = Session.of_growing(Growing(session.focused.timeline))
    recorded = watching.focused
    watching.motion.head_for(Cursor(10))
    watching.editor.change("schedule.rate", 0.5)
    for begin_again in (watching.editor.restart, watching.editor.new_seed):
        with pytest.raises(ScenarioError, match="cannot begin again"):
            begin_again()
    assert len(watching.tracks) == 2
    watching.editor.change("model.hidden", [2])
    watching.editor.restart()
    watching.follow.refresh()
    assert watching.tracks[0] is recorded
    assert len(watching.tracks) == 2
    for _ in range(3):
        watching.history.undo()
    assert watching.tracks == [recorded]


def test_names_that_a_person_gives_are_made_by_hand_and_those_of_the_file_are_not(session):
    fly(session, 20)
    assert not session.saving.made_by_hand
    timeline = session.focused.timeline
    timeline.mark(5, "here")
    assert session.saving.made_by_hand
    watched = Growing(timeline)
    watching = Session.of_growing(watched)
    assert not watching.saving.made_by_hand
    watched.refresh = lambda: timeline.mark(6, "from the file") or True
    watching.follow.refresh()
    assert not watching.saving.made_by_hand
    timeline.mark(5, "")
    assert watching.saving.made_by_hand


def test_only_what_was_changed_since_it_was_saved_is_unsaved(session):
    fly(session, 20)
    assert not session.saving.unsaved
    session.editor.change("schedule.rate", 0.5)
    assert session.saving.unsaved
    session.saving.note_saved()
    fly(session, 30)
    fly(session, 5)
    assert not session.saving.unsaved
    session.editor.change("schedule.rate", 0.25)  # a fork
    assert session.saving.unsaved
    session.history.undo()
    assert not session.saving.unsaved
    session.history.redo()
    session.saving.note_saved()
    session.focused.timeline.mark(3, "here")
    assert session.saving.unsaved


def test_what_is_written_into_a_file_anyway_is_saved_as_long_as_that_works(session):
    session.saving.written = SimpleNamespace(failed=False)
    fly(session, 20)
    session.editor.change("schedule.rate", 0.5)
    assert not session.saving.unsaved
    session.saving.written.failed = True
    assert session.saving.unsaved


def test_forks_keep_their_parent_when_a_live_change_of_it_is_taken_back(session, tmp_path):
    fly(session, 20)
    root = session.focused
    fly(session, 10)
    session.editor.fork("schedule.rate", 0.25)
    fork = session.focused
    session.motion.focus_on(0)
    fly(session, 30)
    session.editor.change("schedule.rate", 0.5)
    fly(session, 40)

    def shape():
        return tree([one.timeline for one in session.tracks])

    for step in (session.history.undo, session.history.redo, session.history.undo):
        step()
        assert shape() == [(0, 0), (1, 1)]
        assert fork.timeline.parent is session.tracks[0].timeline
        assert first_difference(fork.timeline) == 11
    assert session.tracks[0] is not root
    save(tmp_path / "x.nnsim", [one.timeline for one in session.tracks])
    with open_recording(tmp_path / "x.nnsim") as recording:
        assert recording.timelines[1].parent is recording.timelines[0]


def test_no_more_is_changed_than_a_recording_holds(session, monkeypatch, tmp_path):
    monkeypatch.setattr("nnsim.timeline.timeline.MOST_CHECKED", 3000)  # a run and two commands
    for step in (5, 10):
        fly(session, step)
        session.editor.change("schedule.rate", 1.0 / step)
    fly(session, 15)
    for how in (session.editor.change, session.editor.fork):
        with pytest.raises(ScenarioError, match=r"holds so many runs and changes \(allowed: 3 together\)"):
            how("schedule.rate", 0.1)
    save(tmp_path / "x.nnsim", [session.focused.timeline])
    with open_recording(tmp_path / "x.nnsim") as recording:
        assert len(recording.timelines[0].commands) == 2


def test_what_was_changed_is_what_a_run_begins_again_with(session):
    session.editor.change("schedule.rate", 0.125)
    session.editor.change("model.hidden", [5])
    assert session.focused.timeline.plan.schedule.rate == 0.125
    session.editor.restart()
    assert session.focused.timeline.plan.schedule.rate == 0.125
    fly(session, 10)
    session.editor.change("schedule.rate", 0.5)  # under way
    session.editor.new_seed()
    assert session.focused.timeline.plan.schedule.rate == 0.5


def test_a_network_is_asked_again_when_a_weight_was_changed_where_it_stands(session):
    fly(session, 10)
    before = session.focused.evaluation(10)
    session.editor.change("parameters.layer1.weight[1,1]", 5.0)
    after = session.focused.evaluation(10)
    assert after.loss != before.loss
    assert after.loss == Replica(session.focused.timeline).at(10).evaluate().loss
    session.editor.change("parameters.layer1.weight[1,1]", -5.0)
    assert session.focused.evaluation(10).loss not in (before.loss, after.loss)


def test_a_restart_says_what_it_leaves_with_the_old_run_and_undo_brings_it_back(scenario):
    session = Session.of_scenario(scenario("xor"), "article", {"train.epochs": 20})
    assert session.editor.restart() == "Begins again with seed 1"
    session.motion.head_for(session.view.end)
    settle(session)
    session.motion.move("epoch", -5)
    session.editor.change("schedule.rate", 0.5)
    session.motion.focus_on(0)
    session.focused.timeline.mark(3, "here")
    assert session.editor.new_seed() == "Begins again with seed 2; undo (ctrl+z) brings back 1 mark, 1 fork"
    assert not session.focused.timeline.marks
    session.history.undo()
    assert session.focused.timeline.marked(3) == "here"


def test_a_point_that_came_and_went_leaves_the_data_the_scenarios_own(session):
    label = session.focused.timeline.name
    plan = session.focused.timeline.plan
    rows = rows_of(plan.examples)
    session.editor.change_together(table(plan.examples, plan.data, [*rows, ((0.5, 0.5, 0.5), 1.0)]), "a point")
    assert session.focused.timeline.name == f"{label} · data edited"
    assert session.saving.unsaved
    edited = session.focused.timeline.plan
    session.editor.change_together(table(edited.examples, edited.data, rows), "a row removed")
    assert session.focused.timeline.name == label
    assert not session.saving.unsaved
    moved = [*rows[:-1], ((0.5, 0.5, 0.5), rows[-1][1])]
    session.editor.change_together(table(plan.examples, plan.data, moved), "a point moved")
    assert "data" in session.focused.timeline.settings
