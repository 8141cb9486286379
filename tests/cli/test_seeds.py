"""`nnsim run --seeds N` says what N runs say one by one."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys

import numpy as np
import pytest

from nnsim.cli.progress_line import Progress, progress_text
from tests.cli.test_run_command import strict


def test_the_figures_are_those_of_a_run_for_each_seed(nnsim):
    options = ("xor", "--epochs", 300, "--variant", "biases", "--set", "schedule.rate=3", "--json")
    done = nnsim("run", *options, "--seed", 5, "--seeds", 4)
    assert (done.status, done.err) == (0, "")
    result = strict(done.out)
    runs = [strict(nnsim("run", *options, "--seed", seed).out) for seed in range(5, 9)]
    assert [one["seed"] for one in result["results"]] == [5, 6, 7, 8]
    losses = [one["loss"] for one in runs]
    assert [one["loss"] for one in result["results"]] == pytest.approx(losses, rel=1e-9)
    assert [one["accuracy"] for one in result["results"]] == [one["accuracy"] for one in runs]
    assert (result["first_seed"], result["seeds"], result["finished"]) == (5, 4, 4)
    assert (result["variant"], result["epochs"], result["parameters"]) == ("biases", 300, 9)
    assert result["solved"] == sum(one["accuracy"] == 1.0 for one in runs)
    assert (result["best"], result["worst"]) == (5 + int(np.argmin(losses)), 5 + int(np.argmax(losses)))
    quartiles = np.quantile(losses, [0.0, 0.25, 0.5, 0.75, 1.0])
    names = ("least", "quartile1", "median", "quartile3", "largest")
    assert [result["loss"][name] for name in names] == pytest.approx(quartiles.tolist(), rel=1e-9)
    assert result["loss"]["mean"] == pytest.approx(np.mean(losses), rel=1e-9)


def test_the_summary_counts_what_is_solved_and_names_the_best_and_the_worst(nnsim):
    options = ("xor", "--epochs", 500, "--set", "train.target_loss=0.3", "--seeds", 6)
    result, lines = strict(nnsim("run", *options, "--json").out), nnsim("run", *options).out.splitlines()
    reached = [one["seed"] for one in result["results"] if one["stop_reason"] == "target"]
    assert 0 < len(reached) < 6
    assert lines[0] == "xor, variant article, seeds 1 to 6"
    said = {line.split("  ")[1]: line for line in lines[1:]}
    assert said["solved"].split("  ")[-1].strip() == f"{len(reached)} of 6 (loss reached 0.3)"
    assert f"with seed {result['best']}" in said["best"]
    assert f"with seed {result['worst']}" in said["worst"]
    assert said["diverged"].endswith("0 of 6")


def test_status_1_where_every_seed_diverges_and_no_number_that_json_lacks(nnsim, diverging):
    done = nnsim("run", diverging, "--seeds", 3, "--json")
    result = strict(done.out)
    assert (done.status, result["diverged"], result["loss"], result["best"]) == (1, 3, None, None)
    assert done.err.count("\n") == 1
    assert "all 3 seeds diverged" in done.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--seeds", 0), "seeds: 0 are not allowed (allowed: 1 to 10,000)"),
        (("--seeds", 10_001), "allowed: 1 to 10,000"),
        (("--seeds", "many"), "'many' is not a valid integer"),
        (("--seeds", 3, "--seed", 2**32 - 1), "go beyond the last"),
        (("--seeds", 3, "--narrate"), "--narrate: does not go with --seeds"),
        (("--seeds", 3, "--record", "x.nnsim"), "--record: does not go with --seeds"),
        (("--seeds", 3, "--variant", "no"), "no"),
    ],
)
def test_what_is_not_allowed_is_said_in_one_line(nnsim, options, said):
    done = nnsim("run", "xor", *options)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_ctrl_c_ends_in_order_and_tells_of_the_seeds_that_are_done(program):
    """On a terminal, where progress is painted: the interrupt is sent once it says that a seed is done."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "nnsim", "run", "playground-spiral", "--epochs", "30", "--seeds", "9000", "--json"],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm", "LC_ALL": "C.UTF-8"},
    )
    os.close(theirs)
    painted = b""
    while not re.search(rb" [1-9]\d*/9,000 seeds", painted):
        assert select.select([ours], [], [], 20.0)[0], painted
        painted += os.read(ours, 4096)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    os.close(ours)
    result = json.loads(out)
    assert process.returncode == 130
    assert 1 <= result["finished"] < 9000
    assert len(result["results"]) == result["finished"]
    assert result["best"] is not None


def test_progress_counts_seeds():
    line = progress_text(Progress(40.5, 100, None, 10.0, "seeds"), 80)
    assert line == "############------------------  40/100 seeds  4 seeds/s  0:15 left"
