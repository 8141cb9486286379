"""The loss of every run over the epochs, with the validation loss where there is one."""

from nnsim.session import Session
from screens.panes.base import PlotPane, cursor_epoch, epochs_range, series_curves
from screens.plots import Chart, Curve, Mark, number


class LossPane(PlotPane):
    """Loss over epochs, logarithmic or linear (`l`)."""

    title = "Loss"
    logarithmic = True

    def update_from(self, session: Session) -> None:
        curves = series_curves(session, "loss", self.columns)
        first_free = len(session.tracks)
        for offset, track in enumerate(session.tracks):
            if "validation_loss" in track.timeline.series:
                own = series_curves(session, "validation_loss", self.columns)
                named = f"{track.timeline.name} validation" if len(session.tracks) > 1 else "validation"
                curves += [
                    Curve(named, one.x, one.low, one.high, style=first_free + offset, faint=one.faint)
                    for one in own
                    if one.style == track.style
                ]
        marks = tuple(
            Mark(mark.step / track.timeline.steps_per_epoch, mark.kind)
            for track in session.tracks
            for mark in track.timeline.marks
        )
        self.plot.show(
            Chart(
                tuple(curves),
                x_range=epochs_range(session),
                log_y=bool(self.logarithmic),
                x_label="epoch",
                y_label="loss",
                cursor_x=cursor_epoch(session),
                marks=marks,
                empty="no step yet: press → for an epoch, . for a phase, space to play",
            )
        )
        focused = session.focused
        record = focused.timeline.record(session.step_of(focused))
        told = [f"{label} {number(record[name])}" for name, label in READINGS if name in record]
        self.say(" · ".join(told))


READINGS = (("loss", "loss"), ("validation_loss", "validation"), ("accuracy", "right"))
