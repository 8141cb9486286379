"""Long work on the event loop, in slices between which keys and drawing have their turn."""

import asyncio
from collections.abc import Callable
from time import monotonic

SLICE_S = 0.004  # training before the event loop gets its turn, at most
CHUNK_S = 0.002  # training between two looks at what the event loop has to do; what a chunk costs itself is 0.05 ms
LEAST_CHUNK = 0.25  # the part of a chunk that is trained where less time is left: a timer may be so late
CLOSE = 0.75  # the part of its time for which a chunk is begun all the same
PROGRESS_S = 0.3  # between two pictures of what is being computed
TURNS = 3  # hops of the event loop per turn, at most: a key needs a few of them to reach its handler
MOST_STEPS = 1 << 20


class Pace:
    """Says when a slice ends: after its time, or when the event loop has something to do.

    Python has no interface for what an event loop has ready and when its next timer is due; its own loops keep both
    in lists. With other loops slices end by time alone.
    """

    def __init__(self, slice_s: float) -> None:
        loop = asyncio.get_running_loop()
        self._now = loop.time
        self._ready = getattr(loop, "_ready", ())
        self._timers = getattr(loop, "_scheduled", ())
        self._has_queue = hasattr(loop, "_ready")
        self._slice_s = slice_s
        self._until = 0.0
        self._whole = 0.0  # what the last whole chunk took
        self._fresh = True  # nothing of the slice is done yet

    def begin(self) -> None:
        self._until, self._fresh = self._now() + self._slice_s, True

    def over(self) -> bool:
        """Whether the event loop shall have its turn: it has something to do, or no chunk fits into the slice.

        Never before the first chunk: two that train side by side would let each other pass for ever. A chunk is not
        cut for the end of a slice, as it is for a timer: a turn costs less than one chunk more.
        """
        if self._fresh:
            return False
        if self._ready:
            return True
        now = self._now()
        least = max(LEAST_CHUNK * CHUNK_S, CLOSE * min(self._whole, CHUNK_S))
        return self._until - now < least or self._left(now) <= 0.0

    def _left(self, now: float) -> float:
        until = min(self._until, self._timers[0].when()) if self._timers else self._until
        return until - now

    def chunk(self, advance: Callable[[int], int], steps: int) -> tuple[int, int]:
        """Does as many steps as take about as long as a chunk, or as there is time left.

        Args: steps: of the last chunk.  Returns: how many are done, and the steps of the next chunk.
        """
        began, self._fresh = self._now(), False
        part = max(LEAST_CHUNK, min(1.0, self._left(began) / CHUNK_S))
        # Powers of two meet the checkpoints of a run, before which it stops, and so are never cut in two there.
        asked = 1 << (max(1, int(steps * part / CLOSE)).bit_length() - 1)
        done = advance(asked)
        spent = self._now() - began
        took = spent * steps / asked
        if asked >= steps:
            self._whole = spent
        if done == asked and took < 0.7 * CHUNK_S:
            steps = min(2 * steps, MOST_STEPS)
        elif took > 1.6 * CHUNK_S:
            steps = max(1, steps // 2)
        return done, steps

    async def turn(self) -> None:
        """Lets the event loop handle what has come in."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
            if self._has_queue and not self._ready:
                return


async def in_slices(
    advance: Callable[[int], int], going: Callable[[], bool], progress: Callable[[], object] = lambda: None
) -> None:
    """Works beside the training, in slices half as long.

    Args: advance: does at most so many steps, and returns how many. going: asked before each slice. progress:
    called every PROGRESS_S.
    """
    pace, steps, reported_s = Pace(SLICE_S / 2), 1, monotonic()
    while going():
        if monotonic() - reported_s >= PROGRESS_S:
            reported_s = monotonic()
            progress()
        pace.begin()
        while not pace.over():
            done, steps = pace.chunk(advance, steps)
            if not done:
                break
        await pace.turn()
