"""How a recording is played: where it starts, how fast, and what playing passes over or stops at."""

from dataclasses import dataclass

from nnsim.session.session import Session, speed_index
from nnsim.timeline import Place


@dataclass(frozen=True)
class Playing:
    """What a person wants of a replay.

    Args: speed: epochs a second, infinity being full speed; None waits for a key unless it loops. at: where it
    starts. idle_limit_s: how long a stretch is played in which the loss of every run stays within 1 % and nothing
    is marked; the rest of it is passed over.
    """

    speed: float | None = None
    at: Place | None = None
    loop: bool = False
    pause_at_marks: bool = False
    idle_limit_s: float | None = None

    def begin(self, session: Session) -> None:
        """Set a session going.  Raises: NnsimError where the focused run has no such place."""
        session.loop, session.pause_at_marks = self.loop, self.pause_at_marks
        session.idle_limit_s = self.idle_limit_s
        if self.at is not None:
            session.go_to(self.at)
        if self.speed is not None:
            session.speed = speed_index(self.speed)
        if self.speed is not None or self.loop:
            session.play(True)
