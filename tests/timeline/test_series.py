"""Decimation keeps every extreme, at any length and width, however the values came in."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nnsim.timeline import Series


@settings(deadline=None)
@given(
    length=st.integers(1, 40_000),
    columns=st.integers(1, 300),
    seed=st.integers(0, 9),
    part=st.integers(1, 5000),
    bounds=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_envelope_holds_every_minimum_and_maximum(length, columns, seed, part, bounds):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=length)
    values[rng.random(length) < 0.01] = np.nan
    values[rng.random(length) < 0.01] = np.inf
    series = Series("loss")
    for start in range(0, length, part):
        series.append(values[start : start + part])
    low, high = sorted(int(bound * length) for bound in bounds)
    envelope = series.envelope(low, high, columns)
    assert len(envelope.low) <= columns
    if high == low:
        assert len(envelope.low) == 0
        return
    assert envelope.first[0] == low
    assert envelope.last[-1] == high - 1
    assert (envelope.first[1:] == envelope.last[:-1] + 1).all()
    for first, last, smallest, largest in zip(
        envelope.first, envelope.last, envelope.low, envelope.high, strict=True
    ):
        inside = values[int(first) : int(last) + 1]
        inside = inside[np.isfinite(inside)]
        if len(inside):
            assert (smallest, largest) == (inside.min(), inside.max())
        else:
            assert np.isnan(smallest)
            assert np.isnan(largest)


def test_stretches_that_are_whole_stay_while_a_series_grows():
    """So does the picture of them: only a stretch that is under way changes with the next sample."""
    series = Series("loss")
    values = np.random.default_rng(3).normal(size=3000)
    before, kept = None, 0
    for length in range(1, 3001):
        series.append(values[length - 1 : length])
        now = series.envelope(0, length, 40)
        assert len(now.low) <= 40
        assert length <= 40 or len(now.low) >= 20, "no more than two thirds of the columns stay empty"
        if before is not None and now.last[0] == before.last[0]:
            whole = len(before.low) - 1
            assert now.low[:whole].tolist() == before.low[:whole].tolist()
            assert now.high[:whole].tolist() == before.high[:whole].tolist()
            kept += 1
        before = now
    assert kept > 2900


def test_at_step_gives_the_newest_value_of_a_figure_that_is_measured_once_an_epoch():
    series = Series("validation_loss", stride=3)
    series.append(np.array([10.0, 20.0]))
    assert [series.at_step(step) for step in range(8)] == [None, None, None, 10, 10, 10, 20, 20]


def test_unloaded_chunks_are_read_only_when_asked_for():
    values = np.random.default_rng(0).normal(size=4096 * 3 + 100)
    asked = []

    def load(index):
        asked.append(index)
        return values[index * 4096 : (index + 1) * 4096]

    def load_blocks(start, stop):
        blocks = values[start * 64 : stop * 64].reshape(-1, 64)
        return blocks.min(axis=1), blocks.max(axis=1)

    whole, lazy = Series("loss"), Series("loss")
    whole.append(values)
    lazy.load_from(load, load_blocks)
    lazy.reach(5000)
    assert lazy.at_step(5000) == values[4999]
    assert lazy.envelope(0, 5000, 20).high.tobytes() == whole.envelope(0, 5000, 20).high.tobytes()
    asked.clear()
    lazy.reach(len(values))
    seen, expected = lazy.envelope(0, len(values), 20), whole.envelope(0, len(values), 20)
    assert (seen.low == expected.low).all()
    assert (seen.high == expected.high).all()
    assert asked in ([], [3])  # the whole run is drawn from the summaries and the unfinished block at its end
    assert lazy.at_step(5001) == values[5000]
    assert 1 in asked
