"""The progress line says what fits, and never wraps."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnsim.cli.progress_line import Progress, ProgressLine, progress_text


def test_a_wide_line_holds_everything():
    line = progress_text(Progress(2500, 10_000, 0.125, 2.0), 120)
    assert line == "#######-----------------------  2,500/10,000 epochs  loss 0.125  1,250 epochs/s  0:06 left"


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (68, "##------  2,500/10,000 epochs  loss 0.125  1,250 epochs/s  0:06 left"),
        (67, "2,500/10,000 epochs  loss 0.125  1,250 epochs/s  0:06 left"),
        (57, "##------  2,500/10,000 epochs  loss 0.125  0:06 left"),
        (42, "2,500/10,000 epochs  loss 0.125  0:06 left"),
        (41, "##------  2,500/10,000 epochs  0:06 left"),
        (28, "2,500/10,000 epochs"),
        (12, "2,500/10,000"),
        (0, ""),
    ],
)
def test_a_narrow_line_leaves_out_what_matters_least(width, line):
    got = progress_text(Progress(2500, 10_000, 0.125, 2.0), width)
    assert got.replace("-", "").replace("#", "").strip() == line.replace("-", "").replace("#", "").strip()
    assert len(got) <= width


@given(
    done=st.integers(0, 10**9),
    more=st.integers(0, 10**9),
    loss=st.floats(),
    elapsed=st.floats(0, 1e6),
    width=st.integers(-1, 250),
)
def test_no_line_is_wider_than_asked(done, more, loss, elapsed, width):
    line = progress_text(Progress(done, done + more, loss, elapsed), width)
    assert len(line) <= max(width, 0)
    assert line.isprintable()


def test_hours_are_shown_as_hours():
    assert "2:46:40 left" in progress_text(Progress(1, 10_001, 0.5, 1.0), 80)
    assert "0.5 epochs/s" in progress_text(Progress(1, 10_001, 0.5, 2.0), 120)


def test_it_repaints_at_most_ten_times_a_second_and_clears_what_it_painted():
    stream, widths = io.StringIO(), [80]
    line = ProgressLine(stream, lambda: widths[0])
    for hundredth in range(101):
        line.show(Progress(hundredth + 1, 1000, 0.5, hundredth / 100))
    frames = stream.getvalue().split("\r")[1:]
    assert 9 <= len(frames) <= 10
    widths[0] = 30  # the window was made narrower
    line.clear()
    assert stream.getvalue().split("\r")[-2:] == [" " * 29, ""]
