"""How sharply the loss bends at its steepest, over the epochs, beside what the learning rate can bear: 2 / rate."""

import numpy as np

from nnsim.session.view import Capability, TrackView, View
from nnsim.timeline import Timeline
from screens.panes.curves import crosshair_epoch, cursor_epoch, read_at, series_curves
from screens.panes.pane import PlotPane
from screens.panes.pane_context import INSIDE
from screens.plots import Chart, Curve, PlotWidget, number

FIGURE = "sharpness"
ASK = 'No run measures its sharpness: train.measure = ["sharpness"] does, before the first step.'


class SharpnessPane(PlotPane):
    """The largest eigenvalue of the Hessian at the end of each epoch, and 2 / rate.

    Gradient descent with all rows in a step cannot follow a direction in which the loss bends more than that: there
    its steps grow. So the sharpness rises until it gets there, and stays near it: the edge of stability.

    Reference: Cohen, Kaur, Li, Kolter and Talwalkar, 2021, Gradient descent on neural networks typically occurs at
    the edge of stability.
    """

    kind = "sharpness"
    needs = INSIDE
    figures_drawn = frozenset({FIGURE})
    logarithmic: bool | None = False
    draws_crosshair = True

    @classmethod
    def why_not(cls, view: View) -> str | None:
        lacks = super().why_not(view)
        return lacks or (None if any(_measures(one) for one in view.compared) else ASK)

    @property
    def time_plot(self) -> PlotWidget | None:
        return self.plot

    def update_from(self, view: View) -> None:
        curves = series_curves(view, FIGURE, self.columns)
        edges: list[Curve] = []
        for track in view.compared:
            if _measures(track):
                x, edge = edge_of_stability(track.timeline, self.columns)
                dim = track is not view.focused
                edges.append(Curve("2 / rate", x, edge, style=track.style, faint=True, dim=dim, sign="┄"))
        self.plot.show(
            Chart(
                (*edges, *curves),
                log_y=bool(self.logarithmic),
                x_label="epoch",
                y_label="sharpness",
                cursor_x=cursor_epoch(view),
                crosshair_x=crosshair_epoch(self),
                empty="measured at the end of each epoch",
            )
        )
        self.set_reading(self._reading(view))

    def _reading(self, view: View) -> str:
        at = view if self.crosshair is None else self.crosshair
        if not _measures(at.focused):
            return "this run measures none"
        value, rate = read_at(self, at.focused, FIGURE), at.figures(at.focused).get("learning_rate")
        if value is None:
            value = at.figures(at.focused).get(FIGURE)
        found = [] if value is None else [f"sharpness {number(value)}"]
        found += [f"2 / rate {number(2.0 / rate)}"] if rate else []
        return " · ".join(filter(None, ["" if self.crosshair is None else self.place_read, *found]))


def _measures(track: TrackView) -> bool:
    """Whether a run has such figures, or will have: before its first step it has none."""
    planned = Capability.SETTINGS in track.capabilities and FIGURE in track.timeline.plan.train.measure
    return planned or FIGURE in track.log.series


def edge_of_stability(timeline: Timeline, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Epochs and 2 / rate there, over what has been trained, (n,) each; a rate of 0 leaves a gap."""
    end = max(timeline.length, 1)
    steps = np.unique(np.linspace(0, end - 1, max(columns, 2)).astype(np.int64))
    rates = np.empty(len(steps))
    for start in (0, *sorted({one.step for one in timeline.commands})):
        plan, later = timeline.plan_at(start), steps >= start
        rates[later] = plan.schedule.over(steps[later], timeline.steps_per_epoch, plan.train.epochs)
    with np.errstate(divide="ignore"):
        return steps / timeline.steps_per_epoch, np.where(rates > 0.0, 2.0 / rates, np.nan)
