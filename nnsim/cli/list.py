"""`nnsim list`: the scenarios that come with nnsim."""

import os

from nnsim.cli.environment import reading_language
from nnsim.cli.output import say, say_json
from nnsim.output_files import OutputFiles
from nnsim.scenario.catalog import entries
from nnsim.text import columns


def list_scenarios(as_json: bool) -> int:
    """Say name and summary of each scenario, a line each; with its title and file as JSON, in no language but the
    scenarios' own."""
    if as_json:
        found = entries()
        say_json([{**entry._asdict(), "path": str(entry.path)} for entry in found])
    elif found := entries(reading_language(OutputFiles.of(os.environ))):
        say("\n".join(columns([(entry.name, entry.summary) for entry in found])))
    return 0
