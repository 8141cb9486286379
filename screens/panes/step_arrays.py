"""The arrays of the phase under the cursor, and the formula between them."""

import textwrap
from collections.abc import Iterator

from rich.text import Text

from nnsim.nn.arrays import Array
from nnsim.nn.layers import Dense
from nnsim.nn.network import BoundLayer
from nnsim.nn.parameters import PREFIX, names_parameter, parameter_index
from nnsim.scenario.setting_keys import setting_text
from nnsim.session.view import TrackView, View
from nnsim.training.trainer import PHASES, Trainer
from screens.panes.pane import LinesPane
from screens.panes.pane_context import INSIDE
from screens.plots import number

MOST_ROWS, MOST_COLUMNS = 16, 8
COLUMN, MORE = 8, " …"  # characters of a number; what stands for those that are left out
MEANING = {
    "forward": "the batch goes through the layers, from the inputs to the answer",
    "loss": "the answers are compared with the targets",
    "backward": "the chain rule carries the error back to every weight",
    "update": "every weight moves against its gradient",
}
GUESSING = {
    "forward": "a guess of all parameters answers the rows",
    "loss": "the guess is judged by its loss",
    "backward": "random search computes no gradient: nothing happens here",
    "update": "the guess is kept where it is the best so far",
}


class ArraysPane(LinesPane):
    """The numbers inside the four phases of a step, for the focused run."""

    kind = "arrays"
    needs = INSIDE

    def update_from(self, view: View) -> None:
        self.title_with_run(view)
        track, step, phase = view.focused, view.step_of(view.focused), view.phase_of(view.focused)
        if step == 0 and phase == 0:
            self.lines.show(list(self._start(track, max(self.content_size.width, 20))))
            self.set_reading("step 1 comes next: press .")
            return
        done = phase or len(PHASES)
        trainer = track.trainer_at(step if phase else step - 1, done)
        name = PHASES[done - 1]
        meaning = MEANING if track.timeline.plan.solver.uses_gradient else GUESSING
        width = max(self.content_size.width, 20)
        lines = [Text(line, "bold") for line in textwrap.wrap(f"{name}: {meaning[name]}", width)]
        if not phase:
            lines += _by_hand(track, step, trainer.parameters, width)
            if track.timeline.plan.solver.uses_gradient:
                lines.append(Text(f"learning rate {number(track.timeline.record(step)['learning_rate'])}", "bold"))
        lines += {"forward": _forward, "loss": _loss, "backward": _backward, "update": _update}[name](
            trainer, width
        )
        self.lines.show(lines)
        self.set_reading(f"step {view.cursor.showing:,}, phase {done} of 4")

    def _start(self, track: TrackView, width: int) -> Iterator[Text]:
        yield Text("start: parameters as drawn", "bold")
        given = track.timeline.commands_at(0)
        drawn = track.before_commands(0) if given else track.trainer_at(0).parameters
        yield from _by_hand(track, 0, drawn, width)
        for layer in track.timeline.plan.network.layers:
            yield from matrix(f"W of {layer.name}", layer.weights(drawn), width)


def matrix(title: str, values: Array, width: int) -> Iterator[Text]:
    """A titled table of numbers, cut between two of them where it is large."""
    rows, columns = values.shape
    yield Text(f"{title}  ({rows} x {columns})", "bold")
    count = min(columns, MOST_COLUMNS)
    if count < columns or (COLUMN + 1) * count - 1 > width:
        count = max(1, min(count, (width - len(MORE) + 1) // (COLUMN + 1)))
    more = MORE if count < columns else ""
    for row in values[:MOST_ROWS]:
        yield Text(" ".join(f"{number(float(value)):>{COLUMN}}" for value in row[:count]) + more)
    if rows > MOST_ROWS:
        yield Text(f"… {rows - MOST_ROWS:,} more rows", "dim")


def _layers(trainer: Trainer) -> tuple[BoundLayer, ...]:
    assert trainer.entered is not None
    return trainer.entered.layers


def _forward(trainer: Trainer, width: int) -> Iterator[Text]:
    for index, bound in enumerate(_layers(trainer), start=1):
        source = "x" if index == 1 else f"a{index - 1}"
        if not isinstance(bound.layer, Dense):
            yield from matrix(f"a{index} = {type(bound.layer).__name__.lower()}({source})", bound.outputs.T, width)
            continue
        bias = f" + b{index}" if bound.layer.bias else ""
        activation = type(bound.layer.activation).__name__.lower()
        yield from matrix(f"z{index} = {source} W{index}{bias}", bound.z.T, width)
        yield from matrix(f"a{index} = {activation}(z{index})", bound.outputs.T, width)


def _loss(trainer: Trainer, width: int) -> Iterator[Text]:
    last, network = _layers(trainer)[-1], trainer.entered
    assert network is not None
    value = network.value()
    index = len(network.layers)
    yield Text(f"C = {number(value)}", "bold")
    yield from matrix(f"a{index} - y", (network.outputs - network.targets).T, width)
    if trainer.plan.solver.uses_gradient:
        yield from matrix(f"dC/dz{index}", last.delta.T, width)


def _backward(trainer: Trainer, width: int) -> Iterator[Text]:
    if not trainer.plan.solver.uses_gradient:
        return
    layers = _layers(trainer)
    for index in range(len(layers), 0, -1):
        bound = layers[index - 1]
        source = "x" if index == 1 else f"a{index - 1}"
        if index < len(layers):
            yield from matrix(
                f"dC/dz{index} = (dC/dz{index + 1} W{index + 1}.T) * f'(z{index})", bound.delta.T, width
            )
        if not isinstance(bound.layer, Dense):
            continue
        rows = " (last row: b)" if bound.layer.bias else ""
        yield from matrix(f"dC/dW{index} = {source}.T dC/dz{index}{rows}", bound.gradient, width)


def _by_hand(track: TrackView, step: int, made: Array, width: int) -> Iterator[Text]:
    """What a person has set behind a step.  Args: made: the parameters before that."""
    network = track.timeline.plan.network
    for one in track.timeline.commands_at(step):
        if names_parameter(one.key):
            before = number(float(made[parameter_index(network, one.key)]))
            text = f"{one.key.removeprefix(PREFIX)} from {before} to {number(one.value)}"
        else:
            text = f"{one.key} = {setting_text(one.value)} from step {step + 1:,} on"
        for line in textwrap.wrap(f"then set by hand: {text}", width, subsequent_indent="  "):
            yield Text(line, "bold")


def _update(trainer: Trainer, width: int) -> Iterator[Text]:
    for index, layer in enumerate(trainer.plan.network.layers, start=1):
        rows = " (last row: b)" if layer.bias else ""
        yield from matrix(f"change of W{index}{rows}", -layer.view(trainer.change), width)
        yield from matrix(f"W{index} after the step", layer.view(trainer.parameters), width)
