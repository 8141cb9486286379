"""`nnsim watch` tells of a run as it is recorded, `nnsim verify` proves what was."""

import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress

from shared import strict

from nnsim.recording import open_recording, save
from nnsim.recording.format import RUNS
from nnsim.scenario.catalog import read
from nnsim.scenario.lesson_schema import GivenAnswer
from nnsim.session.session import Session


def test_watch_prints_a_line_until_the_run_ends(nnsim, tmp_path):
    """A run that another process records, from its start to the end that a person makes."""
    path = tmp_path / "run.nnsim"
    arguments = [sys.executable, "-m", "nnsim"]
    with subprocess.Popen(
        [*arguments, "run", "xor", "--epochs", "100000000", "--record", path],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as writer:
        deadline = time.monotonic() + 30
        while not path.exists():
            assert time.monotonic() < deadline
            with suppress(subprocess.TimeoutExpired):
                assert writer.wait(0.01) is None, "it has ended"
        often = (
            "import sys; import nnsim.cli.watch; nnsim.cli.watch.LINE_S = 0.2; "
            "from nnsim.__main__ import main; sys.exit(main())"
        )
        watching = [sys.executable, "-c", often, "watch", path, "--json"]
        with subprocess.Popen(watching, stdout=subprocess.PIPE, text=True) as watcher:
            assert watcher.stdout is not None
            lines = [strict(watcher.stdout.readline()) for _ in range(2)]
            writer.send_signal(signal.SIGINT)
            lines += [strict(line) for line in watcher.stdout]
        assert watcher.returncode == 0
    assert list(lines[0]) == ["run", "step", "epoch", "epochs", "loss", "lag_s", "stop", "ended"]
    steps = [line["step"] for line in lines]
    assert steps == sorted(steps)
    assert steps[-1] > steps[0]
    assert [line["ended"] for line in lines] == [False] * (len(lines) - 1) + [True]
    assert lines[-1]["stop"] == "interrupted"
    with open_recording(path) as recording:
        timeline = recording.timelines[0]
        assert steps[-1] == timeline.length
        assert lines[-1]["loss"] == timeline.record(timeline.length)["loss"]
    done = nnsim("verify", path, "--json")
    assert (done.status, strict(done.out)["verified"]) == (0, True)


def test_verify_says_what_it_found(nnsim, tmp_path):
    path = tmp_path / "run.nnsim"
    nnsim("run", "xor", "--epochs", 700, "--record", path)
    done = nnsim("verify", path)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"{path}: verified (700 steps and 3 checkpoints trained again)\n")
    assert re.search(r"^  largest difference +0$", done.out, re.MULTILINE)
    connection = sqlite3.connect(path, isolation_level=None)
    row = list(connection.execute(RUNS.select()).fetchone()[:-1])
    row[10] = "all 800 epochs are trained"
    connection.execute(RUNS.insert, RUNS.row(*row))
    done = nnsim("verify", path)
    assert done.status == 1
    assert "NOT verified" in done.out
    assert done.err == (
        f"nnsim: {path}: something was changed after it was recorded (the hash is another)\n"
        f"nnsim: {path}: the end, 'all 800 epochs are trained', is another\n"
    )
    connection.execute("UPDATE checkpoints SET random = '' WHERE step = 0")
    connection.close()
    assert nnsim("verify", path).status == 2
    assert "is no tolerance" in nnsim("verify", path, "--tolerance", "nan").err
    assert nnsim("watch", tmp_path / "missing.nnsim", "--json").status == 2


def test_verify_refuses_an_answer_that_the_runs_contradict(nnsim, tmp_path):
    scenario = read("linear-regression")
    part = next(number for number, one in enumerate(scenario.lesson.parts, start=1) if one.question is not None)
    question = scenario.lesson.parts[part - 1].question
    timelines = [track.timeline for track in Session.of_scenario(scenario).tracks]
    statuses = []
    for index, choice in enumerate(question.choices):
        path = tmp_path / f"{index}.nnsim"
        save(path, timelines, answers=[GivenAnswer(part, question.ask, f"{'abcd'[index]}: {choice}", True)])
        done = nnsim("verify", path)
        statuses.append(done.status)
        assert ("is not borne out" in done.err) == (done.status == 1)
    assert sorted(statuses) == [0] + [1] * (len(statuses) - 1)


def test_verify_refuses_a_challenge_that_no_run_reaches(nnsim, tmp_path):
    scenario, path = read("xor"), tmp_path / "x.nnsim"
    part = next(number for number, one in enumerate(scenario.lesson.parts, start=1) if one.challenge is not None)
    timelines = [track.timeline for track in Session.of_scenario(scenario).tracks]
    claim = GivenAnswer(part, "accuracy=1 within 200 epochs", "accuracy 100%, epoch 800, article", True)
    save(path, timelines, answers=[claim])
    done = nnsim("verify", path)
    assert (done.status, done.err) == (
        1,
        f"nnsim: {path}: the answer to part {part}, 'accuracy 100%, epoch 800, article', is not borne out: "
        "no run of the recording reaches accuracy=1 within 200 epochs\n",
    )
    save(path, timelines, replace=True)  # where nothing is said to be reached
    assert nnsim("verify", path).status == 0
