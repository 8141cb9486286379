"""The PyTorch program: what it says of layers, and, where PyTorch is installed, that its answers are nnsim's."""

import ast
import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from nnsim.errors import NnsimError
from nnsim.export.exporter import choose
from nnsim.export.pytorch import MODULES, program
from nnsim.nn.activations import ACTIVATIONS, Linear
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run

HEAD = 'title = "t"\nsummary = "s"\n[data]\nkind = "parity"\nbits = 3\n'
DEEP = """[model]
output = "softplus"
layers = [
  {kind = "dense", units = 5, activation = "gelu"}, {kind = "batch-norm", activation = "tanh"},
  {kind = "residual", activation = "relu", layers = [
    {kind = "dense", units = 5, activation = {kind = "elu", alpha = 0.5}}, {kind = "dropout", rate = 0.2},
    {kind = "dense", units = 5, bias = false, activation = {kind = "leaky-relu", slope = 0.1}}]}]
"""
SCENARIOS = {
    "plain": HEAD + "[model]\nhidden = [4]\n",
    "no bias": HEAD + "[model]\nhidden = [4]\nbias = false\n",
    "deep": HEAD + DEEP + "[train]\nbatch_size = 4\n",
    "degree, standardized": HEAD + "degree = 2\nstandardize = true\n[model]\nhidden = [4]\n",
    "single precision": HEAD + '[model]\nhidden = [4]\n[train]\nprecision = "float32"\n',
}


def exported(kind, steps=30):
    run = Run(parse_scenario(SCENARIOS[kind], name=kind, source="s.toml"))
    run.advance_to(steps)
    return run, program(choose([run.timeline], None, None)[0])


def literals(text):
    """The numbers of the program: tensors by the name, or the key, that they are given to."""
    found = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node.value
        if isinstance(node, ast.Dict):
            found |= {key.value: value for key, value in zip(node.keys, node.values, strict=True)}
    calls = {name: value for name, value in found.items() if isinstance(value, ast.Call)}
    tensors = {name: call for name, call in calls.items() if getattr(call.func, "attr", "") == "tensor"}
    return {name: np.array(ast.literal_eval(call.args[0])) for name, call in tensors.items()}


@pytest.mark.parametrize("kind", sorted(SCENARIOS))
def test_the_program_holds_every_number_exactly(kind):
    run, text = exported(kind)
    found = literals(text)
    assert max(map(len, text.splitlines())) <= 120
    numbers = sum(array.size for key, array in found.items() if key[0].isdigit() and "running" not in key)
    assert numbers == run.trainer.plan.network.size
    first = run.trainer.plan.network.layers[0]
    assert np.array_equal(found["0.weight"], first.weights(run.trainer.parameters).T)
    assert np.array_equal(found["expected"], run.trainer.predict(run.trainer.plan.examples.inputs[:8]))


def test_two_layers_answer_as_the_program_says():
    """The formula of a linear layer and the sigmoid, computed from the numbers in the program."""
    _, text = exported("plain")
    found = literals(text)
    hidden = 1 / (1 + np.exp(-(found["inputs"] @ found["0.weight"].T + found["0.bias"])))
    answers = 1 / (1 + np.exp(-(hidden @ found["2.weight"].T + found["2.bias"])))
    assert np.allclose(answers, found["expected"], rtol=0, atol=1e-15)


def test_a_residual_connection_keeps_its_layers_inside():
    _, text = exported("deep")
    assert {"0.weight", "2.weight", "2.running_var", "4.inner.0.weight", "4.inner.3.weight", "6.weight"} <= set(
        literals(text)
    )
    for part in ("nn.GELU(approximate='tanh')", "nn.ELU(alpha=0.5)", "nn.Dropout(0.2)", "nn.LeakyReLU(0.1)"):
        assert part in text


def test_a_network_too_large_for_a_text_is_refused():
    text = HEAD + "[model]\nhidden = [500, 500]\n"
    run = Run(parse_scenario(text, name="large", source="s.toml"))
    with pytest.raises(NnsimError, match=r"253,001 parameters \(allowed in a program: 200,000; --to npz"):
        program(choose([run.timeline], None, None)[0])


if importlib.util.find_spec("torch") is not None:

    @pytest.mark.parametrize("kind", sorted(SCENARIOS))
    def test_pytorch_answers_the_same(kind, tmp_path):
        run, text = exported(kind)
        path = tmp_path / "model.py"
        path.write_text(text, encoding="utf-8")
        done = subprocess.run([sys.executable, path], capture_output=True, text=True, timeout=120, check=True)
        difference = float(done.stdout.rsplit(":", 1)[1])
        assert difference < (1e-6 if run.trainer.plan.train.precision == "float32" else 1e-14)


def test_every_activation_of_nnsim_has_a_counterpart():
    assert set(MODULES) == set(ACTIVATIONS.values()) - {Linear}
