"""The plane of the inputs in the coordinates of two units of a hidden layer, with the classes of the data."""

import numpy as np
from msgspec import Struct

from nnsim.nn.arrays import Array
from nnsim.scenario.plan import Plan
from nnsim.training.trainer import Trainer
from screens.plots import Chart, Curve, number

LINES = 9  # of the grid, each way
POINTS = 25  # on a grid line
MOST_ROWS = 2000


class HiddenSpace:
    """The hidden layer and the two units that span the picture."""

    def __init__(self) -> None:
        self.layer: int | None = None
        self._units = [0, 1]
        self._layers: list[tuple[int, str, int]] = []  # index, name and units of those that have a plane

    @property
    def on(self) -> bool:
        return self.layer is not None

    @property
    def name(self) -> str:
        return next((name for index, name, _ in self._layers if index == self.layer), "")

    def fit(self, plan: Plan) -> None:
        """Takes over the layers of a plan, and drops a layer that it does not have."""
        layers = plan.network.layers[:-1]
        self._layers = [(index, layer.name, layer.units) for index, layer in enumerate(layers) if layer.units > 1]
        if self.layer not in [index for index, _, _ in self._layers]:
            self.layer = None

    def next_layer(self) -> bool:
        """Goes on to the next layer, and behind the last to none.  Returns: whether there is any."""
        order = [None, *(index for index, _, _ in self._layers)]
        self.layer = order[(order.index(self.layer) + 1) % len(order)]
        self._units = [0, 1]
        return len(order) > 1

    def choose(self, axis: int, by: int) -> None:
        """Takes another unit on an axis, never the same on both."""
        count = self._count
        chosen = (self._units[axis] + by) % count
        if chosen == self._units[1 - axis]:
            chosen = (chosen + (1 if by > 0 else -1)) % count
        if chosen != self._units[1 - axis]:
            self._units[axis] = chosen

    def turn(self, by: int) -> None:
        self._units = [(unit + by) % self._count for unit in self._units]

    @property
    def _count(self) -> int:
        return next(units for index, _, units in self._layers if index == self.layer)

    def picture(self, plan: Plan, trainer: Trainer, inputs: tuple[int, int]) -> tuple[Chart, str]:
        """The bent grid with the rows on it, and its reading."""
        assert self.layer is not None
        units = self._units[0] % self._count, self._units[1] % self._count
        examples = plan.examples
        if examples.inputs.shape[1] == 1:
            inputs = 0, 0
        found = warped(trainer, self.layer, units, inputs, LINES)
        curves = [Curve("grid", line[:, 0], line[:, 1], kind="path", faint=True) for line in found.lines]
        curves += classes(plan, found.rows)
        names = ", ".join(examples.input_names[index] for index in dict.fromkeys(inputs))
        held = "" if len(examples.input_names) <= 2 else ", the others at their mean"
        across, up = (f"{self.name} unit {unit + 1}" for unit in units)
        return Chart(tuple(curves), x_label=across, y_label=up), f"a grid of {names}{held}"


def classes(plan: Plan, places: Array) -> list[Curve]:
    """The rows of data as points, a curve for each class; by low and high targets where there are no classes."""
    examples = plan.examples
    every = -(-len(places) // MOST_ROWS) or 1
    labels, targets = examples.labels, examples.targets[:, 0]
    names = tuple(examples.classes) or ("0", "1")
    if labels is None:
        middle = float(targets.min() + targets.max()) / 2
        labels, names = (targets > middle).astype(np.int64), (f"<{number(middle)}", f">{number(middle)}")
    return [
        Curve(name, places[::every][mine, 0], places[::every][mine, 1], style=kind, kind="points")
        for kind, name in enumerate(names)
        if (mine := labels[::every] == kind).any()
    ]


class Warped(Struct, frozen=True):
    """What two units answer, one across and one upwards."""

    lines: tuple[Array, ...]  # of the grid, (points, 2): along the first input, then the second
    rows: Array  # (rows, 2), of the data


def warped(
    trainer: Trainer, layer: int, units: tuple[int, int], inputs: tuple[int, int], count: int, margin: float = 0.0
) -> Warped:
    """Ask a layer about a grid over the data's range of two inputs, all others held at their mean.

    Args: layer: counted from 0. units: of it. inputs: which two run; the same twice, or a network of one input, is
    a single line. count: lines each way. margin: of the range, on either side.
    """
    data = trainer.plan.examples.inputs
    held, low, high = data.mean(axis=0), data.min(axis=0), data.max(axis=0)
    reach = margin * (high - low)
    low, high = low - reach, high + reach
    asked = []
    both = data.shape[1] > 1 and inputs[0] != inputs[1]
    for along, across in (inputs, inputs[::-1]) if both else (inputs,):
        run = np.linspace(low[along], high[along], POINTS)
        for value in np.linspace(low[across], high[across], count) if both else (0.0,):
            line = np.broadcast_to(held, (POINTS, len(held))).copy()
            if both:
                line[:, across] = value
            line[:, along] = run
            asked.append(line)
    pick = list(units)
    answers = trainer.activations(np.concatenate(asked))[layer][:, pick]
    lines = tuple(answers[start : start + POINTS] for start in range(0, len(answers), POINTS))
    return Warped(lines, trainer.activations(data)[layer][:, pick])
