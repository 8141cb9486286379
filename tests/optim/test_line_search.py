"""The line search finds lengths that satisfy the strong Wolfe conditions."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnsim.optim.line_search import Trial, cubic_minimum, strong_wolfe


@settings(max_examples=60)
@given(
    first=st.floats(1e-3, 1e3),
    lowest=st.floats(0.01, 100.0),
    wave=st.floats(0.0, 0.9),
    pitch=st.floats(0.1, 5.0),
)
def test_the_length_found_satisfies_both_conditions(first, lowest, wave, pitch):
    """On a bowl with its lowest point at `lowest`, with waves on it."""

    def at(length):
        bowl, slope = (length - lowest) ** 2 / 2.0, length - lowest
        loss = bowl + wave * lowest / pitch * (1.0 - math.cos(pitch * length))
        return Trial(length, loss, slope + wave * lowest * math.sin(pitch * length))

    start = at(0.0)
    tried = []

    def counted(length):
        tried.append(length)
        return at(length)

    found = strong_wolfe(counted, start, first, 1.0)
    assert found.length in tried
    assert len(tried) <= 26
    assert found.loss <= start.loss + 1e-4 * found.length * start.slope
    assert abs(found.slope) <= 0.9 * abs(start.slope)


def test_the_cubic_through_two_trials_has_its_minimum_where_calculus_puts_it():
    def cubic(x):
        return Trial(x, x**3 - 3.0 * x, 3.0 * x * x - 3.0)

    assert cubic_minimum(cubic(0.0), cubic(3.0), 0.0, 3.0) == pytest.approx(1.0)
    assert cubic_minimum(cubic(3.0), cubic(0.0), 0.0, 3.0) == pytest.approx(1.0)
    assert cubic_minimum(cubic(0.0), cubic(3.0), 1.5, 3.0) == 1.5
    line = Trial(0.0, 0.0, -1.0), Trial(1.0, -1.0, -1.0)
    assert 2.0 <= cubic_minimum(*line, 2.0, 4.0) <= 4.0
