"""Inputs that tell rows apart are found among those that do not."""

import numpy as np

from nnsim.data.splits import most_varied
from nnsim.scenario import catalog


def test_even_values_come_before_rare_ones_and_constants_last():
    rng = np.random.default_rng(0)
    rows = np.stack(
        [
            np.zeros(2500),
            rng.random(2500),
            rng.random(2500) < 0.01,
            1000 * rng.random(2500),
            rng.random(2500) < 0.5,
        ],
        axis=1,
    )
    rows[0, 2] = 1.0  # a range of its own, of which nearly nothing is used
    assert most_varied(rows) == [1, 3]
    assert most_varied(rows, 3) == [1, 3, 4]
    assert most_varied(rows[:, [0, 2]]) == [0, 1]  # all of them where there are no more


def test_of_equal_ones_the_first_are_taken():
    bits = np.array([[i >> b & 1 for b in range(4)] for i in range(16)], dtype=float)
    assert most_varied(bits) == [0, 1]
    assert most_varied(np.full((3, 4), 7.0)) == [0, 1]


def test_of_the_digits_pixels_in_the_middle_are_taken():
    inputs = catalog.read("digits").plan("adam").examples.inputs
    for pixel in most_varied(inputs):
        assert len(np.unique(inputs[:, pixel])) == 17
        assert 0 < pixel % 8 < 7
