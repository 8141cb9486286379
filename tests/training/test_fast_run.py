"""A single run by compiled code is the run that NumPy trains, is recorded under its name and verified by it.

Python carries the kernel's lines out here; that compiled code comes to the same is measured by the benchmarks.
"""

import json
from importlib import metadata

import numpy as np
import pytest
from interpreted_kernel import interpreted
from shared import bundled

from nnsim.cli import execute
from nnsim.errors import ScenarioError
from nnsim.recording import open_recording
from nnsim.timeline.run import Run
from nnsim.training.fast import compiled_steps, support, update_source

TASKS = {
    "gradient descent": ("xor", {"train.epochs": 40}),
    "momentum, penalties, decay": (
        "xor",
        {"optimizer.kind": "momentum", "regularization": {"l1": 1e-3, "l2": 1e-2, "weight_decay": 1e-2}},
    ),
    "adam, biases, cross-entropy, a rate of a layer": (
        "xor",
        {
            "model.bias": True,
            "loss.kind": "binary-cross-entropy",
            "optimizer.kind": "adam",
            "schedule.layer_rates": {"layer2": 0.02},
        },
    ),
    "batches, validation": ("playground-circle", {"train.epochs": 2, "train.validation": 0.3}),
    "softmax, few at a time": (
        "parity-4bit",
        {"model.output": "softmax", "loss.kind": "softmax-cross-entropy", "model.activation": "tanh"},
    ),
    "a line, its parameters recorded": ("linear-regression", {"train.epochs": 5}),
    "divergence": ("linear-regression", {"schedule.rate": 50.0, "train.epochs": 400}),
}


@pytest.fixture
def numba(monkeypatch):
    """As if there were numba, whose part Python plays."""
    monkeypatch.setattr(compiled_steps, "compiled", interpreted)
    monkeypatch.setattr(support, "find_spec", lambda name: name)
    real = metadata.version  # of packages that are there
    monkeypatch.setattr(metadata, "version", lambda name: "9.9" if name == support.NAME else real(name))
    return monkeypatch


@pytest.mark.parametrize("task", sorted(TASKS))
def test_every_figure_is_that_of_numpy(task, numba):
    if "few" in task:
        numba.setattr(update_source, "UNROLLED", 1)
    name, settings = TASKS[task]
    settings = {"train.epochs": 20, **settings}
    runs = [Run(bundled(name), None, settings, fast=fast) for fast in (False, True)]
    for run in runs:
        run.advance_to(10_000)
    one, other = (run.timeline for run in runs)
    assert other.stop == one.stop
    assert sorted(other.series) == sorted(one.series)
    for figure, series in one.series.items():
        values, its = (each.values(0, len(series)) for each in (series, other.series[figure]))
        np.testing.assert_allclose(its, values, rtol=1e-9, atol=1e-13, err_msg=figure)
    np.testing.assert_allclose(runs[1].trainer.parameters, runs[0].trainer.parameters, rtol=1e-9, atol=1e-13)
    assert len(other.checkpoints) <= len(one.checkpoints)


def test_a_recording_says_what_trained_it_and_is_verified_by_it(numba, tmp_path, capsys):
    path = tmp_path / "x.nnsim"
    line = ["run", "xor", "--epochs", "60", "--kernel", "fast", "--at", "30", "schedule.rate=0.5"]
    assert execute([*line, "--record", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kernel"] == "numba 9.9"
    with open_recording(path) as recording:
        assert recording.facts.kernel == "numba 9.9"
    assert execute(["verify", str(path), "--json"]) == 0
    verdict = json.loads(capsys.readouterr().out)
    assert (verdict["proof"], verdict["verified_on"]["kernel"]) == ("bits", "numba 9.9")
    numba.setattr(support, "find_spec", lambda name: None)  # NumPy trains it again
    assert execute(["verify", str(path), "--json"]) == 0
    verdict = json.loads(capsys.readouterr().out)
    assert (verdict["proof"], verdict["verified_on"]["kernel"]) == ("rounding", "numpy")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["digits"], "does not support 1,135 parameters"),
        (["xor", "--set", "clipping.kind=value"], "does not support its clipping"),
        (["xor", "--at", "5", "optimizer.kind=lion"], "does not support its optimizer"),
        (["xor", "--seeds", "3"], "nnsim sweep"),
    ],
)
def test_what_it_has_not_is_refused_in_a_line(line, said, numba, capsys):
    assert execute(["run", *line, "--kernel", "fast"]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_without_numba_a_sentence_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setattr(support, "find_spec", lambda name: None)
    assert execute(["run", "xor", "--kernel", "fast"]) == 2
    assert "pip install 'nnsim[fast]'" in capsys.readouterr().err


def test_a_change_that_it_has_not_is_refused_before_it_is_made(numba):
    run = Run(bundled("xor"), fast=True)
    run.advance_to(5)
    with pytest.raises(ScenarioError, match="clipping"):
        run.change("clipping.kind", "value")
    assert not run.timeline.commands
