"""The scenario: a TOML file with a task, the variants that solve it, the panes to show, and the lesson.

Everything is checked at the door, with its size. An error names the file, the key, the value and what is allowed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from nnsim.data.datasets import DATA_SOURCES
from nnsim.data.examples import Examples
from nnsim.data.features import Scaling
from nnsim.data.files import ScenarioFiles
from nnsim.errors import ScenarioError
from nnsim.lesson import Lesson, check_lesson, read_lesson
from nnsim.nn.activations import ACTIVATIONS, Softmax, Tanh
from nnsim.nn.architecture import ModelSettings, build_network
from nnsim.nn.initializers import INITIALIZERS
from nnsim.nn.losses import SoftmaxCrossEntropy
from nnsim.nn.plane_functions import ALL_LOSSES
from nnsim.optim.clipping import CLIPPINGS
from nnsim.optim.early_stopping import EarlyStopping
from nnsim.optim.optimizers import OPTIMIZERS
from nnsim.optim.regularization import Regularization
from nnsim.optim.schedules import SCHEDULES
from nnsim.optim.solvers import SOLVERS
from nnsim.parts import P, build_part, build_struct, nearest
from nnsim.plan import Plan, RandomSettings, TrainSettings
from nnsim.settings import DEFAULT_KINDS, FAMILIES, parse_toml, with_settings
from nnsim.text import clean_line, shown

FORMAT = 1
MAX_BYTES = 1_000_000
DATABASE = b"SQLite format 3\0"  # how a recording begins
MAX_PARAMETERS = 10_000_000
MAX_ACTIVATIONS = 10_000_000  # of the rows of one step
MAX_INPUTS = 50_000_000  # in all rows: the 60,000 images of MNIST have 47,040,000 pixels
MAX_RUNS = 64
MAX_NUMBERS = 2_000_000  # in the data sets of the variants beside the first
MAX_STEPS = 1_000_000_000
PANES = (
    *("loss", "gradients", "schedule", "predictions", "lesson", "arrays", "surface", "best", "gap"),
    *("network", "decision", "data"),
    *("arithmetic", "weights", "metrics", "narrator"),
)

DEFAULT_PANES = ("loss", "gradients", "predictions", "lesson", "schedule", "arrays")

Name = Annotated[str, Meta(min_length=1, max_length=40, pattern="^[A-Za-z0-9][A-Za-z0-9 ._+-]*$")]
Line = Annotated[str, Meta(min_length=1, max_length=200)]


class SurfaceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of the plane of a two-parameter model the surface pane shows: slope across, intercept upwards."""

    slope: tuple[float, float] = (-2.0, 4.0)
    intercept: tuple[float, float] = (-6.0, 8.0)


class VariantTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way of solving the task: a name, a sentence, and the settings that differ."""

    name: Name
    summary: Annotated[str, Meta(max_length=200)] = ""
    set: Annotated[dict[str, Any], Meta(max_length=64)] = {}


class Sweep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every variant once for each of these values of one setting."""

    key: Line
    values: Annotated[list[Any], Meta(min_length=1, max_length=32)]

    def name_of(self, value: object) -> str:
        """What a run with this value is called: `degree 5`."""
        return f"{self.key.rsplit('.', 1)[-1]} {value}"


class _Top(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: Line
    summary: Line
    data: Any
    format: Literal[1] = 1
    order: Annotated[int, Meta(ge=0, le=10_000)] = 1000  # place in the list of scenarios
    panes: Annotated[tuple[Literal[PANES], ...], Meta(min_length=1, max_length=16)] = DEFAULT_PANES  # type: ignore[valid-type]
    loss: Any = DEFAULT_KINDS["loss"]
    optimizer: Any = DEFAULT_KINDS["optimizer"]
    schedule: Any = DEFAULT_KINDS["schedule"]
    solver: Any = DEFAULT_KINDS["solver"]
    clipping: Any = DEFAULT_KINDS["clipping"]
    regularization: dict[str, Any] = {}
    model: dict[str, Any] = {}
    train: dict[str, Any] = {}
    random: dict[str, Any] = {}
    surface: dict[str, Any] = {}
    sweep: dict[str, Any] = {}
    variants: Annotated[list[dict[str, Any]], Meta(max_length=32)] = []
    lesson: dict[str, Any] | list[dict[str, Any]] = {}


@dataclass(frozen=True)
class Variant:
    """A named way of solving a scenario's task."""

    name: str
    summary: str
    settings: Mapping[str, Any]


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
    text: str = field(repr=False)
    table: Mapping[str, Any] = field(repr=False)
    files: ScenarioFiles = field(repr=False, compare=False)

    def variant(self, name: str | None) -> Variant:
        """The variant of this name, or the first."""
        if name is None:
            return self.variants[0]
        for one in self.variants:
            if one.name == name:
                return one
        names = [one.name for one in self.variants]
        raise ScenarioError(
            f"{self.name}: variant {shown(name)} is not known{nearest(name, names)} (allowed: {', '.join(names)})"
        )

    def plan(self, variant: str | None = None, settings: Mapping[str, Any] | None = None) -> Plan:
        """What the run of a variant is decided by, with some settings changed.

        Raises: ScenarioError naming the scenario, the key, the value and what is allowed.
        """
        chosen = self.variant(variant)
        try:
            table = with_settings(with_settings(self.table, chosen.settings), settings or {})
            return _plan(self.name, chosen.name, settings or {}, table, self.files)
        except ScenarioError as error:
            raise ScenarioError(f"{self.name}: {error}") from None


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file.

    Raises: ScenarioError where the file cannot be read, is too large, is no TOML, or holds what is not allowed.
    """
    shown_path = clean_line(str(path))
    try:
        if not path.is_dir() and path.exists() and not path.is_file():
            raise ScenarioError(f"{shown_path}: is no file that can be read whole (a pipe or a device)")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ScenarioError(f"{shown_path}: cannot be read: {error.strerror}") from None
    if content.startswith(DATABASE):
        raise ScenarioError(f"{shown_path}: is no scenario; if it is a recording, nnsim replay opens it")
    if len(content) > MAX_BYTES:
        raise ScenarioError(f"{shown_path}: is larger than {MAX_BYTES:,} bytes")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{shown_path}: is not UTF-8 text (byte {error.start})") from None
    return parse_scenario(text, name=path.stem, source=shown_path, files=ScenarioFiles(path.parent))


def parse_scenario(text: str, *, name: str, source: str, files: ScenarioFiles | None = None) -> Scenario:
    """Check the text of a scenario.

    Args: name: what the scenario is called. source: the file named in errors. files: those that it may read; none
    where it is missing.
    """
    try:
        called = clean_line(name, 60).replace("/", "_").replace("\\", "_").lstrip(".")
        return _scenario(called, text, parse_toml(text), files or ScenarioFiles())
    except ScenarioError as error:
        raise ScenarioError(f"{source}: {error}") from None


def _scenario(name: str, text: str, table: dict[str, Any], files: ScenarioFiles) -> Scenario:
    if "data" not in table:
        raise ScenarioError(f"data: is missing (allowed: a table with kind = {' or '.join(FAMILIES['data'])})")
    top = build_struct(_Top, table, "")
    for key in ("title", "summary"):
        if not clean_line(getattr(top, key)):
            raise ScenarioError(
                f"{key}: {shown(getattr(top, key))} holds nothing to read (allowed: a line of text)"
            )
    lesson = read_lesson(top.lesson)
    surface = build_struct(SurfaceSettings, top.surface, "surface")
    for key in ("slope", "intercept"):
        low, high = getattr(surface, key)
        if not -1e9 <= low < high <= 1e9:
            raise ScenarioError(f"surface.{key}: {shown([low, high])} is no range (allowed: low below high)")
    sweep = build_struct(Sweep, top.sweep, "sweep") if top.sweep else None
    tables = [build_struct(VariantTable, one, f"variants[{index}]") for index, one in enumerate(top.variants)] or [
        VariantTable(name="main")
    ]
    names = [one.name for one in tables]
    for one in names:
        if names.count(one) > 1:
            raise ScenarioError(f"variants: {shown(one)} is there {names.count(one)} times (allowed: once)")
    described = ("title", "summary", "panes", "format", "order", "lesson", "surface", "sweep", "variants")
    scenario = Scenario(
        name=name,
        title=clean_line(top.title),
        summary=clean_line(top.summary),
        panes=tuple(dict.fromkeys(top.panes)),
        lesson=lesson,
        surface=surface,
        variants=tuple(Variant(one.name, clean_line(one.summary), one.set) for one in tables),
        sweep=sweep,
        text=text,
        table={key: value for key, value in table.items() if key not in described},
        files=files,
    )
    layers = _check_runs(scenario)
    swept = [sweep.name_of(value) for value in sweep.values] if sweep else []
    check_lesson(lesson, [*names, *swept, *(f"{one} {value}" for one in names for value in swept)], layers)
    return scenario


def _check_runs(scenario: Scenario) -> list[str]:
    """Make the plan of every run that the scenario opens side by side, and refuse what they hold together.

    Returns: the names of their layers.
    """
    sweep = sweep_settings(scenario)
    if len(scenario.variants) * len(sweep) > MAX_RUNS:
        raise ScenarioError(
            f"sweep.values: {len(sweep)} for each of {len(scenario.variants)} variants"
            f" are {len(sweep) * len(scenario.variants)} runs (allowed: {MAX_RUNS})"
        )
    first: Plan | None = None
    layers: dict[str, None] = {}
    parameters = activations = numbers = inputs = 0
    for variant in scenario.variants:
        for settings in sweep:
            try:
                table = with_settings(scenario.table, variant.settings)
                table = with_settings(table, settings)
                shared = first if first is not None and table["data"] is first.table["data"] else None
                plan = _plan(scenario.name, variant.name, settings, table, scenario.files, shared)
            except ScenarioError as error:
                where = f"variant {variant.name!r}: " if variant.settings or len(scenario.variants) > 1 else ""
                where += f"sweep.values {shown(settings[scenario.sweep.key])}: " if scenario.sweep else ""
                raise ScenarioError(f"{where}{error}") from None
            if first is not None and shared is None:
                numbers += plan.examples.inputs.size + plan.examples.targets.size
                if numbers > MAX_NUMBERS:
                    raise ScenarioError(
                        f"variants: too many change a large data set (allowed: {MAX_NUMBERS:,} numbers)"
                    )
            first = first or plan
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
    return list(layers)


def sweep_settings(scenario: Scenario) -> list[dict[str, Any]]:
    """The settings of each value of the sweep; one empty entry where there is none."""
    if scenario.sweep is None:
        return [{}]
    return [{scenario.sweep.key: value} for value in scenario.sweep.values]


def _plan(
    name: str,
    variant: str,
    settings: Mapping[str, Any],
    table: Mapping[str, Any],
    files: ScenarioFiles,
    shared: Plan | None = None,
) -> Plan:
    """Check a table; `shared` is a plan with the same `[data]`, which need not be checked again."""
    top = build_struct(_Top, {"title": name, "summary": name, **table}, "")
    model = build_struct(ModelSettings, top.model, "model")
    data = shared.data if shared else build_part(DATA_SOURCES, top.data, "data")
    random = build_struct(RandomSettings, top.random, "random")
    loss = _part(ALL_LOSSES, top.loss, "loss")
    output = build_part(ACTIVATIONS, model.output, "model.output")
    examples = files.examples(data, random.seed)
    if isinstance(loss, SoftmaxCrossEntropy):
        examples = examples.counted()
    examples = examples.encoded(columns=isinstance(output, Softmax), low=-1.0 if isinstance(output, Tanh) else 0.0)
    features = data.expand(examples.inputs[:1]).shape[1]
    network = build_network(model, features, examples.targets.shape[1])
    train = build_struct(TrainSettings, top.train, "train")
    plan = Plan(
        scenario=name,
        variant=variant,
        settings=settings,
        data=data,
        model=model,
        initializer=build_part(INITIALIZERS, model.initializer, "model.initializer"),
        loss=loss,
        optimizer=_part(OPTIMIZERS, top.optimizer, "optimizer"),
        schedule=_part(SCHEDULES, top.schedule, "schedule"),
        solver=_part(SOLVERS, top.solver, "solver"),
        clipping=_part(CLIPPINGS, top.clipping, "clipping"),
        regularization=build_struct(Regularization, top.regularization, "regularization"),
        early_stopping=_early_stopping(train.early_stopping),
        train=train,
        random=random,
        table=table,
        examples=examples,
        network=network,
    )
    _check(plan)
    return replace(plan, examples=_standardized(plan)) if data.standardize_target else plan


def _part(family: Mapping[str, type[P]], value: object, key: str) -> P:
    """A part that a scenario may leave out, and whose kind it may leave out."""
    return build_part(family, value, key, DEFAULT_KINDS[key])


def _standardized(plan: Plan) -> Examples:
    """The rows with their targets scaled by what the training rows alone say."""
    examples = plan.examples
    if examples.classes or examples.labels is not None:
        raise ScenarioError("data.standardize_target: the target is a class, not a number (allowed: false)")
    training, _, _ = plan.split.deal(None, rng=plan.generators()[0])
    return replace(examples, targets=Scaling.fitted(examples.targets[training])(examples.targets))


def _early_stopping(value: dict[str, Any] | bool) -> EarlyStopping | None:
    """A table of settings, or true for those of every day."""
    if value is False:
        return None
    return build_struct(EarlyStopping, value if isinstance(value, dict) else {}, "train.early_stopping")


def _check(plan: Plan) -> None:
    """What only shows when the settings are seen together."""
    if plan.network.size > MAX_PARAMETERS:
        raise ScenarioError(
            f"model.hidden: {plan.network.size:,} parameters are too many (allowed: {MAX_PARAMETERS:,})"
        )
    if plan.activations > MAX_ACTIVATIONS:
        raise ScenarioError(
            f"model.hidden: {plan.activations // plan.batches.size:,} inputs and units times"
            f" {plan.batches.size:,} rows are too many (allowed: {MAX_ACTIVATIONS:,})"
        )
    if plan.examples.rows * plan.network.inputs > MAX_INPUTS:
        raise ScenarioError(
            f"data: {plan.examples.rows:,} rows of {plan.network.inputs:,} inputs are too many"
            f" (allowed: {MAX_INPUTS:,} numbers)"
        )
    if plan.train.stratified and plan.examples.labels is None:
        raise ScenarioError("train.stratified: the rows have no classes (allowed: false)")
    if plan.steps > MAX_STEPS:
        raise ScenarioError(f"train.epochs: {plan.steps:,} steps are too many (allowed: {MAX_STEPS:,})")
    plan.loss.check(plan.output, plan.examples.targets)
    for layer in plan.network.layers:
        (layer.initializer or plan.initializer).check(layer.inputs, layer.units)
    if plan.early_stopping is not None and not plan.validation_rows:
        raise ScenarioError("train.early_stopping: needs validation rows (train.validation: above 0)")
    if plan.solver.uses_gradient and plan.optimizer.full_batch:
        _check_full_batch(plan)


def _check_full_batch(plan: Plan) -> None:
    """An optimizer that searches along a line compares losses, which must be those of the same rows and rules."""
    if not plan.batches.full:
        size = plan.train.batch_size
        raise ScenarioError(f"train.batch_size: {size} is not allowed: the optimizer needs all rows (allowed: 0)")
    reason = "does not go with a line search, which needs the gradient and its own step as they are"
    if plan.clipping.on:
        kind = next(name for name, one in CLIPPINGS.items() if one is type(plan.clipping))
        raise ScenarioError(f"clipping.kind: {kind!r} {reason} (allowed: none)")
    if plan.regularization.max_norm is not None:
        raise ScenarioError(f"regularization.max_norm: {plan.regularization.max_norm:g} {reason} (allowed: none)")
    if plan.regularization.weight_decay:
        raise ScenarioError(
            f"regularization.weight_decay: {plan.regularization.weight_decay:g} {reason} (allowed: 0)"
        )
