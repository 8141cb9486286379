"""Names of curves stand at their ends where all have room, and cover nothing."""

from dataclasses import replace

import numpy as np
import pytest

from screens.plots import Chart, Curve
from screens.plots.draw import cells_of, fit
from screens.plots.plot_style import look

LOOKS = [look(dark=True, colours=1 << 24, unicode=True), look(dark=True, colours=0, unicode=False)]


def chart_of(*curves, **given):
    return Chart(curves, x_range=(0.0, 100.0), y_label="loss", named_at_ends=True, **given)


def line(name, last, values, style):
    x = np.arange(last + 1.0)
    return Curve(name, x, np.interp(x, np.linspace(0.0, last, len(values)), values), style=style)


def rows_of(chart, width=78, height=22, drawn_with=LOOKS[0]):
    return ["".join(row) for row in cells_of(chart, width, height, drawn_with, fit(chart)).chars]


@pytest.mark.parametrize("drawn_with", LOOKS)
def test_names_stand_beside_the_last_points_and_leave_the_legend(drawn_with):
    chart = chart_of(line("training", 40, [4.0, 1.0], 0), line("validation", 40, [4.0, 3.0], 1))
    rows = rows_of(chart, drawn_with=drawn_with)
    upper, lower = (next(y for y, row in enumerate(rows) if name in row) for name in ("validation", "training"))
    assert rows[0].strip() == "loss"
    assert 0 < upper < lower
    assert 33 < rows[upper].index("validation") < 40 > rows[lower].index("training") > 33


def test_names_above_and_below_lines_that_end_at_the_edge():
    rows = rows_of(chart_of(line("training", 100, [4.0, 1.0, 1.0], 0), line("validation", 100, [4.0, 3.0, 3.0], 1)))
    assert rows[0].strip() == "loss"
    assert sum(row.endswith(("training", "validation")) for row in rows) == 2


def test_the_legend_stays_where_one_name_has_no_room_or_there_are_many():
    whole = chart_of(line("training", 40, [4.0, 1.0], 0), line("validation", 40, [4.0, 3.0], 1))
    crossed = replace(whole, crosshair_x=10.0)
    many = chart_of(*(line(f"run {style}", 40, [4.0, style], style) for style in range(6)))
    for chart in (crossed, many, replace(whole, named_at_ends=False)):
        assert all(curve.name in " ".join(rows_of(chart)[:3]) for curve in chart.curves)
    assert "training" in rows_of(whole, width=24)[0]


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_covered_and_no_row_moves(seed):
    random = np.random.default_rng(seed)
    curves = [
        line(f"layer{style}", int(random.integers(2, 101)), random.normal(size=9).cumsum(), style)
        for style in range(int(random.integers(2, 6)))
    ]
    width, height = int(random.integers(30, 120)), int(random.integers(6, 37))
    chart = chart_of(*curves)
    with_legend = rows_of(replace(chart, named_at_ends=False), width, height)
    top = next(y for y, row in enumerate(with_legend) if "│" in row or "┤" in row)
    for before, after in zip(with_legend[top:], rows_of(chart, width, height)[top:], strict=True):
        assert all(one in (" ", other) for one, other in zip(before, after, strict=True))
