"""The network's answer over the plane of two inputs, with the data on it; any unit's, too."""

from dataclasses import replace

import numpy as np
from textual.actions import parse
from textual.app import ComposeResult
from textual.binding import Binding

from nnsim.data.examples import Examples
from nnsim.data.splits import most_varied
from nnsim.nn.arrays import Array
from nnsim.scenario.plan import Plan
from nnsim.session.view import View
from nnsim.training.records import Evaluation
from nnsim.training.trainer import Trainer
from screens.panes.activation_maps import (
    ToneScales,
    Unit,
    all_units,
    classes_of,
    coarser,
    held_out,
    input_range,
    is_output,
    plane,
    span,
    threshold_of,
    unit_name,
    unit_of,
    wrong_rows,
)
from screens.panes.fitted_curve import fitted_curve
from screens.panes.hidden_space import HiddenSpace
from screens.panes.pane import AROUND_READING, EditingPane, run_suffix
from screens.panes.pane_context import ANSWERS
from screens.panes.point_editing import PointEditor
from screens.plots import Heat, PlotWidget, number
from screens.plots.heat import grid


class DecisionPane(EditingPane):
    """One unit over the input plane, smooth or in two tones (`d`), all units (`t`), or the plane as a hidden layer
    bends it (`h`). `↑` `↓` choose the unit, `i` `o` the inputs; of a bent layer, units across and upwards."""

    kind = "decision"
    needs = ANSWERS
    scrolls = True
    BINDINGS = [
        Binding("u", "unit(1)", "next unit (also ↓)"),
        Binding("U", "unit(-1)", "previous unit (also ↑)"),
        Binding("d", "discretize", "smooth / two tones"),
        Binding("k", "scale", "tones: fitted / whole range"),
        Binding("t", "tiles", "all units at once / one"),
        Binding("h", "hidden", "as a hidden layer bends it"),
        Binding("i", "input(0, 1)", "next input across"),
        Binding("I", "input(0, -1)", "previous input across"),
        Binding("o", "input(1, 1)", "next input upwards"),
        Binding("O", "input(1, -1)", "previous input upwards"),
        *PointEditor.KEYS,
    ]

    def __init__(self) -> None:
        super().__init__()
        self.plot = PlotWidget()
        self.inputs = [0, 1]  # those that the picture shows across and up
        self.points = PointEditor(self)
        self.unit = 0  # counted from the first output on
        self._chosen_for = 0  # so many inputs of the data set, of which two were chosen
        self.discretized = False
        self.warp = HiddenSpace()
        self._count = 2  # inputs of the network last shown
        self.scales = ToneScales()
        self.tiled = False  # all units at once

    def compose(self) -> ComposeResult:
        yield self.plot

    def scroll(self, by: int) -> None:
        self.action_unit(by)

    def forget(self) -> None:
        super().forget()
        self.scales.clear()

    @property
    def editing(self) -> bool:
        return self.points.editing

    @property
    def editing_keys(self) -> tuple[str, ...]:
        return ("↑ ↓ unit", "enter this one large") if self.tiled else self.points.footer

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "points" and not self.points.applies(str(parameters[0])):
            return False
        return super().check_action(action, parameters)

    def action_points(self, action: str) -> None:
        """Edits points, such as `move(1, 0)`; of all units at once, draws the marked one large."""
        if self.tiled and action == "put_cross":
            self.action_tiles()
        else:
            _, name, arguments = parse(action)
            getattr(self.points, name)(*arguments)

    def action_tiles(self) -> None:
        self.tiled = not self.tiled
        self.warp.layer = None
        self.points.drop()
        self.changed()

    def action_unit(self, by: int) -> None:
        if self.warp.on:
            self.warp.turn(by)
        else:
            self.unit += by
        self.changed()

    def action_hidden(self) -> None:
        """Goes on to the next hidden layer, and from the last one back to the plane of the inputs."""
        if not self.warp.next_layer():
            self.tell("This network has no hidden layer of two units.")
        self.tiled = self.tiled and not self.warp.on
        self.plot.forget_limits()
        self.changed()

    def action_discretize(self) -> None:
        self.discretized = not self.discretized
        self.changed()

    def action_scale(self) -> None:
        """Switches the tones between the unit's whole range and its answers, or says why not."""
        assert self.view is not None
        plan = self.view.focused.timeline.plan
        if self.warp.on or (plan.examples.inputs.shape[1] == 1 and not self.tiled):
            self.tell(f"There are no tones here{' (h goes back to them)' * self.warp.on}.")
            return
        self.tell(self.scales.switch(plan, unit_of(plan.network, self.unit)))
        self.changed()

    def action_input(self, axis: int, by: int) -> None:
        """Varies another input, never the same along both axes; of a hidden layer, another unit."""
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

    def update_from(self, view: View) -> None:
        self.view = view
        self.points.keep()
        if self.points.cross is not None:  # over the answers, with the first input across
            self.unit, self.inputs = 0, [0, 1]
        track = view.focused
        plan = track.timeline.plan
        self._count = plan.examples.inputs.shape[1]
        self._choose_inputs(plan.examples.inputs)
        self.warp.fit(plan)
        if self.warp.on:
            trainer = track.asked_at(view.step_of(track), view.phase_of(track))
            picture, reading = self.warp.picture(plan, trainer, (self.inputs[0], self.inputs[1]))
            self.set_title(f"{self.title} · inputs as {self.warp.name} sees them", run_suffix(view))
            self.plot.show(picture)
            self.set_reading(reading)
            return
        units = sum(layer.units for layer in plan.network.layers)
        self.unit %= units
        unit = unit_of(plan.network, self.unit)
        if self.tiled:
            self._show_tiles(view, unit)
            return
        place = f" ({self.unit + 1}/{units})" if units > 1 else ""
        self.set_title(f"{self.title} · {unit_name(plan, *unit)}{place}", run_suffix(view))
        step = view.step_of(track)
        found = track.evaluation(step)
        trainer = track.asked_at(step, view.phase_of(track))
        if plan.examples.inputs.shape[1] == 1:
            picture, reading = fitted_curve(view, trainer, unit, found, self.points.cross)
            self.plot.show(picture)
            self.set_reading(reading if self.points.cross is None else self.points.reading)
        else:
            self._show_plane(plan, trainer, unit, found)

    def _choose_inputs(self, rows: Array) -> None:
        """Chooses the two inputs of other data that vary the most."""
        if self._chosen_for != rows.shape[1]:
            self.inputs = most_varied(rows) if rows.shape[1] > 2 else [0, 1]
        self._chosen_for = count = rows.shape[1]
        self.inputs = [index % count for index in self.inputs]
        if self.inputs[0] == self.inputs[1]:
            self.inputs = [0, min(1, count - 1)]

    def _show_plane(self, plan: Plan, trainer: Trainer, unit: Unit, found: Evaluation) -> None:
        examples, (across, up) = plan.examples, self.inputs
        target = unit[1] if is_output(plan, unit) else 0
        targets = examples.targets[:, target]
        middle = float(targets.min() + targets.max()) / 2
        held_rows, held_name = held_out(trainer)
        picture = Heat(
            np.full((1, 1), np.nan),
            input_range(examples.inputs[:, across]),
            input_range(examples.inputs[:, up]),
            discretized=self.discretized,
            points_x=examples.inputs[:, across],
            points_y=examples.inputs[:, up],
            points_high=targets > middle,
            points_wrong=wrong_rows(plan, unit, found),
            points_held=held_rows,
            held_name=held_name,
            classes=classes_of(plan, target, middle),
            x_label=examples.input_names[across],
            y_label=examples.input_names[up],
            cross=self.points.cross,
            grabbed=self.points.grabbed is not None,
        )
        x, y = coarser(*grid(picture, *self.plot.content_size), plan)
        held = examples.inputs.mean(axis=0)
        values = picture.values
        if len(x) and len(y):
            values = plane(trainer, (across, up), x, y, held, unit)
        scale, fitted = self.scales.of(plan, unit, values)
        tones = np.array([scale.low, scale.high, threshold_of(plan, unit, scale)])
        if is_output(plan, unit):
            values, tones = examples.in_unit(values, target), examples.in_unit(tones, target)
        low, high, threshold = tones.tolist()
        self.plot.show(replace(picture, values=values, scale=(low, high), fitted=fitted, threshold=threshold))
        reading = span(values)
        if plan.examples.inputs.shape[1] > 2:
            reading = _held(examples, self.inputs, held, self.outer_size.width - AROUND_READING)
        self.set_reading(reading if self.points.cross is None else self.points.reading)

    def _show_tiles(self, view: View, unit: Unit) -> None:
        track = view.focused
        plan = track.timeline.plan
        trainer = track.asked_at(view.step_of(track), view.phase_of(track))
        picture, reading = all_units(
            trainer, (self.inputs[0], self.inputs[1]), unit, self.scales, self.discretized, self.plot.content_size
        )
        self.set_title(f"{self.title} · all units", run_suffix(view))
        self.plot.show(picture)
        name, brief = unit_name(plan, *unit), reading.removeprefix("answers ")
        forms = (f"{name}: {reading}", f"{name}: {brief}", f"{name.removeprefix('output ')}: {brief}", reading)
        room = self.outer_size.width - AROUND_READING
        self.set_reading(next((one for one in forms if len(one) <= room), brief))


def _held(examples: Examples, vary: list[int], held: Array, room: int) -> str:
    """Names the inputs that vary, and the values of the others, as many as there is room for."""
    names = examples.input_names
    others = [index for index in range(len(names)) if index not in vary]
    text = f"{names[vary[0]]}, {names[vary[1]]} vary; at their mean: "
    for count in range(min(6, len(others)), 0, -1):
        parts = [f"{names[index]}={number(float(held[index]))}" for index in others[:count]]
        parts += [f"… {len(others) - count} more"] if count < len(others) else []
        if len(text) + len(", ".join(parts)) <= room:
            return text + ", ".join(parts)
    return f"{names[vary[0]]}, {names[vary[1]]} vary · the others are at their mean"
