"""The controllers of a workbench, each without an app: what they do to a session, and what they ask and say."""

from fake_context import FakeContext, FakePane

from nnsim.session.session import Session
from nnsim.timeline import Cursor, Mark
from screens.dialogs.basic import TextDialog
from screens.dialogs.fork_tree import ForksDialog
from screens.dialogs.picker import PickDialog
from screens.pane_catalog import Staged
from screens.workbench import edit_keys
from screens.workbench.controller_context import LARGEST_COUNT, TypedCount
from screens.workbench.edit_keys import EditKeys
from screens.workbench.navigation import Navigation
from screens.workbench.pane_keys import PaneKeys
from screens.workbench.slots import Slots

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


# ---------------------------------------------------------------------- the crosshair


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


# ---------------------------------------------------------------------- rendering
