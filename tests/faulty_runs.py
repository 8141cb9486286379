"""Healthy runs, and faults that are put into them, for the diagnosis to find.

A fault is a change of a healthy task's settings or rows. Which names are true of what comes out, its effects
included, is written down beside it, before anything is diagnosed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnsim.scenario.catalog import read
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run

Settings = dict[str, Any]
Rows = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Task:
    """A healthy run: its rows or the rule that draws them, and its settings."""

    name: str
    settings: Settings
    draw: Callable[[np.random.Generator], Rows] | None = (
        None  # inputs and targets; class numbers where there are classes
    )
    classes: int = 0
    deterministic: bool = False  # whether the data do not follow from the seed

    def rows(self, seed: int) -> Rows:
        assert self.draw is not None
        return self.draw(np.random.default_rng([seed, 7]))


def blobs(rng: np.random.Generator) -> Rows:
    middles = np.array([[0, 0, 0, 0], [2.5, 2, 0, 1], [0, 2.5, 2.5, -1]])
    kinds = np.arange(180) % 3
    return middles[kinds] + rng.normal(0, 0.8, (180, 4)), kinds[:, None].astype(float)


def clouds(rng: np.random.Generator) -> Rows:
    kinds = (np.arange(240) % 2).astype(float)
    inputs = rng.normal(0, 1, (240, 3)) + 1.6 * (2 * kinds[:, None] - 1) * np.array([1.0, -0.6, 0.5])
    return inputs, kinds[:, None]


def rings(rng: np.random.Generator) -> Rows:
    kinds = (np.arange(240) % 2).astype(float)
    radius, angle = (
        np.where(kinds > 0, rng.uniform(0.0, 1.0, 240), rng.uniform(1.4, 2.2, 240)),
        rng.uniform(0, 7, 240),
    )
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1), kinds[:, None]


def waves(rng: np.random.Generator) -> Rows:
    inputs = rng.uniform(-1, 1, (160, 3))
    targets = (
        np.sin(2.5 * inputs[:, 0])
        + 0.8 * inputs[:, 1] * inputs[:, 2]
        + 0.5 * inputs[:, 1]
        + rng.normal(0, 0.1, 160)
    )
    return inputs, targets[:, None]


def linear(rng: np.random.Generator) -> Rows:
    inputs = rng.normal(0, 1, (120, 5))
    targets = inputs @ np.array([1.0, -0.7, 0.5, 0.3, -0.2]) + 1.5 + rng.normal(0, 0.3, 120)
    return inputs, targets[:, None]


RING = {
    "data.kind": "circle",
    "data.n": 200,
    "model.hidden": [8],
    "model.activation": "tanh",
    "model.output": "sigmoid",
    "model.initializer": "xavier",
    "loss.kind": "binary-cross-entropy",
    "optimizer.kind": "adam",
    "schedule.rate": 0.03,
    "train.epochs": 80,
    "train.batch_size": 10,
    "train.validation": 0.3,
}
TASKS = {
    one.name: one
    for one in (
        Task("circle", RING),
        Task(
            "quadrants",
            RING
            | {
                "data.kind": "xor",
                "model.hidden": [8, 8],
                "model.activation": "relu",
                "model.initializer": "he",
                "schedule.rate": 0.01,
            },
        ),
        Task(
            "digits",
            {
                "data.kind": "digits",
                "model.hidden": [20],
                "model.activation": "relu",
                "model.output": "softmax",
                "model.initializer": "he",
                "loss.kind": "softmax-cross-entropy",
                "optimizer.kind": "adam",
                "schedule.rate": 0.005,
                "train.epochs": 20,
                "train.batch_size": 32,
                "train.validation": 0.2,
            },
            deterministic=True,
        ),
        Task(
            "blobs",
            {
                "model.hidden": [10],
                "model.activation": "relu",
                "model.output": "softmax",
                "model.initializer": "he",
                "loss.kind": "softmax-cross-entropy",
                "optimizer.kind": "adam",
                "schedule.rate": 0.02,
                "train.epochs": 60,
                "train.batch_size": 16,
                "train.validation": 0.25,
            },
            blobs,
            3,
        ),
        Task(
            "clouds",
            {
                "model.hidden": [6],
                "model.activation": "tanh",
                "model.output": "sigmoid",
                "model.initializer": "xavier",
                "loss.kind": "binary-cross-entropy",
                "schedule.rate": 0.5,
                "train.epochs": 80,
                "train.batch_size": 20,
                "train.validation": 0.25,
            },
            clouds,
            2,
        ),
        Task(
            "rings",
            {
                "model.hidden": [8],
                "model.activation": "tanh",
                "model.output": "sigmoid",
                "model.initializer": "xavier",
                "loss.kind": "binary-cross-entropy",
                "optimizer.kind": "adam",
                "schedule.rate": 0.03,
                "train.epochs": 80,
                "train.batch_size": 20,
                "train.validation": 0.25,
            },
            rings,
            2,
        ),
        Task(
            "waves",
            {
                "model.hidden": [16],
                "model.activation": "tanh",
                "model.output": "linear",
                "model.initializer": "xavier",
                "loss.kind": "mse",
                "optimizer.kind": "adam",
                "schedule.rate": 0.02,
                "train.epochs": 150,
                "train.batch_size": 20,
                "train.validation": 0.25,
            },
            waves,
        ),
        Task(
            "line",
            {
                "model.hidden": [],
                "model.output": "linear",
                "model.initializer": "zeros",
                "loss.kind": "mse",
                "schedule.rate": 0.1,
                "train.epochs": 100,
                "train.validation": 0.25,
            },
            linear,
        ),
        Task(
            "deep",
            {
                "model.hidden": [12, 12, 12, 12],
                "model.activation": "relu",
                "model.output": "linear",
                "model.initializer": "he",
                "loss.kind": "mse",
                "optimizer.kind": "adam",
                "schedule.rate": 0.005,
                "train.epochs": 120,
                "train.batch_size": 20,
                "train.validation": 0.25,
            },
            waves,
        ),
    )
}


@dataclass(frozen=True)
class Fault:
    """A change that makes a healthy task faulty, and the names that are true of what comes out."""

    name: str
    tasks: tuple[str, ...]
    settings: Callable[[Settings], Settings] = dict
    rows: Callable[[np.random.Generator, np.ndarray, np.ndarray], Rows] | None = None
    also: tuple[str, ...] = ()  # names that are true besides
    hurts: bool = True  # whether it only counts where it comes out worse than the healthy run


def times(factor: float) -> Callable[[Settings], Settings]:
    return lambda one: {"schedule.rate": one["schedule.rate"] * factor}


def always(**settings: Any) -> Callable[[Settings], Settings]:
    return lambda one: {key.replace("__", "."): value for key, value in settings.items()}


def shuffled(rng, inputs, targets):
    return inputs, targets[rng.permutation(len(targets))]


def leaked(rng, inputs, targets):
    return np.hstack([inputs, 2.0 * targets + 1.0]), targets


def doubled(rng, inputs, targets):
    chosen = rng.permutation(len(inputs))[: len(inputs) // 2]
    again = np.concatenate([chosen, chosen])
    return inputs[again], targets[again]


def rare(rng, inputs, targets):
    of = np.flatnonzero(targets[:, 0] == targets[:, 0].max())
    keep = np.concatenate([np.flatnonzero(targets[:, 0] != targets[:, 0].max()), of[: max(3, len(inputs) // 60)]])
    inputs = inputs + rng.normal(0, 1.0, inputs.shape)
    return inputs[keep], targets[keep]


def thousands(rng, inputs, targets):
    return inputs * np.geomspace(30, 3000, inputs.shape[1]) + 500, targets


def few(rng, inputs, targets):
    return inputs[:24], targets[:24] + rng.normal(0, 0.4, (24, 1)) * (len(np.unique(targets)) > 5)


def noisy_few(rng, inputs, targets):
    inputs, targets = inputs[:40], targets[:40]
    if len(np.unique(targets)) <= 3:
        wrong = rng.random(len(targets)) < 0.2
        targets = np.where(wrong[:, None], (targets + 1) % (targets.max() + 1), targets)
    else:
        targets = targets + rng.normal(0, 0.4, targets.shape)
    return inputs, targets


FAULT_CASES = (
    Fault(
        "rate-too-high",
        # Circles come behind: there the last bits decide whether the signs stand out in seed 41.
        ("quadrants", "circle", "digits", "blobs", "clouds", "waves", "deep"),
        times(100),
        also=("dead-units", "saturated-units", "exploding-gradients", "vanishing-gradients", "overfitting"),
    ),
    Fault("rate-too-high", ("line",), times(15), also=("exploding-gradients",)),
    Fault(
        "rate-too-low",
        ("circle", "quadrants", "digits", "blobs", "clouds", "waves", "line", "deep"),
        times(1e-3),
        also=("too-few-epochs", "underfitting"),
    ),
    Fault(
        "too-few-epochs",
        ("circle", "quadrants", "digits", "waves", "deep", "line"),
        lambda one: {"train.epochs": max(1, one["train.epochs"] // 25)},
        also=("rate-too-low", "underfitting"),
    ),
    Fault(
        "vanishing-gradients",
        ("circle", "waves", "blobs"),
        always(
            model__hidden=[8, 8, 8, 8, 8],
            model__activation="sigmoid",
            model__initializer={"kind": "normal", "deviation": 0.3},
            optimizer__kind="sgd",
        ),
        also=("rate-too-low", "too-few-epochs", "saturated-units", "underfitting"),
    ),
    Fault(
        "exploding-gradients",
        ("deep", "waves", "blobs"),
        always(
            model__hidden=[16, 16, 16, 16, 16, 16],
            model__activation="relu",
            model__initializer={"kind": "normal", "deviation": 1.0},
            optimizer__kind="sgd",
        ),
        also=("rate-too-high", "dead-units", "saturated-units", "overfitting"),
    ),
    Fault(
        "dead-units",
        ("quadrants", "blobs", "deep", "waves"),
        lambda one: {
            "model.activation": "relu",
            "model.initializer": {"kind": "uniform", "low": -1.0, "high": -0.05},
        },
        also=("vanishing-gradients", "symmetric-units", "rate-too-low", "too-few-epochs", "underfitting"),
    ),
    Fault(
        "saturated-units",
        ("circle", "clouds", "waves"),
        always(
            model__activation="sigmoid",
            model__initializer={"kind": "normal", "deviation": 30.0},
            optimizer__kind="sgd",
        ),
        also=(
            "vanishing-gradients",
            "exploding-gradients",
            "rate-too-low",
            "too-few-epochs",
            "rate-too-high",
            "overfitting",
            "underfitting",
        ),
    ),
    Fault(
        "symmetric-units",
        ("circle", "quadrants", "blobs", "waves", "digits"),
        always(model__initializer={"kind": "constant", "value": 0.3}),
        also=("underfitting", "vanishing-gradients", "rate-too-low", "too-few-epochs", "dead-units"),
    ),
    Fault("no-bias", ("circle", "line", "waves"), always(model__bias=False), also=("underfitting",)),
    Fault(
        "output-out-of-range",
        ("waves", "line", "deep"),
        always(model__output="sigmoid"),
        also=("wrong-loss", "saturated-units"),
    ),
    Fault(
        "wrong-loss",
        ("digits", "blobs"),
        always(loss__kind="mse", optimizer__kind="sgd", schedule__rate=0.1),
        also=("rate-too-low", "too-few-epochs"),
    ),
    Fault(
        "wrong-loss",
        ("waves", "line"),
        always(loss__kind="mse", loss__reduction="sum"),
        also=("rate-too-high", "exploding-gradients", "dead-units", "saturated-units"),
    ),
    Fault("wrong-loss", ("clouds", "circle"), always(loss__kind="mae"), also=("rate-too-low", "too-few-epochs")),
    Fault(
        "unscaled-inputs",
        ("clouds", "blobs", "waves", "line", "deep"),
        rows=thousands,
        also=(
            "rate-too-high",
            "rate-too-low",
            "saturated-units",
            "dead-units",
            "exploding-gradients",
            "vanishing-gradients",
            "too-few-epochs",
            "overfitting",
            "underfitting",
        ),
    ),
    Fault(
        "labels-unrelated",
        ("clouds", "blobs", "rings", "waves", "line"),
        rows=shuffled,
        also=("overfitting", "underfitting"),
    ),
    Fault(
        "imbalanced-classes",
        ("clouds", "blobs", "rings"),
        rows=rare,
        also=("overfitting", "underfitting"),
        hurts=False,
    ),
    Fault("constant-target", ("clouds", "waves", "line"), rows=lambda rng, x, y: (x, np.ones_like(y)), hurts=False),
    Fault("leakage", ("clouds", "blobs", "waves", "line"), rows=leaked, hurts=False),
    Fault(
        "duplicated-rows", ("clouds", "blobs", "waves", "line"), rows=doubled, hurts=False, also=("overfitting",)
    ),
    Fault(
        "overfitting",
        ("waves", "clouds", "blobs"),
        lambda one: {
            "model.hidden": [60, 60],
            "train.epochs": 600,
            "optimizer.kind": "adam",
            "schedule.rate": 0.01,
        },
        rows=noisy_few,
        hurts=False,
    ),
    Fault("underfitting", ("circle", "quadrants", "waves"), always(model__hidden=[1]), also=("no-bias",)),
    Fault(
        "underfitting",
        ("blobs", "waves", "circle"),
        always(regularization__l2=0.3),
        also=("vanishing-gradients", "rate-too-low"),
    ),
)


def scenario_of(task: Task, seed: int, settings: Settings, rows: Rows | None):
    """A scenario of a task, with its data drawn by the seed."""
    given = {**task.settings, **settings}
    lines = ['title = "case"', 'summary = "case"', "[data]"]
    if rows is not None:
        inputs, targets = rows
        kinds = f"classes = {[f'c{i}' for i in range(task.classes)]}" if task.classes and np.ptp(targets) else ""
        lines += [
            'kind = "table"',
            f"inputs = {np.round(inputs, 6).tolist()}",
            f"targets = {targets.tolist()}",
            kinds,
        ]
    else:
        lines += [f'kind = "{given["data.kind"]}"']
    scenario = parse_scenario("\n".join(lines), name="case", source="case")
    rest = {key: value for key, value in given.items() if key != "data.kind"}
    return scenario, {**rest, "random.seed": seed}


def trained(task: Task, seed: int, settings: Settings, change: Fault | None = None) -> Run:
    rows = None
    if task.draw is not None:
        rows = task.rows(seed)
        if change is not None and change.rows is not None:
            rows = change.rows(np.random.default_rng([seed, 8]), *rows)
    scenario, given = scenario_of(task, seed, settings, rows)
    run = Run(scenario, None, given)
    run.advance_to(run.trainer.plan.steps)
    return run


HEALTHY: dict[str, tuple[str, Settings]] = {
    "batches of one": ("clouds", {"train.batch_size": 1, "schedule.rate": 0.05}),
    "noisy targets": ("line", {"train.epochs": 300}),
    "plateaus that end": ("circle", {"model.hidden": [4], "train.epochs": 200}),
    "small validation sets": ("waves", {"train.validation": 0.06}),
    "no validation": ("blobs", {"train.validation": 0.0}),
    "full batch": ("circle", {"train.batch_size": 0, "train.epochs": 400}),
    "weight decay": ("waves", {"regularization.l2": 0.0001}),
    "early stopping": ("waves", {"train.early_stopping": {"patience": 40}, "train.epochs": 600}),
    "dropout": (
        "digits",
        {
            "model.hidden": [],
            "model.layers": [{"kind": "dense", "units": 40}, {"kind": "dropout", "rate": 0.2}],
            "train.epochs": 25,
        },
    ),
    "momentum": ("clouds", {"optimizer.kind": "momentum", "schedule.rate": 0.05}),
    "cosine": ("quadrants", {"schedule.kind": "cosine"}),
    "float32": ("digits", {"train.precision": "float32"}),
    "deep": ("deep", {}),
    "blobs": ("blobs", {}),
    "line": ("line", {}),
    "digits": ("digits", {}),
}
# The variants of the scenarios that are meant to go well.
GOOD = (
    ("xor", "biases"),
    ("digits", "adam"),
    ("linear-regression", "steady"),
    ("playground-circle", "hidden"),
    ("playground-circle", "squares"),
    ("playground-gauss", "apart"),
    ("playground-plane", "line"),
    ("playground-xor", "hidden"),
    ("playground-xor", "product"),
    ("playground-spiral", "deep"),
    ("vanishing-gradients", "relu"),
    ("initialization", "xavier"),
    ("batch-size", "batch-10"),
    ("losses", "huber"),
    ("regularization", "l2"),
    ("activations", "tanh"),
    ("optimizer-race", "adam"),
    ("xor-plateau", "escapes"),
    ("learning-rate-schedules", "cosine"),
    ("cross-validation", "degree-3"),
    ("backprop-vs-finite-differences", "backpropagation"),
    ("parity-4bit", "eight-units"),
    ("random-search-vs-gradient-descent", "gradient-descent"),
    ("four-steps", "by-hand"),
)


def healthy_run(kind: str, seed: int) -> Run:
    """A run with which nothing is wrong: of a kind, or `scenario NAME/VARIANT`, where 0 is its own seed."""
    if not kind.startswith("scenario "):
        task, settings = HEALTHY[kind]
        return trained(TASKS[task], seed, settings)
    name, variant = kind.removeprefix("scenario ").split("/")
    run = Run(read(name), variant, {"random.seed": seed} if seed else {})
    run.advance_to(run.trainer.plan.steps)
    return run
