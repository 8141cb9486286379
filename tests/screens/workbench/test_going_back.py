"""Where going back takes long, keys do not wait for it, and escape stays."""

import pytest
from far import keep_the_start_alone
from harness import redraw
from waiting import pauses

from nnsim.timeline import Cursor
from nnsim.timeline.replica import Replica, Way

STEPS = 4_000


@pytest.fixture
def going_on(monkeypatch):
    """While this list is empty, the way to an edit takes forever, so that a key finds it unfinished."""
    released, approach = [], Way.approach
    monkeypatch.setattr(Way, "approach", lambda way, steps: approach(way, steps) if released else way.missing)
    return released


async def until(pilot, holds):
    async for _ in pauses(pilot):
        if holds():
            return
    raise AssertionError("it did not come")


async def test_going_far_back_is_told_can_be_left_and_arrives(bench):
    async with bench("predictions", "arithmetic", extra=f"[train]\nepochs = {STEPS}") as opened:
        run = opened.session.focused.run
        keep_the_start_alone(run)
        run.advance_to(STEPS)
        pacer = opened.workbench.pacer
        await opened.pilot.press("end")
        await until(opened.pilot, lambda: opened.workbench.rendering.cursor == Cursor(STEPS))
        seen = opened.text()

        back = Cursor(STEPS - 1000)
        opened.session.motion.move("epoch", -1000)
        redraw(opened.workbench)
        assert pacer.approaching
        assert "going back: step 0 of 2,998" in opened.workbench.query_one("#status").text
        assert opened.text() == seen
        await opened.pilot.press("escape")
        assert not pacer.approaching
        assert opened.session.cursor == Cursor(STEPS)
        assert opened.text() == seen

        opened.session.motion.move("epoch", -1000)
        await until(opened.pilot, lambda: opened.workbench.rendering.cursor == back)
        answer = Replica(run.timeline).at(back.step).evaluate().predictions[1, 0]
        assert f"{answer:.4f}" in opened.text()
        assert f"{answer:.4f}" not in seen

        await opened.pilot.press("c", *"2000", "left")
        await until(opened.pilot, lambda: not pacer.approaching)
        there = Replica(run.timeline).at(back.step - 2000).evaluate().predictions[1, 0]
        assert f"{there:.4f}" in opened.text()
        await opened.pilot.press("escape")
        await until(opened.pilot, lambda: not pacer.approaching)
        assert f"{answer:.4f}" in opened.text()
        assert opened.session.cursor == back


async def test_a_weight_far_back_is_not_asked_for_before_its_step_is_there(bench):
    async with bench("network", extra=f"[train]\nepochs = {STEPS}") as opened:
        run = opened.session.focused.run
        keep_the_start_alone(run)
        run.advance_to(STEPS)
        await opened.pilot.press("end")
        await until(opened.pilot, lambda: opened.workbench.rendering.cursor == Cursor(STEPS))
        opened.pane.marked.mark(0, 0)
        opened.session.motion.move("epoch", -1000)
        redraw(opened.workbench)
        opened.pane.marked.edit_weight()
        assert opened.pilot.app.screen is opened.workbench
        await until(opened.pilot, lambda: opened.workbench.rendering.cursor == Cursor(STEPS - 1000))
        opened.pane.marked.edit_weight()
        await until(opened.pilot, lambda: opened.pilot.app.screen is not opened.workbench)


async def test_undoing_far_back_is_told_can_be_left_and_arrives(bench, going_on):
    async with bench("predictions", extra=f"[train]\nepochs = {STEPS}") as opened:
        session = opened.session
        track, changed = session.focused, 3_000
        keep_the_start_alone(track.run)
        track.run.advance_to(changed)
        session.motion.head_for(Cursor(changed))
        session.editor.change("schedule.rate", 0.25)
        track.run.advance_to(STEPS)
        await opened.pilot.press("end")
        await until(opened.pilot, lambda: opened.workbench.rendering.cursor == Cursor(STEPS))
        seen, pending = opened.text(), opened.workbench.pending

        def status():
            return opened.workbench.query_one("#status").text

        for key in ("escape", "home"):  # another key lets it go as well
            opened.workbench.edits.edit(lambda session: session.history.undo())
            assert pending.under_way
            assert "training again: step 0 of 2,998" in status()
            opened.workbench.edits.edit(lambda session: session.history.redo())  # which has to wait
            assert pending.under_way
            await opened.pilot.press("F", "m")  # what these are about may be another thing soon
            assert opened.pilot.app.screen is opened.workbench
            assert pending.under_way
            await opened.pilot.press(key)
            assert not pending.under_way
            assert session.tracks == [track]
            assert len(track.timeline.commands) == 1
            assert session.history.done
            assert session.cursor == Cursor(STEPS if key == "escape" else 0)
            assert (opened.text() == seen) == (key == "escape")

        opened.workbench.edits.edit(lambda session: session.history.undo())
        await opened.pilot.press("r")  # leaves what was to be undone behind, and says so
        assert not pending.under_way
        assert [one.partition(";")[0] for one in opened.notices] == ["Begins again with seed 5"]
        await opened.pilot.press("ctrl+z")
        assert session.tracks == [track]

        going_on.append(True)
        await opened.pilot.press("end", "ctrl+z")
        await until(opened.pilot, lambda: opened.workbench.rendering.cursor == Cursor(changed))
        assert not pending.under_way
        assert not session.focused.timeline.commands
        assert any("undone: schedule.rate = 0.25" in one for one in opened.notices)
        answer = Replica(track.timeline).at(changed).evaluate().predictions[1, 0]
        assert f"{answer:.4f}" in opened.text()


async def test_the_settings_dialog_waits_for_a_fork_from_far_back(bench, going_on, monkeypatch):
    async with bench("predictions", extra=f"[train]\nepochs = {STEPS}") as opened:
        session = opened.session
        track, here = session.focused, 2_000
        keep_the_start_alone(track.run)
        track.run.advance_to(STEPS)
        await opened.pilot.press("end", "f", "down")
        dialog, pending = opened.pilot.app.screen, opened.workbench.pending
        session.motion.head_for(Cursor(here))
        dialog.action_step(1)
        assert pending.under_way
        told = "training again: step 0 of 1,998"
        await until(opened.pilot, lambda: told in str(dialog.query_one("#waiting").render()))
        await opened.pilot.press("escape")
        assert opened.pilot.app.screen is dialog
        assert not pending.under_way
        assert session.tracks == [track]
        assert "the change is stopped" in str(dialog.query_one("#waiting").render())

        going_on.append(True)
        answered = []
        with monkeypatch.context() as patch:
            patch.setattr(opened.app, "push_screen", lambda screen, answer: answered.append(answer))
            dialog.action_type()
        track.replica.near = None  # which the workbench below has approached meanwhile
        answered[0]("0.125")
        assert pending.under_way
        await until(opened.pilot, lambda: opened.pilot.app.screen is opened.workbench)
        assert [one.timeline.fork_step for one in session.tracks] == [None, here]
        assert [one.value for one in session.focused.timeline.commands] == [0.125]
        assert session.cursor == Cursor(here)


async def test_the_other_runs_are_approached_too_where_a_pane_asks_for_them(bench):
    """A pane that shows where all runs stand never trains one of them again while keys wait."""
    others = '[[variants]]\nname = "one"\n[[variants]]\nname = "other"\nset = { schedule.rate = 0.1 }\n'
    async with bench("surface", extra=f"[train]\nepochs = {STEPS}\n{others}") as opened:
        session = opened.session
        for track in session.tracks:
            keep_the_start_alone(track.run)
            track.run.advance_to(STEPS)
        assert session.state.compares_states
        session.motion.head_for(Cursor(STEPS - 1000))
        assert session.view.missing == 2 * (STEPS - 1002)
        while session.view.far:
            before = session.view.missing
            assert before - session.view.approach(100) <= 100
        for track in session.tracks:
            assert track.replica.missing(STEPS - 1000) <= 2
        session.state.compares_states = False
        session.motion.head_for(Cursor(STEPS - 2000))
        assert session.view.missing == STEPS - 2002
