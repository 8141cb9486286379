"""The settings dialog: arrow keys change, what restarts waits, what is typed narrows down."""

import pytest
from harness import rows, strips
from textual.widgets import OptionList

from screens.dialogs.basic import TextDialog
from screens.workbench.settings_dialog import SettingsDialog

pytestmark = pytest.mark.filterwarnings("error")


def shown(dialog, name):
    return str(dialog.query_one(name).render())


async def test_live_settings_change_at_once_and_what_restarts_waits_for_the_end(bench):
    async with bench("loss") as opened:
        await opened.press("7", "right", "e")
        dialog, session = opened.pilot.app.screen, opened.session
        assert isinstance(dialog, SettingsDialog)
        await opened.press("down", "right", "right", "left")  # 0.5, 1, 2, 1
        assert [(one.step, one.key, one.value) for one in session.focused.timeline.commands] == [
            (7, "schedule.rate", 1.0)
        ]
        assert "from step 8 on" in shown(dialog, "#waiting")
        await opened.press(*"model.bias", "right")
        assert session.focused.timeline.length == 7
        assert "model.bias = False" in shown(dialog, "#waiting")
        assert dialog.plan.schedule.rate == 1.0  # what was changed under way stays in force
        await opened.press("ctrl+z")  # not that one
        assert "model.bias" not in shown(dialog, "#waiting")
        await opened.press("ctrl+u", *"seed", "right", "right", "escape")
        assert session.focused.timeline.length == 0
        assert session.focused.timeline.settings == {"schedule.rate": 1.0, "random.seed": 7}
        await opened.press("ctrl+z")
        assert session.focused.timeline.length == 7
        await opened.press("ctrl+z")
        assert not session.focused.timeline.commands


async def test_choices_that_do_not_go_with_the_rest_are_passed_over(bench):
    async with bench("loss", extra="[train]\nbatch_size = 2") as opened:
        await opened.press("e", *"optimizer.kind")
        kinds = []
        for _ in range(10):
            await opened.press("right")
            kinds.append(opened.session.focused.timeline.plan_at(0).optimizer.__class__.__name__)
        assert "LBFGS" not in kinds  # it searches along a line, which needs all rows
        assert len(set(kinds)) == 10
        assert len(opened.session.focused.timeline.commands) == 1


async def test_behind_the_newest_step_a_change_forks_once(bench):
    async with bench("loss") as opened:
        await opened.press("9", "right", "4", "left", "e", "down", "right", "right", "right", "escape")
        session = opened.session
        assert [one.timeline.fork_step for one in session.tracks] == [None, 5]
        assert [one.value for one in session.focused.timeline.commands] == [5.0]
        await opened.press("ctrl+z")
        assert len(session.tracks) == 1


async def test_a_fork_that_was_undone_in_its_dialog_is_made_again(bench):
    async with bench("loss") as opened:
        await opened.press("9", "right", "f", "down", "right", "right", "ctrl+z")
        assert len(opened.session.tracks) == 1
        await opened.press("right")
        forked, (former, fork) = opened.session.focused, opened.session.tracks
        assert forked is fork
        assert (fork.timeline.fork_step, len(fork.timeline.commands), former.timeline.commands) == (9, 1, [])


async def test_a_click_on_an_arrow_beside_a_value_steps_it_and_one_on_the_name_types_it(bench):
    async with bench("loss", size=(80, 24)) as opened:
        await opened.press("e")
        dialog = opened.pilot.app.screen
        options = dialog.query_one(OptionList)
        lines = rows(opened.app)
        row = next(index for index, line in enumerate(lines) if "schedule.rate" in line)
        corner = options.region

        async def click(text):
            where = (lines[row].index(text) - corner.x, row - corner.y)
            await opened.pilot.click(options, offset=where)

        for arrow, rate in (("▸", 1.0), ("▸", 2.0), ("◂", 1.0)):
            await click(arrow)
            for _ in range(100):
                if f"◂ {rate}" in rows(opened.app)[row]:
                    break
                await opened.pilot.pause(0.01)
            assert dialog.plan.schedule.rate == rate
        await click("schedule")
        await opened.pilot.pause()
        assert isinstance(opened.pilot.app.screen, TextDialog)


async def test_the_highlighted_setting_is_seen_without_colour(bench, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    async with bench("loss", size=(80, 24)) as opened:
        await opened.press("e", "down")
        reversed_rows = [
            "".join(segment.text for segment in strip).split()[2]
            for strip in strips(opened.pilot.app)
            if any(segment.style and segment.style.reverse and "." in segment.text for segment in strip)
        ]
        assert reversed_rows == ["schedule.rate"]


async def test_a_list_may_be_typed_without_its_brackets(bench):
    async with bench("loss") as opened:
        session = opened.session
        for typed, hidden in (("8, 8", [8, 8]), ("4", [4]), ("[5]", [5])):
            await opened.press("e", *"model.hidden", "enter", "ctrl+a", "ctrl+k", *typed, "enter", "escape")
            assert session.focused.timeline.settings["model.hidden"] == hidden
        await opened.press("e", *"model.hidden", "enter", "ctrl+a", "ctrl+k", *"many", "enter")
        assert isinstance(opened.app.screen, TextDialog)
        assert "'many' is not allowed" in shown(opened.app.screen, "#complaint")
