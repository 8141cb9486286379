"""Long training cut into slices of about the same time, between which a caller may report, draw or stop."""

import time
from collections.abc import Callable, Iterator

SLICE_S = 0.05  # until the caller gets a turn
MOST_STEPS = 4096


def slices(advance: Callable[[int], object], finished: Callable[[], bool]) -> Iterator[None]:
    """Calls `advance` with numbers of steps until all is done; a caller may leave after any slice."""
    steps = 1
    while not finished():
        began = time.perf_counter()
        advance(steps)
        took = time.perf_counter() - began
        if took < SLICE_S / 2:
            steps = min(2 * steps, MOST_STEPS)
        elif took > SLICE_S:
            steps = max(steps // 2, 1)
        yield
