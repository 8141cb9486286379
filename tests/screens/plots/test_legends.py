"""Legends: curves and marks told apart by glyph and name, in the room there is."""

from itertools import pairwise

import numpy as np
import pytest
from drawn import ASCII, PLAIN, rows
from rich.cells import cell_len
from rich.style import Style

from screens.panes.event_marks import GLYPHS as EVENTS
from screens.plots import AxisMark, Chart, Curve, Look, draw, look
from screens.plots.canvas import STYLES
from screens.plots.cells import Ink
from screens.plots.chart import draw_chart, fit_axes
from screens.plots.legend import legend_of, mark_glyph


def test_curves_differ_by_glyph_on_the_plot_and_in_the_legend():
    x = np.arange(100)
    names = ("train", "validation", "test")
    chart = Chart(tuple(Curve(n, x, x * (k + 1.0), style=k) for k, n in enumerate(names)))
    for appearance, glyphs in ((PLAIN, "●▲■"), (ASCII, "oxv")):
        lines = rows(chart, 60, 15, appearance)
        for name, glyph in zip(names, glyphs, strict=True):
            assert f"{glyph} {name}" in lines[0]
            assert any(glyph in line for line in lines[1:-2])


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
        AxisMark(30, "rate = 1", "±", "changed", "~"),
        AxisMark(60, "", "★", "best", "*"),
        AxisMark(90, "", "★", "best", "*"),
    )
    lines = rows(Chart((Curve("loss", x, 1 - x / 200),), (0, 101), (0, 1), marks=marks), 60, 16)
    assert "± changed" in lines[0]
    assert lines[0].count("★ best") == 1
    assert "".join(lines[1:]).count("★") == 2
    plain = draw(Chart((Curve("loss", x, x),), (0, 101), (0, 101), marks=marks), 60, 16, look(unicode=False))
    assert "~ changed" in plain[0].text


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
    of_events = {
        mark_glyph(AxisMark(0.0, "", glyph, plain=plain), appearance) for glyph, plain, _ in EVENTS.values()
    }
    assert len({*glyphs, *of_events}) == 22 + len(EVENTS)
    assert all(cell_len(glyph) == 1 for glyph in glyphs)
    looks = [(appearance.glyph(style), style % 6) for style in range(STYLES)]
    assert len(set(looks)) == STYLES


@pytest.mark.parametrize(("width", "height"), [(38, 12), (76, 19), (120, 30)])
def test_a_logarithmic_axis_says_so_however_many_curves_there_are(width, height):
    x = np.arange(1, 50)
    curves = tuple(
        Curve(f"optimizer number {style}", x, np.exp(-x / (9 + style)), style=style, dim=style > 0)
        for style in range(11)
    )
    for log in (True, False):
        shown = [
            strip.text for strip in draw(Chart(curves, log_y=log, y_label="loss", x_label="epoch"), width, height)
        ]
        assert any("LOG" in line for line in shown) == log
