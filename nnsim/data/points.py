"""Points by hand: the rows of a data set as a table in the settings, with one more, one fewer, or one elsewhere."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nnsim.data.examples import DataSource, Examples
from nnsim.errors import ScenarioError
from nnsim.nn.arrays import Array

MOST_POINTS = 5_000  # that are written into the settings of a run, and so into its recording
MOST_CHOICES = 10  # different targets that are offered by themselves

Row = tuple[Sequence[float], float]  # its inputs, its target


def refuse_others(examples: Examples) -> None:
    """Raises: ScenarioError where the rows are no points in a plane, or too many to be edited."""
    if examples.inputs.shape[1] > 2:
        raise ScenarioError(
            f"data: rows of {examples.inputs.shape[1]:,} inputs cannot be edited (allowed: one input, or two)"
        )
    if examples.targets.shape[1] > 1 and not examples.one_hot:
        raise ScenarioError(
            f"data: rows of {examples.targets.shape[1]:,} targets cannot be edited (allowed: one, or classes)"
        )
    if examples.rows > MOST_POINTS:
        raise ScenarioError(f"data: {examples.rows:,} rows are too many to edit (allowed: {MOST_POINTS:,})")


def raw_targets(examples: Examples) -> Array:
    """What a table says of each row, (rows,): the number of its class, or its target."""
    targets: Array = examples.targets[:, 0]
    if examples.one_hot:
        targets = examples.targets.argmax(axis=1).astype(np.float64)
    elif examples.classes:
        targets = (targets > 0.5).astype(np.float64)  # encoded as 0 or -1, and 1
    return targets


def choices(examples: Examples) -> tuple[tuple[str, float], ...]:
    """The targets that a new point can have, each with its name: classes, or the targets that occur."""
    if examples.classes:
        return tuple((name, float(number)) for number, name in enumerate(examples.classes))
    values = np.unique(examples.targets[:, 0])
    if len(values) > MOST_CHOICES:
        values = np.linspace(values[0], values[-1], 5)
    return tuple((f"{value:g}", float(value)) for value in values.tolist())


def rows_of(examples: Examples) -> list[Row]:
    return list(zip(examples.inputs.tolist(), raw_targets(examples).tolist(), strict=True))


def table(examples: Examples, data: DataSource, rows: Sequence[Row]) -> dict[str, Any]:
    """The settings that make these rows the data, a table.  Raises: ScenarioError for none, or too many."""
    if not rows:
        raise ScenarioError("data: the last point stays (allowed: 1 or more)")
    if len(rows) > MOST_POINTS:
        raise ScenarioError(f"data: {len(rows):,} points are too many (allowed: {MOST_POINTS:,})")
    settings: dict[str, Any] = {
        "kind": "table",
        "inputs": [list(inputs) for inputs, _ in rows],
        "targets": [[target] for _, target in rows],
        "input_names": list(examples.input_names),
        "degree": data.degree,
        "features": list(data.features),
        "standardize": data.standardize,
        **({"min_max": True} if data.min_max else {}),
    }
    if examples.classes:
        settings["classes"] = list(examples.classes)
    if examples.picture:
        settings["picture"] = list(examples.picture)
    if not examples.one_hot:
        settings["target_names"] = list(examples.target_names)
    return {"data": settings}


def nearest(examples: Examples, place: Sequence[float], spans: Sequence[float]) -> int:
    """The row nearest to a place, which has the target behind a single input; spans: of the picture's axes."""
    points = examples.inputs
    if points.shape[1] == 1:
        points = np.column_stack((points, raw_targets(examples)))
    return int(np.argmin((((points - np.asarray(place)) / np.asarray(spans)) ** 2).sum(axis=1)))
