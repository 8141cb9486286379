"""The same run is the same bits in one go, in parts, by phases, after a step back, and from any checkpoint."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trajectories import toml

from nnsim.optim.clipping import CLIPPINGS
from nnsim.optim.optimizers import OPTIMIZERS
from nnsim.optim.schedules import SCHEDULES
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run
from nnsim.training.trainer import PHASES

STEPS = 40

optimizers = st.sampled_from(sorted(OPTIMIZERS)).flatmap(
    lambda kind: st.fixed_dictionaries(
        {"kind": st.just(kind)},
        optional={
            "rmsprop": {"centered": st.booleans(), "momentum": st.just(0.5)},
            "lion": {"weight_decay": st.just(0.1)},
            "muon": {"scale": st.sampled_from(["original", "match-rms-adamw"])},
            "sam": {"momentum": st.just(0.5)},
            "l-bfgs": {"history": st.integers(1, 5)},
        }.get(kind, {}),
    )
)
schedules = st.sampled_from(sorted(SCHEDULES)).flatmap(
    lambda kind: st.fixed_dictionaries(
        {
            "kind": st.just(kind),
            "rate": st.sampled_from([0.01, 0.1]),
            "by": st.sampled_from(["epoch", "step"]),
            "warmup": st.sampled_from([0, 3]),
        },
        optional={"patience": st.integers(0, 3), "cooldown": st.integers(0, 2), "threshold": st.just(0.1)}
        if kind == "reduce-on-plateau"
        else {},
    )
)
regularizations = st.fixed_dictionaries(
    {},
    optional={
        "l1": st.just(0.001),
        "l2": st.just(0.01),
        "weight_decay": st.just(0.01),
        "max_norm": st.just(1.0),
        "biases": st.booleans(),
    },
)
stopping = st.fixed_dictionaries({"patience": st.integers(1, 12), "restore_best": st.booleans()})


@st.composite
def scenarios(draw):
    """Tables of any optimizer, schedule, clipping, regularization and batch size that go together."""
    optimizer = draw(optimizers)
    table = {
        "data": {"kind": "parity", "bits": 3},
        "model": draw(
            st.sampled_from(
                [
                    {"hidden": [3], "activation": "tanh"},
                    {"hidden": [3], "activation": "relu"},
                    {"layers": "layers"},
                ]
            )
        ),
        "train": {"epochs": 500, "batch_size": draw(st.sampled_from([0, 3]))},
        "random": {"generator": draw(st.sampled_from(["pcg64", "legacy"])), "seed": draw(st.integers(0, 9))},
        "optimizer": optimizer,
        "schedule": draw(schedules),
        "clipping": {"kind": draw(st.sampled_from(sorted(CLIPPINGS)))},
        "regularization": draw(regularizations),
        "solver": {"kind": draw(st.sampled_from(["gradient-descent"] * 9 + ["finite-differences"]))},
    }
    if optimizer["kind"] == "sam":
        table["clipping"] = {"kind": "none"}
    if optimizer["kind"] == "l-bfgs":
        table["train"]["batch_size"] = 0
        table["clipping"] = {"kind": "none"}
        for key in ("weight_decay", "max_norm"):
            table["regularization"].pop(key, None)
    if draw(st.booleans()):
        table["train"]["validation"] = 0.25
        if draw(st.booleans()):
            rule = draw(stopping)
            inner = ", ".join(f"{key} = {str(value).lower()}" for key, value in rule.items())
            return toml(table).replace("validation =", f"early_stopping = {{ {inner} }}\nvalidation =")
    return toml(table)


LAYERS = """[
    {kind = "dense", units = 3, activation = "tanh"}, {kind = "batch-norm"}, {kind = "dropout", rate = 0.3},
]"""


def make(text):
    return Run(parse_scenario(f'title = "t"\nsummary = "s"\n{layered(text)}', name="any", source="any.toml"))


def layered(text):
    return text.replace('"layers"', LAYERS)


def state(trainer):
    checkpoint = trainer.checkpoint()
    return np.concatenate([checkpoint.parameters, checkpoint.slots.ravel(), checkpoint.statistics])


def columns(timeline):
    return {name: series.values(0, len(series)) for name, series in timeline.series.items()}


@settings(deadline=None, max_examples=40)
@given(text=scenarios(), data=st.data())
def test_any_way_of_training_gives_the_same_bits(text, data):
    straight = make(text)
    straight.advance_to(STEPS)
    end = straight.timeline.length
    expected = state(straight.trainer)

    run = make(text)
    replica = Replica(run.timeline)
    for stop in [*sorted(data.draw(st.sets(st.integers(1, STEPS - 1), max_size=3))), STEPS]:
        run.advance_to(stop)
        replica.at(data.draw(st.integers(0, run.timeline.length)), data.draw(st.integers(0, 3)))
    assert np.array_equal(state(run.trainer), expected, equal_nan=True)
    assert run.timeline.stop == straight.timeline.stop
    one, other = columns(run.timeline), columns(straight.timeline)
    assert one.keys() == other.keys()
    for name, values in one.items():
        assert np.array_equal(values, other[name], equal_nan=True), name
    assert np.array_equal(state(replica.at(end)), expected, equal_nan=True)

    stepped = replica.at(data.draw(st.integers(0, end - 1)))
    while stepped.step < end:
        for phase in PHASES:
            stepped.enter(phase)
    assert np.array_equal(state(stepped), expected, equal_nan=True)

    restored = make(text).trainer
    middle = data.draw(st.integers(0, end))
    restored.restore(replica.at(middle).checkpoint())
    while restored.step < end:
        restored.advance(end - restored.step)
    assert np.array_equal(state(restored), expected, equal_nan=True)


@pytest.mark.parametrize(
    ("key", "value", "series"),
    [
        ("clipping.kind", "global-norm", "clipped:layer1"),
        ("regularization.l2", 0.01, "penalty"),
        ("optimizer.kind", "l-bfgs", "forward_passes"),
    ],
)
def test_a_rule_that_a_change_brings_has_gaps_before_it_and_comes_back_exactly(key, value, series):
    run = make(toml({"data": {"kind": "parity", "bits": 3}, "model": {"hidden": [3]}}))
    run.advance_to(20)
    run.change(key, value)
    run.advance_to(40)
    run.change(key, {"clipping.kind": "none", "regularization.l2": 0.0, "optimizer.kind": "adam"}[key])
    run.advance_to(50)
    values = columns(run.timeline)[series]
    assert np.array_equal(np.isnan(values), [*[True] * 20, *[False] * 20, *[True] * 10])
    expected = state(run.trainer)
    replica = Replica(run.timeline)
    middle = state(replica.at(30))
    assert np.array_equal(state(replica.at(50)), expected)
    assert np.array_equal(state(replica.at(30)), middle)
