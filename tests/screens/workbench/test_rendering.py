"""When a workbench is drawn, without an app: what has changed, once, and where there is room."""

from fake_context import FakePane

from nnsim.timeline import Cursor
from screens.workbench.rendering import Rendering


def canvas(context, *panes):
    made = context(*panes)
    made.is_current, made.room, made.appearance = True, True, ()
    made.view = made.session.view
    made.may_draw = lambda for_key=False: made.room
    for pane in made.panes:
        pane.follows = False
    return made, Rendering(made)


def test_what_has_changed_is_drawn_once_and_what_is_folded_away_is_not(context):
    folded = FakePane("data")
    folded.display = False
    made, rendering = canvas(context, FakePane(), folded)
    rendering.draw()
    rendering.draw()
    assert made.done == ["restage", "present", "draw_lines", "paint"]
    assert rendering.cursor == Cursor(20)
    made.appearance = ("5",)
    rendering.draw()
    rendering.invalidate()
    rendering.draw()
    assert made.done.count("present") == 3


def test_a_keys_frame_waits_for_room_and_others_for_their_time(context):
    made, rendering = canvas(context, FakePane())
    made.room = False
    rendering.draw(for_key=True)
    assert made.done == []
    made.room = True
    rendering.draw_waiting()
    assert "paint" in made.done
    made.done.clear()
    rendering.invalidate()
    rendering.draw_waiting()
    assert made.done == []


def test_a_screen_below_another_is_not_drawn(context):
    made, rendering = canvas(context, FakePane())
    made.is_current = False
    rendering.draw(for_key=True)
    assert made.done == []


def test_the_measured_speed_is_drawn_by_the_line_that_tells_it_alone(context):
    made, rendering = canvas(context, FakePane())
    rendering.draw()
    made.done.clear()
    made.pacer.epochs_per_s = 12.0
    rendering.draw()
    rendering.draw()
    assert made.done == ["draw_lines", "paint"]
    made.pacer.epochs_per_s, made.room = 13.0, False
    rendering.draw()
    made.room = True
    rendering.draw()
    assert made.done == 2 * ["draw_lines", "paint"]
