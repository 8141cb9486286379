"""The weights of a network as histograms, and the units that no longer learn: dead or saturated ones."""

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from nnsim.nn.activations import Activation, ReLU, Sigmoid, Tanh
from nnsim.nn.arrays import Array
from nnsim.training.trainer import Trainer

SATURATED = 0.04  # share of its largest slope below which a sigmoid or tanh counts as saturated
ASKED = 200_000  # rows times units that one count reads


class Histogram(Struct, frozen=True):
    """Counts, (bins,), between edges, (bins + 1,), and of values below, above, and not finite."""

    counts: Array
    edges: Array
    below: int
    above: int
    not_finite: int


def histogram(values: Array, low: float, high: float, bins: int) -> Histogram:
    """Count values in even bins from low to high, the upper edge included."""
    finite = values[np.isfinite(values)]
    counts, edges = np.histogram(finite, bins=bins, range=(low, high))
    return Histogram(
        counts.astype(np.float64),
        edges,
        int((finite < low).sum()),
        int((finite > high).sum()),
        int(values.size - finite.size),
    )


class UnitCount(Struct, frozen=True):
    """Units of a layer that no longer learn; None where the activation has no such state."""

    layer: str
    units: int
    rows: int
    dead: int | None  # ReLU units that answer 0 to every row
    stuck: int | None  # sigmoid or tanh units saturated for every row
    saturated: float | None  # the part of all answers that is


def at_bounds(activation: Activation, outputs: Array) -> npt.NDArray[np.bool_] | None:
    """Which outputs are saturated: the slope is below 4 % of its largest (sigmoid, tanh), else None."""
    if isinstance(activation, Sigmoid):
        return np.asarray(4.0 * outputs * (1.0 - outputs) < SATURATED)
    if isinstance(activation, Tanh):
        return np.asarray(1.0 - outputs**2 < SATURATED)
    return None


def unit_counts(trainer: Trainer) -> list[UnitCount]:
    """Count the dead and saturated units of every layer over the data set; of a large one, over even samples."""
    inputs, layers = trainer.plan.examples.inputs, trainer.plan.network.weighted
    every = -(-len(inputs) * sum(layer.units for layer in layers) // ASKED)
    asked, counts = inputs[::every], []
    found = trainer.outputs(asked)
    for layer in layers:
        # Of a convolution a unit is a filter, which answers at many places.
        units = layer.weight_shape[1]
        outputs = found[layer.name].reshape(len(asked), units, -1).swapaxes(1, 2).reshape(-1, units)
        near = at_bounds(layer.activation, outputs)
        counts.append(
            UnitCount(
                layer.name,
                units,
                len(asked),
                int((outputs == 0.0).all(axis=0).sum()) if isinstance(layer.activation, ReLU) else None,
                None if near is None else int(near.all(axis=0).sum()),
                None if near is None else float(near.mean()),
            )
        )
    return counts
