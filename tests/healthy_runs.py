"""Healthy runs of many kinds, and the tasks that faults are put into."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnsim.scenario.catalog import read
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run

Settings = dict[str, Any]


Rows = tuple[np.ndarray, np.ndarray]
Change = Callable[[np.random.Generator, np.ndarray, np.ndarray], Rows]


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


def trained(task: Task, seed: int, settings: Settings, change: Change | None = None) -> Run:
    """A run of a task to its end.  Args: change: what is done to its rows before."""
    rows = None
    if task.draw is not None:
        rows = task.rows(seed)
        if change is not None:
            rows = change(np.random.default_rng([seed, 8]), *rows)
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
