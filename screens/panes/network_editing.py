"""Editing the network where it is drawn: the value of a marked weight, the units of its layer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from rich.text import Text
from textual.binding import Binding

from nnsim.errors import NnsimError
from nnsim.nn.activations import ACTIVATIONS
from nnsim.nn.network import Dense
from nnsim.nn.parameters import parameter_key
from nnsim.nn.surgery import activated, deepened, resized, shortened
from nnsim.scenario.plan import Plan
from nnsim.scenario.setting_keys import kind_of, merged, parse_value
from nnsim.session.view import View
from nnsim.timeline.run import allowed_parameter
from nnsim.training.trainer import Trainer
from screens.dialogs.basic import TextDialog
from screens.panes.pane_context import ChangeParameter, ChangeSettings, PaneContext

ONLY_MARKED = ("walk", "resize", "deepen", "shorten", "activate", "unmark")


@dataclass
class PickedWeight:
    """The marked weight: its layer, its unit, and its source; the last source is the bias."""

    layer: int = 0
    unit: int = 0
    source: int = 0

    def fit(self, layers: tuple[Dense, ...]) -> Dense:
        """Stays inside a network of these layers.  Returns: the layer that it is in."""
        self.layer = min(self.layer, len(layers) - 1)
        layer = layers[self.layer]
        self.unit = min(self.unit, layer.units - 1)
        self.source = min(self.source, layer.rows - 1)
        return layer


class EditedNetwork(Protocol):
    """A pane in which a network is drawn."""

    view: View | None  # that it drew last

    @property
    def context(self) -> PaneContext:
        """The workbench that it stands in."""

    def changed(self) -> None:
        """Draws the pane again."""


class WeightEditor:
    """Marks a weight; while one is marked, its keys come before the workbench's, and change it or its layer.

    A key of `KEYS` performs the method that its action names: `mark('walk(-1, 0)')`.
    """

    KEYS = (
        Binding("u", "mark('next_unit(1)')", "mark the next unit"),
        Binding("U", "mark('next_unit(-1)')", "mark the previous unit"),
        Binding("i", "mark('next_source(1)')", "next weight into it"),
        Binding("I", "mark('next_source(-1)')", "previous weight into it"),
        Binding("a", "mark('next_layer(1)')", "mark the next layer"),
        Binding("A", "mark('next_layer(-1)')", "mark the layer before"),
        Binding("enter", "mark('edit_weight')", "mark / change a weight"),
        Binding("left", "mark('walk(-1, 0)')", "marked: layer before"),
        Binding("right", "mark('walk(1, 0)')", "marked: next layer"),
        Binding("up", "mark('walk(0, -1)')", "marked: previous unit"),
        Binding("down", "mark('walk(0, 1)')", "marked: next unit"),
        Binding("plus,equals_sign", "mark('resize(1)')", "marked: one unit more"),
        Binding("minus", "mark('resize(-1)')", "marked: one unit fewer"),
        Binding("asterisk", "mark('deepen')", "marked: one layer more"),
        Binding("slash", "mark('shorten')", "marked: layer goes"),
        Binding("t", "mark('activate(1)')", "marked: activation"),
        Binding("T", "mark('activate(-1)')", "marked: one back"),
        Binding("escape", "mark('unmark')", "marked: mark nothing"),
    )

    def __init__(self, pane: EditedNetwork) -> None:
        self._pane = pane
        self.picked: PickedWeight | None = None
        self._layers: tuple[Dense, ...] = ()  # of the network that was drawn last

    def keep(self, layers: tuple[Dense, ...]) -> None:
        """Keeps the mark inside a network of these layers, which is drawn now."""
        self._layers = layers
        if self.picked is not None:
            self.picked.fit(layers)

    @property
    def editing(self) -> bool:
        return self.picked is not None

    @property
    def footer(self) -> tuple[str, ...]:
        """The keys that the footer names first."""
        if not self.editing:
            return ()
        return (
            "← → ↑ ↓ walk",
            "i weight",
            "enter change it",
            "+ - unit",
            "* / layer",
            "t activation",
            "esc unmark",
        )

    def applies(self, action: str) -> bool:
        """Whether a key's action means something: without a mark most of them are the workbench's."""
        return self.editing or not action.startswith(ONLY_MARKED)

    def next_source(self, by: int) -> None:
        """Marks another weight into the marked unit; the first press marks the first weight, here and below."""
        if picked := self._picked():
            picked.source = (picked.source + by) % self._layers[picked.layer].rows
        self._pane.changed()

    def next_layer(self, by: int) -> None:
        if picked := self._picked():
            picked.layer = (picked.layer + by) % len(self._layers)
            picked.unit = picked.source = 0
        self._pane.changed()

    def next_unit(self, by: int) -> None:
        """Marks another unit: all units of all layers are one row."""
        if picked := self._picked():
            layers = self._layers
            picked.unit += by
            if not 0 <= picked.unit < layers[picked.layer].units:
                picked.layer = (picked.layer + (1 if by > 0 else -1)) % len(layers)
                picked.unit = 0 if by > 0 else layers[picked.layer].units - 1
            picked.source = min(picked.source, layers[picked.layer].rows - 1)
        self._pane.changed()

    def _picked(self) -> PickedWeight | None:
        """The mark, inside the network that was drawn last; where there is none yet, marks the first weight."""
        if self.picked is None or not self._layers:
            self.picked = PickedWeight()
            return None
        self.picked.fit(self._layers)  # it may have become smaller while the pane was folded away
        return self.picked

    def mark(self, layer: int, unit: int) -> None:
        """Marks a weight into a unit, from the source that is marked already, if there is such a weight."""
        self.picked = PickedWeight(layer, unit, self.picked.source if self.picked else 0)
        self._pane.changed()

    def unmark(self) -> None:
        self.picked = None
        self._pane.changed()

    @property
    def _plan(self) -> Plan | None:
        """The plan of the run that was drawn last; the mark stays inside its network."""
        plan = None if self._pane.view is None else self._pane.view.focused.timeline.plan
        if plan is not None and self.picked is not None:
            self.picked.fit(plan.network.layers)
        return plan

    @property
    def _layer(self) -> int:
        return 0 if self._plan is None or self.picked is None else self.picked.layer

    def walk(self, layers: int, units: int) -> None:
        count, plan, picked = self._pane.context.take_count(), self._plan, self.picked
        if plan is not None and picked is not None:
            every = plan.network.layers
            layer = (picked.layer + layers * count) % len(every)
            self.mark(layer, (picked.unit + units * count) % every[layer].units)

    def resize(self, by: int) -> None:
        count, layer = self._pane.context.take_count() * by, self._layer
        self._change(lambda view: resized(view.focused.timeline.plan.model, layer, count))

    def deepen(self) -> None:
        layer = self._layer
        self._change(lambda view: deepened(view.focused.timeline.plan.model, layer))

    def shorten(self) -> None:
        layer = self._layer
        self._change(lambda view: shortened(view.focused.timeline.plan.model, layer))

    def activate(self, by: int) -> None:
        layer = self._layer
        self._change(lambda view: _next_activation(view, layer, by))

    def edit_weight(self) -> None:
        """Marks a weight; where one is marked, asks for another value."""
        plan, picked = self._plan, self.picked
        if self._pane.view is None or plan is None or picked is None:
            self.mark(0, 0)
            return
        layer = plan.network.layers[picked.layer]
        key = parameter_key(layer, picked.source, picked.unit)
        view = self._pane.context.pause(self._pane.view)
        track = view.focused
        step = view.step_of(track)
        if track.missing(step) > track.timeline.checkpoints.quick:
            self._pane.context.tell("The weights of this step are still being trained again: wait for the picture.")
            return
        trainer = track.trainer_at(step)
        value = float(layer.view(trainer.parameters)[picked.source, picked.unit])
        phase = view.phase_of(track)
        lines = self.weight_lines(plan, track.trainer_at(step, phase), step + (phase >= 3), step, repr)
        reading = "\n".join(line.plain for line in lines)

        def complaint(text: str) -> str | None:
            try:
                allowed_parameter(plan, key, parse_value(text.strip()))
            except NnsimError as error:
                return str(error)
            return None

        def change(text: str | None) -> None:
            if text is not None and parse_value(text.strip()) != value:
                self._pane.context.carry_out(ChangeParameter(key, parse_value(text.strip())))

        self._pane.context.ask(TextDialog(key, reading, repr(value), check=complaint), change)

    def _change(self, settings: Callable[[View], Mapping[str, Any]]) -> None:
        """Changes settings of the network, with which the run begins again."""
        self._pane.context.carry_out(ChangeSettings(settings))

    @property
    def most_weights(self) -> int:
        """How many weights there are between two layers, at most."""
        return max((layer.inputs * layer.units for layer in self._layers), default=0)

    def weight_lines(
        self,
        plan: Plan,
        trainer: Trainer,
        computed: int,
        step: int,
        write: Callable[[float], str] = "{:.6g}".format,
    ) -> list[Text]:
        """The marked weight, its gradient and its change, formatted by `write`.

        Args: computed: the step that the gradient is of, 0 for none. step: the steps that are done.
        """
        assert self.picked is not None
        picked = self.picked
        layer = picked.fit(plan.network.layers)
        place = (picked.source, picked.unit)
        bias = picked.source == layer.inputs
        source = "bias" if bias else unit_names(plan, picked.layer, slice(picked.source, picked.source + 1))[0]
        unit = unit_names(plan, picked.layer + 1, slice(picked.unit, picked.unit + 1))[0]
        named = picked.layer == 0 and not plan.network.convolves  # else a pixel of a map, by its number
        origin = "bias" if bias else f"from {source if named else f'unit {source}'}"
        lines = [Text(f"{layer.name}: {origin} to unit {unit}", "bold")]
        lines.append(Text(f"value    {write(float(layer.view(trainer.parameters)[place]))}"))
        if not plan.solver.uses_gradient:
            lines.append(Text("gradient none: this solver computes none", "dim"))
        elif computed:
            lines.append(Text(f"gradient {write(float(layer.view(trainer.gradient)[place]))} in step {computed:,}"))
        else:
            lines.append(Text("gradient none yet: no step taken", "dim"))
        if step:
            lines.append(Text(f"change   {write(0.0 - float(layer.view(trainer.change)[place]))} in step {step:,}"))
        else:
            lines.append(Text("change   none yet", "dim"))
        return lines


def unit_names(plan: Plan, index: int, span: slice) -> tuple[str, ...]:
    """Names of units: inputs (index 0) and outputs as in the data, hidden ones by number."""
    if index == 0 and not plan.network.convolves:
        return plan.feature_names[span]
    if index == len(plan.network.layers):
        return plan.examples.target_names[span]
    return tuple(str(number) for number in range(span.start + 1, span.stop + 1))


def _next_activation(view: View, layer: int, by: int) -> dict[str, Any]:
    """The settings with the next activation that the plan allows."""
    timeline = view.focused.timeline
    kinds, now = sorted(ACTIVATIONS), kind_of(timeline.plan.network.layers[layer].activation)
    complaint: NnsimError | None = None
    for number in range(1, len(kinds)):
        kind = kinds[(kinds.index(now) + by * number) % len(kinds)]
        settings = activated(timeline.plan.model, layer, kind)
        try:
            timeline.scenario.plan(timeline.variant, merged(timeline.settings, settings))
        except NnsimError as error:
            complaint = complaint or error
        else:
            return settings
    assert complaint is not None
    raise complaint
