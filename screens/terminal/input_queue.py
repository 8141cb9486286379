"""Queues input until its turn comes, in order and in bounded memory."""

from collections import deque
from collections.abc import Sequence
from threading import Lock

from textual import events
from textual.events import Event

WAITING = 1024  # events, of which a flood of keys takes back its own
CLICKS = 8  # events of the mouse


class InputQueue:
    """Keys, pastes and events of the mouse, each taken when the one before has had its effect.

    The thread that reads the terminal puts events in; the event loop takes them out.
    """

    def __init__(self) -> None:
        self._waiting: deque[Event] = deque()
        self._lock = Lock()
        self._clicks = 0
        self._under_way = False

    def put(self, event: Event) -> bool:
        """Adds an event.  Returns: whether the event loop has to be woken."""
        with self._lock:
            last = self._waiting[-1] if self._waiting else None
            if isinstance(event, events.MouseMove) and isinstance(last, events.MouseMove):
                self._drop(-1)  # the later one says where the mouse is
            if len(self._waiting) >= WAITING:
                return False
            self._waiting.append(event)
            self._clicks += isinstance(event, events.MouseEvent)
            return not self._under_way and len(self._waiting) == 1

    def put_first(self, earlier: Sequence[Event]) -> None:
        """Puts earlier events before those that wait."""
        with self._lock:
            self._waiting.extendleft(reversed(earlier))

    def take(self) -> Event | None:
        """The next event, which is under way from now on; None where there is none, or one is under way."""
        with self._lock:
            if self._under_way or not self._waiting:
                return None
            self._under_way = True
            return self._drop(0)

    def handled(self) -> None:
        """Ends the event that was under way."""
        self._under_way = False

    @property
    def is_idle(self) -> bool:
        """Whether all events have had their effect."""
        return not self._under_way and not self._waiting

    def revoke_keys(self) -> str:
        """Takes back the keys that wait.  Returns: their characters."""
        with self._lock:
            keys = [event for event in self._waiting if isinstance(event, events.Key)]
            self._waiting = deque(event for event in self._waiting if not isinstance(event, events.Key))
        return "".join(key.character or "" for key in keys)

    @property
    def is_full_of_clicks(self) -> bool:
        """Whether the most events of the mouse wait."""
        return self._clicks >= CLICKS

    def _drop(self, index: int) -> Event:
        event = self._waiting[index]
        del self._waiting[index]
        self._clicks -= isinstance(event, events.MouseEvent)
        return event
