"""The learning-rate schedule, whole, with the present step marked."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from nnsim.arrays import Array
from nnsim.plan import Plan
from nnsim.session import Session
from nnsim.settings import kind_of
from nnsim.timeline import Timeline
from screens.panes.base import PlotPane
from screens.plots import Chart, Curve, number


class SchedulePane(PlotPane):
    """Learning rate over all epochs of the run, trained or not."""

    title = "Learning rate"
    logarithmic = False

    def update_from(self, session: Session) -> None:
        curves, seen = [], set()
        whole = max(track.timeline.plan_at(track.timeline.length).train.epochs for track in session.compared)
        for track in session.compared:
            timeline = track.timeline
            if not timeline.plan.solver.uses_gradient:
                continue
            x, rates = self._ahead(track.timeline)
            key = (x.tobytes(), rates.tobytes())
            if key not in seen:
                seen.add(key)
                curves.append(Curve(session.label(track), x, rates, style=track.style))
        if len(curves) == 1 and len(session.tracks) > 1:
            curves = [replace(curves[0], name="all runs")]
        track = session.focused
        step = session.cursor.showing
        self.plot.show(
            Chart(
                tuple(curves),
                x_range=(0.0, float(whole)),
                log_y=bool(self.logarithmic),
                x_label="epoch",
                y_label="rate",
                cursor_x=step / session.steps_per_epoch,
                empty="random search has no learning rate",
            )
        )
        plan = track.timeline.plan_at(max(step - 1, 0))
        if plan.solver.uses_gradient:
            rate = float(self._rates(track.timeline, plan, np.array([max(step - 1, 0)]))[0])
            kind = kind_of(plan.schedule)
            self.say(f"{kind} · {number(rate)} now")

    def _ahead(self, timeline: Timeline) -> tuple[Array, Array]:
        """The rate at evenly spread epochs of the whole run, with the settings in force in each."""
        epochs = timeline.plan_at(timeline.length).train.epochs
        x = np.unique(np.linspace(0, epochs - 1, 2 * self.columns).astype(np.int64)).astype(float)
        rates = np.empty(len(x))
        starts = [0, *sorted({one.step for one in timeline.commands})]
        for start in starts:
            plan = timeline.plan_at(start)
            later = x * timeline.steps_per_epoch >= start
            rates[later] = self._rates(timeline, plan, (x[later] * timeline.steps_per_epoch).astype(np.int64))
        return x, rates

    @staticmethod
    def _rates(timeline: Timeline, plan: Plan, steps: npt.NDArray[np.int64]) -> Array:
        """The rates of steps; where losses decide them the recorded ones, and from there on the last of these."""
        rates = plan.schedule.over(steps, timeline.steps_per_epoch, plan.train.epochs)
        series = timeline.series.get("learning_rate")
        if plan.schedule.memory and series is not None and len(series):
            rates = np.array([series.at_step(int(step) + 1) for step in steps])
        return rates
