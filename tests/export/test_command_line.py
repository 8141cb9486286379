"""The command that gives a run again: carried out, it ends with the same loss, bit for bit."""

import json
import shlex

import numpy as np
import pytest
from shared import bundled

from nnsim.cli import execute
from nnsim.cli.commands import run_command
from nnsim.errors import NnsimError
from nnsim.export.command_line import command_of, scenario_of
from nnsim.scenario.from_data import chosen_task
from nnsim.scenario.scenario import read_scenario
from nnsim.session.session import Session
from nnsim.timeline.run import Run


@pytest.fixture
def mnist(tmp_path):
    """A folder with forty images of digits, in the files that MNIST comes in."""
    for name, content in (
        ("images", np.arange(40 * 784).reshape(40, 28, 28) % 251),
        ("labels", np.arange(40) % 10),
    ):
        head = bytes([0, 0, 8, content.ndim]) + b"".join(size.to_bytes(4, "big") for size in content.shape)
        path = tmp_path / f"train-{name}-idx{content.ndim}-ubyte"
        path.write_bytes(head + content.astype(np.uint8).tobytes())
    return tmp_path


def trained(session):
    session.motion.head_for(session.view.end)
    while (track := session.training.lagging()) is not None:
        session.training.train(track, 97)
    return session.focused.timeline


def carried_out(command, capsys):
    """What the command prints when it is given by a shell."""
    words = shlex.split(command)
    assert words[0] == "nnsim"
    assert execute([*words[1:], "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_run_with_settings_and_changes_under_way_is_given_again(scenario, capsys):
    settings = {"random.seed": 7, "model.hidden": [3], "train.epochs": 60, "data.noise": 0.25}
    session = Session.of_scenario(scenario("playground-xor"), None, settings)
    session.motion.head_for(session.view.end.moved("epoch", -50, session.view.steps_per_epoch))
    while (track := session.training.lagging()) is not None:
        session.training.train(track, 31)
    session.editor.change("schedule.rate", 0.1)
    session.editor.change("clipping.kind", "global-norm")
    session.editor.change("parameters.layer1.weight[2,1]", -0.1234567890123)
    timeline = trained(session)
    command = command_of(timeline)
    assert command.startswith("nnsim run playground-xor --variant ")
    assert "--seed 7" in command
    assert "--at" in command
    straight = carried_out(command, capsys)
    assert straight["loss"] == session.focused.evaluation(timeline.length).loss
    assert straight["steps"] == timeline.length


def test_a_fork_that_trains_on_past_the_end_is_given_again(scenario, capsys):
    session = Session.of_scenario(scenario("xor"), "biases", {"train.epochs": 40})
    trained(session)
    session.editor.change("train.epochs", 55)  # at the very end: the run goes on
    trained(session)
    session.motion.move("epoch", -5)
    session.editor.change("schedule.rate", 0.5)  # behind the newest step: a fork
    timeline = trained(session)
    assert timeline.fork_step == 50
    without = Run(scenario("xor"), "biases", {"train.epochs": 55})
    without.advance_to(55)
    loss = session.focused.evaluation(55).loss
    assert loss != without.trainer.evaluate().loss
    assert carried_out(command_of(timeline), capsys)["loss"] == loss


def test_a_file_is_named_by_its_path_while_it_says_the_same(tmp_path, scenario):
    path = tmp_path / "my own.toml"
    path.write_text(scenario("xor").text)
    own = read_scenario(path)
    assert scenario_of(own) == str(path)
    assert scenario_of(scenario("xor")) == "xor"
    path.write_text(path.read_text().replace("seed = 1", "seed = 2"))
    with pytest.raises(NnsimError, match="no file here holds its scenario 'my own'"):
        scenario_of(own)
    (tmp_path / "xor.toml").write_text(scenario("xor-plateau").text)  # the name of one of nnsim's own
    assert scenario_of(read_scenario(tmp_path / "xor.toml")) == str(tmp_path / "xor.toml")


def test_what_a_command_cannot_say_is_said(scenario):
    run = Run(scenario("xor"), settings={"train.epochs": 9, "train.target_loss": None})
    with pytest.raises(NnsimError, match=r"train\.target_loss was taken away"):
        command_of(run.timeline)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--at", "5", "schedule.rate"), "--at 5 'schedule.rate': is no setting (allowed: key.path=value)"),
        (("--at", "-1", "schedule.rate=1"), "--at -1: is no step (allowed: 0 and above)"),
        (
            ("--at", "5", "model.bias=true"),
            "--at 5 model.bias: applies only to a new run (allowed: a live setting, a parameter)",
        ),
        (("--at", "11", "schedule.rate=1"), "--at 11 schedule.rate: the run ends before that (allowed: 0 to 10)"),
        (("--at", "5", "schedule.rate=-1"), "schedule.rate: -1 is not allowed"),
        (("--at", "x", "schedule.rate=1"), "'x' is not a valid integer"),
    ],
)
def test_a_change_that_cannot_be_is_refused_before_anything_is_trained(given, said, capsys):
    assert execute(["run", "xor", "--epochs", "10", *given]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_a_scenario_in_the_bundle_is_known_by_its_text():
    assert scenario_of(bundled("digits")) == "digits"


def test_a_change_that_the_run_has_ended_before_is_told(capsys):
    given = ["--set", "train.target_loss=10", "--at", "9", "schedule.rate=0.5"]
    assert execute(["run", "xor", "--epochs", "10", *given]) == 0
    assert capsys.readouterr().err == "nnsim: --at 9 schedule.rate: not done: the run ended at step 1\n"


def test_a_run_on_a_table_names_its_file_and_its_target(tmp_path, capsys):
    path = tmp_path / "my rows.csv"
    path.write_text("a;b;answer\n" + "".join(f"{i};{i % 7};{'yn'[i % 2]}\n" for i in range(30)))
    task = chosen_task(str(path), ["answer"], None, {"data.delimiter": ";", "train.epochs": 4})
    session = Session.of_scenario(task.scenario, None, task.settings)
    session.editor.change("model.hidden", [3])
    timeline = trained(session)
    command = command_of(timeline)
    assert f"'{path}' --target answer" in command
    assert carried_out(command, capsys)["loss"] == session.focused.evaluation(timeline.length).loss
    session.editor.change("data.standardize", False)
    assert carried_out(command_of(trained(session)), capsys)["loss"] == session.focused.evaluation(4).loss
    # Numbers: a command would standardize them.
    session.editor.change_together({"data.target": ["b"], "train.stratified": False, "loss": "mse"})
    with pytest.raises(
        NnsimError, match=r"data\.standardize, data\.target changed after the network had been made"
    ):
        command_of(session.focused.timeline)


def parsed(command):
    """The options of `nnsim run` as its own parser has them, from a line that a shell has divided into words."""
    words = shlex.split(command)
    assert words[:2] == ["nnsim", "run"]
    return run_command.make_context("run", words[2:]).params


@pytest.mark.parametrize("targets", [["--target"], ["--set"], ["b", "--target"], ["-h"], ["--"], ["$(b) 'c'"]])
def test_columns_that_are_named_like_options_are_named_to_the_command(tmp_path, targets, capsys):
    path = tmp_path / "rows.csv"
    head = "a,b,--target,--set,-h,--,$(b) 'c'\n"
    path.write_text(head + "".join(f"{i},{i % 3},{i % 5},{i % 4},{i},{2 * i},{-i}\n" for i in range(9)))
    task = chosen_task(str(path), targets, None, {"train.epochs": 3})
    session = Session.of_scenario(task.scenario, None, task.settings)
    session.editor.change("data.standardize", False)  # so that the command is held against what it makes
    timeline = trained(session)
    command = command_of(timeline)
    assert parsed(command)["targets"] == tuple(targets)
    assert carried_out(command, capsys)["loss"] == session.focused.evaluation(3).loss


def test_a_scenario_that_is_named_like_an_option_is_named_by_its_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "--json"
    path.write_text('title = "t"\nsummary = "s"\n[data]\nkind = "parity"\n')
    found = parsed(command_of(Run(read_scenario(path)).timeline))
    assert (found["scenario"], found["as_json"]) == (str(path), False)


def test_images_in_a_scenario_of_ones_own_name_its_file(tmp_path, mnist, scenario):
    (tmp_path / "own.toml").write_text(scenario("digits").text)
    task = chosen_task(str(tmp_path / "own.toml"), (), mnist, {})
    found = parsed(command_of(Run(task.scenario, "adam", task.settings).timeline))
    assert (found["scenario"], found["mnist"]) == (str(tmp_path / "own.toml"), mnist)


def test_a_run_on_other_images_names_their_folder(mnist, capsys):
    given = {"train.epochs": 2, "data.rows": 30, "train.precision": "float64"}
    task = chosen_task("digits", (), mnist, given)
    session = Session.of_scenario(task.scenario, "adam", task.settings)
    timeline = trained(session)
    command = command_of(timeline)
    assert command.startswith(f"nnsim run digits --mnist {mnist} --variant adam --seed 1 --set ")
    assert "idx" not in command
    assert carried_out(command, capsys)["loss"] == session.focused.evaluation(timeline.length).loss
