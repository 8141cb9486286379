"""Where going back takes long, keys do not wait for it, and escape stays."""

from nnsim.run import Replica
from nnsim.timeline import Cursor
from nnsim.timeline.checkpoints import Checkpoints

STEPS = 4_000


async def until(pilot, holds):
    for _ in range(400):
        await pilot.pause()
        if holds():
            return
    raise AssertionError("it did not come")


async def test_going_far_back_is_told_can_be_left_and_arrives(bench):
    async with bench("predictions", "arithmetic", extra=f"[train]\nepochs = {STEPS}") as opened:
        run = opened.session.focused.run
        run.timeline.checkpoints = Checkpoints(1 << 20)
        run.timeline.checkpoints.add(run.trainer.checkpoint())
        run.timeline.checkpoints.quick = 16
        run.advance_to(STEPS)
        pacer = opened.workbench.pacer
        await opened.pilot.press("end")
        await until(opened.pilot, lambda: opened.workbench._seen == Cursor(STEPS))
        seen = opened.text()

        back = Cursor(STEPS - 1000)
        opened.session.move("epoch", -1000)
        opened.workbench._draw()
        assert pacer.approaching
        assert "going back: step 0 of 2,998" in str(opened.workbench.query_one("#status").render())
        assert opened.text() == seen
        await opened.pilot.press("escape")
        assert not pacer.approaching
        assert opened.session.cursor == Cursor(STEPS)
        assert opened.text() == seen

        opened.session.move("epoch", -1000)
        await until(opened.pilot, lambda: opened.workbench._seen == back)
        answer = Replica(run.timeline).at(back.step).evaluate().predictions[1, 0]
        assert f"{answer:.4f}" in opened.text()
        assert f"{answer:.4f}" not in seen

        await opened.pilot.press("c", *"2000", "left")
        await until(opened.pilot, lambda: not pacer.approaching)
        there = Replica(run.timeline).at(back.step - 2000).evaluate().predictions[1, 0]
        assert f"{there:.4f}" in opened.text()
        await opened.pilot.press("escape")
        await until(opened.pilot, lambda: not pacer.approaching)
        assert f"{answer:.4f}" in opened.text()
        assert opened.session.cursor == back
