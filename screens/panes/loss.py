"""The loss of every run over the epochs, with the validation loss where there is one."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
from textual.binding import Binding, BindingType

from nnsim.nn.losses import MSE, Loss
from nnsim.session import Session
from nnsim.settings import kind_of
from screens.panes.base import PlotPane, cursor_epoch, series_curves
from screens.panes.seeds_band import SEEDS, SeedsBand
from screens.plots import Chart, Curve, Mark

READINGS = (("loss", "loss"), ("validation_loss", "validation"), ("accuracy", "accuracy"))
# Below this ratio of the largest to the smallest loss a logarithmic axis shows a flat line where there is a slope.
LEAST_RATIO = 4.0


class LossPane(PlotPane):
    """Loss over epochs, logarithmic or linear (`l`)."""

    title = "Loss"
    logarithmic = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("B", "band", f"band of {SEEDS} seeds"),
        Binding("escape", "cancel_band", "stop the band", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.band = SeedsBand(self.changed)
        self._session: Session | None = None

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
        return action != "cancel_band" or self.band.under_way

    def update_from(self, session: Session) -> None:
        self._session = session
        x_range = self.band.epochs(session)
        curves = self.band.curves(session, x_range, self.columns)
        if self.band.waits:
            self.run_worker(self.band.train())
        curves += series_curves(session, "loss", self.columns)
        styles = {track.style: session.free_style(number) for number, track in enumerate(session.compared)}
        for one in series_curves(session, "validation_loss", self.columns):
            name = f"{one.name} validation" if len(session.compared) > 1 else "validation"
            curves.append(replace(one, name=name, style=styles[one.style]))
        marks = tuple(
            Mark(mark.step / track.timeline.steps_per_epoch, mark.text if mark.kind == "mark" else mark.kind)
            for track in session.compared
            for mark in track.timeline.marks
        )
        self.plot.show(
            Chart(
                tuple(curves),
                x_range=x_range,
                log_y=bool(self.logarithmic) and _spread(curves) >= LEAST_RATIO,
                x_label="epoch",
                y_label="loss",
                cursor_x=cursor_epoch(session),
                marks=marks,
                empty="press → for an epoch, space to play",
            )
        )
        record = session.focused.timeline.record(session.step_of(session.focused))
        self.headed(f"{self.title} · {loss_name(session.focused.timeline.plan.loss)}")
        told = [f"{label} {record[name]:.6g}" for name, label in READINGS if name in record]
        self.say(" · ".join(filter(None, [self.band.reading(), *told])))


def loss_name(loss: Loss) -> str:
    """The loss in words: its kind, and how it is reduced to one number."""
    return " ".join([kind_of(loss), *([loss.reduction] if isinstance(loss, MSE) else [])])


def _spread(curves: list[Curve]) -> float:
    """How many times the smallest value the largest is."""
    low = min((float(np.nanmin(one.low)) for one in curves if np.isfinite(one.low).any()), default=1.0)
    high = max((float(np.nanmax(one.top)) for one in curves if np.isfinite(one.top).any()), default=1.0)
    return high / low if low > 0 else np.inf
