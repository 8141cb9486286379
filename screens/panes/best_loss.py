"""The best loss so far of every run, against what it cost in forward passes."""

from nnsim.analysis.loss_gap import best_at, best_so_far
from nnsim.session.view import Capability, View
from screens.panes.curves import round_up
from screens.panes.pane import AROUND_READING, PlotPane
from screens.plots import Chart, Curve, number


class BestPane(PlotPane):
    """Best loss so far over forward passes, a backward pass counting as two; logarithmic or linear (`l`)."""

    kind = "best"
    needs = Capability.SETTINGS
    figures_drawn = frozenset({"loss"})
    logarithmic = True
    draws_crosshair = True

    def update_from(self, view: View) -> None:
        compared = view.able(self.needs)
        size = view.focused.timeline.plan.network.size
        self.set_title(f"{self.title} · {size:,} parameters" if view.sweep else self.title)
        spent = self._spent(view)
        past: list[Curve] = []
        future: list[Curve] = []
        for track in compared:
            timeline, here = track.timeline, view.known(track, "loss")
            for start, stop, curves in ((0, here, past), (here, view.drawn(track, "loss"), future)):
                found = best_so_far(timeline, start, stop, self.columns)
                curves.append(
                    Curve(
                        timeline.variant,
                        found.forward_passes,
                        found.best,
                        style=track.style,
                        dim=len(compared) > 1 and track is not view.focused,
                        faint=curves is future,
                    )
                )
        recorded = max(track.timeline.forward_passes(track.timeline.length) for track in compared)
        whole = max(track.timeline.forward_passes(track.last_step) for track in compared)
        self.plot.show(
            Chart(
                (*future, *past),
                x_range=(0.0, max(1.0, min(round_up(recorded, 30.0), whole))),
                log_y=bool(self.logarithmic),
                x_label="forward passes",
                y_label="best loss",
                cursor_x=float(spent),
                crosshair_x=None if self.crosshair is None else float(self._spent(self.crosshair)),
                empty="no step yet: → trains the first epoch",
            )
        )
        at = view if self.crosshair is None else self.crosshair
        known = at.known(at.focused, "loss")
        best = best_at(at.focused.timeline, known)
        if best is not None:
            place = "" if self.crosshair is None else f"{self.place_read} · "
            reading = f"{number(best)} after {at.focused.timeline.forward_passes(known):,} passes"
            named = f"{view.focused.timeline.variant}: {reading}"
            # Of a name that is too long for the frame, the figures stay.
            self.set_reading(
                place + (named if len(place + named) <= self.outer_size.width - AROUND_READING else reading)
            )

    @staticmethod
    def _spent(view: View) -> int:
        return view.focused.timeline.forward_passes(view.cursor.showing)
