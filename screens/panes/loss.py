"""The loss of every run over the epochs, with the validation loss where there is one."""

from dataclasses import replace
from functools import partial

import numpy as np
from textual.binding import Binding

from nnsim.narration.commentary import of_step
from nnsim.nn.losses import MSE
from nnsim.scenario.setting_keys import kind_of
from nnsim.session.view import Capability, TrackView, View
from nnsim.text import count
from nnsim.text.number_format import percent
from screens.panes.curves import (
    Smoothing,
    crosshair_epoch,
    cursor_epoch,
    enclosed,
    epochs_range,
    of_batches,
    per_column,
    read_at,
    series_curves,
    smoothed,
)
from screens.panes.event_marks import EventMarks
from screens.panes.loss_over_rate import marks_over_rates, monotonic, over_rates, rate_at, rate_axis
from screens.panes.loss_over_sweep import over_sweep, swept
from screens.panes.pane import AROUND_READING, PlotPane
from screens.panes.seed_band import SEEDS, SeedBand
from screens.plots import Chart, Curve, PlotWidget, number

VALIDATION, AVERAGED = "validation", "averaged"
# Below this ratio of the largest to the smallest loss a logarithmic axis shows a flat line where there is a slope.
LEAST_RATIO = 4.0
WIDE = 60  # columns from which on there is room for all digits of a loss
# How far a smoothed value reaches to either side, as a part of the columns.
SMOOTHING = {"": 0.0, "light": 0.03, "strong": 0.1}


class LossPane(PlotPane):
    """Loss over epochs, logarithmic or linear (`l`, across `L`), as it is or smoothed (`k`).

    Where the learning rate only grows or only falls it is drawn over that, too (`X`), and over the values of a
    sweep; over these at first where the runs differ in nothing else.
    """

    kind = "loss"
    figures_drawn = frozenset({"loss", "validation_loss", "accuracy"})
    logarithmic = True
    logarithmic_x = False
    draws_crosshair = True
    BINDINGS = [
        Binding("k", "smooth", "smooth: no, light, strong"),
        Binding("X", "across", "over epochs / learning rate, or sweep"),
        Binding("B", "band", f"band of {SEEDS} seeds"),
        Binding("escape", "cancel_band", "stop the band", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.smoothing = ""
        self.over_rate = False  # wished for; shown where the focused run's rate is monotonic
        self.over_sweep: bool | None = None  # None: where there is one variant
        self._over_sweep = False
        self.logarithmic_rate: bool | None = None  # None: as far as the rates are apart
        self._over_rates = False
        self._events = EventMarks()
        self.band = SeedBand(self.changed)
        self._view: View | None = None
        self._log: bool | None = None  # whether the figures are far enough apart for a logarithmic axis

    @property
    def time_plot(self) -> PlotWidget | None:
        return None if self._over_rates or self._over_sweep else self.plot

    def toggle_logarithm(self, axis: str) -> bool:
        if axis == "x" and self._over_rates:
            chart = self.plot.picture
            self.logarithmic_rate = not (isinstance(chart, Chart) and chart.log_x)
            return True
        return super().toggle_logarithm(axis)

    def offers(self, action: str) -> bool:
        if action == "band" and self._view is not None:
            return Capability.SETTINGS in self._view.focused.capabilities
        return action != "across" or (
            self._view is not None and (swept(self._view) or monotonic(self._view.focused))
        )

    def forget(self) -> None:
        super().forget()
        self._events.forget()

    def action_smooth(self) -> None:
        names = list(SMOOTHING)
        self.smoothing = names[(names.index(self.smoothing) + 1) % len(names)]
        self.changed()

    def action_across(self) -> None:
        if not self.offers("across"):
            self.tell("The loss is drawn over the learning rate where that only grows, or only falls, all the run.")
            return
        assert self._view is not None, "it offers that"
        if swept(self._view):
            self.over_sweep = not self._over_sweep
        else:
            self.over_rate = not self.over_rate
        self.forget()
        self.changed()

    def action_band(self) -> None:
        if self._view is not None and Capability.SETTINGS not in self._view.focused.capabilities:
            self.tell("Another program has trained this run: there are no settings to train other seeds with.")
        elif self._view is not None:
            self.band.turn(self._view)
            if self.band.on and self._over_rates:
                self.tell("The band of seeds is drawn over epochs: X goes back to them.")
            self.forget()
            self.changed()

    def action_cancel_band(self) -> None:
        self.band.cancel()
        self.forget()
        self.changed()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape belongs to the pane while it trains the band."""
        if action == "cancel_band" and not self.band.under_way:
            return False
        return super().check_action(action, parameters)

    def update_from(self, view: View) -> None:
        self._view = view
        self._over_sweep = swept(view) and (
            len(view.scenario.variants) == 1 if self.over_sweep is None else self.over_sweep
        )
        if self._over_sweep and not self.band.on:
            self.plot.show(over_sweep(self.crosshair or view, bool(self.logarithmic)))
            self._entitle(view, view.compared)
            self.set_reading(self.reading_of(view))
            return
        self._over_rates = self.over_rate and monotonic(view.focused)
        drawn = [one for one in view.compared if not self._over_rates or monotonic(one)]
        x_range = self.band.epochs(view)
        band = [] if self._over_rates else self.band.curves(view, x_range, self.columns)
        if self.band.waits:
            self.run_worker(self.band.train())
        if self.logarithmic_x:
            x_range = epochs_range(view, True)[0], x_range[1]
        raw = self.curves_of(view, drawn, None)
        if not (view.playing and self._log is not None):  # an axis does not turn while it is watched
            self._log = _spread([*band, *raw]) >= LEAST_RATIO
        log = bool(self.logarithmic) and bool(self._log)
        half = max(1, round(SMOOTHING[self.smoothing] * self.columns))
        smooth = partial(smoothed, half=half, log=log)
        curves = self.curves_of(view, drawn, smooth) if self.smoothing else raw
        steps = per_column(view, "loss", self.columns)
        chart = Chart(
            (*band, *curves),
            x_range=x_range,
            y_extent=None if band else enclosed(raw, log),
            log_x=bool(self.logarithmic_x),
            log_y=log,
            x_label=view.unit,
            y_label=f"{of_step(view.focused.log)}loss",
            named_at_ends=not band,
            cursor_x=cursor_epoch(view),
            crosshair_x=crosshair_epoch(self),
            marks=self._events.marks(view),
            note=self._note(view, steps, log),
            empty="the phase loss tells it: press ." if view.cursor.phase else "→ trains the first epoch",
        )
        self.plot.show(self._over_rate(chart, view, drawn) if self._over_rates else chart)
        self._entitle(view, drawn)
        self.set_reading(self.reading_of(view))

    @staticmethod
    def _note(view: View, steps: int, log: bool) -> str:
        """A remark on what is drawn: the shade, or what a column holds; else what a logarithmic axis means."""
        series = view.focused.log.series.get("loss")
        if series is not None and of_batches(view.focused, series):
            return "shade: 8 of 10 batches"
        if steps > 1:
            return f"min-max of {steps:,} steps a column"
        return "LOG: each mark is 10 times the one below" if log else ""

    def _entitle(self, view: View, drawn: list[TrackView]) -> None:
        """Names the loss in the title; runs that are measured by another loss share the axis, so that is named
        too."""
        over = "learning rate" if self._over_rates else view.sweep.key if self._over_sweep and view.sweep else ""
        title = f"{self.title} over {over}" if over else self.title
        name = loss_name(view.focused)
        others = {*map(loss_name, drawn)} - {name}
        parts = [*filter(None, [title, f"smooth {SMOOTHING[self.smoothing]:.0%}" if self.smoothing else ""])]
        named = [*parts, *filter(None, [name]), *([f"others by {', '.join(sorted(others))}"] if others else [])]
        if others and len(" · ".join(named)) > self.outer_size.width - AROUND_READING:
            named = [*parts, "runs by different losses"]
        self.set_title(" · ".join(named))

    def _over_rate(self, chart: Chart, view: View, drawn: list[TrackView]) -> Chart:
        """The same chart over the learning rate, of the runs whose rate is monotonic."""
        tracks = {track.style: track for track in drawn}
        low, high, log = rate_axis(drawn)
        focused, out, at = view.focused, len(view.compared) - len(drawn), crosshair_epoch(self)
        return replace(
            chart,
            curves=tuple(part for one in chart.curves for part in over_rates(one, tracks[one.style])),
            x_range=(low, high),
            log_x=log if self.logarithmic_rate is None else self.logarithmic_rate,
            x_label="learning rate",
            cursor_x=rate_at(focused, cursor_epoch(view)),
            crosshair_x=None if at is None else rate_at(focused, at),
            marks=marks_over_rates(self._events.marks(view, [focused]), view),
            note=f"{count(out, 'run')} left out: rate not monotonic" if out else chart.note,
        )

    def curves_of(self, view: View, tracks: list[TrackView], smoothing: Smoothing | None) -> list[Curve]:
        """Loss and validation loss of runs; at the crosshair each name carries its value."""
        several = len(view.compared) > 1
        curves = series_curves(view, "loss", self.columns, tracks, smoothing)
        curves = [replace(one, name=self._named(view, one, "loss")) for one in curves]
        for one in series_curves(view, "validation_loss", self.columns, tracks, smoothing):
            name = "" if several else VALIDATION
            label = self._named(view, replace(one, name=name), "validation_loss").strip()
            curves.append(replace(one, name=label, hollow=VALIDATION))
        for one in series_curves(view, "averaged_loss", self.columns, tracks, smoothing):
            if not one.faint:
                label = self._named(view, replace(one, name=AVERAGED), "averaged_loss")
                curves.append(replace(one, name=label, faint=True, sign="┄"))
        return curves

    def _named(self, view: View, curve: Curve, figure: str) -> str:
        track = next(one for one in view.compared if one.style == curve.style)
        value = read_at(self, track, figure)
        return curve.name if value is None else f"{curve.name} {number(value)}"

    def reading_of(self, view: View) -> str:
        at, parts = view if self.crosshair is None else self.crosshair, []
        if self.crosshair is not None:
            parts.append(self.place_read)
        elif self.band.under_way:
            parts.append(self.band.reading())  # what goes on, and how it stops, before all else
        record, whose = at.figures(at.focused), at.whose(at.focused, "loss")
        ranks = [] if self.crosshair is not None or self.band.on else ranked(view)
        many = len(ranks) > 2
        digits = 6 if self.crosshair is None and self.size.width >= WIDE and not many else 4
        of, figures = of_step(at.focused.log), []
        if "loss" in record:
            # A band, the crosshair and a race have much to say themselves.
            after = None if many or self.band.on or self.crosshair is not None else at.loss_after(at.focused)
            then = "" if after is None else f" before, {after:.{digits}g} after"
            figures.append(f"{whose}{of}loss {record['loss']:.{digits}g}{then}")
        if "validation_loss" in record:
            figures.append(f"{VALIDATION} {record['validation_loss']:.{digits}g}")
        if "averaged_loss" in record:
            figures.append(f"{AVERAGED} {record['averaged_loss']:.{digits}g}")
        if "accuracy" in record:
            accuracy = f"accuracy {percent(record['accuracy'])}"
            if of and figures:  # which both are of, and the validation is not
                figures[0] += f", {accuracy}"
            else:
                figures.append(accuracy)
        if self.crosshair is None and not (self._over_rates or self.band.under_way):
            figures.append(self.band.reading())
        room = self.outer_size.width - AROUND_READING - len(" · ".join([*figures, ""]))
        forms = (f"lowest {', then '.join(ranks[:most])}" for most in range(len(ranks), 0, -1))
        figures.append(next((one for one in forms if len(one) <= room), ""))
        return " · ".join(filter(None, [*parts, *figures]))


def ranked(view: View) -> list[str]:
    """The compared runs with their losses under the cursor, the lowest first: `adam 0.0021`, `sgd 0.43`.

    None while time moves, for one run, and where the losses are not of one kind. What is not finite comes last.
    """
    runs = view.compared
    if view.playing or len(runs) < 2 or len({*map(loss_name, runs)}) > 1:
        return []
    known = [(figures["loss"], view.label(one)) for one in runs if "loss" in (figures := view.figures(one))]
    known.sort(key=lambda one: one[0] if np.isfinite(one[0]) else np.inf)
    return [f"{name} {number(loss)}" for loss, name in known]


def loss_name(track: TrackView) -> str:
    """The kind of the loss and its reduction; empty where that is not known."""
    if Capability.SETTINGS not in track.capabilities:
        return ""
    loss = track.timeline.plan.loss
    return " ".join([kind_of(loss), *([loss.reduction] if isinstance(loss, MSE) else [])])


def _spread(curves: list[Curve]) -> float:
    """How many times the smallest the largest is; 0 where there are losses below 0, which no logarithm has."""
    low = min((float(np.nanmin(one.low)) for one in curves if np.isfinite(one.low).any()), default=1.0)
    high = max((float(np.nanmax(one.top)) for one in curves if np.isfinite(one.top).any()), default=1.0)
    return high / low if low > 0 else 0.0 if low < 0 else np.inf
