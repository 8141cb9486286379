"""Editing the network where it is drawn: the value of a marked weight, the units of its layer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
from screens.panes.pane import EditingPane
from screens.panes.pane_context import ChangeParameter

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


class NetworkEditing(EditingPane):
    """A pane in which a weight can be marked; while one is, its editing keys come before the workbench's."""

    BINDINGS = [
        Binding("u", "pick('unit', 1)", "mark the next unit"),
        Binding("U", "pick('unit', -1)", "mark the previous unit"),
        Binding("i", "pick('source', 1)", "next weight into it"),
        Binding("I", "pick('source', -1)", "previous weight into it"),
        Binding("a", "pick('layer', 1)", "mark the next layer"),
        Binding("A", "pick('layer', -1)", "mark the layer before"),
        Binding("enter", "edit_weight", "mark / change a weight"),
        Binding("left", "walk(-1, 0)", "marked: layer before"),
        Binding("right", "walk(1, 0)", "marked: next layer"),
        Binding("up", "walk(0, -1)", "marked: previous unit"),
        Binding("down", "walk(0, 1)", "marked: next unit"),
        Binding("plus,equals_sign", "resize(1)", "marked: one unit more"),
        Binding("minus", "resize(-1)", "marked: one unit fewer"),
        Binding("asterisk", "deepen", "marked: one layer more"),
        Binding("slash", "shorten", "marked: layer goes"),
        Binding("t", "activate(1)", "marked: activation"),
        Binding("T", "activate(-1)", "marked: one back"),
        Binding("escape", "unmark", "marked: mark nothing"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.picked: PickedWeight | None = None
        self._sizes: tuple[Dense, ...] = ()  # of the network that was drawn last

    @property
    def editing(self) -> bool:
        return self.picked is not None

    @property
    def editing_keys(self) -> tuple[str, ...]:
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

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a mark these keys are the workbench's."""
        if action in ONLY_MARKED and not self.editing:
            return False
        return super().check_action(action, parameters)

    def action_pick(self, what: str, by: int) -> None:
        """Marks a weight; the first press marks the first one."""
        if self.picked is None or not self._sizes:
            self.picked = PickedWeight()
            self.changed()
            return
        picked, layers = self.picked, self._sizes
        picked.fit(layers)  # the network may have become smaller while the pane was folded away
        if what == "source":
            picked.source = (picked.source + by) % layers[picked.layer].rows
        elif what == "layer":
            picked.layer = (picked.layer + by) % len(layers)
            picked.unit = picked.source = 0
        else:  # all units of all layers in one row
            picked.unit += by
            if not 0 <= picked.unit < layers[picked.layer].units:
                picked.layer = (picked.layer + (1 if by > 0 else -1)) % len(layers)
                picked.unit = 0 if by > 0 else layers[picked.layer].units - 1
            picked.source = min(picked.source, layers[picked.layer].rows - 1)
        self.changed()

    def mark(self, layer: int, unit: int) -> None:
        """Marks a weight into a unit, from the source that is marked already, if there is such a weight."""
        self.picked = PickedWeight(layer, unit, self.picked.source if self.picked else 0)
        self.changed()

    def action_unmark(self) -> None:
        self.picked = None
        self.changed()

    @property
    def _plan(self) -> Plan | None:
        """The plan of the run that was drawn last; the mark stays inside its network."""
        plan = None if self.view is None else self.view.focused.timeline.plan
        if plan is not None and self.picked is not None:
            self.picked.fit(plan.network.layers)
        return plan

    @property
    def _layer(self) -> int:
        return 0 if self._plan is None or self.picked is None else self.picked.layer

    def action_walk(self, layers: int, units: int) -> None:
        count, plan, picked = self.take_count(), self._plan, self.picked
        if plan is not None and picked is not None:
            every = plan.network.layers
            layer = (picked.layer + layers * count) % len(every)
            self.mark(layer, (picked.unit + units * count) % every[layer].units)

    def action_resize(self, by: int) -> None:
        count, layer = self.take_count() * by, self._layer
        self.change_settings(lambda view: resized(view.focused.timeline.plan.model, layer, count))

    def action_deepen(self) -> None:
        layer = self._layer
        self.change_settings(lambda view: deepened(view.focused.timeline.plan.model, layer))

    def action_shorten(self) -> None:
        layer = self._layer
        self.change_settings(lambda view: shortened(view.focused.timeline.plan.model, layer))

    def action_activate(self, by: int) -> None:
        layer = self._layer
        self.change_settings(lambda view: _next_activation(view, layer, by))

    def action_edit_weight(self) -> None:
        """Marks a weight; where one is marked, asks for another value."""
        plan, picked = self._plan, self.picked
        if self.view is None or plan is None or picked is None:
            self.mark(0, 0)
            return
        layer = plan.network.layers[picked.layer]
        key = parameter_key(layer, picked.source, picked.unit)
        view = self.context.pause(self.view)
        track = view.focused
        step = view.step_of(track)
        if track.missing(step) > track.timeline.checkpoints.quick:
            self.tell("The weights of this step are still being trained again: wait for the picture.")
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
                self.context.carry_out(ChangeParameter(key, parse_value(text.strip())))

        self.context.ask(TextDialog(key, reading, repr(value), check=complaint), change)

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
