"""`nnsim check`: whether scenario files and recordings are correct, and what becomes of a table's columns."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nnsim.cli.output import complain, say, say_json
from nnsim.errors import NnsimError, RecordingError, ScenarioError
from nnsim.output_files import RECORDING_SUFFIX
from nnsim.scenario.catalog import CSV_SUFFIXES, find, is_table
from nnsim.scenario.language import translated_scenario, translations
from nnsim.text import clean_line, count

if TYPE_CHECKING:
    from nnsim.scenario.scenario import Scenario

WRONG = 2


def check_files(
    files: Sequence[str],
    targets: Sequence[str] = (),
    assignments: Sequence[str] = (),
    as_json: bool = False,
    tries: bool = False,
) -> int:
    """Check scenario files, recordings and tables, all of them.

    Args: targets, assignments, as_json: for tables alone: columns to predict, settings of `data.`. tries: of
    scenarios alone, what their lessons ask and claim.
    Returns: the exit status, 2 where any is wrong, 1 where a lesson is not confirmed.  Raises: NnsimError.
    """
    others = [one for one in files if not is_table(one)]
    for option, given in (("--target", targets), ("--set", assignments), ("--json", as_json)):
        if given and others:
            raise NnsimError(f"{option}: {clean_line(others[0])} is no table (allowed: {', '.join(CSV_SUFFIXES)})")
    for file in files if tries else ():
        if is_table(file) or file.endswith(RECORDING_SUFFIX):
            raise NnsimError(f"--try: {clean_line(file)} is no scenario (allowed: FILE.toml)")
    status = 0
    for file in files:
        try:
            if is_table(file):
                _check_table(Path(file), targets, assignments, as_json)
                continue
            if file.endswith(RECORDING_SUFFIX):
                verdict, scenario = _check_recording(Path(file)), None
            elif (original := translated_scenario(Path(file))) is not None:
                verdict, scenario = _check_translation(Path(file), original), None
            else:
                verdict, scenario = _check_scenario(file)
        except* NnsimError as group:
            for error in group.exceptions:
                complain(str(error))
            status = WRONG
        else:
            say(f"{clean_line(file)}: ok ({verdict})")
            if tries and scenario is not None:
                from nnsim.cli.try_lesson import try_lesson

                status = max(status, try_lesson(scenario, Path(file)))
    return status


def _check_table(path: Path, targets: Sequence[str], assignments: Sequence[str], as_json: bool) -> None:
    from nnsim.scenario.from_table import own_table
    from nnsim.scenario.setting_keys import parse_setting

    own = own_table(path, targets, dict(parse_setting(one) for one in assignments))
    report = own.report()
    if as_json:
        say_json(report.as_object())
        return
    verdict = f"{count(report.rows, 'row')}, {count(len(report.columns), 'column')}"
    say("\n".join([f"{clean_line(str(path))}: ok ({verdict})", *own.chosen, *report.lines()]))


def _check_translation(path: Path, original: Path) -> str:
    """Checks a translation beside its scenario, and names what a translator may have changed by mistake."""
    from nnsim.scenario.translation import check_translation

    for doubt in check_translation(path):
        complain(doubt)
    return f"a translation of {clean_line(original.name)}"


def _check_scenario(file: str) -> "tuple[str, Scenario]":
    path = Path(file) if os.path.isfile(file) else find(file)
    from nnsim.scenario.lesson_reach import beyond_the_end
    from nnsim.scenario.scenario import read_scenario

    scenario = read_scenario(path)
    if found := beyond_the_end(scenario):
        raise ExceptionGroup("of the lesson", [ScenarioError(f"{clean_line(str(path))}: {one}") for one in found])
    plans = [scenario.plan(one.name) for one in scenario.variants]
    sizes = sorted({plan.network.size for plan in plans})
    parameters = count(sizes[0], "parameter")
    if len(sizes) > 1:
        parameters = f"{sizes[0]:,} to {count(sizes[-1], 'parameter')}"
    from nnsim.lessons.trials import reached_at_once
    from nnsim.nn.activations import Softmax

    if any(isinstance(plan.output, Softmax) and plan.network.outputs == 1 for plan in plans):
        complain(
            f"{clean_line(str(path))}: model.output: softmax of a single unit is always 1, whatever is learnt "
            '(for two classes: output = "sigmoid", loss.kind = "binary-cross-entropy")'
        )
    for warning in reached_at_once(scenario):
        complain(f"{clean_line(str(path))}: {warning}")
    for one in translations(path):
        _check_translation(one, path)
    return f"{count(len(scenario.variants), 'variant')}, {parameters}", scenario


def _check_recording(path: Path) -> str:

    from nnsim.cli.show import described_file

    described = described_file(path)
    if damage := described.get("damage"):
        others = f" (and {count(len(damage) - 1, 'other part')}; nnsim show names them)" if len(damage) > 1 else ""
        raise RecordingError(f"{clean_line(str(path))}: {damage[0]}{others}")
    if described["hash_ok"] is False:
        raise RecordingError(f"{clean_line(str(path))}: was changed after it was recorded (its hash is another)")
    runs = described["runs"]
    verdict = f"{count(len(runs), 'run')}, {count(sum(run['steps'] for run in runs), 'step')}"
    return verdict if described["closed_properly"] else f"{verdict}; not closed: whoever recorded it was cut off"
