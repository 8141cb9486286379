"""The lesson on the screen: the page, the question with its prediction, the reveal, the challenge."""

import pytest

LESSON = """
[[lesson]]
text = "# First\\n\\nSome **bold** words about `code`, long enough for a second line."

[[lesson]]
text = "Think."
ask = "Which gradient is the smallest?"
choices = ["layer 1", "layer 2"]
answer = "smallest grad"
at = "epoch 2"
why = "So it goes."
hints = ["Further back."]

[[lesson]]
goal = "epoch 5"
within = 9
using = ["schedule"]
hints = ["Just wait."]
"""


@pytest.fixture
def lesson(bench):
    return lambda size=(80, 24): bench("lesson", "loss", "gradients", "network", extra=LESSON, size=size)


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
async def test_a_page_is_markdown_at_any_width(lesson, size):
    async with lesson(size) as opened:
        assert opened.lines()[0].strip() == "First"
        assert "**" not in opened.text()
        assert "`" not in opened.text()
        assert "enter next" in opened.text()
        assert opened.pane.border_subtitle.endswith("part 1 of 3 · 0 of 1 challenge")


async def test_predict_then_reveal(lesson):
    async with lesson() as opened:
        await opened.press("tab", "enter", "a")  # from another pane
        assert "▸ a  layer 1  your prediction" in opened.text()
        assert "2 g goes to epoch 2" in opened.text()
        await opened.press("h")
        assert "Hint 1: Further back." in opened.text()
        await opened.press("2", "g")
        record = opened.session.focused.timeline.record(2)
        smaller = record["gradient:layer1"] < record["gradient:layer2"]
        shown = " ".join(opened.text().split())
        assert f"{'✓' if smaller else '✗'} a layer 1 your prediction" in shown
        assert f"layer 1 {record['gradient:layer1']:.4g}, layer 2 {record['gradient:layer2']:.4g}" in shown
        assert "So it goes." in shown


async def test_enter_reads_a_page_to_its_end_before_it_turns_it(bench):
    text = "\\n\\n".join(f"line {number}" for number in range(12))
    long = f'[[lesson]]\ntext = "{text}"\n[[lesson]]\ntext = "end"\n'
    async with bench("lesson", "loss", "gradients", "network", extra=long, size=(80, 24)) as opened:
        assert "enter reads on" in [key.text for key in opened.workbench.footer_keys()]
        pages = []
        for _ in range(4):
            await opened.press("enter")
            pages.append((opened.pane.learner.page, "line 11" in opened.text()))
        assert pages[0] == (0, False)
        assert (0, True) in pages
        assert pages[-1] == (1, False)


async def test_an_open_question_has_the_letter_of_the_crosshair_and_the_pane_with_the_focus_its_own(bench):
    asks = LESSON.replace('["layer 1", "layer 2"]', '["0.1", "0.5", "0.9"]').replace("smallest grad", "loss")
    async with bench("lesson", "gradients", "loss", "network", extra=asks, size=(120, 40)) as opened:
        await opened.press("c")
        assert opened.workbench.crosshair.crosshair is not None  # nothing is asked yet
        await opened.press("c", "enter", "tab")
        told = [key.text for key in opened.workbench.footer_keys()]
        assert "a b c answer" in told
        assert "x, then h hint" in told  # which is a key of the gradients
        assert "x, then h hint (1)" in opened.text()
        await opened.press("c")
        assert opened.workbench.crosshair.crosshair is None
        assert opened.pane.learner.predicted == {1: 2}
        await opened.press("x", "h")
        assert "Hint 1: Further back." in opened.text()


async def test_x_leads_back_to_the_pane_that_it_came_from_while_that_is_there(bench):
    async with bench("lesson", "loss", "gradients", size=(120, 40)) as opened:
        await opened.press("tab", "tab", "x", "x")
        assert opened.workbench.in_focus.kind == "gradients"
        await opened.press("x", "tab", "p", "-", "x", "x")  # without the loss the gradients move up
        assert opened.workbench.in_focus.kind == "gradients"
        await opened.press("x", "tab", "p", "-")
        assert [pane.kind for pane in opened.workbench.panes] == ["lesson"]
        await opened.press("x", "x")
        assert opened.workbench.in_focus.kind == "lesson"


async def test_a_click_on_a_choice_predicts_it(lesson):
    async with lesson() as opened:
        await opened.press("enter")
        row = next(y for y, line in enumerate(opened.lines()) if "b  layer 2" in line)
        await opened.pilot.click(opened.pane, offset=(6, row + 1))
        await opened.press()
        assert opened.pane.learner.predicted == {1: 1}
        assert "▸ b  layer 2  your prediction" in opened.text()


async def test_a_challenge_is_ticked_where_it_is_seen_and_told_where_it_is_not(lesson):
    async with lesson() as opened:
        await opened.press("enter", "enter", "enter", "enter", "3", "right")  # reads on, is asked, skips
        assert "▸ Challenge: epoch 5 within 9 epochs" in opened.text()
        assert "epoch 3 of 9" in opened.text()
        await opened.press("tab", "z", "2", "right")  # the lesson is folded away
        assert not opened.pane.display
        assert "Challenge reached: epoch 5" in opened.notices[0]
        await opened.press("enter", "z")
        assert "✓ Challenge: epoch 5 within 9 epochs" in opened.text()
        assert "1 of 1 challenge" in opened.pane.border_subtitle


async def test_c_is_the_third_answer_while_one_is_asked_for_and_the_crosshair_else(bench):
    three, deep = LESSON.replace('"layer 2"]', '"layer 2", "layer 3"]'), "hidden = [3, 3]\n"
    async with bench("lesson", "loss", model=deep, extra=three) as opened:
        await opened.press("c", "c", "enter")  # no question yet: a crosshair, and none
        assert opened.workbench.crosshair.crosshair is None
        await opened.press("c")
        assert "▸ c  layer 3  your prediction" in opened.text()
        assert opened.workbench.crosshair.crosshair is None
        await opened.press("c")
        assert opened.workbench.crosshair.crosshair is not None


async def test_what_is_said_already_is_not_said_twice_and_an_edge_says_what_it_has_room_for(lesson):
    async with lesson() as opened:
        await opened.press("a", "h", "a", "a")  # the first page asks nothing, and has no hint
        told = opened.notices
        assert told == ["! This page has no hint.", "! This page asks nothing."]
        room = opened.pane.outer_size.width - 6
        opened.pane.set_reading(" · ".join(["x" * (room // 2)] * 3))
        assert opened.pane.border_subtitle == "x" * (room // 2)


async def test_what_to_press_is_said_where_the_pane_with_the_focus_has_the_letters(bench):
    async with bench("surface", "lesson", extra=LESSON, size=(120, 40)) as opened:
        pane = opened.workbench.panes[1]
        await opened.press("enter")
        shown = "\n".join(line.plain for line in pane.lines.content)
        assert "Predict: press x, then a or b" in shown
        await opened.press("a")  # which is the surface's own
        assert opened.notices == ["Arrows of the last step: hidden."]
        await opened.press("x")
        assert "Predict: press a or b" in "\n".join(line.plain for line in pane.lines.content)
        await opened.press("b")
        assert pane.learner.predicted == {1: 1}


async def test_a_lesson_in_no_slot_says_how_it_comes_back(bench):
    async with bench("loss", extra=LESSON) as opened:
        await opened.press("h")
        assert "in no slot now" in opened.notices[0]
    async with bench("loss") as opened:
        await opened.press("x")
        assert opened.notices == ["This scenario has no lesson."]


async def test_a_number_is_typed_in_a_dialog_that_checks_it(bench):
    asks = '[train]\nepochs = 9\n[[lesson]]\nask = "How large?"\nanswer = "loss"\ntolerance = 9.0\nat = "epoch 2"\n'
    async with bench("lesson", "loss", "network", extra=asks) as opened:
        assert "Predict a number: press a" in opened.text()
        await opened.pilot.press("a", "x", "enter")
        assert "'x' is no number" in "\n".join(opened.rows)
        await opened.pilot.press("backspace", "3", "enter")
        await opened.settle()
        assert opened.pane.learner.predicted == {0: "3"}
        assert "▸ 3  your prediction" in opened.text()
        await opened.press("2", "g")
        assert "✓ 3  your prediction" in opened.text()
        assert "Right: loss is" in opened.text()
