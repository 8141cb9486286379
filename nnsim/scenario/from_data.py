"""Scenarios without a scenario file: made from a CSV file alone, or from MNIST's files in place of the digits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nnsim.components import build_part
from nnsim.data.csv_file import CSV
from nnsim.data.data_files import ScenarioFiles
from nnsim.data.digits import Digits
from nnsim.data.examples import Examples
from nnsim.data.tables.report import TableReport
from nnsim.errors import NnsimError, ScenarioError
from nnsim.scenario.catalog import CSV_SUFFIXES, csv_panes, is_table, read, stem
from nnsim.scenario.from_table import own_table
from nnsim.scenario.plan import Plan
from nnsim.scenario.scenario import Origin, Scenario, parse_scenario
from nnsim.scenario.setting_keys import kind_of
from nnsim.scenario.toml_text import quoted, toml
from nnsim.text import clean_line, count, quote

HIDDEN = 32
EPOCHS = 100
HOW_TO_CHANGE = "change anything with --set, as in --set model.hidden=[32,32]"
BATCH = 32
WATCHED = 0.1  # part of the rows that is set apart
WEIGHTS = ("loss.weights",)  # settings that weigh the classes
MOST_OF_ONE = 0.75  # part of the rows from which on a class is said to be most of them
MOST_DECAY, DECAY_ROWS = 2.0, 200.0  # the weight decay is 1 for so many rows
LEAST_TO_SPLIT = 20  # rows below which none are set apart: a handful would say nothing
MOST_OF_CLASSES = 30  # characters of the names of two classes
FEW_VALUES = 20  # different whole numbers in a target that may well be classes

# What the distributors of MNIST call its files, unpacked or not.
IMAGES = ("train-images-idx3-ubyte", "train-images.idx3-ubyte")
LABELS = ("train-labels-idx1-ubyte", "train-labels.idx1-ubyte")


class ScenarioTask(NamedTuple):
    """A scenario, the settings that it is to be run with, and what was chosen for it, in lines."""

    scenario: Scenario
    settings: dict[str, Any]
    chosen: tuple[str, ...] = ()
    report: TableReport | None = None  # on the columns of a table

    @property
    def as_object(self) -> dict[str, Any]:
        """What JSON has of it beside the result."""
        chosen = {"chosen": list(self.chosen)} if self.chosen else {}
        return chosen | (self.report.as_object() if self.report is not None else {})

    @property
    def notice(self) -> tuple[str, ...]:
        """What a command says of it before its result."""
        report = self.report
        if not self.chosen:
            return report.sentences() if report is not None else ()
        return (*self.chosen, *(report.lines() if report is not None else ()), HOW_TO_CHANGE, "")

    @property
    def short_notice(self) -> str:
        """The same in a line, for where the rest is seen: what is predicted, and what to ask oneself."""
        doubts = [line for line in self.chosen if line.startswith("if ")]
        doubts += self.report.in_short() if self.report is not None else ()
        if not self.chosen:
            return "; ".join(self.report.sentences()) if self.report is not None else ""
        return "; ".join([*self.chosen[:1], *doubts]) + " (e changes what was chosen)"

    def told(self, plan: Plan) -> "ScenarioTask":
        """The same with the report on a table that the scenario names, as this plan has read it."""
        return self if self.chosen else self._replace(report=plan.examples.report)


def chosen_task(
    scenario: str, targets: Sequence[str], mnist: Path | None, settings: Mapping[str, Any]
) -> ScenarioTask:
    """The scenario of a name or file, digits of `mnist` files, or a network on a CSV file.  Raises: NnsimError."""
    if is_table(scenario):
        if mnist is not None:
            raise NnsimError("--mnist: does not go with a CSV file (allowed: digits)")
        return from_csv(Path(scenario), targets, settings)
    if targets:
        raise NnsimError(
            f"--target: {clean_line(scenario)} is no CSV file (allowed: a file that ends in one of "
            f"{', '.join(CSV_SUFFIXES)})"
        )
    found = read(scenario)
    return ScenarioTask(found, dict(settings)) if mnist is None else with_mnist(found, mnist, settings)


def from_csv(path: Path, targets: Sequence[str], settings: Mapping[str, Any]) -> ScenarioTask:
    """A scenario on a table, with one hidden layer and the loss for its targets.  Raises: ScenarioError."""
    for name in targets:
        if targets.count(name) > 1:
            raise ScenarioError(f"--target: {quote(name)} is given {targets.count(name)} times (allowed: once)")
    own = own_table(path, targets, settings)
    source = clean_line(str(path))
    try:
        if not own.data["target"]:
            known = build_part({"csv": CSV}, own.data, "data").known(own.table.names)
            raise ScenarioError(f"--target: is missing: which column is to be predicted (allowed: {known})")
        examples = own.examples()
        same = [
            name
            for name, column in zip(examples.target_names, examples.targets.T, strict=True)
            if np.ptp(column) == 0
        ]
        if same and not examples.classes:
            raise ScenarioError(
                f"--target: {quote(same[0])} is the same in every row (allowed: a column with two values or more)"
            )
    except ScenarioError as error:
        raise ScenarioError(f"{source}: {error}") from None
    if not examples.classes and not _yes_or_no(examples):
        own.data.setdefault("standardize_target", True)
    text = _scenario_text(path, own.data, examples, weighted=any(key in settings for key in WEIGHTS))
    own.files.share(examples, build_part({"csv": CSV}, own.data, "data"))
    own.files.forget()
    origin = Origin(csv=path.absolute(), targets=tuple(targets))
    scenario = replace(parse_scenario(text, name=stem(path), source=source, files=own.files), origin=origin)
    return ScenarioTask(
        scenario, dict(settings), _chosen(scenario, settings, examples, own.chosen), examples.report
    )


def _yes_or_no(examples: Examples) -> bool:
    return not examples.classes and examples.binary


def _scenario_text(path: Path, data: Mapping[str, Any], examples: Examples, *, weighted: bool) -> str:
    if len(examples.classes) > 2 or (weighted and examples.labels is not None):  # weights are the softmax loss's
        output, loss = "softmax", "softmax-cross-entropy"
    elif examples.classes or _yes_or_no(examples):
        output, loss = "sigmoid", "binary-cross-entropy"
    else:
        output, loss = "linear", "mse"
    split = examples.rows >= LEAST_TO_SPLIT
    by_class = split and examples.labels is not None and examples.groups is None and examples.times is None
    lines = [
        f"title = {quoted(clean_line(path.name, 40))}",
        f"summary = {quoted('predicts ' + clean_line(', '.join(examples.target_names), 100))}",
        f"panes = {toml(csv_panes(examples.inputs.shape[1]))}",
        "",
        "[data]",
        *(f"{key} = {toml(value)}" for key, value in data.items()),
        "",
        "[model]",
        f"hidden = [{HIDDEN}]",
        'activation = "relu"',
        f'output = "{output}"',
        'initializer = "he"',
        "",
        f'[loss]\nkind = "{loss}"',
        "",
        '[optimizer]\nkind = "adam"',
        "",
        '[schedule]\nkind = "cosine"\nrate = 0.01',
        "",
        f"[regularization]\nweight_decay = {_weight_decay(examples.rows)}",
        "",
        "[train]",
        f"epochs = {EPOCHS}",
        f"batch_size = {BATCH if examples.rows > 2 * BATCH else 0}",
        f"validation = {WATCHED if split else 0.0}",
        f"stratified = {'true' if by_class else 'false'}",
    ]
    return "\n".join(lines) + "\n"


def _weight_decay(rows: int) -> float:
    """How much a network is held back: the fewer rows there are, the sooner it learns their noise by heart.

    Of a handful of rows nothing is set apart that could show it; they are met as they are. The figures are chosen
    by how networks did on the test rows of twenty public tables (docs/own-tables.md).
    """
    return 0.0 if rows < LEAST_TO_SPLIT else round(min(MOST_DECAY, DECAY_ROWS / rows), 4)


def _chosen(
    scenario: Scenario, settings: Mapping[str, Any], raw: Examples, read: tuple[str, ...]
) -> tuple[str, ...]:
    """What a person would want to know of what was chosen; `raw` has the targets as the file has them."""
    plan = scenario.plan(None, settings)
    examples, targets = plan.examples, ", ".join(plan.examples.target_names)
    if len(examples.classes) == 2 and len(" or ".join(examples.classes)) <= MOST_OF_CLASSES:
        notice = f"{targets}, {' or '.join(examples.classes)}"
    elif examples.classes:
        notice = f"one of {len(examples.classes)} classes"
    elif _yes_or_no(examples):
        notice = f"{targets}, yes or no"
    else:
        notice = f"{targets}, {'numbers' if len(examples.target_names) > 1 else 'a number'}"
    loss, optimizer = kind_of(plan.loss), kind_of(plan.optimizer)
    hidden, output = (_named(one) for one in (plan.model.activation, plan.model.output))
    rows, decay = plan.split, ""
    if plan.regularization.weight_decay:
        decay = f" and weight decay {plan.regularization.weight_decay:.2g}"
    watch = f", {count(rows.validation_rows, 'row')} set apart to watch" if rows.validation_rows else ""
    lines = [
        f"{count(examples.rows, 'row')}, {count(plan.network.inputs, 'input')}; predicts {notice}",
        f"network {plan.network.describe()}, {hidden} and {output}; loss {loss}, "
        f"{optimizer} with rate {plan.schedule.rate:g}{decay}, batches of {plan.batches.size:,}{watch}",
    ]
    if plan.data.standardize_target:
        lines.append("the target is standardized over the training rows: always answering its mean has a loss of 1")
    lines += read
    lines += _unequal(raw)
    values = np.unique(raw.targets)
    if not raw.classes and not raw.binary and _whole(values) and len(values) <= FEW_VALUES:
        name = raw.target_names[0]
        lines.append(f"if {name} names classes: --set 'data.categories=[{quoted(name)}]'")
    return tuple(lines)


def _unequal(examples: Examples) -> list[str]:
    """What always answering the largest class comes to, and weights that make up for it, where it is most rows."""
    labels = examples.encoded(columns=True, low=0.0).labels if examples.classes else examples.labels
    if labels is None or examples.targets.shape[1] > 1:
        return []
    counts = np.bincount(labels)
    share = counts.max() / counts.sum()
    if share < MOST_OF_ONE:
        return []
    name = (examples.classes or ("0", "1"))[int(counts.argmax())]
    weights = ",".join(f"{one:.3g}" for one in counts.sum() / (len(counts) * np.maximum(counts, 1)))
    return [
        f"{share:.1%} of the rows are {clean_line(name, 40)}: always answering that is right as often; "
        f"--set 'loss.weights=[{weights}]' gives each class the same weight"
    ]


def _named(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_named, value))
    return str(value["kind"]) if isinstance(value, Mapping) else str(value)


def _whole(values: Any) -> bool:
    return bool((values == np.floor(values)).all())


def with_mnist(scenario: Scenario, folder: Path, settings: Mapping[str, Any]) -> ScenarioTask:
    """The digits with MNIST's 60,000 images, 28 x 28, from IDX files, in float32.  Raises: NnsimError."""
    if not isinstance(scenario.plan().data, Digits):
        raise NnsimError(f"--mnist: {quote(scenario.name)} does not read digits (allowed: digits)")
    images, labels = (_file(folder, names) for names in (IMAGES, LABELS))
    data = {"kind": "idx", "images": images, "labels": labels}
    # First the data as a whole, so that a setting such as data.rows changes it.
    brought = {"data": data, "train.precision": "float32"}
    origin = Origin(mnist=folder.absolute(), into=scenario, settings=brought)
    given = replace(scenario, files=ScenarioFiles(folder), origin=origin, plans={})  # of other rows
    return ScenarioTask(given, {**brought, **settings})


def _file(folder: Path, names: Sequence[str]) -> str:
    for name in names:
        for candidate in (name, f"{name}.gz"):
            if (folder / candidate).is_file():
                return candidate
    raise NnsimError(
        f"--mnist {clean_line(str(folder))}: holds no {names[0]} (allowed: a folder with {IMAGES[0]} and "
        f"{LABELS[0]}, which may end in .gz)"
    )
