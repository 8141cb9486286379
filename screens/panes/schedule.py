"""The learning-rate schedule, whole, with the present step marked."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from nnsim.nn.arrays import Array
from nnsim.scenario.setting_keys import kind_of
from nnsim.session.view import ALL_GUESS, Capability, TrackView, View
from nnsim.timeline import RunLog, Series, Timeline
from screens.panes.curves import crosshair_epoch, cursor_epoch
from screens.panes.pane import PlotPane
from screens.plots import Chart, Curve, PlotWidget, number

APART = 20.0  # times that one run's highest rate is above another's, from which on the axis is logarithmic
FARTHEST = 1e4  # times that a run's highest rate may be above its own lowest then
DECADES, LONG = 100.0, 0.25  # times below its highest rate that a run spends such a part of its steps, or more
MOST_NAMED = 2  # runs of the same rates


class PlannedRates(Struct, frozen=True):
    """The rate over the epochs of a whole run, (n,) each; `certain` of them do not depend on losses to come."""

    epochs: Array
    rates: Array
    certain: int  # so many of them

    @property
    def expected(self) -> bool:
        return self.certain < len(self.epochs)


def planned_rates(timeline: RunLog, columns: int) -> PlannedRates:
    """The rate at even steps of the whole run, with the settings in force; without a plan, as recorded."""
    per_epoch, last = timeline.steps_per_epoch, whole_epochs(timeline) * timeline.steps_per_epoch
    steps = np.unique(np.linspace(0, last - 1, max(2 * columns, 2)).astype(np.int64))
    if not isinstance(timeline, Timeline):
        return PlannedRates(steps / per_epoch, _recorded(timeline.series["learning_rate"], steps), len(steps))
    rates, known = np.empty(len(steps)), np.ones(len(steps), dtype=bool)
    for start in (0, *sorted({one.step for one in timeline.commands})):
        plan, later = timeline.plan_at(start), steps >= start
        rates[later] = plan.schedule.over(steps[later], per_epoch, plan.train.epochs)
        known[later] = not plan.schedule.memory
    series = timeline.series.get("learning_rate")
    if not known.all() and series is not None and len(series):
        # A step is trained at the rate that is recorded with it.
        trained = steps < timeline.length
        rates[trained & ~known] = _recorded(series, steps[trained & ~known])
        rates[~trained & ~known] = series.at_step(timeline.length) or np.nan
        known |= trained
    return PlannedRates(steps / per_epoch, rates, int(np.count_nonzero(known)))


def whole_epochs(log: RunLog) -> int:
    """The epochs of a whole run, planned or recorded; at least 1."""
    if isinstance(log, Timeline):
        return log.plan_at(log.length).train.epochs
    return max(1, -(-log.length // log.steps_per_epoch))


def _recorded(series: Series, steps: npt.NDArray[np.int64]) -> Array:
    """The recorded rates of steps, (n,); NaN where none is recorded."""
    return np.array([series.at_step(int(step) + 1) for step in steps], dtype=np.float64)


class SchedulePane(PlotPane):
    """Learning rate over all epochs of the run, trained or not."""

    kind = "schedule"
    needs = Capability.LEARNING_RATE
    figures_drawn = frozenset({"learning_rate"})
    logarithmic: bool | None = False
    draws_crosshair = True

    def __init__(self) -> None:
        super().__init__()
        self._scaled = False  # whether the axis was chosen, by the rates that were shown first
        self._by_hand = False  # and whether a person has chosen it since, which no other rates change

    @classmethod
    def why_not(cls, view: View) -> str | None:
        if any(cls.needs in one.capabilities for one in view.compared):
            return None
        return ALL_GUESS if Capability.SETTINGS in view.focused.capabilities else super().why_not(view)

    @property
    def time_plot(self) -> PlotWidget | None:
        return self.plot

    def forget(self) -> None:
        super().forget()
        self._scaled = self._by_hand

    def update_from(self, view: View) -> None:
        curves: list[Curve] = []
        expected: list[Curve] = []
        whole = max(whole_epochs(track.log) for track in view.compared)
        alike = self._alike(view)
        for tracks, found in alike:
            name, style, end = _together([view.label(one) for one in tracks]), tracks[0].style, found.certain
            if len(alike) == 1 and len(view.tracks) > 1:
                name = "all runs"
            dim = len(alike) > 1 and view.focused not in tracks
            curves.append(Curve(name, found.epochs[:end], found.rates[:end], style=style, dim=dim))
            if found.expected:
                start = max(end - 1, 0)  # without a gap
                later = found.epochs[start:], found.rates[start:]
                expected.append(Curve(name, *later, style=style, faint=True, dim=dim))
        if not self._scaled:
            self.logarithmic, self._scaled = apart(curves), True
        self.plot.show(
            Chart(
                (*expected, *curves),
                x_range=(0.0, float(whole)),
                log_y=bool(self.logarithmic),
                x_label=view.unit,
                y_label="rate",
                named_at_ends=True,
                cursor_x=cursor_epoch(view),
                crosshair_x=crosshair_epoch(self),
                note="faint: unless the loss stalls" if expected else "",
            )
        )
        self.set_reading(self._reading(view, bool(expected)))

    def _alike(self, view: View) -> list[tuple[list[TrackView], PlannedRates]]:
        """Groups runs with the same rates, the focused one first in its group."""
        found: dict[tuple[bytes, bytes], tuple[list[TrackView], PlannedRates]] = {}
        for track in view.compared:
            if Capability.LEARNING_RATE in track.capabilities:
                rates = planned_rates(track.log, self.columns)
                tracks, _ = found.setdefault((rates.epochs.tobytes(), rates.rates.tobytes()), ([], rates))
                tracks.insert(0 if track is view.focused else len(tracks), track)
        return list(found.values())

    def toggle_logarithm(self, axis: str) -> bool:
        self._by_hand = self._by_hand or axis == "y"
        return super().toggle_logarithm(axis)

    def _reading(self, view: View, expected: bool) -> str:
        at = view if self.crosshair is None else self.crosshair
        if Capability.LEARNING_RATE not in at.focused.capabilities:
            return ""
        known, place = at.known(at.focused, "learning_rate"), "" if self.crosshair is None else self.place_read
        if Capability.SETTINGS not in at.focused.capabilities:
            rate = at.focused.log.series["learning_rate"].at_step(known)
            return " · ".join(filter(None, [place, "" if rate is None else f"rate {number(rate)}"]))
        timeline, step = at.focused.timeline, max(known - 1, 0)
        plan = timeline.plan_at(step)
        rate = float(plan.schedule.over(np.array([step]), timeline.steps_per_epoch, plan.train.epochs)[0])
        series = timeline.series.get("learning_rate")
        if plan.schedule.memory and series is not None:
            rate = series.at_step(step + 1) or rate
        after = None if at.cursor.phase else timeline.rate_after(at.step_of(at.focused))
        then = "" if after is None or after == rate else f", from here {number(after)}"
        parts = [kind_of(plan.schedule), f"{number(rate)} now{then}"]
        if self.crosshair is not None:
            parts = [place, f"rate {number(rate)}"]
        elif expected:
            parts.append(f"certain to epoch {timeline.length // timeline.steps_per_epoch:,}")
        return " · ".join(parts)


def apart(curves: Sequence[Curve]) -> bool:
    """Whether a linear axis would draw some rates as nothing.

    A run that comes near to 0 only in passing, as at its end, would need decades for a few steps.
    """
    finite = [rates for one in curves if (rates := one.top[np.isfinite(one.top) & (one.top > 0)]).size]
    spanning = [float(np.mean(one * DECADES < one.max())) >= LONG for one in finite]
    zero = any(bool(np.any(one.top <= 0)) for one in curves)
    near = zero or any(
        one.min() * FARTHEST <= one.max() for one, spans in zip(finite, spanning, strict=True) if not spans
    )
    highest = [float(one.max()) for one in finite]
    apart = bool(highest) and max(highest) >= APART * min(highest)
    return (apart or any(spanning)) and not near


def _together(names: Sequence[str]) -> str:
    more = f" +{len(names) - MOST_NAMED}" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
