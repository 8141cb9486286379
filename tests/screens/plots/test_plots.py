"""What plots show: extremes survive, gaps stay blank, axes are round, bars carry their numbers."""

import math
from itertools import pairwise

import numpy as np
import pytest
from drawn import ASCII, PLAIN, braille_dots, colours, rows
from rich.color import Color, ColorSystem

from screens.plots import (
    Axis,
    AxisMark,
    Bar,
    Bars,
    Chart,
    Curve,
    Look,
    cells_of,
    draw,
    fit,
    look,
    number,
    round_axis,
)
from screens.plots.rasterize import Raster, trace


def test_minimum_and_maximum_of_each_column_are_lit_where_they_belong():
    values = np.array([0.2, 0.9, 0.1, 0.5, 0.5, 1.0, 0.0, 0.7])
    spread = 0.05
    chart = Chart((Curve("", np.arange(8), values - spread, values + spread),), (0, 8), (-0.25, 1.25))
    # 4 rows and 10 columns hold no ticks, no legend: the canvas begins right of the axis line.
    lines = rows(chart, 9, 3)
    dots = braille_dots(lines, left=1)
    for x, value in enumerate(values):
        for extreme in (value - spread, value + spread):
            row = 11 - math.floor((extreme + 0.25) / 1.5 * 12)
            assert (2 * x, row) in dots


@pytest.mark.parametrize("n", [1_000, 100_000])
def test_one_outlier_among_many_points_survives(n):
    values = np.full(n, 0.5)
    values[n // 3], values[n // 2] = 1.0, 0.0
    lines = rows(Chart((Curve("", np.arange(n), values),), (0, n), (0, 1)), 60, 15)
    # No legend, axis and tick rows below: 13 rows of canvas.
    assert any(0x2800 < ord(c) < 0x2900 for c in lines[0])
    assert any(0x2800 < ord(c) < 0x2900 for c in lines[12])


def test_points_handed_to_plotext_do_not_grow_with_the_run():
    raster = Raster(60, 15)
    rng = np.random.default_rng(0)
    for n in (120, 10_000, 300_000):
        curve = Curve("", np.arange(n), rng.normal(size=n))
        assert len(trace(curve, Axis(0, n), Axis(-6, 6), raster).columns) <= 4 * 60


def test_smooth_curves_need_fewer_points_than_columns():
    x = np.linspace(0, 1, 120)
    assert len(trace(Curve("", x, np.exp(-3 * x)), Axis(0, 1), Axis(0, 1), Raster(60, 15)).columns) < 60


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_gap_is_blank_columns(bad):
    values = np.full(60, 0.5)
    values[20:30] = bad
    lines = rows(Chart((Curve("", np.arange(60), values),), (0, 60), (0, 1)), 61, 3)
    row = next(line for line in lines if any(ord(c) > 0x2800 for c in line))[1:]
    assert row[20:30].strip() == ""
    assert row[:20].strip() == row[:20]
    assert row[30:59].strip() == row[30:59]


def test_a_lone_value_between_gaps_is_marked():
    values = np.array([np.nan, 0.5, np.nan, np.nan])
    text = "".join(rows(Chart((Curve("", np.arange(4), values),), (0, 4), (0, 1)), 40, 8))
    assert text.count("●") == 1


def test_log_axis_says_how_many_points_it_leaves_out():
    values = np.array([0.0, 1.0, 10.0, -3.0, 100.0])
    lines = rows(Chart((Curve("loss", np.arange(5), values),), log_y=True))
    assert lines[0].endswith("2 points ≤ 0 not shown")
    assert "100┤" in lines[1]


def test_two_equal_curves_are_both_seen():
    x = np.linspace(0, 1, 50)
    lines = rows(Chart((Curve("a", x, x, style=0), Curve("b", x, x, style=1))))
    assert any("●" in line for line in lines[1:])
    assert any("▲" in line for line in lines[1:])


def test_the_crosshair_marks_where_each_curve_passes_it():
    x = np.linspace(0, 100, 101)
    chart = Chart((Curve("a", x, x, style=0), Curve("b", x, 100 - x, style=1)), (0, 100), (0, 100), crosshair_x=25)
    lines = rows(chart, 60, 20)
    column = lines[-2].index("┿")
    assert [line[column] for line in lines[1:-2]].count("│") > 10
    up = {line[column]: index for index, line in enumerate(lines[1:-2]) if line[column] in "●▲"}
    assert up["▲"] == pytest.approx(0.25 * 17, abs=1)
    assert up["●"] == pytest.approx(0.75 * 17, abs=1)


@pytest.mark.parametrize("height", range(12, 24))
def test_even_ticks_stand_in_even_rows(height):
    axis = Axis(1.8, 2.6)
    lines = rows(Chart((Curve("", [0, 1], [1.95, 2.55]),), y_range=(axis.low, axis.high)), 60, height)
    labelled = [index for index, line in enumerate(lines[:-1]) if line[:3].strip()]
    gaps = [b - a for a, b in pairwise(labelled)]
    assert len(gaps) >= 2
    assert max(gaps) - min(gaps) <= 1


@pytest.mark.parametrize("log_x", [False, True])
@pytest.mark.parametrize("passed", [0, 1, 30, 100, None])
def test_a_line_stands_out_up_to_where_it_has_been_passed(passed, log_x):
    x = np.linspace(1, 100, 500)
    chart = Chart((Curve("up", x, x, passed=passed),), (1, 100), (0, 101), log_x=log_x)
    axes = fit(chart)
    cells = cells_of(chart, 60, 20, Look(), axes)
    columns = {"curve:0": set(), "faint:0": set()}
    for row in cells.roles[1:-2]:
        for column, role in enumerate(row):
            columns.get(role, set()).add(column)
    stands_out, faint = columns["curve:0"], columns["faint:0"]
    whole = stands_out | faint
    assert whole == set(range(min(whole), 60)), "the line has no gap where it changes"
    share = {0: 0.0, None: 1.0}.get(passed, float(axes.x.place(np.array([passed or 0.0]))[0]))
    assert len(stands_out) == pytest.approx(share * len(whole), abs=1)
    assert not stands_out or max(stands_out) < min(faint, default=60) + 1


def test_each_point_stands_in_its_cell():
    lines = rows(Chart((Curve("", [0.05, 0.95], [0.1, 0.9], kind="points"),), (0, 1), (0, 1)), 11, 3)
    assert [line[1:] for line in lines] == ["         ●", "          ", "●         "]


def test_cursor_and_marks():
    x = np.arange(101)
    chart = Chart(
        (Curve("loss", x, 1 - x / 200),), (0, 101), (0, 1), cursor_x=50, marks=(AxisMark(70, "diverged"),)
    )
    lines = rows(chart)
    column = lines[12].index("┊")
    assert all(line[column] != " " for line in lines[1:13])
    assert lines[13][column] == "▲"
    marked = next(line for line in lines if "diverged" in line)
    assert "▼" in marked


def test_what_is_empty_says_so():
    assert any("no epoch yet" in line for line in rows(Chart(empty="no epoch yet")))
    nothing = Chart((Curve("loss", [0, 1], [np.nan, np.inf]),), empty="no epoch yet")
    assert any("no epoch yet" in line for line in rows(nothing))


def test_what_is_empty_says_all_of_it_where_there_is_room():
    told = Bars(empty="the command that installs it is written here (pip install some-package)")
    assert " ".join(" ".join(rows(told, 24, 9)).split()) == told.empty
    lines = [line.strip() for line in rows(told, 24, 2)]
    assert lines == ["the command that", "installs it is written …"]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.03, 0.97, (0, 1)),
        (0.21, 0.24, (0.21, 0.24)),
        (0, 1234, (0, 1500)),
        (-3.2, 4.1, (-4, 6)),
        (0.1, 0.1, (0, 0.2)),
    ],
)
def test_limits_are_round(low, high, expected):
    axis = round_axis(low, high)
    assert (axis.low, axis.high) == expected


def test_log_limits_are_decades():
    axis = round_axis(3e-5, 0.7, log=True)
    assert (axis.low, axis.high) == (1e-5, 1)
    assert [label for _, label in axis.ticks(8)] == ["1e-5", "1e-4", "1e-3", "0.01", "0.1", "1"]


def test_limits_stay_until_data_leaves_them_or_shrinks_far():
    first = round_axis(0, 0.9)
    assert round_axis(0.2, 0.95, previous=first) is first
    assert round_axis(0, 1.1, previous=first).high > 1
    assert round_axis(0, 0.01, previous=first).high < 0.1


@pytest.mark.parametrize(
    ("axis", "most", "expected"),
    [
        (Axis(0, 1), 5, ["0", "0.5", "1.0"]),
        (Axis(0, 1), 6, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (Axis(0, 3000), 4, ["0", "1k", "2k", "3k"]),
        (Axis(0, 10_000), 6, ["0", "2k", "4k", "6k", "8k", "10k"]),
        (Axis(0, 0.002), 3, ["0", "0.001", "0.002"]),
        (Axis(0, 2e-4), 3, ["0", "1e-4", "2e-4"]),
        (Axis(0.25, 0.75), 3, ["0.4", "0.6"]),
        (Axis(0, 5e6), 6, ["0", "1M", "2M", "3M", "4M", "5M"]),
    ],
)
def test_tick_labels_read_well(axis, most, expected):
    assert [label for _, label in axis.ticks(most)] == expected


@pytest.mark.parametrize("width", [20, 38, 60, 118, 198])
@pytest.mark.parametrize("last", [7, 100, 4321, 10_000, 2_500_000])
def test_x_tick_labels_neither_touch_nor_lose_their_ends(width, last):
    curve = Curve("loss", [0, last], [0, 1])
    row = rows(Chart((curve,), (0, last)), width, 12)[-1]
    expected = {label for most in range(1, 13) for _, label in Axis(0, last).ticks(most)}
    shown = row.split()
    assert shown
    assert set(shown) <= expected


def test_labels_give_way_before_data():
    x = np.arange(50)
    chart = Chart((Curve("loss", x, 1 + np.sin(x / 8)),), x_label="epoch", y_label="loss")
    for width, height, least in ((38, 8, 6), (20, 5, 3), (10, 3, 2), (3, 1, 1)):
        lit = [any(0x2800 < ord(c) < 0x2900 for c in line) for line in rows(chart, width, height)]
        assert sum(lit) >= least


def test_looks_use_what_the_terminal_has():
    x = np.arange(30)
    chart = Chart((Curve("a", x, x, style=0), Curve("b", x, -x, style=1)), cursor_x=3, marks=(AxisMark(9, "here"),))
    assert len(colours(draw(chart, 60, 15, Look()))) >= 5
    assert colours(draw(chart, 60, 15, PLAIN)) == set()
    for dark in (True, False):
        sixteen = look(dark=dark, colours=16)
        used = [Color.parse(name).downgrade(ColorSystem.STANDARD) for name in (*sixteen.curves, sixteen.warning)]
        assert len({colour.number for colour in used}) == len(used)
    assert "".join(rows(chart, 60, 15, ASCII)).isascii()
    assert not "".join(rows(chart, 60, 15, PLAIN)).isascii()


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("dark", "ground"), [(True, "#1e1e1e"), (False, "#e0e0e0")])
def test_every_colour_has_the_contrast_of_graphics(dark, ground):
    appearance = look(dark=dark)
    for colour in (
        *appearance.curves,
        *appearance.ramp,
        appearance.text,
        appearance.axis,
        appearance.warning,
    ):
        low, high = sorted((luminance(colour), luminance(ground)))
        assert (high + 0.05) / (low + 0.05) >= 3, colour  # WCAG 2.1, success criterion 1.4.11


def test_bars_are_as_long_as_their_values_and_carry_their_numbers():
    bars = Bars(
        (Bar("w1", 1.0), Bar("w2", 0.5), Bar("w3", 0.0), Bar("w4", np.nan), Bar("w5", np.inf)), limits=(0, 1)
    )
    lines = rows(bars, 31, 5)
    lengths = [line.count("█") for line in lines]
    assert lengths[0] == 2 * lengths[1] == lengths[4]
    assert lengths[2] == lengths[3] == 0
    assert [line.split()[-1] for line in lines] == ["1", "0.5", "0", "NaN", "inf"]


def test_log_bars_grow_by_equal_steps_and_notes_warn():
    bars = Bars(tuple(Bar(f"layer {k}", 10.0**-k) for k in range(4)), log=True, limits=(1e-4, 1))
    lengths = [line.count("█") for line in rows(bars, 60, 4)]
    steps = -np.diff(lengths)
    assert max(steps) - min(steps) <= 1
    strips = draw(Bars((Bar("layer 1", 3.2e-9, "vanishing"),), log=True), 60, 2, Look())
    assert "3.2e-9 vanishing" in strips[0].text
    assert Look().warning in colours(strips)


def test_bars_without_room_are_counted():
    lines = rows(Bars(tuple(Bar(f"layer {k}", 1.0) for k in range(9))), 30, 4)
    assert lines[-1].strip() == "+6 more"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.5, "0.5"), (1e-4, "1e-4"), (3.21e-9, "3.21e-9"), (12345.0, "1.23e4"), (1234.0, "1234")],
)
def test_numbers_for_reading(value, text):
    assert number(value) == text


def test_limits_of_one_kind_are_refused_for_another():
    with pytest.raises(TypeError, match="no limits of Bars"):
        draw(Bars((Bar("a", 1.0),)), 20, 5, limits=fit(Chart()))


def test_curves_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="'loss': x, low and high differ in length"):
        Curve("loss", [1, 2], [1])


def test_second_readings_of_bars_stand_below_each_other():
    bars = (Bar("a", 0.5, beside="ratio 1"), Bar("b", 1.25e-7, "vanishing", beside="ratio 2"))
    first, second = (strip.text for strip in draw(Bars(bars, log=True), 60, 2, Look()))
    assert first.index("ratio") == second.index("ratio")


def test_marks_of_one_column_do_not_hide_each_other():
    steps = np.arange(9.0)
    marks = tuple(AxisMark(4.0, "a label that has no room beside it", glyph, plain="+") for glyph in "▼±≠")
    rows = [strip.text for strip in draw(Chart((Curve("loss", steps, steps),), marks=marks), 30, 12, Look())]
    assert {glyph for glyph in "▼±≠" if any(glyph in row for row in rows)} == set("▼±≠")


def test_a_log_axis_reaches_from_the_smallest_numbers_to_the_others():
    axis = round_axis(5e-319, 1.0, log=True)
    assert axis.low <= 1e-299
    assert axis.high == 1.0
