"""The pacer: lets a session train on the event loop in slices so small that no key waits for training.

So is trained again what lies between a checkpoint and the step that is to be seen, and before anything new: the
cursor stands still until the picture of it is there. What an edit goes on from comes before both.

There is no training thread: one that releases the interpreter briefly and often starves the event loop for seconds.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Protocol

from nnsim.session.session import Session
from nnsim.session.track import Track
from nnsim.session.view import View
from screens.slices import SLICE_S, Pace

GIVES_WAY_S = 0.05  # at most, to a key
AT_ONCE_S = 0.01  # training before the frame of a key that asked for it, at most


class Approachable(Protocol):
    """Something that can be looked at, or gone on from, when some steps have been trained again."""

    @property
    def missing(self) -> int:
        """How many of them there are still."""

    def approach(self, steps: int) -> int:
        """Train at most so many again.  Returns: how many are still missing."""


@dataclass
class _Approach:
    """What is being approached: how far that has got, and what to do then."""

    goal: Approachable
    ready: Callable[[], object]
    missing: int
    whole: int  # steps in all

    def come_near(self, steps: int) -> int:
        """Train at most so many steps again.  Returns: how many were."""
        before, self.missing = self.missing, self.goal.approach(steps)
        return before - self.missing


class Pacer:
    """Trains a session whenever its cursor has not reached its goal."""

    def __init__(self, session: Session, ready: Callable[[], None] = lambda: None) -> None:
        """Args: ready: called when what was to be approached can be looked at, and when a paused session has been
        trained to its goal.
        """
        self.session = session
        self._to_look: _Approach | None = None  # the cursor's step
        self._to_edit: _Approach | None = None
        self._ready = ready
        self._began = self._rests_until = 0.0
        self._chunk = 1
        self._awake = asyncio.Event()
        self._epochs = 0.0
        self._since = perf_counter()
        self.epochs_per_s: float | None = None  # of the focused run, measured while training
        self._gives_way_until = self._asked_at = self._trains_until = 0.0

    def wake(self) -> None:
        """There may be something to train."""
        self._awake.set()

    def give_way(self) -> None:
        """A key has been pressed: train no further until what it does is on the screen.

        Keys that show nothing, and come faster than they are given up, leave training half of the time.
        """
        self._asked_at = perf_counter()
        if self._asked_at >= self._trains_until:
            self._begin_to_give_way()

    def _begin_to_give_way(self) -> None:
        self._gives_way_until = self._asked_at + GIVES_WAY_S
        self._trains_until = self._gives_way_until + GIVES_WAY_S

    @property
    def gives_way(self) -> bool:
        """Whether a key has been pressed that has not shown yet what it does."""
        return perf_counter() < self._gives_way_until

    def go_on(self, since: float) -> None:
        """What was waited for is on the screen.

        Args: since: when drawing that began (`perf_counter`); a key pressed since then still waits.
        """
        if self._asked_at <= since:
            self._gives_way_until = self._trains_until = 0.0
        else:
            self._begin_to_give_way()

    async def run(self) -> None:
        """Train for ever; cancelled with the screen."""
        pace = Pace(SLICE_S)
        while True:
            while self.gives_way:
                await asyncio.sleep(0.001)
            self._gives_way_until = 0.0
            if self.approaching:
                self._come_near(pace)
                await pace.turn()
                continue
            track = self.session.training.lagging()
            if track is None:
                self._awake.clear()
                await self._awake.wait()
                continue
            pace.begin()
            while track is not None and not pace.over() and not self._gives_way_until:
                _, track.chunk = pace.chunk(partial(self._train, track), track.chunk)
                track = self.session.training.lagging()
            self.session.motion.keep_up()
            if track is None and not self.session.playback.playing:
                self._ready()
            await pace.turn()

    def train_at_once(self) -> None:
        """Train for a moment before a key's frame is drawn: where that reaches the goal, the frame shows it."""
        until = perf_counter() + AT_ONCE_S
        while (
            not self.approaching
            and perf_counter() < until
            and (track := self.session.training.lagging()) is not None
        ):
            self._train(track, track.chunk)
        self.session.motion.keep_up()

    def approach(self, looked_at: View) -> bool:
        """See to it that a view's step can be looked at.

        Returns: whether that takes a while.
        """
        if self._to_edit is not None:
            return True  # what is shown may be another thing by then
        if self._to_look is None:
            if not looked_at.far:
                return False
            self._to_look, self._began = _Approach(looked_at, self._ready, 0, 0), perf_counter()
            self.wake()
        here = self._to_look
        here.goal, here.missing = looked_at, looked_at.missing
        here.whole = max(here.whole, here.missing)
        return True

    def approach_first(self, way: Approachable, ready: Callable[[], object]) -> None:
        """Approach what an edit goes on from, before anything else; then do what is to be done."""
        self._to_edit = _Approach(way, ready, way.missing, way.missing)
        self.wake()

    @property
    def _under_way(self) -> _Approach | None:
        return self._to_edit or self._to_look

    @property
    def approaching(self) -> bool:
        """Whether steps are trained again, so that something can be looked at or gone on from."""
        return self._under_way is not None

    @property
    def editing(self) -> bool:
        """Whether that is done for an edit."""
        return self._to_edit is not None

    @property
    def approached(self) -> tuple[int, int]:
        """How many steps were trained again for it, and of how many."""
        now = self._under_way
        return (0, 0) if now is None else (now.whole - now.missing, now.whole)

    @property
    def resting(self) -> bool:
        """Whether it is training's turn: no more than half of the time goes into looking at it."""
        return perf_counter() < self._rests_until and self.session.training.lagging() is not None

    def give_up(self) -> None:
        """Do not approach any more what was approached: an edit's way, where there is one, else the cursor's."""
        if self._to_edit is not None:
            self._to_edit = None
        else:
            self._to_look = None

    def _come_near(self, pace: "Pace") -> None:
        """One slice of what is approached."""
        now = self._under_way
        assert now is not None
        pace.begin()
        while not pace.over() and not self._gives_way_until:
            _, self._chunk = pace.chunk(now.come_near, self._chunk)
            if not now.missing:
                self.give_up()
                now.ready()
                if now.ready == self._ready:
                    end = perf_counter()
                    self._rests_until = end + (end - self._began)
                return

    def _train(self, track: Track, steps: int) -> int:
        done = self.session.training.train_ahead(track, steps)
        if track is self.session.focused:
            self._epochs += done / track.timeline.steps_per_epoch
        return done

    def measure(self) -> None:
        """Work out the speed since the last time this was asked, about once a second."""
        now = perf_counter()
        if now - self._since >= 1.0:
            self.epochs_per_s = self._epochs / (now - self._since) if self._epochs else None
            self._epochs, self._since = 0.0, now
