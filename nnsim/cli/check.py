"""`nnsim check`: whether scenario files and recordings are correct."""

import os
from collections.abc import Iterable
from pathlib import Path

from nnsim.cli.output import complain, say
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
