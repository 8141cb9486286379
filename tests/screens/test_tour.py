"""The tour: offered once, six keys, and nothing else does anything until it is over."""

import pytest
from harness import notices, redraw
from waiting import pauses

from nnsim.output_files import ANYWHERE
from nnsim.timeline import Cursor
from screens.app import NnsimApp
from screens.home import Home
from screens.tour import Tour


@pytest.fixture
def new_user(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


async def press(pilot, *keys):
    await pilot.press(*keys)
    async for _ in pauses(pilot):
        if not isinstance(pilot.app.screen, Tour) or pilot.app.screen.session.training.lagging() is None:
            break
    else:
        raise AssertionError("it does not arrive")
    if isinstance(pilot.app.screen, Tour):
        redraw(pilot.app.screen)
        await pilot.pause()


async def test_it_waits_for_each_of_six_keys_and_then_lets_go(new_user):
    app = NnsimApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.screen.query_one("#offer").display
        assert str(app.screen.query_one("#foot").content).startswith("enter begins the tour · ")
        await press(pilot, "enter")
        tour = app.screen
        assert isinstance(tour, Tour)
        learner = tour._lesson_pane.learner
        keys = [["full_stop"]] * 4 + [["2", "5", "right"], ["left"]]
        for page, right in enumerate(keys):
            before = tour.session.cursor
            wrong = "right" if right == ["full_stop"] else "full_stop"
            await press(pilot, "space", "r", "enter", wrong)
            assert (learner.page, tour.session.cursor, tour.session.playback.playing) == (page, before, False)
            told, names = notices(app)[0], {"right": "→", "full_stop": "."}
            assert told.startswith(f"The tour waits for {learner.part.key}, not for {names[wrong]} ")
            app.clear_notifications()
            await press(pilot, "down")  # the page is read whole
            assert "all of it is shown" in notices(app)[0]
            await press(pilot, *right)
            assert learner.page == page + 1
        assert tour.session.cursor == Cursor(25)
        await press(pilot, "right")  # it is over: every key does what it always does
        assert tour.session.cursor == Cursor(26)
        await press(pilot, "space", "q")  # nothing in it is worth a question, though it plays
        assert isinstance(app.screen, Home)
        assert not app.screen.query_one("#offer").display


async def test_escape_ends_it_and_it_is_not_offered_again(new_user):
    assert ANYWHERE.is_first_start()
    app = NnsimApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await press(pilot, "enter", "full_stop", "escape")
        assert isinstance(app.screen, Home)
    assert not ANYWHERE.is_first_start()
    app = NnsimApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert not app.screen.query_one("#offer").display
        await press(pilot, "t")  # asked for
        assert isinstance(app.screen, Tour)


async def test_whoever_looks_at_the_list_is_left_alone(new_user):
    app = NnsimApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await press(pilot, "down", "up")
        assert not app.screen.query_one("#offer").display
        await press(pilot, "enter")
        assert not isinstance(app.screen, Tour | Home)


async def test_a_folder_that_cannot_be_written_is_told_and_no_fault(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    app = NnsimApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.screen.query_one("#offer").display
        assert "cannot be written" in notices(app)[-1]
    assert ANYWHERE.is_first_start()
