"""What the network answers all over the plane of two of its inputs, with the data on it; every unit too."""

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from nnsim.arrays import Array
from nnsim.data.examples import Examples
from nnsim.data.spread import most_varied
from nnsim.nn.activations import Sigmoid, Softmax, Tanh
from nnsim.nn.network import Network
from nnsim.plan import Plan
from nnsim.records import Evaluation
from nnsim.session import Session
from nnsim.trainer import Trainer
from screens.panes.base import AROUND_READING
from screens.panes.points import PointsPane, Ranges
from screens.panes.titles import run_shown
from screens.panes.warp import Warp
from screens.plots import Axis, Chart, Curve, Heat, PlotWidget, number, round_axis
from screens.plots.heat import grid

MARGIN = 0.25  # of the data's range, shown on either side
CURVE_POINTS = 160
MOST_WORK = 3_000_000  # multiplications of one forward pass over the grid: larger networks get a coarser grid
MOST_RESIDUALS = 200


def unit_name(plan: Plan, layer: int, unit: int) -> str:
    """What a unit is called: the target's name in the last layer, else its layer and number."""
    if layer == len(plan.network.layers) - 1:
        return f"output {plan.examples.target_names[unit]}"
    return f"layer{layer + 1} unit {unit + 1}"


def unit_of(network: Network, index: int) -> tuple[int, int]:
    """The (layer, unit) so many places behind the first output; behind the outputs come the hidden units."""
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
    """The part of an input's axis to show: the data, and a margin."""
    low, high = float(values.min()), float(values.max())
    margin = MARGIN * ((high - low) or 2.0)
    return low - margin, high + margin


def target_range(targets: Array) -> tuple[float, float]:
    """The part of the axis of a target to show."""
    span = float(np.ptp(targets)) or 1.0
    return float(targets.min()) - 0.3 * span, float(targets.max()) + 0.3 * span


def plane(
    trainer: Trainer, inputs: tuple[int, int], x: Array, y: Array, held: Array, unit: tuple[int, int]
) -> Array:
    """What one unit answers on a grid of two inputs, all others held.

    Args: inputs: which two vary. x (columns,), y (rows,): their values. held: (inputs,). unit: (layer, unit).
    Returns: (rows, columns).
    """
    rows = np.broadcast_to(held, (len(y), len(x), len(held))).copy()
    rows[:, :, inputs[0]] = x[None, :]
    rows[:, :, inputs[1]] = y[:, None]
    answers = trainer.activations(rows.reshape(-1, len(held)))[unit[0]][:, unit[1]]
    return answers.reshape(len(y), len(x))


class DecisionPane(PointsPane):
    """One unit over the input plane, smooth or in two tones (`d`), or the plane as a hidden layer bends it (`h`).

    `↑` `↓` walk the units, `i` `o` the inputs; of a hidden layer, the units across and upwards.
    """

    kind = "decision"
    scrolls = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "unit(1)", "next unit (also ↓)"),
        Binding("U", "unit(-1)", "previous unit (also ↑)"),
        Binding("d", "discretize", "smooth / two tones"),
        Binding("h", "hidden", "as a hidden layer bends it"),
        Binding("i", "input(0, 1)", "next input across"),
        Binding("I", "input(0, -1)", "previous input across"),
        Binding("o", "input(1, 1)", "next input upwards"),
        Binding("O", "input(1, -1)", "previous input upwards"),
        *PointsPane.BINDINGS,
    ]

    def __init__(self) -> None:
        super().__init__()
        self.plot = PlotWidget()
        self.unit = 0  # counted from the first output on
        self.inputs = [0, 1]
        self._chosen_for = 0  # so many inputs of the data set, of which two were chosen
        self.discretized = False
        self.warp = Warp()
        self._count = 2  # inputs of the network last shown
        self._scales: dict[tuple[int, int], Axis] = {}

    def compose(self) -> ComposeResult:
        yield self.plot

    def scroll(self, by: int) -> None:
        self.action_unit(by)

    def forget(self) -> None:
        super().forget()
        self._scales.clear()

    def action_unit(self, by: int) -> None:
        if self.warp.on:
            self.warp.turn(by)
        else:
            self.unit += by
        self.changed()

    def action_hidden(self) -> None:
        """Go on to the next hidden layer, and from the last one back to the plane of the inputs."""
        if not self.warp.next_layer():
            self.tell("This network has no hidden layer of two units.")
        self.plot.forget_limits()
        self.changed()

    def action_discretize(self) -> None:
        self.discretized = not self.discretized
        self.changed()

    def action_input(self, axis: int, by: int) -> None:
        """Let another input vary, never the same along both axes; of a hidden layer, another unit."""
        if self.warp.on:
            self.warp.choose(axis, by)
            self.changed()
            return
        if self._count < 3:
            self.tell(f"This network has {self._count} input{'s' * (self._count > 1)}: nothing to choose.")
            return
        chosen = (self.inputs[axis] + by) % self._count
        if chosen == self.inputs[1 - axis]:
            chosen = (chosen + by) % self._count
        self.inputs[axis] = chosen
        self.changed()

    def plane_ranges(self) -> Ranges:
        assert self.session is not None
        examples = self.session.focused.timeline.plan.examples
        if examples.inputs.shape[1] == 1:
            return input_range(examples.inputs[:, 0]), target_range(examples.targets[:, 0])
        return input_range(examples.inputs[:, self.inputs[0]]), input_range(examples.inputs[:, self.inputs[1]])

    def update_from(self, session: Session) -> None:
        self.session = session
        self.keep_cross()
        if self.cross is not None:  # over the answers, with the first input across
            self.unit, self.inputs = 0, [0, 1]
        track = session.focused
        plan = track.timeline.plan
        self._count = plan.examples.inputs.shape[1]
        self._choose_inputs(plan.examples.inputs)
        self.warp.fit(plan)
        if self.warp.on:
            trainer = track.trainer_at(session.step_of(track), session.phase_of(track))
            shown, told = self.warp.picture(plan, trainer, (self.inputs[0], self.inputs[1]))
            self.headed(f"{self.title} · inputs as {self.warp.name} sees them", run_shown(session))
            self.plot.show(shown)
            self.say(told)
            return
        units = sum(layer.units for layer in plan.network.layers)
        self.unit %= units
        unit = unit_of(plan.network, self.unit)
        place = f" ({self.unit + 1}/{units})" if units > 1 else ""
        self.headed(f"{self.title} · {unit_name(plan, *unit)}{place}", run_shown(session))
        step = session.step_of(track)
        found = track.evaluation(step)
        trainer = track.trainer_at(step, session.phase_of(track))
        if plan.examples.inputs.shape[1] == 1:
            self._show_curve(session, trainer, unit, found)
        else:
            self.inputs = [index % plan.examples.inputs.shape[1] for index in self.inputs]
            if self.inputs[0] == self.inputs[1]:
                self.inputs = [0, 1]
            self._show_plane(plan, trainer, unit, found)

    # ------------------------------------------------------------------ two inputs and more

    def _choose_inputs(self, rows: Array) -> None:
        """Of the inputs of other data, look at the two that tell the most rows apart."""
        if self._chosen_for != rows.shape[1]:
            self.inputs = most_varied(rows) if rows.shape[1] > 2 else [0, 1]
        self._chosen_for = rows.shape[1]

    def _show_plane(self, plan: Plan, trainer: Trainer, unit: tuple[int, int], found: Evaluation) -> None:
        examples, (across, up) = plan.examples, self.inputs
        x_range, y_range = input_range(examples.inputs[:, across]), input_range(examples.inputs[:, up])
        x, y = grid(x_range, y_range, *self.plot.content_size)
        x, y = _coarser(x, y, plan)
        held = examples.inputs.mean(axis=0)
        values = plane(trainer, (across, up), x, y, held, unit) if len(x) and len(y) else np.full((1, 1), np.nan)
        scale = self._scale(plan, unit, values)
        threshold = _threshold(plan, unit, scale)
        target = unit[1] if unit[0] == len(plan.network.layers) - 1 else 0
        targets = examples.targets[:, target]
        middle = float(targets.min() + targets.max()) / 2
        self.plot.show(
            Heat(
                values,
                x_range,
                y_range,
                (scale.low, scale.high),
                threshold,
                self.discretized,
                examples.inputs[:, across],
                examples.inputs[:, up],
                targets > middle,
                _wrong(plan, found),
                _classes(plan, target, middle),
                examples.input_names[across],
                examples.input_names[up],
                cross=self.cross,
                grabbed=self.grabbed is not None,
            )
        )
        told = _span(values)
        if plan.examples.inputs.shape[1] > 2:
            told = _held(examples, self.inputs, held, self.outer_size.width - AROUND_READING)
        self.say(told if self.cross is None else self.cross_reading)

    def _scale(self, plan: Plan, unit: tuple[int, int], values: Array) -> Axis:
        """What the lowest and the highest tone stand for: what the unit can answer, or what it does."""
        activation = plan.network.layers[unit[0]].activation
        if isinstance(activation, (Sigmoid, Softmax)):
            return Axis(0.0, 1.0)
        if isinstance(activation, Tanh):
            return Axis(-1.0, 1.0)
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        self._scales[unit] = round_axis(low, high, previous=self._scales.get(unit))
        return self._scales[unit]

    # ------------------------------------------------------------------ one input

    def _show_curve(self, session: Session, trainer: Trainer, unit: tuple[int, int], found: Evaluation) -> None:
        track = session.focused
        plan, examples = track.timeline.plan, track.timeline.plan.examples
        low, high = input_range(examples.inputs[:, 0])
        x = np.linspace(low, high, min(CURVE_POINTS, max(16, MOST_WORK // plan.network.size)))
        line = trainer.activations(x[:, None])[unit[0]][:, unit[1]]
        name = unit_name(plan, *unit)
        curves = [Curve(name, x, line, style=track.style)]
        label, told = name, _span(line)
        y_range: tuple[float, float] | None = None
        if unit[0] == len(plan.network.layers) - 1:
            label = examples.target_names[unit[1]]
            data, targets = examples.inputs[:, 0], examples.targets[:, unit[1]]
            answered = found.predictions[:, unit[1]]
            y_range = target_range(targets)
            curves = [_residuals(data, targets, answered, y_range), *curves,
                      Curve("data", data, targets, style=len(session.tracks), kind="points")]  # fmt: skip
            # A line that shoots out of the picture leaves through its edge.
            curves[1] = Curve("fit", x, np.where((line >= y_range[0]) & (line <= y_range[1]), line, np.nan),
                              style=track.style)  # fmt: skip
            if self.cross is not None:
                curves.append(_cross(self.cross, (low, high), y_range, len(session.tracks) + 1))
            error = answered - targets
            told = f"largest residual {number(float(np.abs(error).max()))} · mean {number(_mean(error))}"
        self.plot.show(
            Chart(
                tuple(curves),
                x_range=(low, high),
                y_range=y_range,
                x_label=examples.input_names[0],
                y_label=label,
            )
        )
        self.say(told if self.cross is None else self.cross_reading)


def _held(examples: Examples, vary: list[int], held: Array, room: int) -> str:
    """Which inputs vary, and where the others are held, as many of them as there is room for."""
    names = examples.input_names
    others = [index for index in range(len(names)) if index not in vary]
    told = f"{names[vary[0]]}, {names[vary[1]]} vary; at their mean: "
    for shown in range(min(6, len(others)), 0, -1):
        parts = [f"{names[index]}={number(float(held[index]))}" for index in others[:shown]]
        parts += [f"… {len(others) - shown} more"] if shown < len(others) else []
        if len(told) + len(", ".join(parts)) <= room:
            return told + ", ".join(parts)
    return f"{names[vary[0]]}, {names[vary[1]]} vary · the others are at their mean"


def _mean(errors: Array) -> float:
    """The mean of errors; 0 where it is what rounding has left of them."""
    mean = float(errors.mean())
    return mean if abs(mean) > 1e-12 * float(np.abs(errors).max()) else 0.0


def _cross(
    cross: tuple[float, float], x_range: tuple[float, float], y_range: tuple[float, float], style: int
) -> Curve:
    """Lines through the cross, from edge to edge."""
    x = np.array([*x_range, np.nan, cross[0], cross[0]])
    y = np.array([cross[1], cross[1], np.nan, *y_range])
    return Curve("cross", x, y, style=style, kind="path")


def _residuals(x: Array, targets: Array, answers: Array, y_range: tuple[float, float]) -> Curve:
    """A stroke from each target to the answer, for evenly many of the rows."""
    rows = np.unique(np.linspace(0, len(x) - 1, min(len(x), MOST_RESIDUALS)).astype(np.int64))
    gap = np.full(len(rows), np.nan)
    ends = np.clip(answers[rows], *y_range)
    across = np.column_stack((x[rows], x[rows], gap)).ravel()
    strokes = np.column_stack((targets[rows], ends, gap)).ravel()
    return Curve("", across, strokes, kind="path", faint=True)


def _coarser(x: Array, y: Array, plan: Plan) -> tuple[Array, Array]:
    """The same places, thinned evenly where the network is too large to be asked at all of them."""
    # A unit costs as much as some twenty weights: its activation is a function, its memory is fresh.
    work = plan.network.size + 20 * sum(layer.units for layer in plan.network.layers)
    every = 1
    while -(-len(x) // every) * -(-len(y) // every) * work > MOST_WORK and every < 64:
        every *= 2
    return x[every // 2 :: every], y[every // 2 :: every]


def _threshold(plan: Plan, unit: tuple[int, int], scale: Axis) -> float:
    """The value that parts low answers from high ones."""
    if unit[0] == len(plan.network.layers) - 1 and plan.accuracy_applies:
        return 0.0 if isinstance(plan.output, Tanh) else 0.5
    return 0.0 if scale.low < 0 < scale.high else (scale.low + scale.high) / 2


def _classes(plan: Plan, target: int, middle: float) -> tuple[str, str]:
    """What low and high targets are called."""
    examples = plan.examples
    if examples.one_hot:
        return "others", examples.classes[target]
    if len(examples.classes) == 2:
        return examples.classes[0], examples.classes[1]
    if len(np.unique(examples.targets[:, target])) == 2:
        return number(float(examples.targets[:, target].min())), number(float(examples.targets[:, target].max()))
    return f"<{number(middle)}", f">{number(middle)}"


def _wrong(plan: Plan, found: Evaluation) -> npt.NDArray[np.bool_]:
    """Which rows are answered wrongly; none where an answer cannot be right or wrong."""
    if not plan.accuracy_applies:
        return np.zeros(plan.examples.rows, dtype=bool)
    wrong: npt.NDArray[np.bool_] = ~plan.right(found.scored.T, plan.examples.targets.T)
    return wrong


def _span(values: Array) -> str:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return "no finite answer"
    return f"answers {number(float(finite.min()))} to {number(float(finite.max()))}"
