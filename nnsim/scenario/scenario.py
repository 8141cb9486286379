"""The scenario: a TOML file with a task, the variants that solve it, the panes to show, and the lesson.

Everything is checked at the door, with its size. An error names the file, the key, the value and what is allowed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nnsim.components import build_struct, nearest
from nnsim.data.data_files import ScenarioFiles
from nnsim.diagnosis.finding import FAULTS
from nnsim.errors import ScenarioError
from nnsim.scenario.faults import DrawnFault, Fault, drawn_fault, extremes, read_faults
from nnsim.scenario.lesson_names import check_lesson
from nnsim.scenario.lesson_schema import Lesson, read_lesson
from nnsim.scenario.plan import Plan
from nnsim.scenario.planner import MAX_ACTIVATIONS, MAX_INPUTS, MAX_PARAMETERS, planned, replanned
from nnsim.scenario.schema import ScenarioTable, SurfaceSettings, Sweep, VariantTable
from nnsim.scenario.setting_keys import FAMILIES, with_settings
from nnsim.scenario.sweep_axes import SweepAxis
from nnsim.scenario.toml_text import parse_toml
from nnsim.text import clean_line, quote

MAX_BYTES = 1_000_000
DATABASE = b"SQLite format 3\0"  # how a recording begins
MAX_RUNS = 64
MAX_NUMBERS = 2_000_000  # in the data sets of the variants beside the first


@dataclass(frozen=True)
class Variant:
    name: str
    summary: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Origin:
    """What a scenario was made from where no file holds it."""

    csv: Path | None = None  # whose `targets` are to be predicted
    targets: tuple[str, ...] = ()
    mnist: Path | None = None  # a folder of images, put into the scenario `into`
    into: "Scenario | None" = None
    settings: Mapping[str, Any] = field(default_factory=dict)  # that this brings with it


@dataclass(frozen=True)
class Scenario:
    """A checked scenario: its texts, and its table from which each variant's plan is made."""

    name: str
    title: str
    summary: str
    panes: tuple[str, ...]
    lesson: Lesson
    surface: SurfaceSettings
    variants: tuple[Variant, ...]
    sweep: Sweep | None
    axes: tuple[SweepAxis, ...]  # what `nnsim sweep` varies where it is not told: `[sweep]`, or each `[[sweep]]`
    personal: bool
    text: str = field(repr=False)
    table: Mapping[str, Any] = field(repr=False)
    files: ScenarioFiles = field(repr=False, compare=False)
    origin: Origin | None = field(default=None, repr=False, compare=False)
    # Of the runs that it opens side by side, which were made to check it: by variant and the sweep's settings.
    plans: Mapping[tuple[str, str], Plan] = field(default_factory=dict, repr=False, compare=False)
    faults: tuple[Fault, ...] = ()  # one of which the seed puts into the task
    language: str = ""  # that its texts are translated into; empty where they are those of its file

    def variant(self, name: str | None) -> Variant:
        """The variant of this name, or the first."""
        if name is None:
            return self.variants[0]
        for one in self.variants:
            if one.name == name:
                return one
        names = [one.name for one in self.variants]
        raise ScenarioError(
            f"{self.name}: variant {quote(name)} is not known{nearest(name, names)} (allowed: {', '.join(names)})"
        )

    def fault(self, settings: Mapping[str, Any]) -> DrawnFault | None:
        """What is broken in the runs with these settings, as their seed draws it; None where nothing is."""
        seed = settings.get("random.seed", self.table.get("random", {}).get("seed", 0))
        return drawn_fault(self.faults, seed) if isinstance(seed, int) else None

    def broken(self, variant: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
        """The table of a variant, with the fault that the seed draws, and without what a person has set."""
        table, fault = with_settings(self.table, variant), self.fault({**variant, **settings})
        return table if fault is None else with_settings(table, fault.settings)

    def plan(
        self, variant: str | None = None, settings: Mapping[str, Any] | None = None, near: Plan | None = None
    ) -> Plan:
        """The plan of a variant with some settings changed.  Raises: ScenarioError naming key and value.

        Args: near: a plan of this variant that differs in live settings alone; what they do not decide is its.
        """
        chosen = self.variant(variant)
        key = _plan_key(chosen, settings or {})
        if key is not None and key in self.plans:
            return self.plans[key]
        try:
            table = with_settings(self.broken(chosen.settings, settings or {}), settings or {})
            if near is not None:
                return replanned(near, settings or {}, table)
            return planned(self.name, chosen.name, settings or {}, table, self.files)
        except ScenarioError as error:
            raise ScenarioError(f"{self.name}: {error}") from None


def read_scenario(path: Path) -> Scenario:
    """Reads and checks a scenario file.  Raises: ScenarioError."""
    files = ScenarioFiles(path.parent)
    return parse_scenario(scenario_text(path), name=path.stem, source=clean_line(str(path)), files=files)


def scenario_text(path: Path) -> str:
    """The text of a scenario file, or of its translation.  Raises: ScenarioError."""
    name_of_file = clean_line(str(path))
    try:
        if not path.is_dir() and path.exists() and not path.is_file():
            raise ScenarioError(f"{name_of_file}: is no file that can be read whole (a pipe or a device)")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ScenarioError(f"{name_of_file}: cannot be read: {error.strerror}") from None
    if content.startswith(DATABASE):
        raise ScenarioError(f"{name_of_file}: is no scenario; if it is a recording, nnsim replay opens it")
    if len(content) > MAX_BYTES:
        raise ScenarioError(f"{name_of_file}: is larger than {MAX_BYTES:,} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{name_of_file}: is not UTF-8 text (byte {error.start})") from None


def parse_scenario(text: str, *, name: str, source: str, files: ScenarioFiles | None = None) -> Scenario:
    """Checks the text of a scenario.  Args: source: the file named in errors. files: those that it may read."""
    try:
        called = clean_line(name, 60).replace("/", "_").replace("\\", "_").lstrip(".")
        return _scenario(called, text, parse_toml(text), files or ScenarioFiles())
    except ScenarioError as error:
        raise ScenarioError(f"{source}: {error}") from None


def _scenario(name: str, text: str, table: dict[str, Any], files: ScenarioFiles) -> Scenario:
    if "data" not in table:
        raise ScenarioError(f"data: is missing (allowed: a table with kind = {' or '.join(FAMILIES['data'])})")
    top = build_struct(ScenarioTable, table, "")
    for key in ("title", "summary"):
        if not clean_line(getattr(top, key)):
            raise ScenarioError(
                f"{key}: {quote(getattr(top, key))} holds nothing to read (allowed: a line of text)"
            )
    lesson = read_lesson(top.lesson)
    surface = build_struct(SurfaceSettings, top.surface, "surface")
    for key in ("slope", "intercept"):
        low, high = getattr(surface, key)
        if not -1e9 <= low < high <= 1e9:
            raise ScenarioError(f"surface.{key}: {quote([low, high])} is no range (allowed: low below high)")
    single = top.sweep if isinstance(top.sweep, dict) else {}
    sweep = build_struct(Sweep, single, "sweep") if single else None
    axes = tuple(SweepAxis.from_object(one) for one in top.sweep if isinstance(one, dict))
    if sweep is not None:
        axes = (SweepAxis(sweep.key, tuple({repr(one): one for one in sweep.values}.values())),)
    if top.personal and sweep is not None and sweep.key == "random.seed":
        raise ScenarioError("personal: does not go with sweep.key = random.seed (allowed: one of the two)")
    tables = [build_struct(VariantTable, one, f"variants[{index}]") for index, one in enumerate(top.variants)] or [
        VariantTable(name="main")
    ]
    names = [one.name for one in tables]
    for one in names:
        if names.count(one) > 1:
            raise ScenarioError(f"variants: {quote(one)} is there {names.count(one)} times (allowed: once)")
    described = (
        *("title", "summary", "panes", "format", "order", "group", "personal"),
        *("lesson", "surface", "sweep", "variants", "faults"),
    )
    scenario = Scenario(
        name=name,
        title=clean_line(top.title),
        summary=clean_line(top.summary),
        panes=tuple(dict.fromkeys(top.panes)),
        lesson=lesson,
        surface=surface,
        variants=tuple(Variant(one.name, clean_line(one.summary), one.set) for one in tables),
        sweep=sweep,
        axes=axes,
        personal=top.personal,
        faults=read_faults(top.faults, list(FAULTS)),
        text=text,
        table={key: value for key, value in table.items() if key not in described},
        files=files,
    )
    if scenario.faults and sweep is not None:
        raise ScenarioError("faults: do not go with a sweep (allowed: one of the two)")
    plans, layers, rows = _checked_plans(scenario)
    _check_faults(scenario)
    swept = [sweep.name_of(value) for value in sweep.values] if sweep else []
    runs = [*names, *swept, *(f"{one} {value}" for one in names for value in swept)]
    check_lesson(lesson, runs, layers, rows, [one.name for one in scenario.faults])
    return replace(scenario, plans=plans)


def _plan_key(variant: Variant, settings: Mapping[str, Any]) -> tuple[str, str] | None:
    """The key of a plan by its settings, where 1, 1.0 and true differ; None where they hold tables."""
    values = [one for value in settings.values() for one in (value if isinstance(value, list) else [value])]
    flat = not any(isinstance(one, list | dict) for one in values)
    return (variant.name, repr(dict(settings))) if flat else None


def _checked_plans(scenario: Scenario) -> tuple[dict[tuple[str, str], Plan], list[str], int]:
    """Plans of all runs of a scenario, names of their layers and the most rows of data that one has.

    Raises: ScenarioError if too large.
    """
    sweep = sweep_settings(scenario)
    if len(scenario.variants) * len(sweep) > MAX_RUNS:
        raise ScenarioError(
            f"sweep.values: {len(sweep)} for each of {len(scenario.variants)} variants"
            f" are {len(sweep) * len(scenario.variants)} runs (allowed: {MAX_RUNS})"
        )
    first: Plan | None = None
    plans: dict[tuple[str, str], Plan] = {}
    layers: dict[str, None] = {}
    parameters = activations = numbers = inputs = rows = 0
    for variant in scenario.variants:
        for settings in sweep:
            try:
                table = with_settings(scenario.broken(variant.settings, settings), settings)
                shared = first if first is not None and table["data"] is first.table["data"] else None
                plan = planned(scenario.name, variant.name, settings, table, scenario.files, shared)
            except ScenarioError as error:
                where = f"variant {variant.name!r}: " if variant.settings or len(scenario.variants) > 1 else ""
                where += f"sweep.values {quote(settings[scenario.sweep.key])}: " if scenario.sweep else ""
                raise ScenarioError(f"{where}{error}") from None
            if first is not None and shared is None:
                numbers += plan.examples.inputs.size + plan.examples.targets.size
                if numbers > MAX_NUMBERS:
                    raise ScenarioError(
                        f"variants: too many change a large data set (allowed: {MAX_NUMBERS:,} numbers)"
                    )
            first = first or plan
            rows = max(rows, plan.examples.rows)
            if (key := _plan_key(variant, settings)) is not None:
                plans[key] = plan
            layers |= dict.fromkeys(layer.name for layer in plan.network.trained)
            parameters += plan.network.size
            activations += plan.activations
            inputs += plan.examples.rows * plan.network.inputs  # every run has its own copy, scaled for it
            if inputs > MAX_INPUTS:
                raise ScenarioError(
                    f"variants: their runs have too many inputs in all rows ({inputs:,}) together"
                    f" (allowed: {MAX_INPUTS:,})"
                )
            if parameters > MAX_PARAMETERS or activations > MAX_ACTIVATIONS:
                raise ScenarioError(
                    f"variants: their runs have too many parameters ({parameters:,}) or units times rows"
                    f" ({activations:,}) together (allowed: {MAX_PARAMETERS:,} and {MAX_ACTIVATIONS:,})"
                )
    return plans, list(layers), rows


def _check_faults(scenario: Scenario) -> None:
    """Whether each fault gives runs that can be trained, wherever its numbers are drawn, and mended."""
    for index, fault in enumerate(scenario.faults):
        low, high = extremes(fault)
        for variant in scenario.variants:
            try:
                for settings in (low, high, fault.solution):
                    table = with_settings(scenario.table, variant.settings)
                    table = with_settings(table, low if settings is fault.solution else {})
                    planned(scenario.name, variant.name, {}, with_settings(table, settings), scenario.files)
            except ScenarioError as error:
                raise ScenarioError(f"faults[{index}], {fault.name}: {error}") from None


def sweep_settings(scenario: Scenario) -> list[dict[str, Any]]:
    """The settings of each value of the sweep; one empty entry where there is none."""
    if scenario.sweep is None:
        return [{}]
    return [{scenario.sweep.key: value} for value in scenario.sweep.values]
