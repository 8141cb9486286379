"""Faults that are put into healthy runs, for the diagnosis to find.

A fault is a change of a healthy task's settings or rows. Which names are true of what comes out, its effects
included, is written down beside it, before anything is diagnosed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from healthy_runs import Change, Settings


@dataclass(frozen=True)
class Fault:
    """A change that makes a healthy task faulty, and the names that are true of what comes out."""

    name: str
    tasks: tuple[str, ...]
    settings: Callable[[Settings], Settings] = dict
    rows: Change | None = None
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
