"""What tells whether two scenarios are the same: a hash of the lesson, of the task, and of the variants."""

import hashlib
import json
from typing import Any, Literal

import scenarios
from nnsim.errors import ScenarioError
from nnsim.scenario.scenario import Scenario, read_scenario
from nnsim.scenario.toml_text import parse_toml

PARTS = ("lesson", "task", "variants")
_TASK = ("data", "model", "loss")


def part_hashes(scenario: Scenario) -> dict[str, str]:
    """SHA-256, in hexadecimal, of each of the `PARTS` of a scenario, as canonical JSON.

    The lesson: its table. The task: the tables of the data, with the files that they name, the model and the loss.
    The variants: the variants, the sweep, the faults, and every other table and key that decides how they train.
    Titles, comments and panes have no part in them, nor have the order and the layout of the file.
    """
    whole, decides = parse_toml(scenario.text), scenario.table
    files = {name: hashlib.sha256(one).hexdigest() for name, one in scenario.files.contents.items()}
    task = {key: decides[key] for key in _TASK if key in decides}
    others = {key: value for key, value in decides.items() if key not in _TASK}
    named = [key for key in ("variants", "sweep", "faults") if key != "faults" or key in whole]
    parts = {
        "lesson": whole.get("lesson", {}),
        "task": {"tables": task, "files": files},
        "variants": {"tables": others, **{key: whole.get(key) for key in named}},
    }
    return {name: hashlib.sha256(_canonical(value)).hexdigest() for name, value in parts.items()}


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()


def differing_parts(one: Scenario, other: Scenario) -> list[str]:
    """The `PARTS` in which two scenarios differ; none where they are the same."""
    mine, its = part_hashes(one), part_hashes(other)
    return [name for name in PARTS if mine[name] != its[name]]


def installed_lesson(scenario: Scenario) -> tuple[Literal["same", "differs", "unknown"], list[str]]:
    """Whether a scenario is the one that comes with nnsim under its name, and in which `PARTS` it differs.

    It is unknown where there is none of that name, or its data files are not there.
    """
    if scenario.name not in scenarios.names():
        return "unknown", []
    try:
        differs = differing_parts(scenario, read_scenario(scenarios.path_of(scenario.name)))
    except ScenarioError:
        return "unknown", []
    return ("differs" if differs else "same"), differs
