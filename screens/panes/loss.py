"""The loss of every run over the epochs, with the validation loss where there is one."""

from dataclasses import replace
from functools import partial
from typing import ClassVar

import numpy as np
from textual.binding import Binding, BindingType

from nnsim.analysis.smoothing import smoothed
from nnsim.nn.losses import MSE, Loss
from nnsim.session import Session
from nnsim.settings import kind_of
from screens.panes.base import PlotPane
from screens.panes.curves import (
    Smoothing,
    crosshair_epoch,
    cursor_epoch,
    epochs_range,
    per_column,
    place_read,
    read_at,
    series_curves,
)
from screens.panes.events import Events
from screens.panes.seeds_band import SEEDS, SeedsBand
from screens.plots import Chart, Curve, PlotWidget, number

READINGS = (("loss", "loss"), ("validation_loss", "validation"), ("accuracy", "accuracy"))
# Below this ratio of the largest to the smallest loss a logarithmic axis shows a flat line where there is a slope.
LEAST_RATIO = 4.0
WIDE = 60  # columns from which on there is room for all digits of a loss
# How far a smoothed value reaches to either side, as a part of the columns.
SMOOTHING = {"": 0.0, "light": 0.03, "strong": 0.1}


class LossPane(PlotPane):
    """Loss over epochs, logarithmic or linear (`l`, across `L`), as it is or smoothed (`k`)."""

    kind = "loss"
    tells = frozenset({"loss", "validation_loss", "accuracy"})
    logarithmic = True
    logarithmic_x = False
    draws_crosshair = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "smooth", "smooth: no, light, strong"),
        Binding("B", "band", f"band of {SEEDS} seeds"),
        Binding("escape", "cancel_band", "stop the band", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.smoothing = ""
        self._events = Events()
        self.band = SeedsBand(self.changed)
        self._session: Session | None = None

    @property
    def time_plot(self) -> PlotWidget | None:
        return self.plot

    def forget(self) -> None:
        super().forget()
        self._events.forget()

    def action_smooth(self) -> None:
        """Go on to the next strength, round and round."""
        names = list(SMOOTHING)
        self.smoothing = names[(names.index(self.smoothing) + 1) % len(names)]
        self.changed()

    def action_band(self) -> None:
        """Show how the losses of many seeds spread, or show it no longer."""
        if self._session is not None:
            self.band.turn(self._session)
            self.forget()
            self.changed()

    def action_cancel_band(self) -> None:
        self.band.cancel()
        self.forget()
        self.changed()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape is the pane's own while the band is under way."""
        if action == "cancel_band" and not self.band.under_way:
            return False
        return super().check_action(action, parameters)

    def update_from(self, session: Session) -> None:
        self._session = session
        x_range = self.band.epochs(session)
        band = self.band.curves(session, x_range, self.columns)
        if self.band.waits:
            self.run_worker(self.band.train())
        if self.logarithmic_x:
            x_range = epochs_range(session, True)[0], x_range[1]
        raw = self._curves(session, None)
        log = bool(self.logarithmic) and _spread([*band, *raw]) >= LEAST_RATIO
        half = max(1, round(SMOOTHING[self.smoothing] * self.columns))
        curves = self._curves(session, partial(smoothed, half=half, log=log)) if self.smoothing else raw
        self.plot.show(
            Chart(
                (*band, *curves),
                x_range=x_range,
                log_x=bool(self.logarithmic_x),
                log_y=log,
                x_label="epoch",
                y_label="loss",
                cursor_x=cursor_epoch(session),
                crosshair_x=crosshair_epoch(self),
                marks=self._events.marks(session),
                note=self._note(session),
                empty="the phase loss tells it: press ." if session.cursor.phase else "→ trains the first epoch",
            )
        )
        name = loss_name(session.focused.timeline.plan.loss)
        self.headed(" · ".join(filter(None, [self.title, self._smoothed(), name])))
        self.say(self._reading(session))

    def _curves(self, session: Session, smoothing: Smoothing | None) -> list[Curve]:
        """Loss and validation loss of all runs; at the crosshair each name carries its value."""
        several = len(session.compared) > 1
        curves = series_curves(session, "loss", self.columns, smoothing=smoothing)
        styles = {track.style: session.free_style(number) for number, track in enumerate(session.compared)}
        curves = [replace(one, name=self._named(session, one, "loss")) for one in curves]
        for one in series_curves(session, "validation_loss", self.columns, smoothing=smoothing):
            value = self._named(session, replace(one, name=""), "validation_loss")
            name = f"{one.name} validation{value}" if several else f"validation{value}"
            curves.append(replace(one, name=name, style=styles[one.style]))
        return curves

    def _named(self, session: Session, curve: Curve, figure: str) -> str:
        track = next(one for one in session.compared if one.style == curve.style)
        value = read_at(self, track, figure)
        return curve.name if value is None else f"{curve.name} {number(value)}"

    def _smoothed(self) -> str:
        return f"smooth {SMOOTHING[self.smoothing]:.0%}" if self.smoothing else ""

    def _note(self, session: Session) -> str:
        """What a column of the curve stands for, where it holds many steps."""
        steps = per_column(session, "loss", self.columns)
        return f"min-max of {steps:,} steps a column" if steps > 1 else ""

    def _reading(self, session: Session) -> str:
        at, told = session if self.crosshair is None else self.crosshair, []
        if self.crosshair is not None:
            told.append(place_read(self))
        elif reading := self.band.reading():
            told.append(reading)
        record = at.figures(at.focused)
        digits = 6 if self.crosshair is None and self.size.width >= WIDE else 4
        if "loss" in record and (whose := at.whose(at.focused, "loss")):
            told.append(f"{whose}loss {record.pop('loss'):.{digits}g}")
        told += [f"{label} {record[name]:.{digits}g}" for name, label in READINGS if name in record]
        return " · ".join(told)


def loss_name(loss: Loss) -> str:
    """The loss in words: its kind, and how it is reduced to one number."""
    return " ".join([kind_of(loss), *([loss.reduction] if isinstance(loss, MSE) else [])])


def _spread(curves: list[Curve]) -> float:
    """How many times the smallest value the largest is."""
    low = min((float(np.nanmin(one.low)) for one in curves if np.isfinite(one.low).any()), default=1.0)
    high = max((float(np.nanmax(one.top)) for one in curves if np.isfinite(one.top).any()), default=1.0)
    return high / low if low > 0 else np.inf
