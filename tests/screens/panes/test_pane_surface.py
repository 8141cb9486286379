"""The surface pane: planes of any network, arrows, and computing that never holds up the keys."""

import asyncio

import numpy as np
import pytest

from nnsim.timeline.replica import Replica
from screens.panes.surface import SurfacePane


async def surveyed(opened):
    """Wait until the survey is finished."""
    for _ in range(2000):
        if opened.pane.survey.finished:
            break
        await opened.pilot.pause(0.01)
    opened.pane.changed()
    await opened.pilot.pause()
    return opened.pane.plot.picture


async def press_d(opened):
    for kind, label in (("path", "1st direction"), ("parameters", "layer"), ("random", "1st random")):
        picture = await surveyed(opened)
        assert opened.pane.directions == kind
        assert picture.x_label.startswith(label)
        assert np.isfinite(picture.values).all()
        await opened.press("d")


async def press_k(opened):
    opened.pane.directions = "random"
    await opened.press("k")
    first = opened.pane.survey.plane.across
    await opened.press("k")
    assert not np.array_equal(opened.pane.survey.plane.across, first)


async def parameters_after(opened, *keys):
    opened.pane.parameters = []
    await opened.press(*keys)
    assert opened.pane.directions == "parameters"
    return opened.pane.parameters


async def press_i(opened):
    assert await parameters_after(opened, "i") == [2, 1]  # never the same twice
    picture = await surveyed(opened)
    # The point of the grid that is nearest to where training has got has about its loss.
    trainer = opened.trainer
    here = trainer.parameters[opened.pane.parameters]
    x, y = np.linspace(*picture.x_range, 48), np.linspace(*picture.y_range, 32)
    near = np.abs(y - here[1]).argmin(), np.abs(x - here[0]).argmin()
    assert picture.values[near] == pytest.approx(trainer.evaluate().loss, rel=0.1)


async def press_I(opened):
    assert await parameters_after(opened, "I") == [12, 1]


async def press_o(opened):
    assert await parameters_after(opened, "o") == [0, 2]


async def press_O(opened):
    assert await parameters_after(opened, "O") == [0, 12]


async def press_a(opened):
    picture = await surveyed(opened)
    trainer, plane = opened.trainer, opened.pane.survey.plane
    arrows = {arrow.letter: arrow for arrow in picture.arrows}
    assert sorted(arrows) == ["g", "m", "s"]
    step = plane.along(-trainer.change[None, :])[0]
    assert (arrows["s"].right, arrows["s"].up) == pytest.approx(tuple(step))
    assert arrows["g"].name == "downhill"
    await opened.pilot.resize_terminal(200, 24)
    await surveyed(opened)
    assert f"downhill {np.linalg.norm(trainer.gradient):.3g} long" in opened.pane.border_subtitle
    start = plane.coordinates((trainer.parameters + trainer.change)[None, :])[0]
    assert (arrows["s"].x, arrows["s"].y) == pytest.approx(tuple(start))
    assert start + step == pytest.approx(plane.coordinates(trainer.parameters[None, :])[0])
    await opened.press("a")
    assert not opened.pane.plot.picture.arrows


async def test_every_key_of_the_pane_is_pressed(bench):
    async with bench("surface", extra='[optimizer]\nkind = "momentum"\n') as opened:
        await opened.press(*"40", "right")
        await surveyed(opened)
        for binding in SurfacePane.BINDINGS:
            await globals()[f"press_{binding.key}"](opened)  # a key without a test of its own fails here


async def test_a_long_survey_is_shown_early_and_escape_stops_it(bench, monkeypatch):
    async def nothing(advance, going, progress):  # more while the test looks
        await asyncio.Event().wait()

    monkeypatch.setattr("screens.panes.surface.AT_ONCE_S", 0.0)
    monkeypatch.setattr("screens.panes.surface.in_slices", nothing)
    async with bench("surface") as opened:
        survey = opened.pane.survey
        assert survey.done < survey.size
        assert opened.pane.border_subtitle.startswith("computing, ")
        await opened.press("escape")
        assert "k begins anew" in opened.pane.border_subtitle


async def test_a_model_of_two_parameters_is_shown_whole(bench):
    async with bench("surface", model="bias = false") as opened:
        picture = await surveyed(opened)
        assert (picture.x_label, picture.y_label) == ("weight 1", "weight 2")
        assert picture.values.shape == (64, 96)
        await opened.press("d", "i")
        assert opened.pane.directions == "path"
        await surveyed(opened)
        await opened.press("k")
        assert any("whole landscape" in said for said in opened.notices)


async def test_where_the_cursor_rests_the_way_has_no_gaps(bench):
    async with bench("surface", size=(120, 40)) as opened:
        opened.session.focused.run.advance_to(900)
        await opened.press("end")
        await surveyed(opened)
        for _ in range(2000):
            if not opened.pane.paths.under_way and opened.pane.paths.complete == 1.0:
                break
            await opened.pilot.pause(0.01)
        opened.pane.changed()
        await opened.pilot.pause()
        (way,) = [one for one in opened.pane.plot.picture.curves if one.kind == "path"]
        steps = sorted({1, 2, 4, *range(0, 900, 8), 900})
        replica, plane = Replica(opened.session.focused.timeline), opened.pane.survey.plane
        exact = plane.coordinates(np.stack([replica.at(step).parameters.copy() for step in steps]))
        assert way.x == pytest.approx(exact[:, 0])


async def test_escape_gives_up_the_rest_of_the_way(bench, monkeypatch):
    async def nothing(advance, going, progress):
        await asyncio.Event().wait()

    monkeypatch.setattr("screens.panes.earlier_steps.AT_ONCE_S", 0.0)
    monkeypatch.setattr("screens.panes.earlier_steps.in_slices", nothing)
    async with bench("surface") as opened:
        opened.session.focused.run.advance_to(900)
        await opened.press("end")
        await surveyed(opened)
        assert opened.pane.border_subtitle == "path 3% · esc stops"
        await opened.press("escape")
        assert opened.pane.border_subtitle == "path stopped at 3%: k begins anew"
