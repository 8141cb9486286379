"""Every key of the workbench does what the list of keys says, on a real run."""

import pytest
import run_keys
from harness import PANES, shown
from textual.command import CommandPalette

from nnsim.timeline import Cursor
from screens.dialogs.basic import KeysDialog, TextDialog, WordsDialog
from screens.dialogs.picker import PickDialog
from screens.panes.lesson import LessonPane
from screens.plots import number
from screens.workbench.workbench import Workbench

pytestmark = pytest.mark.filterwarnings("error")


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


PRESSES = vars(run_keys) | globals()
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
    press = PRESSES[f"press_{key.replace('+', '_')}"]  # a key without a test of its own fails here
    panes = NEEDED.get(key, ("loss",))
    async with fly(size=(80, 24) if key in WIDE else (60, 15), panes=panes) as cockpit:
        await press(cockpit)
