"""The network as a drawing: the activations of every unit for a row of data, and every weight or gradient."""

import numpy as np
from textual.actions import parse
from textual.app import ComposeResult
from textual.binding import Binding

from nnsim.nn.arrays import Array
from nnsim.nn.benchmark_functions import PlaneFunction
from nnsim.scenario.plan import Plan
from nnsim.session.view import View
from nnsim.training.trainer import PHASES, Trainer
from screens.panes.image_grid import feature_maps, picture_of_row, slope_maps
from screens.panes.network_editing import PickedWeight, WeightEditor, unit_names
from screens.panes.pane import AROUND_READING, EditingPane
from screens.panes.pane_context import INSIDE
from screens.plots import Diagram, MapRows, Matrix, PlotWidget, Units, number
from screens.plots.diagram import room
from screens.plots.images import inset_columns
from screens.widgets.lines import Lines

WIDEST_DRAWN = 600  # weights between two layers; more than these are shown as a matrix
MOST_POOLED = 500_000  # weights of a matrix that are pooled at once
READING_LINES = 4
MOST_NAMED = 5  # inputs of a row that are written beside its answer
NEAR_ROWS = 16  # in which one is looked for that has more than zeros


class NetworkPane(EditingPane):
    """Units in columns with weights between them; `↑` `↓` choose the row of data, `d` switches to gradients. In the
    backward phase it draws gradients by itself. A network that reads pictures is drawn as its kernels and maps."""

    kind = "network"
    needs = INSIDE
    scrolls = True
    BINDINGS = [
        Binding("d", "gradient", "weights / gradients"),
        Binding("h", "matrix", "drawing, maps / matrix"),
        *WeightEditor.KEYS,
    ]

    def __init__(self) -> None:
        super().__init__()
        self.plot, self.reading = PlotWidget(Diagram()), Lines()
        self.reading.styles.height = READING_LINES
        self.reading.display = False
        self.marked = WeightEditor(self)
        self.row = 0
        self.row_asked = False  # else it is the first in which something goes in
        self.asked_gradient: bool | None = None  # None: gradients in the phase that makes them, else weights
        self.shows_gradient = False
        self.as_matrix: bool | None = None  # None: whatever suits the network

    def compose(self) -> ComposeResult:
        yield self.plot
        yield self.reading

    def scroll(self, by: int) -> None:
        self.row, self.row_asked = self.row + by, True
        self.changed()

    def choose_row(self, row: int) -> None:
        self.row, self.row_asked = row, True
        self.changed()

    @property
    def editing(self) -> bool:
        return self.marked.editing

    @property
    def editing_keys(self) -> tuple[str, ...]:
        return self.marked.footer

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "mark" and not self.marked.applies(str(parameters[0])):
            return False
        return super().check_action(action, parameters)

    def action_mark(self, action: str) -> None:
        """Marks a weight, or changes what is marked, such as `walk(-1, 0)`."""
        _, name, arguments = parse(action)
        getattr(self.marked, name)(*arguments)

    def action_gradient(self) -> None:
        self.asked_gradient = not self.shows_gradient
        self.changed()

    def action_matrix(self) -> None:
        self.as_matrix = not self._suits_matrix() if self.as_matrix is None else not self.as_matrix
        self.changed()

    def update_from(self, view: View) -> None:
        self.view = view
        self.title_with_run(view)
        track = view.focused
        plan, step, phase = track.timeline.plan, view.step_of(track), view.phase_of(track)
        self.marked.keep(plan.network.layers)
        self.row = self.row % plan.examples.rows if self.row_asked else telling_row(plan.examples.inputs)
        backward = phase == len(PHASES) - 1 and plan.solver.uses_gradient
        self.shows_gradient = backward if self.asked_gradient is None else self.asked_gradient
        # The arrays of the last step are looked at where gradients are, or a weight is marked; else values alone.
        looks_inside = self.shows_gradient or self.marked.picked is not None
        trainer = track.trainer_at(step, phase) if looks_inside else track.asked_at(step, phase)
        # The gradient at hand belongs to the step under way from its backward phase on.
        computed = step + (phase >= 3)
        self.reading.display = self.marked.picked is not None
        if self.shows_gradient and not plan.solver.uses_gradient:
            self.plot.show(Diagram(empty="this solver computes no gradient (d: weights)"))
        elif self.shows_gradient and not computed:
            self.plot.show(Diagram(empty="no gradient yet: press → or . (d: weights)"))
        else:
            self.plot.show(self._drawn(plan, trainer, f"dC/dw, step {computed:,}"))
        if self.marked.picked is not None:
            self.reading.show(self.marked.weight_lines(plan, trainer, computed, step))
        self.set_reading(self._row_named(plan, trainer))

    def _drawn(self, plan: Plan, trainer: Trainer, gradient: str) -> Diagram | Matrix | MapRows:
        """The picture: of a network that reads pictures its maps, where no weight of its dense layers is marked."""
        matrix = self._suits_matrix() if self.as_matrix is None else self.as_matrix
        if plan.network.convolves and not matrix and self.marked.picked is None:
            if self.shows_gradient:
                return slope_maps(plan, trainer, self.row, self._column(trainer))
            return feature_maps(plan, trainer, self.row)
        draw = self._matrix if matrix or plan.network.convolves else self._diagram
        return draw(plan, trainer, gradient if self.shows_gradient else "weights")

    def _suits_matrix(self) -> bool:
        if self.view is not None and self.view.focused.timeline.plan.network.convolves:
            return False  # its maps say more
        return self.marked.most_weights > WIDEST_DRAWN

    def _row_named(self, plan: Plan, trainer: Trainer) -> str:
        examples = plan.examples
        if self.shows_gradient and self._column(trainer) is None:
            row = f"row {self.row + 1:,}/{examples.rows:,} is not in this batch"
            return row if trainer.entered is None else f"{row} · dC/dz: sum over it"
        answer = examples.in_units(trainer.predict(examples.inputs[self.row : self.row + 1]))[0]
        target = examples.in_units(examples.targets[self.row : self.row + 1])[0]
        wanted = float(target[0])
        result = f"{number(float(answer[0]))}, target {examples.class_name(wanted) or number(wanted)}"
        if isinstance(plan.loss, PlaneFunction):
            result = ", ".join(
                f"{name} {number(value)}"
                for name, value in zip(examples.target_names, answer.tolist(), strict=True)
            )
        elif len(target) > 1:
            best, right = int(np.argmax(answer)), int(np.argmax(target))
            result = f"most {examples.target_names[best]}, target {examples.target_names[right]}"
        row = f"row {self.row + 1:,}/{examples.rows:,}"
        values = ": " + " ".join(number(value) for value in examples.inputs[self.row].tolist())
        room = self.outer_size.width - AROUND_READING - len(f"{row} → {result}")
        if examples.inputs.shape[1] <= MOST_NAMED and len(values) <= room:
            row += values
        return f"{row} → {result}"

    def _values(self, plan: Plan, trainer: Trainer) -> list[Array]:
        """The value at each unit, layer by layer: activations, or dC/dz where gradients are drawn. For a row
        outside the batch that is the sum of dC/dz over the batch."""
        row = slice(self.row, self.row + 1)
        if not self.shows_gradient:
            return [one[0] for one in trainer.activations(plan.examples.inputs[row])]
        entered, column = trainer.entered, self._column(trainer)
        if entered is None:
            return [np.full(layer.units, np.nan) for layer in plan.network.layers]
        if column is None:
            return [one.delta.sum(axis=1) for one in entered.layers]
        return [one.delta[:, column].copy() for one in entered.layers]

    def _column(self, trainer: Trainer) -> int | None:
        """The place of the chosen row in the step's batch; None where it is not in it."""
        if trainer.entered is None:
            return None
        same = trainer.entered_rows == self.row
        return int(np.argmax(same)) if same.any() else None

    def _diagram(self, plan: Plan, trainer: Trainer, label: str) -> Diagram:
        layers, examples = plan.network.layers, plan.examples
        flat = trainer.gradient if self.shows_gradient else trainer.parameters
        inset, (width, height) = picture_of_row(plan, self.row), self.plot.content_size
        columns, units = room(width - inset_columns(inset, width, height), height, len(layers) + 1)
        picked = self.marked.picked
        here = picked.layer + 1 if picked else 0
        first = max(0, min(here - columns // 2, len(layers) + 1 - columns))
        visible = range(first, first + columns)
        inputs = trainer.prepare(examples.inputs[self.row : self.row + 1])[0]
        values = self._values(plan, trainer)
        parts: list[Units] = []
        spans: list[slice] = []
        for index in visible:
            count = layers[index - 1].units if index else plan.network.inputs
            mark = None
            if picked and index == here:
                mark = picked.unit
            elif picked and index == here - 1 and picked.source < count:
                mark = picked.source
            span = window(count, units, mark)
            spans.append(span)
            biases = layers[index - 1].biases(flat) if index else None
            all_values = values[index - 1] if index else inputs
            parts.append(
                Units(
                    title=column_title(plan, index, self.shows_gradient),
                    names=unit_names(plan, index, span),
                    values=np.array(all_values[span]),
                    biases=None if biases is None else np.array(biases[span]),
                    more_above=span.start,
                    more_below=count - span.stop,
                    picked=None if mark is None or index == here - 1 else mark - span.start,
                )
            )
        weights = [
            np.array(layers[index].weights(flat)[spans[at], spans[at + 1]])
            for at, index in enumerate(range(first, first + columns - 1))
        ]
        marked = None
        if picked and picked.source < layers[picked.layer].inputs and first <= picked.layer < first + columns - 1:
            gap = picked.layer - first
            marked = (gap, picked.source - spans[gap].start, picked.unit - spans[gap + 1].start)
        return Diagram(
            tuple(parts),
            tuple(weights),
            marked,
            inset=inset,
            before=first,
            after=len(layers) + 1 - columns - first,
            label=label,
            unit_label="dC/dz" if self.shows_gradient else "units",
        )

    def _matrix(self, plan: Plan, trainer: Trainer, label: str) -> Matrix:
        picked = self.marked.picked or PickedWeight()
        layer = plan.network.layers[picked.layer]
        flat = trainer.gradient if self.shows_gradient else trainer.parameters
        columns = window(
            layer.units, max(1, MOST_POOLED // layer.rows), picked.unit if self.marked.picked else None
        )
        index = picked.layer
        names = unit_names(plan, index, slice(0, layer.inputs)) + (("bias",) if layer.bias else ())
        return Matrix(
            np.array(layer.view(flat)[:, columns]),
            names,
            first_column=columns.start + 1,
            picked=(picked.source, picked.unit - columns.start) if self.marked.picked else None,
            label=f"{layer.name} {layer.inputs}-{layer.units}, {label}",
            inset=picture_of_row(plan, self.row),
        )


def telling_row(inputs: Array) -> int:
    """The first row that is not all zeros, if one is near: zeros go through no weight."""
    return int(np.argmax(inputs[:NEAR_ROWS].any(axis=1)))


def window(count: int, most: int, mark: int | None) -> slice:
    """Which of so many units to draw in so much room: those around the marked one, and two rows for the rest."""
    if count <= most:
        return slice(0, count)
    most = max(1, most - 2)
    start = 0 if mark is None else max(0, min(mark - most // 2, count - most))
    return slice(start, start + most)


def column_title(plan: Plan, index: int, gradient: bool) -> str:
    """The title of a column: the inputs, or a layer with its activation or what is drawn in its place."""
    if index == 0:
        return "standardized inputs" if plan.data.standardize else "scaled inputs" if plan.data.scales else "inputs"
    layer = plan.network.layers[index - 1]
    return f"{layer.name} {'dC/dz' if gradient else type(layer.activation).__name__.lower()}"
