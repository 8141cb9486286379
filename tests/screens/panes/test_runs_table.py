"""Runs of other programs compared in a workbench: a table, a filter that holds for all panes, a pin, the focus."""

from pathlib import Path

import numpy as np
import pytest
from harness import opened

from nnsim.logs.figures_file import FiguresFile
from nnsim.logs.run_set import RunSet
from nnsim.narration.describe import whereabouts
from nnsim.session.session import Session
from screens.app import NnsimApp
from screens.plots import number
from screens.preferences import Preferences

FILES = Path(__file__).parents[2] / "logs" / "files"
PATHS = [FILES / "mlflow", FILES / "wandb", FILES / "keras" / "log.csv"]


@pytest.fixture
def app():
    return NnsimApp(Session.of_runs(RunSet(PATHS)), chosen=Preferences())


async def test_runs_of_several_places_stand_in_one_table_and_their_curves_in_one_plot(app):
    async with opened(app, (200, 50)) as one:
        assert one.kinds[:3] == ["runs", "loss", "gradients"]
        table = one.text()
        for name in ("mlflow: calm", "mlflow: other", "wandb: calm", "log: keras"):
            assert name in table
        assert "lowest" in table
        assert len(one.session.view.compared) == 4
        assert "step 19/19" in one.status
        assert "phase" not in one.rows[-1]  # nothing can be looked into


async def test_a_filter_hides_runs_from_the_curves_too_and_a_pin_tells_where_others_differ(app):
    async with opened(app, (200, 50)) as one:
        await one.press("slash", *"name~mlflow", "enter")
        assert "2 of 4 runs" in one.pane.border_subtitle
        assert [view.origin for view in one.session.view.compared] == ["mlflow", "mlflow"]
        await one.press("i", "down", "enter")
        assert "differs" in one.text()
        assert "step 0" in one.text()
        assert one.session.view.focus == 1
        await one.press("slash", *["backspace"] * 11, *"speed<1", "enter")
        assert "no run has this" in "\n".join(one.rows)


async def test_what_a_run_lacks_is_said_where_a_person_asks_for_it(app):
    async with opened(app, (120, 40)) as one:
        await one.press("e")
        assert any("it has no settings to change" in text for text in one.notices)
        await one.press("g", *"loss<0.5", "enter")
        assert one.session.cursor.step < 19


async def test_runs_of_other_programs_are_saved_as_a_recording_with_the_names_of_their_steps(app, tmp_path):
    path = tmp_path / "compared.nnsim"
    async with opened(app, (120, 40)) as one:
        await one.press("g", *"epoch 3", "enter", "m", *"odd", "enter", "w")
        assert one.app.screen.query_one("Input").value.endswith("calm.nnsim")
        one.app.screen.query_one("Input").value = str(path)
        await one.press("enter")
        assert f"saved: {path}" in one.notices
        assert not one.session.saving.unsaved
        before = {f"{view.origin}: {view.log.name}": view.log for view in one.session.view.tracks}
    with FiguresFile(path) as saved:
        assert saved.hash_holds()
        assert len(saved.timelines) == 4
        for log in saved.timelines:
            found = before[log.name]
            assert [(mark.step, mark.text) for mark in log.marks] == [
                (mark.step, mark.text) for mark in found.marks
            ]
            assert log.series.keys() == found.series.keys()
            for name, series in log.series.items():
                wanted = found.series[name]
                np.testing.assert_array_equal(series.values(0, len(series)), wanted.values(0, len(wanted)))
    assert [mark.text for log in before.values() for mark in log.marks].count("odd") == 1


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_panes_of_what_a_log_does_not_hold_take_no_place_from_others(size):
    app = NnsimApp(Session.of_runs(RunSet([FILES / "cases" / "keras.csv"])), chosen=Preferences())
    async with opened(app, size) as one:
        assert set(one.kinds[:2]) == {"loss", "figures"}
        assert "its log has no" not in "\n".join(one.rows)


async def test_epochs_that_another_program_counts_from_0_are_told_so():
    session = Session.of_runs(RunSet([FILES / "keras" / "log.csv"]))
    async with opened(NnsimApp(session, chosen=Preferences()), (120, 40)) as one:
        assert "epoch 8 (0 to 8) · loss 0.663636" in one.status
        assert next(whereabouts(session.view)).startswith("Epoch 8 of 0 to 8.")


async def test_a_race_is_ranked_in_words_below_the_losses(bench):
    rates = "".join(f'[[variants]]\nname = "r{one}"\nset = {{ "schedule.rate" = {one} }}\n' for one in (5, 0.1, 1))
    async with bench("loss", extra=rates, size=(120, 40)) as one:
        assert "lowest" not in one.pane.border_subtitle  # nothing is measured yet
        await one.press("5", "0", "right")
        view = one.session.view
        losses = {track.log.name: view.figures(track)["loss"] for track in view.tracks}
        order = sorted(losses, key=losses.get)
        assert ", then ".join(f"{name} {number(losses[name])}" for name in order) in one.pane.border_subtitle
