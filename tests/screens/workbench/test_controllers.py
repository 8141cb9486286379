"""The controllers of a workbench, each without an app: what they do to a session, and what they ask and say."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_context import FakeContext, FakePane
from over_time import MODEL, session_of
from textual.strip import Strip

from nnsim.recording import open_recording
from nnsim.session.session import Session
from nnsim.timeline import Cursor, Mark
from screens.dialogs.basic import ChoiceDialog, TextDialog
from screens.dialogs.fork_tree import ForksDialog
from screens.dialogs.picker import PickDialog
from screens.pane_catalog import Staged
from screens.panes.lesson import LessonPane
from screens.workbench import edit_keys
from screens.workbench.capture_keys import CaptureKeys
from screens.workbench.controller_context import LARGEST_COUNT, TypedCount
from screens.workbench.crosshair import CrosshairKeys
from screens.workbench.edit_keys import EditKeys
from screens.workbench.lesson_keys import LessonKeys
from screens.workbench.navigation import Navigation
from screens.workbench.pane_keys import PaneKeys
from screens.workbench.rendering import Rendering
from screens.workbench.save_keys import SaveKeys
from screens.workbench.slots import Slots

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


@pytest.fixture
def context(small_scenario):
    """The context of a run of 20 steps, with a cursor in front of its first."""

    def make(*panes, extra="", steps=20, **given):
        session = session_of(small_scenario(f"{MODEL}{extra}"), steps)
        return FakeContext(session, *panes, **given)

    return make


# ---------------------------------------------------------------------- counts


async def test_digits_are_a_count_that_is_used_once_and_erased_digit_by_digit(context):
    made, otherwise = context(), []

    async def turn_back():
        otherwise.append(1)

    count = TypedCount(made, turn_back)
    assert count.take() == 1
    for digit in (0, 2, 5, 7):
        count.type(digit)
    assert count.digits == "257"
    await count.erase()
    assert (count.take(), count.digits, otherwise) == (25, "", [])
    await count.erase()
    assert otherwise == [1]
    for _ in range(20):
        count.type(9)
    assert 999_999_999 == count.take() < LARGEST_COUNT


# ---------------------------------------------------------------------- navigation


def test_navigation_moves_by_counts_and_says_where_it_can_go_no_further(context):
    made = context()
    keys = Navigation(made)
    made.typed_count = "5"
    keys.move("epoch", -1)
    assert made.session.cursor == Cursor(15)
    keys.go_to_start()
    keys.move("epoch", -1)
    assert made.session.cursor == Cursor()
    assert made.said == ["This is the start of the run: → trains on, space plays."]
    keys.go_to_newest()
    keys.move("phase", 1)
    assert made.session.cursor == Cursor(20, 1)


def test_navigation_goes_to_places_and_on_to_the_next_such(context):
    made = context()
    keys = Navigation(made)
    keys.go_to_next(1)
    assert made.said.pop().startswith("g goes to a place")
    made.typed_count = "7"
    keys.go()  # a number is an epoch, without a question
    assert (made.session.cursor, made.asked) == (Cursor(7), [])
    made.session.focused.timeline.marks += [Mark(3, "mark", "a"), Mark(9, "mark", "b")]
    keys.go()
    dialog, answer = made.asked.pop()
    assert isinstance(dialog, TextDialog)
    assert "allowed" in dialog._check("nowhere")
    answer("mark:b")
    assert (made.session.cursor, keys.place.text) == (Cursor(9), "mark:b")
    keys.go_to_next(-1)
    assert made.said.pop() == "mark:b: none before epoch 9"
    keys.go_to_mark(-1)
    assert (made.session.cursor, made.said.pop()) == (Cursor(3), "mark: a")
    keys.go_to_mark(-1)
    assert made.said.pop().startswith("no mark before")


def test_a_step_is_marked_under_a_name_of_its_own(context):
    made = context()
    keys = Navigation(made)
    keys.mark()
    _, answer = made.asked.pop()
    answer("here")
    assert made.session.focused.timeline.marked(20) == "here"
    assert made.said.pop().endswith("marked here; w saves it")
    made.session.motion.head_for(Cursor(4))
    keys.mark()
    assert "step 20 has this name" in made.asked.pop()[0]._check("here")


def test_the_speed_is_said_at_its_ends_and_where_no_line_shows_it(context):
    made = context()
    keys = Navigation(made)
    keys.change_speed(1)
    assert made.said == ["Speed: 50 epochs a second."]
    made.status = "speed 50/s"
    made.typed_count = "99"
    keys.change_speed(-1)
    assert made.session.playback.speed == 0
    keys.change_speed(-1)
    assert made.said[1:] == ["This is the lowest speed: 1 epochs a second."]


def test_escape_stops_panes_and_playing_and_says_where_nothing_is_under_way(context):
    pane = FakePane()
    made = context(pane)
    keys = Navigation(made)
    keys.stop()
    assert made.said.pop() == "Nothing runs that escape could stop; q leaves."
    pane.works = True
    keys.stop()
    assert (pane.works, made.said) == (False, [])
    made.session.playback.play(True)
    keys.stop()
    assert not made.session.playback.playing


def test_one_run_has_no_next_one(context):
    made = context()
    Navigation(made).next_run(1)
    assert made.said == ["This scenario has one run only."]


def test_no_key_goes_without_an_answer_where_it_can_go_no_further(context):
    made = context(extra="[train]\nepochs = 3\n", steps=0)
    keys = Navigation(made)
    start, nothing = "This is the start of the run", "Nothing is trained yet"
    newest, end = "This is the newest step", "This is the end of the run"
    right, full_stop = (keys.move, "epoch", 1), (keys.move, "phase", 1)
    ways = [
        *(((keys.move, unit, -1), start) for unit in ("epoch", "phase", "batch")),
        *(((keys.go_to_start,), start), ((keys.go_to_newest,), nothing), ((keys.stop,), "Nothing runs that es")),
        *((right, ""), ((keys.go_to_newest,), newest), (right, ""), (right, ""), (right, end), (full_stop, end)),
        *(((keys.go_to_newest,), end), ((keys.move, "epoch", -1), ""), ((keys.go_to_start,), "")),
    ]
    for (act, *given), word in ways:
        act(*given)
        assert [one[: len(word)] for one in made.said] == [word] * bool(word), (act, given)
        made.said.clear()


# ---------------------------------------------------------------------- edits


def test_an_edit_is_said_forgets_what_panes_showed_and_is_undone(context):
    pane = FakePane()
    made = context(pane)
    keys = EditKeys(made)
    assert keys.edit(lambda session: session.editor.change("schedule.rate", 0.25))
    assert "0.25" in made.said.pop()
    assert pane.forgotten == 1
    plan = made.session.focused.timeline.plan_at(20)
    assert plan.schedule.rate == 0.25
    keys.undo()
    assert made.session.focused.timeline.plan_at(20).schedule.rate != 0.25
    keys.redo()
    assert made.session.focused.timeline.plan_at(20).schedule.rate == 0.25


def test_an_edit_that_is_not_possible_is_refused(context):
    made = context()
    assert not EditKeys(made).edit(lambda session: session.editor.change("schedule.rate", -1.0))
    assert "allowed" in made.refused.pop()


def test_settings_and_forks_are_asked_for_in_dialogs(context, monkeypatch):
    monkeypatch.setattr(edit_keys, "SettingsDialog", lambda session, pending, forking, words, _: (forking, words))
    made = context()
    keys = EditKeys(made)
    keys.show_settings("rate")
    keys.fork()
    keys.show_forks()
    settings, fork, forks = [dialog for dialog, _ in made.asked]
    assert (settings, fork, type(forks)) == ((False, "rate"), (True, ""), ForksDialog)
    _, show_changed = made.asked[0]
    show_changed("rate is 0.1")
    assert made.said == ["rate is 0.1"]


def test_a_run_begins_again_with_its_seed_or_the_next_and_a_replay_does_not(context):
    made = context()
    keys = EditKeys(made)
    seed = made.session.focused.timeline.plan.seed
    keys.restart()
    assert (made.session.cursor, made.session.focused.timeline.plan.seed) == (Cursor(), seed)
    keys.new_seed()
    assert made.session.focused.timeline.plan.seed == seed + 1
    replay = FakeContext(Session.of_timelines([made.session.focused.timeline]))
    EditKeys(replay).restart()
    assert replay.said == ["A replay cannot be trained again; home goes to its start."]


# ---------------------------------------------------------------------- the lesson


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


# ---------------------------------------------------------------------- the crosshair


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


# ---------------------------------------------------------------------- panes and slots


def test_scrolling_goes_to_the_lesson_where_the_pane_has_nothing_to_scroll(context):
    made = context(FakePane(), FakePane("arrays", scrolls=True))
    keys = PaneKeys(made)
    keys.scroll(1)
    assert made.said.pop() == "Loss has nothing to scroll; tab goes to the next pane."
    made.in_focus = made.panes[1]
    made.typed_count = "3"
    keys.scroll(-1)
    assert made.in_focus.scrolled == -3


def test_an_axis_is_made_logarithmic_where_there_is_one(context):
    made = context(FakePane("data"), FakePane(logarithmic=False))
    keys = PaneKeys(made)
    keys.toggle_logarithm()
    assert made.said.pop().startswith("Data has no such axis")
    made.in_focus = made.panes[1]
    keys.toggle_logarithm()
    assert (made.in_focus.logarithmic, made.done) == (True, ["show"])


async def test_slots_take_panes_swap_them_and_forget_what_is_the_scenarios_own(context):
    made = context(extra="")
    slots = Slots(made, Staged(("loss", "gradients"), 2))
    made.pane_box.children = [*slots.panes]
    loss = slots.panes[0]
    await slots.show_pane("gradients")
    assert (slots.kinds, slots.panes[1]) == (["gradients", "loss"], loss)
    await slots.add_slot("weights")
    assert (slots.kinds, slots.focus) == (["gradients", "weights", "loss"], 1)
    assert made.layouts == [("gradients", "loss"), ("gradients", "weights", "loss")]
    assert made.pane_box.children == list(slots.panes)
    await slots.remove_slot()
    await slots.remove_slot()
    assert (slots.kinds, made.said) == (["gradients"], [])
    await slots.remove_slot()
    assert (slots.kinds, made.said) == (["gradients"], ["The last slot stays: p shows something else in it."])


def test_a_slot_is_asked_for_with_every_pane_and_why_it_cannot_be_shown(context):
    made = context()
    slots = Slots(made, Staged(("loss", "gradients"), 2))
    slots.pick()
    dialog, _ = made.asked.pop()
    assert isinstance(dialog, PickDialog)
    slots.zoom()
    assert [place.slot for place in slots.layout(200, 50).places] == [0]
    slots.zoom()
    assert slots.layout(200, 50).slots == (0, 1)


# ---------------------------------------------------------------------- copying and saving


def test_a_pane_is_copied_as_text_into_a_file_and_the_clipboard(context, tmp_path):
    made = context(folder=tmp_path)
    made.cells = [Strip.blank(3), Strip.blank(4)]
    CaptureKeys(made).copy()
    dialog, answer = made.asked.pop()
    assert isinstance(dialog, PickDialog)
    answer("pane txt")
    (path,) = (tmp_path / "pictures").iterdir()
    assert path.name == "small-step20-loss.txt"
    assert made.clipboard == [path.read_text()]
    assert made.said[-1].endswith("to the clipboard")
    made.cells = []
    answer("pane svg")
    assert made.said[-1].startswith("This pane is not on the screen")


def test_the_command_of_a_run_is_copied_or_the_reason_why_none_gives_it(context):
    made = context()
    CaptureKeys(made).copy_command()
    reason = "no file here holds its scenario 'small'"
    assert made.said.pop() == f"No command gives this run: {reason}. w saves it, nnsim replay shows it."
    made.session = Session.of_timelines([made.session.focused.timeline])
    made.recorded_in = Path("one two.nnsim")
    CaptureKeys(made).copy_command()
    assert made.clipboard == ["nnsim replay 'one two.nnsim'"]


def test_a_session_is_saved_and_left_then(context, tmp_path):
    made = context(folder=tmp_path)
    keys = SaveKeys(made)
    made.session.focused.timeline.mark(5, "here")
    keys.leave()
    dialog, answer = made.asked.pop()
    assert isinstance(dialog, ChoiceDialog)
    answer("k")
    _, save = made.asked.pop()
    save(str(tmp_path / "recordings" / "one.nnsim"))
    assert made.done[-1] == "leave"
    with open_recording(tmp_path / "recordings" / "one.nnsim") as recording:
        assert recording.timelines[0].marked(5) == "here"


@pytest.mark.parametrize("saved", [True, False])
def test_leaving_asks_nothing_after_saving_nor_while_all_is_recorded(context, saved):
    made = context()
    keys = SaveKeys(made)
    made.session.editor.change("schedule.rate", 0.5)
    keys.leave()
    assert made.asked.pop()
    if saved:
        made.session.saving.note_saved()
    else:
        made.session.saving.written = SimpleNamespace(failed=False)
    keys.leave()
    assert (made.asked, made.done[-1]) == ([], "leave")


def test_nothing_is_saved_through_a_closed_door(context):
    made = context()
    SaveKeys(made).save()
    assert made.said == ["this session is read-only: nothing is written"]
    assert made.asked == []


# ---------------------------------------------------------------------- rendering


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
