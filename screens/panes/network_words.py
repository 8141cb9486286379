"""What the drawing of a network calls its units, and which of them it shows."""

import numpy as np

from nnsim.arrays import Array
from nnsim.scenario.plan import Plan

NEAR_ROWS = 16  # in which one is looked for that has more than zeros


def telling_row(inputs: Array) -> int:
    """The first row that is not all zeros, if one is near: of zeros nothing goes through any weight."""
    return int(np.argmax(inputs[:NEAR_ROWS].any(axis=1)))


def window(count: int, most: int, mark: int | None) -> slice:
    """Which of so many are shown in so much room: those around the marked one, and two rows for the rest."""
    if count <= most:
        return slice(0, count)
    most = max(1, most - 2)
    start = 0 if mark is None else max(0, min(mark - most // 2, count - most))
    return slice(start, start + most)


def unit_names(plan: Plan, index: int, span: slice) -> tuple[str, ...]:
    """Names of units: inputs (index 0) and outputs as in the data, hidden ones by number."""
    if index == 0:
        return plan.feature_names[span]
    if index == len(plan.network.layers):
        return plan.examples.target_names[span]
    return tuple(str(number) for number in range(span.start + 1, span.stop + 1))


def column_title(plan: Plan, index: int, gradient: bool) -> str:
    """What stands above a column: the inputs, or a layer with its activation or what is shown in its place."""
    if index == 0:
        return "standardized inputs" if plan.data.standardize else "inputs"
    layer = plan.network.layers[index - 1]
    return f"{layer.name} {'dC/dz' if gradient else type(layer.activation).__name__.lower()}"
