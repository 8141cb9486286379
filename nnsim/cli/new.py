"""`nnsim new`: a scenario to begin with, and the schema by which editors help with it."""

import json
import shlex
from pathlib import Path
from typing import Any

from nnsim.cli.output import say
from nnsim.data.data_files import ScenarioFiles
from nnsim.errors import NnsimError, OutputError
from nnsim.output_files import OutputFiles
from nnsim.scenario.catalog import SUFFIX, read
from nnsim.scenario.json_schema import TITLE, scenario_schema
from nnsim.scenario.new_scenario import SCHEMA_FILE, from_scenario, template
from nnsim.scenario.scenario import parse_scenario
from nnsim.text import printable_path

CONSEQUENCE = "nothing is written"


def write_new(path: Path, begin_with: str | None, overwrite: bool, files: OutputFiles) -> int:
    """Writes a scenario, and beside it the schema and the data that it needs.

    Args: begin_with: a scenario to copy; None for the template.  Returns: the exit status.  Raises: NnsimError.
    """
    if path.suffix != SUFFIX or path.stem != path.stem.strip():
        raise NnsimError(f"{printable_path(path)}: is no name of a scenario (allowed: one that ends in {SUFFIX})")
    files.check(path)
    if path.exists() and not overwrite:
        raise OutputError(f"{printable_path(path)}: is there already (allowed: a new name, or --overwrite)")
    beside: dict[str, bytes] = {}
    if begin_with is None:
        text = template(path.stem)
    else:
        scenario = read(begin_with)
        text, beside = from_scenario(scenario), dict(scenario.files.contents)
    parse_scenario(text, name=path.stem, source=str(path), files=ScenarioFiles(path.parent, beside))
    schema = scenario_schema()
    for name, content in beside.items():
        _write_data(path.parent / name, content, files)
    with files.open_new(path, CONSEQUENCE, replace=overwrite) as file:
        file.write(text.encode())
    told = f"{printable_path(path)}: written"
    if _write_schema(path.parent / SCHEMA_FILE, schema, files):
        told += f", and {SCHEMA_FILE} beside it, by which editors help"
    named = shlex.quote(str(path) if path.is_absolute() or not str(path).startswith("-") else f"./{path}")
    say(f"{told}\ntry it: nnsim check --try {named}\nopen it: nnsim open {named}")
    return 0


def _write_data(path: Path, content: bytes, files: OutputFiles) -> None:
    """Writes a file that the scenario reads, unless it is there.  Raises: OutputError where another one is."""
    if path.is_file() and path.read_bytes() == content:
        return
    if path.exists():
        raise OutputError(f"{printable_path(path)}: is there already, and another file; {CONSEQUENCE}")
    files.write(path, content, CONSEQUENCE)


def _write_schema(path: Path, schema: dict[str, Any], files: OutputFiles) -> bool:
    """Writes the schema, unless it is there, or a file of somebody else.  Returns: whether it lies there now."""
    try:
        before = json.loads(path.read_bytes()) if path.exists() else None
    except (OSError, ValueError):
        return False
    if before is None or (isinstance(before, dict) and before.get("title") == TITLE):
        if before != schema:
            files.write(path, json.dumps(schema, indent=1).encode() + b"\n", "the scenario is written without it")
        return True
    return False
