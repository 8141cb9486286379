"""Idle stretches: where a replay shows nothing new for a while."""

import numpy as np

from nnsim.timeline.series import BLOCK, Series
from nnsim.timeline.timeline import Timeline

IDLE_CHANGE = 0.01  # of the loss: a curve as high as the screen moves by less than a row


def idle_until(timeline: Timeline, step: int) -> int:
    """The step that ends the idle stretch at `step`; `step` itself where something happens at once.

    A stretch is idle while the loss stays within 1 % of its value at `step` and no step of it is marked.
    """
    loss = timeline.series.get("loss")
    value = None if loss is None else loss.at_step(max(step, 1))
    if loss is None or value is None or not np.isfinite(value):
        return step
    margin = IDLE_CHANGE * abs(value)
    leaves = _leaves(loss, step, value - margin, value + margin) + 1
    marked = [mark.step for mark in timeline.marks if step < mark.step <= timeline.length]
    return max(step, min([leaves - 1, timeline.length, *(one - 1 for one in marked)]))


def _leaves(series: Series, start: int, low: float, high: float) -> int:
    """The first sample from `start` on that lies outside two bounds; the number of samples where none does."""

    def first(begin: int, end: int) -> int | None:
        values = series.values(begin, end)
        outside = ~((values >= low) & (values <= high))
        return begin + int(np.argmax(outside)) if outside.any() else None

    count = len(series)
    block = -(-start // BLOCK)
    found = first(start, min(block * BLOCK, count))
    if found is None:
        lows, highs = series.blocks(block, count // BLOCK)
        outside = ~((lows >= low) & (highs <= high))
        block += int(np.argmax(outside)) if outside.any() else len(outside)
        found = first(block * BLOCK, min((block + 1) * BLOCK, count))
    return count if found is None else found
