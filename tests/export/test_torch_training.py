"""The training part of a PyTorch program, method by method; `make test-programs` runs it with PyTorch itself."""

import ast

import numpy as np
import pytest
from shared import bundled

from nnsim.export.exporter import Chosen
from nnsim.export.pytorch import torch_program
from nnsim.export.torch_pieces import BY_LINES, LOSSES
from nnsim.export.torch_pieces import OPTIMIZERS as TORCH_OPTIMIZERS
from nnsim.nn.losses import LOSSES as ALL_LOSSES
from nnsim.optim.optimizers import OPTIMIZERS
from nnsim.scenario.catalog import entries
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline import Timeline
from nnsim.timeline.run import Run

SMALL = """
title = "t"
summary = "s"
[data]
kind = "circle"
n = 20
[model]
hidden = [3]
[train]
epochs = 20
"""
SCALED = """
title = "t"
summary = "s"
[data]
kind = "plane"
n = 12
standardize_target = true
[model]
output = "linear"
"""


def made(settings, text=SMALL, steps=0):
    run = Run(parse_scenario(text, name="small", source="s.toml"), None, settings)
    run.advance_to(steps)
    return run, torch_program(Chosen(1, run.timeline, steps))


def modules(text):
    """The layers of the model, as they stand."""
    lines = text.split("model = nn.Sequential(")[1].split("weights = {")[0]
    return [line.strip() for line in lines.splitlines() if line.startswith("    nn.")]


def test_every_loss_and_optimizer_has_a_counterpart_or_lines_of_its_own():
    assert set(LOSSES) == set(ALL_LOSSES.values())
    assert set(TORCH_OPTIMIZERS) | set(BY_LINES) == set(OPTIMIZERS.values())


@pytest.mark.parametrize(
    ("settings", "last", "answers"),
    [
        ({"loss.kind": "binary-cross-entropy"}, "nn.Linear(3, 1, bias=True),", "torch.sigmoid(model("),
        (
            {"loss.kind": "softmax-cross-entropy", "model.output": "softmax"},
            "nn.Linear(3, 2, bias=True),",
            "torch.softmax(model(",
        ),
        ({"loss.kind": "mse"}, "nn.Sigmoid(),", "answers = model("),
    ],
)
def test_the_model_ends_where_its_loss_begins(settings, last, answers):
    _, program = made(settings)
    assert modules(program.text)[-1] == last
    assert answers in program.text


def test_the_model_is_left_in_the_mode_for_training():
    norm = {"model.hidden": [], "model.layers": [{"kind": "batch-norm"}], "loss.kind": "binary-cross-entropy"}
    _, program = made(norm, steps=5)
    tree = ast.parse(program.text)
    calls = [
        one.value.func.attr for one in tree.body if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)
    ]
    assert "eval" not in calls


def test_answers_are_in_the_unit_of_the_data():
    run, program = made({}, SCALED, steps=10)
    expected = next(
        ast.literal_eval(one.value.args[0])
        for one in ast.parse(program.text).body
        if isinstance(one, ast.Assign) and one.targets[0].id == "expected"
    )
    scaling = run.timeline.plan.examples.scaling
    answers = run.trainer.predict(run.timeline.plan.examples.inputs[:8]) * scaling.deviation + scaling.mean
    assert np.array_equal(expected, answers)
    assert repr(float(scaling.deviation[0])) in program.text


@pytest.mark.parametrize("kind", sorted(OPTIMIZERS))
def test_a_program_goes_on_with_each_optimizer(kind):
    _, program = made({"optimizer.kind": kind}, steps=3)
    tree = ast.parse(program.text)
    assert {"answer", "loss_of", "train"} <= {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}
    assert "step = 3  # that are done" in program.text
    assert (kind == "sgd") != any(one.startswith("what the optimizer remembered") for one in program.left_out)


def test_batches_are_dealt_out_as_in_the_run_from_its_step_on():
    run, program = made({"train.batch_size": 6}, steps=5)
    assert run.timeline.steps_per_epoch == 4
    assert "for _ in range(2):  # the epochs that are begun" in program.text


def test_layers_with_rates_of_their_own_are_groups_of_the_optimizer():
    _, program = made({"schedule.layer_rates": {"layer1": 0.5}, "schedule.rate": 0.1})
    assert '"factor": 5.0}' in program.text
    assert 'group["lr"] = rate * group.get("factor", 1.0)' in program.text
    ast.parse(program.text)


def test_a_search_has_no_loop_and_says_so():
    _, program = made({"solver.kind": "random-search"})
    assert "def train" not in program.text
    assert program.left_out == ("random-search, a search without gradients: there is no loop to go on with",)
    assert f"Left out: {program.left_out[0]}." in program.text


def test_many_rows_lie_beside_the_program():
    _, program = made({"data.n": 201})
    assert program.arrays["inputs"].shape == (201, 2)
    assert 'Path(__file__).with_name("run.npz")' in program.text


@pytest.mark.parametrize("name", [one.name for one in entries()])
def test_the_program_of_every_scenario_is_python(name):
    scenario = bundled(name)
    timeline = Timeline(scenario, scenario.variants[0].name, {})
    run = Run(scenario, timeline.variant)
    ast.parse(torch_program(Chosen(1, run.timeline, 0)).text)
