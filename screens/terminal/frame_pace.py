"""How often a session is drawn that shares its processors with others: less often while frames wait for their turn.

A class of forty that plays wants more processors than a teacher's machine has. Were each session drawn ten times a
second, all would stand in one line, and everybody's keys at its end.
"""

from collections.abc import Callable
from time import perf_counter, thread_time

SHORTEST_S, LONGEST_S = 0.1, 0.5  # between two frames: where nothing is in the way, and at most
CROWDED = 2.5  # times as long as the processor works on it may a frame take, before frames become rarer
NOISE_S = 0.01  # that a frame may wait for anything else
SHRINKS = 0.85  # what is left of the rate after a frame that took longer
GROWS = 1.0  # frames a second that the rate wins in each second without one


class FramePace:
    """Says when a frame is due.

    The rate grows by steps and shrinks by parts, so that sessions side by side come to the same one.

    Args: clock, worked: seconds that have passed, and that the processor has worked for this thread.
    Reference: Chiu and Jain, Analysis of the Increase and Decrease Algorithms for Congestion Avoidance in Computer
    Networks, 1989.
    """

    def __init__(
        self, clock: Callable[[], float] = perf_counter, worked: Callable[[], float] = thread_time
    ) -> None:
        self.rate = 1 / SHORTEST_S  # frames a second
        self._clock, self._worked = clock, worked
        self._last = clock()
        self._began: tuple[float, float] | None = None

    @property
    def due(self) -> bool:
        """Whether it is time for a frame; always, where nothing is in the way: another clock asks then."""
        waited_s = self._clock() - self._last
        return self.rate >= 1 / SHORTEST_S or waited_s >= 1 / self.rate - SHORTEST_S / 2

    def begin(self) -> None:
        """A frame is about to be drawn."""
        self._began = self._clock(), self._worked()

    def end(self) -> None:
        """It is drawn: how much longer that took than the processor worked tells how crowded it is."""
        if self._began is None:
            return
        began, worked = self._began
        took_s, worked_s = self._clock() - began, self._worked() - worked
        since_s, self._last, self._began = began - self._last, began, None
        if took_s > CROWDED * worked_s + NOISE_S:
            self.rate = max(1 / LONGEST_S, SHRINKS * self.rate)
        else:
            self.rate = min(1 / SHORTEST_S, self.rate + GROWS * min(since_s, LONGEST_S))
