"""A convolutional network as pictures: its first kernels, and the maps that each layer makes of a row of data."""

import numpy as np

from nnsim.nn.arrays import Array
from nnsim.nn.layers import Convolution, Pooling
from nnsim.scenario.plan import Plan
from nnsim.training.trainer import Trainer
from screens.panes.image_grid import picture_of_row
from screens.plots import MapRow, MapRows, number


def feature_maps(plan: Plan, trainer: Trainer, row: int) -> MapRows:
    """The kernels of the first layer that has them, and the maps of every layer for one row."""
    outputs = trainer.outputs(plan.examples.inputs[row : row + 1])
    return _rows(plan, trainer.parameters, {name: one[0] for name, one in outputs.items()}, row, "", "")


def slope_maps(plan: Plan, trainer: Trainer, row: int, column: int | None) -> MapRows:
    """The gradient of the kernels, and dC/dz of every map: of one row of the batch, or summed over all its rows."""
    deltas: dict[str, Array] = {}
    if trainer.entered is not None:
        for one in trainer.entered.walk():
            deltas[one.layer.name] = one.delta.sum(axis=1) if column is None else one.delta[:, column]
    return _rows(plan, trainer.gradient, deltas, row, "dC/dw of ", "dC/dz of ")


def _rows(plan: Plan, flat: Array, values: dict[str, Array], row: int, of_weights: str, of_maps: str) -> MapRows:
    found: list[MapRow] = []
    for layer in plan.network.walk():
        if not isinstance(layer, Convolution | Pooling):
            continue
        if isinstance(layer, Convolution) and not found and layer.before.channels == 1:
            kernels = layer.kernels(flat)[:, 0]
            title = f"{of_weights}{layer.name}: {layer.filters} kernels of {layer.kernel} x {layer.kernel}"
            found.append(_row(title, kernels, signed=True))
        channels, down, across = layer.after
        maps = values.get(layer.name, np.full(layer.units, np.nan)).reshape(layer.after)
        title = f"{of_maps}{layer.name}: {channels} map{'s' * (channels > 1)} of {down} x {across}"
        found.append(_row(title, maps, signed=bool(of_maps) or bool((maps < 0).any())))
    return MapRows(tuple(found), inset=picture_of_row(plan, row))


def _row(title: str, pictures: Array, signed: bool) -> MapRow:
    finite = pictures[np.isfinite(pictures)]
    largest = float(np.abs(finite).max(initial=0.0))
    scale = (-largest or -1.0, largest or 1.0) if signed else (0.0, largest or 1.0)
    reach = f"{number(-largest)} to {number(largest)}" if signed else f"0 to {number(largest)}"
    return MapRow(title, np.asarray(pictures, np.float64), scale, signed, reach if finite.size else "")
