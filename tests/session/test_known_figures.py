"""Of which step a figure is known under the cursor: the same in every pane, live, in a replay and in words."""

import numpy as np
import pytest

from nnsim.lessons.learner import Learner
from nnsim.narration import describe
from nnsim.narration.commentary import narrate
from nnsim.recording import background, open_recording
from nnsim.recording.background import Beside
from nnsim.session.playback import SPEEDS
from nnsim.session.session import Session
from nnsim.timeline import Cursor
from nnsim.timeline.run import Run
from screens.workbench.status import status_line


def go(session, step, phase=0):
    session.motion.head_for(Cursor(step, phase))
    settle(session)


def move(session, *moves):
    for unit, count in moves:
        session.motion.move(unit, count)
        settle(session)


def settle(session):
    while (track := session.training.lagging()) is not None:
        session.training.train(track, 7)
    assert session.view.arrived


def columns(timeline):
    return {name: series.values(0, len(series)) for name, series in timeline.series.items()}


def told(session, **options):
    return " · ".join(status_line(session, "", None, **options))


@pytest.fixture
def steps(scenario):
    """The four phases by hand, two steps done."""
    session = Session.of_scenario(scenario("four-steps"), "by-hand")
    go(session, 2)
    return session


@pytest.mark.parametrize(("figure", "forward", "loss", "backward"), [
    ("learning_rate", 3, 3, 3),
    ("loss", 2, 3, 3),
    ("accuracy", 2, 3, 3),
    ("gradient:layer1", 2, 2, 3),
    ("clipped:layer1", 2, 2, 3),
    ("validation_loss", 2, 2, 2),
    ("parameter:1", 2, 2, 2),
])  # fmt: skip
def test_each_figure_is_known_from_the_phase_that_brings_it(figure, forward, loss, backward):
    assert [Cursor(2, phase).known(figure) for phase in range(4)] == [2, forward, loss, backward]


def test_the_figures_under_the_cursor_are_those_of_the_arrays_that_the_phase_shows(steps):
    for step in (2, 3):
        for phase in (2, 3):
            go(steps, step, phase)
            network = steps.focused.trainer_at(step, phase).entered
            known = steps.view.figures(steps.focused)
            assert known["loss"] == pytest.approx(network.value(), rel=1e-12)
            of_step = steps.focused.timeline.record(step + (phase == 3))
            for one in network.layers if phase == 3 else ():
                assert of_step[f"gradient:{one.layer.name}"] == pytest.approx(np.linalg.norm(one.gradient))
            assert known["gradient:layer1"] == of_step["gradient:layer1"]


def test_a_live_run_a_replay_and_the_spoken_words_agree_in_every_phase(scenario, steps):
    run = Run(scenario("four-steps"), "by-hand")
    run.advance_to(10)
    replay = Session.of_timelines([run.timeline])
    go(replay, 2)
    for _ in range(9):
        move(steps, ("phase", 1))
        move(replay, ("phase", 1))
        assert steps.cursor == replay.cursor
        assert steps.view.figures(steps.focused) == replay.view.figures(replay.focused)
        for say in (describe.loss, describe.gradients, describe.rate, describe.inside):
            assert list(say(steps.view)) == list(say(replay.view))
        at = steps.view.cursor_of(steps.focused)
        assert narrate(steps.focused.timeline, at) == narrate(replay.focused.timeline, at)


def test_what_is_of_the_step_before_is_said_to_be(steps):
    loss, gradient = (next(iter(say(steps.view))) for say in (describe.loss, describe.gradients))
    assert "The loss is 0.08907;" in loss
    assert "loss 0.0890701" in told(steps)
    move(steps, ("phase", 1))
    assert "forward · step 2's loss 0.0890701" in told(steps)
    assert list(describe.loss(steps.view)) == [loss.replace("The", "Step 2's")]
    move(steps, ("phase", 1))
    assert "· loss · loss 0.0823842" in told(steps)
    assert "The loss is 0.08238;" in next(iter(describe.loss(steps.view)))
    assert list(describe.gradients(steps.view)) == [gradient.replace("the gradient", "step 2's gradient")]
    move(steps, ("phase", 1))
    assert "layer 2 0.0717." in next(iter(describe.gradients(steps.view)))


def test_of_the_first_step_nothing_is_known_until_its_loss(scenario):
    session = Session.of_scenario(scenario("four-steps"), "by-hand")
    go(session, 0, 1)
    assert set(session.view.figures(session.focused)) == {"learning_rate"}
    assert narrate(session.focused.timeline, Cursor(0, 1)).kinds == ("start",)
    go(session, 0, 2)
    assert session.view.figures(session.focused)["loss"] == pytest.approx(0.09639, abs=1e-5)
    assert narrate(session.focused.timeline, Cursor(0, 2)).text.startswith("The loss starts at 0.096")


def test_a_phase_waits_until_its_step_is_recorded_and_the_first_one_does_not(steps):
    steps.motion.move("phase", 3)
    assert (steps.cursor, steps.view.arrived) == (Cursor(2, 1), False)
    steps.training.train(steps.training.lagging(), 1)
    assert (steps.cursor, steps.view.arrived, steps.focused.timeline.length) == (Cursor(2, 3), True, 3)


def test_back_and_forth_through_phases_leaves_the_run_as_it_is(scenario, steps):
    move(steps, ("phase", 3), ("phase", -2), ("phase", 1), ("phase", -3), ("epoch", 3), ("phase", -5), ("epoch", 4))
    straight = Run(scenario("four-steps"), "by-hand")
    straight.advance_to(steps.focused.timeline.length)
    found, wanted = columns(steps.focused.timeline), columns(straight.timeline)
    assert all(np.array_equal(found[name], wanted[name]) for name in wanted)
    steps.playback.speed = SPEEDS.index(None)
    move(steps, ("phase", 1))
    steps.playback.play(True)
    steps.playback.elapse(0.01)
    assert steps.view.goal == steps.view.end, "from inside the newest step it plays on at once"


def test_an_edit_in_a_phase_applies_to_that_step(scenario, steps):
    move(steps, ("phase", 3))
    assert steps.editor.change("schedule.rate", 4.0) == "schedule.rate = 4.0 from step 3 on"
    assert (len(steps.tracks), steps.cursor, steps.focused.timeline.length) == (1, Cursor(2), 2)
    straight = Run(scenario("four-steps"), "by-hand")
    straight.advance_to(2)
    straight.change("schedule.rate", 4.0)
    straight.advance_to(6)
    go(steps, 6)
    assert np.array_equal(steps.focused.run.trainer.parameters, straight.trainer.parameters)
    steps.history.undo()
    assert (steps.cursor, steps.focused.timeline.commands) == (Cursor(2), [])
    move(steps, ("phase", 1), ("epoch", 1), ("phase", -1))
    assert "a fork goes on from step 2" in steps.editor.change("schedule.rate", 4.0), "the step was done"


def test_an_edit_that_is_refused_in_a_phase_changes_nothing(steps):
    move(steps, ("phase", 3))
    timeline = steps.focused.timeline
    with pytest.raises(Exception, match=r"schedule\.rate"):
        steps.editor.change("schedule.rate", "much")
    assert (steps.focused.timeline, steps.cursor) == (timeline, Cursor(2, 3))


def test_a_recording_goes_on_with_a_run_that_was_edited_in_a_phase(steps, tmp_path, monkeypatch):
    monkeypatch.setattr(background, "FLUSH_S", 0.001)
    path = tmp_path / "x.nnsim"
    writing = Beside(
        path,
        lambda: [one.timeline for one in steps.tracks],
        replace=False,
        created_by="a test",
        failed=steps.notices.post,
    )
    move(steps, ("phase", 2))
    steps.editor.change("schedule.rate", 4.0)
    go(steps, 5)
    writing.close()
    with open_recording(path) as recording:
        last = recording.timelines[-1]
        assert [(one.step, one.value) for one in last.commands] == [(2, 4.0)]
        assert columns(last).keys() == columns(steps.focused.timeline).keys()
        assert np.array_equal(columns(last)["loss"], columns(steps.focused.timeline)["loss"])


def test_a_run_that_diverges_in_the_step_under_way_says_so_when_it_is_done(small_scenario):
    run = Run(small_scenario('[model]\noutput = "linear"\n[schedule]\nkind = "constant"\nrate = 50.0\n'))
    run.advance_to(10_000)
    last = run.timeline.length
    session = Session.of_scenario(run.timeline.scenario)
    go(session, last - 1, 3)
    assert session.cursor == Cursor(last - 1, 3)
    assert narrate(session.focused.timeline, session.cursor).kinds[0] != "diverged"
    session.editor.change("schedule.rate", 0.1)
    assert session.focused.timeline.stop is None
    assert (session.focused.timeline.length, session.cursor) == (last - 1, Cursor(last - 1))
    assert [mark.kind for mark in session.focused.timeline.marks] == ["changed"]


# ---------------------------------------------------------------------- what is changed by hand


def test_a_step_is_told_with_the_rate_and_the_weights_that_it_was_made_with(scenario):
    session = Session.of_scenario(scenario("xor"), "article")
    go(session, 20)
    made = session.focused.trainer_at(20).parameters.copy()
    session.editor.change("schedule.rate", 2.0)
    session.editor.change("parameters.layer1.weight[1,1]", 9.0)
    track = session.focused
    assert np.array_equal(track.trainer_at(19, 4).parameters, made)
    assert track.trainer_at(20).parameters[0] == 9.0
    assert np.array_equal(track.trainer_at(19, 4).parameters, made), "in any order"
    assert track.trainer_at(20, 1).parameters[0] == 9.0
    assert "rate 1, from here 2" in told(session)
    assert list(describe.rate(session.view)) == ["The learning rate is 1, from here on 2, schedule constant."]
    assert (
        describe.figure(made[0]) + "; then it was set to 9 by hand"
        in list(describe.arithmetic(session.view, describe.Place(0, 0, 0)))[-1]
    )
    move(session, ("phase", 1))
    assert "rate 2 ·" in told(session)
    go(session, 21)
    assert "rate 2 ·" in told(session)


def test_a_fork_at_the_end_says_of_which_steps_its_rates_are(small_scenario):
    session = Session.of_scenario(small_scenario("[train]\nepochs = 5\n"))
    go(session, 5)
    session.editor.fork("schedule.rate", 2.0)
    assert "rate 2.0 · rate 0.1, from here 2" in told(session)


def test_the_crosshair_is_told_with_its_place_and_figures(steps):
    go(steps, 5)
    seen = Session.of_timelines([steps.focused.timeline])
    go(seen, 3)
    line = told(steps, crosshair=seen.view)
    assert "┿ epoch 3/200 · loss 0.0823842 → 0.0762859 · cursor epoch 5" in line
    assert "update" not in line


# ---------------------------------------------------------------------- predict, then reveal


def test_what_was_made_before_it_was_asked_is_held_back_until_the_prediction(scenario, steps):
    learner = Learner(scenario("four-steps").lesson)
    learner.open(2)
    learner.look(steps.view)
    assert learner.withheld == {"gradient"}
    assert "loss after your prediction" not in told(steps, withheld=learner.withheld)
    learner.open(3)
    learner.look(steps.view)
    assert learner.withheld == frozenset(), "the other run has no second step yet"
    learner.open(2)
    learner.look(steps.view)
    learner.predict(1)
    assert [one.kind for one in learner.look(steps.view)] == ["revealed"]
    assert learner.withheld == frozenset()
    assert "0.08" not in told(steps, withheld={"loss"})
    assert "loss after your prediction" in told(steps, withheld={"loss"})


def test_who_does_the_step_while_it_is_asked_sees_it_and_gradients_answer_in_the_phase_backward(scenario):
    session, learner = (
        Session.of_scenario(scenario("four-steps"), "by-hand"),
        Learner(scenario("four-steps").lesson),
    )
    go(session, 0, 2)
    learner.open(2)
    learner.look(session.view)
    learner.predict(1)
    assert learner.look(session.view) == []
    go(session, 0, 3)
    assert [one.kind for one in learner.look(session.view)] == ["revealed"]
    another = Learner(scenario("four-steps").lesson)
    go(session, 0, 2)
    another.open(2)
    another.look(session.view)
    go(session, 1)
    another.look(session.view)
    assert another.withheld == frozenset()


@pytest.mark.parametrize(
    ("layer", "alike"), [("dropout", False), ("batch-norm", False), ("layer-norm", True), ("dense", True)]
)
def test_the_loss_after_a_step_is_told_where_a_network_answers_alike_in_training(small_scenario, layer, alike):
    units = ", units = 3" if layer == "dense" else ""
    layers = f'layers = [{{kind = "dense", units = 3}}, {{kind = "{layer}"{units}}}]'
    session = Session.of_scenario(small_scenario(f"[model]\n{layers}\n[train]\nepochs = 9\n"))
    go(session, 4)
    after = session.view.loss_after(session.focused)
    assert (after is not None) is alike
