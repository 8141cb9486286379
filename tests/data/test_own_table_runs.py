"""Runs on tables of a person: how their rows are split and scaled, what is saved and scored."""

import json
from datetime import date

import numpy as np
import pytest
from test_own_tables import NOISE, ROWS

from nnsim.errors import ScenarioError
from nnsim.scenario.from_data import chosen_task


def test_a_group_is_on_one_side_of_the_split(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(
        "who,a,y\n" + "".join(f"{'pqrstuvwxyz'[i % 11]},{a},{b}\n" for i, (a, b, _) in enumerate(NOISE))
    )
    for seed in (0, 3, 9):
        settings = {"data.group": "who", "train.validation": 0.3, "train.test": 0.2, "random.seed": seed}
        task = chosen_task(str(path), ["y"], None, settings)
        plan = task.scenario.plan(None, task.settings)
        parts = [set(plan.examples.groups[rows].tolist()) for rows in plan.deal(plan.generators()[0])]
        assert sum(map(len, parts)) == len(set().union(*parts)) == 11
        assert all(parts)
        assert "a" in plan.examples.input_names
        assert not any(name.startswith("who") for name in plan.examples.input_names)
        assert sum(len(rows) for rows in plan.deal(plan.generators()[0])) == 60


def test_the_last_rows_in_time_are_the_test(tmp_path):
    path = tmp_path / "rows.csv"
    days = [date.fromordinal(738_000 + (17 * i) % 60).isoformat() for i in ROWS]
    path.write_text("day,a,y\n" + "".join(f"{day},{a},{b}\n" for day, (a, b, _) in zip(days, NOISE, strict=True)))
    settings = {"data.time": "day", "train.validation": 0.2, "train.test": 0.2}
    task = chosen_task(str(path), ["y"], None, {**settings, "data.dates": ["day"]})
    plan = task.scenario.plan(None, task.settings)
    training, validation, test = ([days[row] for row in rows] for rows in plan.deal(plan.generators()[0]))
    assert (len(training), len(validation), len(test)) == (36, 12, 12)
    assert max(training) < min(validation)
    assert max(validation) < min(test)
    with pytest.raises(ScenarioError, match=r"train\.folds: does not go with data\.time"):
        task.scenario.plan(None, {**settings, "train.validation": 0.0, "train.folds": 3}).deal(
            np.random.default_rng(0)
        )


def test_inputs_are_brought_to_the_range_from_0_to_1_over_the_training_rows(tmp_path):
    from nnsim.training.trainer import Trainer

    path = tmp_path / "rows.csv"
    path.write_text("a,b,y\n" + "".join(f"{a},{b},{c}\n" for a, b, c in NOISE))
    task = chosen_task(str(path), ["y"], None, {"data.min_max": True})
    trainer = Trainer(task.scenario.plan(None, task.settings))
    assert trainer.inputs.min(axis=0).tolist() == [0, 0]
    assert trainer.inputs.max(axis=0).tolist() == [1, 1]
    with pytest.raises(ScenarioError, match=r"data\.min_max: cannot stand beside data\.standardize"):
        chosen_task(str(path), ["y"], None, {"data.min_max": True, "data.standardize": True})


def test_the_scenario_of_a_table_is_saved_and_runs_alike(run, tmp_path):
    (tmp_path / "more").mkdir()
    path = tmp_path / "more" / "rows.csv"
    path.write_text("id,a,word,y\n" + "".join(f"{i},{a},{'ab'[i % 2]},{b}\n" for i, (a, b, _) in enumerate(NOISE)))
    saved = tmp_path / "my.toml"
    settings = ("--target", "y", "--epochs", 7, "--set", "model.hidden=[3]", "--seed", 4, "--json")
    first = json.loads(run("run", path, *settings, "--save", saved)[1])
    assert run("check", saved)[0] == 0
    again = json.loads(run("run", saved, "--json")[1])
    assert (again["loss"], again["seed"], again["epochs"]) == (first["loss"], 4, 7)
    assert again["columns"][0]["became"] == "left out"
    status, _, err = run("run", path, *settings, "--save", saved)
    assert (status, "is there already (--overwrite replaces it)" in err) == (2, True)
    assert run("run", path, *settings, "--save", saved, "--overwrite")[0] == 0
    for wrong, said in (
        (("run", "xor", "--save", tmp_path / "b.toml"), "is a scenario already"),
        (("run", path, "--target", "y", "--save", tmp_path / "b.txt"), "one that ends in .toml"),
        (("run", saved.rename(tmp_path / "c.toml"), "--save", tmp_path / "d.toml"), "is a scenario already"),
    ):
        status, _, err = run(*wrong)
        assert (status, said in err) == (2, True)
    (tmp_path / "other").mkdir()
    status, _, err = run("run", path, "--target", "y", "--save", tmp_path / "other" / "e.toml")
    assert (status, "reads files of its own folder" in err) == (2, True)


def test_a_scenario_that_drops_rows_says_so(run, tmp_path):
    (tmp_path / "rows.csv").write_text("a,y\n1,2\n,3\n2,4\n")
    text = 'title = "t"\nsummary = "s"\n[data]\nkind = "csv"\npath = "rows.csv"\ntarget = "y"\nmissing = "drop"\n'
    (tmp_path / "s.toml").write_text(text + '[model]\noutput = "linear"\n[train]\nepochs = 2\n')
    assert "1 of 3 rows were left out: values are missing in column a" in run("run", tmp_path / "s.toml")[1]
    assert json.loads(run("run", tmp_path / "s.toml", "--json")[1])["left_out"] == 1


def test_every_seed_has_the_scores_that_its_run_has(run, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b,y\n" + "".join(f"{a},{b},{a * b + c / 9}\n" for a, b, c in NOISE))
    options = ("--target", "y", "--epochs", 20, "--set", "train.test=0.2", "--json")
    many = json.loads(run("run", path, *options, "--seeds", 3, "--seed", 5)[1])
    assert [one["part"] for one in many["scores"]] == ["training", "validation", "test"]
    for one in many["results"]:
        alone = json.loads(run("run", path, *options, "--seed", one["seed"])[1])
        kept = [{key: score[key] for key in one["scores"][0]} for score in alone["scores"]]
        assert one["scores"] == kept
        assert {"part", "rows", "loss", "accuracy", "r2"} <= set(one["scores"][0])
    told = [one["scores"][2]["r2"] for one in many["results"]]
    assert many["scores"][2]["r2"]["median"] == pytest.approx(np.median(told))
    assert "median loss" in run("run", path, *options[:-1], "--seeds", 2)[1]


def test_seeds_that_are_trained_together_have_scores_as_well(run):
    many = json.loads(run("run", "xor", "--variant", "biases", "--epochs", 300, "--seeds", 2, "--json")[1])
    for one in many["results"]:
        assert one["scores"][0]["loss"] == pytest.approx(one["loss"], rel=1e-12)
        assert one["scores"][0]["accuracy"] == one["accuracy"]


def test_targets_in_one_column_a_class_have_an_accuracy(run, tmp_path):
    text = """title = "t"
summary = "s"
[data]
kind = "table"
inputs = [[0,0],[0,1],[1,0],[1,1]]
targets = [[0,1],[1,0],[1,0],[0,1]]
[model]
hidden = [4]
activation = "tanh"
output = "softmax"
[loss]
kind = "softmax-cross-entropy"
[schedule]
rate = 0.5
[train]
epochs = 500
"""
    (tmp_path / "s.toml").write_text(text)
    result = json.loads(run("run", tmp_path / "s.toml", "--json")[1])
    assert result["accuracy"] == 1.0
    assert result["scores"][0]["classes"] == ["y1", "y2"]
    (tmp_path / "s.toml").write_text(
        text.replace("[0,1],[1,0],[1,0],[0,1]]\n[model]", "[0.5,0.5],[1,0],[1,0],[0,1]]\n[model]")
    )
    assert json.loads(run("run", tmp_path / "s.toml", "--json")[1])["accuracy"] is None


def test_classes_of_unequal_size_are_told_and_can_be_weighed(run, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(
        "a,b,y\n" + "".join(f"{a},{b},{'yes' if i % 10 == 0 else 'no'}\n" for i, (a, b, _) in enumerate(NOISE))
    )
    told = run("run", path, "--target", "y", "--epochs", 1)[1]
    assert "90.0% of the rows are no: always answering that is right as often" in told
    setting = told.partition("--set '")[2].partition("'")[0]
    assert setting == "loss.weights=[0.556,5]"
    result = json.loads(run("run", path, "--target", "y", "--epochs", 1, "--set", setting, "--json")[1])
    assert "softmax; loss softmax-cross-entropy" in result["chosen"][1]
    assert result["scores"][0]["classes"] == ["no", "yes"]


@pytest.mark.parametrize("key", ["group", "time"])
def test_rows_that_belong_together_are_set_apart_for_classes_too_and_no_program_shuffles_them(run, tmp_path, key):
    path = tmp_path / "rows.csv"
    rows = (
        f"p{i % 9},2024-{1 + i % 12:02d}-{1 + i % 28:02d},{a},{'ab'[b > 0]}" for i, (a, b, _) in enumerate(NOISE)
    )
    path.write_text("who,day,a,y\n" + "\n".join(rows) + "\n")
    column = {"group": "who", "time": "day"}[key]
    options = (path, "--target", "y", "--epochs", 1, "--set", f"data.{key}={column}")
    status, out, _ = run("run", *options, "--json")
    assert status == 0
    became = {one["name"]: one for one in json.loads(out)["columns"]}
    assert became["who"]["became"] == ("group, left out" if key == "group" else "word, one-hot of 9")
    assert became["day"]["became"] == "date, as days and season"
    status, _, err = run("export", *options, "--to", "numpy", "-o", tmp_path / "run.py")
    assert (status, "data.group and data.time have no place in it" in err) == (2, True)
