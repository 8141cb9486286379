"""The parameters of a run before the step under the cursor: known at once, or trained again between two frames.

Panes draw them as paths over a plane, and as the distance by which updates moved each layer.
"""

from collections.abc import Callable
from time import perf_counter

import numpy as np
import numpy.typing as npt

from nnsim.analysis.parameter_path import Walk, even_steps
from nnsim.analysis.planes import Plane
from nnsim.nn.arrays import Array
from nnsim.session.view import View
from nnsim.timeline import Timeline
from screens.panes.pane import Pane
from screens.panes.pane_context import INSIDE
from screens.plots import Curve
from screens.slices import in_slices

AT_ONCE_S = 0.002  # of training again for one picture: while a run is watched slowly, nothing is missing
POINTS = 48  # of a curve, about; each takes two steps that are known


class EarlierSteps:
    """Knows what a pane needs of the focused run's earlier steps, and trains the rest again where the cursor rests.

    Args: pane: is drawn again as more is known. make_walk: makes the walk of a run, which names the steps. wanted:
    whether the pane shows them now.
    """

    def __init__(
        self, pane: Pane, make_walk: Callable[[Timeline], Walk] = Walk, wanted: Callable[[], bool] = lambda: True
    ) -> None:
        self._pane, self._make_walk, self._wanted = pane, make_walk, wanted
        self._walk: tuple[Timeline, Walk] | None = None
        self._step = 0  # before which steps are wanted
        self._rests = False
        self._training: Walk | None = None
        self.stopped = False  # until the focus is on another run

    def walk_of(self, timeline: Timeline) -> Walk:
        if self._walk is None or self._walk[0] is not timeline:
            self._walk, self.stopped = (timeline, self._make_walk(timeline)), False
        return self._walk[1]

    def update(self, view: View) -> None:
        """Trains again what takes a moment of the way to the cursor, and begins to train the rest beside."""
        walk = self.walk_of(view.focused.timeline)
        self._step = view.step_of(view.focused)
        self._rests = view.arrived and not view.playing
        steps, until = 1, perf_counter() + AT_ONCE_S
        while perf_counter() < until and walk.advance(self._step, steps):
            steps *= 2
        if self.under_way and self._training is not walk:
            self._pane.run_worker(self._complete(walk))

    @property
    def complete(self) -> float:
        """The known part of the way, from 0 to 1; while time moves on nobody waits for the rest."""
        return 1.0 if self._walk is None or not self._rests else self._walk[1].complete(self._step)

    @property
    def under_way(self) -> bool:
        """Whether steps are missing that are trained again now, or will be."""
        return not self.stopped and self._wanted() and self.complete < 1.0

    @property
    def progress(self) -> str:
        """How far that is, in words; empty where nothing is under way."""
        return f"earlier steps, {int(100 * self.complete)}% · esc stops" if self.under_way else ""

    def stop(self) -> bool:
        """Trains no further.  Returns: whether anything was under way."""
        under_way = self.under_way
        if under_way:
            self.stopped = True
            self._pane.changed()
        return under_way

    async def _complete(self, walk: Walk) -> None:
        self._training = walk

        def going() -> bool:
            return self._walk is not None and self._walk[1] is walk and self._pane.display and self.under_way

        try:
            await in_slices(lambda steps: walk.advance(self._step, steps), going, self._pane.changed)
        finally:
            if self._training is walk:
                self._training = None
        self._pane.changed()


class PathsOverPlane(EarlierSteps):
    """The steps before the cursor as a path over a plane of parameters, and the other runs as points."""

    def __init__(self, pane: Pane) -> None:
        super().__init__(pane)
        self._walked: tuple[Plane, list[int], Array] | None = None  # coordinates of the steps last drawn

    def curves(
        self, view: View, plane: Plane, here: Array, inside: Callable[[Array], npt.NDArray[np.bool_]]
    ) -> list[Curve]:
        """The path of the focused run up to the cursor, and the places of the others.

        Args: here: its parameters. inside: which coordinates (n, 2) lie in the picture.
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
        """The coordinates of the known steps before the cursor on the plane, (n, 2)."""
        walk = self.walk_of(view.focused.timeline)
        steps = walk.steps(view.step_of(view.focused))
        if self._walked is None or self._walked[0] is not plane or self._walked[1] != steps:
            self._walked = plane, steps, plane.coordinates(walk.at(steps).astype(np.float64))
        return self._walked[2]


def pairs(step: int) -> list[int]:
    """Even steps before one, each with its successor, ascending."""
    return sorted({one for start in even_steps(step, POINTS) if start < step for one in (start, start + 1)}) or [0]


class RatiosOverTime:
    """Update-to-weight ratios of the focused run at even steps, as far as they are known.

    ratio = |change| / |parameters|        (Euclidean norms, of a layer's weights and biases together)
    """

    def __init__(self, pane: Pane, wanted: Callable[[], bool]) -> None:
        self.steps = EarlierSteps(pane, lambda timeline: Walk(timeline, 4 * POINTS, pairs), wanted)

    def before(self, timeline: Timeline, step: int) -> tuple[Array, dict[str, Array]]:
        """Steps up to one, (n,), and the ratios of their updates, (n,) by layer."""
        walk = self.steps.walk_of(timeline)
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
