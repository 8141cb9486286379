"""Recordings that lie with checksums and hashes that fit: refused by what was trained again, and named."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys

import numpy as np
import pytest
from damaged_recordings import forge
from forged_recordings import forge_first, in_segment, in_weight, rehash
from recorded_runs import CHAOTIC, changed_on_the_way, diverged, make_scenario

from nnsim.cli import execute
from nnsim.errors import NnsimError
from nnsim.recording import Facts, describe, open_recording, save
from nnsim.recording.format import CHECKPOINTS, FACTS, MARKS, META, RUNS, SEGMENTS, SERIES, SUMMARIES, content_hash
from nnsim.recording.packing import pack, unpack
from nnsim.recording.verification import verify
from nnsim.recording.verification_budget import Budget, BudgetError
from nnsim.scenario.catalog import find, read
from nnsim.scenario.lesson_schema import GivenAnswer
from nnsim.scenario.scenario import parse_scenario
from nnsim.scenario.scenario_hashes import installed_lesson
from nnsim.timeline.run import Run


def verdict_on(path, **options):
    with open_recording(path) as recording:
        return verify(recording, **options)


def better_extremes(row):
    """Claim that every block has had a loss of 0.001."""
    lows = np.frombuffer(row[2]).copy()
    lows[: len(lows) // 2] = 0.001
    row[2] = lows.tobytes()


@pytest.fixture(scope="module")
def xor(tmp_path_factory):
    path = tmp_path_factory.mktemp("xor") / "xor.nnsim"
    run = Run(read("xor"))
    run.advance_to(600)
    run.interrupt()
    save(path, [run.timeline], facts=Facts(student="s1"))
    return path


@pytest.fixture
def path(xor, tmp_path):
    return shutil.copyfile(xor, tmp_path / "x.nnsim")


def in_scenario(path, before, after):
    """Edit the scenario that stands in a recording, with the hashes that it then claims."""
    forge_first(path, META, lambda row: row.__setitem__(1, row[1].replace(before, after, 1)), "key = 'scenario'")
    from nnsim.recording.facts import hashes

    connection = sqlite3.connect(path, isolation_level=None)
    text = connection.execute("SELECT value FROM meta WHERE key = 'scenario'").fetchone()[0]
    for key, digest in hashes(parse_scenario(text, name="xor", source="xor.toml")).items():
        connection.execute(FACTS.insert, FACTS.row(key, digest))
    connection.execute(FACTS.insert, FACTS.row("sha256", content_hash(connection, [FACTS])))
    connection.close()
    rehash(path)


# ------------------------------------------------------------------ extremes


def test_forged_extremes_are_named_by_verify_check_and_show(path, nnsim_cli):
    for command in (["verify"], ["check"], ["show"], ["show", "--find", "loss<0.01"]):
        assert nnsim_cli(*command, path).returncode == (1 if "--find" in command else 0), command
    forge_first(path, SUMMARIES, better_extremes, "series = 0")
    rehash(path)
    said = "the summary of step records 1-600 of loss does not follow from "
    assert [one.startswith(said) for one in verdict_on(path).differing] == [True]
    assert describe(path)["damage"] == [said + "its values"]
    for command, status in (("verify", 1), ("check", 2), ("show", 2)):
        done = nnsim_cli(command, path)
        assert (done.returncode, said in done.stderr) == (status, True), command
    done = nnsim_cli("show", "--find", "loss<0.01", path)
    assert done.returncode == 2
    assert "not reached" in done.stdout


def test_a_challenge_is_judged_on_figures_that_were_trained_again(path, nnsim_cli):
    scenario = read("xor")
    part = next(number for number, one in enumerate(scenario.lesson.parts, start=1) if one.challenge is not None)
    challenge = scenario.lesson.parts[part - 1].challenge
    with open_recording(path) as recording:
        answer = GivenAnswer(part, challenge.asked, "reached", True)
        save(path, recording.timelines, replace=True, answers=[answer])
    for table in (SUMMARIES, SEGMENTS):
        connection = sqlite3.connect(path, isolation_level=None)
        rows = connection.execute(table.select("series < 2")).fetchall()
        for row in rows:
            values = list(row[:-1])
            if table is SUMMARIES:
                values[2] = np.where(values[0] == 0, 0.0, 1.0) * np.ones(len(values[2]) // 8)
                values[2] = values[2].tobytes()
            else:
                values[3] = pack(np.full(values[2], 0.0 if values[0] == 0 else 1.0))
            connection.execute(table.insert, table.row(*values))
        connection.close()
    rehash(path)
    done = nnsim_cli("verify", path, "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert (found["verified"], found["proof"], found["answers"]) == (False, "none", [])


def test_a_damaged_count_of_a_series_is_named(path):
    forge_first(path, SERIES, lambda row: row.__setitem__(4, 500), "name = 'loss'")
    rehash(path)
    assert describe(path)["damage"][0] == (
        "loss says that it holds 500 values, one every 1 steps (by its steps: 600, one every 1)"
    )


# ------------------------------------------------------------------ the lesson


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        ('goal = "', 'goal = "accuracy>=0.5 ', "lesson"),
        ("hidden = [", "hidden = [3, ", "task"),
        ("seed = 1", "seed = 77", "variants"),
    ],
)
def test_an_edited_lesson_is_told_by_its_part(tmp_path, nnsim_cli, before, after, part):
    text = find("xor").read_text("utf-8")
    if part == "lesson":
        start = text.index('goal = "') + len('goal = "')
        changed = text[:start] + "accuracy>=0.5" + text[text.index('"', start) :]
    else:
        assert before in text
        changed = text.replace(before, after, 1)
    scenario = parse_scenario(changed, name="xor", source="xor.toml")
    assert installed_lesson(read("xor")) == ("same", [])
    assert installed_lesson(scenario) == ("differs", [part])
    run = Run(scenario)
    run.advance_to(50)
    save(tmp_path / "x.nnsim", [run.timeline])
    done = nnsim_cli("verify", tmp_path / "x.nnsim", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["lesson"], found["lesson_differs"]) == (0, "differs", [part])


def test_permuted_choices_are_another_lesson():
    text = find("linear-regression").read_text("utf-8")
    changed = text.replace('choices = ["steady", "zigzag"]', 'choices = ["zigzag", "steady"]', 1)
    assert changed != text
    scenario = parse_scenario(changed, name="linear-regression", source="x.toml")
    assert installed_lesson(scenario) == ("differs", ["lesson"])


def test_a_lesson_that_is_not_installed_is_unknown():
    assert installed_lesson(make_scenario("")) == ("unknown", [])
    outside = parse_scenario(make_scenario("").text, name="../scenarios/xor", source="x")
    assert installed_lesson(outside) == ("unknown", [])


def test_other_data_in_a_recording_are_refused_by_training(path):
    in_scenario(path, "seed = 1", "seed = 77")
    assert not verdict_on(path).verified


def test_hashes_that_do_not_follow_from_the_scenario_are_named(path):
    forge_first(path, FACTS, lambda row: row.__setitem__(1, "0" * 64), "key = 'lesson_hash'")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(FACTS.insert, FACTS.row("sha256", content_hash(connection, [FACTS])))
    connection.close()
    assert verdict_on(path).differing == ["the hash that it claims of its lesson is not that of its scenario"]


# ------------------------------------------------------------------ settings, ends, marks


def test_settings_that_were_never_run_are_refused(path):
    forge(path, RUNS, lambda row: row.__setitem__(2, '{"schedule.rate":0.2}'))
    rehash(path)
    assert any(one.startswith("loss at step") for one in verdict_on(path).differing)


@pytest.mark.parametrize(
    "end",
    [
        ("target", 600, "loss reached 0.001"),
        ("early-stopping", 600, "no lower validation loss than 0.1 in 5 epochs"),
        ("diverged", 600, "loss became nan in epoch 600"),
        ("epochs", 600, "all 600 epochs are trained"),
        ("interrupted", 600, "stopped by the teacher"),
        ("interrupted", 599, "stopped by hand"),
    ],
)
def test_an_end_that_does_not_follow_is_named(path, end):
    assert verdict_on(path).verified
    forge(path, RUNS, lambda row: row.__setitem__(slice(8, 11), list(end)))
    rehash(path)
    (told,) = verdict_on(path).differing
    assert told.startswith("the end, ")


def test_an_end_that_is_hidden_is_named(tmp_path):
    path = tmp_path / "x.nnsim"
    save(path, [diverged().timeline])
    forge(path, RUNS, lambda row: row.__setitem__(slice(8, 11), [None, None, None]))
    rehash(path)
    assert any("which is not recorded" in one for one in verdict_on(path).differing)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("target", "loss reached 0.001"),
        ("changed", "schedule.rate = 9"),
        ("diverged", "loss became nan"),
        ("reached", "the challenge"),
    ],
)
def test_an_invented_mark_is_named(path, kind, text):
    forge(path, RUNS, lambda row: row.__setitem__(7, 1))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(MARKS.insert, MARKS.row(0, 0, 400, kind, text))
    connection.close()
    rehash(path)
    assert verdict_on(path).differing == [f"nothing is there to mark at step 400: {text}"]


def test_a_reason_that_was_reworded_is_named(tmp_path):
    path = tmp_path / "x.nnsim"
    save(path, [diverged().timeline])
    assert verdict_on(path).verified
    forge_first(path, MARKS, lambda row: row.__setitem__(4, "the teacher's fault"))
    rehash(path)
    assert any("the teacher's fault" in one for one in verdict_on(path).differing)


@pytest.mark.parametrize("claim", ["Plan9 m68k", "Linux x86_64"])
def test_a_claimed_platform_makes_no_lie_true(path, claim):
    forge_first(path, META, lambda row: row.__setitem__(1, claim), "key = 'platform'")
    forge_first(path, SEGMENTS, in_segment(300, 1e-7), "series = 0")
    rehash(path)
    verdict = verdict_on(path)
    assert not verdict.verified
    assert verdict.differing[0].startswith("loss at step 301:")


# ------------------------------------------------------------------ roundings


@pytest.mark.parametrize("core", ["Sandybridge", "Prescott"])
def test_another_kernel_of_the_linear_algebra_is_no_cheating(tmp_path, core, nnsim_cli):
    path = tmp_path / "x.nnsim"
    recorded = nnsim_cli("run", "overfitting", "--epochs", 300, "--record", path, OPENBLAS_CORETYPE="Haswell")
    assert recorded.returncode == 0, recorded.stderr
    found = {}
    for kernel in ("Haswell", core):
        done = nnsim_cli("verify", path, "--json", OPENBLAS_CORETYPE=kernel)
        found[kernel] = json.loads(done.stdout)
        assert (done.returncode, found[kernel]["verified"]) == (0, True)
    assert found["Haswell"]["proof"] == "bits"
    assert found[core]["proof"] in ("bits", "rounding")
    forge_first(path, CHECKPOINTS, in_weight(1e-6), "step > 0")
    rehash(path)
    done = nnsim_cli("verify", path, "--json", OPENBLAS_CORETYPE=core)
    assert (done.returncode, json.loads(done.stdout)["proof"]) == (1, "none")


def roundings(path, step):
    """Make a recording such as another processor would have made: a rounding at a step, and what follows of it."""
    with open_recording(path) as recording:
        run = Run(recording.scenario, recording.timelines[0].variant, recording.timelines[0].settings)
        end = recording.timelines[0].length
    run.advance_to(step)
    run.trainer.parameters[...] = np.nextafter(run.trainer.parameters, np.inf)
    run.advance_to(end)
    run.interrupt()
    save(path, [run.timeline], replace=True)


def test_what_a_rounding_comes_to_is_accepted_and_what_is_more_is_not(path):
    roundings(path, 300)
    verdict = verdict_on(path)
    assert (verdict.verified, verdict.proof, verdict.differing) == (True, "rounding", [])
    assert 0 < verdict.largest < verdict.tolerance < 1e-9
    assert any("this very platform" in one for one in verdict.notes)
    forge_first(path, SEGMENTS, in_segment(400, 1e-8), "series = 0")
    rehash(path)
    verdict = verdict_on(path)
    assert (verdict.verified, verdict.proof) == (False, "none")
    assert verdict.differing[0].startswith("loss at step 401:")


def test_where_roundings_decide_nothing_is_proven_and_the_own_figures_count(tmp_path):
    path = tmp_path / "x.nnsim"
    run = Run(parse_scenario(CHAOTIC, name="chaotic", source="chaotic.toml"), settings={"random.seed": 1})
    run.advance_to(1500)
    save(path, [run.timeline])
    assert verdict_on(path).proof == "bits"
    roundings(path, 5)
    verdict = verdict_on(path)
    assert (verdict.proof, verdict.differing) == ("none", [])
    assert not verdict.verified
    assert any("a rounding alone" in one for one in verdict.notes)
    ours = verdict.timelines[0].series["loss"].values(0, 1500)
    assert ours.tobytes() == run.timeline.series["loss"].values(0, 1500).tobytes()


# ------------------------------------------------------------------ bounds


def test_more_arithmetic_than_is_allowed_is_an_error_before_it_is_begun(path, nnsim_cli):
    with pytest.raises(BudgetError, match=r"takes about 1\.2e\+07 multiply-adds \(allowed: 1\.0e\+06"):
        verdict_on(path, budget=Budget(1e6))
    assert verdict_on(path, budget=Budget(1e9)).verified
    with pytest.raises(NnsimError, match="is no budget"):
        Budget(0)
    done = nnsim_cli("verify", path, "--budget", "1e6")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "multiply-adds" in done.stderr


@pytest.fixture
def nnsim_cli(capsys):
    """Carries out a command line: in this process, unless it is to see other variables of the environment."""

    def run(*arguments, **variables):
        words = [str(one) for one in arguments]
        if not variables:
            capsys.readouterr()
            status = execute(words)
            return subprocess.CompletedProcess(words, status, *capsys.readouterr())
        command = [sys.executable, "-m", "nnsim", *words]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, **variables}, timeout=120
        )

    return run


def test_a_run_that_was_changed_on_the_way_is_proven_within_roundings(tmp_path):
    path = tmp_path / "x.nnsim"
    save(path, [changed_on_the_way().timeline])
    forge_first(path, CHECKPOINTS, in_weight(1e-16), "step = 512")
    rehash(path)
    connection = sqlite3.connect(path)
    row = connection.execute(SEGMENTS.select("series = 0")).fetchone()
    connection.close()
    assert len(unpack(row[3], row[2])) == 2100
    assert verdict_on(path).differing == []
