"""The activations of units over the plane of two inputs, and the scales of their tones."""

import numpy as np
import numpy.typing as npt

from nnsim.nn.activations import Sigmoid, Softmax, Tanh
from nnsim.nn.arrays import Array
from nnsim.nn.network import Network
from nnsim.scenario.plan import Plan
from nnsim.training.records import Evaluation
from nnsim.training.trainer import Trainer
from screens.plots import Axis, Tile, Tiles, number, round_axis
from screens.plots.heat import middles
from screens.plots.small_multiples import layout

MARGIN = 0.25  # of the data's range, shown on either side
MOST_WORK = 3_000_000  # multiplications of one forward pass over the grid: larger networks get a coarser grid
# Of the answers that a unit can give: below FITTED they get all tones; from NO_LONGER on, no more.
FITTED, NO_LONGER = 0.25, 0.35

Unit = tuple[int, int]  # layer and place in it


def unit_name(plan: Plan, layer: int, unit: int) -> str:
    """The target's name in the last layer, else the layer and the number of the unit."""
    if is_output(plan, (layer, unit)):
        return f"output {plan.examples.target_names[unit]}"
    return f"layer{layer + 1} unit {unit + 1}"


def is_output(plan: Plan, unit: Unit) -> bool:
    return unit[0] == len(plan.network.layers) - 1


def unit_of(network: Network, index: int) -> Unit:
    """The (layer, unit) at an index that counts the outputs first, then the hidden units."""
    *hidden, last = [layer.units for layer in network.layers]
    index %= last + sum(hidden)
    if index < last:
        return len(hidden), index
    index -= last
    for layer, units in enumerate(hidden):
        if index < units:
            return layer, index
        index -= units
    raise AssertionError("the index was reduced to the number of units")


def input_range(values: Array) -> tuple[float, float]:
    """The part of an input's axis to draw: the data and a margin."""
    low, high = float(values.min()), float(values.max())
    margin = MARGIN * ((high - low) or 2.0)
    return low - margin, high + margin


def planes(trainer: Trainer, inputs: tuple[int, int], x: Array, y: Array, held: Array) -> list[Array]:
    """Activations of all units on a grid of two inputs, all others held, by one forward pass.

    Args: inputs: which two vary. x (columns,), y (rows,): their values. held: (inputs,).  Returns: (units, rows,
    columns) a layer.
    """
    answers = trainer.activations(_places(inputs, x, y, held))
    return [layer.T.reshape(-1, len(y), len(x)) for layer in answers]


def plane(trainer: Trainer, inputs: tuple[int, int], x: Array, y: Array, held: Array, unit: Unit) -> Array:
    """The activations of one unit on such a grid, (rows, columns)."""
    return trainer.activation(_places(inputs, x, y, held), *unit).reshape(len(y), len(x))


def _places(inputs: tuple[int, int], x: Array, y: Array, held: Array) -> Array:
    """The inputs at the places of a grid, (rows * columns, inputs)."""
    rows = np.broadcast_to(held, (len(y), len(x), len(held))).copy()
    if len(held) > 1:
        rows[:, :, inputs[1]] = y[:, None]
    rows[:, :, inputs[0]] = x[None, :]
    return rows.reshape(-1, len(held))


def coarser(x: Array, y: Array, plan: Plan) -> tuple[Array, Array]:
    """The same grid, thinned evenly where the network is too large for all of its points."""
    # A unit costs as much as some twenty weights: its activation is a function, its memory is fresh.
    work = plan.network.size + 20 * sum(layer.units for layer in plan.network.layers)
    every = 1
    while -(-len(x) // every) * -(-len(y) // every) * work > MOST_WORK and every < 64:
        every *= 2
    return x[every // 2 :: every], y[every // 2 :: every]


def possible(plan: Plan, unit: Unit) -> Axis | None:
    """The range of a unit's activation; None where it has no end."""
    activation = plan.network.layers[unit[0]].activation
    if isinstance(activation, (Sigmoid, Softmax)):
        return Axis(0.0, 1.0)
    return Axis(-1.0, 1.0) if isinstance(activation, Tanh) else None


class ToneScales:
    """The range of values that the tones of each unit's map stand for.

    It is the whole range of the activation, or a round range around its values: `whole` says which. None shows all
    that an output may be, and fits the range of another unit where its values would share a tone or two. A range
    stays while it fits, so that few frames change all tones.
    """

    def __init__(self) -> None:
        self.whole: bool | None = None
        self._fitted: dict[Unit, Axis] = {}
        self._last_ranges: dict[Unit, tuple[float, float, bool]] = {}  # lowest, highest; whether it is fitted

    def clear(self) -> None:
        self._fitted.clear()
        self._last_ranges.clear()

    def of(self, plan: Plan, unit: Unit, values: Array) -> tuple[Axis, bool]:
        """The scale, and whether it is narrower than the range of the activation."""
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        ends, before = possible(plan, unit), self._fitted.get(unit)
        if ends is None:
            found = self._fitted[unit] = round_axis(low, high, previous=before)
            return found, False
        whole = is_output(plan, unit) if self.whole is None else self.whole
        most = np.inf if self.whole is False else FITTED if before is None else NO_LONGER
        if whole or not 0.0 < high - low < most * (ends.high - ends.low):
            self._fitted.pop(unit, None)
            found = ends
        else:
            self._fitted[unit] = round_axis(low, high, previous=before)
            found = _within(self._fitted[unit], ends)
        fitted = (found.low, found.high) != (ends.low, ends.high)
        self._last_ranges[unit] = low, high, fitted
        return found, fitted

    def switch(self, plan: Plan, unit: Unit) -> str:
        """Switches between fitted tones and the whole range.  Returns: what the tones stand for now, or why nothing
        changes."""
        ends, last = possible(plan, unit), self._last_ranges.get(unit)
        if ends is None:
            return "There is no end to what this unit can answer: its tones are fitted to its answers."
        if last is None:
            return "Nothing has been shown in tones yet."
        low, high, fitted = last
        if fitted:
            self.whole = True
            return f"The tones stand for all that the unit can answer, {number(ends.low)} to {number(ends.high)}."
        close = _within(round_axis(low, high), ends)
        if not low < high or (close.low, close.high) == (ends.low, ends.high):
            answers = (
                "are all the same" if low == high else f"go over nearly the whole range, {_from_to(low, high)}"
            )
            return f"The answers {answers}: fitted tones would stand for the same."
        fits_itself = not is_output(plan, unit) and high - low < FITTED * (ends.high - ends.low)
        self.whole = None if fits_itself else False
        return f"The tones are fitted to the answers, {_from_to(low, high)}."


def _within(axis: Axis, ends: Axis) -> Axis:
    return Axis(max(axis.low, ends.low), min(axis.high, ends.high))


def _inside(value: float) -> str:
    """A number that is not rounded to 0 or 1 where it is neither."""
    if number(value) not in ("0", "1") or value in (0.0, 1.0):
        return number(value)
    for digits in range(4, 7):
        if (told := f"{value:.{digits}g}") not in ("0", "1"):
            return told
    return "> 0.99999" if value < 1.0 else number(value)


def _from_to(low: float, high: float) -> str:
    """Two numbers with as many digits as tell them apart: `0.4999 to 0.5001`."""
    told = _inside(low), _inside(high)
    for digits in range(4, 10):
        if told[0] != told[1] or low == high:
            break
        told = f"{low:.{digits}g}", f"{high:.{digits}g}"
    return " to ".join(told)


def threshold_of(plan: Plan, unit: Unit, scale: Axis) -> float:
    """The value that separates low answers from high ones."""
    if is_output(plan, unit) and plan.accuracy_applies:
        return plan.middle
    ends = possible(plan, unit) or scale
    return 0.0 if ends.low < 0 < ends.high else (ends.low + ends.high) / 2


def classes_of(plan: Plan, target: int, middle: float) -> tuple[str, str]:
    examples = plan.examples
    if examples.one_hot:
        return "others", examples.classes[target]
    if len(examples.classes) == 2:
        return examples.classes[0], examples.classes[1]
    targets = examples.targets[:, target]
    low, high = targets.min(), targets.max()
    if low < high and ((targets == low) | (targets == high)).all():
        return number(float(low)), number(float(high))
    return f"<{number(middle)}", f">{number(middle)}"


def wrong_rows(plan: Plan, unit: Unit, found: Evaluation) -> npt.NDArray[np.bool_]:
    if not plan.accuracy_applies or not is_output(plan, unit):
        return np.empty(0, dtype=bool)
    wrong: npt.NDArray[np.bool_] = ~plan.right(found.scored.T, plan.examples.targets.T)
    return wrong


def held_out(trainer: Trainer) -> tuple[npt.NDArray[np.bool_], str]:
    held = np.zeros(trainer.plan.examples.rows, dtype=bool)
    names = []
    for rows, name in ((trainer.validation_rows, "validation"), (trainer.test_rows, "test")):
        held[rows] = True
        names += [name] if len(rows) else []
    return held, ", ".join(names)


def all_units(
    trainer: Trainer,
    inputs: tuple[int, int],
    picked: Unit,
    scales: ToneScales,
    discretized: bool,
    size: tuple[int, int],
) -> tuple[Tiles, str]:
    """The maps of all units, layer by layer, by one forward pass, and the range of the picked one."""
    plan, rows = trainer.plan, trainer.plan.examples.inputs
    last = len(plan.network.layers) - 1
    names = [f"layer{index + 1}" if index < last else "output" for index in range(last + 1)]
    groups = [(name, layer.units) for name, layer in zip(names, plan.network.layers, strict=True)]
    places = layout(groups, *size)
    columns, height = places.last  # the largest; the others take every so many of these
    across, up = (input_range(rows[:, one]) for one in inputs)
    x, y = coarser(middles(across, columns), middles(up, 2 * height), plan)
    if not len(x):
        return Tiles(), ""
    answers = planes(trainer, inputs, x, y, rows.mean(axis=0))
    made = []
    for layer, (name, units) in enumerate(groups):
        tiles = []
        for unit in range(units):
            scale, fitted = scales.of(plan, (layer, unit), answers[layer][unit])
            called = plan.examples.target_names[unit] if layer == last else str(unit + 1)
            threshold = threshold_of(plan, (layer, unit), scale)
            tiles.append(Tile(called, answers[layer][unit], (scale.low, scale.high), threshold, fitted))
        made.append((name, tuple(tiles)))
    return Tiles(tuple(made), picked, discretized), span(answers[picked[0]][picked[1]])


def span(values: Array) -> str:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return "no finite answer"
    return f"answers {_from_to(float(finite.min()), float(finite.max()))}"
