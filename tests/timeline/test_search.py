"""A search by the extremes of blocks finds what a look at every value finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnsim.timeline import Series
from nnsim.timeline import search as search_module
from nnsim.timeline.search import Compared, NotFinite, ValueChanged, largest, smallest, stretches

KINDS = {
    "walk": lambda rng, count: np.cumsum(rng.normal(size=count)),
    "noise": lambda rng, count: rng.normal(size=count),
    "steps": lambda rng, count: np.repeat(rng.normal(size=count // 700 + 1).round(), 700)[:count],
    "flat": lambda rng, count: np.zeros(count),
}
VALUES = st.tuples(st.sampled_from(sorted(KINDS)), st.integers(0, 30_000), st.integers(0, 99))


def made(kind, count, seed):
    series = Series("loss")
    values = KINDS[kind](np.random.default_rng(seed), count)
    series.append(values)
    return series, values


def by_hand(held):
    """Stretches of a list of truths, found one by one."""
    found, inside = [], False
    for index, one in enumerate([*held, False]):
        if one and not inside:
            found.append([index, index])
        if one:
            found[-1][1] = index
        inside = bool(one)
    return [tuple(one) for one in found]


def paired(found):
    return list(zip(found[0].tolist(), found[1].tolist(), strict=True))


@pytest.fixture(autouse=True)
def small_windows(monkeypatch):
    """Stretches run across the borders of windows, so windows are made small enough to have some."""
    monkeypatch.setattr(search_module, "WINDOW", 37)


@given(VALUES, st.sampled_from(["<", "<=", ">", ">=", "="]), st.sampled_from([-1.0, 0.0, 0.5, 2.0]))
def test_comparisons(values, sign, number):
    series, array = made(*values)
    held = {
        "<": array < number,
        "<=": array <= number,
        ">": array > number,
        ">=": array >= number,
        "=": array == number,
    }[sign]
    assert paired(stretches(series, Compared(sign, number))) == by_hand(held)


@given(VALUES)
def test_changes(values):
    series, array = made(*values)
    held = np.concatenate(([False], array[1:] != array[:-1]))[: len(array)]
    assert paired(stretches(series, ValueChanged())) == by_hand(held)


@given(VALUES, st.integers(0, 30_000))
def test_gaps_and_ends_that_are_not_finite(values, gap):
    kind, count, seed = values
    array = KINDS[kind](np.random.default_rng(seed), count)
    array[:gap] = np.nan
    array[-1:] = np.inf
    series = Series("clipped:layer1")
    series.append(array)
    assert paired(stretches(series, Compared("<", 0.5), [gap])) == by_hand(array < 0.5)
    assert paired(stretches(series, Compared(">", 0.5), [gap])) == by_hand(array > 0.5)
    assert paired(stretches(series, NotFinite(certain=True), [gap])) == by_hand(~np.isfinite(array))
    assert paired(stretches(series, NotFinite(certain=False))) == by_hand(~np.isfinite(array))


@given(VALUES)
def test_extremes(values):
    series, array = made(*values)
    assert smallest(series) == (int(np.argmin(array)) if len(array) else None)
    assert largest(series) == (int(np.argmax(array)) if len(array) else None)


def test_a_long_falling_series_is_searched_without_reading_it(monkeypatch):
    """Of a million values in a file only the chunks that the condition divides are loaded."""
    monkeypatch.setattr(search_module, "WINDOW", 16_384)
    values, loaded = np.linspace(1.0, 0.0, 1_048_576), []

    def load(chunk):
        loaded.append(chunk)
        return values[chunk * 4096 : (chunk + 1) * 4096]

    blocks = values.reshape(-1, 64)
    series = Series("loss")
    series.load_from(load, lambda start, stop: (blocks[start:stop].min(axis=1), blocks[start:stop].max(axis=1)))
    series.reach(len(values))
    first, last = stretches(series, Compared("<", 0.25))
    assert (first.tolist(), last.tolist()) == ([int(np.argmax(values < 0.25))], [len(values) - 1])
    assert smallest(series) == len(values) - 1
    assert set(loaded) <= {191, 192, 255}
