"""Points are added, moved and taken away in the plane of the decision pane, and the run begins again with them."""

import pytest
from test_pane_decision import PARITY

from screens.panes.point_editing import PointEditor

pytestmark = pytest.mark.filterwarnings("error")
XOR_ROWS = [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)]


def rows(opened):
    examples = opened.trainer.plan.examples
    return [
        (*inputs, *targets)
        for inputs, targets in zip(examples.inputs.tolist(), examples.targets.tolist(), strict=True)
    ]


async def press_enter(opened):
    await opened.press("7", "right", "enter")
    assert opened.pane.points.cross == (0.5, 0.5)  # in the middle of 0 to 1, and a margin
    await opened.press(*["left"] * 9, *["down"] * 9, "enter")
    assert opened.pane.points.cross == (0.0, 0.0)  # what is grabbed is where it is
    assert "row 1 goes here" in opened.pane.border_subtitle
    await opened.press("4", "right", "enter")
    assert rows(opened) == [(0.2, 0, 0), *XOR_ROWS[1:]]
    assert opened.session.cursor.step == 0
    assert opened.session.focused.timeline.plan.seed == 5
    await opened.press("ctrl+z")
    assert rows(opened) == XOR_ROWS
    assert opened.session.cursor.step == 7


async def press_left(opened):
    await opened.press("enter", "left")
    assert opened.pane.points.cross == (0.45, 0.5)
    assert opened.session.cursor.step == 0


async def press_right(opened):
    await opened.press("3", "right", "enter", "2", "right", "9", "9", "9", "right")
    assert opened.pane.points.cross == (1.25, 0.5)  # the edge
    assert opened.session.cursor.step == 3


async def press_up(opened):
    await opened.press("enter", "up")
    assert opened.pane.points.cross == (0.5, 0.55)
    assert opened.pane.unit == 0
    assert "┼" in opened.text()


async def press_down(opened):
    await opened.press("enter", "down")
    assert opened.pane.points.cross == (0.5, 0.45)


async def press_a(opened):
    await opened.press("enter", "left", "a")
    assert rows(opened) == [*XOR_ROWS, (0.45, 0.5, 0)]
    assert opened.session.focused.timeline.plan.examples.input_names == ("x1", "x2")
    assert "a add" in str(opened.workbench.query_one("#foot").render())
    await opened.press("ctrl+z", "ctrl+y")
    assert len(rows(opened)) == 5


async def press_c(opened):
    await opened.press("enter", "c", "a")
    assert rows(opened)[4] == (0.5, 0.5, 1)
    await opened.press("c", "a")
    assert rows(opened)[5] == (0.5, 0.5, 0)


async def press_x(opened):
    await opened.press("enter", "9", "up", "9", "right", "x")
    assert rows(opened) == XOR_ROWS[:3]
    await opened.press("x", "x", "x")
    assert len(rows(opened)) == 1  # the last one stays


async def press_escape(opened):
    await opened.press("enter", "enter", "escape")
    assert (opened.pane.points.grabbed, opened.pane.editing) == (None, True)
    await opened.press("escape", "3", "right")
    assert opened.session.cursor.step == 3


async def test_a_curve_gets_points_at_the_height_of_the_cross(bench):
    data = 'kind = "polynomial"\nn = 5\nnoise = 0.0'
    async with bench("decision", data=data, model='hidden = [3]\noutput = "linear"') as opened:
        before = rows(opened)
        await opened.press("enter", "2", "up", "a")
        assert rows(opened) == [*before, (0.0, opened.pane.points.cross[1])]
        assert 0.5 < opened.pane.points.cross[1] < 0.7
        await opened.press("x")
        assert rows(opened) == before


async def test_points_of_many_inputs_are_not_edited(bench):
    async with bench("decision", data=PARITY) as opened:
        await opened.press("enter")
        assert not opened.pane.editing
        assert "allowed: one input, or two" in opened.notices[0]


@pytest.mark.parametrize("key", [binding.key.split(",")[0] for binding in PointEditor.KEYS])
async def test_every_key_that_edits_points_is_pressed(key, bench):
    press = globals()[f"press_{key}"]
    async with bench("decision") as opened:
        await press(opened)
