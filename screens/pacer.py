"""The pacer: lets a session train on the event loop in slices so small that no key waits for training.

So is trained again what lies between a checkpoint and the step that is to be seen, and before anything new: the
cursor stands still until the picture of it is there.

There is no training thread: one that releases the interpreter briefly and often starves the event loop for seconds.
"""

import asyncio
from collections.abc import Callable
from time import perf_counter

from nnsim.session import Session, Track

SLICE_S = 0.004  # training before the event loop gets its turn
CHUNK_S = 0.0005  # training between two looks at the clock
GIVES_WAY_S = 0.05  # at most, to a key
TURNS = 3  # hops of the event loop per turn: a key needs a few of them to reach its handler


class Pacer:
    """Trains a session whenever its cursor has not reached its goal."""

    def __init__(self, session: Session, ready: Callable[[], None] = lambda: None) -> None:
        """Args: ready: called when what was to be approached can be looked at."""
        self.session = session
        self.approaching = False  # the cursor's step, to look at it
        self.missing = self.whole = 0  # steps to be trained again for that: still, and in all
        self._ready = ready
        self._began = self._rests_until = 0.0
        self._chunk = 1
        self._awake = asyncio.Event()
        self._epochs = 0.0
        self._since = perf_counter()
        self.epochs_per_s: float | None = None  # of the focused run, measured while training
        self._gives_way_until = 0.0

    def wake(self) -> None:
        """There may be something to train."""
        self._awake.set()

    def give_way(self) -> None:
        """A key has been pressed: train no further until what it does is on the screen."""
        self._gives_way_until = perf_counter() + GIVES_WAY_S

    def go_on(self) -> None:
        """What was waited for is on the screen."""
        self._gives_way_until = 0.0

    async def run(self) -> None:
        """Train for ever; cancelled with the screen."""
        while True:
            while perf_counter() < self._gives_way_until:
                await asyncio.sleep(0.001)
            self._gives_way_until = 0.0
            if self.approaching:
                self._approach()
                await self._hand_over()
                continue
            track = self.session.lagging()
            if track is None:
                self._awake.clear()
                await self._awake.wait()
                continue
            until = perf_counter() + SLICE_S
            while track is not None and perf_counter() < until and not self._gives_way_until:
                self._train(track)
                track = self.session.lagging()
            await self._hand_over()

    async def _hand_over(self) -> None:
        for _ in range(TURNS):
            await asyncio.sleep(0)

    def approach(self) -> bool:
        """See to it that the cursor's step can be looked at.  Returns: whether that takes a while."""
        if not self.approaching:
            if not self.session.far:
                return False
            self.approaching, self.whole, self._began = True, 0, perf_counter()
            self.wake()
        self.missing = self.session.missing
        self.whole = max(self.whole, self.missing)
        return True

    @property
    def resting(self) -> bool:
        """Whether it is training's turn: no more than half of the time goes into looking at it."""
        return perf_counter() < self._rests_until and self.session.lagging() is not None

    def give_up(self) -> None:
        """Approach nothing any more."""
        self.approaching = False

    def _approach(self) -> None:
        """One slice of it."""
        until, left = perf_counter() + SLICE_S, self.missing or 1
        while left and (began := perf_counter()) < until and not self._gives_way_until:
            left = self.session.approach(self._chunk)
            self._chunk = chunk_after(self._chunk, perf_counter() - began)
        self.missing = left
        if not left:
            self.approaching = False
            self._ready()
            now = perf_counter()
            self._rests_until = now + (now - self._began)

    def _train(self, track: Track) -> None:
        steps = track.chunk
        began = perf_counter()
        done = self.session.train(track, steps)
        took = perf_counter() - began
        if done == steps or took > CHUNK_S:
            track.chunk = chunk_after(steps, took)
        if track is self.session.focused:
            self._epochs += done / track.timeline.steps_per_epoch

    def measure(self) -> None:
        """Work out the speed since the last time this was asked, about once a second."""
        now = perf_counter()
        if now - self._since >= 1.0:
            self.epochs_per_s = self._epochs / (now - self._since) if self._epochs else None
            self._epochs, self._since = 0.0, now


def chunk_after(steps: int, took_s: float) -> int:
    """How many steps to train next between two looks at the clock, after so many that took so long."""
    if took_s < CHUNK_S / 2:
        return min(2 * steps, 1 << 20)
    return max(1, steps // 2) if took_s > 2 * CHUNK_S else steps
