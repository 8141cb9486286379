"""A scenario that was made of a table, written as a file that a person can read, change and open again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nnsim.errors import NnsimError
from nnsim.output_files import OutputFiles, check_suffix, check_untaken
from nnsim.scenario.catalog import SUFFIX
from nnsim.scenario.from_data import ScenarioTask
from nnsim.scenario.scenario import Scenario
from nnsim.scenario.setting_keys import SETTINGS, with_settings
from nnsim.scenario.toml_text import quoted, toml
from nnsim.text import clean_line

NOTHING = "the scenario is not saved"


def _check(path: Path, overwrite: bool, files: OutputFiles) -> None:
    """Refuses a name that no scenario can be saved under.  Raises: NnsimError."""
    name = clean_line(str(path))
    check_suffix(path, SUFFIX, "scenario", "--save")
    if files.refusal:
        raise NnsimError(f"--save {name}: {files.refusal}")
    check_untaken(path, overwrite and path.is_file(), "--save")


def save_scenario(task: ScenarioTask, path: Path, overwrite: bool, files: OutputFiles) -> None:
    """Writes the scenario of a table with its settings.  Raises: NnsimError."""
    _check(path, overwrite, files)
    origin = task.scenario.origin
    if origin is None or origin.csv is None:
        raise NnsimError(
            f"--save: {task.scenario.name} is a scenario already (allowed: with a table, as in "
            "nnsim run rents.csv --target rent --save rents.toml)"
        )
    folder, table = path.parent.resolve(), origin.csv.resolve()
    if not table.is_relative_to(folder):
        raise NnsimError(
            f"--save {clean_line(str(path))}: a scenario reads files of its own folder (allowed: a name in "
            f"{clean_line(str(table.parent))})"
        )
    text = saved_text(task.scenario, task.settings, table.relative_to(folder).as_posix())
    with files.open_new(path, NOTHING, replace=overwrite) as file:
        file.write(text.encode())


def saved_text(scenario: Scenario, settings: Mapping[str, Any], path: str) -> str:
    """A scenario's text with settings in it.  Args: path: of its table, beside the file."""
    table = with_settings(scenario.table, {**settings, "data.path": path})
    lines = [
        f"title = {quoted(scenario.title)}",
        f"summary = {quoted(scenario.summary)}",
        f"panes = {toml(scenario.panes)}",
    ]
    lines += [f"{name} = {toml(table[name])}" for name in SETTINGS if name in table and not _is_table(table[name])]
    for name in SETTINGS:
        if name in table and _is_table(table[name]):
            lines += ["", f"[{name}]", *(f"{key} = {toml(value)}" for key, value in table[name].items())]
    return "\n".join(lines) + "\n"


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)
