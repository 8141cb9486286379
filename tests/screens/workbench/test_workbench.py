"""The workbench as a whole: its layout, its way through a run, what it asks before it is left."""

import numpy as np
import pytest
from harness import opened
from shared import WHOLE
from waiting import pauses

from nnsim.recording import open_recording
from nnsim.scenario.lesson_schema import GivenAnswer
from nnsim.session.playback import SPEEDS
from nnsim.session.session import Session
from nnsim.timeline import Cursor
from nnsim.timeline.run import Run
from scenarios import names
from screens.app import NnsimApp
from screens.dialogs.basic import ChoiceDialog, TextDialog
from screens.widgets.layout import fitting
from screens.workbench.status import speed_message
from screens.workbench.workbench import Workbench

pytestmark = pytest.mark.filterwarnings("error")


async def test_fifty_on_twenty_back_twenty_on_shows_a_straight_run(fly, scenario):
    async with fly() as cockpit:
        await cockpit.press("5", "0", "right", "2", "0", "left")
        assert cockpit.session.cursor == Cursor(30)
        assert "epoch 30/10,000" in cockpit.status
        await cockpit.press("2", "0", "right")
        assert "epoch 50/10,000" in cockpit.status
        for track in cockpit.session.tracks:
            straight = Run(scenario("xor"), track.timeline.variant)
            straight.advance_to(50)
            assert np.array_equal(track.trainer_at(50).parameters, straight.trainer.parameters)
            assert track.timeline.record(50) == straight.timeline.record(50)
        assert f"loss {cockpit.session.tracks[0].timeline.record(50)['loss']:.6g}" in cockpit.status


async def test_panes_fill_the_terminal_and_tab_reaches_all_of_them(fly):
    async with fly(size=(40, 12)) as cockpit:
        await cockpit.press("3", "right")
        for size in ((40, 12), (60, 15), (80, 24), (120, 40), (200, 50)):
            await cockpit.pilot.resize_terminal(*size)
            seen = set()
            for _ in cockpit.workbench.panes:
                shown = [pane for pane in cockpit.workbench.panes if pane.display]
                assert sum(pane.region.area for pane in shown) == size[0] * (size[1] - 3)
                assert cockpit.app.focused in shown
                seen |= set(shown)
                await cockpit.press("tab")
            assert seen == set(cockpit.workbench.panes)


async def test_a_terminal_too_small_is_told_what_is_needed(fly):
    async with fly(size=(39, 11)) as cockpit:
        assert "nnsim needs 40x12" in str(cockpit.workbench.query_one("#small").render())
        await cockpit.pilot.resize_terminal(80, 24)
        await cockpit.press("2", "right")
        assert not cockpit.workbench.query_one("#small").display


async def test_full_speed_answers_keys_and_ends_where_a_headless_run_ends(fly, scenario):
    async with fly(panes=("loss", "gradients")) as cockpit:
        cockpit.session.playback.speed = len(SPEEDS) - 1
        await cockpit.pilot.press("space")
        await cockpit.pilot.press("tab")
        assert cockpit.app.focused is cockpit.workbench.panes[1]
        async for _ in pauses(cockpit.pilot):
            if not cockpit.session.playback.playing:
                break
        assert cockpit.session.cursor == Cursor(10_000)
        straight = Run(scenario("xor"), "article")
        straight.advance_to(10_000)
        assert np.array_equal(cockpit.session.tracks[0].trainer_at(10_000).parameters, straight.trainer.parameters)


def test_a_line_keeps_its_first_parts_and_never_outgrows_its_room():
    assert fitting(["one", "two", "three"], 11) == "one · two"
    assert fitting(["one", "two", "x"], 3) == "one"
    assert len(fitting(["a" * 50], 20)) == 20


# The suite takes every second scenario (each is opened by test_pages.py, too), `make test-whole` all of them.
STEPPED = names() if WHOLE else names()[::2]


@pytest.mark.parametrize("first", range(4))  # so that several processes have their part
async def test_every_scenario_opens_and_steps_both_ways(first, scenario):
    sessions = ((name, Session.of_scenario(scenario(name))) for name in STEPPED[first::4])
    name, session = next(sessions)
    app = NnsimApp(session)
    async with opened(app, notifications=True) as cockpit:
        while True:
            await cockpit.settle()
            assert cockpit.session is session
            before = session.cursor.step  # where the first page of its lesson begins
            await cockpit.press("right", "full_stop", "left")
            assert session.cursor == Cursor(before + session.view.steps_per_epoch), name
            shown = [pane for pane in cockpit.workbench.panes if pane.display]
            assert [pane.kind for pane in shown] == [cockpit.kinds[0], "lesson"], name
            if (following := next(sessions, None)) is None:
                break
            name, session = following
            app.switch_screen(Workbench(session))  # what lies below would be laid out with it
            await cockpit.pilot.pause()


async def test_what_a_person_types_is_no_markup(fly):
    async with fly(panes=("loss",)) as cockpit:
        await cockpit.press("e", "down", "enter", "ctrl+u", *"[/x]", "enter")
        assert "'[/x]' is not allowed" in str(cockpit.app.screen.query_one("#complaint").render())


async def test_a_name_that_cannot_be_is_refused_in_the_dialog(fly):
    async with fly(panes=("loss",)) as cockpit:
        for name in ("n" * 300, "~nosuch/x.nnsim", "x.txt"):
            await cockpit.press("2", "right", "w")
            cockpit.app.screen.query_one("Input").value = name
            await cockpit.press("enter")
            assert isinstance(cockpit.app.screen, TextDialog), name
            assert str(cockpit.app.screen.query_one("#complaint").render()), name
            await cockpit.press("escape")


async def test_a_key_that_takes_no_count_forgets_it(fly):
    async with fly(panes=("loss", "gradients")) as cockpit:
        for key in ("tab", "z", "l", "home", "v"):
            await cockpit.press("5", key, "home", "right")
            assert cockpit.session.cursor == Cursor(1), key


async def test_leaving_asks_while_training_and_for_what_was_changed_by_hand(fly, tmp_path):
    async with fly(panes=("loss",)) as cockpit:
        await cockpit.pilot.press("space", "q")
        assert isinstance(cockpit.app.screen, ChoiceDialog)
        await cockpit.press("escape")
        assert cockpit.app.screen is cockpit.workbench
        assert not cockpit.session.playback.playing
        cockpit.session.editor.change("schedule.rate", 0.5)
        await cockpit.pilot.press("q")
        assert isinstance(cockpit.app.screen, ChoiceDialog)
        await cockpit.pilot.press("k")
        assert isinstance(cockpit.app.screen, TextDialog)
        await cockpit.pilot.press("escape")
        cockpit.session.saving.note_saved()
        await cockpit.press("5", "right", "left", "home")  # nothing of this is worth a question
        cockpit.session.editor.change("schedule.rate", 0.25)
        cockpit.session.saving.answers = {2: GivenAnswer(2, "which?", "b: this")}
        await cockpit.pilot.press("q", "k")
        cockpit.app.screen.query_one("Input").value = str(tmp_path / "x.nnsim")
        await cockpit.pilot.press("enter")
    with open_recording(tmp_path / "x.nnsim") as recording:
        assert recording.answers == (GivenAnswer(2, "which?", "b: this"),)
    assert cockpit.app.return_value == 0


@pytest.mark.parametrize(
    ("notch", "before", "shown", "told"),
    [
        (len(SPEEDS) - 1, len(SPEEDS) - 1, "speed max", "This is the highest speed: as fast as it goes."),
        (0, 0, "speed 1/s", f"This is the lowest speed: {SPEEDS[0]:,} epochs a second."),
        (3, 2, "speed 10/s", ""),
        (3, 2, "paused", f"Speed: {SPEEDS[3]:,} epochs a second."),
    ],
)
def test_a_speed_is_told_where_no_line_shows_it_or_nothing_has_changed(notch, before, shown, told):
    assert speed_message(notch, before, 1 if notch else -1, shown) == told
