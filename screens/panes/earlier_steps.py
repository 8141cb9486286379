"""Where a run was before the step under the cursor: known at once, or trained again between two frames.

The parameters of earlier steps are drawn as paths over a plane, and as how far updates moved each layer.
"""

from collections.abc import Callable
from time import monotonic, perf_counter

import numpy as np
import numpy.typing as npt

from nnsim.analysis.planes import Plane
from nnsim.analysis.walk import Walk, even_steps
from nnsim.arrays import Array
from nnsim.session.view import View
from nnsim.timeline import Timeline
from screens.panes.availability import INSIDE
from screens.plots import Curve
from screens.slices import in_slices

AT_ONCE_S = 0.002  # of training again for one picture: while a run is watched slowly, nothing is missing
SHOWN_S = 0.3  # between two pictures of what is being completed
POINTS = 48  # of a curve, about; each takes two steps that are known


class EarlierSteps:
    """What is known of the focused run's earlier steps; where the cursor rests the rest is trained again.

    Args: made: makes the walk of a run, which says what steps are wanted.
    """

    def __init__(self, made: Callable[[Timeline], Walk] = Walk) -> None:
        self._made = made
        self._walk: tuple[Timeline, Walk] | None = None
        self._step = 0  # before which steps are wanted
        self._rests = False
        self._training: Walk | None = None

    def walk_of(self, timeline: Timeline) -> Walk:
        """The way of a run."""
        if self._walk is None or self._walk[0] is not timeline:
            self._walk = timeline, self._made(timeline)
        return self._walk[1]

    def look(self, view: View) -> None:
        """Know the step under the cursor, and so much of the way to it as can be had at once."""
        walk = self.walk_of(view.focused.timeline)
        self._step = view.step_of(view.focused)
        self._rests = view.arrived and not view.playing
        steps, until = 1, perf_counter() + AT_ONCE_S
        while perf_counter() < until and walk.advance(self._step, steps):
            steps *= 2

    @property
    def complete(self) -> float:
        """How much of the way is known, from 0 to 1; while time moves on nobody waits for the rest of it."""
        return 1.0 if self._walk is None or not self._rests else self._walk[1].complete(self._step)

    @property
    def waits(self) -> bool:
        """Whether nobody completes what is to be completed."""
        return self._walk is not None and self._training is not self._walk[1] and self.complete < 1.0

    async def complete_it(self, wanted: Callable[[], bool], changed: Callable[[], None]) -> None:
        """Train again what is missing.

        Args: wanted: whether somebody still looks. changed: called now and then when there is more to show.
        """
        assert self._walk is not None, "it was looked at"
        walk, shown_s = self._walk[1], monotonic()
        self._training = walk

        def going() -> bool:
            nonlocal shown_s
            if monotonic() - shown_s >= SHOWN_S:
                shown_s = monotonic()
                changed()
            return self._walk is not None and self._walk[1] is walk and self.complete < 1.0 and wanted()

        try:
            await in_slices(lambda steps: walk.advance(self._step, steps), going)
        finally:
            if self._training is walk:
                self._training = None
        changed()


class PathsOverPlane(EarlierSteps):
    """The steps before the cursor as a path over a plane of parameters, and the other runs as points."""

    def __init__(self) -> None:
        super().__init__()
        self._walked: tuple[Plane, list[int], Array] | None = None  # coordinates of the steps last drawn

    def curves(
        self, view: View, plane: Plane, here: Array, inside: Callable[[Array], npt.NDArray[np.bool_]]
    ) -> list[Curve]:
        """The way of the focused run up to where it is, and the places of the others.

        Args: here: its parameters. inside: which of some coordinates (n, 2) lie in the picture.
        """
        curves = []
        for track in sorted(
            view.able(INSIDE, view.tracks), key=lambda one: one is view.focused
        ):  # the focused one on top
            label = view.label(track)
            if track is view.focused:
                shadows = np.vstack((self._coordinates(view, plane), plane.coordinates(here[None, :])))
                # A run that shoots out of the picture would cover it with its jumps: they are left out.
                x, y = shadows[:, 0], np.where(inside(shadows), shadows[:, 1], np.nan)
                curves.append(Curve(label, x, y, style=track.style, kind="path"))
            elif track in view.compared and (track.timeline.plan.network == view.focused.timeline.plan.network):
                # Several paths would cover each other: of the others, the place alone.
                other = track.parameters_at(view.step_of(track)).astype(np.float64)
                shadow = plane.coordinates(other[None, :])
                if inside(shadow)[0]:
                    x, y = shadow[:, 0], shadow[:, 1]
                    curves.append(Curve(label, x, y, style=track.style, kind="points", dim=True))
        return curves

    def _coordinates(self, view: View, plane: Plane) -> Array:
        """Where the known steps before the cursor fall on the plane, (n, 2)."""
        walk = self.walk_of(view.focused.timeline)
        steps = walk.steps(view.step_of(view.focused))
        if self._walked is None or self._walked[0] is not plane or self._walked[1] != steps:
            self._walked = plane, steps, plane.coordinates(walk.at(steps).astype(np.float64))
        return self._walked[2]


def pairs(step: int) -> list[int]:
    """Steps before one, evenly, each with the one behind it, ascending."""
    return sorted({one for start in even_steps(step, POINTS) if start < step for one in (start, start + 1)}) or [0]


class RatiosOverTime:
    """Update-to-weight ratios of the focused run at even steps, as far as they are known.

    ratio = |change| / |parameters|        (Euclidean norms, of a layer's weights and biases together)
    """

    def __init__(self) -> None:
        self.retracing = EarlierSteps(lambda timeline: Walk(timeline, 4 * POINTS, pairs))

    def look(self, view: View) -> None:
        """Know so much of them as can be had at once."""
        self.retracing.look(view)

    def before(self, timeline: Timeline, step: int) -> tuple[Array, dict[str, Array]]:
        """Steps up to one, (n,), and the ratios of the updates that made them, (n,) by layer."""
        walk = self.retracing.walk_of(timeline)
        known = walk.steps(step)
        there = set(known)
        # What was set by hand is no update.
        ends = [one for one in known if one - 1 in there and not timeline.parameters_at(one)]
        if not ends:
            return np.empty(0), {}
        after, start = walk.at(ends), walk.at([one - 1 for one in ends])
        found = {}
        with np.errstate(all="ignore"):  # of a run that diverges
            for layer in timeline.plan.network.trained:
                part = slice(layer.offset, layer.offset + layer.size)
                weights = np.linalg.norm(after[:, part], axis=1)
                change = np.linalg.norm(after[:, part] - start[:, part], axis=1)
                found[layer.name] = np.divide(change, weights, out=np.zeros_like(change), where=weights > 0)
        return np.array(ends, dtype=np.float64), found
