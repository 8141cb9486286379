"""Smoothing: constants and slopes stay, noise shrinks as its weights say, gaps stay gaps."""

import numpy as np
import pytest

from screens.panes.curves import smoothed


def test_a_constant_stays_and_so_does_a_straight_slope_within():
    x = np.linspace(2.0, 5.0, 50)
    assert smoothed(np.full(50, 3.0), np.full(50, 3.0), 7) == pytest.approx(np.full(50, 3.0), rel=1e-14)
    assert smoothed(x - 1, x + 1, 7)[7:-7] == pytest.approx(x[7:-7], rel=1e-14)
    assert smoothed(10.0**x, 10.0**x, 7, log=True)[7:-7] == pytest.approx(10.0 ** x[7:-7], rel=1e-12)


def test_the_weights_are_the_formulas():
    pulse = np.zeros(21)
    pulse[10] = 1.0
    weights = 0.5 * (1 + np.cos(np.pi * np.arange(-3, 4) / 4))
    assert smoothed(pulse, pulse, 3)[7:14] == pytest.approx(weights / weights.sum(), rel=1e-14)


def test_noise_shrinks_by_the_root_of_the_squared_weights():
    noise = np.random.default_rng(0).normal(size=100_000)
    weights = 0.5 * (1 + np.cos(np.pi * np.arange(-9, 10) / 10))
    expected = np.sqrt((weights**2).sum()) / weights.sum()
    assert smoothed(noise, noise, 9).std() == pytest.approx(expected, rel=0.02)


def test_a_gap_stays_a_gap_and_does_not_spread():
    values = np.ones(30)
    values[10] = np.nan
    found = smoothed(values, values, 4)
    assert np.flatnonzero(np.isnan(found)).tolist() == [10]
    assert found[np.arange(30) != 10] == pytest.approx(np.ones(29), rel=1e-14)
    low = np.where(np.arange(30) == 5, 0.0, 1.0)
    assert np.flatnonzero(np.isnan(smoothed(low, np.ones(30), 4, log=True))).tolist() == [5]


def test_more_columns_than_values_and_none_at_all():
    assert smoothed(np.array([2.0]), np.array([4.0]), 20).tolist() == [3.0]
    assert not len(smoothed(np.empty(0), np.empty(0), 3))
