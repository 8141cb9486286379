"""The way of the focused run over a plane of parameters, up to the cursor, and where the other runs stand on it."""

from collections.abc import Callable
from time import monotonic, perf_counter

import numpy as np

from nnsim.analysis.planes import Plane
from nnsim.analysis.walk import Walk
from nnsim.arrays import Array
from nnsim.session import Session
from nnsim.timeline import Timeline
from screens.pacer import in_slices
from screens.plots import Curve

AT_ONCE_S = 0.002  # of training again for one picture: while a run is watched slowly, its way has no gaps
SHOWN_S = 0.3  # between two pictures of a way that is being completed


class Paths:
    """What is known of the focused run's way, and is trained again between two frames where the cursor rests."""

    def __init__(self) -> None:
        self._walk: tuple[Timeline, Walk] | None = None
        self._walked: tuple[Plane, list[int], Array] | None = None  # coordinates of the steps last drawn
        self._step = 0  # before which the way is wanted
        self._rests = False
        self._training: Walk | None = None

    def walk_of(self, timeline: Timeline) -> Walk:
        """The way of a run."""
        if self._walk is None or self._walk[0] is not timeline:
            self._walk = timeline, Walk(timeline)
        return self._walk[1]

    def look(self, session: Session) -> None:
        """Know the step under the cursor, and so much of the way to it as can be had at once."""
        walk = self.walk_of(session.focused.timeline)
        self._step = session.step_of(session.focused)
        self._rests = session.arrived and not session.playing
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

    def curves(
        self, session: Session, plane: Plane, here: Array, inside: Callable[[Array], np.ndarray]
    ) -> list[Curve]:
        """The way of the focused run up to where it is, and the places of the others.

        Args: here: its parameters. inside: which of some coordinates (n, 2) lie in the picture.
        """
        curves = []
        for track in sorted(session.tracks, key=lambda one: one is session.focused):  # the focused one on top
            label = session.label(track)
            if track is session.focused:
                shadows = np.vstack((self._coordinates(session, plane), plane.coordinates(here[None, :])))
                # A run that shoots out of the picture would cover it with its jumps: they are left out.
                x, y = shadows[:, 0], np.where(inside(shadows), shadows[:, 1], np.nan)
                curves.append(Curve(label, x, y, style=track.style, kind="path"))
            elif track in session.compared and (
                track.timeline.plan.network == session.focused.timeline.plan.network
            ):
                # Several paths would cover each other: of the others, the place alone.
                other = track.parameters_at(session.step_of(track)).astype(np.float64)
                shadow = plane.coordinates(other[None, :])
                if inside(shadow)[0]:
                    curves.append(Curve(label, shadow[:, 0], shadow[:, 1], style=track.style, kind="points"))
        return curves

    def _coordinates(self, session: Session, plane: Plane) -> Array:
        """Where the known steps before the cursor fall on the plane, (n, 2)."""
        walk = self.walk_of(session.focused.timeline)
        steps = walk.steps(session.step_of(session.focused))
        if self._walked is None or self._walked[0] is not plane or self._walked[1] != steps:
            self._walked = plane, steps, plane.coordinates(walk.at(steps).astype(np.float64))
        return self._walked[2]
