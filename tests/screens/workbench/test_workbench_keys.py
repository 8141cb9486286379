"""Every key of the workbench does what the list of keys says, on a real run."""

import numpy as np
import pytest
from harness import PANES, shown
from textual.command import CommandPalette
from textual.widgets import OptionList

from nnsim.session.playback import SPEEDS
from nnsim.text.number_format import rounded
from nnsim.timeline import Cursor, Mark, find, parse_place
from screens.dialogs.basic import KeysDialog, TextDialog
from screens.dialogs.fork_tree import ForksDialog
from screens.dialogs.picker import PickDialog
from screens.dialogs.words import WordsDialog
from screens.panes.lesson import LessonPane
from screens.plots import number
from screens.workbench.settings_dialog import SettingsDialog
from screens.workbench.workbench import Workbench

pytestmark = pytest.mark.filterwarnings("error")


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


async def press_l(cockpit):
    pane = cockpit.workbench.panes[0]
    assert pane.logarithmic
    await cockpit.press("l")
    assert not pane.logarithmic
    await cockpit.press("tab", "tab", "l")  # predictions have no axis: a word about it, no change
    assert cockpit.workbench.panes[2].logarithmic is None


async def press_v(cockpit):
    await cockpit.press("v")
    assert cockpit.session.view.focus == 1
    assert "biases" in cockpit.status


async def press_V(cockpit):
    await cockpit.press("V")
    assert cockpit.session.view.focus == len(cockpit.session.tracks) - 1


async def press_tab(cockpit):
    await cockpit.press("tab")
    assert cockpit.app.focused is cockpit.workbench.panes[1]


async def press_shift_tab(cockpit):
    await cockpit.press("shift+tab")
    assert cockpit.app.focused is cockpit.workbench.panes[-1]


async def press_z(cockpit):
    before = [pane.display for pane in cockpit.workbench.panes]
    assert sum(before) > 1
    await cockpit.press("z")
    assert [pane.display for pane in cockpit.workbench.panes] == [True] + [False] * (len(before) - 1)
    await cockpit.press("z")
    assert [pane.display for pane in cockpit.workbench.panes] == before


async def focus_arrays(cockpit):
    await cockpit.pilot.resize_terminal(120, 24)
    names = [type(pane).__name__ for pane in cockpit.workbench.panes]
    await cockpit.press("3", "right", *["tab"] * names.index("ArraysPane"))
    return cockpit.workbench.panes[names.index("ArraysPane")].lines


async def press_down(cockpit):
    lines = await focus_arrays(cockpit)
    await cockpit.press("3", "down")
    assert lines.reading.startswith("lines 4-")


async def press_up(cockpit):
    lines = await focus_arrays(cockpit)
    await cockpit.press("3", "down", "up")
    assert lines.reading.startswith("lines 3-")


async def press_pagedown(cockpit):
    lines = await focus_arrays(cockpit)
    await cockpit.press("pagedown")
    assert not lines.reading.startswith("lines 1-")


async def press_pageup(cockpit):
    lines = await focus_arrays(cockpit)
    await cockpit.press("pagedown", "pageup")
    assert lines.reading.startswith("lines 1-")


def learner(cockpit):
    return next(pane for pane in cockpit.workbench.panes if isinstance(pane, LessonPane)).learner


async def turn_to(cockpit, page):
    """As often as it takes: a page that is longer than its pane is read to its end first."""
    for _ in range(12):
        if learner(cockpit).page == page:
            return
        await cockpit.press("enter")
    raise AssertionError(f"no page {page}")


async def press_enter(cockpit):
    await turn_to(cockpit, 2)
    await cockpit.press("backspace", "backspace")
    assert learner(cockpit).page == 0


async def press_backspace(cockpit):
    await turn_to(cockpit, 2)
    await cockpit.press("backspace", "1", "backspace")  # with digits typed it takes one back
    assert learner(cockpit).page == 1


async def press_x(cockpit):
    await cockpit.press("tab", "x")
    assert isinstance(cockpit.app.focused, LessonPane)
    await cockpit.press("x")
    assert cockpit.app.focused is cockpit.workbench.panes[1]


async def press_a(cockpit):
    await cockpit.press("a")  # the first page asks nothing: a word about it
    await turn_to(cockpit, 1)
    await cockpit.press("b", "a")  # a prediction stands
    assert learner(cockpit).predicted == {1: 1}


async def press_h(cockpit):
    await cockpit.press("h")
    await turn_to(cockpit, 1)
    await cockpit.press("h")
    assert [one[:12] for one in learner(cockpit).hints] == ["Look at the "]


async def press_K(cockpit):
    await cockpit.press("K")
    dialog = cockpit.app.screen
    assert isinstance(dialog, WordsDialog)
    told = dialog.sentences().plain
    assert told.startswith("input\nAn input is a number that goes into the network.\n\nXOR\n")
    await cockpit.press("K")
    assert cockpit.app.screen is cockpit.workbench


async def press_p(cockpit):
    await cockpit.press("p")
    assert isinstance(cockpit.app.screen, PickDialog)
    await cockpit.press("down", "down", "enter")  # from the first slot's loss to the metrics
    assert cockpit.workbench.panes[0].kind != PANES[0]


async def press_P(cockpit):
    await cockpit.workbench.slots.add_slot("weights")
    await cockpit.press("P")
    assert cockpit.kinds == list(cockpit.workbench.slots.stage.panes)
    await cockpit.press("P")
    assert "This is the page's stage already; p changes a slot." in cockpit.notices


async def press_ctrl_s(cockpit):
    await cockpit.press("ctrl+s")
    assert isinstance(cockpit.app.screen, PickDialog)
    await cockpit.press("escape")
    assert cockpit.app.screen is cockpit.workbench


async def press_y(cockpit):
    await cockpit.press("y")
    assert cockpit.app.clipboard == "nnsim run xor --variant article --seed 1"


async def press_ctrl_p(cockpit):
    await cockpit.press("ctrl+p")
    assert isinstance(cockpit.app.screen, CommandPalette)
    await cockpit.press("escape", "colon")
    assert isinstance(cockpit.app.screen, CommandPalette)


async def press_T(cockpit):
    before = cockpit.app.theme
    await cockpit.press("T")
    assert cockpit.app.theme != before


async def press_w(cockpit):
    await cockpit.press("w")
    assert isinstance(cockpit.app.screen, TextDialog)
    await cockpit.press("escape")
    assert cockpit.app.screen is cockpit.workbench


async def press_question_mark(cockpit):
    await cockpit.press("question_mark")
    assert isinstance(cockpit.app.screen, KeysDialog)
    await cockpit.press("escape")
    assert cockpit.app.screen is cockpit.workbench


async def press_escape(cockpit):
    cockpit.session.editor.restart({"train.epochs": 50_000_000})
    await cockpit.pilot.press(*"99999999", "right", "escape")
    await cockpit.settle()
    assert cockpit.session.view.arrived
    assert 0 < cockpit.session.focused.timeline.length < 50_000_000


async def press_L(cockpit):
    await cockpit.press("9", "right", "L")
    assert cockpit.workbench.panes[0].plot.picture.log_x
    assert cockpit.workbench.panes[0].plot.picture.x_range == (1.0, 10.0)
    await cockpit.press("L")
    assert not cockpit.workbench.panes[0].plot.picture.log_x


async def press_c(cockpit):
    await cockpit.press("5", "0", "right", "c", "1", "2", "left")
    loss = cockpit.workbench.panes[0]
    assert cockpit.session.cursor == Cursor(50)
    assert loss.plot.picture.crosshair_x == 38
    values = [one.timeline.record(38)["loss"] for one in cockpit.session.tracks]
    assert [curve.name for curve in loss.plot.picture.curves] == [
        f"{track.timeline.name} {number(value)}"
        for track, value in zip(cockpit.session.tracks, values, strict=True)
    ]
    assert loss.border_subtitle.startswith(f"┿ epoch 38 · loss {values[0]:.4g}")
    # What has no time axis is shown as it was there.
    found = cockpit.session.focused.evaluation(38)
    predictions = cockpit.workbench.panes[2]
    assert predictions.border_subtitle.startswith(f"┿ epoch 38 · {int(found.right.sum())} of 4 right")
    assert f"{found.predictions[0, 0]:.4f}" in "".join(shown(predictions.lines))
    await cockpit.press("enter")
    assert cockpit.session.cursor == Cursor(38)
    assert loss.plot.picture.crosshair_x is None
    await cockpit.press("c", "left", "escape", "right")
    assert cockpit.session.cursor == Cursor(39)


async def press_q(cockpit):
    await cockpit.press("q")
    assert cockpit.app.return_value == 0


KEYS = [binding.key.split(",")[0] for binding in Workbench.BINDINGS if binding.show]
# What these do is seen in several panes side by side, or in a long line; of the others one pane is enough to draw.
WIDE = {"c", "l", "s", "tab", "shift+tab", "v", "V", "z"}
# A pane costs time in every test, even one that is folded away: those that the key needs, where one is not enough.
NEEDED = {
    **dict.fromkeys(("enter", "backspace", "a", "h", "K"), ("loss", "lesson")),
    "x": ("loss", "gradients", "lesson"),
    **dict.fromkeys(("down", "up", "pagedown", "pageup"), ("loss", "arrays")),
    **dict.fromkeys(WIDE, PANES),
}


@pytest.mark.parametrize("key", KEYS)
async def test_every_key_of_the_list_is_pressed(key, fly):
    press = globals()[f"press_{key.replace('+', '_')}"]  # a key without a test of its own fails here
    panes = NEEDED.get(key, ("loss",))
    async with fly(size=(80, 24) if key in WIDE else (60, 15), panes=panes) as cockpit:
        await press(cockpit)
