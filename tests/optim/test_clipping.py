"""Clipping keeps the gradient within its bound, and what it was before stays on record."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from trajectories import start

from nnsim.errors import ScenarioError
from nnsim.nn.arrays import perform
from nnsim.optim.clipping import CLIPPINGS

LAYERS = (slice(0, 2), slice(2, 5))

gradients = arrays.arrays(np.float64, 5, elements=st.floats(-1e6, 1e6))
limits = st.floats(1e-3, 1e3)


def clipped(kind, gradient, limit, layers=LAYERS):
    result = np.full_like(gradient, np.nan)
    perform(CLIPPINGS[kind](limit=limit).clip(gradient, result, layers))
    return result


def test_the_tutorials_gradients(golden):
    facts = golden["gradient_clipping"]
    gradient = np.concatenate(facts["gradients"])
    assert np.linalg.norm(gradient) == pytest.approx(facts["norm"], rel=1e-14)
    result = clipped("global-norm", gradient, facts["clipped_to"], (slice(0, 2), slice(2, 3)))
    assert np.linalg.norm(result) == pytest.approx(facts["clipped_to"], rel=1e-6)
    assert result / gradient == pytest.approx(np.full(3, 1.0 / facts["norm"]), rel=1e-6)


@given(gradient=gradients, limit=limits)
def test_no_norm_exceeds_its_limit_and_short_gradients_stay(gradient, limit):
    for kind, parts in (("global-norm", (slice(0, 5),)), ("layer-norm", LAYERS)):
        result = clipped(kind, gradient, limit)
        for part in parts:
            norm = np.linalg.norm(gradient[part])
            assert np.linalg.norm(result[part]) <= limit
            if norm + 1e-6 <= limit * (1.0 - 1e-12):
                assert np.array_equal(result[part], gradient[part])
            else:
                assert result[part] * norm == pytest.approx(gradient[part] * min(limit, norm), rel=1e-2, abs=1e-5)
    assert np.array_equal(clipped("value", gradient, limit), np.clip(gradient, -limit, limit))


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_number_that_is_none_spreads_as_in_pytorch(wrong):
    """`clip_grad_norm_` multiplies all numbers with a factor that is NaN, or 0 for an infinite norm."""
    gradient = np.array([3.0, 4.0, 1.0, wrong, 2.0])
    others = np.nan if np.isnan(wrong) else 0.0
    with np.errstate(invalid="ignore"):
        whole, layered = clipped("global-norm", gradient, 1.0), clipped("layer-norm", gradient, 1.0)
    np.testing.assert_array_equal(whole, [others, others, others, np.nan, others])
    np.testing.assert_array_equal(
        layered, [*clipped("layer-norm", gradient[:2], 1.0, LAYERS[:1]), others, np.nan, others]
    )


def test_the_norms_before_and_after_are_both_recorded():
    run = start({"clipping": {"kind": "layer-norm", "limit": 0.05}, "schedule": {"kind": "constant", "rate": 0.1}})
    run.advance_to(40)
    record = {name: series.values(0, 40) for name, series in run.timeline.series.items()}
    bare = start({"schedule": {"kind": "constant", "rate": 0.1}})
    bare.advance_to(1)
    for layer in ("layer1", "layer2"):
        before, after = record[f"gradient:{layer}"], record[f"clipped:{layer}"]
        assert before[0] == bare.timeline.series[f"gradient:{layer}"].at_step(1)
        assert after == pytest.approx(np.minimum(before, 0.05), rel=1e-4)
    assert (record["gradient:layer2"] > 0.05).any()
    assert not any(name.startswith("clipped") for name in bare.timeline.series)


@pytest.mark.parametrize(
    ("clipping", "message"),
    [
        ({"kind": "global-norm", "limit": 0.0}, r"clipping.limit: 0.0 is not allowed \(allowed: a number above 0"),
        ({"kind": "norm"}, r"clipping.kind: 'norm' is not known.*allowed: global-norm, layer-norm, none, value"),
        ({"kind": "none", "limit": 1.0}, r"clipping.limit: unknown key \(allowed: nothing\)"),
    ],
)
def test_what_clipping_cannot_be_is_said(clipping, message):
    with pytest.raises(ScenarioError, match=message):
        start({"clipping": clipping})
