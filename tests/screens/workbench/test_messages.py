"""What is said for a while lies where it covers nothing needed, and the footer's keys are there for a mouse."""

from types import SimpleNamespace

import pytest
from harness import strips

from nnsim.session.session import Session
from nnsim.terminal.keymap import WRITTEN
from screens.app import NnsimApp
from screens.panes.network_editing import WeightEditor
from screens.panes.point_editing import PointEditor
from screens.widgets.footer import Key, _clickable
from screens.workbench.lesson_keys import lesson_key
from screens.workbench.workbench import Workbench


def lines(opened):
    return [strip.text.rstrip() for strip in strips(opened.pilot.app)]


async def test_a_message_lies_on_the_head_line_and_a_later_one_takes_its_place(small_scenario):
    app = NnsimApp(Session.of_scenario(small_scenario(head='panes = ["loss", "lesson"]')))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        opened = SimpleNamespace(pilot=pilot)
        await pilot.pause()
        before = lines(opened)
        assert before[0].startswith(" nnsim · ")
        for key, said in (("v", " This scenario has one run only."), ("n", " g goes to a place")):
            await pilot.press(key)
            for _ in range(100):
                if lines(opened)[0].startswith(said):
                    break
                await pilot.pause(0.01)
            assert lines(opened)[0].startswith(said)
            assert lines(opened)[1:-2] == before[1:-2]


async def test_however_small_the_terminal_becomes_what_is_under_a_dialog_is_drawn(bench):
    async with bench("loss") as opened:
        await opened.press("w")
        await opened.pilot.resize_terminal(6, 5)
        opened.workbench.draw_lines()
        assert len(lines(opened)) == 5


async def test_a_click_on_each_of_two_keys_in_the_foot_does_what_that_key_does(bench):
    async with bench("loss") as opened:
        await opened.press("right", "right")
        foot = lines(opened)[-1]
        assert "→ ← epoch" in foot
        for key, step in (("←", 1), ("→", 2), ("epoch", 3), ("→ ←", 4)):
            await opened.pilot.click("#foot", offset=(foot.index(key), 0))
            await opened.press()  # until "esc stop" is gone again, which moves the keys
            assert opened.session.view.goal.step == step, key
        await opened.press("c")
        foot = lines(opened)[-1]
        await opened.pilot.click("#foot", offset=(foot.index("esc"), 0))
        await opened.pilot.pause()
        assert opened.workbench.crosshair.crosshair is None


def performed(key):
    """What is written, with the action that a click on it performs."""
    content = _clickable(key)
    return [(content.plain[span.start : span.end], span.style.meta["@click"]) for span in content.spans]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (Key("space play", "slots.zoom"), [("space play", "screen.perform('slots.zoom')")]),
        (Key("T theme", "app.next_theme"), [("T theme", "app.next_theme")]),
        (Key("? keys", "keys"), [("? keys", "screen.keys")]),
        (
            Key("} { marks", "a.b(1)", ("a.b(-1)",)),
            [
                ("}", "screen.perform('a.b(1)')"),
                ("{", "screen.perform('a.b(-1)')"),
                ("marks", "screen.perform('a.b(1)')"),
            ],
        ),
        (
            lesson_key("a b answer"),
            [
                ("a", "screen.perform('lesson.answer(0)')"),
                ("b", "screen.perform('lesson.answer(1)')"),
                ("answer", "screen.perform('lesson.answer(0)')"),
            ],
        ),
        (lesson_key("x, then a b answer"), [("x, then a b answer", "screen.perform('lesson.focus')")]),
        (lesson_key("x, then h hint"), [("x, then h hint", "screen.perform('lesson.hint')")]),
        (Key("enter drop it here"), [("enter drop it here", "press('enter')")]),
        (Key("+ - unit"), [("+", "press('plus')"), ("-", "press('minus')"), ("unit", "press('plus')")]),
        (Key("shift+→ step"), [("shift+→ step", "press('shift+right')")]),
        (Key("10 → ten steps"), []),
    ],
)
def test_each_key_of_the_foot_has_its_action(key, said):
    assert performed(key) == said


def test_the_keys_written_in_the_foot_are_keys_of_textual(bench):
    bound = {
        key
        for keys in (Workbench.BINDINGS, WeightEditor.KEYS, PointEditor.KEYS)
        for one in keys
        for key in one.key.split(",")
    }
    assert set(WRITTEN) <= bound


async def test_a_click_on_a_row_of_the_keys_presses_that_key_and_one_on_a_pane_is_seen_at_once(bench):
    async with bench("loss", "data", size=(80, 24)) as opened:
        await opened.pilot.click(offset=(5, 15))
        await opened.pilot.pause()
        assert opened.workbench.in_focus.kind == "data"
        await opened.press("question_mark")
        shown = lines(opened)
        row = next(index for index, line in enumerate(shown) if "one epoch on" in line)
        await opened.pilot.click(offset=(shown[row].index("one epoch on"), row))
        for _ in range(100):
            if opened.session.view.goal.step:
                break
            await opened.pilot.pause(0.01)
        assert opened.session.view.goal.step == 1
        assert isinstance(opened.pilot.app.screen, Workbench)


@pytest.mark.parametrize(("warns", "said"), [(True, " ! news"), (False, " news")])
async def test_news_of_what_is_lost_is_a_warning_and_other_news_is_not(warns, said, small_scenario):
    session = Session.of_scenario(small_scenario(head='panes = ["loss", "lesson"]'))
    session.notices.post("news", warns=warns)
    async with NnsimApp(session).run_test(size=(80, 24), notifications=True) as pilot:
        for _ in range(100):
            if lines(SimpleNamespace(pilot=pilot))[0] == said:
                break
            await pilot.pause(0.01)
        assert lines(SimpleNamespace(pilot=pilot))[0] == said
