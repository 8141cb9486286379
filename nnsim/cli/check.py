"""`nnsim check` and `nnsim show`: what a file holds, and whether it may be trusted."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nnsim.cli.output import columns, complain, say, say_json, tell_damage
from nnsim.errors import NnsimError, RecordingError, ScenarioError
from nnsim.output_files import RECORDING_SUFFIX
from nnsim.scenario.catalog import find
from nnsim.text import clean_line, count

WRONG = 2


def check_files(files: Iterable[str]) -> int:
    """Check scenario files and recordings, all of them. Returns: the exit status, 2 where any is wrong."""
    status = 0
    for file in files:
        try:
            verdict = _check_recording(Path(file)) if file.endswith(RECORDING_SUFFIX) else _check_scenario(file)
        except* NnsimError as group:
            for error in group.exceptions:
                complain(str(error))
            status = WRONG
        else:
            say(f"{clean_line(file)}: ok ({verdict})")
    return status


def _check_scenario(file: str) -> str:
    path = Path(file) if os.path.isfile(file) else find(file)
    from nnsim.scenario.lesson_reach import beyond_the_end
    from nnsim.scenario.scenario import read_scenario

    scenario = read_scenario(path)
    if found := beyond_the_end(scenario):
        raise ExceptionGroup("of the lesson", [ScenarioError(f"{clean_line(str(path))}: {one}") for one in found])
    sizes = sorted({scenario.plan(one.name).network.size for one in scenario.variants})
    parameters = count(sizes[0], "parameter")
    if len(sizes) > 1:
        parameters = f"{sizes[0]:,} to {count(sizes[-1], 'parameter')}"
    return f"{count(len(scenario.variants), 'variant')}, {parameters}"


def _check_recording(path: Path) -> str:

    from nnsim.recording import describe

    described = describe(path)
    if damage := described.get("damage"):
        others = f" (and {count(len(damage) - 1, 'other part')}; nnsim show names them)" if len(damage) > 1 else ""
        raise RecordingError(f"{clean_line(str(path))}: {damage[0]}{others}")
    if described["hash_ok"] is False:
        raise RecordingError(f"{clean_line(str(path))}: was changed after it was recorded (its hash is another)")
    runs = described["runs"]
    verdict = f"{count(len(runs), 'run')}, {count(sum(run['steps'] for run in runs), 'step')}"
    return verdict if described["closed_properly"] else f"{verdict}; not closed: whoever recorded it was cut off"


def show_recording(path: Path, as_json: bool) -> int:
    """Say what a recording holds, or what is left of it. Returns: the exit status, 2 where it is damaged.

    Raises: RecordingError where nothing of the file can be read.
    """

    from nnsim.recording import describe

    described = describe(path)
    if as_json:
        say_json(described)
    else:
        say("\n".join(_lines({key: value for key, value in described.items() if key != "damage"})))
    damage = described.get("damage", [])
    tell_damage(path, damage)
    return WRONG if damage else 0


def _lines(table: Mapping[str, Any], indent: str = "") -> list[str]:
    """A mapping in lines, what lies inside another indented under it."""
    plain: list[tuple[str, ...]] = [
        (_label(key), _value(value)) for key, value in table.items() if not _nested(value)
    ]
    lines = [indent + line for line in columns(plain)] if plain else []
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            lines += [f"{indent}{_label(key)}", *_lines(value, indent + "  ")]
        elif _nested(value):
            for number, entry in enumerate(value, start=1):
                lines += [f"{indent}{key} {number}", *_lines(entry, indent + "  ")]
    return lines


def _label(key: str) -> str:
    return key if "." in key else key.replace("_", " ")  # the key of a setting has dots, and stays as it is


def _nested(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return bool(value) and all(isinstance(one, Mapping) for one in value)
    return isinstance(value, Mapping) and bool(value)


def _value(value: object) -> str:
    if value is None or value in ([], {}, ()):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_value(one) for one in value)
    return clean_line(str(value))
