"""Waiting for an app under test: until it has done what it had to do, and for what a worker or a file brings."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from textual._context import active_app
from textual.app import App
from textual.pilot import Pilot

from screens.terminal.compositor import Compositor

PATIENCE_S = 30.0  # only a test that fails waits for so long; a busy machine takes its time
QUIET_TURNS = 3  # of the event loop: what a socket or a thread hands over takes one to be taken up
SOON_S = 0.002  # a timer that is due by then belongs to what is being done
BUSY_S = 0.25  # of the thread's processor time, at most: where a session plays, the loop never comes to rest
RENDERS = ContextVar("RENDERS", default=False)  # whether a frame of a headless app is rendered

render_update = Compositor.render_update


async def until(pilot, condition):
    """Let the app run until something is so."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await pilot.pause(0.01)


async def pauses(pilot):
    """Pauses, as many as there is patience for: `async for _ in pauses(pilot)`, left when it has happened."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        await pilot.pause()
        yield
        await asyncio.sleep(0.001)  # what is waited for may be a thread, which needs the processor


async def wait_for_rest(min_sleep: float = 0.0, max_sleep: float = BUSY_S, renders: bool = True) -> None:
    """Wait until the event loop of the running app has nothing to do but to wait, and the screen is painted.

    Textual's own wait looks at the processor's time every 20 ms, twice for a key and once for a pause: half of the
    time of a test goes by in it, and where a session plays a second for each. This waits for a part of the thread's
    own time at most, not of the clock's: a busy machine would end it before the app has had a turn.

    Args: renders: whether what is painted is rendered, too.
    """
    loop = asyncio.get_running_loop()
    end = time.thread_time() + min(max_sleep, BUSY_S)
    quiet, painted = 0, False
    while quiet < QUIET_TURNS and time.thread_time() < end:
        await asyncio.sleep(0)
        if has_work(loop):
            quiet, painted = 0, False
            continue
        quiet += 1
        if quiet < QUIET_TURNS:
            continue
        if not painted:
            paint_now(active_app.get(), renders)
            quiet, painted = 0, True
        elif (due_s := next_timer_s(loop)) < SOON_S:
            await asyncio.sleep(max(0.0, due_s))
            quiet = 0


def has_work(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether anything can run without waiting for a timer, a thread or a file."""
    return bool(loop._ready)


def next_timer_s(loop: asyncio.AbstractEventLoop) -> float:
    """How long it takes until the next timer is due."""
    timers = loop._scheduled
    return timers[0].when() - loop.time() if timers else math.inf


def but_at_rest(wait: Callable[..., Awaitable[bool]]) -> Callable[..., Awaitable[bool]]:
    """A pilot's wait for what every widget has been sent, left out where the loop rests."""

    async def waited(pilot: Pilot[object], timeout: float = PATIENCE_S) -> bool:
        await asyncio.sleep(0)
        return not has_work(asyncio.get_running_loop()) or await wait(pilot, timeout)

    return waited


def paint_now(app: App[object], renders: bool) -> None:
    """Paint what the screen would paint with its next frame, in the size that the terminal has by now."""
    if app.return_code is None and app.screen_stack:
        app._check_resize()  # which waits for another one behind it
        token = RENDERS.set(renders)
        app.screen._on_timer_update()
        if renders:
            app.screen._compositor_refresh()  # what was left dirty before
        RENDERS.reset(token)


def render_at_rest(compositor: Compositor, full: bool = False, **options: object) -> object:
    """Render what has become dirty, or in a headless app leave it dirty until it rests.

    Nobody sees these frames: Textual renders each, a third of a test's time, and drops it. What was changed is
    rendered when the app rests, as it then is.
    """
    if active_app.get().is_headless and not full and not RENDERS.get():
        return None
    return render_update(compositor, full, **options)
