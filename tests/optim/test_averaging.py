"""Averages of the weights are those of PyTorch's AveragedModel, step by step and epoch by epoch."""

import numpy as np
import pytest
from averages import RULES, averages, expected


@pytest.mark.parametrize("kind", RULES)
def test_an_average_is_pytorchs(kind):
    found = averages(kind)
    assert np.allclose(found, expected(kind), rtol=1e-12, atol=1e-14)
    assert len(np.unique(found, axis=0)) > 1
