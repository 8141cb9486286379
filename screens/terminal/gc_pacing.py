"""Collects garbage between two frames, and not while one is drawn.

Python searches for cycles after so many new objects, mostly while something is drawn, and a key would wait for it.
A frame makes thousands of objects that form none.
"""

import gc

# Objects made since the last search among the young, such searches since one among the middle-aged, and those since
# one among all. A search takes a few milliseconds, that among all objects a tenth of a second.
DUE = (5_000, 20, 50)
PUT_OFF = 20  # times as many, until Python looks by itself: where no frames are drawn


def collect_seldom() -> None:
    """Leave the searches to `collect_if_due`, unless that is never called."""
    gc.set_threshold(DUE[0] * PUT_OFF, *DUE[1:])


def collect_if_due() -> None:
    """Look for cycles among the objects whose turn it is, if any."""
    due = [made > most for made, most in zip(gc.get_count(), DUE, strict=True)]
    if due[0]:
        gc.collect(max(generation for generation, is_due in enumerate(due) if is_due))
