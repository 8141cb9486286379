"""On the screen, too, all panes and the status line know the same at every moment."""

import json

from nnsim.timeline import Cursor

ASK = {"text": "a", "ask": "?", "choices": ["layer 1", "layer 2"], "answer": "largest grad", "at": "epoch 1"}
LESSON = "\n[[lesson]]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in ASK.items())


def status(opened):
    return opened.pilot.app.screen.query_one("#status").text


async def test_panes_hold_back_what_was_made_before_it_was_asked(bench):
    first = '\n[[lesson]]\ntext = "read on"\n'
    async with bench("gradients", "lesson", extra=first + LESSON + first, size=(80, 40)) as opened:
        await opened.press("right", "right", ".")
        assert "step 2's gradient" in opened.pane.border_subtitle
        assert "step 2's loss" in status(opened)
        await opened.press("enter")
        assert "This picture tells the answer" in opened.text()
        assert "layer1" not in opened.text()
        await opened.press("a")
        assert "layer1" in opened.text()
        assert "This picture tells" not in opened.text()


async def test_a_step_is_told_as_it_was_made_and_the_crosshair_by_the_status(bench):
    async with bench("arrays", "loss", size=(100, 40)) as opened:
        await opened.press("5", "right")
        opened.session.editor.change("schedule.rate", 2.0)
        opened.session.editor.change("parameters.layer1.weight[1,1]", 9.0)
        await opened.press()
        assert "learning rate 0.5" in opened.text()
        assert "then set by hand: layer1.weight[1,1] from" in opened.text()
        assert "then set by hand: schedule.rate = 2.0 from step 6 on" in opened.text()
        assert " 9 " not in opened.text().partition("change of W1")[2]
        assert "rate 0.5, from here 2" in status(opened)
        await opened.press("c", "2", "left")
        loss = opened.session.focused.timeline.record(3)["loss"]
        after = opened.session.focused.timeline.record(4)["loss"]
        assert f"┿ epoch 3/1,000 · loss {loss:.6g} → {after:.6g} · cursor epoch 5" in status(opened)
        assert opened.session.cursor == Cursor(5)
