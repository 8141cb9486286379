"""Waiting for what a worker or a file brings: as long as it takes, and not for ever."""

import time

PATIENCE_S = 30.0  # only a test that fails waits for so long; a busy machine takes its time


async def until(pilot, condition):
    """Let the app run until something is so."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await pilot.pause(0.01)
