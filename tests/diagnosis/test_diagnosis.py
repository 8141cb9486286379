"""What is wrong with runs, for seeds that are no scenario's own; benchmarks/diagnosis.py tries more of them."""

import json
from pathlib import Path

import pytest
from faulty_runs import FAULT_CASES
from healthy_runs import GOOD, HEALTHY, TASKS, healthy_run, trained
from shared import WHOLE

from nnsim.cli.commands import invoke as main
from nnsim.diagnosis.diagnosis import diagnose
from nnsim.diagnosis.finding import FAULTS
from nnsim.scenario.scenario import read_scenario
from nnsim.timeline.run import Run

CASES = Path(__file__).parent / "cases"
# A case of each fault, one of its tasks; the other tasks and more seeds are the benchmark's.
CHOSEN = {fault.name: (fault, fault.tasks[0]) for fault in reversed(FAULT_CASES)}
SEEDS = (41, 42)  # the suite tries one of them with each fault, by turns; `make test-whole` both


def found_in(run: Run) -> list[str]:
    return [one.fault for one in diagnose(run.timeline).findings]


def case(name: str, variant: str | None = None) -> list[str]:
    run = Run(read_scenario(CASES / f"{name}.toml"), variant)
    run.advance_to(run.trainer.plan.steps)
    return found_in(run)


def test_every_fault_is_put_into_some_run():
    assert set(CHOSEN) == set(FAULTS)


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_is_among_the_first_two_findings(name):
    fault, task = CHOSEN[name]
    for seed in SEEDS if WHOLE else (SEEDS[sorted(FAULTS).index(name) % 2],):
        found = found_in(trained(TASKS[task], seed, fault.settings(TASKS[task].settings), fault.rows))
        assert name in found[:2], (seed, found)
        assert set(found) <= {name, *fault.also}, (seed, found)


@pytest.mark.parametrize("kind", sorted(HEALTHY))
def test_nothing_is_found_where_nothing_is_wrong(kind):
    assert found_in(healthy_run(kind, 43)) == []


@pytest.mark.parametrize(("scenario", "variant"), GOOD)
def test_nothing_is_found_in_the_good_variant_of_a_scenario(scenario, variant):
    assert found_in(healthy_run(f"scenario {scenario}/{variant}", 0)) == []


@pytest.mark.parametrize(
    ("name", "variant", "first"),
    [
        ("dead-relu", "relu", "dead-units"),
        ("no-hint-to-standardize", "asked", "unscaled-inputs"),
        ("one-hot-no-accuracy", "asked", "underfitting"),
        ("softmax-of-one", None, "output-out-of-range"),
        ("zero-loss", None, "constant-target"),
    ],
)
def test_what_runs_of_others_fell_ill_with(name, variant, first):
    assert case(name, variant)[:1] == [first]


@pytest.mark.parametrize(
    ("name", "variant"),
    [("dead-relu", "leaky"), ("one-hot-no-accuracy", "answer"), ("no-hint-to-standardize", "standardized")],
)
def test_the_mended_run_is_healthy(name, variant):
    assert case(name, variant) == []


def test_check_says_that_softmax_of_one_unit_is_always_one(capsys):
    assert main(["check", str(CASES / "softmax-of-one.toml")]) == 0
    assert "model.output: softmax of a single unit is always 1" in capsys.readouterr().err


def test_the_command_says_it_as_json(capsys):
    assert main(["diagnose", str(CASES / "majority.csv"), "--target", "label", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert not said["healthy"]
    first = said["findings"][0]
    assert first["fault"] == "imbalanced-classes"
    assert set(first) == {"fault", "since_epoch", "confidence", "evidence", "try"}
    confidences = [one["confidence"] for one in said["findings"]]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= one <= 1 for one in confidences)
    assert "90% right" in first["evidence"]


def test_a_remedy_is_a_setting_that_mends_the_run(capsys):
    assert main(["diagnose", "linear-regression", "--variant", "too-fast", "--json"]) == 0
    tried = json.loads(capsys.readouterr().out)["findings"][0]["try"][0]
    assert (
        main(["run", "linear-regression", "--variant", "too-fast", "--set", f"{tried['key']}={tried['value']}"])
        == 0
    )


def test_a_recording_is_judged_as_the_run_was(tmp_path, capsys):
    file = tmp_path / "xor.nnsim"
    fewer = ["--set", "train.epochs=1000"]
    assert main(["run", "xor", *fewer, "--record", str(file)]) == 0
    capsys.readouterr()
    said = []
    for asked in ([str(file)], ["xor", *fewer]):
        assert main(["diagnose", *asked, "--json"]) == 0
        said.append(json.loads(capsys.readouterr().out)["findings"])
    assert said[0] == said[1]
    assert [one["fault"] for one in said[0]] == ["no-bias"]
