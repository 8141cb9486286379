"""Weights for other libraries: what safetensors reads back, and what is said where a library is missing."""

import json
import sys

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file
from shared import bundled

from nnsim.cli import execute
from nnsim.recording import save
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run


@pytest.fixture(scope="module")
def digits():
    run = Run(bundled("digits"), settings={"train.epochs": 1, "train.precision": "float32"})
    run.advance(10)
    return run.timeline


@pytest.fixture
def recorded(tmp_path, digits, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "digits.nnsim", [digits])
    return tmp_path


def test_safetensors_has_every_array_as_it_is(recorded, digits, capsys):
    assert execute(["export", "digits.nnsim", "--to", "safetensors", "--step", "step 7"]) == 0
    assert "digits.safetensors: " in capsys.readouterr().out
    found, trainer = load_file("digits.safetensors"), Replica(digits).at(7)
    assert sorted(found) == ["layer1.biases", "layer1.weights", "layer2.biases", "layer2.weights"]
    for layer in trainer.plan.network.layers:
        weights = layer.weights(trainer.parameters)
        assert found[f"{layer.name}.weights"].dtype == np.float32
        assert np.array_equal(found[f"{layer.name}.weights"], weights)
        assert found[f"{layer.name}.weights"].shape == (layer.inputs, layer.units)
    with safe_open("digits.safetensors", "numpy") as file:
        assert file.metadata()["step"] == "7"


def test_a_library_that_changes_an_array_is_caught(recorded, monkeypatch, capsys):
    import safetensors.numpy

    read = safetensors.numpy.load
    monkeypatch.setattr("safetensors.numpy.load", lambda content: {k: -v for k, v in read(content).items()})
    assert execute(["export", "digits.nnsim", "--to", "safetensors"]) == 2
    assert "the library has changed layer1.weights" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "module"), [("safetensors", "safetensors.numpy"), ("onnx", "onnx")])
def test_a_missing_library_is_named_with_its_extra(recorded, monkeypatch, capsys, name, module):
    monkeypatch.setitem(sys.modules, module, None)
    assert execute(["export", "digits.nnsim", "--to", name]) == 2
    assert f"an optional extra (install nnsim[{name}]" in capsys.readouterr().err


def test_a_file_for_one_run_asks_for_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    runs = [Run(bundled("xor"), name) for name in ("article", "biases")]
    for run in runs:
        run.advance(5)
    save(tmp_path / "xor.nnsim", [run.timeline for run in runs])
    assert execute(["export", "xor.nnsim", "--to", "safetensors"]) == 2
    assert "holds one run (allowed: --run with one of 1 (article), 2 (biases))" in capsys.readouterr().err
    assert execute(["export", "xor.nnsim", "--to", "safetensors", "--run", "biases"]) == 0


def test_curves_for_a_web_page(recorded, digits):
    words = ("--title", "Digits", "--x-label", "passes", "--y-label", "surprise")
    assert execute(["export", "digits.nnsim", "--to", "vega-lite", "--pane", "loss", *words, "-o", "a.json"]) == 0
    made = json.loads((recorded / "a.json").read_text("utf-8"))
    assert made["$schema"].startswith("https://vega.github.io/schema/vega-lite/v6")
    assert made["title"] == "Digits"
    axes = [(layer["encoding"]["x"]["title"], layer["encoding"]["y"]["title"]) for layer in made["layer"]]
    assert set(axes) == {("passes", "surprise")}
    rows = [row for row in made["data"]["values"] if row["curve"] == "loss"]
    values = digits.series["loss"].values(0, len(digits.series["loss"]))
    assert len(rows) >= 5
    assert all(values.min() <= row["low"] <= row["y"] <= row["high"] <= values.max() for row in rows)
    assert rows[0]["y"] > rows[-1]["y"]
    assert execute(["export", "digits.nnsim", "--to", "vega-lite", "--pane", "predictions", "-o", "b.json"]) == 2
