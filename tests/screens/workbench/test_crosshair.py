"""The crosshair: a second place in time that panes are read at."""

import pytest
from over_time import MODEL, session_of

from nnsim.timeline import Cursor
from screens.panes.curves import series_curves
from screens.workbench.crosshair import Crosshair


def test_the_crosshair_keeps_its_place_in_time_and_to_what_is_recorded(small_scenario):
    session = session_of(small_scenario(f"{MODEL}[train]\nbatch_size = 2\n"), 40)
    hair = Crosshair(12, 2)
    assert hair.moved(-100, session).step == 0
    assert hair.moved(100, session).step == 40
    assert hair.beside(1, None, session).step == 14  # an epoch where no plot says otherwise
    assert Crosshair(30, 1).within(session) == Crosshair(40, 2)
    view = hair.view(session.view)
    assert (view.cursor, session.cursor) == (Cursor(12), Cursor(40))
    assert hair.describe() == "crosshair at step 12 (epoch 6)"


def test_in_a_step_whose_phases_are_entered_the_crosshair_shows_as_much_as_the_cursor_and_no_more(small_scenario):
    session = session_of(small_scenario(MODEL), 5)
    session.motion.move("phase", 2)
    session.training.train(session.training.lagging(), 1)
    assert (session.cursor, session.view.newest.step) == (Cursor(5, 2), 6)
    for step, place in ((6, Cursor(5, 2)), (5, Cursor(5)), (4, Cursor(4))):
        assert Crosshair(step, 1).within(session).view(session.view).cursor == place
    session.motion.head_for(Cursor(3))
    session.motion.keep_up()
    assert Crosshair(2, 1).moved(10, session).step == 5  # the rest of step 6 was never seen


def test_back_from_a_phase_a_run_keeps_its_future_up_to_the_step_that_was_entered(small_scenario):
    session = session_of(small_scenario(MODEL), 5)
    for phase, told in ((1, 5), (2, 6)):
        session.motion.head_for(Cursor(5, phase))
        if (track := session.training.lagging()) is not None:
            session.training.train(track, 1)
        session.motion.keep_up()
        assert series_curves(session.view, "loss", 80)[0].x[-1] == told
    session.motion.head_for(Cursor(3))
    session.motion.keep_up()
    (curve,) = series_curves(session.view, "loss", 80)
    assert (curve.x[-1], curve.passed) == (5.0, pytest.approx(3.0))


async def test_a_crosshair_goes_by_columns_and_by_exact_steps(bench):
    async with bench("loss") as opened:
        await opened.press(*"190", "right", "c")
        plot, hair = opened.pane.plot, opened.workbench.crosshair.crosshair
        assert hair.step == 190
        await opened.press("left")
        column = opened.workbench.crosshair.crosshair.step
        width = 200 / (plot.content_size.width - 4)
        assert 0 < 190 - column < 1.7 * width
        await opened.press("left")
        assert column - opened.workbench.crosshair.crosshair.step == pytest.approx(width, abs=1.5)
        before = opened.workbench.crosshair.crosshair.step
        await opened.press("shift+left", *"10", "left")
        assert opened.workbench.crosshair.crosshair.step == before - 11
        await opened.press("home")
        assert opened.workbench.crosshair.crosshair.step == 0
        await opened.press("end")
        assert opened.workbench.crosshair.crosshair.step == 190
        assert opened.session.cursor == Cursor(190)
        await opened.press("c", "left")
        assert opened.session.cursor == Cursor(189)


async def test_the_keys_of_the_crosshair_come_before_a_panes_own_and_in_their_order(bench):
    async with bench("network") as opened:
        await opened.press(*"30", "right")
        await opened.pilot.press("c", "1", "2", "left", "enter")  # enter would read a weight
        await opened.press()
        assert opened.session.cursor == Cursor(18)
        assert opened.pilot.app.screen is opened.workbench
        await opened.press("enter")
        assert opened.session.cursor == Cursor(18)
