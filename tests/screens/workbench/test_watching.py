"""The workbench watches a recording that grows: `end` follows the newest step, moving away lets go."""

import pytest
from harness import notices

from nnsim.recording import Recorder, follow_recording
from nnsim.session.session import Session
from nnsim.timeline.run import Run
from screens.app import NnsimApp
from screens.workbench.workbench import Workbench

pytestmark = pytest.mark.filterwarnings("error")


async def until(pilot, condition):
    for _ in range(2000):
        await pilot.pause(0.001)
        if condition():
            return
    raise AssertionError("it did not happen")


async def test_the_screen_follows_the_newest_step_until_it_is_moved_away(scenario, tmp_path):
    run = Run(scenario("xor"))
    recorder = Recorder(tmp_path / "x.nnsim", [run.timeline])
    watched = follow_recording(tmp_path / "x.nnsim")
    async with NnsimApp(Session.of_growing(watched), watched).run_test(size=(120, 40)) as pilot:
        bench = pilot.app.screen
        assert isinstance(bench, Workbench)
        session = bench.session

        def line(name):
            return bench.query_one(f"#{name}").text

        run.advance_to(300)
        recorder.flush()
        await until(pilot, lambda: "epoch 300/10,000" in line("status"))
        assert "following" in line("status")
        assert line("head").startswith("nnsim · watch · ")
        await pilot.press("left")
        run.advance_to(700)
        recorder.flush()
        await until(pilot, lambda: session.focused.timeline.length == 700)
        assert session.cursor.step == 299
        await pilot.press("end")
        await until(pilot, lambda: "epoch 700/10,000" in line("status"))
        run.interrupt()
        recorder.close()
        await until(pilot, lambda: session.follow.source is None)
        await until(pilot, lambda: "stopped by hand" in line("status"))
        assert "replay · " in line("head")


async def test_a_file_that_disappears_is_told_and_what_was_read_stays(scenario, tmp_path):
    run, path = Run(scenario("xor")), tmp_path / "x.nnsim"
    run.advance_to(200)
    with Recorder(path, [run.timeline]):
        watched = follow_recording(path)
        async with NnsimApp(Session.of_growing(watched), watched).run_test(size=(120, 40)) as pilot:
            session = pilot.app.screen.session
            path.rename(tmp_path / "y.nnsim")
            # A message is on its way for a moment after the file is known to be gone.
            await until(pilot, lambda: notices(pilot.app))
            assert "cannot be read any more" in notices(pilot.app)[0]
            assert session.follow.source is None
            assert session.cursor.step == 200
        (tmp_path / "y.nnsim").rename(path)
