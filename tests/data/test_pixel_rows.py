"""Rows of pixels that are kept as bytes read like the array of numbers that they stand for, bit for bit."""

import copy
import pickle

import numpy as np
import pytest

from nnsim.data.digits import PixelRows

BYTES = np.random.default_rng(1).integers(0, 256, (7, 5), dtype=np.uint8)
NUMBERS = BYTES.astype(np.float32) / np.float32(255.0)

READINGS = {
    "a row": lambda rows: rows[3],
    "some rows": lambda rows: rows[[4, 1]],
    "every other": lambda rows: rows[::2],
    "a column": lambda rows: rows[:, 2],
    "a pixel": lambda rows: rows[2, 2],
    "all": np.asarray,
    "in double precision": lambda rows: np.asarray(rows, np.float64),
    "mean": lambda rows: rows.mean(axis=0),
    "highest": np.max,
    "square": np.square,
    "less a row": lambda rows: rows - NUMBERS[0],
    "zeros": np.zeros_like,
    "shape": lambda rows: (rows.shape, rows.size, rows.ndim, rows.dtype, len(rows)),
    "iterated": lambda rows: [one.tolist() for one in rows],
    "stacked": lambda rows: np.hstack([rows, rows]),
}


@pytest.mark.parametrize("name", READINGS)
def test_whatever_is_read_is_what_the_array_has(name):
    found, expected = READINGS[name](PixelRows(BYTES)), READINGS[name](NUMBERS)
    if isinstance(expected, np.ndarray | np.generic):
        assert found.dtype == expected.dtype
        assert found.tobytes() == expected.tobytes()
    else:
        assert found == expected


def test_what_was_read_is_an_array_of_its_own():
    rows = PixelRows(BYTES)
    rows[0][...] = 9.0
    np.asarray(rows)[...] = 9.0
    assert np.asarray(rows).tobytes() == NUMBERS.tobytes()


def test_a_worker_is_sent_the_bytes():
    rows = PixelRows(BYTES)
    for one in (copy.deepcopy(rows), pickle.loads(pickle.dumps(rows))):
        assert np.asarray(one).tobytes() == NUMBERS.tobytes()
