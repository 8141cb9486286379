"""The same run is the same bits however it is reached, with everything that a network can be made of.

One go, parts of any size, phase by phase, after steps back, and from a checkpoint alone: with dropout, batch
normalization, residual connections, every activation and loss, shuffling, validation, and either precision.
"""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nnsim.nn.activations import ACTIVATIONS
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run
from nnsim.training.trainer import PHASES, Trainer

STEPS = 30


def toml(value):
    """A value as TOML writes it inline."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + "}"
        case list():
            return "[" + ", ".join(toml(one) for one in value) + "]"
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case _:
            return repr(value)


kinds = st.sampled_from(sorted(ACTIVATIONS))
simple = st.one_of(
    st.builds(lambda units, kind: {"kind": "dense", "units": units, "activation": kind}, st.integers(1, 5), kinds),
    st.builds(lambda rate: {"kind": "dropout", "rate": rate}, st.sampled_from([0.0, 0.2, 0.5])),
    st.builds(lambda kind: {"kind": "batch-norm", "activation": kind}, kinds),
)


@st.composite
def stacks(draw):
    """Layers in any order; one of them may be a residual connection around others."""
    layers = draw(st.lists(simple, min_size=1, max_size=3))
    if draw(st.booleans()):
        inner = [one for one in draw(st.lists(simple, max_size=2)) if one["kind"] != "dense"]
        layers += [
            {"kind": "dense", "units": 3, "activation": "linear"},
            {"kind": "residual", "layers": [{"kind": "dense", "units": 3, "activation": draw(kinds)}, *inner]},
        ]
    return layers


@st.composite
def scenarios(draw):
    """A small scenario with a few rows, a network, a loss that fits it, and a way of training."""
    loss, output, data = draw(
        st.sampled_from(
            [
                ("mse", "sigmoid", {"kind": "parity", "bits": 3}),
                ("mae", "tanh", {"kind": "xor", "n": 11, "noise": 0.1}),
                ("huber", "linear", {"kind": "plane", "n": 9, "standardize": True}),
                ("binary-cross-entropy", "sigmoid", {"kind": "circle", "n": 10, "features": ["x", "x^2", "y^2"]}),
                ("softmax-cross-entropy", "softmax", {"kind": "spiral", "n": 12, "degree": 2}),
            ]
        )
    )
    tables = {
        "data": data,
        "loss": loss,
        "model": {"layers": draw(stacks()), "output": output},
        "schedule": {"kind": "cosine", "rate": 0.05},
        "train": {
            "epochs": 100,
            "batch_size": draw(st.sampled_from([0, 3, 5])),
            "validation": draw(st.sampled_from([0.0, 0.25])),
            "precision": draw(st.sampled_from(["float32", "float64"])),
        },
        "random": {"generator": draw(st.sampled_from(["pcg64", "legacy"])), "seed": draw(st.integers(0, 99))},
    }
    text = "\n".join(f"{key} = {toml(value)}" for key, value in tables.items())
    return parse_scenario(f'title = "t"\nsummary = "s"\n{text}', name="t", source="t.toml")


def columns(timeline):
    return {name: series.values(0, len(series)) for name, series in timeline.series.items()}


def state(trainer):
    """All numbers that the next step depends on."""
    checkpoint = trainer.checkpoint()
    return checkpoint.parameters, checkpoint.statistics, checkpoint.random, checkpoint.random_now


def assert_same_state(one, other):
    assert np.array_equal(one[0], other[0])
    assert one[0].dtype == other[0].dtype
    assert np.array_equal(one[1], other[1])
    assert repr(one[2:]) == repr(other[2:])


@settings(deadline=None, max_examples=20)
@given(scenario=scenarios(), data=st.data())
def test_the_same_bits_in_one_go_in_parts_by_phase_after_stepping_back_and_from_a_checkpoint(scenario, data):
    straight = Run(scenario)
    straight.advance_to(STEPS)
    end = straight.timeline.length
    assert straight.timeline.stop is None, straight.timeline.stop
    expected = state(straight.trainer)

    run = Run(scenario)
    replica = Replica(run.timeline)
    while run.timeline.length < end:
        run.advance(data.draw(st.integers(1, end - run.timeline.length)))
        replica.at(data.draw(st.integers(0, run.timeline.length)), data.draw(st.integers(0, 3)))
    assert_same_state(state(run.trainer), expected)
    one, other = columns(run.timeline), columns(straight.timeline)
    assert one.keys() == other.keys()
    for name in one:
        assert np.array_equal(one[name], other[name], equal_nan=True), name

    stepped = replica.at(data.draw(st.integers(0, end - 1)))
    taken = stepped.checkpoint()
    while stepped.step < end:
        for phase in PHASES:
            stepped.enter(phase)
    assert_same_state(state(stepped), expected)

    restarted = Trainer(scenario.plan())
    restarted.restore(taken)
    while restarted.step < end:
        restarted.advance(data.draw(st.integers(1, end - restarted.step)))
    assert_same_state(state(restarted), expected)
    assert np.array_equal(restarted.evaluate().predictions, straight.trainer.evaluate().predictions)


def test_asking_the_network_draws_nothing_and_learns_nothing():
    text = """
title = "t"
summary = "s"
[data]
kind = "circle"
n = 12
[model]
layers = [{kind = "dense", units = 4}, {kind = "batch-norm"}, {kind = "dropout", rate = 0.5}]
[train]
batch_size = 4
"""
    trainer = Trainer(parse_scenario(text, name="t", source="t.toml").plan())
    trainer.advance(4)
    before = state(trainer)
    first, second = trainer.evaluate(), trainer.evaluate()
    assert np.array_equal(first.predictions, second.predictions)
    assert first.loss == second.loss
    assert_same_state(state(trainer), before)
    assert len(before[1]) == 8
    assert not np.array_equal(before[1], [0, 0, 0, 0, 1, 1, 1, 1])
    trainer.advance(2)
    assert repr(state(trainer)[2:]) != repr(before[2:])


def test_a_rate_of_one_leaves_out_a_product_and_changes_no_bit():
    text = """
    title = "unit"
    summary = "unit"
    [data]
    kind = "parity"
    bits = 3
    [model]
    hidden = [4]
    [schedule]
    kind = "step"
    rate = 2.0
    drop = 0.5
    every = 20
    [train]
    epochs = 60
    [regularization]
    weight_decay = 0.01
    max_norm = 1.5
    """
    plan = parse_scenario(text, name="unit", source="unit").plan()
    quick, phased = Trainer(plan), Trainer(plan)
    for size in (20, 1, 12, 7, 20):  # rates of 2, of 1, of 1/2
        quick.advance(size)
        for _ in range(size):
            for phase in PHASES:
                phased.enter(phase)
        assert quick.parameters.tobytes() == phased.parameters.tobytes()
        assert quick.change.tobytes() == phased.change.tobytes()
