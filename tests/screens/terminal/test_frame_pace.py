"""How often a session is drawn that shares its processors: rarer frames where they wait, evenly for all."""

import pytest

from nnsim.serve.served_folder import ServedFolder
from screens.app import NnsimApp
from screens.preferences import Preferences
from screens.terminal.frame_pacing import LONGEST_S, SHORTEST_S, FramePace

TICK_S = 0.1


class Machine:
    """A processor with a clock; frames take longer on it the more of it is asked for."""

    def __init__(self):
        self.now = self.worked = 0.0

    def pace(self):
        return FramePace(clock=lambda: self.now, worked=lambda: self.worked)

    def draw(self, pace, took_s, worked_s):
        pace.begin()
        self.now += took_s
        self.worked += worked_s
        pace.end()


def frames(machine, pace, seconds, took_s, worked_s):
    """How many frames are drawn by a clock that ticks ten times a second."""
    drawn, began = 0, machine.now
    for tick in range(round(seconds / TICK_S)):
        machine.now = began + tick * TICK_S
        if pace.due:
            drawn += 1
            machine.draw(pace, took_s, worked_s)
    return drawn


def test_every_frame_is_due_where_nothing_is_in_the_way():
    machine = Machine()
    assert frames(machine, machine.pace(), 10, 0.02, 0.02) == 100


def test_frames_that_wait_become_rarer_down_to_a_bound_and_come_back():
    machine = Machine()
    pace = machine.pace()
    frames(machine, pace, 10, 0.09, 0.006)
    assert pace.rate == pytest.approx(1 / LONGEST_S)
    assert frames(machine, pace, 10, 0.09, 0.006) == 10 / LONGEST_S
    frames(machine, pace, 10, 0.006, 0.006)
    assert pace.rate == 1 / SHORTEST_S
    assert frames(machine, pace, 10, 0.006, 0.006) == 100


def test_what_disturbs_a_short_frame_for_a_moment_is_no_crowd():
    machine = Machine()
    pace = machine.pace()
    machine.draw(pace, 0.0102, 0.0002)
    assert pace.rate == 1 / SHORTEST_S


def test_an_end_without_a_beginning_is_none():
    machine = Machine()
    pace = machine.pace()
    machine.now += 5.0
    pace.end()
    assert pace.rate == 1 / SHORTEST_S


def test_sessions_side_by_side_come_to_the_same_rate():
    """Forty on a processor that draws a hundred frames a second; one begins alone, and half of them slow."""
    machine = Machine()
    paces = [machine.pace() for _ in range(40)]
    for pace in paces[:20]:
        pace.rate = 2.0
    counts = [0] * len(paces)
    for tick in range(600):
        due = [at for at, pace in enumerate(paces) if pace.due]
        began = machine.now
        for at in due:
            machine.now = began
            machine.draw(paces[at], 0.01 * max(1, len(due)) ** 0.75, 0.01)
            counts[at] += tick >= 300
        machine.now = began + TICK_S
    assert min(counts) > 0.6 * max(counts)
    assert sum(counts) < 0.9 * 40 * 300  # they have given way


def test_an_app_of_ones_own_has_no_pace_and_a_served_one_has(tmp_path):
    """A key is never held back by it."""
    own = NnsimApp(chosen=Preferences())
    served = NnsimApp(chosen=Preferences(), served=ServedFolder(tmp_path))
    for app in (own, served):
        assert app.may_draw()
    machine = Machine()
    served._pace = pace = machine.pace()
    frames(machine, pace, 10, 0.09, 0.006)
    assert not served.may_draw()
    assert served.may_draw(for_key=True)
