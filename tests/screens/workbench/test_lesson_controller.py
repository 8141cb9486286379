"""The keys of the lesson and of the crosshair, without an app: what they do to a session, and what they say."""

from fake_context import FakePane

from nnsim.timeline import Cursor
from screens.panes.lesson import LessonPane
from screens.workbench.crosshair import CrosshairKeys
from screens.workbench.lesson_keys import LessonKeys

LESSON = """
[[lesson]]
text = "One."
ask = "Which?"
choices = ["layer 1", "layer 2"]
answer = "smallest grad"
at = "epoch 2"
hints = ["Look."]
[[lesson]]
text = "Two."
"""


def lesson_context(context, *others):
    made = context(extra=LESSON)
    pane = LessonPane()
    pane.lines.scroll = lambda by: None  # nothing is drawn
    pane.update_from(made.session.view)
    made.panes = [*others, pane]
    made.in_focus = made.panes[0]
    return made, pane


async def draws_nothing():
    """What puts a page on stage, where it is there already."""
    return False


async def test_the_lesson_is_answered_hinted_and_turned_whichever_pane_has_the_focus(context):
    made, pane = lesson_context(context, FakePane())
    keys = LessonKeys(made, draws_nothing)
    assert not keys.asks_for_c
    keys.answer(1)
    assert pane.learner.predicted == {0: 1}
    keys.answer(2)
    assert made.said.pop() == "You have answered this already; the first answer counts."
    keys.hint()
    assert pane.learner.hints
    await keys.turn_page(1)
    assert pane.learner.page == 1
    await keys.turn_page(1)
    assert made.said.pop() == "The end of the lesson: 1 of 1 question answered, 0 right. q goes back."
    await keys.turn_page(-1)
    await keys.turn_page(-1)
    assert made.said.pop() == "This is the first page."


async def test_x_goes_to_the_lesson_and_back_and_a_folded_one_is_only_shown(context):
    other = FakePane()
    made, pane = lesson_context(context, other)
    keys = LessonKeys(made, draws_nothing)
    keys.focus()
    assert made.in_focus is pane
    keys.focus()
    assert made.in_focus is other
    pane.display = False
    await keys.turn_page(1)
    assert (made.in_focus, pane.learner.page) == (pane, 0)


def test_where_no_slot_shows_the_lesson_its_keys_say_how_it_comes_back(context):
    made = context(extra=LESSON)
    LessonKeys(made, draws_nothing).hint()
    assert made.said.pop().startswith("The lesson is in no slot now")
    LessonKeys(made, draws_nothing).words()
    assert made.said.pop().startswith("The lesson is in no slot now")
    bare = context()
    LessonKeys(bare, draws_nothing).focus()
    assert bare.said == ["This scenario has no lesson."]
    assert LessonKeys(bare, draws_nothing).footer() == []


def test_the_words_of_a_page_are_those_that_it_marks_and_then_those_that_it_uses(context):
    made, pane = lesson_context(context, FakePane())
    LessonKeys(made, draws_nothing).words()
    assert [one.name for one in made.asked.pop()[0]._used] == ["layer"]
    pane.learner.open(1)
    LessonKeys(made, draws_nothing).words()
    assert made.said.pop() == "No word of this page is in the glossary."


def test_the_crosshair_moves_beside_the_cursor_and_takes_it_along(context):
    made = context()
    keys = CrosshairKeys(made)
    assert keys.footer() == []
    keys.toggle()
    made.typed_count = "5"
    keys.move(-1)
    keys.move_steps(-2)
    assert (keys.crosshair.step, keys.view.cursor, made.session.cursor) == (13, Cursor(13), Cursor(20))
    assert [key.text for key in keys.footer()] == [
        "crosshair at epoch 13", "← → column", "enter goes there", "esc leaves", "10 → ten steps", "shift+→ step",
    ]  # fmt: skip
    keys.go_there()
    assert (keys.crosshair, made.session.cursor) == (None, Cursor(13))


def test_a_crosshair_that_can_go_no_further_says_so_and_is_taken_away(context):
    made = context(steps=9)
    keys = CrosshairKeys(made)
    keys.toggle()
    end = 1_000_000_000
    ways = [(keys.move, 1, True), (keys.move_steps, end, True), (keys.move_steps, -end, False)]
    for move, by, stays in [*ways, (keys.move, -1, True), (keys.move, 1, False)]:
        move(by)
        assert made.said == ["Nothing is recorded further that way: the crosshair stays where it is."] * stays
        made.said.clear()
    keys.remove()
    assert (keys.crosshair, keys.view.cursor) == (None, Cursor(9))
