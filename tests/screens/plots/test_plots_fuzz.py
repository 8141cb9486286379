"""Whatever numbers and whatever size: a picture is a full rectangle of strips, and never an exception."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shared import THIRD

from screens.plots import AxisMark, Bar, Bars, Chart, Contours, Curve, Look, draw, fit, look, round_axis

anything = st.floats(allow_nan=True, allow_infinity=True, width=64)
extreme = st.sampled_from([1e308, -1e308, 1.8e308, 5e-324, -5e-324, 0.0, -0.0, np.nan, np.inf, -np.inf, 1.0, 1e-9])
numbers = st.one_of(anything, extreme, st.floats(-10, 10))
text = st.text(max_size=12)
looks = st.sampled_from(
    [Look(), look(dark=False), look(colours=16), look(colours=0), look(colours=0, unicode=False)]
)
sizes = st.one_of(
    st.tuples(st.integers(1, 90), st.integers(1, 30)),
    st.sampled_from([(1, 1), (300, 60), (300, 1), (1, 60), (38, 8)]),
)
ranges = st.none() | st.tuples(numbers, numbers)


@st.composite
def curves(draw_from):
    n = draw_from(st.integers(0, 12))  # more than a small picture has columns
    column = st.lists(numbers, min_size=n, max_size=n)
    x = draw_from(st.one_of(st.just(list(range(n))), column))
    low = draw_from(column)
    high = draw_from(st.none() | column)
    return Curve(
        draw_from(text),
        x,
        low,
        high,
        style=draw_from(st.integers(0, 30)),
        kind=draw_from(st.sampled_from(["line", "points", "path"])),
        faint=draw_from(st.booleans()),
    )


charts = st.builds(
    Chart,
    curves=st.lists(curves(), max_size=4).map(tuple),
    x_range=ranges,
    y_range=ranges,
    log_x=st.booleans(),
    log_y=st.booleans(),
    x_label=text,
    y_label=text,
    cursor_x=st.none() | numbers,
    marks=st.lists(st.builds(AxisMark, numbers, text, text), max_size=3).map(tuple),
    empty=text,
)
bars = st.builds(
    Bars,
    bars=st.lists(st.builds(Bar, text, numbers, text, st.integers(0, 30)), max_size=9).map(tuple),
    log=st.booleans(),
    limits=ranges,
    unit=text,
)
contours = st.builds(
    Contours,
    values=st.tuples(st.integers(1, 6), st.integers(1, 6)).flatmap(
        lambda shape: st.lists(numbers, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]).map(
            lambda flat: np.array(flat).reshape(shape)
        )
    ),
    x_range=st.tuples(numbers, numbers),
    y_range=st.tuples(numbers, numbers),
    levels=st.none() | st.lists(numbers, max_size=5).map(tuple),
    curves=st.lists(curves(), max_size=2).map(tuple),
    x_label=text,
    y_label=text,
)


def check(picture, size, appearance):
    width, height = size
    strips = draw(picture, width, height, appearance)
    assert len(strips) == height
    for strip in strips:
        assert sum(segment.cell_length for segment in strip) == strip.cell_length == width
        if not appearance.unicode:
            assert strip.text.isascii()
        if not appearance.curves:
            assert all(segment.style.color is None and segment.style.bgcolor is None for segment in strip)


@pytest.mark.parametrize("pictures", [charts, bars, contours], ids=["charts", "bars", "contours"])
def test_any_picture_at_any_size_is_a_full_rectangle(pictures):
    @settings(max_examples=120 // THIRD, deadline=None, suppress_health_check=list(HealthCheck))
    @given(picture=pictures, size=sizes, appearance=looks)
    def run(picture, size, appearance):
        check(picture, size, appearance)

    run()


@settings(max_examples=300 // THIRD, deadline=None)
@given(low=numbers, high=numbers, log=st.booleans(), most=st.integers(0, 20))
def test_any_interval_has_an_axis_around_it(low, high, log, most):
    axis = round_axis(low, high, log)
    assert np.isfinite(axis.low)
    assert np.isfinite(axis.high)
    assert axis.low < axis.high
    ticks = axis.ticks(most)
    assert len(ticks) <= most
    assert all(axis.low <= value <= axis.high for value, _ in ticks)
    assert [value for value, _ in ticks] == sorted({value for value, _ in ticks})
    assert len({label for _, label in ticks}) == len(ticks)


@settings(max_examples=60 // THIRD, deadline=None)
@given(first=charts, second=charts, size=sizes)
def test_axes_of_the_drawing_before_never_break_the_next(first, second, size):
    limits = fit(second, fit(first))
    assert len(draw(second, *size, limits=limits)) == size[1]
