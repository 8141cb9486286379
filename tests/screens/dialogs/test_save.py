"""`w` where the disk is full: a message, the screen goes on, and what is saved later is all there."""

import resource

import pytest
from harness import notices
from textual.events import Key
from waiting import pauses

from nnsim.recording import open_recording
from nnsim.session.session import Session
from screens.app import NnsimApp
from screens.dialogs import save

pytestmark = pytest.mark.filterwarnings("error")


async def test_a_full_disk_is_told_and_the_run_goes_on(scenario, tmp_path, smallest_files, monkeypatch):
    path = tmp_path / "x.nnsim"
    monkeypatch.setattr("nnsim.output_files.OutputFiles.recordings", tmp_path)
    async with NnsimApp(Session.of_scenario(scenario("xor"), "article")).run_test(size=(120, 40)) as pilot:
        bench = pilot.app.screen

        async def settle():
            async for _ in pauses(pilot):
                if bench.session.view.arrived and bench.session.training.lagging() is None:
                    return
            raise AssertionError("it does not arrive")

        def told():
            return notices(pilot.app)

        await pilot.press(*"900", "right")
        await settle()
        smallest_files(30_000)
        await pilot.press("w")
        pilot.app.screen.query_one("Input").value = str(path)
        await pilot.press("enter")
        await pilot.pause()
        (message,) = told()
        assert message.startswith(f"! {path}: cannot be written: the disk or a limit on file sizes refused it")
        assert message.endswith("nothing is saved, the run is still in memory")
        assert list(tmp_path.iterdir()) == []
        await pilot.press(*"100", "right")
        await settle()
        assert bench.session.cursor.step == 1000
        smallest_files(resource.RLIM_INFINITY)
        await pilot.press("w")
        pilot.app.screen.query_one("Input").value = str(path)
        await pilot.press("enter")
        await pilot.pause()
        assert told()[-1] == f"saved: {path}"
    with open_recording(path) as recording:
        assert recording.timelines[0].length == 1000
        assert recording.hash_holds()


@pytest.mark.parametrize("stopped", [True, False])
async def test_what_takes_long_shows_how_far_it_is_and_stops_at_escape(scenario, tmp_path, monkeypatch, stopped):
    path = tmp_path / "x.nnsim"
    monkeypatch.setattr(save, "PATIENCE_S", 0.0)
    monkeypatch.setattr(save, "SLICE_S", 0.0)
    session = Session.of_scenario(scenario("xor"), "article")
    session.focused.run.advance_to(9000)
    session.focused.timeline.mark(5, "here")
    async with NnsimApp(session).run_test(size=(120, 40)) as pilot:
        bench, bars = pilot.app.screen, []
        update = save.SavingDialog.bar
        monkeypatch.setattr(save.SavingDialog, "bar", lambda dialog: bars.append(update(dialog)) or bars[-1])
        bench.saving.save_to(str(path))
        dialog = pilot.app.screen
        assert isinstance(dialog, save.SavingDialog)
        if stopped:
            dialog.on_key(Key("escape", None))
        async for _ in pauses(pilot):
            if pilot.app.screen is not dialog and notices(pilot.app):
                break
        told = notices(pilot.app)
        assert told == (["! stopped: nothing is saved"] if stopped else [f"saved: {path}"])
        assert session.saving.unsaved == stopped
        drawn = bars.copy()
        bench.saving.save_to(str(tmp_path / "y.nnsim"))
        session.focused.timeline.mark(7, "later than what is saved")  # as an edit that was under way may come
        while pilot.app.screen is not bench:
            await pilot.pause()
        assert session.saving.unsaved
    if stopped:
        assert list(tmp_path.glob("x.nnsim")) == list(tmp_path.glob(".nnsim-*")) == []
    else:
        assert drawn == sorted(drawn, key=lambda bar: int(bar.rpartition(" ")[2].strip("%")))
        assert drawn[-1].endswith("100%")
        with open_recording(path) as recording:
            assert recording.timelines[0].length == 9000
            assert recording.hash_holds()
