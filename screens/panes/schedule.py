"""The learning-rate schedule, whole, with the present step marked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnsim.arrays import Array
from nnsim.session import Session
from nnsim.settings import kind_of
from nnsim.timeline import Timeline
from screens.panes.base import PlotPane
from screens.panes.curves import crosshair_epoch, cursor_epoch, place_read
from screens.plots import Chart, Curve, PlotWidget, number

APART = 20.0  # times that one run's highest rate is above another's, from which on the axis is logarithmic
FARTHEST = 1e4  # times that a run's highest rate may be above its own lowest then
MOST_NAMED = 2  # runs of the same rates


@dataclass(frozen=True)
class Ahead:
    """The rate over the epochs of a whole run, (n,) each: the part that is certain, and what can be expected then.

    A schedule that looks at the losses is certain as far as the run has got; from there on its rate stays as it is
    unless the losses to come change it.
    """

    epochs: Array
    rates: Array
    certain: int  # so many of them

    @property
    def expected(self) -> bool:
        return self.certain < len(self.epochs)


def ahead(timeline: Timeline, columns: int) -> Ahead:
    """The rate at evenly spread steps of the whole run, with the settings in force at each."""
    per_epoch = timeline.steps_per_epoch
    last = timeline.plan_at(timeline.length).train.epochs * per_epoch
    steps = np.unique(np.linspace(0, last - 1, max(2 * columns, 2)).astype(np.int64))
    rates, known = np.empty(len(steps)), np.ones(len(steps), dtype=bool)
    for start in (0, *sorted({one.step for one in timeline.commands})):
        plan, later = timeline.plan_at(start), steps >= start
        rates[later] = plan.schedule.over(steps[later], per_epoch, plan.train.epochs)
        known[later] = not plan.schedule.memory
    series = timeline.series.get("learning_rate")
    if not known.all() and series is not None and len(series):
        # A step is trained at the rate that is recorded with it.
        seen = steps < timeline.length
        recorded = np.array([series.at_step(int(step) + 1) for step in steps[seen & ~known]], dtype=np.float64)
        rates[seen & ~known] = recorded
        rates[~seen & ~known] = series.at_step(timeline.length) or np.nan
        known |= seen
    return Ahead(steps / per_epoch, rates, int(np.count_nonzero(known)))


class SchedulePane(PlotPane):
    """Learning rate over all epochs of the run, trained or not."""

    kind = "schedule"
    logarithmic: bool | None = False
    draws_crosshair = True

    def __init__(self) -> None:
        super().__init__()
        self._scaled = False  # whether the axis was chosen, by the rates that were shown first
        self._by_hand = False  # and whether a person has chosen it since, which no other rates change

    @property
    def time_plot(self) -> PlotWidget | None:
        return self.plot

    def forget(self) -> None:
        super().forget()
        self._scaled = self._by_hand

    def update_from(self, session: Session) -> None:
        curves: list[Curve] = []
        expected: list[Curve] = []
        names: dict[tuple[bytes, bytes], list[str]] = {}  # of the runs with the same rates
        whole = max(track.timeline.plan_at(track.timeline.length).train.epochs for track in session.compared)
        for track in session.compared:
            if not track.timeline.plan.solver.uses_gradient:
                continue
            found = ahead(track.timeline, self.columns)
            key = (found.epochs.tobytes(), found.rates.tobytes())
            name, end = session.label(track), found.certain
            names.setdefault(key, []).append(name)
            if len(names[key]) > 1:
                continue
            curves.append(Curve(name, found.epochs[:end], found.rates[:end], style=track.style))
            if found.expected:
                start = max(end - 1, 0)  # without a gap
                expected.append(
                    Curve(name, found.epochs[start:], found.rates[start:], style=track.style, faint=True)
                )
        if not self._scaled:
            self.logarithmic, self._scaled = _apart(curves), True
        if len(curves) == 1 and len(session.tracks) > 1:
            curves = [replace(curves[0], name="all runs")]
        told = {same[0]: _together(same) for same in names.values()}
        curves = [replace(one, name=told.get(one.name, one.name)) for one in curves]
        expected = [replace(one, name=told.get(one.name, one.name)) for one in expected]
        self.plot.show(
            Chart(
                (*expected, *curves),
                x_range=(0.0, float(whole)),
                log_y=bool(self.logarithmic),
                x_label="epoch",
                y_label="rate",
                cursor_x=cursor_epoch(session),
                crosshair_x=crosshair_epoch(self),
                note="faint: unless the loss stalls" if expected else "",
            )
        )
        self.say(self._told(session, bool(expected)))

    def toggle_logarithm(self, axis: str) -> bool:
        self._by_hand = self._by_hand or axis == "y"
        return super().toggle_logarithm(axis)

    def _told(self, session: Session, expected: bool) -> str:
        """The kind of schedule, and its rate at the cursor, or at the crosshair."""
        at = session if self.crosshair is None else self.crosshair
        timeline, step = at.focused.timeline, max(at.known(at.focused, "learning_rate") - 1, 0)
        plan = timeline.plan_at(step)
        if not plan.solver.uses_gradient:
            return ""
        rate = float(plan.schedule.over(np.array([step]), timeline.steps_per_epoch, plan.train.epochs)[0])
        series = timeline.series.get("learning_rate")
        if plan.schedule.memory and series is not None:
            rate = series.at_step(step + 1) or rate
        after = None if at.cursor.phase else timeline.rate_after(at.step_of(at.focused))
        then = "" if after is None or after == rate else f", from here {number(after)}"
        told = [kind_of(plan.schedule), f"{number(rate)} now{then}"]
        if self.crosshair is not None:
            told = [place_read(self), f"rate {number(rate)}"]
        elif expected:
            told.append(f"certain to epoch {timeline.length // timeline.steps_per_epoch:,}")
        return " · ".join(told)


def _apart(curves: Sequence[Curve]) -> bool:
    """Whether a linear axis would show the rates of some runs as nothing, though none of them comes near to 0."""
    finite = [rates for one in curves if (rates := one.top[np.isfinite(one.top)]).size]
    highest = [float(one.max()) for one in finite]
    near = any(one.min() * FARTHEST <= one.max() for one in finite)
    return bool(highest) and not near and max(highest) >= APART * min(highest)


def _together(names: Sequence[str]) -> str:
    """Runs that share a curve, as its name: the first of them, and how many more."""
    more = f" +{len(names) - MOST_NAMED}" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
