"""The plot widget paints what changed and nothing else."""

import subprocess
import sys

import numpy as np
import pytest
from harness import rows
from textual.app import App
from textual.geometry import Region

from screens.plots import Bar, Bars, Chart, Curve, PlotWidget, draw, look, look_of
from screens.plots.cells import Cells


class Recorded(PlotWidget):
    """Keeps the regions that it asks Textual to repaint."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.asked = []

    def refresh(self, *regions, **kwargs):
        if hasattr(self, "asked"):
            self.asked.append(regions)
        return super().refresh(*regions, **kwargs)


class Shown(App):
    CSS = "Recorded { border: round white; padding: 1; }"

    def __init__(self, picture):
        super().__init__()
        self.plot = Recorded(picture)

    def compose(self):
        yield self.plot


def loss(epochs):
    x = np.arange(epochs)
    return Chart(
        (Curve("train", x, np.exp(-x / 300), style=0), Curve("validation", x, np.exp(-x / 500), style=1)),
        x_range=(0, 10_000),
        y_range=(0, 1),
        x_label="epoch",
        y_label="loss",
    )


def texts(app):
    """The screen as the compositor has it."""
    return rows(app)


def inside(app):
    """The content of the plot on the screen."""
    region = app.plot.content_region
    return [line[region.x : region.right] for line in texts(app)[region.y : region.bottom]]


async def test_the_widget_shows_the_drawing():
    app = Shown(loss(500))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        width, height = app.plot.content_size
        assert (width, height) == (56, 16)
        assert inside(app) == [strip.text for strip in draw(loss(500), width, height)]


async def test_the_first_paint_does_not_wait_for_plotext():
    app = Shown(loss(500))
    app.plot._ready = False
    assert app.plot.render_line(0).text.strip() == ""
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        assert inside(app) == [strip.text for strip in draw(loss(500), 56, 16)]


async def test_one_more_epoch_on_fixed_axes_paints_almost_nothing():
    app = Shown(loss(5000))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app.plot.asked.clear()
        sent = [app.plot.show(loss(5001 + k)) for k in range(20)]
        await pilot.pause()
        assert sum(sent) <= 20
        assert sorted(sent)[10] == 0
        assert all(regions for regions in app.plot.asked)


async def test_partial_repaints_leave_the_screen_as_a_whole_one_would():
    app = Shown(loss(10))
    async with app.run_test(size=(70, 22)) as pilot:
        await pilot.pause()
        for epochs in (400, 900, 3000, 2500, 9999):
            app.plot.asked.clear()
            sent = app.plot.show(loss(epochs))
            await pilot.pause()
            width, height = app.plot.content_size
            assert 0 < sent < width * height / 2
            regions = [region for regions in app.plot.asked for region in regions]
            assert sum(region.area for region in regions) == sent
            assert all(region in Region(0, 0, width, height) for region in regions)
            assert inside(app) == [strip.text for strip in draw(loss(epochs), width, height)]


async def test_only_the_dirty_spans_reach_the_terminal():
    app = Shown(loss(3000))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app.plot.show(loss(3300))
        compositor = app.screen._compositor
        compositor.update_widgets({app.plot})
        update = compositor.render_partial_update()
        assert update is not None
        assert sum(end - start for _, start, end in update.spans) <= 12


async def test_an_equal_picture_paints_nothing():
    app = Shown(loss(100))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app.plot.asked.clear()
        assert app.plot.show(loss(100)) == 0
        assert app.plot.asked == []


async def test_resize_theme_and_another_kind_of_picture_draw_afresh():
    app = Shown(loss(100))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        await pilot.resize_terminal(90, 30)
        await pilot.pause()
        assert inside(app)[0].startswith("loss   ● train  ▲ validation")
        app.theme = "textual-light"
        await pilot.pause()
        assert inside(app)[0].startswith("loss   ● train  ▲ validation")
        app.plot.show(Bars((Bar("layer 1", 0.5),)))
        await pilot.pause()
        assert inside(app)[0].startswith("layer 1 █")
        await pilot.resize_terminal(6, 6)
        await pilot.pause()


async def test_axes_stay_while_the_data_is_inside():
    def chart(top):
        return Chart((Curve("loss", [0, 10], [0, top]),))

    app = Shown(chart(0.9))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        first = app.plot.limits
        app.plot.show(chart(0.5))
        assert app.plot.limits == first
        app.plot.show(chart(1.2))
        assert app.plot.limits != first
        app.plot.forget_limits()
        app.plot.show(chart(0.5))
        assert app.plot.limits.y.high == 0.6


async def test_no_colour_reaches_the_plot_when_the_environment_says_so(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    app = Shown(loss(500))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        assert look_of(app, unicode=True) == look(colours=0)
        assert len(inside(app)[5].strip()) > 0


@pytest.mark.parametrize("theme", ["textual-light", "textual-dark"])
async def test_the_ground_is_the_themes(theme):
    app = Shown(loss(500))
    async with app.run_test(size=(60, 20)) as pilot:
        app.theme = theme
        await pilot.pause()
        for y in range(3):
            assert {segment.style.bgcolor for segment in app.plot.render_line(y)} == {app.plot.rich_style.bgcolor}


def test_plotext_is_not_imported_before_something_is_drawn():
    program = "import sys, screens.plots; print('plotext' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("role", "old_role", "differs"),
    [
        ("axis", "text", False),
        ("heat:3:3", "text", True),
        ("text", "heat:3:3", True),
        ("heat:3:3", "heat:4:4", True),
        ("tint:0/text", "text", True),
        ("wrong", "text", True),
    ],
)
def test_a_blank_differs_where_its_ground_does(role, old_role, differs):
    before, after = Cells(3, 1), Cells(3, 1)
    before.roles[0][1], after.roles[0][1] = old_role, role
    assert after.changes(before) == ([(1, 0, 1)] if differs else [])
