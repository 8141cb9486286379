"""A setting's next value up and down, within what is allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import bundled

from nnsim.components import Count, Fraction, Positive, Rate, Span
from nnsim.scenario.setting_fields import Range, controls, named, range_of


def walked(kind, value, by, count, key=""):
    found = []
    for _ in range(count):
        value = kind.next(value, by, key)
        found.append(value)
    return found


@pytest.mark.parametrize(
    ("annotation", "value", "by", "expected"),
    [
        (Rate, 0.03, 1, [0.05, 0.1, 0.2, 0.5, 1.0, 2.0]),
        (Rate, 0.0003, -1, [0.0002, 0.0001, 0.0, 0.0]),
        (Rate, 0.0, 1, [0.0001, 0.0002]),
        (Positive, 1e-12, -1, [5e-13]),
        (Fraction, 0.7, 1, [0.75, 0.8, 0.9, 0.95, 0.98, 0.99]),
        (Fraction, 0.95, -1, [0.9, 0.8, 0.75]),
        (Fraction, 0.1, -1, [0.05, 0.0, 0.0]),
        (Count, 8, 1, [9, 10, 20, 50]),
        (Count, 20, -1, [10, 9, 8]),
        (Count, 2, -1, [1, 1]),
        (bool, True, 1, [False, True]),
    ],
)
def test_steps_suit_the_setting(annotation, value, by, expected):
    assert walked(range_of(annotation), value, by, len(expected)) == pytest.approx(expected, rel=1e-12)


def test_batch_sizes_go_by_powers_of_two_and_choices_in_a_circle():
    span = range_of(Span)
    assert walked(span, 10, 1, 3, "train.batch_size") == [16, 32, 64]
    assert walked(span, 10, -1, 6, "train.batch_size") == [8, 4, 2, 1, 0, 0]
    assert walked(span, 0, 1, 2, "train.batch_size") == [1, 2]
    assert walked(Range("choice", ("a", "b", "c")), "a", -1, 3) == ["c", "b", "a"]


def test_what_is_not_set_begins_and_a_list_stays():
    optional = range_of(Positive | None)
    assert (optional.next(None, 1), optional.next(None, -1)) == (0.01, None)
    assert range_of(list[int]).next([4], 1) == [4]


@pytest.mark.parametrize(
    ("text", "first"),
    [("rate", "schedule.rate"), ("learning", "schedule.rate"), ("lr", "schedule.rate"), ("neurons", "model.hidden"),
     ("adam", "optimizer.kind"), ("seed", "random.seed"), ("xyzzy", "")],
)  # fmt: skip
def test_a_setting_is_found_by_what_it_is_called_elsewhere(text, first, scenario_plans):
    found = named(controls(scenario_plans[-1]), text)
    assert (found[0].key if found else "") == first


@given(data=st.data())
def test_every_value_that_is_walked_to_is_allowed(data, scenario_plans):
    plan = data.draw(st.sampled_from(scenario_plans))
    one = data.draw(st.sampled_from([one for one in controls(plan) if one.range.kind in ("integer", "number")]))
    value = one.value
    for by in data.draw(st.lists(st.sampled_from([1, -1]), max_size=40)):
        value = one.range.next(value, by, one.key)
    if value is not None:
        assert one.range.low <= value <= one.range.high
        assert not (one.range.open_low and value == one.range.low)
        assert not (one.range.open_high and value == one.range.high)


@pytest.fixture(scope="module")
def scenario_plans():

    return [bundled(name).plan() for name in ("playground-circle", "learning-rate-schedules", "xor")]
