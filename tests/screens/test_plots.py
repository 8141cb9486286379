"""What plots show: extremes survive, gaps stay blank, axes are round, markers tell curves apart."""

import math
import re
from itertools import pairwise

import numpy as np
import pytest
from rich.cells import cell_len
from rich.color import Color, ColorSystem
from rich.style import Style

from screens.panes.events import GLYPHS as EVENTS
from screens.plots import (
    Arrow,
    Axis,
    Bar,
    Bars,
    Chart,
    Contours,
    Curve,
    Look,
    Mark,
    cells_of,
    draw,
    fit,
    look,
    number,
    round_axis,
    scatter,
)
from screens.plots.arrows import TIPS
from screens.plots.canvas import STYLES
from screens.plots.cells import Ink
from screens.plots.chart import draw_chart, fit_axes
from screens.plots.contours import levels_of
from screens.plots.legend import legend_of, mark_glyph
from screens.plots.trace import Raster, trace

PLAIN = look(colours=0)
ASCII = look(colours=0, unicode=False)


def rows(picture, width=60, height=15, appearance=PLAIN, limits=None):
    return [strip.text for strip in draw(picture, width, height, appearance, limits)]


def braille_dots(lines, left):
    """The lit dots (column, row from above) of the canvas that begins at column `left`."""
    found = set()
    places = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
    for y, line in enumerate(lines):
        for x, char in enumerate(line[left:]):
            bits = ord(char) - 0x2800
            if 0 <= bits < 256:
                found |= {(2 * x + dx, 4 * y + dy) for i, (dx, dy) in enumerate(places) if bits >> i & 1}
    return found


# Curves


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


def test_curves_differ_by_glyph_on_the_plot_and_in_the_legend():
    x = np.arange(100)
    names = ("train", "validation", "test")
    chart = Chart(tuple(Curve(n, x, x * (k + 1.0), style=k) for k, n in enumerate(names)))
    for appearance, glyphs in ((PLAIN, "●▲■"), (ASCII, "oxv")):
        lines = rows(chart, 60, 15, appearance)
        for name, glyph in zip(names, glyphs, strict=True):
            assert f"{glyph} {name}" in lines[0]
            assert any(glyph in line for line in lines[1:-2])


def test_two_equal_curves_are_both_seen():
    x = np.linspace(0, 1, 50)
    lines = rows(Chart((Curve("a", x, x, style=0), Curve("b", x, x, style=1))))
    assert any("●" in line for line in lines[1:])
    assert any("▲" in line for line in lines[1:])


def test_legend_is_cut_sensibly():
    curves = tuple(Curve(f"variant number {k}", [0, 1], [k, k], style=k) for k in range(4))
    wide = rows(Chart(curves), 100, 12)[0]
    assert all(f"variant number {k}" in wide for k in range(4))
    narrow = rows(Chart(curves), 38, 8)[:2]
    assert all(len(row) == 38 for row in narrow)
    assert all(f"ber {k}" in " ".join(narrow) for k in range(4))
    tiny = rows(Chart(curves), 20, 5)[0]
    assert "●" in tiny


def test_hollow_markers_are_told_once_and_other_runs_give_way_to_the_one_in_focus():
    names = ["adam", "momentum-with-a-name", "adagrad", "nesterov", "gradient-descent", "lion"]

    def paired(focus):
        for style, name in enumerate(names):
            for told, hollow in ((name, ""), ("", "validation")):
                yield Curve(told, [0, 1], [style, style], style=style, dim=style != focus, hollow=hollow)

    wide = rows(Chart(tuple(paired(0))), 110, 6)[0]
    assert wide.count("validation") == 1
    assert "○△… validation" in wide
    narrow = rows(Chart(tuple(paired(4))), 48, 6)[0]
    assert "gradient-descent" in narrow  # whole
    assert "● adam  " in narrow
    assert "+4 more: v" in narrow
    assert "…" not in narrow.replace("○△…", "")
    plain = "".join(draw_chart(Chart(tuple(paired(0))), 110, 6, ASCII, fit_axes(Chart(tuple(paired(0))))).chars[0])
    assert "OX~ validation" in plain
    assert plain.isascii()


def test_what_is_not_in_focus_is_drawn_behind_it_in_a_darker_tone():
    x = np.linspace(0, 1, 50)
    chart = Chart((Curve("front", x, x, style=0), Curve("behind", x, x, style=1, dim=True)))
    cells = draw_chart(chart, 60, 14, Look(), fit_axes(chart))
    drawn = [
        (char, role)
        for chars, roles in zip(cells.chars[1:], cells.roles[1:], strict=True)
        for char, role in zip(chars, roles, strict=True)
        if role.partition(":")[0] in ("curve", "dim", "faint")
    ]
    assert {char for char, role in drawn if role == "dim:1"} == {"▲"}  # of its line nothing is on top
    assert {role for _, role in drawn} == {"curve:0", "dim:1"}
    ground = Style(bgcolor="#000000")
    bright, dark = (Ink(Look(), ground)[role].color.triplet for role in ("curve:1", "dim:1"))
    assert all(0.5 * a <= b < a for a, b in zip(bright, dark, strict=True) if a)
    assert Ink(ASCII, ground)["dim:1"].dim  # without colours, the terminal's own


def test_a_legend_takes_rows_before_it_cuts_names():
    names = ["sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "amsgrad", "adamw", "lion"]
    curves = tuple(Curve(name, [0, 1], [k, k], style=k) for k, name in enumerate(names))
    top = " ".join(rows(Chart(curves), 38, 30)[:4]).split()
    assert top[1 : 2 * len(names) : 2] == names  # a marker before each
    assert "+" not in " ".join(rows(Chart(curves), 38, 16)[:3])


def test_what_marks_mean_stands_in_the_legend_by_their_glyph():
    x = np.linspace(0, 100, 101)
    marks = (
        Mark(30, "rate = 1", "±", "changed", "~"),
        Mark(60, "", "★", "best", "*"),
        Mark(90, "", "★", "best", "*"),
    )
    lines = rows(Chart((Curve("loss", x, 1 - x / 200),), (0, 101), (0, 1), marks=marks), 60, 16)
    assert "± changed" in lines[0]
    assert lines[0].count("★ best") == 1
    assert "".join(lines[1:]).count("★") == 2
    plain = draw(Chart((Curve("loss", x, x),), (0, 101), (0, 101), marks=marks), 60, 16, look(unicode=False))
    assert "~ changed" in plain[0].text


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


def map_of(*arrows, curves=(), size=(48, 20), y_range=(-1.0, 1.0), **look_of):
    """The legend and the canvas of a flat map with arrows on it, and its axes' place of a value."""
    values = np.add.outer(np.linspace(0, 1, 9), np.linspace(0, 1, 9))
    picture = Contours(values, (-1.0, 1.0), y_range, levels=(), curves=curves, arrows=arrows)
    lines = [strip.text for strip in draw(picture, *size, look(**look_of))]
    framed = [(index, re.match(r"[-\d. ]*[│┤|+](.*)", line)) for index, line in enumerate(lines[:-2])]
    canvas = [match[1] for _, match in framed if match]
    return " ".join(lines[: next(index for index, match in framed if match)]), canvas


def found(canvas, text):
    """Where a text stands, as (x, y) of the map's -1 to 1."""
    row = next(index for index, line in enumerate(canvas) if text in line)
    width, height = len(canvas[0]), len(canvas)
    return 2 * (canvas[row].index(text) + 0.5) / width - 1, 1 - 2 * (row + 0.5) / height


def test_arrows_are_as_long_as_what_they_stand_for():
    arrows = (Arrow("step", -0.5, -0.5, 0.6, 0.0, "s"), Arrow("-gradient", 0.0, 0.0, 0.0, 0.7, "g"))
    legend, canvas = map_of(*arrows)
    assert legend.startswith("to scale: s step  g -gradient")
    assert found(canvas, "→s") == pytest.approx((0.1, -0.5), abs=0.07)
    assert found(canvas, "↑") == pytest.approx((0.0, 0.7), abs=0.07)


@pytest.mark.parametrize(("width", "height", "told"), [
    (50, 20, "y one two three four five focus to scale: g -gradient s step"),
    (32, 10, "one focus +4 more: v to scale: g -gradient s step"),
    (24, 10, "focus +5 more: v to scale: g -gradient"),
    (20, 4, "focus +5 more: v"),
])  # fmt: skip
def test_what_is_essential_comes_before_the_names_of_what_is_not_in_focus(width, height, told):
    names = ("one", "two", "three", "four", "five")
    curves = [Curve(name, [0.5], [0.5], style=index, kind="points", dim=True) for index, name in enumerate(names)]
    curves.append(Curve("focus", [0.5], [0.5], style=5, kind="points"))
    essential = [("to scale: g", "-gradient", "cursor"), ("s", "step", "cursor")]
    found = legend_of("y", curves, ASCII, width, height, essential=essential)
    markers = {ASCII.glyph(style) for style in range(6)}
    assert " ".join(text for _, _, text, _ in found.texts if text not in markers) == told


def test_a_value_alone_is_named_by_the_marker_that_is_drawn_for_it():
    for values, marker in (([0.5], "●"), ([0.5, 0.4], "━")):
        found = legend_of("y", [Curve("a", range(len(values)), values)], Look(), 40, 20)
        assert [text for _, _, text, _ in found.texts] == ["y", marker, "a"]


def test_an_arrow_that_leads_out_of_the_map_says_so():
    legend, canvas = map_of(Arrow("-gradient", 0.0, 0.0, 40.0, 0.0, "g"), Arrow("step", 0.0, 0.0, 0.4, 0.0, "s"))
    assert "g… -gradient beyond" in legend
    assert "s step" in legend
    assert next(line for line in canvas if "→g" in line).endswith("→g…")
    assert found(canvas, "→s") == pytest.approx((0.4, 0.0), abs=0.1)


def test_arrows_too_short_to_be_seen_are_directions_and_share_what_they_have_in_common():
    arrows = [
        Arrow(name, 0.0, 0.0, size, 0.0, letter)
        for name, letter, size in (("-gradient", "g", 0.5), ("step", "s", 1e-3))
    ]
    legend, canvas = map_of(*arrows, Arrow("-momentum", 0.0, 0.0, 0.0, 0.01, "m"))
    assert legend.split() == ["directions", "only:", "g", "-gradient", "s", "step", "m", "-momentum"]
    assert any("→gs" in line for line in canvas)
    (x, y), (across, up) = found(canvas, "→gs"), found(canvas, "↑m")
    assert (y, across) == pytest.approx((0.0, 0.0), abs=0.07)
    # As long as each other for an eye: a cell is twice as tall as it is wide.
    assert x * len(canvas[0]) == pytest.approx(2 * up * len(canvas), rel=0.3)


def test_what_is_not_drawn_is_not_in_the_legend():
    none = (Arrow("-momentum", 0.0, 0.0, 0.0, 0.0, "m"), Arrow("away", 3.0, 0.0, 1.0, 0.0, "a"),
            Arrow("diverged", 0.0, 0.0, np.nan, 0.0, "d"))  # fmt: skip
    legend, canvas = map_of(*none, Arrow("step", 0.0, 0.0, 0.5, 0.0, "s"))
    assert legend.split() == ["to", "scale:", "s", "step"]
    assert [char for char in "".join(canvas) if char in TIPS] == ["→"]
    assert map_of(*none)[0].strip() == ""


@pytest.mark.parametrize("unicode", [True, False])
def test_an_arrow_leaves_points_and_the_end_of_a_path_to_be_seen(unicode):
    curves = (scatter("exact", [0.25], [0.0], 3), Curve("way", [0.9, 0.5], [0.0, 0.0], kind="path"))
    drawn = draw(
        Contours(np.eye(3), (-1, 1), (-1, 1), levels=(), curves=curves, arrows=(Arrow("step", 0, 0, 0.5, 0, "s"),)),
        60, 21, look(unicode=unicode),
    )  # fmt: skip
    drawn = "".join(strip.text for strip in drawn[1:])
    assert all(glyph in drawn for glyph in ("◆●○s·" if unicode else "+oSs."))


def test_a_map_whose_axes_differ_says_how_much():
    assert "stretched" not in map_of()[0]
    legend, canvas = map_of(y_range=(-10.0, 10.0))
    told = re.search(r"stretched ([\d.]+)× across", legend)
    # A unit across is so many columns, one upwards so many rows, which are twice as tall as columns are wide.
    assert float(told[1]) == pytest.approx(len(canvas[0]) / 2 / (2 * len(canvas) / 20), rel=0.05)
    assert "x upwards" in map_of(unicode=False, y_range=(-0.01, 0.01))[0]


@pytest.mark.parametrize("colours", [0, 16, 1 << 24])
def test_a_path_differs_from_level_lines_without_colour(colours):
    path = Curve("way", np.linspace(-1.5, 3.5, 40), np.linspace(-5, 7, 40), kind="path")
    picture = bowl()
    shown = Contours(picture.values, (-2, 4), (-6, 8), levels=(2.0,), curves=(path,))
    text = "".join(strip.text for strip in draw(shown, 60, 20, look(colours=colours)))
    assert "○─● way" in text
    blocks, dots = sum(text.count(one) for one in "▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"), len(re.findall("[\u2801-\u28ff]", text))
    assert 15 < blocks < 70
    assert dots > 20


def test_a_path_that_crowds_is_drawn_in_dots_with_a_bead_at_each_step():
    ends = np.arange(8)
    zigzag = Curve("way", np.where(ends % 2, 0.8, -0.8), 0.05 * ends, kind="path")
    _, canvas = map_of(curves=(zigzag,))
    text = "".join(canvas)
    assert not set(text) & set("▘▝▀▖▌▞▛▗▚▐▜▄▙▟█")
    rows_of_beads = [y for y, line in enumerate(canvas) if "•" in line]
    assert text.count("•") >= len(rows_of_beads) >= 2
    assert all(abs(abs(2 * (x + 0.5) / len(line) - 1) - 0.8) < 0.06
               for line in canvas for x, char in enumerate(line) if char == "•")  # fmt: skip


def test_scatter_puts_each_point_in_its_cell():
    lines = rows(Chart((scatter("", [0.05, 0.95], [0.1, 0.9]),), (0, 1), (0, 1)), 11, 3)
    assert [line[1:] for line in lines] == ["         ●", "          ", "●         "]


def test_cursor_and_marks():
    x = np.arange(101)
    chart = Chart((Curve("loss", x, 1 - x / 200),), (0, 101), (0, 1), cursor_x=50, marks=(Mark(70, "diverged"),))
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


# Axes


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


# Looks


def colours(strips):
    return {s.style.color.name for strip in strips for s in strip if s.style and s.style.color}


def test_looks_use_what_the_terminal_has():
    x = np.arange(30)
    chart = Chart((Curve("a", x, x, style=0), Curve("b", x, -x, style=1)), cursor_x=3, marks=(Mark(9, "here"),))
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


# Bars


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


# Contours


def bowl(n=81):
    s, i = np.meshgrid(np.linspace(-2, 4, n), np.linspace(-6, 8, n))
    return Contours((s - 1) ** 2 + (i - 1) ** 2 / 4, (-2, 4), (-6, 8), levels=(2.0,))


def test_a_contour_runs_where_the_function_has_its_level():
    lines = rows(bowl(), 61, 22)
    assert lines[0].split() == ["stretched", "3.6×", "across"]
    canvas = [line[3:] for line in lines[1:20]]
    dots = braille_dots(canvas, left=0)
    columns, height = 2 * len(canvas[0]), 4 * 19
    assert len(dots) > 60
    for column, row in dots:
        s = -2 + (column + 0.5) / columns * 6
        i = 8 - (row + 0.5) / height * 14
        # A dot is 0.05 wide and 0.18 high; on the ellipse the function changes by at most 3 a unit of s.
        assert abs((s - 1) ** 2 + (i - 1) ** 2 / 4 - 2) < 0.4
    assert any("2" in line for line in canvas)


def test_paths_and_points_lie_over_contours():
    picture = bowl()
    path = Curve("gradient descent", [-2, 0, 1], [8, 3, 1], style=1, kind="path")
    picture = Contours(
        picture.values,
        (-2, 4),
        (-6, 8),
        None,
        (path, scatter("least squares", [1], [1], 3)),
        "slope",
        "intercept",
    )
    lines = rows(picture, 60, 20)
    assert "▲ gradient descent" in lines[0]
    assert "slope →" in lines[-1]
    assert any("○" in line for line in lines)
    assert sum(line.count("◆") for line in lines) == 2


def test_automatic_levels_are_few_and_inside():
    values = bowl().values
    levels = levels_of(values)
    assert 3 <= len(levels) <= 8
    assert all(values.min() < level < values.max() for level in levels)
    assert levels_of(np.zeros((3, 3))) == ()
    assert levels_of(np.full((3, 3), np.nan)) == ()


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
    marks = tuple(Mark(4.0, "a label that has no room beside it", glyph, plain="+") for glyph in "▼±≠")
    rows = [strip.text for strip in draw(Chart((Curve("loss", steps, steps),), marks=marks), 30, 12, Look())]
    assert {glyph for glyph in "▼±≠" if any(glyph in row for row in rows)} == set("▼±≠")


MANY = [f"{way}-{dimensions}" for dimensions in (2, 3, 9, 65) for way in ("grid", "gradient", "guess")]


@pytest.mark.parametrize(("width", "height"), [(36, 7), (36, 8), (36, 17), (48, 8), (20, 30), (60, 20), (12, 8)])
def test_no_two_names_of_a_legend_read_alike_and_those_without_room_are_counted(width, height):
    curves = [Curve(name, np.arange(2.0), np.arange(2.0), style=style) for style, name in enumerate(MANY)]
    told = legend_of("loss", curves, Look(), width, height)
    texts = [text for _, _, text, role in told.texts if role.startswith("curve:") and len(text) > 1]
    assert len(set(texts)) == len(texts) > 0
    counted = [int(text) for *_, text, role in told.texts if role == "axis" and text.startswith("+")]
    assert len(texts) + sum(counted) == len(MANY)
    for (row, column, text, _), (below, right, *_) in pairwise(sorted(told.texts)):
        assert below > row or right > column + len(text)


@pytest.mark.parametrize("appearance", [Look(), ASCII])
def test_runs_and_their_validation_have_markers_of_their_own_that_no_event_has(appearance):
    glyphs = [appearance.glyph(style, hollow) for style in range(11) for hollow in (False, True)]
    of_events = {mark_glyph(Mark(0.0, "", glyph, plain=plain), appearance) for glyph, plain, _ in EVENTS.values()}
    assert len({*glyphs, *of_events}) == 22 + len(EVENTS)
    assert all(cell_len(glyph) == 1 for glyph in glyphs)
    looks = [(appearance.glyph(style), style % 6) for style in range(STYLES)]
    assert len(set(looks)) == STYLES
