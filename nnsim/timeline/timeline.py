"""The timeline of one run: step records as columns, checkpoints, commands and marks, in order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from nnsim.errors import NnsimError
from nnsim.nn.parameters import PREFIX, names_parameter, parameter_index
from nnsim.scenario.places import MARKED
from nnsim.scenario.plan import Plan
from nnsim.scenario.scenario import Scenario
from nnsim.scenario.setting_keys import merged, setting_text
from nnsim.text import clean_line
from nnsim.timeline.checkpoints import Checkpoints, spacing_for
from nnsim.timeline.command_index import Command, CommandIndex
from nnsim.timeline.series import Series
from nnsim.training.records import Records, Stop, figures

COMPARED_AT_ONCE = 4096  # steps of a fork and its parent
LONGEST_NAME = 60  # characters
MOST_MARKS = MOST_COMMANDS = 10_000  # as many as a recording holds
# Opening a recording checks the scenario for every run and every command of it: so many bytes of its text.
MOST_CHECKED = 100_000_000


def most_plans(scenario: Scenario) -> int:
    """How many runs and commands together a recording of a scenario holds."""
    return MOST_CHECKED // max(1000, len(scenario.text))


class Mark(Struct, frozen=True):
    """Something that happened at a step: "diverged", "target", "changed", "mark", and a sentence about it."""

    step: int
    kind: str
    text: str


def changed_mark(command: Command) -> Mark:
    return Mark(command.step, "changed", f"{command.key} = {command.value}")


def name_step(marks: list[Mark], step: int, name: str) -> None:
    """Names a step anew, or removes its name.  Raises: NnsimError where another step has the name."""
    plain = clean_line(name, LONGEST_NAME + 1)
    if len(plain) > LONGEST_NAME:
        raise NnsimError(f"a mark's name is too long (allowed: {LONGEST_NAME} characters)")
    others = [one for one in marks if one.kind != MARKED or one.step != step]
    for one in others:
        if plain and one.kind == MARKED and one.text == plain:
            raise NnsimError(f"step {one.step:,} is marked {plain!r} already (allowed: a name for each mark)")
    if plain and len(others) >= MOST_MARKS:
        raise NnsimError(f"there are {len(others):,} marks (allowed: {MOST_MARKS:,})")
    marks[:] = [*others, Mark(step, MARKED, plain)] if plain else others


def name_of_step(marks: Iterable[Mark], step: int) -> str:
    return next((one.text for one in marks if one.kind == MARKED and one.step == step), "")


EDITED = "data edited"  # a table of rows is too much for a name


def is_table(data: object) -> bool:
    """Whether data are rows that are written out, as points that were edited are."""
    return isinstance(data, Mapping) and data.get("kind") == "table"


def _short(key: str) -> str:
    """As much of a key as tells it from others in a name."""
    return key.removeprefix(PREFIX) if names_parameter(key) else key.rsplit(".", 1)[-1]


class Timeline:
    """The records of one run, in order; only a run, or the reader of a recording, extends it."""

    def __init__(
        self, scenario: Scenario, variant: str, settings: Mapping[str, Any], plan: Plan | None = None
    ) -> None:
        """Args: plan: that of the settings, where it is at hand."""
        self.scenario = scenario
        self.variant = variant
        self.settings = dict(settings)
        self.plan = scenario.plan(variant, settings) if plan is None else plan
        self.steps_per_epoch = self.plan.steps_per_epoch
        self.series: dict[str, Series] = {}
        work = 3 * self.plan.network.size * self.plan.batches.size
        self.checkpoints = Checkpoints(spacing_for(work, self.plan.train.checkpoint_every))
        self.commands: list[Command] = []
        self.marks: list[Mark] = []
        self.stop: Stop | None = None
        self.length = 0  # steps recorded
        self.fork_step: int | None = None  # where this timeline left another, for a fork
        self.parent: Timeline | None = None  # the other, as far as it is known
        self.lineage = object()  # the same for a timeline and what it was before, which take each other's place
        self._command_index = CommandIndex([], {0: (self.settings, self.plan)})

    @property
    def name(self) -> str:
        """What this run is called: its variant, the settings that differ from it, and what a fork changed."""
        return self.named(self.settings)

    def named(self, settings: Iterable[str]) -> str:
        """The same with some of the settings only."""
        parts = [
            f"{self.plan.network.size:,} parameters"
            if key in ("model.hidden", "model.layers")
            else EDITED
            if key == "data" and is_table(self.settings[key])
            else f"{_short(key)} {setting_text(self.settings[key])}"
            for key in settings
        ]
        if self.fork_step is not None:
            changed = [one for one in self.commands if one.step >= self.fork_step]
            parts += [f"{_short(one.key)} {setting_text(one.value)}" for one in changed]
        return " · ".join([self.variant, *parts])

    def append(self, records: Records) -> None:
        assert records.first == self.length + 1, "step records are appended in order"
        known = self.series
        for name, column in records.steps.items():
            (known[name] if name in known else self._new_series(name, 1)).append(column)
        for name, column in records.epochs.items():
            (known[name] if name in known else self._new_series(name, self.steps_per_epoch)).append(column)
        if len(known) > len(records.steps) + len(records.epochs):
            for name, series in known.items():
                if series.stride == 1 and name not in records.steps and name not in records.epochs:
                    series.append(np.full(records.count, np.nan))
        # Last, for another thread may be writing this run to a file: no series is shorter than the length says.
        self.length += records.count

    def _new_series(self, name: str, stride: int) -> Series:
        # A figure that a changed setting brings has gaps until there, so that its samples keep their steps.
        series = Series(name, stride)
        series.begins = self.length
        series.append(np.full(self.length // stride, np.nan))
        self.series[name] = series
        return series

    def end(self, stop: Stop | None) -> None:
        """Notes why the run ended, or that it goes on."""
        self.stop = stop
        if stop is not None and stop.reason in ("diverged", "target", "early-stopping"):
            self.marks.append(Mark(stop.step, stop.reason, stop.message))

    def command(self, command: Command) -> None:
        """Adds a command; it replaces one for the same key at the same step."""
        others = [one for one in self.commands if (one.step, one.key) != (command.step, command.key)]
        # At once, for another thread may be writing this run to a file, whose commands never become fewer.
        self.commands[:] = [*others, command]
        # Of a recording that was damaged the mark may be lost.
        former = [
            index
            for index, one in enumerate(self.marks)
            if one.kind == "changed" and one.step == command.step and one.text.startswith(f"{command.key} = ")
        ]
        for index in reversed(former):
            del self.marks[index]
        self.marks.append(changed_mark(command))

    def mark(self, step: int, name: str) -> None:
        """Names a step anew, or removes its name.  Raises: NnsimError where another step has the name."""
        name_step(self.marks, step, name)

    def marked(self, step: int) -> str:
        return name_of_step(self.marks, step)

    def fork(self, step: int) -> "Timeline":
        """A timeline with the same first `step` steps, and nothing after them."""
        if not 0 <= step <= self.length:
            raise ValueError(f"step {step:,} lies beyond what is recorded, 0 to {self.length:,}")
        copy = Timeline(self.scenario, self.variant, self.settings, self.plan)
        copy.fork_step, copy.parent = step, self
        copy._command_index = self._commands_by_step()  # for its plans
        copy.commands = [one for one in self.commands if one.step <= step]
        known = copy.figures(step)  # without what was brought by a setting that was changed later
        copy.series = {
            name: series.truncated(step // series.stride)
            for name, series in self.series.items()
            if step >= series.stride and name in known
        }
        copy.checkpoints = self.checkpoints.up_to(step)
        copy.marks = [one for one in self.marks if one.step <= step and one.kind in ("changed", MARKED)]
        copy.length = step
        return copy

    def rewound(
        self, step: int, commands: Iterable[Command], marks: Iterable[Mark], stop: Stop | None
    ) -> "Timeline":
        """This timeline as it was after so many steps, with these commands alone; not a fork of it."""
        copy = self.fork(step)
        copy.fork_step, copy.parent, copy.lineage = self.fork_step, self.parent, self.lineage
        copy.commands, copy.stop = list(commands), stop
        named = [one for one in self.marks if one.kind == MARKED and one.step <= step]
        copy.marks = [*(one for one in marks if one.kind != MARKED), *named]
        return copy

    def _commands_by_step(self) -> CommandIndex:
        self._command_index = found = self._command_index.of(self.commands)
        return found

    def commands_at(self, step: int) -> tuple[Command, ...]:
        """The commands given at exactly this step; they come into force together."""
        return tuple(self._commands_by_step().at(step))

    def parameters_at(self, step: int) -> dict[int, float]:
        """The parameters that are given a value at exactly this step: place in the flat vector -> value."""
        return {
            parameter_index(self.plan.network, one.key): one.value
            for one in self._commands_by_step().at(step)
            if names_parameter(one.key)
        }

    def rate_after(self, step: int) -> float | None:
        """The learning rate from a step on, where a person has changed it there; None where nobody has."""
        plan = self.plan_at(step)
        if not plan.solver.uses_gradient or plan is self.plan_at(step - 1):
            return None
        args = np.array([step]), self.steps_per_epoch, plan.train.epochs
        rate = float(plan.schedule.over(*args)[0])
        if plan.schedule.memory or rate == float(self.plan_at(step - 1).schedule.over(*args)[0]):
            return None
        return rate

    def settings_at(self, step: int) -> dict[str, Any]:
        """The settings in force for step number step + 1: the run's own, and those changed until then."""
        return self._commands_by_step().settings(step)

    def plan_at(self, step: int) -> Plan:
        """The plan that decides step number step + 1, with the settings changed until then."""
        return self._commands_by_step().plan(step, self._planned)

    def _planned(self, settings: Mapping[str, Any]) -> Plan:
        return self.scenario.plan(self.variant, settings, near=self.plan)

    def figures(self, length: int) -> dict[str, int]:
        """Names and strides of the figures of so many steps: a changed setting may bring some of its own."""
        known = figures(self.plan_at(0))
        rules = set[tuple[int, ...]]()
        for step in sorted({one.step for one in self.commands if one.step < length}):
            plan = self.plan_at(step)
            bring = id(plan.optimizer), id(plan.clipping), id(plan.regularization)
            if bring not in rules:  # a rate that is changed again and again brings nothing
                rules.add(bring)
                known |= figures(plan)
        return known

    def add_commands(self, commands: Sequence[Command]) -> Iterator[Plan]:
        """Take all commands of a file in place of those before, and give the plan behind each, one by one.

        Raises: ScenarioError where a setting is not allowed.
        """
        index = self._commands_by_step().of(commands)
        self._command_index, self.commands[:] = index, commands
        number, settings = 0, index.plans[0][0]
        for one in commands:
            if not names_parameter(one.key):
                number, settings = number + 1, merged(settings, {one.key: one.value})
                if number not in index.plans:
                    index.plans[number] = settings, self._planned(settings)
            yield index.plans[number][1]

    def record(self, step: int) -> dict[str, float]:
        """The step record of a step: its figures by name, each the newest at that step."""
        found = {name: series.at_step(step) for name, series in self.series.items()}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def unit(self) -> str:
        return "epoch"

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.plan.network.trained) if self.plan.solver.uses_gradient else ()

    def forward_passes(self, step: int) -> int:
        """Cost of so many steps, in forward passes over a step's rows; a backward pass counts as two."""
        counted = self.series["forward_passes"].at_step(step) if "forward_passes" in self.series else None
        return self.plan.forward_passes * step if counted is None or np.isnan(counted) else int(counted)


def tree(logs: Sequence[object]) -> list[tuple[int, int]]:
    """Runs as (depth, index), each followed by its forks in the order of their steps."""
    found: list[tuple[int, int]] = []
    parents = [one.parent if isinstance(one, Timeline) else None for one in logs]
    steps = [(one.fork_step or 0) if isinstance(one, Timeline) else 0 for one in logs]

    def walk(parent: object | None, depth: int) -> None:
        # A run whose parent is not among these stands at the root.
        here = [
            index
            for index, own in enumerate(parents)
            if (own if any(own is each for each in logs) else None) is parent
        ]
        for index in here if parent is None else sorted(here, key=lambda i: steps[i]):
            found.append((depth, index))
            walk(logs[index], depth + 1)

    walk(None, 0)
    return found


def first_difference(fork: Timeline, since: int = 0) -> int | None:
    """The first step behind `since` at which a fork's figure differs from its parent's, or None."""
    parent, first = fork.parent, None
    if parent is None or fork.fork_step is None:
        return None
    for name, series in fork.series.items():
        other = parent.series.get(name)
        if other is None or other.stride != series.stride:
            continue
        count = min(len(series), len(other))
        for start in range(max(fork.fork_step, since) // series.stride, count, COMPARED_AT_ONCE):
            if first is not None and (start + 1) * series.stride >= first:
                break
            stop = min(start + COMPARED_AT_ONCE, count)
            mine, its = series.values(start, stop), other.values(start, stop)
            differs = (mine != its) & ~(np.isnan(mine) & np.isnan(its))
            if differs.any():
                step = (start + int(np.argmax(differs)) + 1) * series.stride
                first = step if first is None else min(first, step)
                break
    return first
