"""The band of many seeds behind the loss: what it shows, and that Escape stops it."""

import asyncio

import numpy as np
from waiting import pauses

from nnsim.timeline.run import Run
from screens.panes import seed_band

SHORT = "[train]\nepochs = 60\n"


async def whole(opened):
    """Wait until the band is trained."""
    async for _ in pauses(opened.pilot):
        if not opened.pane.band.under_way:
            break
    else:
        raise AssertionError(opened.pane.border_subtitle)


async def test_b_draws_the_spread_of_many_seeds_behind_the_loss_and_b_takes_it_away(bench, monkeypatch):
    monkeypatch.setattr(seed_band, "SEEDS", 30)
    async with bench("loss", extra=SHORT) as opened:
        await opened.press("2", "0", "right")
        without = opened.lines()
        await opened.press("B")
        await whole(opened)
        await opened.pilot.pause()
        assert "30 seeds: mean, half, range" in str(opened.pane.border_subtitle)
        legend = " ".join(opened.lines()[:2])
        for named in ("mean of 30 seeds", "⣿ middle half", "⠤ lowest, highest"):
            assert named in legend
        session = opened.session
        fill, low, high, mean = opened.pane.band.curves(session.view, (0.0, 20.0), 20)
        losses = []
        for seed in range(30):
            run = Run(session.scenario, None, {"random.seed": seed})
            run.advance_to(20)
            losses.append(run.timeline.series["loss"].values(0, 20))
        at_20 = np.array(losses)[:, -1]
        assert mean.x[-1] == 20.0
        np.testing.assert_allclose(mean.low[-1], at_20.mean(), rtol=1e-9)
        np.testing.assert_allclose([low.low[-1], high.low[-1]], [at_20.min(), at_20.max()], rtol=1e-9)
        np.testing.assert_allclose([fill.low[-1], fill.top[-1]], np.quantile(at_20, [0.25, 0.75]), rtol=1e-9)
        await opened.press("B")
        assert opened.lines() == without


async def test_the_border_tells_the_loss_first_and_of_a_band_only_where_it_is_drawn(bench, monkeypatch):
    monkeypatch.setattr(seed_band, "SEEDS", 3)
    falling = '[[variants]]\nname = "one"\nset = { "schedule.kind" = "exponential" }\n'
    async with bench("loss", extra=SHORT + falling) as opened:
        await opened.press("2", "0", "right", "B")
        await whole(opened)
        await opened.pilot.pause()
        told = str(opened.pane.border_subtitle).split(" · ")
        assert told[0].startswith("loss ")
        assert told[-1] == "3 seeds: mean, half, range"
        await opened.press("X")
        assert str(opened.pane.border_subtitle).split(" · ") == told[:-1]


async def test_escape_stops_the_band_and_else_is_the_workbenchs_own(bench, monkeypatch):
    async def stand_still(advance, going, progress):
        while going():
            await asyncio.sleep(0.01)

    monkeypatch.setattr(seed_band, "in_slices", stand_still)
    async with bench("loss", extra="[train]\nepochs = 1_000_000\n") as opened:
        await opened.press("B")
        assert opened.pane.band.under_way
        assert "seeds 0 of 100 (esc stops)" in str(opened.pane.border_subtitle)
        await opened.press("escape")
        assert not opened.pane.band.under_way
        assert "100" not in str(opened.pane.border_subtitle)
        opened.session.playback.play(True)
        await opened.press("escape")
        assert not opened.session.playback.playing


async def test_the_band_is_that_of_the_focused_variant_and_of_its_settings(bench):
    variants = '[[variants]]\nname = "one"\n[[variants]]\nname = "two"\nset = { "schedule.rate" = 3.0 }\n'
    async with bench("loss", extra=SHORT + variants) as opened:
        await opened.press("B")
        await whole(opened)
        first = opened.pane.band.curves(opened.session.view, (0.0, 60.0), 20)[3].low
        await opened.press("v")
        await whole(opened)
        second = opened.pane.band.curves(opened.session.view, (0.0, 60.0), 20)[3].low
        assert second[-1] < first[-1]
        await opened.press("V")
        assert not opened.pane.band.under_way  # it is known already
        np.testing.assert_array_equal(opened.pane.band.curves(opened.session.view, (0.0, 60.0), 20)[3].low, first)
