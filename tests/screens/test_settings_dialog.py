"""The settings dialog: arrow keys change, what restarts waits, what is typed narrows down."""

import pytest

from screens.settings_dialog import SettingsDialog

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
        assert dialog._plan.schedule.rate == 0.5  # the run begins without what was changed under way
        await opened.press("ctrl+z")  # not that one
        assert "model.bias" not in shown(dialog, "#waiting")
        await opened.press("ctrl+u", *"seed", "right", "right", "escape")
        assert session.focused.timeline.length == 0
        assert session.focused.timeline.settings == {"random.seed": 7}
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
