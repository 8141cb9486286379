"""The way of the focused run over a plane of parameters, up to the cursor, and where the other runs stand on it."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from nnsim.analysis.planes import Plane
from nnsim.arrays import Array
from nnsim.session.view import View
from screens.panes.availability import INSIDE
from screens.panes.backfill import Retracing
from screens.plots import Curve


class Paths(Retracing):
    """The steps before the cursor as a path, and the other runs as points."""

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
