"""The crosshair: a second place on the time axis, which every pane reads while the cursor stays."""

from __future__ import annotations

from msgspec import Struct

from nnsim.session.session import Session
from nnsim.session.view import View
from nnsim.terminal.keymap import CROSSHAIR, CROSSHAIR_FOOTER, Situation
from nnsim.timeline import Cursor
from screens.plots import PlotWidget
from screens.widgets.footer import Key, footer_keys
from screens.workbench.controller_context import Context


class Crosshair(Struct, frozen=True):
    """A step of the focused run, with its steps an epoch, so that the place outlives a change of focus."""

    step: int
    per_epoch: int

    def within(self, session: Session) -> Crosshair:
        """The same place in time on the run that has the focus now, as far as that is recorded."""
        own = session.view.steps_per_epoch
        return Crosshair(min(self.step * own // self.per_epoch, _last(session)), own)

    def moved(self, steps: int, session: Session) -> Crosshair:
        """The place so many steps further on, or back, among recorded steps."""
        return Crosshair(max(0, min(self.step + steps, _last(session))), self.per_epoch)

    def beside(self, columns: int, plot: PlotWidget | None, session: Session) -> Crosshair:
        """The place so many columns of a plot further on, or so many epochs without a plot.

        A column of many steps gives the one in its middle.
        """
        epoch = plot.beside(self.step / self.per_epoch, columns) if plot is not None else None
        if epoch is None:
            return self.moved(columns * self.per_epoch, session)
        steps = round(epoch * self.per_epoch) - self.step
        return self.moved(max(steps, 1) if columns > 0 else min(steps, -1), session)

    def view(self, view: View) -> View:
        """The same runs with the cursor at this step; where the cursor is inside that step, at its phase."""
        entered = view.cursor.phase > 0 and self.step == min(view.cursor.showing, view.newest.step)
        return view.at(view.cursor if entered else Cursor(self.step))

    def describe(self) -> str:
        epoch, within = divmod(self.step, self.per_epoch)
        if self.per_epoch == 1:
            return f"crosshair at epoch {epoch:,}"
        return f"crosshair at step {self.step:,} (epoch {epoch + (within > 0):,})"


def _last(session: Session) -> int:
    """The last step that the crosshair can stand on."""
    return min(max(session.cursor.showing, session.focused.done), session.view.newest.step)


class CrosshairKeys:
    """Sets, moves and removes the crosshair of a workbench."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._session = context.session
        self.crosshair: Crosshair | None = None

    @property
    def view(self) -> View:
        """The view for panes that draw no crosshair."""
        if self.crosshair is None:
            return self._session.view
        self.crosshair = self.crosshair.within(self._session)
        return self.crosshair.view(self._session.view)

    def footer(self) -> list[Key]:
        """The footer's keys while there is a crosshair."""
        if self.crosshair is None:
            return []
        keys = footer_keys(CROSSHAIR, CROSSHAIR_FOOTER, Situation())
        return [Key(self.crosshair.describe(), "keys"), *keys]

    def toggle(self) -> None:
        self._context.take_count()
        step = min(self._session.cursor.showing, self._session.view.newest.step)
        self._set(None if self.crosshair is not None else Crosshair(step, self._session.view.steps_per_epoch))

    def move(self, direction: int) -> None:
        """Moves a column, or exactly as many steps as were typed."""
        assert self.crosshair is not None
        typed, count = bool(self._context.typed_count), self._context.take_count() * direction
        here = self.crosshair.within(self._session)
        if typed:
            self._set(here.moved(count, self._session))
        else:
            self._set(here.beside(direction, self._time_plot(), self._session))

    def move_steps(self, steps: int) -> None:
        """Moves so many steps, times the typed number."""
        assert self.crosshair is not None
        by = steps * self._context.take_count()
        self._set(self.crosshair.within(self._session).moved(by, self._session))

    def go_there(self) -> None:
        place = self.view.cursor
        self._context.take_count()
        self.crosshair = None
        self._context.change(lambda: self._session.motion.head_for(place))

    def remove(self) -> None:
        self._context.take_count()
        self._set(None)

    def _set(self, crosshair: Crosshair | None) -> None:
        stays, self.crosshair = crosshair is not None and crosshair == self.crosshair, crosshair
        self._context.change(lambda: None)
        if stays:
            self._context.tell("Nothing is recorded further that way: the crosshair stays where it is.")

    def _time_plot(self) -> PlotWidget | None:
        """The plot whose columns count: the focused pane's, or the first visible one."""
        panes = [self._context.in_focus, *self._context.panes]
        return next((pane.time_plot for pane in panes if pane.display and pane.time_plot is not None), None)
