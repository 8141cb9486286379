"""Home lists what there is, previews it, and opens it."""

import pytest
from harness import notices, strips
from waiting import until

from nnsim.output_files import ANYWHERE
from nnsim.recording import save
from nnsim.run import Run
from nnsim.scenario import catalog
from screens.app import NnsimApp
from screens.dialogs.basic import KeysDialog
from screens.home import Home
from screens.workbench.workbench import Workbench


@pytest.fixture
def recordings(tmp_path, monkeypatch, scenario):
    """A folder of recordings with one of XOR in it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    folder = ANYWHERE.recordings
    folder.mkdir(parents=True)
    run = Run(scenario("xor"))
    run.advance_to(40)
    save(folder / "mine.nnsim", [run.timeline])
    return folder


def screen_text(app):
    """What is on the screen, line by line."""
    _, height = app.size
    lines = strips(app)
    return "\n".join("".join(segment.text for segment in strip) for strip in lines[:height])


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40), (200, 50)])
async def test_scenarios_recordings_and_a_lesson_are_shown(size, recordings):
    app = NnsimApp()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: catalog.entries()[0].name in screen_text(app))
        await until(pilot, lambda: "mine.nnsim" in screen_text(app))
        if size[0] >= 80:
            await until(pilot, lambda: "three such lines" in screen_text(app))


async def test_a_lesson_is_wrapped_anew_where_its_room_changes(recordings):
    app = NnsimApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "three such lines" in screen_text(app))

        def fills_its_room(columns):
            room = app.screen.query_one("#preview").scrollable_content_region
            lines = app.screen.query_one("#preview Static").content.plain.splitlines()
            return app.size.width == columns and room.width - 4 <= max(map(len, lines)) <= room.width

        await until(pilot, lambda: fills_its_room(120))  # it may have been wrapped for the first layout before
        wide = app.screen.query_one("#preview Static").size.height
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: fills_its_room(80))
        await until(pilot, lambda: app.screen.query_one("#preview Static").size.height > wide)


async def test_a_heading_is_seen_with_the_first_scenario_below_it_and_opens_nothing(recordings):
    heading = catalog.entries()[0].group
    app = NnsimApp()
    async with app.run_test(size=(40, 12)) as pilot:
        await until(pilot, lambda: heading in screen_text(app))
        await pilot.press("end")
        assert heading not in screen_text(app)
        await pilot.press("home")
        await until(pilot, lambda: heading in screen_text(app))
        await pilot.click("#scenario-list", offset=(2, 0))
        assert isinstance(app.screen, Home)


async def test_enter_opens_the_scenario_and_q_comes_back_and_quits(recordings):
    app = NnsimApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("down", "up", "down", "enter")
        await pilot.pause()
        assert isinstance(app.screen, Workbench)
        assert app.screen.session.scenario.name == catalog.entries()[1].name
        await pilot.press("q")
        assert isinstance(app.screen, Home)
        await pilot.press("q")
    assert app.return_value == 0


async def test_a_recording_opens_as_a_replay(recordings):
    app = NnsimApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("tab", "enter")
        await pilot.pause()
        assert isinstance(app.screen, Workbench)
        assert not app.screen.session.view.live
        await pilot.press("end")
        assert app.screen.session.cursor.step == 40
        await pilot.press("q", "q")


async def test_a_damaged_recording_is_refused_in_a_sentence(recordings):
    (recordings / "mine.nnsim").write_bytes(b"no recording")
    app = NnsimApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("tab", "enter")
        await pilot.pause()
        assert isinstance(app.screen, Home)
        assert "mine.nnsim" in notices(app)[0]


async def test_keys_are_listed_and_the_lesson_scrolls(recordings):
    app = NnsimApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("question_mark")
        assert isinstance(app.screen, KeysDialog)
        await pilot.press("escape")
        preview = app.screen.query_one("#preview")
        await until(pilot, lambda: preview.max_scroll_y > 0)
        await pilot.press("pagedown")
        assert preview.scroll_y > 0
        await pilot.press("pageup")
        assert preview.scroll_y == 0


async def test_saving_writes_a_recording_that_home_then_lists(recordings, scenario):
    place = [entry.name for entry in catalog.entries()].index("xor")
    app = NnsimApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press(*["down"] * place, "enter", *"25", "right", "w", "enter")
        await until(pilot, (recordings / "xor-seed1.nnsim").exists)
        saved = [path.name for path in recordings.glob("*.nnsim")]
        assert sorted(saved) == ["mine.nnsim", "xor-seed1.nnsim"]
        await pilot.press("w", "enter")  # the next free name: nothing is overwritten
        await until(pilot, (recordings / "xor-seed1-2.nnsim").exists)
        await pilot.press("q")
        await until(pilot, lambda: "xor-seed1.nnsim" in screen_text(app))
