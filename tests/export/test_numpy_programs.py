"""The plain NumPy program of a run makes the run again: every method, every kind of ending, every scenario."""

import ast

import pytest
from program_runs import carried_out, compared, largest_difference
from shared import bundled

from nnsim.errors import NnsimError
from nnsim.export.programs.numpy_program import numpy_program
from nnsim.nn.benchmark_functions import FUNCTIONS
from nnsim.scenario.catalog import entries
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline import Timeline
from nnsim.timeline.run import Run

SETTINGS = """
title = "Small"
summary = "thirty rows"
panes = ["loss"]
[data]
kind = "circle"
n = 30
[model]
hidden = [5]
activation = "tanh"
output = "sigmoid"
[loss]
kind = "binary-cross-entropy"
[schedule]
rate = 0.3
[train]
epochs = 25
[random]
seed = 7
[[variants]]
name = "plain"
"""


@pytest.fixture(scope="module")
def small():
    return parse_scenario(SETTINGS, name="small", source="small.toml")


def layers(*kinds):
    return {"model.hidden": [], "model.layers": list(kinds)}


NORM = {"kind": "batch-norm", "activation": "relu"}
LINEAR = {"kind": "dense", "units": 4, "activation": "linear"}
CLASSES = {"model.output": "softmax", "loss.kind": "softmax-cross-entropy"}
RUNS = {
    **{
        f"optimizer {kind}": {"optimizer.kind": kind, "schedule.rate": 0.01}
        for kind in ("adadelta", "adagrad", "adam", "adamw", "amsgrad", "lion", "momentum", "nesterov", "rmsprop")
    },
    "rmsprop with all its settings": {
        "optimizer": {"kind": "rmsprop", "momentum": 0.5, "centered": True},
        "schedule.rate": 0.01,
    },
    "lion with decay": {"optimizer": {"kind": "lion", "weight_decay": 0.1}, "schedule.rate": 0.01},
    "adagrad from a sum": {"optimizer": {"kind": "adagrad", "initial_sum": 0.1}},
    "muon without a look ahead": {
        "optimizer": {"kind": "muon", "nesterov": False, "scale": "match-rms-adamw"},
        "schedule.rate": 0.01,
    },
    "adafactor with decay": {"optimizer": {"kind": "adafactor", "weight_decay": 0.1}, "schedule.rate": 0.3},
    "sam in batches behind batch normalization": {
        **layers(LINEAR, NORM, {"kind": "dropout", "rate": 0.2}),
        "optimizer": {"kind": "sam", "momentum": 0.5},
        "regularization": {"l2": 0.01, "weight_decay": 0.01, "max_norm": 1.0},
        "train.batch_size": 8,
    },
    "l-bfgs": {"optimizer.kind": "l-bfgs", "schedule.rate": 1.0, "train.epochs": 8},
    "l-bfgs with a short history and a penalty": {
        "optimizer": {"kind": "l-bfgs", "history": 3},
        "regularization.l2": 0.01,
        "train.epochs": 8,
    },
    **{
        f"activation {kind}": {"model.activation": kind}
        for kind in ("elu", "gelu", "leaky-relu", "linear", "relu", "sigmoid", "softmax", "softplus")
    },
    **{f"loss {kind}": {"loss.kind": kind} for kind in ("huber", "mae")},
    **{
        f"mse {kind}": {"loss": {"kind": "mse", "reduction": kind}, "schedule.rate": 0.01}
        for kind in ("mean", "half-mean", "half-sum", "sum")
    },
    "exact gelu": {"model.activation": {"kind": "gelu", "approximate": "none"}},
    "focal": {"loss": {"kind": "focal", "focus": 1.5, "positive_weight": 0.4}},
    "hinge": {"loss.kind": "hinge", "model.output": "linear"},
    "smoothed yes and no": {"loss": {"kind": "binary-cross-entropy", "smoothing": 0.1, "positive_weight": 3.0}},
    "softmax cross-entropy": CLASSES,
    "smoothed classes": {**CLASSES, "loss": {"kind": "softmax-cross-entropy", "smoothing": 0.1}},
    "weighted classes": {**CLASSES, "loss": {"kind": "softmax-cross-entropy", "weights": [1.0, 2.5]}},
    "softmax behind a squared error": {"model.output": "softmax", "loss.kind": "mse"},
    "classes from -1 to 1": {"model.output": "tanh", "loss.kind": "mse"},
    **{
        f"schedule {kind}": {"schedule.kind": kind}
        for kind in (
            "cosine",
            "exponential",
            "inverse-sqrt",
            "one-cycle",
            "polynomial",
            "range-test",
            "step",
            "warm-restarts",
        )
    },
    **{
        f"a stable rate, then {shape}": {"schedule": {"kind": "warmup-stable-decay", "warmup": 4, "shape": shape}}
        for shape in ("linear", "cosine", "sqrt")
    },
    "cycles": {"schedule": {"kind": "cyclic", "up": 3, "down": 5, "shrink": 0.5}},
    "restarts that grow": {"schedule": {"kind": "warm-restarts", "first": 3, "growth": 2, "minimum": 0.01}},
    "milestones": {"schedule": {"kind": "multi-step", "milestones": [4, 9]}},
    "a warm-up": {"schedule": {"kind": "step", "warmup": 5}},
    "a warm-up by step": {"schedule": {"kind": "cosine", "warmup": 5, "by": "step"}, "train.batch_size": 8},
    "a warm-up of cosine's own": {"schedule": {"kind": "warmup-cosine", "warmup": 5}},
    "one cycle in straight lines": {"schedule": {"kind": "one-cycle", "shape": "linear"}},
    "plateau": {"schedule": {"kind": "reduce-on-plateau", "patience": 1, "threshold": 0.1, "cooldown": 2}},
    "plateau in batches": {
        "schedule": {"kind": "reduce-on-plateau", "patience": 1, "threshold": 0.1},
        "train.batch_size": 8,
    },
    "plateau by step": {
        "schedule": {"kind": "reduce-on-plateau", "patience": 1, "threshold": 0.1, "by": "step", "warmup": 3}
    },
    "plateau of validation rows": {
        "schedule": {"kind": "reduce-on-plateau", "patience": 1, "threshold": 0.1},
        "train.validation": 0.3,
    },
    **{
        f"clipping {kind}": {"clipping": {"kind": kind, "limit": 0.01}}
        for kind in ("global-norm", "layer-norm", "value")
    },
    "l1 and l2": {"regularization": {"l1": 0.01, "l2": 0.02}},
    "penalties on biases too": {"regularization": {"l1": 0.01, "l2": 0.02, "biases": True}},
    "weight decay beside AdamW": {"optimizer.kind": "adamw", "regularization.weight_decay": 0.1},
    "max-norm": {"regularization.max_norm": 0.5},
    "max-norm with biases": {"regularization": {"max_norm": 0.5, "biases": True}},
    "clipped momentum": {"optimizer.kind": "momentum", "clipping": {"kind": "global-norm", "limit": 0.1}},
    "batches": {"train.batch_size": 7},
    "batches of one stream": {"train.batch_size": 7, "random.generator": "legacy", "train.validation": 0.2},
    "early stopping": {
        "train.validation": 0.3,
        "train.early_stopping": {"patience": 2, "minimum_gain": 0.01},
        "schedule.rate": 3.0,
        "train.batch_size": 8,
    },
    "early stopping with nothing put back": {
        "train.validation": 0.3,
        "train.early_stopping": {"patience": 2, "restore_best": False},
        "schedule.rate": 9.0,
    },
    "a target": {"train.target_loss": 0.6, "schedule.rate": 1.0},
    "a run that diverges": {
        "schedule.rate": 1e6,
        "train.epochs": 100,
        "loss.kind": "mse",
        "model.output": "linear",
        "model.activation": "linear",
    },
    "folds": {"train.folds": 4, "train.fold": 2, "train.test": 0.2},
    "a stratified split": {"train.validation": 0.3, "train.stratified": True},
    "features": {"data.features": ["x", "y^2", "sin x", "xy"], "data.standardize": True},
    "products": {"data.degree": 3, "data.standardize": True, "train.validation": 0.2},
    "features from 0 to 1": {"data.min_max": True, "train.validation": 0.2},
    "no biases": {"model.bias": False},
    "no hidden layer": {"model.hidden": []},
    "dropout": layers({"kind": "dense", "units": 8}, {"kind": "dropout", "rate": 0.4}),
    "dropout of nothing": layers({"kind": "dropout", "rate": 0.0}, {"kind": "dense", "units": 8}),
    "batch normalization": {**layers(LINEAR, NORM), "train.batch_size": 8},
    "batch normalization first": layers({"kind": "batch-norm"}, {"kind": "dense", "units": 4}),
    "layer normalization": layers(LINEAR, {"kind": "layer-norm", "activation": "relu"}),
    "layer normalization first": layers({"kind": "layer-norm"}, {"kind": "dense", "units": 4}),
    "residual": layers(
        {"kind": "dense", "units": 4}, {"kind": "residual", "activation": "relu", "layers": [LINEAR, NORM]}
    ),
    "residual in a residual": layers(
        {
            "kind": "residual",
            "layers": [
                {"kind": "dense", "units": 2},
                {"kind": "residual", "layers": [{"kind": "dropout", "rate": 0.0}, {"kind": "dense", "units": 2}]},
            ],
        }
    ),
    "batch normalization with early stopping": {
        **layers(LINEAR, NORM),
        "train.validation": 0.3,
        "train.early_stopping": {"patience": 2},
        "schedule.rate": 3.0,
    },
    **{
        f"initializer {kind}": {"model.initializer": {"kind": kind, "layout": "out-in"}}
        for kind in ("constant", "he", "lecun", "normal", "orthogonal", "uniform", "zeros")
    },
    "uniform xavier": {"model.initializer": {"kind": "xavier", "distribution": "uniform"}},
    "finite differences": {"solver.kind": "finite-differences", "optimizer.kind": "momentum"},
    "finite differences behind batch normalization": {
        **layers(LINEAR, NORM),
        "solver.kind": "finite-differences",
        "regularization.l2": 0.01,
    },
    "random search": {"solver.kind": "random-search", "regularization.l1": 0.1},
    "hill climbing": {"solver.kind": "hill-climbing"},
    "hill climbing with dropout": {
        **layers({"kind": "dense", "units": 4}, {"kind": "dropout", "rate": 0.5}),
        "solver.kind": "hill-climbing",
    },
    "grid search": {"solver": {"kind": "grid-search", "bins": 2}, "model.hidden": [], "random.generator": "legacy"},
    **{f"data {kind}": {"data": {"kind": kind, "n": 21, "noise": 0.2}} for kind in ("gauss", "spiral", "xor")},
    **{
        f"data {kind}": {
            "data": {"kind": kind, "n": 21, "noise": 0.2, "standardize_target": True, "seed": 3},
            "model.output": "linear",
            "loss.kind": "mse",
        }
        for kind in ("plane", "polynomial")
    },
    "a table whose target is scaled": {
        "data": {
            "kind": "table",
            "inputs": [[0.1], [-0.0], [2.0], [3.25], [4.0]],
            "targets": [[10.3], [11.7], [9.9], [12.0], [14.4]],
            "standardize_target": True,
        },
        "model.output": "linear",
        "loss.kind": "mse",
    },
    "data of parity": {"data": {"kind": "parity", "bits": 5}},
    "rows beside the program": {"data": {"kind": "spiral", "n": 201, "noise": 0.1}},
}
# What other roundings come to: a search forks where two losses differ by one, differences of losses lose digits.
LOOSE = {"finite differences": 1e-7, "finite differences behind batch normalization": 1e-6, "l-bfgs": 1e-8}


@pytest.mark.parametrize("name", RUNS)
def test_a_program_prints_the_losses_of_its_run(name, small, tmp_path):
    assert compared(small, "plain", RUNS[name], folder=tmp_path) <= LOOSE.get(name, 1e-9)


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_a_function_of_the_plane_is_walked_over(kind):
    scenario = bundled("optimizer-race-beale")
    settings = {"loss.kind": kind, "train.epochs": 25, "optimizer.kind": "adam", "schedule.rate": 0.01}
    assert compared(scenario, scenario.variants[0].name, settings) <= 1e-9


@pytest.mark.parametrize("kind", ["ema", "swa"])
@pytest.mark.parametrize("optimizer", ["sgd", "l-bfgs"])
def test_the_average_of_the_weights_is_kept_as_in_the_run(kind, optimizer, small):
    settings = {"kind": "swa", "start": 2, "every": 2} if kind == "swa" else {"kind": "ema", "decay": 0.9}
    run = Run(small, "plain", {"averaging": settings, "optimizer.kind": optimizer, "train.epochs": 9})
    run.advance_to(9)
    names = carried_out(numpy_program(run.timeline).text).names
    for weights, average in zip(names["parameters"], names["averages"], strict=True):
        weights[...] = average
    loss = names["loss_and_gradient"]() if optimizer == "l-bfgs" else names["evaluate"](names["X"], names["y"])
    assert loss == pytest.approx(run.timeline.record(9)["averaged_loss"], rel=1e-9)


def test_single_precision_is_kept(small):
    run = {"train.precision": "float32", "optimizer.kind": "adam", "train.batch_size": 8, "schedule.rate": 1e-3}
    run |= layers(
        LINEAR, NORM, {"kind": "dropout", "rate": 0.2}, {"kind": "dense", "units": 4, "activation": "gelu"}
    )
    assert compared(small, "plain", run) <= 1e-4
    program = numpy_program(Timeline(small, "plain", run))
    names = carried_out(program.text).names
    assert {str(names[one].dtype) for one in ("X", "W1", "z1", "kept1", "a2", "dW2", "running_var1")} == {"float32"}


def test_commands_stand_in_the_loop_at_their_step(small):
    changes = [
        (0, "schedule.rate", 0.2),
        (4, "parameters.layer1.weight[2,1]", 1.5),
        (4, "parameters.layer2.bias[1]", -0.25),
        (6, "optimizer.kind", "adam"),
        (9, "schedule.kind", "exponential"),
        (9, "regularization.l2", 0.1),
        (12, "clipping.kind", "global-norm"),
        (14, "optimizer.beta1", 0.5),
        (16, "optimizer.kind", "momentum"),
        (17, "clipping.kind", "none"),
        (18, "train.epochs", 22),
    ]
    assert compared(small, "plain", {}, changes) <= 1e-9


def test_a_target_and_a_penalty_may_be_set_under_way_in_a_search_too(small):
    changes = [(5, "regularization.l2", 0.5), (9, "regularization.l2", 0.0), (20, "train.target_loss", 0.9)]
    run = {"solver.kind": "random-search"}
    assert compared(small, "plain", run, changes) <= 1e-9
    assert compared(small, "plain", {"train.target_loss": 0.001}, [(3, "train.target_loss", 0.6)]) <= 1e-9


def test_a_change_to_a_line_search_under_way_is_refused(small):
    with pytest.raises(NnsimError, match=r"^optimizer\.kind: a program cannot change under way"):
        compared(small, "plain", {}, [(3, "optimizer.kind", "l-bfgs")])


@pytest.mark.parametrize("name", [one.name for one in entries()])
def test_every_run_of_a_scenario_has_a_program_that_can_be_read(name):
    scenario = bundled(name)
    for variant in scenario.variants:
        timeline = Timeline(scenario, variant.name, {})
        program = numpy_program(timeline)
        ast.parse(program.text)
        hidden = len(timeline.plan.network.layers) - 1
        long = hidden > 2 or (variant.name == "l-bfgs" and hidden > 0)
        assert 30 <= len(program.text.splitlines()) <= (250 if long else 120), variant.name
        data, rows = timeline.plan.data, timeline.plan.examples.rows
        # Rows that no rule draws any more fill many lines.
        assert bool(program.arrays) == (rows > 200) or (rows > 100 and (data.flip or data.blank)), variant.name


def test_a_run_that_was_stopped_by_hand_has_the_steps_that_it_made(small):
    run = Run(small, "plain")
    run.advance_to(7)
    run.interrupt()
    assert largest_difference(run, carried_out(numpy_program(run.timeline).text)) <= 1e-12
