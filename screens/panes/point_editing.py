"""Editing points with a cross over the plane of the data, where one sees where a point is missing."""

from collections.abc import Callable
from math import floor, log10
from typing import Any

from textual.binding import Binding

from nnsim.data.points import Row, choices, nearest, refuse_others, rows_of, table
from nnsim.errors import NnsimError
from nnsim.session.view import View
from screens.panes.activation_maps import input_range
from screens.panes.fitted_curve import target_range
from screens.panes.pane import EditingPane
from screens.plots import number

PRESSES = 40  # of an arrow key, about, from one end of the picture to the other
ONLY_WITH_CROSS = ("move_cross", "add_point", "remove_point", "next_class", "put_cross_away")

Ranges = tuple[tuple[float, float], tuple[float, float]]


class PointEditing(EditingPane):
    """A pane over a plane of the inputs, whose points can be edited with a cross; its keys come before the
    workbench's then."""

    BINDINGS = [
        Binding("enter", "cross", "edit points (a cross)"),
        Binding("left", "move_cross(-1, 0)", "cross: left"),
        Binding("right", "move_cross(1, 0)", "cross: right"),
        Binding("up", "move_cross(0, 1)", "cross: up"),
        Binding("down", "move_cross(0, -1)", "cross: down"),
        Binding("a", "add_point", "cross: add a point"),
        Binding("x,delete", "remove_point", "cross: remove nearest"),
        Binding("c", "next_class", "cross: class to add"),
        Binding("escape", "put_cross_away", "cross: away, let go"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.cross: tuple[float, float] | None = None
        self.grabbed: int | None = None  # a row that moves with the cross when it is dropped
        self._class = 0
        self.inputs = [0, 1]  # those that the picture shows across and up

    def plane_ranges(self) -> Ranges:
        assert self.view is not None
        examples = self.view.focused.timeline.plan.examples
        if examples.inputs.shape[1] == 1:
            return input_range(examples.inputs[:, 0]), target_range(examples.targets[:, 0])
        return input_range(examples.inputs[:, self.inputs[0]]), input_range(examples.inputs[:, self.inputs[1]])

    @property
    def editing(self) -> bool:
        return self.cross is not None

    @property
    def editing_keys(self) -> tuple[str, ...]:
        if not self.editing:
            return ()
        grab = "enter drop it here" if self.grabbed is not None else "enter grab"
        return ("← → ↑ ↓ cross", "a add", "x remove", grab, *(("c class",) if self._offers else ()), "esc end")

    @property
    def cross_reading(self) -> str:
        assert self.view is not None
        assert self.cross is not None
        examples = self.view.focused.timeline.plan.examples
        names = (*examples.input_names, *examples.target_names)
        text = ", ".join(f"{name} {number(value)}" for name, value in zip(names, self.cross, strict=False))
        if self.grabbed is not None:
            return f"{text} · row {self.grabbed + 1:,} goes here"
        return f"{text} · a adds {self._offers[self._class][0]}" if self._offers else text

    @property
    def _offers(self) -> tuple[tuple[str, float], ...]:
        """The targets to choose from for a new point, where its place does not give one."""
        if self.view is None:
            return ()
        examples = self.view.focused.timeline.plan.examples
        offers = choices(examples) if examples.inputs.shape[1] == 2 else ()
        self._class = min(self._class, max(0, len(offers) - 1))
        return offers

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a cross these keys are the workbench's."""
        if action in ONLY_WITH_CROSS and not self.editing:
            return False
        return super().check_action(action, parameters)

    def action_cross(self) -> None:
        """Puts the cross there; grabs the nearest point with it; drops what is grabbed."""
        if self.view is None:
            return
        examples = self.view.focused.timeline.plan.examples
        if self.cross is None:
            try:
                refuse_others(examples)
            except NnsimError as error:
                self.tell(str(error), "warning")
                return
            self._begin()
        elif self.grabbed is None:
            self.grabbed = self._nearest()
            row = rows_of(examples)[self.grabbed]
            self.cross = (row[0][0], row[0][1] if len(row[0]) > 1 else row[1])
        else:
            grabbed, (inputs, target) = self.grabbed, self._here()
            own = rows_of(examples)[grabbed][1]
            moved = (inputs, target if len(inputs) == 1 else own)
            description = f"row {grabbed + 1:,} moved to {self._place}"
            if self._rows(lambda rows: [*rows[:grabbed], moved, *rows[grabbed + 1 :]], description):
                self.grabbed = None
        self.changed()

    def _begin(self) -> None:
        across, up = self.plane_ranges()
        self.cross = _snapped(sum(across) / 2, across), _snapped(sum(up) / 2, up)

    def action_move_cross(self, right: int, up: int) -> None:
        assert self.cross is not None
        count, ranges = self.take_count(), self.plane_ranges()
        moved = []
        for value, by, (low, high) in zip(self.cross, (right, up), ranges, strict=True):
            step = _step((low, high))
            there = _snapped(value + by * count * step, (low, high)) if by else value
            moved.append(min(max(there, low), high))
        self.cross = moved[0], moved[1]
        self.changed()

    def action_add_point(self) -> None:
        point = self._here()
        self._rows(lambda rows: [*rows, point], f"a point added at {self._place}")

    def action_remove_point(self) -> None:
        row = self._nearest()
        self._rows(lambda rows: [*rows[:row], *rows[row + 1 :]], f"row {row + 1:,} removed")

    def action_next_class(self) -> None:
        self._class = (self._class + 1) % max(1, len(self._offers))
        self.changed()

    def action_put_cross_away(self) -> None:
        """Lets go of the grabbed point; else puts the cross away."""
        if self.grabbed is None:
            self.cross = None
        self.grabbed = None
        self.changed()

    def _here(self) -> tuple[tuple[float, ...], float]:
        assert self.cross is not None
        offers = self._offers
        return (self.cross, offers[self._class][1]) if offers else (self.cross[:1], self.cross[1])

    def _nearest(self) -> int:
        assert self.view is not None
        assert self.cross is not None
        spans = [high - low for low, high in self.plane_ranges()]
        return nearest(self.view.focused.timeline.plan.examples, self.cross, spans)

    @property
    def _place(self) -> str:
        return "nowhere" if self.cross is None else f"({number(self.cross[0])}, {number(self.cross[1])})"

    def _rows(self, change: Callable[[list[Row]], list[Row]], description: str) -> bool:
        """Gives the run other rows, with which it begins again."""

        def settings(view: View) -> dict[str, Any]:
            plan = view.focused.timeline.plan
            refuse_others(plan.examples)
            return table(plan.examples, plan.data, change(rows_of(plan.examples)))

        return self.change_settings(settings, description)

    def keep_cross(self) -> None:
        """Keeps the cross after the data have changed, as far as it applies."""
        assert self.view is not None
        examples = self.view.focused.timeline.plan.examples
        if examples.inputs.shape[1] > 2:
            self.cross = None
        if self.cross is None or (self.grabbed is not None and self.grabbed >= examples.rows):
            self.grabbed = None


def _step(span: tuple[float, float]) -> float:
    """The distance of one press along an axis: a round number."""
    rough = (span[1] - span[0]) / PRESSES
    power = 10.0 ** floor(log10(rough))
    return next(one for one in (1 * power, 2 * power, 5 * power, 10 * power) if one >= rough * (1 - 1e-9))


def _snapped(value: float, span: tuple[float, float]) -> float:
    """The nearest round number, with no more digits than the step has."""
    step = _step(span)
    return round(round(value / step) * step, max(0, 1 - floor(log10(step)))) + 0.0
