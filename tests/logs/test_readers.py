"""Logs that the real libraries have written (make_files.py), read and compared with what those had logged."""

import csv
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest

from nnsim.export.log_tables import log_csv
from nnsim.logs.log_source import LogSource

FILES = Path(__file__).parent / "files"
TRUTH = json.loads((FILES / "truth.json").read_text())
OURS = {
    "train/loss": "loss",
    "lr": "learning_rate",
    "grad_norm/fc1": "gradient:fc1",
    "grad_norm/fc2": "gradient:fc2",
}


def rows_of(log):
    """The figures of a log by step, as its CSV has them."""
    rows = list(csv.DictReader(io.StringIO("".join(log_csv([log])))))
    steps = [int(row["step"]) for row in rows]
    assert steps == sorted(set(steps))  # each step once
    return {
        step: {name: float(cell) for name, cell in row.items() if name != "step" and cell}
        for step, row in zip(steps, rows, strict=True)
    }


def expected(truth):
    return {
        int(step): {OURS.get(name, name): float(value) for name, value in row.items()}
        for step, row in truth.items()
    }


def assert_same(found, wanted):
    assert found.keys() == wanted.keys()
    for step, row in wanted.items():
        assert found[step].keys() == row.keys()
        for name, value in row.items():
            assert np.array_equal(found[step][name], value, equal_nan=True), (step, name)


def test_event_files_of_a_run_that_was_started_again_have_each_step_once_and_all_figures():
    (log,) = LogSource(FILES / "tensorboard" / "run").timelines
    wanted = expected(TRUTH["tensorboard/run"])
    found = {
        step: {name: value for name, value in row.items() if name in OURS.values()}
        for step, row in rows_of(log).items()
    }
    assert_same(found, wanted)
    assert math.isnan(found[13]["loss"])
    assert found[17]["loss"] == math.inf
    assert found[3]["gradient:fc2"] == 0.0  # 1e-46 is below the smallest float32
    assert any("started again at step 20" in one for one in log.remarks)
    assert log.settings == {"lr": 0.1, "layers": "8-8"}


def test_scalars_that_are_tensors_are_read_too():
    (log,) = LogSource(FILES / "tensorboard" / "tensors").timelines
    assert_same(rows_of(log), expected(TRUTH["tensorboard/tensors"]))


@pytest.mark.parametrize(
    ("path", "truth"), [("wandb", TRUTH["wandb"]), ("trackio", TRUTH["trackio"]), ("mlflow", TRUTH["mlflow"]["0"])]
)
def test_not_a_number_and_infinity_come_back_from_every_library(path, truth):
    log = LogSource(FILES / path).timelines[0]
    assert_same(rows_of(log), expected(truth))


def test_a_run_of_trackio_that_was_started_again_has_the_same_name_and_is_another_one():
    first, second = LogSource(FILES / "trackio").timelines
    assert (first.name, second.name) == ("same", "same (2)")
    assert first.settings == second.settings == {"lr": 0.1, "layers": 2}
