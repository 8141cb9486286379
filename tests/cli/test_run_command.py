"""`nnsim run` trains to the articles' figures, says what came of it, and ends in order."""

import json
import math
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios

import numpy as np
import pytest
from shared import strict

from nnsim.recording import open_recording
from nnsim.timeline.run import Run

KEYS = [
    "scenario",
    "variant",
    "seed",
    "epochs",
    "steps",
    "parameters",
    "forward_passes",
    "loss",
    "accuracy",
    "scores",
    "gradient_norms",
    "learning_rate",
    "predictions",
    "predictions_in_units",
    "stop_reason",
    "wall_s",
]


@pytest.mark.parametrize(("scenario", "figures"), [("xor", "xor_article"), ("parity-4bit", "parity4_article")])
def test_json_is_one_object_with_the_articles_predictions(nnsim, golden, scenario, figures):
    done = nnsim("run", scenario, "--json")
    assert (done.status, done.err) == (0, "")
    result = strict(done.out)
    expected = golden[figures]["after"]["10000"]
    assert list(result) == KEYS
    assert [round(value, 8) for value in result["predictions"]] == expected["predictions"]
    assert result["accuracy"] * len(result["predictions"]) == expected["correct"]
    # The articles' loss is half the sum over the rows; theirs is printed as the mean.
    assert result["loss"] * 2 / len(result["predictions"]) == pytest.approx(expected["mse"], abs=1e-12)
    assert (result["scenario"], result["variant"], result["seed"]) == (scenario, "article", 1)
    assert (result["epochs"], result["steps"], result["stop_reason"]) == (10000, 10000, "epochs")
    assert result["learning_rate"] == 1.0


def test_the_figures_are_those_of_the_run(nnsim, scenario):
    result = strict(nnsim("run", "xor", "--epochs", 300, "--seed", 5, "--variant", "biases", "--json").out)
    run = Run(scenario("xor"), "biases", {"random.seed": 5})
    run.advance_to(300)
    assert result["loss"] == run.trainer.evaluate().loss
    assert result["parameters"] == run.trainer.parameters.size == 9
    record = run.timeline.record(300)
    assert result["gradient_norms"] == {name: record[f"gradient:{name}"] for name in ("layer1", "layer2")}
    assert (result["variant"], result["seed"], result["epochs"]) == ("biases", 5, 300)


def test_settings_change_the_run_and_several_outputs_give_a_list_a_row(nnsim, tmp_path):
    path = tmp_path / "two.toml"
    path.write_text(
        'title = "t"\nsummary = "s"\n[data]\nkind = "table"\n'
        "inputs = [[0.0], [1.0], [2.0]]\ntargets = [[0.0, 5.0], [1.0, 5.0], [2.0, 5.0]]\n",
        encoding="utf-8",
    )
    settings = ("--set", "model.hidden=[3, 2]", "--set", "train.batch_size=2", "--set", "loss=mse")
    result = strict(nnsim("run", path, "--epochs", 7, *settings, "--json").out)
    assert list(result["gradient_norms"]) == ["layer1", "layer2", "layer3"]
    assert (result["epochs"], result["steps"]) == (7, 14)
    assert np.array(result["predictions"]).shape == (3, 2)
    assert result["accuracy"] is None
    assert result["scenario"] == "two"


def test_what_is_set_apart_is_scored_and_the_cost_is_counted(nnsim):
    options = (
        "run",
        "playground-circle",
        "--epochs",
        30,
        "--set",
        "train.validation=0.25",
        "--set",
        "train.test=0.25",
    )
    result = strict(nnsim(*options, "--json").out)
    assert [(one["part"], one["rows"]) for one in result["scores"]] == [
        ("training", 100),
        ("validation", 50),
        ("test", 50),
    ]
    assert result["scores"][0]["accuracy"] == result["accuracy"]
    for one in result["scores"]:
        counts = np.array(one["confusion"])
        assert counts.sum() == one["rows"]
        assert np.trace(counts) / one["rows"] == one["accuracy"]
        assert one["recall"] == (np.diag(counts) / counts.sum(axis=1)).tolist()
    assert result["forward_passes"] == 3 * result["steps"]
    tried = strict(nnsim(*options, "--set", "solver.kind=finite-differences", "--json").out)
    assert tried["forward_passes"] == (1 + 2 * tried["parameters"]) * tried["steps"]
    told = nnsim(*options).out
    assert re.search(r"\n  test +50 rows: [\d.]+% right, F1 0\.\d+, mean absolute error ", told)
    assert "forward passes" in told


def test_random_search_has_neither_gradient_nor_rate(nnsim):
    result = strict(nnsim("run", "xor", "--epochs", 10, "--set", "solver.kind=random-search", "--json").out)
    assert (result["gradient_norms"], result["learning_rate"]) == ({}, None)


def test_many_rows_leave_predictions_out_and_the_table_too(nnsim):
    many = ("run", "parity-4bit", "--epochs", 2, "--set", "data.bits=7")
    assert strict(nnsim(*many, "--json").out)["predictions"] is None
    assert "predicted" not in nnsim(*many).out


def test_the_summary_shows_each_answer_and_says_which_is_wrong(nnsim, golden):
    done = nnsim("run", "xor")
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "xor, variant article, seed 1 (one of 2 runs: --variant NAME for another)"
    assert "epochs: all 10,000 epochs are trained" in lines[1]
    table = [line.split() for line in lines[-4:]]
    assert [float(row[3]) for row in table] == golden["xor_article"]["after"]["10000"]["predictions"]
    assert [row[4:] for row in table] == [[], [], [], ["wrong"]]
    assert "75.0% of 4 rows" in done.out


def test_a_target_ends_the_run_with_status_0(nnsim):
    done = nnsim("run", "xor", "--set", "train.target_loss=0.45", "--json")
    result = strict(done.out)
    assert (done.status, result["stop_reason"]) == (0, "target")
    assert result["epochs"] < 10000


def test_a_diverging_run_is_strict_json_one_line_and_status_1(nnsim, diverging):
    done = nnsim("run", diverging, "--json")
    result = strict(done.out)
    assert done.status == 1
    assert (result["stop_reason"], result["loss"]) == ("diverged", None)
    assert result["epochs"] == result["steps"] < 1000
    assert len(done.err.splitlines()) == 1
    assert "diverged" in done.err
    assert "try a smaller learning rate than 10" in done.err
    summary = nnsim("run", diverging)
    assert summary.status == 1
    assert "diverged: loss became inf" in summary.out


def test_a_last_update_that_ruins_the_network_has_diverged_too(nnsim, diverging):
    """Every recorded loss is finite when the run ends one step earlier; the network it leaves is not."""
    ended = strict(nnsim("run", diverging, "--json").out)["epochs"]
    done = nnsim("run", diverging, "--epochs", ended - 1, "--json")
    result = strict(done.out)
    assert (done.status, result["stop_reason"], result["loss"]) == (1, "diverged", None)
    assert f"step {ended - 1}" in done.err
    before = strict(nnsim("run", diverging, "--epochs", ended - 2, "--json").out)
    assert before["stop_reason"] == "epochs"
    assert math.isfinite(before["loss"])


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("run", "xr"), "no scenario named 'xr': did you mean 'xor'? (nnsim list shows all)"),
        (("run", "qqqq"), "no scenario named 'qqqq' (nnsim list shows all; a file ends in .toml)"),
        (("run", "nowhere/xor.toml"), "nowhere/xor.toml: cannot be read: No such file or directory"),
        (("run", "xor", "--variant", "bias"), "xor: variant 'bias' is not known, did you mean 'biases'?"),
        (("run", "xor", "--epochs", "0"), "xor: train.epochs: 0 is not allowed (allowed: a whole number from 1"),
        (("run", "xor", "--epochs", "x"), "invalid value for '--epochs': 'x' is not a valid integer"),
        (("run", "xor", "--seed=-1"), "xor: random.seed: -1 is not allowed (allowed: a whole number from 0"),
        (
            ("run", "xor", "--set", "schedule.rate=fast"),
            "xor: schedule.rate: 'fast' is not allowed (allowed: a numb",
        ),
        (("run", "xor", "--set", "schdule.rate=1"), "xor: schdule.rate: is no setting, did you mean 'schedule'?"),
        (("run", "xor", "--set", "rate"), "--set 'rate': is no setting (allowed: key.path=value)"),
        (("run", "xor", "--record", "run.sqlite"), "--record run.sqlite: is no name for a recording"),
        (("run", "xor", "--record", "missing.nnsim/"), None),
        (("run", "xor", "--epoch", "3"), "no such option '--epoch'. Did you mean '--epochs'?"),
        (("run",), "missing argument 'SCENARIO|FILE.toml|FILE.csv' (see nnsim run --help)"),
        (("rum", "xor"), "no such command 'rum'. Did you mean 'run'? (see nnsim --help)"),
        (("run", "x" * 300), "no scenario named 'xxx"),
        (("run", "xor", "--record", "x" * 300 + ".nnsim"), "xxx"),
        (("run", "\x1b]52;c;aaaa\x07.toml"), "]52;c;aaaa.toml: cannot be read"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_status_2(nnsim, tmp_path, monkeypatch, arguments, complaint):
    monkeypatch.chdir(tmp_path)
    if complaint is None:
        (tmp_path / "missing.nnsim").mkdir()
        complaint = "--record missing.nnsim: is no file"
    done = nnsim(*arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"nnsim: {complaint}")
    assert len(done.err.splitlines()) == 1
    assert "\x1b" not in done.err


def test_a_file_that_exists_is_recorded_over_only_when_asked(nnsim, tmp_path):
    path = tmp_path / "run.nnsim"
    path.write_text("kept", encoding="utf-8")
    done = nnsim("run", "xor", "--record", path)
    assert (done.status, path.read_text(encoding="utf-8")) == (2, "kept")
    assert "is there already (--overwrite replaces it)" in done.err


@pytest.mark.parametrize("folder", ["missing", "README.nnsim"])
def test_a_recording_that_cannot_be_made_is_refused_before_training(nnsim, tmp_path, folder):
    (tmp_path / "README.nnsim").touch()
    done = nnsim("run", "xor", "--epochs", 100_000_000, "--record", tmp_path / folder / "run.nnsim")
    assert (done.status, done.out) == (2, "")
    assert "run.nnsim: cannot be written" in done.err
    assert len(done.err.splitlines()) == 1


def test_a_run_is_recorded_to_its_end(nnsim, tmp_path):
    path = tmp_path / "run.nnsim"
    recorded = strict(nnsim("run", "xor", "--seed", 3, "--epochs", 500, "--record", path, "--json").out)
    with open_recording(path) as recording:
        timeline = recording.timelines[0]
        assert (timeline.length, timeline.stop.reason, timeline.plan.seed) == (500, "epochs", 3)
        assert timeline.record(500)["gradient:layer1"] == recorded["gradient_norms"]["layer1"]
        assert recording.closed_properly
    over = nnsim("run", "xor", "--epochs", 7, "--record", path, "--overwrite")
    assert (over.status, over.err) == (0, "")
    assert over.out.endswith(f"\nrecorded in {path}\n")
    assert json.loads(nnsim("show", path, "--json").out)["runs"][0]["epochs"] == 7
    assert nnsim("check", path).out == f"{path}: ok (1 run, 7 steps)\n"
    shown = nnsim("show", path).out
    assert re.search(r"^  epochs +7$", shown, re.MULTILINE)
    assert re.search(r"^created by +nnsim run$", shown, re.MULTILINE)


def test_a_wrong_setting_leaves_the_file_that_was_to_be_replaced(nnsim, tmp_path):
    path = tmp_path / "run.nnsim"
    path.write_text("kept", encoding="utf-8")
    assert nnsim("run", "xor", "--epochs", 0, "--record", path, "--overwrite").status == 2
    assert path.read_text(encoding="utf-8") == "kept"


def test_a_recording_that_fails_under_way_is_told_once_and_training_goes_on(program, tmp_path):
    """The process may write no more than 160 kB to a file, which is how a full disk looks to it."""
    path = tmp_path / "run.nnsim"
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (160_000, 160_000)); "
        "import nnsim.recording.background; nnsim.recording.background.FLUSH_S = 0.0; "
        "from nnsim.__main__ import main; sys.exit(main())"
    )
    done = program("run", "xor", "--record", str(path), "--json", command=("-c", script))
    result = strict(done.out)
    assert (result["epochs"], result["stop_reason"]) == (10_000, "epochs")
    assert done.status == 1
    assert len(done.err.splitlines()) == 1
    assert "run.nnsim" in done.err
    assert "(training goes on)" in done.err
    with open_recording(path) as recording:
        assert 0 < recording.timelines[0].length < 10_000


def seen_on(terminal, wanted, deadline_s=30):
    """What a pty's reader sees until it holds what is wanted, or the writer closes."""
    text = ""
    while wanted is None or wanted not in text:
        assert select.select([terminal], [], [], deadline_s)[0], f"silence after {text!r}"
        try:
            data = os.read(terminal, 65536)
        except OSError:  # Linux: no process has the other end open
            data = b""
        if not data:
            break
        text += data.decode()
    return text


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_run_in_order_and_keeps_the_recording(tmp_path, number, status):
    """The run would take an hour; its progress on the terminal tells that it is under way."""
    width, path = 60, tmp_path / "run.nnsim"
    terminal, other_end = pty.openpty()
    termios.tcsetwinsize(other_end, (24, width))
    process = subprocess.Popen(
        [sys.executable, "-m", "nnsim", "run", "parity-4bit", "--epochs", "100000000", "--json", "--record", path],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=other_end,
        text=True,
        env=os.environ | {"TERM": "xterm", "LC_ALL": "C.UTF-8"},
    )
    with process:
        os.close(other_end)
        painted = seen_on(terminal, " left")
        process.send_signal(number)
        painted += seen_on(terminal, None)
        os.close(terminal)
        assert process.stdout is not None
        result = strict(process.stdout.read())
    assert process.returncode == status
    assert result["stop_reason"] == "interrupted"
    assert 0 < result["epochs"] == result["steps"] < 100_000_000
    assert len(result["predictions"]) == 16
    with open_recording(path) as recording:
        timeline = recording.timelines[0]
        assert (timeline.length, timeline.stop.reason) == (result["steps"], "interrupted")
        assert recording.closed_properly
    frames = painted.split("\r")
    assert "\n" not in painted
    assert max(map(len, frames)) < width
    assert re.fullmatch(r"[\d,]+/100,000,000 epochs  loss \d\.\d+  [\d:]+ left *", frames[1]), frames
    assert frames[-2].strip() == frames[-1] == "", "the line is left empty"
