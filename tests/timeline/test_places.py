"""The language of places: what it reads, what it refuses, and what it finds on real runs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnsim.errors import NnsimError
from nnsim.timeline import Mark, Position, find, parse_place
from nnsim.timeline.run import Run


def steps(timeline, text, last_step=None):
    return find(timeline, parse_place(text), last_step).first.tolist()


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("120", "epoch", 120),
        (" 1,000 ", "epoch", 1000),
        ("epoch 7", "epoch", 7),
        ("Step 480", "step", 480),
        ("step480", "step", 480),
        ("50%", "%", 50.0),
        ("start", "%", 0.0),
        ("End", "%", 100.0),
        ("12.5 %", "%", 12.5),
    ],
)
def test_positions(text, unit, number):
    place = parse_place(text)
    assert isinstance(place, Position)
    assert (place.unit, place.number) == (unit, number)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is no place"),
        ("bests", "did you mean 'best'?"),
        ("los<0.1", "is no figure, did you mean 'loss'?"),
        ("grd:layer1<1", "did you mean 'grad'?"),
        ("loss<", "'' is no number"),
        ("loss<small", "'small' is no number"),
        ("loss<nan", "'nan' is no number"),
        ("<0.1", "'' is no figure"),
        ("mark:", "names no mark"),
        ("101%", "more than the whole"),
        ("9" * 13, "too many digits"),
        ("-3", "is no place"),
        ("x\x1b[31m\ny", "is no place"),
        ("٣", "is no place"),
    ],
)
def test_refusals_are_one_line(text, told):
    with pytest.raises(NnsimError) as refused:
        parse_place(text)
    assert told in str(refused.value)
    assert "allowed" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "\x1b" not in str(refused.value)


@given(st.text(max_size=300))
def test_no_text_does_more_than_be_refused(text):
    try:
        told = parse_place(text).text
    except NnsimError as error:
        told = str(error)
    assert "\n" not in told
    assert len(told) < 1000


@pytest.fixture
def xor(trained):
    return trained("xor", "biases").timeline


def test_positions_are_found_within_the_run(xor, small_scenario):
    assert steps(xor, "120") == [120]
    assert steps(xor, "50%") == [5000]
    with pytest.raises(NnsimError, match=r"10001: there is no such epoch \(allowed: epoch 0 to 10,000\)"):
        steps(xor, "10001")
    batches = Run(small_scenario("[train]\nbatch_size = 2\nepochs = 10")).timeline
    assert steps(batches, "epoch 3", last_step=20) == [6]
    assert steps(batches, "step 3", last_step=20) == [3]


def test_comparisons_are_found_where_the_figure_says_so(xor):
    loss = xor.series["loss"].values(0, xor.length)
    below = int(np.argmax(loss < 0.1)) + 1
    assert steps(xor, "loss<0.1") == [below]
    assert steps(xor, "loss < 10%") == [below]
    found = find(xor, parse_place("loss<0.1"))
    assert found.last.tolist() == [xor.length]
    norms = xor.series["gradient:layer1"].values(0, xor.length)
    assert steps(xor, "grad:layer1>0.01")[0] == int(np.argmax(norms > 0.01)) + 1
    right = xor.series["accuracy"].values(0, xor.length)
    assert steps(xor, "accuracy=1")[0] == int(np.argmax(right == 1)) + 1


def test_going_on_and_back_between_places(xor):
    found = find(xor, parse_place("accuracy=1"))
    first = found.one()
    assert found.after(0) == first
    assert found.before(first) is None
    assert found.after(first - 1) == first
    assert found.before(first + 1) == first


def test_a_place_that_is_not_there_says_how_near_the_run_came(scenario):
    run = Run(scenario("xor"), "article")
    assert find(run.timeline, parse_place("loss<0.1")).otherwise == "loss<0.1: no step is recorded so far"
    run.advance_to(40)
    loss = run.timeline.series["loss"].values(0, 40)
    at = int(np.argmin(loss))
    found = find(run.timeline, parse_place("loss<0.01"))
    expected = f"loss<0.01: not reached yet, the smallest so far is {loss[at]:.6g} in epoch {at + 1}"
    assert found.otherwise == expected
    with pytest.raises(NnsimError, match="not reached yet"):
        found.one()
    run.interrupt()
    assert "not reached, the smallest is" in find(run.timeline, parse_place("loss<0.01")).otherwise
    both = find(run.timeline, parse_place("accuracy=0.9")).otherwise
    assert "smallest" in both
    assert "largest" in both


def test_best_is_the_first_smallest(xor, small_scenario):
    loss = xor.series["loss"].values(0, xor.length)
    assert steps(xor, "best") == [int(np.argmin(loss)) + 1]
    run = Run(small_scenario("[train]\nbatch_size = 2\nepochs = 300\nvalidation = 0.25"))
    run.advance_to(10_000)
    losses = run.timeline.series["validation_loss"].values(0, 300)
    assert steps(run.timeline, "best-val") == [(int(np.argmin(losses)) + 1) * 2]
    with pytest.raises(NnsimError, match="no validation rows"):
        steps(xor, "best-val")


def test_changes_of_rate_and_commands(small_scenario):
    run = Run(small_scenario("[train]\nepochs = 3000"))
    run.advance_to(200)
    run.change("schedule.rate", 0.5)
    run.advance_to(500)
    run.change("schedule.rate", 0.5)  # a command that changes nothing
    run.advance_to(700)
    run.change("clipping.kind", "value")
    run.advance_to(900)
    assert steps(run.timeline, "lr-change") == [201]
    assert steps(run.timeline, "changed") == [200, 500, 700]
    clipped = run.timeline.series["clipped:layer1"].values(0, 900)
    assert steps(run.timeline, "clipped:layer1>0")[0] == int(np.argmax(clipped > 0)) + 1 == 701
    schedule = Run(small_scenario('[schedule]\nkind = "step"\nrate = 1.0\nevery = 100\n[train]\nepochs = 350'))
    schedule.advance_to(350)
    rates = schedule.timeline.series["learning_rate"].values(0, 350)
    assert steps(schedule.timeline, "lr-change") == (np.flatnonzero(np.diff(rates)) + 2).tolist() == [101, 201, 301]


def test_divergence(small_scenario, xor):
    run = Run(
        small_scenario('[model]\noutput = "linear"\nhidden = [4]\n[schedule]\nkind = "constant"\nrate = 1e6'),
    )
    run.advance_to(1000)
    assert run.timeline.stop.reason == "diverged"
    assert steps(run.timeline, "nan") == steps(run.timeline, "diverged") == [run.timeline.stop.step]
    assert steps(xor, "nan") == []
    assert find(xor, parse_place("nan")).otherwise == "nan: losses and gradients are finite"
    assert find(xor, parse_place("diverged")).otherwise == "diverged: has not happened"


def test_marks_by_name(scenario):
    run = Run(scenario("xor"), "article")
    run.advance_to(100)
    run.timeline.marks += [Mark(40, "mark", "knee"), Mark(10, "changed", "knee")]
    assert steps(run.timeline, "mark:knee") == [40]
    assert find(run.timeline, parse_place("mark:kne")).otherwise == (
        "mark:kne: no such mark, did you mean 'knee'? (marks here: knee)"
    )


def test_a_figure_that_a_run_does_not_have_is_named(xor):
    with pytest.raises(NnsimError, match=r"has no grad:layr1, did you mean 'grad:layer1'\? \(allowed: loss"):
        steps(xor, "grad:layr1<1")
    with pytest.raises(NnsimError, match=r"has no val "):
        steps(xor, "val<1")
