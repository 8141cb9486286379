"""The data of a program: rows as literals or beside it, what is made of the inputs, which rows are trained on."""

import numpy as np

from nnsim.data.examples import Examples
from nnsim.errors import NnsimError
from nnsim.export.programs.data_sources import drawn_lines
from nnsim.export.programs.program import CodeLines, Section, assigned, lines, number
from nnsim.nn.arrays import Array
from nnsim.scenario.plan import Plan
from nnsim.text import clean_line, count

MOST_ROWS = 200  # that are written out
SMALL = 16  # rows that are written out even where a rule draws them
MOST_LINES = 70  # that they may take, so that a program can be read
FEATURES = {
    "x": "x1",
    "y": "x2",
    "x^2": "x1 * x1",
    "y^2": "x2 * x2",
    "xy": "x1 * x2",
    "sin x": "np.sin(x1)",
    "sin y": "np.sin(x2)",
}
EVENLY = """
place = np.empty(len(order))
for label in np.unique(labels[order]):  # so that every stretch of rows has the classes in their shares
    members = np.flatnonzero(labels[order] == label)
    place[members] = (np.arange(len(members)) + 0.5) / len(members)
order = order[np.argsort(place, kind="stable")]
"""


def data_section(plan: Plan, file: str, validates: bool) -> tuple[Section, dict[str, Array]]:
    """The section that makes X and y, and what it reads from `file`, by name.

    Args: validates: whether the rows for validation are looked at.
    """
    examples = plan.examples
    names = clean_line(", ".join(examples.input_names[:6]) + (", ..." if len(examples.input_names) > 6 else ""), 60)
    targets = clean_line(", ".join(examples.target_names[:4]), 40)
    title = f"Data: {count(examples.rows, 'row')}; inputs {names}; targets {targets}"
    texts, arrays = _rows(plan, file)
    validates = validates and plan.validation_rows > 0
    texts += _prepared(plan) + _split(plan, validates)
    if plan.data.scales:
        middle, spread = ("mean", "std") if plan.data.standardize else ("min", "ptp")
        texts += [f"{middle}, spread = X.{middle}(axis=0), np.{spread}(X, axis=0)", "spread[spread == 0] = 1"]
        texts += [f"X = (X - {middle}) / spread"]
        texts += [f"X_val = (X_val - {middle}) / spread"] if validates else []
    if plan.train.precision == "float32":
        names_ = ["X", "y"] + (["X_val", "y_val"] if validates else [])
        texts.append(f"{', '.join(names_)} = {', '.join(f'{one}.astype(np.float32)' for one in names_)}")
    return Section(title, lines(texts)), arrays


def _rows(plan: Plan, file: str) -> tuple[list[str], dict[str, Array]]:
    examples = plan.examples
    if examples.rows > MOST_ROWS:
        return _beside(plan, file)
    texts = _drawn(plan)
    if not texts:
        labels = _labels(plan)
        texts = assigned("X", examples.inputs, ", dtype=float")
        if labels is None:
            targets, scaled = _in_own_unit(examples)
            texts += [*assigned("y", targets, ", dtype=float"), *scaled]
        else:
            texts += [*assigned("classes", labels), f"y = np.eye({examples.targets.shape[1]})[classes]"]
    return (texts, {}) if len(texts) <= MOST_LINES else _beside(plan, file)


def _beside(plan: Plan, file: str) -> tuple[list[str], dict[str, Array]]:
    arrays = {"X": plan.examples.inputs, "y": plan.examples.targets}
    return [f"with np.load({file}) as data:", '    X, y = data["X"], data["y"]'], arrays


def _drawn(plan: Plan) -> list[str]:
    """The lines that draw the rows by their rule, where that is shorter than writing them out."""
    examples, targets = plan.examples, plan.examples.targets
    # What is made of the rows afterwards has no lines of its own: they are written out as they come to be.
    changed = plan.data.flip or plan.data.blank or plan.data.fills_in
    small = examples.rows <= SMALL
    texts = [] if small or changed else drawn_lines(plan.data, plan.seed)
    if texts and targets.shape[1] > 1:
        texts.append("y = np.concatenate([1 - y, y], axis=1)")
    if texts and examples.classes and (targets == -1.0).any():
        texts.append("y = 2 * y - 1")
    return [*texts, *_scaled(examples)] if texts else []


def _scaled(examples: Examples) -> list[str]:
    """The line that scales targets, where they are numbers that the network is given scaled."""
    if examples.scaling is None:
        return []
    mean, deviation = (_numbers(one) for one in (examples.scaling.mean, examples.scaling.deviation))
    return [f"y = (y - {mean}) / {deviation}  # as the network is given them"]


def _numbers(values: Array) -> str:
    return number(values.item()) if values.size == 1 else f"np.array([{', '.join(map(number, values.tolist()))}])"


def _in_own_unit(examples: Examples) -> tuple[Array, list[str]]:
    """Targets in the unit of the data set, and the line that scales them, where that gives every bit back."""
    if examples.scaling is not None:
        plain = np.vectorize(lambda value: float(f"{value:.12g}"))(examples.scaling.undone(examples.targets))
        if np.array_equal(examples.scaling(plain), examples.targets):
            return plain, _scaled(examples)
    return examples.targets, []


def _labels(plan: Plan) -> Array | None:
    """The classes of the rows, where each has a column of the targets that is 0 or 1."""
    examples = plan.examples
    if not examples.one_hot or not examples.binary or not (examples.targets.sum(axis=1) == 1.0).all():
        return None
    return np.asarray(examples.targets.argmax(axis=1), np.float64)


def _prepared(plan: Plan) -> list[str]:
    data, width = plan.data, plan.examples.inputs.shape[1]
    if data.features:
        made = ", ".join(FEATURES[one] for one in data.features)
        return ["x1, x2 = X.T", f"X = np.stack([{made}], axis=1)"]
    if data.degree > 1:
        if width == 1:
            return [f"X = np.concatenate([X**k for k in range(1, {data.degree + 1})], axis=1)"]
        chosen = f"for k in range({data.degree}) for c in combinations_with_replacement(range({width}), k + 1)"
        return [
            "from itertools import combinations_with_replacement",
            "",
            f"products = [list(c) {chosen}]",
            "X = np.stack([X[:, c].prod(axis=1) for c in products], axis=1)",
        ]
    return []


def _split(plan: Plan, validates: bool) -> list[str]:
    """The rows dealt out at random, as the run does it; those kept for the end have no part in training."""
    split = plan.split
    if split.training_rows == split.rows:
        return []
    if plan.examples.groups is not None or plan.examples.times is not None:
        raise NnsimError(
            "a program deals rows out at random: data.group and data.time have no place in it "
            "(allowed: without them)"
        )
    texts = [one for one in [source(plan, 0)] if one]
    if not (validates or split.stratified or split.folds):
        training = f"rng.permutation(len(X))[{split.validation_rows} : {split.rows - split.test_rows}]"
        return [*texts, f"training = {training}", "X, y = X[training], y[training]"]
    texts.append("order = rng.permutation(len(X))")
    if split.stratified:
        labels = "y.argmax(axis=1)" if plan.examples.one_hot else "(y[:, 0] > y[:, 0].mean())"
        texts += [f"labels = {labels}", *EVENLY.strip().split("\n")]
    rest = split.rows - split.test_rows
    first, end = split._fold_bounds if split.folds else (0, split.validation_rows)
    training = f"order[{end}:{rest}]" if not first else f"np.concatenate([order[:{first}], order[{end}:{rest}]])"
    texts.append(
        f"training, validation = {training}, order[{first}:{end}]" if validates else f"training = {training}"
    )
    texts += ["X_val, y_val = X[validation], y[validation]"] if validates else []
    return [*texts, "X, y = X[training], y[training]"]


def source(plan: Plan, stream: int) -> str:
    """The line that makes the generator of a stream: 0 the split, 1 the weights, 2 training; empty if it goes on.

    The old generator is one stream, drawn from in this order.
    """
    if plan.random.generator == "legacy":
        drawn = plan.split.training_rows < plan.split.rows
        return f"rng = np.random.RandomState({plan.seed})" if stream == (0 if drawn else 1) else ""
    return f"rng = np.random.default_rng([{plan.seed}, {stream}])"


def function_lines(texts: list[str]) -> CodeLines:
    """Definitions, each with two empty lines before it."""
    found: list[str] = []
    for text in dict.fromkeys(one for one in texts if one.strip()):
        found += ["", "", *text.strip("\n").split("\n")]
    return lines(found[2:])
