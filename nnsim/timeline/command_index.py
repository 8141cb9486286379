"""The commands of a timeline by their steps, and the settings and plans that they bring into force."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from nnsim.nn.parameters import names_parameter
from nnsim.scenario.plan import Plan
from nnsim.scenario.setting_keys import merged


class Command(Struct, frozen=True):
    """What a person changed after `step` steps, in force from the next step on.

    `key` is that of a live setting, which changes the plan, or of a parameter (`nnsim.nn.parameters`), which
    changes a number of the state.
    """

    step: int
    key: str
    value: Any


InForce = tuple[Mapping[str, Any], Plan]  # settings, and the plan that they make


@dataclass(frozen=True)
class CommandIndex:
    """Commands in the order of their steps, found in a time that hardly grows with their number.

    `plans` holds what is known of the settings in force, by the number of changed settings: no changes are gone
    through twice.
    """

    commands: Sequence[Command]
    plans: dict[int, InForce]
    steps: list[int] = field(init=False)
    changes: list[Command] = field(init=False)  # those that change settings
    change_steps: list[int] = field(init=False)

    def __post_init__(self) -> None:
        changes = [one for one in self.commands if not names_parameter(one.key)]
        for name, value in (
            ("steps", [one.step for one in self.commands]),
            ("changes", changes),
            ("change_steps", [one.step for one in changes]),
        ):
            object.__setattr__(self, name, value)

    def of(self, commands: Sequence[Command]) -> "CommandIndex":
        """The index of these commands; this one where they are the same, else with the plans that still hold."""
        mine = self.commands
        # A command that is replaced goes to the end, so that the last one tells.
        if len(commands) == len(mine) and (not mine or (commands[0] is mine[0] and commands[-1] is mine[-1])):
            return self
        found = CommandIndex(list(commands), {})
        pairs = zip(self.changes, found.changes, strict=False)
        same = next((number for number, (one, other) in enumerate(pairs) if one != other), None)
        most = min(len(self.changes), len(found.changes)) if same is None else same
        found.plans.update({number: known for number, known in self.plans.items() if number <= most})
        return found

    def at(self, step: int) -> Sequence[Command]:
        """The commands of exactly this step."""
        return self.commands[bisect_left(self.steps, step) : bisect_right(self.steps, step)]

    def count(self, step: int) -> int:
        """How many settings are changed until a step."""
        return bisect_right(self.change_steps, step)

    def settings(self, step: int) -> dict[str, Any]:
        """The settings in force behind a step."""
        count = self.count(step)
        known = count
        while known not in self.plans:
            known -= 1
        settings = dict(self.plans[known][0])
        for one in self.changes[known:count]:
            settings = merged(settings, {one.key: one.value})
        return settings

    def plan(self, step: int, make: Callable[[Mapping[str, Any]], Plan]) -> Plan:
        """The plan in force behind a step.  Args: make: makes it of the settings."""
        count = self.count(step)
        if count not in self.plans:
            settings = self.settings(step)
            self.plans[count] = settings, make(settings)
        return self.plans[count][1]
