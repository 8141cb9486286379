"""What the parts of a session share: runs, the cursor over them, where it is heading, and what moves it there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from nnsim.session.track import Track
from nnsim.session.view import RunsSeen, View
from nnsim.timeline import Cursor, Place

# What moves the goal: nobody, the time that passes, or the newest step of a recording that grows.
Mode = Literal["paused", "playing", "following"]


class SessionState(RunsSeen):
    """Runs side by side, the one in focus, the cursor over all of them, and the goal that it moves to."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        super().__init__(tracks)
        self.mode: Mode = "paused"
        self.loop = False  # whether playing begins again at the end
        self.growing = False  # whether another process extends some of the timelines
        self.sought: Place | None = None  # what the focused run is trained towards, until it comes
        self.all_looked_at = False  # of the compared runs at the cursor's step, not the focused one alone
        self.notices = Notices()

    @property
    def view(self) -> View:
        """What there is to see now: the runs as they stand under the cursor."""
        playing = self.mode == "playing"
        return View(tuple(self.tracks), self.focus, self.cursor, self.goal, playing, self.all_looked_at)

    def stand(self, focus: int, cursor: Cursor) -> None:
        """Stand at a place of a run, and head nowhere."""
        self.focus = focus
        self.mode, self.sought = "paused", None
        self.cursor = self.goal = cursor
        self.revision += 1


class Notices:
    """Tells the person once of what came by itself; another thread may post."""

    def __init__(self) -> None:
        self._text = ""
        self.warns = True  # whether what was posted last is that something is lost

    def post(self, text: str, warns: bool = True) -> None:
        """Have something said.

        Args: warns: whether something was lost, or is in the way; else it is for information.
        """
        self._text, self.warns = text, warns

    def take(self) -> str:
        """Return what there is to say, once; or nothing."""
        text, self._text = self._text, ""
        return text
