"""The best loss so far, from the envelope, against the running minimum of every step."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnsim.analysis.loss_gap import best_at, best_so_far, gap_table, steps_within
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline import Cursor, Series, Timeline
from nnsim.timeline.run import Run

TEXT = """
title = "t"
summary = "s"
[data]
kind = "parity"
bits = 2
[train]
epochs = 20
[sweep]
key = "model.hidden"
values = [[], [3]]
[[variants]]
name = "descent"
[[variants]]
name = "guesses"
set = { solver = "random-search" }
"""


def scenario():
    return parse_scenario(TEXT, name="t", source="t")


def timeline_with(values, variant="descent"):
    timeline = Timeline(scenario(), variant, {"model.hidden": []})
    timeline.series["loss"] = Series("loss")
    timeline.series["loss"].append(values)
    timeline.length = len(values)
    return timeline


@settings(max_examples=60, deadline=None)
@given(
    length=st.integers(1, 20_000),
    columns=st.integers(1, 200),
    seed=st.integers(0, 99),
    part=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_it_is_the_running_minimum_at_the_end_of_every_column(length, columns, seed, part):
    rng = np.random.default_rng(seed)
    values = np.exp(rng.normal(size=length) - np.arange(length) / length)
    values[rng.random(length) < 0.02] = np.nan
    values[rng.random(length) < 0.02] = np.inf
    start, stop = sorted(int(one * length) for one in part)
    found = best_so_far(timeline_with(values), start, stop, columns)
    running = np.fmin.accumulate(np.where(np.isfinite(values), values, np.nan))
    assert len(found.best) <= columns
    if start < stop:
        steps = (found.forward_passes / 3).astype(int)
        assert steps[-1] == stop
        assert np.array_equal(found.best, running[steps - 1], equal_nan=True)
        assert not (np.diff(found.best) > 0).any()
        assert best_at(timeline_with(values), stop) == (None if np.isnan(running[stop - 1]) else running[stop - 1])
    else:
        assert len(found.best) == 0


def test_nothing_recorded_is_nothing_found():
    fresh = Timeline(scenario(), "descent", {"model.hidden": []})
    assert len(best_so_far(fresh, 0, 10, 5).best) == 0
    assert best_at(fresh, 10) is None
    assert steps_within(fresh, 1000) == 0


def test_the_table_compares_equal_budgets():
    one = scenario()
    runs = [
        Run(one, variant, {"model.hidden": hidden}) for hidden in ([], [3]) for variant in ("descent", "guesses")
    ]
    for run in runs:
        run.advance_to(run.timeline.plan.steps)
    timelines = [run.timeline for run in runs]
    assert [timeline.length for timeline in timelines] == [20, 60, 20, 60]
    cursor = Cursor(step=7)
    rows = gap_table(timelines, timelines[0].forward_passes(cursor.showing))
    assert [(row.value, row.parameters) for row in rows] == [([], 3), ([3], 13)]
    for index, row in enumerate(rows):
        descent, guesses = (one.series["loss"].values(0, 60) for one in timelines[2 * index : 2 * index + 2])
        assert row.best == {"descent": descent[:7].min(), "guesses": guesses[:21].min()}
        assert row.ratio == {"descent": 1.0, "guesses": guesses[:21].min() / descent[:7].min()}
    whole = gap_table(timelines, 10**9)
    assert whole[0].best["guesses"] == timelines[1].series["loss"].values(0, 60).min()


def test_a_run_that_is_missing_or_too_dear_leaves_a_hole():
    one = scenario()
    guesses = Run(one, "guesses", {"model.hidden": [3]})
    guesses.advance_to(60)
    (row,) = gap_table([guesses.timeline], 2)
    assert row.best["descent"] is None
    assert row.ratio == {"descent": None, "guesses": None}
    assert row.best["guesses"] == pytest.approx(guesses.timeline.series["loss"].values(0, 2).min())
    descent = Run(one, "descent", {"model.hidden": [3]})
    descent.advance_to(20)
    (row,) = gap_table([descent.timeline, guesses.timeline], 2)  # a step of descent costs 3
    assert row.best["descent"] is None
    assert gap_table([], 100) == []


def test_without_a_sweep_there_is_one_row():
    text = TEXT.replace('[sweep]\nkey = "model.hidden"\nvalues = [[], [3]]\n', "")
    plain = parse_scenario(text, name="t", source="t")
    runs = [Run(plain, variant) for variant in ("descent", "guesses")]
    for run in runs:
        run.advance_to(60)
    (row,) = gap_table([run.timeline for run in runs], 60)
    assert (row.value, row.parameters) == (None, 3)
    assert row.ratio["guesses"] is not None
