"""The crosshair: a second place on the time axis, read out by every pane while the cursor stays where it is."""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding

from nnsim.session.session import Session
from nnsim.session.view import View
from nnsim.timeline import Cursor
from screens.panes.base import Pane
from screens.plots import PlotWidget
from screens.workbench.edit_keys import Forking

KEYS = ("← → column", "enter goes there", "esc leaves", "10 → ten steps", "shift+→ step")

# They stand before the workbench's own for these keys, and mean something only while there is a crosshair. They
# have no priority: a key that has would overtake the digits typed before it. (Textual drops a key of a base class
# where the class has one for it, so the workbench lists them among its own.)
CROSSHAIR_BINDINGS: tuple[Binding, ...] = (
    Binding("right", "cross(1)", show=False),
    Binding("left", "cross(-1)", show=False),
    Binding("shift+right", "cross_step(1)", show=False),
    Binding("shift+left", "cross_step(-1)", show=False),
    Binding("home", "cross_step(-1000000000)", show=False),
    Binding("end", "cross_step(1000000000)", show=False),
    Binding("enter", "take_crosshair", show=False),
    Binding("escape", "drop_crosshair", show=False),
)


@dataclass(frozen=True)
class Crosshair:
    """A step of the focused run; with its steps an epoch, so that the place outlives a change of focus."""

    step: int
    per_epoch: int

    def within(self, session: Session) -> Crosshair:
        """The same place in time on the run that has the focus now, as far as that is recorded."""
        own = session.steps_per_epoch
        return Crosshair(min(self.step * own // self.per_epoch, _last(session)), own)

    def moved(self, steps: int, session: Session) -> Crosshair:
        """The place so many steps on, or back, among what is recorded."""
        return Crosshair(max(0, min(self.step + steps, _last(session))), self.per_epoch)

    def beside(self, columns: int, plot: PlotWidget | None, session: Session) -> Crosshair:
        """The place so many columns of a plot over epochs further on; an epoch each where there is no such plot.

        A column that holds many steps gives the one in its middle.
        """
        epoch = plot.beside(self.step / self.per_epoch, columns) if plot is not None else None
        if epoch is None:
            return self.moved(columns * self.per_epoch, session)
        steps = round(epoch * self.per_epoch) - self.step
        return self.moved(max(steps, 1) if columns > 0 else min(steps, -1), session)

    def view(self, view: View) -> View:
        """The same runs with the cursor at this step.

        Of the step whose phases are entered it is what the cursor shows: the rest of that step is still to come.
        """
        entered = view.cursor.phase > 0 and self.step == min(view.cursor.showing, view.newest.step)
        return view.at(view.cursor if entered else Cursor(self.step))

    def told(self) -> str:
        """Where it stands, in words."""
        epoch, within = divmod(self.step, self.per_epoch)
        if self.per_epoch == 1:
            return f"crosshair at epoch {epoch:,}"
        return f"crosshair at step {self.step:,} (epoch {epoch + (within > 0):,})"


def _last(session: Session) -> int:
    """The last step that can be looked at: one that is entered, or has been made."""
    return min(max(session.cursor.showing, session.focused.done), session.newest.step)


class Crossing(Forking):
    """The part of a workbench that has a crosshair."""

    panes: list[Pane]
    hair: Crosshair | None = None
    _prefix = ""
    _focused_pane = 0

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key means this now."""
        if action in ("cross", "cross_step", "take_crosshair", "drop_crosshair"):
            return self.hair is not None
        return super().check_action(action, parameters)

    def present(self, pane: Pane) -> None:
        """Give a pane the view; at the crosshair, where there is one and the pane does not draw it itself."""
        looked_at = self.looked_at
        pane.crosshair = looked_at if self.has_crosshair else None
        pane.present(self.session.view if pane.draws_crosshair else looked_at)

    @property
    def has_crosshair(self) -> bool:
        """Whether there is a crosshair, whose keys come before those of panes."""
        return self.hair is not None

    @property
    def looked_at(self) -> View:
        """The view of panes that draw no crosshair: at the crosshair, where there is one."""
        if self.hair is None:
            return self.session.view
        self.hair = self.hair.within(self.session)
        return self.hair.view(self.session.view)

    def crosshair_keys(self) -> tuple[str, ...]:
        """What the foot of the screen says while there is a crosshair; nothing where there is none."""
        return () if self.hair is None else (self.hair.told(), *KEYS)

    def action_crosshair(self) -> None:
        """Put a crosshair where the cursor is, or take it away."""
        self.take_count()
        session = self.session
        step = min(session.cursor.showing, session.newest.step)
        self._set_crosshair(None if self.hair is not None else Crosshair(step, session.steps_per_epoch))

    def action_cross(self, direction: int) -> None:
        """A column on, or exactly as many steps as were typed."""
        assert self.hair is not None
        typed, count = bool(self._prefix), self.take_count() * direction
        hair = self.hair.within(self.session)
        if typed:
            self._set_crosshair(hair.moved(count, self.session))
        else:
            self._set_crosshair(hair.beside(direction, self._time_plot(), self.session))

    def action_cross_step(self, steps: int) -> None:
        assert self.hair is not None
        self._set_crosshair(self.hair.within(self.session).moved(steps * self.take_count(), self.session))

    def action_take_crosshair(self) -> None:
        """Go where the crosshair is."""
        assert self.hair is not None
        place = self.looked_at.cursor
        self.take_count()
        self.hair = None
        self.change(lambda: self.session.motion.head_for(place))

    def action_drop_crosshair(self) -> None:
        self.take_count()
        self._set_crosshair(None)

    def _set_crosshair(self, hair: Crosshair | None) -> None:
        still, self.hair = hair is not None and hair == self.hair, hair
        self.change(lambda: None)
        if still:
            self.app.tell("Nothing is recorded further that way: the crosshair stays where it is.")

    def _time_plot(self) -> PlotWidget | None:
        """The plot whose columns are counted: the focused pane's, or the first that is seen."""
        shown = [self.panes[self._focused_pane], *self.panes]
        return next((pane.time_plot for pane in shown if pane.display and pane.time_plot is not None), None)
