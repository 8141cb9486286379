"""Curves are curves: what jumps from batch to batch is a smooth line on a shade, and a row of layers is a ramp."""

import numpy as np
import pytest
from rich.style import Style

from nnsim.scenario import catalog
from nnsim.session.session import Session
from nnsim.timeline import Cursor
from screens.panes.curves import series_curves
from screens.panes.gradients import GradientsPane, shade_of
from screens.plots import Bar, Bars, Chart, Curve, draw, look
from screens.plots.canvas import DASH, layer_role
from screens.plots.cells import TINT, Ink
from screens.plots.chart import draw_chart, fit_axes
from screens.plots.plot_style import LAYER_TONES

GROUND = Style.parse("on #16161e")


@pytest.fixture(scope="module")
def batches():
    """The digits in batches, at their third epoch."""
    session = Session.of_scenario(catalog.read("digits"), "adam")
    session.motion.head_for(Cursor(3 * 45))
    while (track := session.training.lagging()) is not None:
        session.training.train(track, 100)
    session.motion.keep_up()
    return session


def chart_of(session, columns=70, log=True):
    curves = series_curves(session.view, "loss", columns)
    return Chart(tuple(curves), x_range=(0.0, 3.0), log_y=log, x_label="epoch", y_label="loss")


def test_a_figure_of_batches_is_a_line_within_the_middle_of_its_steps(batches):
    (curve,) = series_curves(batches.view, "loss", 70)
    losses = batches.focused.timeline.series["loss"].values(0, 135)
    assert (curve.low <= curve.middle).all()
    assert (curve.middle <= curve.top).all()
    steps = np.rint(curve.x * 45).astype(int)
    low, high = (np.interp(np.arange(1, 136), steps, one) for one in (curve.low, curve.top))
    inside = ((low <= losses) & (losses <= high)).mean()
    assert 0.6 < inside < 0.95  # about eight of ten
    jumps = np.abs(np.diff(losses)).mean()
    assert np.abs(np.diff(curve.middle)).mean() < 0.4 * jumps


def test_the_line_is_thin_and_its_shade_has_no_glyphs(batches):
    chart = chart_of(batches)
    cells = draw_chart(chart, 76, 20, look(), fit_axes(chart))
    drawn = [
        [y for y in range(1, 18) if cells.chars[y][x] not in " │┊▲" and cells.roles[y][x].endswith("curve:0")]
        for x in range(8, 74)
    ]
    assert np.mean([len(one) for one in drawn]) < 2.5
    shaded = [role for row in cells.roles for role in row if role.startswith(TINT)]
    assert len(shaded) > 66
    blank = [
        x for row, roles in zip(cells.chars, cells.roles, strict=True)
        for x, (char, role) in enumerate(zip(row, roles, strict=True)) if char == " " and role.startswith(TINT)
    ]  # fmt: skip
    assert blank


def test_a_shade_has_no_gaps_where_steps_are_columns_apart():
    x = np.arange(0.0, 1.01, 0.1)
    curve = Curve("a", x, 0.2 + 0.0 * x, 0.8 + 0.0 * x, middle=0.5 + 0.0 * x)
    chart = Chart((curve,), x_range=(0.0, 1.0), y_range=(0.0, 1.0))
    cells = draw_chart(chart, 60, 12, look(), fit_axes(chart))
    for roles in cells.roles[4:7]:
        shaded = [column for column, role in enumerate(roles) if role.startswith(TINT)]
        assert shaded == [*range(shaded[0], shaded[-1] + 1)]
        assert len(shaded) > 50


@pytest.mark.parametrize(("colours", "tinted"), [(1 << 24, True), (16, False), (1, False)])
def test_the_shade_is_a_ground_where_there_are_colours_and_nothing_elsewhere(colours, tinted):
    ink = Ink(look(colours=colours), GROUND)
    plain, shaded = ink["curve:0"], ink[f"{TINT}0/curve:0"]
    assert shaded.color == plain.color
    assert (shaded.bgcolor != plain.bgcolor) == tinted


def test_all_rows_at_once_are_drawn_as_they_are(batches):
    session = Session.of_scenario(catalog.read("xor"), "article")
    session.motion.head_for(Cursor(300))
    while (track := session.training.lagging()) is not None:
        session.training.train(track, 300)
    session.motion.keep_up()
    (curve,) = series_curves(session.view, "loss", 70)
    assert curve.middle is None
    (validation,) = series_curves(batches.view, "validation_loss", 70)  # once in an epoch
    assert validation.middle is None


def test_a_run_that_diverges_among_its_batches_ends_where_it_does(batches):
    series = batches.focused.timeline.series["loss"].truncated(135)
    series.append(np.array([np.nan] * 20))
    track = batches.focused
    before, track.timeline.series["loss"] = track.timeline.series["loss"], series
    try:
        (curve,) = series_curves(batches.view, "loss", 70)
    finally:
        track.timeline.series["loss"] = before
    assert np.isfinite(curve.middle[:50]).all()


def test_validation_is_dashed_and_training_is_not():
    x = np.linspace(0.0, 1.0, 200)
    for hollow in ("", "validation"):
        chart = Chart((Curve("v", x, 0.5 + 0.0 * x, hollow=hollow),), x_range=(0.0, 1.0), y_range=(0.0, 1.0))
        cells = draw_chart(chart, 60, 12, look(), fit_axes(chart))
        row = next(row for row in cells.chars if sum(ord(char) >= 0x2800 for char in row) > 20)
        left = row.index("│") + 1 if "│" in row else row.index("┤") + 1
        gaps = [index for index, char in enumerate(row[left:]) if char == " "]
        assert gaps == ([*range(DASH - 1, len(row) - left, DASH)] if hollow else []), hollow


def test_layers_run_from_dark_to_light_from_the_first_to_the_last():
    layers = tuple(f"layer{number}" for number in range(1, 9))
    style = look().style
    found = [style(layer_role(shade_of(index, layers))).color.triplet for index in range(8)]
    lightness = [0.2126 * one.red + 0.7152 * one.green + 0.0722 * one.blue for one in found]
    assert lightness == sorted(lightness)
    assert len(set(found)) == LAYER_TONES
    sixteen = [look(colours=16).style(layer_role(shade_of(index, layers))).color for index in range(8)]
    assert len({one.name for one in sixteen}) == 3
    assert sixteen[0] not in sixteen[1:]
    assert sixteen[-1] not in sixteen[:-1]


def test_the_bars_of_gradients_keep_the_scale_of_the_whole_run():
    session = Session.of_scenario(catalog.read("vanishing-gradients"), "sigmoid")
    session.motion.head_for(Cursor(60))
    while (track := session.training.lagging()) is not None:
        session.training.train(track, 60)
    session.motion.keep_up()
    pane, layers = GradientsPane(), session.focused.timeline.layers
    scales = {pane.whole_scale(session.view.at(Cursor(step)), layers) for step in (1, 20, 60)}
    (scale,) = scales
    series = [session.focused.timeline.series[f"gradient:{layer}"].values(0, 60) for layer in layers]
    assert scale[0] <= min(one.min() for one in series)
    assert scale[1] >= max(one.max() for one in series)
    drawn = draw(Bars((Bar("layer1", 1e-3),), log=True, limits=scale, unit="L2 norm"), 60, 4)
    assert "L2 norm LOG" in "".join(strip.text for strip in drawn)


def test_an_axis_that_is_logarithmic_says_so():
    x = np.arange(1.0, 50.0)
    for log in (False, True):
        chart = Chart(
            (Curve("a", x, 1.0 / x), Curve("b", x, 2.0 / x, style=1)),
            log_y=log,
            log_x=log,
            x_label="epoch",
            y_label="loss",
        )
        text = "\n".join(strip.text for strip in draw(chart, 60, 14))
        assert ("loss LOG" in text) == log
        assert ("epoch LOG →" in text) == log
