"""The pacer: lets a session train on the event loop in slices so small that no key waits for training.

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

    def __init__(self, session: Session) -> None:
        self.session = session
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
            track = self.session.lagging()
            if track is None:
                self._awake.clear()
                await self._awake.wait()
                continue
            until = perf_counter() + SLICE_S
            while track is not None and perf_counter() < until and not self._gives_way_until:
                self._train(track)
                track = self.session.lagging()
            await _turn()

    def _train(self, track: Track) -> None:
        session = self.session
        done, track.chunk = _chunk(lambda steps: session.train(track, steps), track.chunk)
        if track is self.session.focused:
            self._epochs += done / track.timeline.steps_per_epoch

    def measure(self) -> None:
        """Work out the speed since the last time this was asked, about once a second."""
        now = perf_counter()
        if now - self._since >= 1.0:
            self.epochs_per_s = self._epochs / (now - self._since) if self._epochs else None
            self._epochs, self._since = 0.0, now


async def in_slices(advance: Callable[[int], int], going: Callable[[], bool]) -> None:
    """Do something beside the training, in slices half as long.

    Args: advance: does at most so many steps, and says how many. going: asked after each slice.
    """
    steps = 1
    while going():
        until = perf_counter() + SLICE_S / 2
        while perf_counter() < until:
            done, steps = _chunk(advance, steps)
            if not done:
                break
        await _turn()


async def _turn() -> None:
    """Let the event loop handle what has come in."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


def _chunk(advance: Callable[[int], int], steps: int) -> tuple[int, int]:
    """Do a chunk of steps.  Returns: how many are done, and how many next time take about as long as a chunk."""
    began = perf_counter()
    done = advance(steps)
    took = perf_counter() - began
    if took < CHUNK_S / 2 and done == steps:
        steps = min(2 * steps, 1 << 20)
    elif took > 2 * CHUNK_S:
        steps = max(1, steps // 2)
    return done, steps
