"""Frame pacing: when a session is drawn that shares its processors, and garbage collected between frames.

A class of forty that plays wants more processors than a teacher's machine has. Were each session drawn ten times a
second, all would stand in one line, and everybody's keys at its end. So it is drawn less often while frames wait.

Python searches for cycles after so many new objects, mostly while something is drawn, and a key would wait for it.
A frame makes thousands of objects that form none.
"""

import gc
from collections.abc import Callable
from time import perf_counter, thread_time

SHORTEST_S, LONGEST_S = 0.1, 0.5  # between two frames: where nothing is in the way, and at most
CROWDED = 2.5  # times as long as the processor works on it may a frame take, before frames become rarer
NOISE_S = 0.01  # that a frame may wait for anything else
SHRINKS = 0.85  # what is left of the rate after a frame that took longer
GROWS = 1.0  # frames a second that the rate wins in each second without one

# Objects made since the last search among the young, such searches since one among the middle-aged, and those since
# one among all. A search takes a few milliseconds, that among all objects a tenth of a second.
DUE = (5_000, 20, 50)
PUT_OFF = 20  # times as many, until Python looks by itself: where no frames are drawn


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


def collect_seldom() -> None:
    """Leave the searches to `collect_if_due`, unless that is never called.

    What is there already, modules above all, is left out of every search from now on: it is no garbage, and to look
    at it takes longer than to draw a frame.
    """
    gc.freeze()
    gc.set_threshold(DUE[0] * PUT_OFF, *DUE[1:])


def collect_if_due() -> None:
    """Look for cycles among the objects whose turn it is, if any."""
    due = [made > most for made, most in zip(gc.get_count(), DUE, strict=True)]
    if due[0]:
        gc.collect(max(generation for generation, is_due in enumerate(due) if is_due))
