"""The table of runs: its figures, its expressions, and where two runs first differ."""

import numpy as np
import pytest

from nnsim.analysis.run_table import differing_settings, first_difference_of, parse_filter, row_of
from nnsim.errors import NnsimError
from nnsim.timeline import ImportedLog, Series


def log(name, values, steps=None, **settings):
    series = Series("loss", stepped=True)
    series.append(np.array(values, float), np.array(range(len(values)) if steps is None else steps, np.int64))
    return ImportedLog(name, {"loss": series}, settings=settings)


RUNS = [
    log("adam", [3.0, np.nan, 1.0, 2.0], lr=0.1, net="wide"),
    log("sgd", [3.0, np.nan, 1.0, 0.5], lr=0.01, net="wide"),
    log("sgd again", [3.0, 2.5], steps=[0, 10], lr=0.01, net="wide", seed=2),
]
ROWS = [row_of(index, one.name, one, RUNS[0]) for index, one in enumerate(RUNS)]


def named(expression):
    return [row.name for row in parse_filter(expression).apply(ROWS)]


def test_a_row_has_the_last_the_lowest_and_the_highest_finite_figure_with_their_steps():
    found = ROWS[0].figures["loss"]
    assert (found.last, found.lowest, found.lowest_step, found.highest, found.highest_step) == (2.0, 1.0, 2, 3.0, 0)


def test_runs_first_differ_at_a_step_where_a_value_or_the_step_itself_does():
    assert [row.differs for row in ROWS] == [None, 3, 1]
    assert first_difference_of(RUNS[1], log("same", [3.0, np.nan, 1.0, 0.5])) is None


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("", ["adam", "sgd", "sgd again"]),
        ("loss<2.2", ["adam", "sgd"]),
        ("lowest:loss<=0.5", ["sgd"]),
        ("lr=0.01 and steps>=10", ["sgd again"]),
        ("name~SGD sort:-loss", ["sgd again", "sgd"]),
        ("net=wide sort:loss", ["sgd", "adam", "sgd again"]),
        ("sort:seed", ["sgd again", "adam", "sgd"]),
    ],
)
def test_expressions_filter_and_sort(expression, kept):
    assert named(expression) == kept


@pytest.mark.parametrize("expression", ["loss <", "nonsense", "speed<1", "sort:speed", "loss<2 or lr=1"])
def test_what_is_no_condition_is_refused_with_what_is_allowed(expression):
    with pytest.raises(NnsimError, match="allowed"):
        named(expression)


def test_only_settings_in_which_runs_differ_are_worth_a_column():
    assert differing_settings(ROWS) == ["lr", "seed"]
