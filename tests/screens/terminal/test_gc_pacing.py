"""Cycles of objects are looked for when it is asked for, and not before."""

import gc

import pytest

from screens.terminal import frame_pacing
from screens.terminal.frame_pacing import DUE, PUT_OFF, collect_if_due, collect_seldom


@pytest.fixture
def searched(monkeypatch):
    """The generations that are searched, where this many objects and searches are counted."""
    found = []
    monkeypatch.setattr(gc, "collect", found.append)

    def when(*counts):
        found.clear()
        monkeypatch.setattr(frame_pacing.gc, "get_count", lambda: counts)
        collect_if_due()
        return found

    return when


def test_the_oldest_generation_whose_turn_it_is_is_searched(searched):
    young, middle, old = DUE
    assert searched(young, 0, 0) == []
    assert searched(young + 1, 0, 0) == [0]
    assert searched(young + 1, middle, old) == [0]
    assert searched(young + 1, middle + 1, 0) == [1]
    assert searched(young + 1, middle + 1, old + 1) == [2]
    assert searched(young + 1, middle, old + 1) == [2]
    assert searched(0, middle + 1, old + 1) == []  # nothing has been made since


def test_python_looks_by_itself_where_nobody_asks():
    before = gc.get_threshold()
    try:
        collect_seldom()
        assert gc.get_threshold() == (DUE[0] * PUT_OFF, *DUE[1:])
        assert gc.isenabled()
    finally:
        gc.set_threshold(*before)


def test_cycles_are_gone_after_a_search():
    class Ring:
        def __init__(self):
            self.itself = self

    gc.collect()
    before = gc.get_threshold()
    try:
        gc.set_threshold(0)
        for _ in range(2 * DUE[0]):
            Ring()
        collect_if_due()
        assert not any(isinstance(one, Ring) for one in gc.get_objects(generation=0))
    finally:
        gc.set_threshold(*before)
