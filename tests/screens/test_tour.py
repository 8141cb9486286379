"""The tour: one key after the other, and nothing else does anything until it is over."""

import pytest
from harness import notices, redraw
from waiting import pauses

from nnsim.timeline import Cursor
from screens.app import NnsimApp
from screens.home import Home
from screens.tour import Tour
from screens.workbench.settings_dialog import SettingsDialog


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


# What each page waits for, by Textual's names, and what that leads to.
KEYS = [["enter"], ["right"], ["left"], ["2", "5", "right"], ["a"], ["right"], ["enter"], ["e"], ["x"], ["x"]]
PAGES = [1, 2, 3, 4, 4, 4, 5, 6, 7, 8]


async def test_it_waits_for_each_of_its_keys_and_then_lets_go(new_user):
    app = NnsimApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await press(pilot, "t")
        tour = app.screen
        assert isinstance(tour, Tour)
        learner = tour.lesson.pane.learner
        for right, after in zip(KEYS, PAGES, strict=True):
            before, page = tour.session.cursor, learner.page
            await press(pilot, "space", "r", "full_stop")
            assert (learner.page, tour.session.cursor, tour.session.playback.playing) == (page, before, False)
            told = notices(app)[0]
            assert told.startswith(f"The tour waits for {tour._awaited}, not for . ")
            app.clear_notifications()
            await press(pilot, *right)
            if right == ["e"]:
                assert isinstance(app.screen, SettingsDialog)
                await press(pilot, "escape")
            assert learner.page == after
        assert tour.session.cursor == Cursor(26)
        assert learner.score == (1, 1)
        assert tour.in_focus is tour.lesson.pane
        await press(pilot, "right")  # it is over: every key does what it always does
        assert tour.session.cursor == Cursor(27)
        await press(pilot, "space", "q")  # nothing in it is worth a question, though it plays
        assert isinstance(app.screen, Home)


async def test_escape_ends_it_and_it_can_be_asked_for_again(new_user):
    app = NnsimApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await press(pilot, "t", "enter", "escape")
        assert isinstance(app.screen, Home)
        await press(pilot, "t")
        assert isinstance(app.screen, Tour)
