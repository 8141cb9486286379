"""The loss as a bowl over two parameters, seen from above, with the way that every run walks over it."""

import numpy as np
import numpy.typing as npt

from nnsim.analysis.least_squares import least_squares
from nnsim.analysis.surface import Surface, has_surface, loss_surface, path
from nnsim.arrays import Array
from nnsim.plan import Plan
from nnsim.session import Session
from screens.panes.base import PlotPane
from screens.plots import Chart, Contours, Curve

GRID = (96, 64)  # columns, rows
PATH_POINTS = 200


class SurfacePane(PlotPane):
    """Contours of the loss over slope and intercept, paths up to the cursor, the exact answer if any."""

    title = "Loss surface"

    def __init__(self) -> None:
        super().__init__()
        self._surface: tuple[Plan, Surface] | None = None

    def update_from(self, session: Session) -> None:
        plan, ranges = session.focused.timeline.plan, session.scenario.surface
        if not has_surface(plan):
            self.plot.show(Chart(empty=f"needs a model of 2 parameters; this one has {plan.network.size:,}"))
            return
        if self._surface is None or self._surface[0] is not plan:
            self._surface = plan, loss_surface(plan, ranges.slope, ranges.intercept, *GRID)
        curves = []
        for track in sorted(session.tracks, key=lambda one: one is session.focused):  # the focused one on top
            walked = path(track.timeline, session.step_of(track), PATH_POINTS)
            # A run that shoots out of the picture would cover it with its jumps: they are left out.
            inside = _within(walked[:, 0], ranges.slope) & _within(walked[:, 1], ranges.intercept)
            if track is session.focused:
                y = np.where(inside, walked[:, 1], np.nan)
                curves.append(Curve(session.label(track), walked[:, 0], y, style=track.style, kind="path"))
            elif inside[-1]:  # several paths would cover each other: of the others, the place alone
                curves.append(
                    Curve(session.label(track), walked[-1:, 0], walked[-1:, 1], style=track.style, kind="points")
                )
        exact = least_squares(plan)
        if exact is not None:
            place = exact.parameters
            curves.append(Curve("exact", place[:1], place[1:], style=session.free_style(), kind="points"))
        across, upwards = parameter_names(plan)
        self.plot.show(
            Contours(
                self._surface[1].losses,
                ranges.slope,
                ranges.intercept,
                curves=tuple(curves),
                x_label=across,
                y_label=upwards,
            )
        )
        here = session.focused.trainer_at(session.step_of(session.focused)).parameters
        self.say(f"{across} {here[0]:.5g} · {upwards} {here[1]:.5g}")
        if exact is not None:
            best = ", ".join(f"{one:.5g}" for one in exact.parameters)
            self.headed(f"{self.title} · exact {best}")


def _within(values: Array, limits: tuple[float, float]) -> npt.NDArray[np.bool_]:
    return (values >= limits[0]) & (values <= limits[1])


def parameter_names(plan: Plan) -> tuple[str, str]:
    """What the two parameters are called."""
    if plan.network.outputs == 2:  # a function of the outputs: the weights of an input that is always 1
        first, second = plan.examples.target_names
        return first, second
    return (
        ("slope", "intercept")
        if plan.network.inputs == 1 and plan.network.layers[0].bias
        else ("weight 1", "weight 2")
    )
