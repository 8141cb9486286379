"""Logs of other programs on the command line: shown, exported, searched, diagnosed, imported, compared in words."""

import csv
import io
import itertools
import json
import os
import shutil
from pathlib import Path

import pytest

from nnsim.recorder import Recorder

FILES = Path(__file__).parent.parent / "logs" / "files"


def test_the_recording_shows_itself_in_json(tmp_path, nnsim):
    path = tmp_path / "a.nnsim"
    with Recorder(path) as record:
        for value in itertools.chain([3.0, float("nan")], [1.0] * 3):
            record.log({"train/loss": value})
    shown = json.loads(nnsim("show", path, "--json").out)
    assert shown["closed_properly"] is shown["hash_ok"] is True
    assert shown["runs"][0]["names"] == {"loss": "train/loss"}
    assert shown["runs"][0]["figures"]["loss"]["not_finite"] == 1
    assert nnsim("show", path, "--find", "nan").out.split() == ["a:", "nan", "in", "1", "place", "step", "2"]


def rows(nnsim, *arguments):
    done = nnsim("export", *arguments, "--to", "csv", "-o", "-")
    assert done.status == 0, done.err
    return list(csv.DictReader(io.StringIO(done.out)))


def test_lightning_has_training_and_validation_of_a_step_in_one_row(nnsim):
    found = rows(nnsim, FILES / "cases" / "lightning")
    steps = [int(row["step"]) for row in found]
    assert steps == sorted(set(steps))
    assert list(found[0])[:2] == ["step", "loss"]
    ends = next(row for row in found if row["step"] == "15")
    assert (ends["validation_loss"], ends["loss_epoch"], ends["loss"]) == (
        "0.7353443503379822",
        "0.6895139813423157",
        "",
    )


def test_what_keras_writes_where_validation_did_not_run_is_an_empty_cell(nnsim):
    found = rows(nnsim, FILES / "cases" / "keras.csv")
    assert [row["validation_loss"] for row in found[:2]] == ["", "0.7611754536628723"]
    assert found[-1] == {
        "step": "11", "loss": "0.6331610679626465", "validation_loss": "0.732746422290802",
        "accuracy": "0.484375", "validation_accuracy": "0.4375",
    }  # fmt: skip


def test_figures_that_keras_has_shifted_under_wrong_names_are_left_out_and_named(nnsim):
    done = nnsim("show", FILES / "keras" / "shifted.csv")
    assert done.status == 2
    assert "3 rows (11, 12, 13) have 7 fields where the header names 5" in done.err
    assert [row["step"] for row in rows(nnsim, FILES / "keras" / "shifted.csv")] == [str(step) for step in range(9)]


def test_names_are_mapped_as_a_person_says(nnsim, tmp_path, monkeypatch):
    found = rows(nnsim, FILES / "cases" / "keras.csv", "--map", "val_loss=held_out")
    assert "held_out" in found[0]
    assert "validation_loss" not in found[0]
    wrong = nnsim("export", FILES / "cases" / "keras.csv", "--to", "csv", "-o", "-", "--map", "vall_loss=x")
    assert wrong.status == 2
    assert "did you mean 'val_loss'?" in wrong.err
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "nnsim").mkdir()
    (tmp_path / "nnsim" / "config.toml").write_text('[names]\n"val_loss" = "held_out"\n"other" = "x"\n')
    assert "held_out" in rows(nnsim, FILES / "cases" / "keras.csv")[0]


def test_places_are_found_by_their_meaning_and_by_the_logs_own_figures(nnsim):
    found = json.loads(nnsim("show", FILES / "wandb", "--find", "nan", "--json").out)
    assert [one["step"] for one in found["runs"][0]["places"]] == [13, 17]
    assert nnsim("show", FILES / "lightning", "--find", "loss_epoch<0.5").status == 0
    assert "is no figure" in nnsim("show", FILES / "wandb", "--find", "speed<0.5").err


def test_an_import_holds_all_of_a_log(nnsim, tmp_path):
    path = tmp_path / "a.nnsim"
    done = nnsim("import", FILES / "tensorboard", "-o", path)
    assert done.status == 0
    assert "started again at step 20" in done.err
    assert rows(nnsim, path) == rows(nnsim, FILES / "tensorboard")
    shown = json.loads(nnsim("show", path, "--json").out)
    assert shown["hash_ok"] is True
    assert shown["runs"][0]["histograms"] == {"fc1/weights": 2}
    assert nnsim("check", path).status == 0
    assert nnsim("import", FILES / "wandb", "-o", path).status == 2  # it is there already
    assert "it has no scenario" in nnsim("verify", path).err


def test_a_torn_last_record_is_said_and_nothing_to_fail_over(nnsim, tmp_path):
    folder = shutil.copytree(FILES / "tensorboard" / "tensors", tmp_path / "run")
    (file,) = folder.iterdir()
    os.truncate(file, file.stat().st_size - 5)
    assert len(rows(nnsim, folder)) == 9
    shown = json.loads(nnsim("show", folder, "--json").out)
    assert any("ends in the midst of a record" in one for one in shown["runs"][0]["remarks"])
    assert "damage" not in shown


@pytest.mark.parametrize(("place", "said"), [(20, "record 5 at byte"), (2, "the bytes ")])
def test_a_byte_that_was_flipped_in_an_event_file_is_named_and_costs_one_record(nnsim, tmp_path, place, said):
    """Args: place: in the fifth record; the first twelve bytes of one are its length, and the checksum of that."""
    folder = shutil.copytree(FILES / "tensorboard" / "tensors", tmp_path / "run")
    (file,) = folder.iterdir()
    content, start = bytearray(file.read_bytes()), 0
    for _ in range(4):
        start += 16 + int.from_bytes(content[start : start + 8], "little")
    content[start + place] ^= 0x40
    file.write_bytes(content)
    done = nnsim("show", folder)
    assert done.status == 2
    assert said in done.err
    assert "left out" in done.err
    assert len(rows(nnsim, folder)) == 9


def test_what_is_wrong_with_a_run_is_told_by_its_figures(nnsim):
    found = json.loads(nnsim("diagnose", FILES / "wandb" / "calm.wandb", "--json").out)
    assert found["run"] == "calm"
    assert {one["fault"] for one in found["findings"]} >= {"rate-too-high"}
    assert "nan at step 13" in " ".join(one["evidence"] for one in found["findings"])


def test_what_needs_parameters_says_so(nnsim):
    done = nnsim("export", FILES / "wandb", "--to", "pytorch", "-o", "-")
    assert done.status == 2
    assert "another program has trained this run, and its log has no parameters" in done.err


def test_a_table_without_steps_is_refused_by_what_it_lacks(nnsim, tmp_path):
    path = tmp_path / "progress.csv"
    path.write_text("time/total_timesteps,train/loss\n2048,1.0\n")
    done = nnsim("show", path)
    assert done.status == 2
    assert "has no column of steps (allowed: one called step" in done.err


def test_a_path_without_a_log_is_refused_in_one_line(nnsim, tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "a.csv", tmp_path / "empty", tmp_path / "missing"):
        done = nnsim("show", path)
        assert done.status == 2
        assert done.err.count("\n") == 1
