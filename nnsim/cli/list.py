"""`nnsim list`: the scenarios that come with nnsim."""

from nnsim.cli.output import columns, say, say_json
from nnsim.scenario.catalog import entries


def list_scenarios(as_json: bool) -> int:
    """Say name and summary of each scenario, a line each; with its title and file as JSON."""
    found = entries()
    if as_json:
        say_json([{**entry._asdict(), "path": str(entry.path)} for entry in found])
    elif found:
        say("\n".join(columns([(entry.name, entry.summary) for entry in found])))
    return 0
