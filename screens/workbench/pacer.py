"""Trains a session on the event loop in slices so small that no key waits for training.

It also trains steps again between a checkpoint and the cursor, before anything new; the cursor stands still until
its picture is there. Steps that an edit needs come first of all. There is no training thread: one that releases the
interpreter briefly and often starves the event loop for seconds.
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

YIELD_S = 0.05  # at most, to a key
AT_ONCE_S = 0.01  # training before the frame of a key that asked for it, at most


class Approachable(Protocol):
    """A step that can be drawn, or gone on from, when some steps have been trained again."""

    @property
    def missing(self) -> int:
        """How many steps are missing."""

    def approach(self, steps: int) -> int:
        """Trains at most so many steps again.  Returns: how many are missing."""


@dataclass
class _Approach:
    """The progress of an approach, and what to do at its end."""

    goal: Approachable
    ready: Callable[[], object]
    missing: int
    whole: int  # steps in all

    def come_near(self, steps: int) -> int:
        """Trains at most so many steps again.  Returns: how many were."""
        before, self.missing = self.missing, self.goal.approach(steps)
        return before - self.missing


class Pacer:
    """Trains a session whenever its cursor has not reached its goal."""

    def __init__(self, session: Session, ready: Callable[[], None] = lambda: None) -> None:
        """Args: ready: called when the approached step can be drawn, and when a paused session has reached its
        goal."""
        self.session = session
        self._to_show: _Approach | None = None  # the cursor's step
        self._to_edit: _Approach | None = None
        self._ready = ready
        self._began = self._rests_until = 0.0
        self._chunk = 1
        self._awake = asyncio.Event()
        self._epochs = 0.0
        self._since = perf_counter()
        self.epochs_per_s: float | None = None  # of the focused run, measured while training
        self._yields_until = self._asked_at = self._trains_until = 0.0

    def wake(self) -> None:
        """Looks for something to train."""
        self._awake.set()

    def yield_to_key(self) -> None:
        """Stops training until the effect of a key is on the screen.

        Keys without an effect, however fast they come, leave half of the time to training.
        """
        self._asked_at = perf_counter()
        if self._asked_at >= self._trains_until:
            self._begin_yield()

    def _begin_yield(self) -> None:
        self._yields_until = self._asked_at + YIELD_S
        self._trains_until = self._yields_until + YIELD_S

    @property
    def yields_to_key(self) -> bool:
        """Whether the effect of a key is not on the screen yet."""
        return perf_counter() < self._yields_until

    def go_on(self, since: float) -> None:
        """Ends the wait for a key's frame.  Args: since: the start of its drawing (`perf_counter`); later keys
        still wait."""
        if self._asked_at <= since:
            self._yields_until = self._trains_until = 0.0
        else:
            self._begin_yield()

    async def run(self) -> None:
        """Trains for ever; cancelled with the screen."""
        pace = Pace(SLICE_S)
        while True:
            while self.yields_to_key:
                await asyncio.sleep(0.001)
            self._yields_until = 0.0
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
            while track is not None and not pace.over() and not self._yields_until:
                _, track.chunk = pace.chunk(partial(self._train, track), track.chunk)
                track = self.session.training.lagging()
            self.session.motion.keep_up()
            if track is None and not self.session.playback.playing:
                self._ready()
            await pace.turn()

    def train_at_once(self) -> None:
        """Trains for a moment before a key's frame: where that reaches the goal, the frame shows it."""
        until = perf_counter() + AT_ONCE_S
        while (
            not self.approaching
            and perf_counter() < until
            and (track := self.session.training.lagging()) is not None
        ):
            self._train(track, track.chunk)
        self.session.motion.keep_up()

    def approach(self, view: View) -> bool:
        """Begins to approach the step of a view.  Returns: whether that takes a while."""
        if self._to_edit is not None:
            return True  # what is shown may be another thing by then
        if self._to_show is None:
            if not view.far:
                return False
            self._to_show, self._began = _Approach(view, self._ready, 0, 0), perf_counter()
            self.wake()
        here = self._to_show
        here.goal, here.missing = view, view.missing
        here.whole = max(here.whole, here.missing)
        return True

    def approach_first(self, way: Approachable, ready: Callable[[], object]) -> None:
        """Approaches the steps of an edit before anything else, and then calls `ready`."""
        self._to_edit = _Approach(way, ready, way.missing, way.missing)
        self.wake()

    @property
    def _under_way(self) -> _Approach | None:
        return self._to_edit or self._to_show

    @property
    def approaching(self) -> bool:
        """Whether steps are being trained again."""
        return self._under_way is not None

    @property
    def editing(self) -> bool:
        """Whether that is for an edit."""
        return self._to_edit is not None

    @property
    def approached(self) -> tuple[int, int]:
        """How many steps were trained again, and of how many."""
        now = self._under_way
        return (0, 0) if now is None else (now.whole - now.missing, now.whole)

    @property
    def resting(self) -> bool:
        """Whether it is training's turn: at most half of the time goes into approaching."""
        return perf_counter() < self._rests_until and self.session.training.lagging() is not None

    def give_up(self) -> None:
        """Stops the approach: an edit's, where there is one, else the cursor's."""
        if self._to_edit is not None:
            self._to_edit = None
        else:
            self._to_show = None

    def _come_near(self, pace: "Pace") -> None:
        now = self._under_way
        assert now is not None
        pace.begin()
        while not pace.over() and not self._yields_until:
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
            self._epochs += done / track.log.steps_per_epoch
        return done

    def measure(self) -> None:
        """Measures the speed about once a second."""
        now = perf_counter()
        if now - self._since >= 1.0:
            self.epochs_per_s = self._epochs / (now - self._since) if self._epochs else None
            self._epochs, self._since = 0.0, now
