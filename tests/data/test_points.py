"""Rows changed by hand: the table in the settings gives the very rows that were there, and the changed ones."""

import numpy as np
import pytest

from nnsim.data.points import MOST_POINTS, choices, nearest, raw_targets, refuse_others, rows_of, table
from nnsim.errors import ScenarioError
from nnsim.recording import open_recording, save
from nnsim.recording.verification import verify
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run

TASKS = {
    "classes": ('kind = "circle"\nn = 12\nfeatures = ["x", "y^2"]', "sigmoid", "mse"),
    "classes, tanh": ('kind = "xor"\nn = 9\nstandardize = true', "tanh", "mse"),
    "a column each": ('kind = "spiral"\nn = 10\ndegree = 2', "softmax", "softmax-cross-entropy"),
    "numbers": ('kind = "plane"\nn = 7', "linear", "mse"),
    "standardized": ('kind = "polynomial"\nn = 6\nstandardize_target = true', "linear", "mse"),
    "no classes": ('kind = "parity"', "sigmoid", "binary-cross-entropy"),
    "one input": ('kind = "polynomial"\nn = 6', "linear", "mse"),
}


def scenario(task):
    data, output, loss = TASKS[task]
    text = (
        f'title = "t"\nsummary = "s"\nloss = "{loss}"\n[data]\n{data}\n[model]\nhidden = [3]\noutput = "{output}"'
    )
    return parse_scenario(text, name="small", source="small.toml")


@pytest.mark.parametrize("task", sorted(TASKS))
def test_the_rows_as_a_table_train_to_the_same_bits(task, tmp_path):
    straight = Run(scenario(task))
    plan = straight.timeline.plan
    run = Run(scenario(task), settings=table(plan.examples, plan.data, rows_of(plan.examples)))
    own = run.timeline.plan.examples
    assert np.array_equal(own.inputs, plan.examples.inputs)
    assert np.array_equal(own.targets, plan.examples.targets)
    assert (own.input_names, own.target_names, own.classes) == (
        plan.examples.input_names,
        plan.examples.target_names,
        plan.examples.classes,
    )
    for one in (straight, run):
        one.advance_to(20)
    assert np.array_equal(run.trainer.parameters, straight.trainer.parameters)
    assert len(run.timeline.name) < 60
    save(tmp_path / "x.nnsim", [run.timeline])
    with open_recording(tmp_path / "x.nnsim") as recording:
        assert verify(recording).verified
        assert recording.timelines[0].settings == run.timeline.settings


@pytest.mark.parametrize("task", sorted(TASKS))
def test_a_row_more_is_a_row_of_its_class(task):
    plan = scenario(task).plan()
    _, target = choices(plan.examples)[-1]
    place = (0.5,) * plan.examples.inputs.shape[1]
    changed = scenario(task).plan(None, table(plan.examples, plan.data, [*rows_of(plan.examples), (place, target)]))
    assert changed.examples.rows == plan.examples.rows + 1
    assert changed.examples.inputs[-1].tolist() == list(place)
    assert raw_targets(changed.examples)[-1] == target


def test_rows_of_one_class_alone_keep_it():
    plan = scenario("classes").plan()
    ones = [row for row in rows_of(plan.examples) if row[1] == 1.0]
    changed = scenario("classes").plan(None, table(plan.examples, plan.data, ones))
    assert raw_targets(changed.examples).tolist() == [1.0] * len(ones)


def test_the_nearest_row_is_nearest_in_the_picture():
    plan = scenario("no classes").plan()
    assert nearest(plan.examples, (0.1, 0.8), (1.0, 1.0)) == 1
    assert nearest(plan.examples, (0.4, 0.9), (10.0, 1.0)) == 1
    curve = scenario("one input").plan().examples
    assert nearest(curve, (curve.inputs[2, 0], curve.targets[2, 0]), (2.0, 1.0)) == 2


def test_what_is_too_large_or_no_point_is_refused():
    plan = scenario("classes").plan()
    with pytest.raises(ScenarioError, match="5,001 points are too many"):
        table(plan.examples, plan.data, rows_of(plan.examples)[:1] * (MOST_POINTS + 1))
    with pytest.raises(ScenarioError, match="the last point stays"):
        table(plan.examples, plan.data, [])
    text = 'title = "t"\nsummary = "s"\n[data]\nkind = "parity"\nbits = 3'
    with pytest.raises(ScenarioError, match="allowed: one input, or two"):
        refuse_others(parse_scenario(text, name="small", source="small.toml").plan().examples)
