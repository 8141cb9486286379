"""Counts the frames that the terminal has not answered yet, so that no slow line fills with old pictures.

Behind every frame goes a question for the cursor's position. A terminal answers it when it has drawn what came
before, so the answers say how far the other end of the line has got.
"""

from collections import deque
from collections.abc import Callable
from threading import Condition
from time import monotonic

from textual.message import Message

QUESTION = "\x1b[6n"
FRAME_S = 0.1  # at most so often is a frame wanted when nobody presses a key
QUEUED_S = 0.1  # an answer later than the shortest round trip by this has waited behind frames
SILENT_S = 1.0  # a terminal that has never answered by then does not know the question
LOST_S = 2.0  # an answer of one that does know it is lost by then, unless round trips are that long
REMINDERS = 3  # questions given up one after the other, before a terminal is taken for one that reads nothing
MOST = 8  # frames under way on the longest line


class FrameAnswered(Message, bubble=False):
    """The terminal has drawn a frame."""


class FlowControl:
    """Counts sent frames against answers; the event loop reports frames, the thread of the input answers.

    Args: backlog: whether output still waits in this process; it counts where a terminal never answers. clock:
    seconds.
    """

    def __init__(self, backlog: Callable[[], bool] = lambda: False, clock: Callable[[], float] = monotonic) -> None:
        self._backlog = backlog
        self._clock = clock
        self._asked: deque[float] = deque()
        self._changed = Condition()
        self._answers = False  # it has answered
        self._silent = False  # it has been asked and does not answer
        self._lost = 0  # answers that were given up and may still come
        self._limit = 1
        self._waits_since: float | None = None  # for any answer at all
        self._asked_last = 0.0
        self._reminders = 0  # and questions given up, since the last answer
        self.round_trip_s: float | None = None  # the shortest: of the line with nothing waiting in it

    @property
    def unanswered(self) -> int:
        """How many frames are under way."""
        return len(self._asked)

    def may_draw(self, for_key: bool = False) -> bool:
        """Whether a frame may be drawn now.  Args: for_key: it shows the effect of a key; a place is reserved for
        it."""
        with self._changed:
            if self._asked and self._clock() - self._asked[0] > self._patience_s:
                self._silent = not self._answers
                self._reminders += 1
                self._lost = min(self._lost + len(self._asked), MOST)
                self._asked.clear()
                self._changed.notify_all()
            if self._silent:
                return not self._backlog()
            return len(self._asked) < self._limit + for_key

    def drawn(self) -> str:
        """Counts a frame that was written.  Returns: what to write behind it."""
        with self._changed:
            return "" if self._silent else self._ask()

    def _ask(self) -> str:
        self._asked_last = self._clock()
        self._asked.append(self._asked_last)
        if self._waits_since is None:
            self._waits_since = self._asked_last
        return QUESTION

    def reminder(self) -> str:
        """The question again, where a terminal that used to answer has not; else nothing."""
        with self._changed:
            is_due = self._clock() - self._asked_last > self._patience_s
            if not self._answers or self._waits_since is None or not is_due:
                return ""
            self._reminders += 1
            return self._ask()

    @property
    def stuck_s(self) -> float:
        """For how long a terminal that used to answer, and was asked again and again, has read nothing."""
        since = self._waits_since
        return 0.0 if since is None or not self._answers or self._reminders < REMINDERS else self._clock() - since

    def answered(self) -> bool:
        """Counts an answer.  Returns: whether a frame was under way."""
        with self._changed:
            self._answers, self._silent = True, False
            self._waits_since, self._reminders = None, 0
            took_s = self._clock() - self._asked[0] if self._asked else 0.0
            if self._lost and took_s < (self.round_trip_s or 0.0):
                self._lost -= 1  # too soon for the frame that waits: it belongs to one that was given up
            elif self._asked:
                self._asked.popleft()
                self._learn(took_s)
                self._waits_since = self._clock() if self._asked else None
                self._changed.notify_all()
                return True
            return False

    def settle(self, longest_s: float) -> None:
        """Waits until all answers are in: a later one would be typed into the shell."""
        with self._changed:
            if self._answers:
                self._changed.wait_for(lambda: not self._asked, longest_s)
            self._asked.clear()

    @property
    def _patience_s(self) -> float:
        return max(LOST_S, 4 * (self.round_trip_s or 0.0)) if self._answers else SILENT_S

    def _learn(self, took_s: float) -> None:
        """Sends more at once on a long line, and less on a slow one."""
        shortest = took_s if self.round_trip_s is None else min(took_s, self.round_trip_s)
        self.round_trip_s = shortest
        if took_s > shortest + QUEUED_S:
            self._limit = 1
        else:
            self._limit = min(self._limit + 1, 1 + int(shortest / FRAME_S), MOST)
