"""Places of labels on the weights of a diagram: on the weight's own line, away from all others."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Ends = tuple[int, int]  # the rows in which a line begins and ends
Place = tuple[int, int]  # a label's first column and its row

CLEAR = 0.55  # rows that other lines stay away from a label: what passes nearer may be taken for its own
FAR = 2.0  # rows from which on further away is no clearer
BESIDE = 1  # columns of a line that are seen on either side of its label


@lru_cache(maxsize=1024)
def label_places(lines: tuple[Ends, ...], start: int, end: int, width: int) -> tuple[Place, ...] | None:
    """A place for the label of every line between two columns of units; None where one of them finds none.

    A label lies on its own line, away from other lines and labels; the clearest such place is taken.  Args: lines:
    their rows. start, end: columns between which they run. width: of every label.
    """
    lefts = np.arange(start + BESIDE, end - width - BESIDE + 1)
    if not len(lefts) or not lines:
        return None
    columns = np.arange(start, end)
    share = (columns - start + 0.5) / (end - start)
    heights = np.array([y0 + (y1 - y0) * share for y0, y1 in lines])  # (lines, columns)
    found = [_candidates(heights, index, lefts - start, width) for index in range(len(lines))]
    taken = dict[int, Place]()
    for index in sorted(range(len(lines)), key=lambda one: len(found[one])):
        # Labels right below each other are read as one: another place is better, if there is one.
        places = (
            one
            for rows in (2, 1)
            for one in found[index]
            if all(_apart(one, other, rows, width) for other in taken.values())
        )
        place = next(places, None)
        if place is None:
            return None
        taken[index] = place
    return tuple((start + taken[index][0], taken[index][1]) for index in range(len(lines)))


def _candidates(heights: NDArray[np.float64], own: int, lefts: NDArray[np.int64], width: int) -> list[Place]:
    """The places on a line away from all others, the clearest first."""
    found = list[tuple[float, float, Place]]()
    middle = (lefts[0] + lefts[-1]) / 2
    others = np.delete(heights, own, axis=0)
    for left in lefts.tolist():
        under = slice(left, left + width)
        line = heights[own, under]
        centre = float(line.mean())
        for row in range(round(float(line.min())), round(float(line.max())) + 1):
            clear = float(np.abs(others[:, under] - row).min(initial=FAR))
            if clear >= CLEAR:
                # Where a line is as clear all along, its middle is where one looks.
                off = abs(row - centre)
                found.append((off - min(clear, FAR), abs(left - middle), (left, row)))
    return [place for _, _, place in sorted(found)]


def _apart(one: Place, other: Place, rows: int, width: int) -> bool:
    return abs(one[1] - other[1]) >= rows or abs(one[0] - other[0]) > width
