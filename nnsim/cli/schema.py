"""`nnsim schema`: the JSON Schema of scenario files."""

from nnsim.cli.output import say_json


def print_schema() -> int:
    from nnsim.scenario.json_schema import scenario_schema

    say_json(scenario_schema())
    return 0
