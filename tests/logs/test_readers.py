"""Logs that the real libraries have written (make_files.py), read and compared with what those had logged."""

import csv
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest

from nnsim.export.tables import log_csv
from nnsim.logs.figure_names import our_names
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


def test_a_run_that_lightning_has_resumed_goes_on_in_the_next_version_and_is_one_run():
    (log,) = LogSource(FILES / "lightning" / "logs").timelines
    found = rows_of(log)
    assert {step: row["loss"] for step, row in found.items() if step < 12 and "loss" in row} == {
        step: pytest.approx(float(loss), rel=1e-7) for step, loss in TRUTH["lightning/first"] if step % 2
    }
    assert max(found) == 23
    assert log.steps_per_epoch == 6
    assert any("version_1 goes on from version_0 at step 12" in one for one in log.remarks)
    alone = LogSource(FILES / "lightning" / "logs" / "version_1").timelines[0]
    assert min(rows_of(alone)) == 12


def test_a_table_of_epochs_without_the_loss_that_keras_always_logs_is_plain_csv(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("epoch,train_loss,val_loss\n0,2.1,2.2\n1,1.5,1.7\n")
    assert LogSource(path).timelines[0].source == "CSV"
    path.write_text("epoch,loss,val_loss\n0,2.1,2.2\n1,1.5,1.7\n")
    assert LogSource(path).timelines[0].source == "Keras CSVLogger"


def test_the_figures_of_keras_are_those_that_its_callbacks_heard():
    log = LogSource(FILES / "keras" / "log.csv").timelines[0]
    found = rows_of(log)
    names = {
        "loss": "loss",
        "accuracy": "accuracy",
        "val_loss": "validation_loss",
        "val_accuracy": "validation_accuracy",
    }
    for epoch, heard in TRUTH["keras/log.csv"].items():
        row = found[int(epoch)]
        assert {names[key]: pytest.approx(float(value), rel=1e-6) for key, value in heard.items()} == row
    assert any("mean over its batches, each before its update" in one for one in log.remarks)
    assert log.unit == "epoch"


def test_the_history_of_a_trainer_of_hugging_face_ends_where_all_its_steps_are_done():
    (log,) = LogSource(FILES / "hugging_face").timelines
    found = rows_of(log)
    assert sorted(found) == list(range(5, 45, 5))
    assert math.isnan(found[15]["loss"])
    assert found[20].keys() == {"loss", "validation_loss", "learning_rate", "gradient:all"}
    assert (log.steps_per_epoch, log.stop.message) == (20, "all 40 steps are done")


@pytest.mark.parametrize(
    ("original", "ours"),
    [
        ("loss", "loss"),
        ("Train/Loss", "loss"),
        ("acc", "accuracy"),
        ("lr", "learning_rate"),
        ("train_loss_step", "loss"),
        ("epoch_loss", "loss"),
        ("val/loss", "validation_loss"),
        ("eval_loss", "validation_loss"),
        ("lr-Adam", "learning_rate"),
        ("train/learning_rate", "learning_rate"),
        ("grad_norm", "gradient:all"),
        ("grad_norm/layer1", "gradient:layer1"),
        ("grad_2.0_norm/fc.weight", "gradient:fc.weight"),
        ("val_f1", "validation_f1"),
        ("train-logloss", "loss"),
        ("valid-binary_logloss", "validation_loss"),
        ("rollout/ep_rew_mean", "rollout/ep_rew_mean"),
    ],
)
def test_names_follow_from_the_table(original, ours):
    assert our_names([original]) == {original: ours}


def test_two_figures_never_share_a_name():
    names = our_names(["train_loss_epoch", "loss", "train/loss", "a", "a "])
    assert len(set(names.values())) == 5
    assert names["loss"] == "loss"


def test_empty_cells_are_no_figures_and_nan_is_one(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("step,loss,note\n1,0.5,a\n2,,b\n3,nan,c\n4,NaN,d\n5,-inf,e\n6,0.1x,f\n6,0.25,g")
    source = LogSource(path)
    found = rows_of(source.timelines[0])
    assert sorted(found) == [1, 3, 4, 5, 6]
    assert math.isnan(found[3]["loss"])
    assert found[5]["loss"] == -math.inf
    assert found[6]["loss"] == 0.25
    assert source.damage == ["row 7: loss '0.1x' is no number and left out"]
    remarks = " ".join(source.timelines[0].remarks)
    assert "note holds words and is left out" in remarks
    assert "row 8, the last, has no end" in remarks


def test_decimal_commas_are_read_where_something_else_parts_the_columns(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("step;loss;note\n0;1,5;a\n1;-2,5e-3;b\n")
    (log,) = LogSource(path).timelines
    assert rows_of(log) == {0: {"loss": 1.5}, 1: {"loss": -0.0025}}


def test_a_mean_of_logarithms_leaves_the_name_to_a_loss():
    assert our_names(["logloss", "train/loss"]) == {"logloss": "logloss", "train/loss": "loss"}


def test_no_number_has_an_underscore_and_one_row_is_told_as_one(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("Wall time,step,loss\n1.0,0,1_000\n2.0,1,2.5\n3.0,,2.0\n4.0,2,1.0\n5.0,3\n")
    source = LogSource(path)
    (log,) = source.timelines
    assert rows_of(log) == {1: {"loss": 2.5}, 2: {"loss": 1.0}}
    assert "1 row without a step is left out" in log.remarks
    assert source.damage[0].startswith("1 row (6) has 2 fields where the header names 3")
    assert "'1_000' is no number" in source.damage[1]


def test_lines_of_json_are_read_as_far_as_they_are_whole(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text(
        '{"_step": 0, "train": {"loss": 1.0}}\nnonsense\n{"_step": 1, "train": {"loss": NaN}}\n{"_step": 2, "tr'
    )
    source = LogSource(path)
    found = rows_of(source.timelines[0])
    assert sorted(found) == [0, 1]
    assert math.isnan(found[1]["loss"])
    assert source.damage == ["1 line (2) is no JSON object and left out"]
    assert any("line 4, the last, is cut off" in one for one in source.timelines[0].remarks)


def test_a_file_of_wandb_that_was_cut_off_holds_what_stands_before_that(tmp_path):
    content = (FILES / "wandb" / "calm.wandb").read_bytes()
    (tmp_path / "run.wandb").write_bytes(content[: len(content) // 2])
    (log,) = LogSource(tmp_path).timelines
    assert 0 < log.length < 39
    assert log.stop is None
    remarks = " ".join(log.remarks)
    assert "the last record is cut off" in remarks
    assert "does not say whether the run ended there" in remarks
