"""The loss of every run over the epochs, with the validation loss where there is one."""

from dataclasses import replace

import numpy as np

from nnsim.nn.losses import MSE, Loss
from nnsim.session import Session
from nnsim.settings import kind_of
from screens.panes.base import PlotPane, cursor_epoch, epochs_range, series_curves
from screens.plots import Chart, Curve, Mark

READINGS = (("loss", "loss"), ("validation_loss", "validation"), ("accuracy", "accuracy"))
# Below this ratio of the largest to the smallest loss a logarithmic axis shows a flat line where there is a slope.
LEAST_RATIO = 4.0


class LossPane(PlotPane):
    """Loss over epochs, logarithmic or linear (`l`)."""

    title = "Loss"
    logarithmic = True

    def update_from(self, session: Session) -> None:
        curves = series_curves(session, "loss", self.columns)
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
                x_range=epochs_range(session),
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
        self.say(" · ".join(told))


def loss_name(loss: Loss) -> str:
    """The loss in words: its kind, and how it is reduced to one number."""
    return " ".join([kind_of(loss), *([loss.reduction] if isinstance(loss, MSE) else [])])


def _spread(curves: list[Curve]) -> float:
    """How many times the smallest value the largest is."""
    low = min((float(np.nanmin(one.low)) for one in curves if np.isfinite(one.low).any()), default=1.0)
    high = max((float(np.nanmax(one.top)) for one in curves if np.isfinite(one.top).any()), default=1.0)
    return high / low if low > 0 else np.inf
