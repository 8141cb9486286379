"""Sums on a clock: every pair once, its sum modulo p as the class."""

import numpy as np
import pytest

from nnsim.data.datasets import ModularAddition


@pytest.mark.parametrize("p", [2, 5, 17])
def test_every_pair_stands_there_with_its_sum(p):
    examples = ModularAddition(p=p).examples(rng=np.random.default_rng(0), read=None)
    first, second = examples.inputs[:, :p], examples.inputs[:, p:]
    assert (first.sum(axis=1) == 1).all()
    assert (second.sum(axis=1) == 1).all()
    pairs = list(zip(first.argmax(axis=1).tolist(), second.argmax(axis=1).tolist(), strict=True))
    assert sorted(set(pairs)) == pairs
    assert len(pairs) == p * p
    assert examples.targets[:, 0].tolist() == [(a + b) % p for a, b in pairs]
    assert len(examples.classes) == p
