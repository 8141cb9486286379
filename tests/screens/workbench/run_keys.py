"""Presses of the keys that go through runs and change them, for test_workbench_keys.py."""

import numpy as np
from textual.widgets import OptionList

from nnsim.session.playback import SPEEDS
from nnsim.text.number_format import rounded
from nnsim.timeline import Cursor, Mark, find, parse_place
from screens.dialogs.basic import TextDialog
from screens.dialogs.fork_tree import ForksDialog
from screens.dialogs.picker import PickDialog
from screens.workbench.settings_dialog import SettingsDialog


async def press_space(cockpit):
    await cockpit.press("space")
    assert cockpit.session.playback.playing
    assert "playing" in cockpit.status
    await cockpit.press("space")
    assert not cockpit.session.playback.playing


async def press_right(cockpit):
    await cockpit.press("7", "right")
    assert cockpit.session.cursor == Cursor(7)


async def press_left(cockpit):
    await cockpit.press("7", "right", "left")
    assert cockpit.session.cursor == Cursor(6)


async def press_right_square_bracket(cockpit):
    await cockpit.press("3", "right_square_bracket")
    assert cockpit.session.cursor == Cursor(3)


async def press_left_square_bracket(cockpit):
    await cockpit.press("3", "right", "2", "left_square_bracket")
    assert cockpit.session.cursor == Cursor(1)


async def press_full_stop(cockpit):
    await cockpit.press("full_stop", "full_stop")
    assert cockpit.session.cursor == Cursor(0, 2)
    assert "epoch 1/10,000 · loss" in cockpit.status


async def press_comma(cockpit):
    await cockpit.press("6", "full_stop", "comma")
    assert cockpit.session.cursor == Cursor(1, 1)


async def press_plus(cockpit):
    before = cockpit.session.playback.speed
    await cockpit.press("2", "plus")
    assert cockpit.session.playback.speed == before + 2
    assert f"speed {SPEEDS[before + 2]:,}/s" in cockpit.status


async def press_minus(cockpit):
    before = cockpit.session.playback.speed
    await cockpit.press("minus")
    assert cockpit.session.playback.speed == before - 1


async def press_home(cockpit):
    await cockpit.press("9", "right", "home")
    assert cockpit.session.cursor == Cursor(0)


async def press_end(cockpit):
    await cockpit.press("9", "right", "home", "end")
    assert cockpit.session.cursor == Cursor(9)


async def press_g(cockpit):
    await cockpit.press("1", "2", "g")
    assert cockpit.session.cursor == Cursor(12)
    await cockpit.press("g")
    assert isinstance(cockpit.app.screen, TextDialog)
    await cockpit.press("x", "enter")
    assert isinstance(cockpit.app.screen, TextDialog)
    assert "'x': is no place" in str(cockpit.app.screen.query_one("#complaint").render())
    await cockpit.press("backspace", "4", "enter")
    assert cockpit.session.cursor == Cursor(4)
    await cockpit.press("g", *"mark:x", "enter")
    assert "mark:x: no such mark" in str(cockpit.app.screen.query_one("#complaint").render())
    await cockpit.press("escape", "g", *"loss<0.25", "enter")  # it is not there yet: the run is trained on to it
    assert cockpit.session.cursor.step == find(cockpit.session.focused.timeline, parse_place("loss<0.25")).one()


async def mark_steps(cockpit):
    """Three marks on a run of 60 epochs, of two kinds."""
    await cockpit.press("6", "0", "right")
    cockpit.session.focused.timeline.marks += [
        Mark(9, "mark", "a"),
        Mark(20, "changed", "b"),
        Mark(40, "mark", "c"),
    ]


async def find_changes(cockpit):
    await mark_steps(cockpit)
    cockpit.session.focused.timeline.marks += [Mark(50, "changed", "d")]
    await cockpit.press("g", *"changed", "enter")
    assert cockpit.session.cursor == Cursor(20)


async def press_f(cockpit):
    await cockpit.press("3", "0", "right", "1", "0", "left", "f")
    assert isinstance(cockpit.app.screen, SettingsDialog)
    await cockpit.press("down", "enter", "ctrl+u", *"0.25", "enter")  # the rate
    session = cockpit.session
    fork = session.focused.timeline
    assert (fork.fork_step, fork.parent is session.tracks[0].timeline) == (20, True)
    await cockpit.press("1", "0", "right")
    assert fork.series["learning_rate"].values(19, 22).tolist() == [1.0, 0.25, 0.25]
    await cockpit.press("f", "down", "enter", "ctrl+u", *"0.5", "enter")  # at its newest step it forks all the same
    assert session.focused.timeline.parent is fork


async def press_F(cockpit):
    await press_f(cockpit)
    await cockpit.press("F")
    assert isinstance(cockpit.app.screen, ForksDialog)
    listed = cockpit.app.screen.query_one(OptionList)
    loss = rounded(cockpit.session.focused.timeline.record(cockpit.session.cursor.step)["loss"], 4)
    heads = str(cockpit.app.screen.query_one("#heads").render()).split()
    assert heads[:3] == ["run", "loss", "accuracy"]
    assert "rate" in heads  # in which they differ, and not the epochs
    assert "epochs" not in heads
    assert f" {loss} " in str(listed.get_option_at_index(1).prompt)
    await cockpit.press("home", "down", "enter")
    session = cockpit.session
    assert session.focused.timeline.parent is session.tracks[0].timeline
    await cockpit.press("F", "home", "enter")
    assert session.view.focus == 0


async def press_n(cockpit):
    await cockpit.press("n")  # no place was asked for: a word about it, and nothing moves
    assert cockpit.session.cursor == Cursor(0)
    await find_changes(cockpit)
    await cockpit.press("n")
    assert cockpit.session.cursor == Cursor(50)
    await cockpit.press("n")
    assert cockpit.session.cursor == Cursor(50)


async def press_N(cockpit):
    await find_changes(cockpit)
    await cockpit.press("n", "N")
    assert cockpit.session.cursor == Cursor(20)
    await cockpit.press("end", "2", "N")
    assert cockpit.session.cursor == Cursor(20)


async def press_E(cockpit):
    await cockpit.press("E")
    assert "m marks a step" in cockpit.notices[-1]
    await cockpit.press("5", "right", "m", *"knee", "enter", "f", "down", "right", "escape", "9", "right", "E")
    assert isinstance(cockpit.app.screen, PickDialog)
    listed = cockpit.app.screen.query_one(OptionList)
    lines = [str(listed.get_option_at_index(at).prompt) for at in range(listed.option_count)]
    assert [line.split("  ")[-1].split(":")[0].strip() for line in lines] == ["mark", "fork", "changed"]
    await cockpit.press("enter")
    assert (cockpit.session.cursor, cockpit.session.view.focus) == (Cursor(5), 0)


async def press_m(cockpit):
    await cockpit.press("5", "right", "m")
    assert isinstance(cockpit.app.screen, TextDialog)
    cockpit.session.motion.head_for(Cursor(3))  # as when runs meet, or what is watched grows
    await cockpit.press(*"knee", "enter")
    assert cockpit.session.focused.timeline.marks == [Mark(5, "mark", "knee")]
    await cockpit.press("5", "g")
    await cockpit.press("right", "m", *"knee", "enter")
    assert "step 5 has this name" in str(cockpit.app.screen.query_one("#complaint").render())
    await cockpit.press("escape", "g", *"mark:knee", "enter")
    assert cockpit.session.cursor == Cursor(5)
    await cockpit.press("m", "ctrl+a", "backspace", "ctrl+u", "ctrl+k", "enter")
    assert cockpit.session.focused.timeline.marks == []


async def press_right_curly_bracket(cockpit):
    await mark_steps(cockpit)
    await cockpit.press("home", "right_curly_bracket")
    assert cockpit.session.cursor == Cursor(9)
    await cockpit.press("2", "right_curly_bracket")
    assert cockpit.session.cursor == Cursor(40)


async def press_left_curly_bracket(cockpit):
    await mark_steps(cockpit)
    await cockpit.press("left_curly_bracket")
    assert cockpit.session.cursor == Cursor(40)
    await cockpit.press("left_curly_bracket", "left_curly_bracket", "left_curly_bracket")
    assert cockpit.session.cursor == Cursor(9)


async def press_r(cockpit):
    await cockpit.press("9", "right")
    parameters = cockpit.session.focused.trainer_at(9).parameters.copy()
    await cockpit.press("r")
    assert cockpit.session.cursor == Cursor(0)
    await cockpit.press("9", "right")
    assert np.array_equal(cockpit.session.focused.trainer_at(9).parameters, parameters)


async def press_s(cockpit):
    await cockpit.press("s")
    assert "seed 2" in cockpit.status


async def press_e(cockpit):
    await cockpit.press("5", "right", "e")
    assert isinstance(cockpit.app.screen, SettingsDialog)
    await cockpit.press("down", "enter")
    assert isinstance(cockpit.app.screen, TextDialog)
    await cockpit.press("ctrl+u", "0", ".", "2", "5", "enter", "escape")
    assert cockpit.app.screen is cockpit.workbench
    await cockpit.press("2", "right")
    rates = cockpit.session.focused.timeline.series["learning_rate"].values(0, 7)
    assert rates.tolist() == [1.0] * 5 + [0.25] * 2


async def press_ctrl_z(cockpit):
    await cockpit.press("ctrl+z")  # nothing yet: a word about it
    await cockpit.press("5", "right", "e", "down", "left", "left", "escape", "3", "right")
    timeline = cockpit.session.focused.timeline
    assert timeline.series["learning_rate"].values(4, 6).tolist() == [1.0, 0.2]
    await cockpit.press("ctrl+z")
    assert cockpit.session.cursor == Cursor(5)
    assert not cockpit.session.focused.timeline.commands


async def press_ctrl_y(cockpit):
    await press_ctrl_z(cockpit)
    await cockpit.press("ctrl+y")
    assert cockpit.session.cursor == Cursor(8)
    assert [one.value for one in cockpit.session.focused.timeline.commands] == [0.2]
