"""Editing points with a cross over the plane of the data, where one sees where a point is missing."""

from collections.abc import Callable, Mapping
from math import floor, log10
from typing import Any, Protocol

from textual.binding import Binding
from textual.notifications import SeverityLevel

from nnsim.data.examples import Examples
from nnsim.data.points import Row, choices, nearest, refuse_others, rows_of, table
from nnsim.errors import NnsimError
from nnsim.session.view import View
from screens.panes.activation_maps import input_range
from screens.panes.fitted_curve import target_range
from screens.plots import number

PRESSES = 40  # of an arrow key, about, from one end of the picture to the other

Ranges = tuple[tuple[float, float], tuple[float, float]]


class EditedPlane(Protocol):
    """A pane over a plane of the inputs."""

    view: View | None  # that it drew last
    inputs: list[int]  # those that it shows across and up

    def tell(self, text: str, severity: SeverityLevel = "information") -> None:
        """Says something to the person."""

    def take_count(self) -> int:
        """The number typed before a key."""

    def change_settings(self, settings: Callable[[View], Mapping[str, Any]], description: str = "") -> bool:
        """Changes settings that begin the run again.  Returns: whether it was possible."""

    def changed(self) -> None:
        """Draws the pane again."""


class PointEditor:
    """Edits the points of a plane with a cross. While there is one, its keys come before the workbench's.

    A key of `KEYS` performs the method that its action names: `points('move(1, 0)')`.
    """

    KEYS = (
        Binding("enter", "points('put_cross')", "edit points (a cross)"),
        Binding("left", "points('move(-1, 0)')", "cross: left"),
        Binding("right", "points('move(1, 0)')", "cross: right"),
        Binding("up", "points('move(0, 1)')", "cross: up"),
        Binding("down", "points('move(0, -1)')", "cross: down"),
        Binding("a", "points('add')", "cross: add a point"),
        Binding("x,delete", "points('remove')", "cross: remove nearest"),
        Binding("c", "points('next_class')", "cross: class to add"),
        Binding("escape", "points('put_away')", "cross: away, let go"),
    )

    def __init__(self, plane: EditedPlane) -> None:
        self._plane = plane
        self.cross: tuple[float, float] | None = None
        self.grabbed: int | None = None  # a row that moves with the cross when it is dropped
        self._class = 0

    @property
    def _examples(self) -> Examples:
        assert self._plane.view is not None
        return self._plane.view.focused.timeline.plan.examples

    def _ranges(self) -> Ranges:
        examples, (across, up) = self._examples, self._plane.inputs
        if examples.inputs.shape[1] == 1:
            return input_range(examples.inputs[:, 0]), target_range(examples.targets[:, 0])
        return input_range(examples.inputs[:, across]), input_range(examples.inputs[:, up])

    def drop(self) -> None:
        """Takes the cross away, and lets go of what it has grabbed."""
        self.cross = self.grabbed = None

    @property
    def editing(self) -> bool:
        return self.cross is not None

    @property
    def footer(self) -> tuple[str, ...]:
        """The keys that the footer names first."""
        if not self.editing:
            return ()
        grab = "enter drop it here" if self.grabbed is not None else "enter grab"
        return ("← → ↑ ↓ cross", "a add", "x remove", grab, *(("c class",) if self._offers else ()), "esc end")

    @property
    def reading(self) -> str:
        """Where the cross is, and what a key would do there."""
        assert self.cross is not None
        examples = self._examples
        names = (*examples.input_names, *examples.target_names)
        text = ", ".join(f"{name} {number(value)}" for name, value in zip(names, self.cross, strict=False))
        if self.grabbed is not None:
            return f"{text} · row {self.grabbed + 1:,} goes here"
        return f"{text} · a adds {self._offers[self._class][0]}" if self._offers else text

    @property
    def _offers(self) -> tuple[tuple[str, float], ...]:
        """The targets to choose from for a new point, where its place does not give one."""
        if self._plane.view is None:
            return ()
        examples = self._examples
        offers = choices(examples) if examples.inputs.shape[1] == 2 else ()
        self._class = min(self._class, max(0, len(offers) - 1))
        return offers

    def applies(self, name: str) -> bool:
        """Whether a key's action means something: without a cross all but the first are the workbench's."""
        return self.editing or name == "put_cross"

    def put_cross(self) -> None:
        """Puts the cross there; grabs the nearest point with it; drops what is grabbed."""
        if self._plane.view is None:
            return
        examples = self._examples
        if self.cross is None:
            try:
                refuse_others(examples)
            except NnsimError as error:
                self._plane.tell(str(error), "warning")
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
        self._plane.changed()

    def _begin(self) -> None:
        across, up = self._ranges()
        self.cross = _snapped(sum(across) / 2, across), _snapped(sum(up) / 2, up)

    def move(self, right: int, up: int) -> None:
        assert self.cross is not None
        count, ranges = self._plane.take_count(), self._ranges()
        moved = []
        for value, by, (low, high) in zip(self.cross, (right, up), ranges, strict=True):
            step = _step((low, high))
            there = _snapped(value + by * count * step, (low, high)) if by else value
            moved.append(min(max(there, low), high))
        self.cross = moved[0], moved[1]
        self._plane.changed()

    def add(self) -> None:
        point = self._here()
        self._rows(lambda rows: [*rows, point], f"a point added at {self._place}")

    def remove(self) -> None:
        row = self._nearest()
        self._rows(lambda rows: [*rows[:row], *rows[row + 1 :]], f"row {row + 1:,} removed")

    def next_class(self) -> None:
        self._class = (self._class + 1) % max(1, len(self._offers))
        self._plane.changed()

    def put_away(self) -> None:
        """Lets go of the grabbed point; else puts the cross away."""
        if self.grabbed is None:
            self.cross = None
        self.grabbed = None
        self._plane.changed()

    def _here(self) -> tuple[tuple[float, ...], float]:
        assert self.cross is not None
        offers = self._offers
        return (self.cross, offers[self._class][1]) if offers else (self.cross[:1], self.cross[1])

    def _nearest(self) -> int:
        assert self.cross is not None
        spans = [high - low for low, high in self._ranges()]
        return nearest(self._examples, self.cross, spans)

    @property
    def _place(self) -> str:
        return "nowhere" if self.cross is None else f"({number(self.cross[0])}, {number(self.cross[1])})"

    def _rows(self, change: Callable[[list[Row]], list[Row]], description: str) -> bool:
        """Gives the run other rows, with which it begins again."""

        def settings(view: View) -> dict[str, Any]:
            plan = view.focused.timeline.plan
            refuse_others(plan.examples)
            return table(plan.examples, plan.data, change(rows_of(plan.examples)))

        return self._plane.change_settings(settings, description)

    def keep(self) -> None:
        """Keeps the cross after the data have changed, as far as it applies."""
        examples = self._examples
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
