"""Contours with arrows, paths and points over them."""

import re

import numpy as np
import pytest
from drawn import bowl, braille_dots, found, rows

from screens.plots import Arrow, Contours, Curve, draw, look
from screens.plots.arrows import TIPS
from screens.plots.contours import levels_of


def map_of(*arrows, curves=(), size=(48, 20), y_range=(-1.0, 1.0), **look_of):
    """The legend and the canvas of a flat map with arrows on it, and its axes' place of a value."""
    values = np.add.outer(np.linspace(0, 1, 9), np.linspace(0, 1, 9))
    picture = Contours(values, (-1.0, 1.0), y_range, levels=(), curves=curves, arrows=arrows)
    lines = [strip.text for strip in draw(picture, *size, look(**look_of))]
    framed = [(index, re.match(r"[-\d. ]*[│┤|+](.*)", line)) for index, line in enumerate(lines[:-2])]
    canvas = [match[1] for _, match in framed if match]
    return " ".join(lines[: next(index for index, match in framed if match)]), canvas


def test_arrows_are_as_long_as_what_they_stand_for():
    arrows = (Arrow("step", -0.5, -0.5, 0.6, 0.0, "s"), Arrow("-gradient", 0.0, 0.0, 0.0, 0.7, "g"))
    legend, canvas = map_of(*arrows)
    assert legend.startswith("arrows: s step  g -gradient")
    assert found(canvas, "→s") == pytest.approx((0.1, -0.5), abs=0.07)
    assert found(canvas, "↑") == pytest.approx((0.0, 0.7), abs=0.07)


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
    assert legend.split() == ["arrows,", "directions", "only:", "g", "-gradient", "s", "step", "m", "-momentum"]
    assert any("→gs" in line for line in canvas)
    (x, y), (across, up) = found(canvas, "→gs"), found(canvas, "↑m")
    assert (y, across) == pytest.approx((0.0, 0.0), abs=0.07)
    # As long as each other for an eye: a cell is twice as tall as it is wide.
    assert x * len(canvas[0]) == pytest.approx(2 * up * len(canvas), rel=0.3)


def test_what_is_not_drawn_is_not_in_the_legend():
    none = (Arrow("-momentum", 0.0, 0.0, 0.0, 0.0, "m"), Arrow("away", 3.0, 0.0, 1.0, 0.0, "a"),
            Arrow("diverged", 0.0, 0.0, np.nan, 0.0, "d"))  # fmt: skip
    legend, canvas = map_of(*none, Arrow("step", 0.0, 0.0, 0.5, 0.0, "s"))
    assert legend.split() == ["arrows:", "s", "step"]
    assert [char for char in "".join(canvas) if char in TIPS] == ["→"]
    assert map_of(*none)[0].strip() == ""


@pytest.mark.parametrize("unicode", [True, False])
def test_an_arrow_leaves_points_and_the_end_of_a_path_to_be_seen(unicode):
    curves = (
        Curve("exact", [0.25], [0.0], style=3, kind="points"),
        Curve("way", [0.9, 0.5], [0.0, 0.0], kind="path"),
    )
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
        (path, Curve("least squares", [1], [1], style=3, kind="points")),
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
