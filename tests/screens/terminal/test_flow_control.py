"""How many frames may be under way to a terminal that answers late, at once, or never."""

import pytest

from screens.terminal.flow_control import LOST_S, MOST, QUESTION, SILENT_S, FlowControl


class Line:
    """A line with a delay and a rate, and frames on it."""

    def __init__(self, round_trip_s=0.0, frame_s=0.0, answers=True):
        self.now = 100.0
        self.frames = FlowControl(lambda: self.backlog, lambda: self.now)
        self.backlog = False
        self._round_trip_s, self.frame_s, self.answers = round_trip_s, 0.0, answers
        self._due = []
        self._free = 0.0  # when the line has sent what waits in it
        if answers:  # the first question goes out alone
            self.draw()
            self.run(2 * round_trip_s + 0.1)
        self.frame_s = frame_s

    def draw(self):
        if self.frames.drawn() and self.answers:
            self._free = max(self._free, self.now) + self.frame_s
            self._due.append(self._free + self._round_trip_s)

    def run(self, seconds, step_s=0.01):
        """Draw whenever it may be. Returns: frames drawn, and the most that were under way at once."""
        drawn, most, until = 0, 0, self.now + seconds
        while self.now < until:
            if self.frames.may_draw():
                self.draw()
                drawn += 1
            most = max(most, self.frames.unanswered)
            self.now += step_s
            while self._due and self._due[0] <= self.now:
                self._due.pop(0)
                self.frames.answered()
        return drawn, most


def test_every_frame_asks_for_an_answer():
    frames = FlowControl()
    assert frames.drawn() == QUESTION == "\x1b[6n"
    assert frames.unanswered == 1
    frames.answered()
    assert frames.unanswered == 0


def test_one_frame_is_under_way_and_one_place_is_kept_for_a_key():
    frames = FlowControl()
    assert frames.may_draw()
    frames.drawn()
    assert not frames.may_draw()
    assert frames.may_draw(for_key=True)
    frames.drawn()
    assert not frames.may_draw(for_key=True)
    frames.answered()
    assert not frames.may_draw()
    assert frames.may_draw(for_key=True)


def test_a_long_line_carries_more_frames_at_once():
    drawn, most = Line(round_trip_s=0.6).run(20.0)
    assert drawn > 3 * 20.0 / 0.6
    assert 3 < most <= MOST
    _, most = Line(round_trip_s=1.9).run(20.0)
    assert 3 < most <= MOST


def test_a_slow_line_is_never_filled():
    line = Line(round_trip_s=0.2, frame_s=0.5)
    line.run(5.0)
    drawn, most = line.run(20.0)
    assert most == 1
    assert drawn > 0.9 * 20.0 / 0.7


def test_a_line_that_has_become_slow_is_given_less():
    line = Line(round_trip_s=0.8)
    assert line.run(20.0)[1] > 3
    line.frame_s = 0.8
    line.run(20.0)
    assert line.run(20.0)[1] == 1


def test_a_terminal_that_never_answers_is_asked_no_more_and_held_to_what_it_takes():
    line = Line(answers=False)
    line.draw()
    line.now += SILENT_S - 0.1
    assert not line.frames.may_draw()
    line.now += 0.2
    assert line.frames.may_draw()
    assert line.frames.drawn() == ""
    assert line.frames.may_draw()
    line.backlog = True
    assert not line.frames.may_draw(for_key=True)


def test_a_terminal_that_answers_late_is_asked_again():
    line = Line(answers=False)
    line.draw()
    line.now += 2 * SILENT_S
    assert line.frames.may_draw()
    line.frames.answered()
    assert line.frames.drawn() == QUESTION


def test_lost_answers_stop_the_drawing_for_a_while_only():
    line = Line(round_trip_s=0.1)
    line.run(1.0)
    line.answers = False
    line.run(0.5)
    assert not line.frames.may_draw()
    line.now += LOST_S
    assert line.frames.may_draw()
    assert line.frames.drawn() == QUESTION


@pytest.mark.parametrize("answers", [0, 1, 3])
def test_answers_that_nobody_asked_for_count_for_nothing(answers):
    frames = FlowControl()
    for _ in range(answers):
        frames.answered()
    frames.drawn()
    assert frames.unanswered == 1
    assert frames.round_trip_s is None


def test_settling_waits_for_no_one_who_has_never_answered():
    frames = FlowControl()
    frames.drawn()
    frames.settle(60.0)
    assert frames.unanswered == 0


def unread(line, seconds):
    """A terminal reads nothing for some time.  Returns: how many reminders it was sent."""
    line.answers = False
    sent, until = 0, line.now + seconds
    while line.now < until:
        sent += bool(line.frames.reminder())
        line.run(0.1)
    return sent


def test_a_terminal_that_stops_answering_is_reminded_and_then_stuck():
    line = Line(round_trip_s=0.1)
    line.run(5.0)
    assert line.frames.stuck_s == 0.0
    unread(line, 9.0)
    assert line.frames.stuck_s < 10.0
    unread(line, 2.0)
    assert line.frames.stuck_s > 10.0
    line.frames.answered()
    assert line.frames.stuck_s == 0.0


def test_a_terminal_that_never_answered_or_is_asked_nothing_is_not_stuck():
    silent = Line(answers=False)
    assert unread(silent, 30.0) == 0
    assert silent.frames.stuck_s == 0.0
    paused = Line(round_trip_s=0.1)
    while paused.frames.unanswered:
        paused.frames.answered()
    paused.now += 60.0
    assert paused.frames.reminder() == ""
    assert paused.frames.stuck_s == 0.0


def test_one_answer_that_is_lost_is_no_reason_to_give_a_terminal_up():
    line = Line(round_trip_s=0.1)
    line.frames.drawn()
    line.now += 60.0
    assert line.frames.stuck_s == 0.0
    assert line.frames.reminder() == QUESTION
    line.frames.answered()
    assert line.frames.reminder() == ""
