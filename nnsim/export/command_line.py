"""The command line that gives a run again: scenario, variant, seed, settings, and what was changed under way."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nnsim.errors import NnsimError, ScenarioError
from nnsim.nn.parameters import names_parameter
from nnsim.scenario import catalog
from nnsim.scenario.from_data import chosen_task
from nnsim.scenario.plan import Plan
from nnsim.scenario.scenario import Scenario
from nnsim.scenario.setting_keys import is_live, merged, parse_setting
from nnsim.scenario.toml_text import toml
from nnsim.text import clean_line, quote
from nnsim.timeline import Command, Timeline
from nnsim.timeline.run import Run, allowed_parameter

SEED = "random.seed"
MOST_CHANGES = 100
LONGEST = 4_000  # characters: a terminal's line, and what is copied by OSC 52, both hold more


def parse_changes(given: Sequence[tuple[int, str]]) -> list[Command]:
    """What each `--at STEP KEY=VALUE` says, in the order of the steps.  Raises: NnsimError."""
    found = []
    for step, text in given:
        if step < 0:
            raise NnsimError(f"--at {step}: is no step (allowed: 0 and above)")
        try:
            key, value = parse_setting(text)
        except ScenarioError as error:
            raise NnsimError(str(error).replace("--set", f"--at {step}", 1)) from None
        if not (is_live(key) or names_parameter(key)):
            raise NnsimError(
                f"--at {step} {clean_line(key)}: applies only to a new run (allowed: a live setting, a parameter)"
            )
        found.append(Command(step, key, value))
    return sorted(found, key=lambda one: one.step)


def check_changes(run: Run, changes: Sequence[Command]) -> list[Plan]:
    """Refuses changes that could not be made, before training.  Returns: the plans that come into force by them.

    Raises: NnsimError.
    """
    timeline = run.timeline
    plan, settings, found = timeline.plan, dict(timeline.settings), list[Plan]()
    for one in changes:
        if one.step > plan.steps:
            raise NnsimError(
                f"--at {one.step} {clean_line(one.key)}: the run ends before that (allowed: 0 to {plan.steps})"
            )
        if names_parameter(one.key):
            allowed_parameter(plan, one.key, one.value)
            continue
        settings = merged(settings, {one.key: one.value})
        plan = timeline.scenario.plan(timeline.variant, settings)
        found.append(plan)
    return found


def command_of(timeline: Timeline) -> str:
    """The `nnsim run` command that gives a run again, as a shell reads it.  Raises: NnsimError without any."""
    words = ["nnsim", "run", *_task_of(timeline), "--variant", timeline.variant]
    words += ["--seed", str(timeline.plan.seed)]
    origin = timeline.scenario.origin
    brought = {} if origin is None else origin.settings
    for key, value in timeline.settings.items():
        if key != SEED and not (key in brought and brought[key] == value):
            words += ["--set", _assigned(key, value)]
    commands = sorted(timeline.commands, key=lambda one: one.step)
    if len(commands) > MOST_CHANGES:
        raise NnsimError(f"it was changed {len(commands):,} times under way (a command says {MOST_CHANGES})")
    for one in commands:
        words += ["--at", str(one.step), _assigned(one.key, one.value)]
    line = shlex.join(words)
    if len(line) > LONGEST:
        raise NnsimError(f"the command would have {len(line):,} characters (a line holds {LONGEST:,})")
    return line


def _option(name: str, value: str) -> list[str]:
    return [f"{name}={value}"] if value.startswith("-") else [name, value]


def _task_of(timeline: Timeline) -> list[str]:
    """The words that name the scenario, or the data that it was made from.  Raises: NnsimError without any."""
    scenario, origin = timeline.scenario, timeline.scenario.origin
    if origin is None:
        return [scenario_of(scenario)]
    if origin.csv is None:
        return [scenario_of(origin.into or scenario), "--mnist", str(origin.mnist)]
    known = scenario.table["data"]
    changed = [
        key
        for key, value in timeline.settings.items()
        if key.startswith("data.") and known.get(key.removeprefix("data.")) != value
    ]
    if changed:
        # How a table is read decides on the network that is made for it: a command may make another one.
        again = chosen_task(str(origin.csv), origin.targets, None, timeline.settings)
        if again.scenario.plan(timeline.variant, timeline.settings).table != timeline.plan.table:
            raise NnsimError(f"{', '.join(changed)} changed after the network had been made for the data")
    return [str(origin.csv), *(word for name in origin.targets for word in _option("--target", name))]


def scenario_of(scenario: Scenario) -> str:
    """The name or file by which a command finds this very scenario.  Raises: NnsimError without any."""
    folder = scenario.files.folder
    beside = None if folder is None else folder / f"{scenario.name}{catalog.SUFFIX}"
    for name in (scenario.name, beside):
        if name is None:
            continue
        try:
            path = catalog.find(str(name))
            if path.is_file() and path.read_text("utf-8") == scenario.text:
                short = name is scenario.name and not scenario.name.startswith("-")
                return scenario.name if short else str(Path(path).absolute())
        except (OSError, ValueError, NnsimError):
            continue  # it is looked for in the next place
    raise NnsimError(f"no file here holds its scenario {quote(scenario.name)}")


def _assigned(key: str, value: Any) -> str:
    if value is None:
        raise NnsimError(f"{clean_line(key)} was taken away, which a command cannot say")
    return f"{key}={toml(value)}"
