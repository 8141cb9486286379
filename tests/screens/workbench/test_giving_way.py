"""Which frames are drawn while something is trained.

A frame that time draws lets a key pass; a key that shows nothing stops nothing, however long it is held. Every
frame is drawn where training keeps the speed it is asked for, and a key's as soon as there is something to show.
"""

import pytest
from waiting import until

from nnsim.session.playback import SPEEDS
from screens.widgets.lines import Line
from screens.workbench import pacer as pacing
from screens.workbench.pacer import YIELD_S, Pacer
from screens.workbench.workbench import Workbench

HELD_S = 0.03  # between two presses of a key that is held


@pytest.fixture
def clock(monkeypatch):
    """The pacer's clock, moved by hand."""

    class Clock:
        now = 100.0

    monkeypatch.setattr(pacing, "perf_counter", lambda: Clock.now)
    return Clock


def test_what_a_key_asked_is_taken_back_by_its_frame_alone(clock):
    pacer = Pacer(session=None)
    pacer.yield_to_key()
    clock.now += 0.001
    began = clock.now
    pacer.go_on(began)
    assert not pacer.yields_to_key

    pacer.yield_to_key()
    clock.now += 0.001
    began = clock.now
    clock.now += 0.001
    pacer.yield_to_key()  # a second key, while the frame of the first is drawn
    pacer.go_on(began)
    assert pacer.yields_to_key
    pacer.go_on(clock.now)
    assert not pacer.yields_to_key


def test_a_key_is_given_way_for_a_while_at_most(clock):
    pacer = Pacer(session=None)
    assert not pacer.yields_to_key
    pacer.yield_to_key()
    clock.now += 0.99 * YIELD_S
    assert pacer.yields_to_key
    clock.now += 0.02 * YIELD_S
    assert not pacer.yields_to_key


@pytest.mark.parametrize("apart_s", [HELD_S, 0.04, 0.1])
def test_a_held_key_that_shows_nothing_leaves_training_half_of_the_time(clock, apart_s):
    pacer, free, due = Pacer(session=None), 0, clock.now
    for _ in range(1000):
        if clock.now >= due:
            pacer.yield_to_key()
            due += apart_s
        free += not pacer.yields_to_key
        clock.now += 0.001
    assert free >= 450


def test_a_held_key_whose_frames_come_is_given_way_each_time(clock):
    pacer = Pacer(session=None)
    for _ in range(10):
        pacer.yield_to_key()
        assert pacer.yields_to_key
        clock.now += 0.01
        pacer.go_on(clock.now)
        clock.now += HELD_S - 0.01


def test_a_key_pressed_during_a_long_frame_is_given_way_as_long_as_any(clock):
    pacer = Pacer(session=None)
    pacer.yield_to_key()
    began = clock.now
    clock.now += YIELD_S
    pacer.yield_to_key()
    clock.now += 0.9 * YIELD_S
    pacer.go_on(began)
    assert pacer.yields_to_key


class Watched:
    """Which panes of a workbench are shown the session, and a key that is pressed while the first of them is."""

    def __init__(self, workbench):
        self.workbench, self.shown, self.pressed = workbench, [], False
        self.present = workbench.present
        workbench.present = self
        workbench.rendering.rests_until = 0.0

    def __call__(self, pane):
        self.present(pane)
        self.shown.append(pane.kind)
        if self.pressed:
            self.workbench.pacer.yield_to_key()
            self.pressed = False

    def frame(self, pressed=False):
        """What one turn of the timer shows, where the session has changed."""
        self.shown, self.pressed = [], pressed
        self.workbench.session.state.revision += 1
        self.workbench.rendering.frame()
        return self.shown


PANES = ["loss", "gradients", "weights"]


async def test_a_frame_is_given_up_for_a_key_which_draws_it(bench):
    async with bench(*PANES, size=(120, 40)) as opened:
        watched = Watched(opened.workbench)
        assert watched.frame() == PANES
        assert watched.frame(pressed=True) == PANES[:1]
        watched.shown = []
        opened.workbench.rendering.draw(for_key=True)
        assert watched.shown == PANES
        assert not opened.workbench.pacer.yields_to_key


async def test_a_frame_that_was_given_up_is_drawn_where_nothing_changes_any_more(bench):
    async with bench(*PANES, size=(120, 40)) as opened:
        watched = Watched(opened.workbench)
        watched.frame()
        assert watched.frame(pressed=True) == PANES[:1]
        opened.workbench.pacer.go_on(float("inf"))
        watched.shown = []
        opened.workbench.rendering.frame()
        assert watched.shown == PANES
        watched.shown = []
        opened.workbench.rendering.frame()
        assert watched.shown == []


async def test_frames_are_drawn_while_a_key_is_held_that_shows_nothing(bench):
    async with bench(*PANES, size=(120, 40)) as opened:
        watched, whole = Watched(opened.workbench), 0
        for _ in range(6):
            opened.workbench.pacer._yields_until = float("inf")
            watched.workbench.rendering.rests_until = 0.0
            whole += watched.frame() == PANES
        assert whole >= 3


async def test_a_picture_of_two_steps_does_not_stay_while_drawing_rests(bench, monkeypatch):
    async with bench(*PANES, size=(120, 40)) as opened:
        watched = Watched(opened.workbench)
        watched.frame()
        watched.workbench.rendering.rests_until = 0.0
        monkeypatch.setattr(opened.session.training, "lagging", lambda: opened.session.focused)
        assert watched.frame(pressed=True) == PANES[:1]
        assert watched.frame() == PANES


async def test_a_count_that_is_typed_shows_the_panes_of_a_frame_that_was_given_up(bench):
    async with bench(*PANES, size=(120, 40)) as opened:
        watched = Watched(opened.workbench)
        watched.frame()
        watched.frame(pressed=True)
        watched.shown = []
        opened.workbench.count.type(1)
        assert watched.shown == PANES
        watched.shown = []
        opened.workbench.count.type(2)
        assert watched.shown == []


async def test_every_frame_is_drawn_where_training_keeps_the_speed(bench, monkeypatch):
    async with bench(*PANES, size=(120, 40), extra="[train]\nepochs = 1000000") as opened:
        watched, session = Watched(opened.workbench), opened.session
        monkeypatch.setattr(opened.workbench.pacer, "wake", lambda: None)  # it is trained by hand
        session.playback.speed = SPEEDS.index(10)
        session.playback.play(True)
        for _ in range(3):
            watched.workbench.rendering.rests_until = float("inf")
            watched.workbench.rendering.ticked -= 0.2
            assert watched.frame() == PANES
            session.training.train(session.training.lagging(), 1_000)
        watched.workbench.rendering.ticked -= 0.2
        watched.frame()
        watched.workbench.rendering.rests_until = float("inf")
        assert watched.frame() == [], "drawing rests where the last goal is not reached"
        session.playback.speed = SPEEDS.index(None)
        for _ in range(3):
            session.training.train(session.training.lagging(), 1_000)
            watched.frame()
        watched.workbench.rendering.rests_until = float("inf")
        assert watched.frame() == [], "drawing rests at full speed"


@pytest.fixture
def told(monkeypatch):
    """What the lines of a workbench tell, one after the other, where no time passes that would draw a frame."""
    texts = []
    show = Line.show
    monkeypatch.setattr(Workbench, "tick", lambda workbench: None)
    monkeypatch.setattr(Line, "show", lambda line, text: (texts.append(text), show(line, text)))
    return texts


async def test_a_key_paints_what_is_trained_in_a_moment_with_its_only_frame(bench, told):
    async with bench(*PANES, size=(120, 40)) as opened:
        told.clear()
        await opened.pilot.press("right")
        assert "epoch 1/" in opened.workbench.query_one("#status", Line).text
        assert not [text for text in told if "training" in text]


async def test_what_takes_longer_is_painted_as_soon_as_it_is_trained(bench, told, monkeypatch):
    monkeypatch.setattr(pacing, "AT_ONCE_S", 0.0)
    async with bench(*PANES, size=(120, 40)) as opened:
        told.clear()
        await opened.pilot.press("right")
        await until(opened.pilot, lambda: "epoch 1/" in opened.workbench.query_one("#status", Line).text)
        assert [text for text in told if "training to epoch 1 " in text]
