"""Editing the network where it is drawn: the marked weight gets another number, its layer other units."""

from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from nnsim.errors import NnsimError
from nnsim.nn.activations import ACTIVATIONS
from nnsim.nn.parameters import parameter_key
from nnsim.nn.surgery import activated, deepened, resized, shortened
from nnsim.run import allowed_parameter
from nnsim.scenario.plan import Plan
from nnsim.scenario.settings import kind_of, merged, parse_value
from nnsim.session.view import View
from screens.dialogs.basic import TextDialog
from screens.panes.base import EditingPane
from screens.panes.pane_context import ChangeParameter

ONLY_MARKED = ("walk", "resize", "deepen", "shorten", "activate", "unmark")


class NetworkEditing(EditingPane):
    """The part of the network pane that edits. While a weight is marked, these keys come before the workbench's."""

    BINDINGS: ClassVar[list[BindingType]] = [
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

    # What the pane that draws knows.

    def marked_place(self, plan: Plan) -> tuple[int, int, int] | None:
        """The marked weight: its layer, the unit it leads into, its row (the last is the bias)."""
        raise NotImplementedError

    def mark(self, layer: int, unit: int) -> None:
        """Mark a weight into a unit, as far as there is one."""
        raise NotImplementedError

    def action_unmark(self) -> None:
        """Mark nothing, so that the keys move through time again."""
        raise NotImplementedError

    def marked_reading(self, view: View) -> str:
        """The marked weight with all its digits, its gradient and its change."""
        raise NotImplementedError

    # ------------------------------------------------------------------ keys

    @property
    def editing_keys(self) -> tuple[str, ...]:
        """What its keys do while a weight is marked."""
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

    def _plan(self) -> Plan | None:
        return None if self.view is None else self.view.focused.timeline.plan

    def _layer(self) -> int:
        plan = self._plan()
        place = None if plan is None else self.marked_place(plan)
        return 0 if place is None else place[0]

    def action_walk(self, layers: int, units: int) -> None:
        count, plan = self.repeat(), self._plan()
        place = None if plan is None else self.marked_place(plan)
        if plan is not None and place is not None:
            every = plan.network.layers
            layer = (place[0] + layers * count) % len(every)
            self.mark(layer, (place[1] + units * count) % every[layer].units)

    def action_resize(self, by: int) -> None:
        count, layer = self.repeat() * by, self._layer()
        self.change_settings(lambda view: resized(view.focused.timeline.plan.model, layer, count))

    def action_deepen(self) -> None:
        layer = self._layer()
        self.change_settings(lambda view: deepened(view.focused.timeline.plan.model, layer))

    def action_shorten(self) -> None:
        layer = self._layer()
        self.change_settings(lambda view: shortened(view.focused.timeline.plan.model, layer))

    def action_activate(self, by: int) -> None:
        layer = self._layer()
        self.change_settings(lambda view: _next_activation(view, layer, by))

    def action_edit_weight(self) -> None:
        """Mark a weight; where one is marked, read it exactly and ask for another number."""
        plan = self._plan()
        place = None if plan is None else self.marked_place(plan)
        if self.view is None or plan is None or place is None:
            self.mark(0, 0)
            return
        layer, unit, row = place
        key = parameter_key(plan.network.layers[layer], row, unit)
        view = self.context.pause(self.view)
        track = view.focused
        step = view.step_of(track)
        if track.missing(step) > track.timeline.checkpoints.quick:
            self.tell("The weights of this step are still being trained again: wait for the picture.")
            return
        trainer = track.trainer_at(step)
        value = float(plan.network.layers[layer].view(trainer.parameters)[row, unit])
        reading = self.marked_reading(view)

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


def _next_activation(view: View, layer: int, by: int) -> dict[str, Any]:
    """The settings with the next activation that goes with all else."""
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
