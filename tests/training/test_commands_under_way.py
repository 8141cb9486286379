"""Settings and parameters changed under way: the same bits however the steps after them are reached."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnsim.errors import ScenarioError
from nnsim.nn.parameters import parameter_index, parameter_key
from nnsim.recording import open_recording, save
from nnsim.recording.verification import verify
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run
from nnsim.training.trainer import PHASES, Trainer

TASKS = {
    "full batch": "hidden = [3]",
    "batches": "hidden = [3]\n[train]\nbatch_size = 3",
    "normed, single precision": 'layers = [{kind = "dense", units = 3}, {kind = "batch-norm"},'
    ' {kind = "dropout", rate = 0.3}]\n[train]\nbatch_size = 3\nprecision = "float32"\nvalidation = 0.25',
    "adam": 'hidden = [3]\n[optimizer]\nkind = "adam"\n[train]\nbatch_size = 5',
}
CHANGES = [
    ("parameters.layer1.weight[2,1]", 0.5),
    ("parameters.layer2.bias[1]", -2),
    ("parameters.layer1.weight[2,1]", -1.25),
    ("optimizer.kind", "adam"),
    ("optimizer.kind", "sgd"),
    ("schedule.rate", 0.3),
]


def make(extra):
    text = f'title = "t"\nsummary = "s"\n[data]\nkind = "parity"\nbits = 3\n[model]\n{extra}'
    return parse_scenario(text, name="small", source="small.toml")


def state(trainer):
    one = trainer.checkpoint()
    return (
        one.parameters.tobytes(),
        one.slots.tobytes(),
        one.statistics.tobytes(),
        repr((one.random, one.random_now)),
    )


@settings(deadline=None, max_examples=8)
@given(task=st.sampled_from(sorted(TASKS)), data=st.data())
def test_what_is_changed_under_way_is_the_same_from_anywhere(task, data, tmp_path_factory):
    scenario = make(TASKS[task])
    places = sorted(data.draw(st.lists(st.integers(0, 40), min_size=1, max_size=4)))
    given = [(step, *data.draw(st.sampled_from(CHANGES))) for step in places]
    straight, run = Run(scenario), Run(scenario)
    for step, key, value in given:
        straight.advance_to(step)
        straight.change(key, value)
    straight.advance_to(50)

    replica, states = Replica(run.timeline), {}
    for step, key, value in [*given, (50, None, None)]:
        while run.timeline.length < step:
            run.advance(data.draw(st.integers(1, step - run.timeline.length)))
            replica.at(data.draw(st.integers(0, run.timeline.length)), data.draw(st.integers(0, 3)))
        if key is not None:
            run.change(key, value)
            assert state(replica.at(step)) == state(run.trainer)
        states[step] = state(run.trainer)
    assert state(run.trainer) == state(straight.trainer)
    for name, series in straight.timeline.series.items():
        assert run.timeline.series[name].values(0, len(series)).tobytes() == series.values(0, len(series)).tobytes()
    for step in data.draw(st.permutations([*states])):
        assert state(replica.at(step)) == states[step]
    stepped = replica.at(places[-1])
    while stepped.step < 50:
        for phase in PHASES:
            stepped.enter(phase)
    assert state(stepped) == states[50]

    path = tmp_path_factory.mktemp("commands") / "x.nnsim"
    save(path, [run.timeline])
    with open_recording(path) as recording:
        verdict = verify(recording)
        assert (verdict.verified, verdict.differing) == (True, [])
        assert recording.timelines[0].commands == run.timeline.commands
        assert state(Replica(recording.timelines[0]).at(50)) == states[50]


def test_a_parameter_is_the_number_it_was_given_and_training_goes_on_from_there():
    run = Run(make("hidden = [3]"))
    run.advance_to(7)
    before = run.trainer.parameters.copy()
    run.change("parameters.layer1.weight[2,1]", 0.5)
    first = run.timeline.plan.network.layers[0]
    assert first.weights(run.trainer.parameters)[1, 0] == 0.5
    assert np.flatnonzero(run.trainer.parameters != before).tolist() == [3]
    # One step of gradient descent by hand from the changed parameters.
    other = Trainer(run.timeline.plan)
    other.parameters[:] = run.trainer.parameters
    start = other.parameters.copy()
    other.advance(1)
    run.advance_to(8)
    assert np.array_equal(run.trainer.parameters, other.parameters)
    assert not np.array_equal(start, other.parameters)
    assert run.timeline.plan_at(8) is run.timeline.plan
    assert [one.text for one in run.timeline.marks] == ["parameters.layer1.weight[2,1] = 0.5"]


def test_a_setting_changed_there_and_back_at_one_step_leaves_nothing():
    """An optimizer that another takes the place of loses its memory; one that was only looked at does not."""
    straight, run = (Run(make(TASKS["adam"])) for _ in range(2))
    straight.advance_to(30)
    run.advance_to(13)
    run.change("optimizer.kind", "sgd")
    run.change("optimizer.kind", "adam")
    assert [one.value for one in run.timeline.commands] == ["adam"]
    run.advance_to(30)
    assert state(run.trainer) == state(straight.trainer)


def test_a_fork_at_a_step_with_commands_changes_them_together_too():
    run = Run(make(TASKS["adam"]))
    run.advance_to(13)
    run.change("optimizer.kind", "sgd")
    fork, straight = Run.fork(run.timeline, 13), Run(make(TASKS["adam"]))
    fork.change("optimizer.kind", "adam")
    fork.advance_to(30)
    straight.advance_to(30)
    assert state(fork.trainer) == state(straight.trainer)


@pytest.mark.parametrize("task", sorted(TASKS))
def test_every_parameter_has_one_key(task):
    network = make(TASKS[task]).plan().network
    found = []
    for layer in network.trained:
        rows, units = layer.view(np.zeros(network.size)).shape
        found += [
            parameter_index(network, parameter_key(layer, row, unit))
            for row in range(rows)
            for unit in range(units)
        ]
    assert found == list(range(network.size))


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("parameters.layer1.weight[4,1]", 1.0, r"is not there \(allowed: inputs 1 to 3, units 1 to 3\)"),
        ("parameters.layer1.weight[0,1]", 1.0, "is not there"),
        ("parameters.layer1.bias[4]", 1.0, "units 1 to 3"),
        ("parameters.layer1.bias[1,1]", 1.0, "has no such parameter"),
        ("parameters.layer1.gamma[1]", 1.0, r"weight\[input,unit\], bias\[unit\]"),
        ("parameters.layer9.bias[1]", 1.0, "there is no layer9.*allowed: layer1, layer2"),
        ("parameters.weight", 1.0, "names no parameter"),
        ("parameters.layer1.weight[1,1]", "much", "'much' is not allowed"),
        ("parameters.layer1.weight[1,1]", float("nan"), "is not allowed"),
        ("parameters.layer1.weight[1,1]", 1e13, "from -1e"),
        ("parameters.layer1.weight[1,1]", True, "is not allowed"),
    ],
)
def test_a_parameter_that_is_not_there_or_a_value_that_is_none_is_refused(key, value, told):
    run = Run(make("hidden = [3]"))
    with pytest.raises(ScenarioError, match=told):
        run.change(key, value)
    assert not run.timeline.commands


def test_a_search_keeps_its_own_guess():
    run = Run(make('hidden = [3]\n[solver]\nkind = "random-search"'))
    with pytest.raises(ScenarioError, match="own best guess"):
        run.change("parameters.layer1.weight[1,1]", 1.0)


@pytest.mark.parametrize("phase", [0, 2])
def test_what_was_looked_at_before_it_was_changed_again_is_not_gone_on_from(phase):
    run = Run(make(TASKS["adam"]))
    run.advance_to(13)
    run.change("optimizer.kind", "sgd")
    run.change("parameters.layer1.bias[1]", 5.0)
    replica = Replica(run.timeline)
    replica.at(13)
    run.change("optimizer.kind", "adam")
    run.change("parameters.layer1.bias[1]", 0.5)
    run.advance_to(30)
    assert state(replica.at(20, phase)) == state(Replica(run.timeline).at(20, phase))
    assert state(replica.at(30)) == state(run.trainer)
