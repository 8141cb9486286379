"""Keys have their effect one after the other, however fast they come, and little of anything waits."""

import pytest
from monkey import character
from textual import events
from textual.widgets import Input
from waiting import until

from screens.dialogs.basic import TextDialog
from screens.terminal.input_queue import CLICKS, WAITING, InputQueue
from screens.workbench.settings_dialog import SettingsDialog


def key(name):
    return events.Key(name, character(name))


def move(x):
    return events.MouseMove(None, x, 0, 0, 0, 0, False, False, False)


async def typed_at_once(opened, *typed):
    """Type all of it before the app gets its turn, as one packet brings it, and wait for its effect."""
    app = opened.pilot.app
    for event in typed:
        app.input_queue.put(event)
    app.call_later(app.deliver_input)
    await until(opened.pilot, lambda: app.input_queue.is_idle)


def taken(queue):
    found = []
    while (event := queue.take()) is not None:
        found.append(event)
        queue.handled()
    return found


def test_the_next_event_waits_until_the_last_one_is_handled():
    queue = InputQueue()
    first, second = key("a"), key("b")
    assert queue.put(first)
    assert not queue.put(second)
    assert queue.take() is first
    assert queue.take() is None
    assert not queue.put(key("c"))
    queue.handled()
    assert queue.take() is second
    assert not queue.is_idle


def test_of_movements_the_last_one_waits():
    queue = InputQueue()
    queue.put(move(1))
    queue.put(move(2))
    queue.put(key("a"))
    queue.put(move(3))
    queue.put(move(4))
    found = taken(queue)
    assert [getattr(event, "x", None) for event in found] == [2, None, 4]
    assert queue.is_idle


def test_it_is_full_of_clicks_until_some_are_taken():
    queue = InputQueue()
    for _ in range(CLICKS):
        assert not queue.is_full_of_clicks
        queue.put(events.MouseScrollUp(None, 0, 0, 0, 0, 0, False, False, False))
    assert queue.is_full_of_clicks
    queue.take()
    assert not queue.is_full_of_clicks


def test_no_more_waits_than_there_is_room_for():
    queue = InputQueue()
    for _ in range(WAITING + 100):
        queue.put(key("a"))
    assert len(taken(queue)) == WAITING


def test_keys_are_revoked_and_what_else_waits_stays():
    queue = InputQueue()
    pasted = events.Paste("p")
    for event in (key("a"), pasted, key("b")):
        queue.put(event)
    assert queue.revoke_keys() == "ab"
    assert taken(queue) == [pasted]


@pytest.mark.parametrize("words", ["rate", "weight_decay", "seed"])
async def test_a_press_does_not_overtake_the_dialog_it_belongs_to(bench, words):
    async with bench("loss") as opened:
        app = opened.pilot.app
        await typed_at_once(opened, *map(key, ("e", *words, "enter")))
        settings, value = app.screen_stack[-2:]
        assert isinstance(settings, SettingsDialog)
        assert isinstance(value, TextDialog)
        assert settings.query_one(Input).value == words
        assert words in value.query_one("Vertical").border_title


async def test_keys_typed_behind_a_dialog_that_closes_go_to_what_is_below(bench):
    async with bench("loss") as opened:
        app = opened.pilot.app
        await typed_at_once(opened, *map(key, ("e", *"momentum", "escape", "z", "question_mark")))
        assert type(app.screen).__name__ == "KeysDialog"
        assert app.screen_stack[-2] is opened.workbench
        assert opened.session.focused.timeline.settings_at(0) == {}


async def test_what_is_typed_behind_the_end_is_not_handled(bench):
    async with bench("loss") as opened:
        app = opened.pilot.app
        for name in ("q", *"zzz", "e"):
            app.input_queue.put(key(name))
        app.call_later(app.deliver_input)
        await until(opened.pilot, lambda: app.return_value is not None)
    assert app.return_value == 0
    assert app.failure is None
    assert not app.input_queue.is_idle


async def test_a_paste_outside_a_text_field_is_dropped_and_said_in_one_line(bench):
    async with bench("loss") as opened:
        app = opened.pilot.app
        app.post_message(events.Paste("q" * 100))
        await opened.pilot.pause()
        assert app.screen is opened.workbench
        (said,) = opened.notices
        assert said == "Pasted text was dropped: no text field has the focus."


async def test_a_paste_in_a_text_field_is_typed_there(bench):
    async with bench("loss") as opened:
        app = opened.pilot.app
        await typed_at_once(opened, key("e"), events.Paste("momentum\nmore"), key("x"))
        assert app.screen.query_one(Input).value == "momentumx"
        assert not opened.notices
