"""Histograms lose no weight; dead and saturated units are those that a look at every answer finds."""

import numpy as np
import pytest

from nnsim.analysis.weight_histograms import histogram, unit_counts
from nnsim.timeline.run import Run


def test_every_value_is_in_a_bin_or_counted_outside():
    values = np.array([-3.0, -1.0, -1.0, 0.0, 0.25, 1.0, 7.0, np.nan, np.inf])
    found = histogram(values, -1.0, 1.0, 4)
    assert found.counts.tolist() == [2, 0, 2, 1]
    assert (found.below, found.above, found.not_finite) == (1, 1, 2)
    assert found.counts.sum() + found.below + found.above + found.not_finite == len(values)


@pytest.mark.parametrize("bins", [1, 7, 60])
def test_counts_add_up(bins):
    values = np.random.default_rng(5).normal(size=1000)
    found = histogram(values, values.min(), values.max(), bins)
    assert found.counts.sum() == 1000
    assert (found.below, found.above, found.not_finite) == (0, 0, 0)


def counted(small_scenario, extra, parameters):
    run = Run(small_scenario(extra))
    run.trainer.parameters[...] = parameters
    return unit_counts(run.trainer)


def test_a_relu_unit_that_no_row_switches_on_is_dead(small_scenario):
    extra = '[model]\nhidden = [3]\nactivation = "relu"\noutput = "linear"\n'
    weights = np.array([[1, -1, 1], [1, -1, 1], [0, 0, -1]])  # from x1, from x2, biases
    hidden, output = counted(small_scenario, extra, [*weights.ravel(), 1, 1, 1, 0])
    assert (hidden.dead, hidden.units, hidden.rows) == (1, 3, 4)
    assert hidden.saturated is None
    assert (output.dead, output.stuck) == (None, None)


@pytest.mark.parametrize(("kind", "weights", "stuck", "share"), [
    # biases of 10 and -10 hold two units at a bound; the third is at one for x1 = 1 alone
    ("sigmoid", [0, 0, 10, 0, 0, 0, 10, -10, 0], 2, (4 + 4 + 2) / 12),
    ("tanh", [0, 0, 10, 0, 0, 0, 10, -10, 0], 2, (4 + 4 + 2) / 12),
    ("sigmoid", [0] * 9, 0, 0.0),
])  # fmt: skip
def test_units_at_their_bounds_are_saturated(small_scenario, kind, weights, stuck, share):
    extra = f'[model]\nhidden = [3]\nactivation = "{kind}"\n'
    hidden, output = counted(small_scenario, extra, [*weights, 0, 0, 0, 0])
    assert (hidden.stuck, hidden.saturated) == (stuck, pytest.approx(share))
    assert hidden.dead is None
    assert (output.stuck, output.saturated) == (0, 0.0)


def test_a_large_data_set_is_sampled_and_a_validation_row_counts(small_scenario):
    run = Run(small_scenario("[train]\nvalidation = 0.5\n"))
    assert unit_counts(run.trainer)[0].rows == 4
