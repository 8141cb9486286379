"""Forks: the tree that runs make, and where a fork first differs from the run that it left."""

from collections.abc import Sequence

import numpy as np

from nnsim.timeline.timeline import Timeline

AT_ONCE = 4096


def tree(timelines: Sequence[Timeline]) -> list[tuple[int, int]]:
    """The timelines as (depth, index), each followed by its forks in the order of their steps."""
    found: list[tuple[int, int]] = []

    def walk(parent: Timeline | None, depth: int) -> None:
        # A run whose parent is not among these stands at the root.
        here = [
            index
            for index, one in enumerate(timelines)
            if (one.parent if any(one.parent is each for each in timelines) else None) is parent
        ]
        for index in here if parent is None else sorted(here, key=lambda i: timelines[i].fork_step or 0):
            found.append((depth, index))
            walk(timelines[index], depth + 1)

    walk(None, 0)
    return found


def first_difference(fork: Timeline, since: int = 0) -> int | None:
    """The first step behind `since` at which a fork's figure differs from its parent's, or None."""
    parent, first = fork.parent, None
    if parent is None or fork.fork_step is None:
        return None
    for name, series in fork.series.items():
        other = parent.series.get(name)
        if other is None or other.stride != series.stride:
            continue
        count = min(len(series), len(other))
        for start in range(max(fork.fork_step, since) // series.stride, count, AT_ONCE):
            if first is not None and (start + 1) * series.stride >= first:
                break
            stop = min(start + AT_ONCE, count)
            mine, its = series.values(start, stop), other.values(start, stop)
            differs = (mine != its) & ~(np.isnan(mine) & np.isnan(its))
            if differs.any():
                step = (start + int(np.argmax(differs)) + 1) * series.stride
                first = step if first is None else min(first, step)
                break
    return first
