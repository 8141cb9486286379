"""Batches deal out every row once an epoch."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nnsim.data.batches import Batches


def test_golden_sizes(golden):
    case = golden["batches"]
    batches = Batches(case["rows"], case["batch_size"])
    assert [batches.width(index) for index in range(batches.per_epoch)] == case["sizes"]


@given(rows=st.integers(1, 300), size=st.integers(1, 300), seed=st.integers(0, 9))
def test_every_row_is_in_exactly_one_batch(rows, size, seed):
    batches = Batches(rows, min(size, rows))
    order = batches.order(rng=np.random.default_rng(seed))
    dealt = [order[batches.slice(index)] for index in range(batches.per_epoch)]
    assert [len(one) for one in dealt] == [batches.width(index) for index in range(batches.per_epoch)]
    assert sorted(np.concatenate(dealt)) == list(range(rows))
    assert batches.full == (len(dealt) == 1)
