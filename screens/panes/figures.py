"""Any figure that a run has, one at a time: metrics, norms of weights and updates, and histograms at the cursor."""

from typing import Any, ClassVar

import numpy as np
from textual.binding import Binding, BindingType

from nnsim.session.view import View
from nnsim.timeline import ImportedLog, LoggedHistogram
from screens.panes.curves import crosshair_epoch, cursor_epoch, epochs_range, read_at, series_curves
from screens.panes.pane import PlotPane
from screens.plots import Chart, Curve, number

HISTOGRAM = "histogram of "  # before the name of what it is of
# Other panes draw these; they come last.
ELSEWHERE = ("loss", "validation_loss", "learning_rate", "gradient", "wall_time", "parameter")


def figure_names(view: View) -> list[str]:
    """The figures of the run in focus that no other pane draws, its histograms, and then the others."""
    log = view.focused.log
    names = [name for name, series in log.series.items() if len(series)]
    own = [name for name in names if name.partition(":")[0] not in ELSEWHERE]
    histograms = [f"{HISTOGRAM}{name}" for name in log.histograms] if isinstance(log, ImportedLog) else []
    return [*own, *histograms, *(name for name in names if name not in own)]


class FiguresPane(PlotPane):
    """One figure of every run over time; u and U go to the next and the last one."""

    kind = "figures"
    figures_drawn = frozenset({"loss", "validation_loss", "accuracy", "validation_accuracy", "gradient"})
    logarithmic: bool | None = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "figure(1)", "next figure"),
        Binding("U", "figure(-1)", "previous figure"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.chosen = ""
        self._names: list[str] = []

    def take_over(self, former: Any) -> None:
        self.chosen = former.chosen

    def action_figure(self, by: int) -> None:
        if self._names:
            here = self._names.index(self.chosen) if self.chosen in self._names else 0
            self.chosen = self._names[(here + by * self.take_count()) % len(self._names)]
            self.forget()
            self.changed()

    def update_from(self, view: View) -> None:
        self._names = figure_names(view)
        if self.chosen not in self._names:
            self.chosen = self._names[0] if self._names else ""
        place = f" · {self._names.index(self.chosen) + 1} of {len(self._names)}" if self._names else ""
        self.set_title(f"{self.title} · {self.chosen.replace('_', ' ')}{place}")
        if self.chosen.startswith(HISTOGRAM):
            self._show_histogram(view, self.chosen.removeprefix(HISTOGRAM))
            return
        curves = series_curves(view, self.chosen, self.columns)
        self.plot.show(
            Chart(
                tuple(curves),
                x_range=epochs_range(view),
                log_y=bool(self.logarithmic),
                x_label=view.unit,
                y_label=self.chosen.replace("_", " "),
                cursor_x=cursor_epoch(view),
                crosshair_x=crosshair_epoch(self),
                empty="no figure is recorded yet",
            )
        )
        at = read_at(self, view.focused, self.chosen)
        value = view.figures(view.focused).get(self.chosen) if at is None else at
        self.set_reading("" if value is None else f"{self.chosen.replace('_', ' ')} {number(value)}")

    def _show_histogram(self, view: View, name: str) -> None:
        """The counts of the newest histogram at the cursor, over the middles of its bins."""
        at = view if self.crosshair is None else self.crosshair
        log = view.focused.log
        found: list[LoggedHistogram] = []
        if isinstance(log, ImportedLog):
            found = [one for one in log.histograms.get(name, ()) if one.step <= at.step_of(at.focused)]
        if not found or not len(found[-1].counts):
            self.plot.show(Chart(empty="no histogram is logged up to here"))
            self.set_reading("")
            return
        one = found[-1]
        edges = np.clip(one.edges, -1e300, 1e300)
        filled = np.flatnonzero(one.counts)
        first, last = (int(filled[0]), int(filled[-1]) + 1) if len(filled) else (0, len(one.counts))
        middles = (edges[first:last] + edges[first + 1 : last + 1]) / 2
        counts = np.asarray(one.counts[first:last], np.float64)
        self.plot.show(
            Chart(
                (Curve(name, middles, np.zeros(len(counts)), counts, style=view.focused.style),),
                log_y=False,
                x_label="value",
                y_label="count",
            )
        )
        self.set_reading(f"step {one.step:,} · {int(counts.sum()):,} values in {len(counts)} bins")
