"""Convolution and pooling in what is exported: programs train as nnsim, arrays and modules have their shapes."""

import numpy as np
import pytest
from program_runs import compared

from nnsim.export.exporter import choose, layer_arrays
from nnsim.export.pytorch import program
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run

ROWS = np.random.default_rng(5)
DATA = f"""
title = "Pictures"
summary = "twelve pictures of 6 x 5 dots"
[data]
kind = "table"
inputs = {ROWS.integers(0, 5, (12, 30)).tolist()}
targets = {[[place % 3] for place in range(12)]}
classes = ["a", "b", "c"]
picture = [6, 5]
[model]
output = "softmax"
activation = "tanh"
[loss]
kind = "softmax-cross-entropy"
[schedule]
rate = 0.05
[train]
epochs = 8
[[variants]]
name = "plain"
"""
DEEP = [
    {"kind": "convolution", "filters": 3, "padding": 2, "stride": 2},
    {"kind": "pooling", "mode": "average"},
    {"kind": "convolution", "filters": 2, "kernel": 2, "bias": False},
    {"kind": "dense", "units": 4},
]
INSIDE = [
    {"kind": "convolution", "filters": 2, "padding": 1, "activation": "linear"},
    {"kind": "residual", "activation": "relu", "layers": [{"kind": "convolution", "filters": 2, "padding": 1}]},
    {"kind": "layer-norm"},
    {"kind": "dropout", "rate": 0.2},
    {"kind": "pooling"},
]
RUNS = {
    "deep": {"model.layers": DEEP, "train.batch_size": 5, "optimizer.kind": "adam"},
    "inside a residual connection": {"model.layers": INSIDE, "optimizer.kind": "muon"},
    "pooling first": {"model.layers": [{"kind": "pooling"}, {"kind": "convolution", "filters": 2, "kernel": 2}]},
    "held back": {
        "model.layers": DEEP,
        "regularization": {"l1": 0.01, "l2": 0.02, "max_norm": 0.7},
        "clipping": {"kind": "layer-norm", "limit": 0.1},
    },
    "a search along lines": {"model.layers": DEEP, "optimizer.kind": "l-bfgs", "schedule.rate": 1.0},
    "drawn as out-in": {"model.layers": DEEP, "model.initializer": {"kind": "he", "layout": "out-in"}},
}


@pytest.fixture(scope="module")
def pictures():
    return parse_scenario(DATA, name="pictures", source="pictures.toml")


@pytest.mark.parametrize("name", RUNS)
def test_a_program_prints_the_losses_of_its_run(name, pictures, tmp_path):
    assert compared(pictures, "plain", RUNS[name], folder=tmp_path) <= 1e-9


def test_single_precision_is_kept(pictures):
    assert compared(pictures, "plain", {"model.layers": INSIDE, "train.precision": "float32"}) <= 1e-4


def test_a_weight_and_a_bias_of_a_kernel_are_set_by_their_places(pictures):
    changes = [(2, "parameters.convolution1.weight[5,2]", 1.5), (4, "parameters.convolution1.bias[3]", -0.5)]
    assert compared(pictures, "plain", {"model.layers": DEEP}, changes) <= 1e-9
    run = Run(pictures, "plain", {"model.layers": DEEP})
    for _, key, value in changes:
        run.change(key, value)
    layer, flat = run.timeline.plan.network.weighted[0], run.trainer.parameters
    assert layer.kernels(flat)[1, 0, 1, 1] == 1.5  # the fifth of 3 x 3 is its middle
    assert layer.biases(flat)[2] == -0.5


def test_pytorch_has_pictures_in_rows_and_columns_and_flat_rows_between(pictures):
    run = Run(pictures, "plain", {"model.layers": [*DEEP[:3], {"kind": "dropout"}, DEEP[3]]})
    text = program(choose([run.timeline], None, None)[0])
    body = text[text.index("model = nn.Sequential(") : text.index("# Weights are")]
    assert [line.strip(" ,") for line in body.splitlines()[1:-1]] == [
        "nn.Unflatten(1, (1, 6, 5))",
        "nn.Conv2d(1, 3, 3, stride=2, padding=2, bias=True)",
        "nn.Tanh()",
        "nn.AvgPool2d(2)",
        "nn.Conv2d(3, 2, 2, stride=1, padding=0, bias=False)",
        "nn.Tanh()",
        "nn.Dropout(0.5)",
        "nn.Flatten()",
        "nn.Linear(2, 4, bias=True)",
        "nn.Tanh()",
        "nn.Linear(4, 3, bias=True)",
    ]
    assert "isinstance(one, nn.Linear | nn.Conv2d)" in program(
        choose([Run(pictures, "plain", RUNS["held back"]).timeline], None, None)[0]
    )
    for name in ("1.weight", "1.bias", "4.weight", "8.weight", "10.bias"):
        assert f'    "{name}": torch.tensor(' in text


def test_arrays_have_the_kernels_as_pictures(pictures):
    run = Run(pictures, "plain", {"model.layers": DEEP})
    arrays = layer_arrays(run.trainer)
    assert {name: one.shape for name, one in arrays.items()} == {
        "convolution1.weights": (3, 1, 3, 3),
        "convolution1.biases": (3,),
        "convolution2.weights": (2, 3, 2, 2),
        "layer1.weights": (2, 4),
        "layer1.biases": (4,),
        "layer2.weights": (4, 3),
        "layer2.biases": (3,),
    }
