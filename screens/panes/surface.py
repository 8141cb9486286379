"""The loss as contours over two parameters or directions, and the optimizer's path over it."""

from time import perf_counter

import numpy as np
import numpy.typing as npt
from textual.binding import Binding

from nnsim.analysis.least_squares import least_squares
from nnsim.analysis.loss_grid import Survey, has_surface
from nnsim.analysis.planes import Plane, chosen_plane, parameter_name, path_plane, pushes, random_plane
from nnsim.nn.arrays import Array
from nnsim.scenario.plan import Plan
from nnsim.session.view import TrackView, View
from nnsim.timeline import Timeline
from screens.panes.earlier_steps import PathsOverPlane
from screens.panes.pane import AROUND_READING, PlotPane, run_suffix
from screens.panes.pane_context import INSIDE
from screens.plots import Arrow, Contours, Curve, number
from screens.slices import in_slices

GRID, WHOLE = (48, 32), (96, 64)  # columns, rows: of directions; of a model of two parameters
KINDS = {"path": "along its path", "parameters": "two parameters", "random": "two random directions"}
AT_ONCE_S = 0.008  # of computing before the first picture: a small landscape is whole by then
MARGIN = 0.3  # of the path's extent, on either side of it
CHEAP = 20_000_000  # multiplications: a survey of fewer follows the cursor wherever it rests


class SurfacePane(PlotPane):
    """Contours of the loss, paths up to the cursor, arrows (`a`); which plane (`d`), which parameters (`i` `o`).

    Of a model of more than two parameters paths are projected onto the plane: the contours are the losses in the
    plane through the present parameters, not those that the path met.
    """

    kind = "surface"
    needs = INSIDE
    BINDINGS = [
        Binding("d", "kind", "path / parameters / random"),
        Binding("i", "parameter(0, 1)", "next parameter across"),
        Binding("I", "parameter(0, -1)", "previous parameter across"),
        Binding("o", "parameter(1, 1)", "next parameter upwards"),
        Binding("O", "parameter(1, -1)", "previous parameter upwards"),
        Binding("k", "anew", "lay a new plane here"),
        Binding("a", "arrows", "arrows of the last step"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.directions = "path"
        self.parameters: list[int] = []  # chosen; at first the two that have moved the furthest
        self.arrows = True
        self._step = 0  # at which it was shown last
        self.survey: Survey | None = None
        self._laid: tuple[Timeline, int, int] | None = None  # for which run, at which step, of how many
        self.paths = PathsOverPlane(self)
        self._draws = 0  # how many random planes were drawn
        self._surveying: Survey | None = None  # what is being computed between the turns of the event loop
        self._count = 2  # parameters of the network last shown

    @classmethod
    def why_not(cls, view: View) -> str | None:
        if (reason := super().why_not(view)) is not None:
            return reason
        alone = view.focused.timeline.plan.network.size < 2
        return "A plane needs two parameters; this model has one." if alone else None

    def compares_states(self, view: View) -> bool:
        return True

    def forget(self) -> None:
        super().forget()
        self.survey, self._laid = None, None

    def cancel(self) -> bool:
        on_the_way = not self.paths.stopped and (
            (self.survey is not None and not self.survey.finished) or self.paths.complete < 1.0
        )
        if on_the_way:
            self.paths.stopped = True
            self.changed()
        return on_the_way

    def action_kind(self) -> None:
        if self._count <= 2:
            self.tell("This model has two parameters: the whole landscape is shown.")
            return
        kinds = list(KINDS)
        self.directions = kinds[(kinds.index(self.directions) + 1) % len(kinds)]
        self.action_anew()

    def action_parameter(self, axis: int, by: int) -> None:
        """Varies another parameter along an axis, never the same along both."""
        if self._count <= 2:
            self.tell("This model has two parameters: there is nothing to choose.")
            return
        if not self.parameters:
            self.parameters = [0, 1]
        chosen = (self.parameters[axis] + by * self.take_count()) % self._count
        if chosen == self.parameters[1 - axis]:
            chosen = (chosen + (1 if by > 0 else -1)) % self._count
        self.parameters[axis], self.directions = chosen, "parameters"
        self.action_anew()

    def action_anew(self) -> None:
        """Lays the plane around the parameters under the cursor; draws random directions again."""
        survey = self.survey
        if survey is not None and survey.finished and has_surface(survey.plan):
            self.tell("The whole landscape is shown: it is the same from everywhere.")
            return
        self._draws += 1
        self._laid = None
        self.changed()

    def action_arrows(self) -> None:
        self.arrows = not self.arrows
        state = "hidden" if not self.arrows else "shown" if self._step else "shown from step 1 on"
        self.tell(f"Arrows of the last step: {state}.")
        self.changed()

    def update_from(self, view: View) -> None:
        track = view.focused
        plan, step = track.timeline.plan, view.step_of(track)
        self._step = step
        self._count = plan.network.size
        here = track.asked_at(step, view.phase_of(track)).parameters.astype(np.float64)
        stale = self._stale(view, here)
        self.paths.stopped = self.paths.stopped and not stale
        self.paths.update(view)
        if stale:
            self._lay(view, here)
        survey = self.survey
        assert survey is not None, "it was laid"
        if not (survey.finished or self.paths.stopped or self._surveying is survey):
            self._surveying = survey
            self.run_worker(self._compute(survey))
        plane = survey.plane
        curves = self.paths.curves(view, plane, here, self._inside)
        exact = least_squares(plan) if has_surface(plan) else None
        if exact is not None:
            place = plane.coordinates(exact.parameters[None, :])
            curves.append(Curve("exact", place[:, 0], place[:, 1], style=view.free_style(), kind="points"))
        self.plot.show(
            Contours(
                survey.losses,
                survey.x_range,
                survey.y_range,
                curves=tuple(curves),
                x_label=plane.names[0],
                y_label=plane.names[1],
                arrows=self._arrows(view, track, plane) if self.arrows else (),
            )
        )
        best = "" if exact is None else f" · exact {', '.join(f'{one:.5g}' for one in exact.parameters)}"
        titled = len(f"{self.title}{run_suffix(view)}{best}") <= self.outer_size.width - AROUND_READING
        kind = "" if has_surface(plan) else f" · {KINDS[self.directions]}"
        self.set_title(f"{self.title}{kind}{run_suffix(view)}{best if titled else ''}")
        reading = self._reading(plane.coordinates(here[None, :])[0], "" if titled else best)
        lengths = self._lengths(view, track) if survey.finished and self.paths.complete >= 1.0 else []
        self.set_reading(" · ".join([reading, *lengths]))

    def _reading(self, place: Array, best: str) -> str:
        assert self.survey is not None
        survey, path = self.survey, self.paths.complete
        if not survey.finished or path < 1.0:
            what, share = ("path ", path) if survey.finished else ("", survey.done / survey.size)
            done = f"{int(100 * share)}%"  # never all of it
            if self.paths.stopped:
                return f"{what}stopped at {done}: k begins anew"
            return f"{what or 'computing, '}{done} · esc stops"
        # Whoever reads the path's losses off the contours is misled: its points lie beside the plane.
        parts = [] if has_surface(survey.plan) else ["contours: losses in the plane, not along the path"]
        shares = survey.plane.shares
        for axis, (low, high) in enumerate((survey.x_range, survey.y_range)):
            value = float(place[axis])
            # What is nothing beside the width of the picture is what rounding has left.
            here = f"{survey.plane.names[axis]} {value if abs(value) > 1e-9 * (high - low) else 0.0:.5g}"
            parts.append(here if shares is None else f"{here} ({_percent(shares[axis])} of the path)")
        if survey.rows < survey.plan.examples.rows:
            parts.append(f"{survey.rows:,} of {survey.plan.examples.rows:,} rows")
        return " · ".join(parts) + best

    def _inside(self, shadows: Array) -> npt.NDArray[np.bool_]:
        assert self.survey is not None
        return _within(shadows[:, 0], self.survey.x_range) & _within(shadows[:, 1], self.survey.y_range)

    def _arrows(self, view: View, track: TrackView, plane: Plane) -> tuple[Arrow, ...]:
        step, phase = view.step_of(track), view.phase_of(track)
        found = pushes(track.trainer_at(step, phase), phase)
        if found is None:
            return ()
        start, moved = found
        place = plane.coordinates(start[None, :].astype(np.float64))[0]
        if not self._inside(place[None, :])[0]:
            return ()
        shadows = plane.along(np.stack([vector for _, _, vector in moved]).astype(np.float64))
        return tuple(
            Arrow(name, place[0], place[1], right, up, letter)
            for (name, letter, _), (right, up) in zip(moved, shadows.tolist(), strict=True)
        )

    def _lengths(self, view: View, track: TrackView) -> list[str]:
        """How long the vectors are whose shadows the arrows are."""
        step, phase = view.step_of(track), view.phase_of(track)
        found = pushes(track.trainer_at(step, phase), phase) if self.arrows else None
        moved = () if found is None else found[1]
        return [f"{name} {number(float(np.linalg.norm(vector)))} long" for name, _, vector in moved]

    def _stale(self, view: View, here: Array) -> bool:
        """Whether another plane is needed: for another run or model, or because the run has left this one."""
        survey, laid, track = self.survey, self._laid, view.focused
        if survey is None or laid is None or laid[0] is not track.timeline:
            return True
        if has_surface(survey.plan) or not survey.finished:
            return False
        if self.directions == "path" and track.timeline.length > 2 * laid[2]:
            return True
        if self.directions != "random" and not self._inside(survey.plane.coordinates(here[None, :]))[0]:
            return bool(np.isfinite(here).all())
        resting = view.arrived and not view.playing
        return resting and self.directions != "path" and laid[1] != view.step_of(track) and survey.work < CHEAP

    def _lay(self, view: View, here: Array) -> None:
        """Lays a plane around the parameters under the cursor, and begins to survey it."""
        track, step = view.focused, view.step_of(view.focused)
        plan = track.timeline.plan
        self._laid = track.timeline, step, track.timeline.length
        if has_surface(plan):
            ranges = view.scenario.surface
            plane = chosen_plane(plan.network, np.zeros(2), 0, 1, parameter_names(plan))
            x_range, y_range, grid = ranges.slope, ranges.intercept, WHOLE
        else:
            plane, x_range, y_range = self._plane(track, here)
            grid = GRID
        self.survey = Survey(track.trainer_at(step, view.phase_of(track)), plane, x_range, y_range, *grid)
        points, until = 1, perf_counter() + AT_ONCE_S
        while perf_counter() < until and self.survey.advance(points):
            points *= 2

    def _plane(self, track: TrackView, here: Array) -> tuple[Plane, tuple[float, float], tuple[float, float]]:
        plan, timeline = track.timeline.plan, track.timeline
        walk = self.paths.walk_of(timeline)
        walked = walk.at(walk.steps(timeline.length)).astype(np.float64)
        walked = walked[np.isfinite(walked).all(axis=1)]
        plane = path_plane(here, walked) if self.directions == "path" else None
        if self.directions == "parameters":
            if not self.parameters:
                self.parameters = np.argsort(-np.abs(here - walked[0]), kind="stable")[:2].tolist()
            self.parameters = [index % self._count for index in self.parameters]
            first, second = self.parameters
            names = parameter_name(plan, first), parameter_name(plan, second)
            plane = chosen_plane(plan.network, here, first, second, names)
        if plane is None:
            rng = np.random.default_rng([plan.seed, self._draws])
            return random_plane(plan.network, here, rng=rng), (-1.0, 1.0), (-1.0, 1.0)
        shadows = np.vstack((plane.coordinates(walked), plane.coordinates(here[None, :])))
        least = 0.5 if self.directions == "parameters" else 1e-6
        return plane, _range(shadows[:, 0], least), _range(shadows[:, 1], least)

    async def _compute(self, survey: Survey) -> None:
        """Surveys the rest while the pane is visible."""

        def going() -> bool:
            return self.survey is survey and self.display and not (survey.finished or self.paths.stopped)

        try:
            await in_slices(survey.advance, going, self.changed)
        finally:
            if self._surveying is survey:
                self._surveying = None
        self.changed()


def _percent(share: float) -> str:
    """A share as a percentage; one that is nearly all is not rounded to all."""
    return ">99.99 %" if 0.9999 < share < 1 else f"{100 * share:.{4 if share > 0.99 else 3}g} %"


def _within(values: Array, limits: tuple[float, float]) -> npt.NDArray[np.bool_]:
    return (values >= limits[0]) & (values <= limits[1])


def _range(values: Array, least: float) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    room = max(MARGIN * (high - low), least)
    return low - room, high + room


def parameter_names(plan: Plan) -> tuple[str, str]:
    """The names of the two parameters of a model that has no more."""
    if plan.network.outputs == 2:  # a function of the outputs: the weights of an input that is always 1
        first, second = plan.examples.target_names
        return first, second
    return (
        ("slope", "intercept")
        if plan.network.inputs == 1 and plan.network.layers[0].bias
        else ("weight 1", "weight 2")
    )
