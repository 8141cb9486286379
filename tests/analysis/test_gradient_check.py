"""The gradient check passes what is right, and finds what is wrong where it is wrong."""

import json
from functools import partial

import numpy as np
import pytest

from nnsim.analysis.gradient_check import check_gradient
from nnsim.cli import execute
from nnsim.errors import ScenarioError
from nnsim.nn.activations import Tanh
from nnsim.scenario.scenario import parse_scenario

HARD = """
title = "t"
summary = "s"
loss = "LOSS"
[data]
kind = "circle"
n = 40
[model]
layers = [{kind = "dense", units = 5, activation = "relu"}, {kind = "batch-norm", activation = "tanh"},
          {kind = "dropout", rate = 0.4}, {kind = "residual", layers = [{kind = "dense", units = 5}]}]
output = "sigmoid"
initializer = "he"
[regularization]
l1 = 0.01
l2 = 0.1
[train]
precision = "float32"
batch_size = 16
"""


@pytest.mark.parametrize("loss", ["mse", "mae", "huber", "binary-cross-entropy"])
def test_every_layer_passes_with_dropout_kinks_and_penalties(loss):
    plan = parse_scenario(HARD.replace("LOSS", loss), name="t", source="t").plan()
    found = check_gradient(plan)
    assert [one.name for one in found.layers] == [one.name for one in plan.network.trained]
    assert sum(one.parameters for one in found.layers) == plan.network.size
    assert found.passed, found
    assert found.largest > 0.0
    assert found.rows == 16
    assert found.forward_passes in (2 * plan.network.size * tries for tries in (1, 2, 3))


@pytest.fixture
def wrong_tanh(monkeypatch):
    """A tanh whose derivative is off by one part in a thousand."""

    def derivative(self, z, a, d):
        scale, ones = np.full_like(d, 1.001), np.ones_like(d)
        return (partial(np.multiply, a, a, d), partial(np.multiply, d, scale, d), partial(np.subtract, ones, d, d))

    monkeypatch.setattr(Tanh, "derivative", derivative)


@pytest.mark.usefixtures("wrong_tanh")
def test_a_derivative_that_is_slightly_off_is_found_in_the_layers_before_it(small_scenario, capsys, tmp_path):
    scenario = small_scenario('[model]\nhidden = [3]\nactivation = "tanh"\n')
    found = check_gradient(scenario.plan())
    assert not found.passed
    first, second = found.layers
    assert 1e-5 < first.largest < 1e-2
    assert second.largest < 1e-6
    path = tmp_path / "wrong.toml"
    path.write_text(scenario.text, encoding="utf-8")
    assert execute(["gradcheck", str(path)]) == 1
    told = capsys.readouterr().out
    assert "WRONG" in told
    assert "layer1" in told
    assert execute(["gradcheck", str(path), "--tolerance", "0.01", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["passed"] is True
    assert result["variants"][0]["layers"][0]["largest"] == pytest.approx(first.largest, rel=0.1)


def test_the_command_checks_every_variant(capsys):
    assert execute(["gradcheck", "xor", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [one["variant"] for one in result["variants"]] == ["article", "biases"]
    assert result["passed"] is True
    assert all(one["largest"] <= result["tolerance"] == 1e-6 for one in result["variants"])
    assert execute(["gradcheck", "xor", "--variant", "biases"]) == 0
    assert "biases: ok (9 parameters, 4 rows, 18 forward passes)" in capsys.readouterr().out


@pytest.mark.parametrize("tolerance", ["0", "nan", "inf", "-1"])
def test_a_tolerance_that_is_none_is_refused(capsys, tolerance):
    from nnsim.cli import execute

    assert execute(["gradcheck", "xor", "--tolerance", tolerance]) == 2
    assert "is no tolerance (allowed: above 0)" in capsys.readouterr().err


def test_a_model_too_large_is_refused(small_scenario):
    with pytest.raises(ScenarioError, match=r"20,005 parameters are too many.*\(allowed: 20,000\)"):
        check_gradient(small_scenario("[model]\nhidden = [5001]\n").plan())
