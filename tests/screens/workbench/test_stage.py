"""The stage of a lesson's page: which panes stand where, the run in focus, the cursor, and what brings it back."""

import pytest
from harness import opened

from nnsim.scenario.scenario import parse_scenario
from nnsim.session.session import Session
from nnsim.timeline import Cursor
from screens.app import NnsimApp

HEAD = """title = "t"
summary = "s"
panes = ["loss", "lesson", "gradients", "network"]
[data]
kind = "parity"
bits = 2
[model]
hidden = [3]
[train]
epochs = 50
[[variants]]
name = "plain"
[[variants]]
name = "fast"
set = { "schedule.rate" = 2.0 }
"""
PAGES = """
[[lesson]]
text = "One."
show = ["network", "loss"]
[[lesson]]
text = "Two."
show = ["loss", "weights", "gradients"]
run = "fast"
cursor = "epoch 12"
[[lesson]]
text = "Three says nothing of panes."
[[lesson]]
text = "Four."
ask = "Which layer has the smaller gradient?"
choices = ["layer 1", "layer 2"]
answer = "smallest grad"
at = "epoch 12"
show = ["gradients", "network"]
"""


def staged(pages=PAGES):
    scenario = parse_scenario(f"{HEAD}{pages}", name="small", source="small.toml")
    return NnsimApp(Session.of_scenario(scenario))


def on_stage(bench):
    """The kinds of the panes that are seen, from the left above to the right below, and which leads."""
    layout = bench.workbench.slots.layout(bench.app.size.width, bench.app.size.height - 3)
    panes = bench.workbench.panes
    assert {panes[slot].kind for slot in layout.slots} == {pane.kind for pane in panes if pane.display}
    return [panes[slot].kind for slot in layout.slots], None if layout.lead is None else panes[layout.lead].kind


async def test_a_page_puts_its_panes_its_run_and_its_place_on_stage_and_the_lesson_has_the_focus():
    async with opened(staged(), (120, 40)) as bench:
        assert bench.workbench.in_focus.kind == "lesson"
        assert on_stage(bench) == (["network", "lesson"], "network")  # the loss has nothing to draw yet
        await bench.press("right")
        assert on_stage(bench) == (["network", "lesson", "loss"], "network")
        await bench.press("enter")
        assert on_stage(bench) == (["loss", "lesson", "weights", "gradients"], "loss")
        assert bench.session.focused.timeline.variant == "fast"
        assert bench.session.cursor == Cursor(12)
        assert bench.workbench.in_focus.kind == "lesson"
        # The panes of the scenario are behind tab, as ever.
        assert set(bench.kinds) == {"loss", "lesson", "weights", "gradients", "network"}


async def test_what_is_changed_by_hand_stays_until_the_next_page_or_the_key_that_undoes_it():
    async with opened(staged(), (120, 40)) as bench:
        await bench.press("enter", "5", "right")
        await bench.workbench.slots.remove_slot()  # the lesson's neighbour has its place now
        await bench.press("P")
        assert on_stage(bench)[0] == ["loss", "lesson", "weights", "gradients"]
        assert bench.session.cursor == Cursor(12)
        await bench.press("p", "#")
        assert len(on_stage(bench)[0]) == 5
        await bench.press("enter")
        assert on_stage(bench)[0] == ["loss", "lesson", "weights", "gradients"]  # page three names none of its own
        await bench.press("enter")
        assert on_stage(bench)[1] == "network"


async def test_who_comes_back_to_a_page_finds_the_runs_as_they_were_left():
    async with opened(staged()) as bench:
        await bench.press("enter", "enter", "5", "right", "v")
        place, run = bench.session.cursor, bench.session.focused.timeline.variant
        await bench.press("backspace")
        assert on_stage(bench)[1] == "loss"
        assert (bench.session.cursor, bench.session.focused.timeline.variant) == (place, run)


async def test_a_pane_that_would_answer_the_question_leaves_the_stage_until_it_is_answered():
    async with opened(staged(), (120, 40)) as bench:
        await bench.press("enter", "enter", "enter")
        assert on_stage(bench) == (["network", "lesson"], "network")
        await bench.press("a")
        assert on_stage(bench) == (["gradients", "lesson", "network"], "gradients")


async def test_nothing_behind_the_cursor_is_drawn_while_a_question_is_open():
    async with opened(staged(), (120, 40)) as bench:
        await bench.press("3", "0", "right", "home", "2", "right")
        loss = next(pane for pane in bench.workbench.panes if pane.kind == "loss")

        def furthest():
            return max(float(one.x[-1]) for one in loss.plot.picture.curves)

        assert furthest() == 30
        learner = bench.workbench.lesson.pane.learner
        learner.open(3)
        bench.workbench.redraw(anew=True)
        await bench.workbench.slots.show_pane("loss")
        await bench.settle()
        assert furthest() == 2


@pytest.mark.parametrize(("size", "slots"), [((80, 24), 2), ((120, 40), 4), ((200, 50), 4)])
async def test_without_a_lesson_the_loss_leads_or_the_decision_where_there_is_one(size, slots):
    for listed, lead in (
        (["gradients", "loss", "network", "data"], "loss"),
        (["loss", "decision", "data", "network"], "decision"),
    ):
        text = HEAD.replace('["loss", "lesson", "gradients", "network"]', str(listed))
        scenario = parse_scenario(text, name="small", source="small.toml")
        async with opened(NnsimApp(Session.of_scenario(scenario)), size) as bench:
            seen, leads = on_stage(bench)
            assert (len(seen), leads) == (slots, lead)


async def test_a_replay_is_not_moved_by_the_page_it_opens_with():
    app = staged(PAGES.replace('text = "One."', 'text = "One."\ncursor = "epoch 9"'))
    async with opened(app) as bench:
        assert bench.session.cursor == Cursor(9)
        timelines = [track.timeline for track in bench.session.tracks]
    async with opened(NnsimApp(Session.of_timelines(timelines))) as bench:
        assert bench.session.cursor == Cursor()
        await bench.press("enter")
        assert bench.session.cursor == Cursor()  # epoch 12 was not recorded


async def test_where_one_pane_has_room_its_title_names_the_others_of_the_stage():
    pages = PAGES.replace('show = ["network", "loss"]', 'show = ["network", "data", "predictions"]')
    async with opened(staged(pages), (80, 24)) as bench:
        assert on_stage(bench)[0] == ["network", "lesson"]
        assert "Network" in bench.rows[1]
        assert "│ Data │ Predictions" in bench.rows[1]
        await bench.press("tab")
        assert "Data" in bench.rows[1].partition("Lesson")[2].partition("│")[0]
        assert "│ Network │ Predictions" in bench.rows[1]
        await bench.press("x")  # whoever goes back to the lesson keeps what was turned to
        assert on_stage(bench)[0] == ["data", "lesson"]
        await bench.pilot.resize_terminal(120, 40)
        await bench.settle()
        assert "│ Network" not in bench.rows[1]


async def test_a_page_marks_a_layer_a_point_and_the_key_that_it_waits_for():
    pages = """
[[lesson]]
text = "One."
show = ["network"]
mark = { point = 3 }
[[lesson]]
text = "Two."
show = ["gradients"]
cursor = "epoch 5"
mark = { layer = "layer 2" }
[[lesson]]
text = "Three."
mark = { key = "v" }
"""
    async with opened(staged(pages), (120, 40)) as bench:
        assert "row 3/4" in str(
            next(pane for pane in bench.workbench.panes if pane.kind == "network").border_subtitle
        )
        await bench.press("enter")
        drawn = "\n".join(bench.rows)
        assert "> layer2 █" in drawn
        assert "> layer1" not in drawn
        await bench.press("enter")
        assert bench.workbench.footer_keys()[0].text.startswith("v ")
