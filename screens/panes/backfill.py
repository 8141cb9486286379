"""Where a run was before the step under the cursor: known at once, or trained again between two frames."""

from collections.abc import Callable
from time import monotonic, perf_counter

from nnsim.analysis.walk import Walk
from nnsim.session.view import View
from nnsim.timeline import Timeline
from screens.slices import in_slices

AT_ONCE_S = 0.002  # of training again for one picture: while a run is watched slowly, nothing is missing
SHOWN_S = 0.3  # between two pictures of what is being completed


class Retracing:
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
