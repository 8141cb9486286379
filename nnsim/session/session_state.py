"""What the parts of a session share: runs, the cursor over them, where it is heading, and what moves it there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Literal

from nnsim.data.data_files import ScenarioFiles
from nnsim.scenario.lesson_schema import Lesson
from nnsim.scenario.scenario import Scenario
from nnsim.scenario.schema import SurfaceSettings
from nnsim.session.track import Track
from nnsim.session.view import Capability, View
from nnsim.text import count
from nnsim.timeline import Cursor, Place, Timeline

# What moves the goal: nobody, the time that passes, or the newest step of a recording that grows.
LOGS = "runs"  # the name that a layout of panes is kept under for runs of other programs
LOG_PANES = ("loss", "gradients", "figures", "schedule", "narrator", "diagnosis")
NEEDS = {"gradients": Capability.GRADIENT, "schedule": Capability.LEARNING_RATE}
MOST_NAMED = 3

Mode = Literal["paused", "playing", "following"]


def scenario_of_logs(names: Sequence[str], given: Capability) -> Scenario:
    """What stands for the scenario of a session whose runs were all trained by other programs.

    Args: given: what any of their logs holds; panes of anything else come last.
    """
    runs, names = len(names), list(dict.fromkeys(names))
    listed = ", ".join(names[:MOST_NAMED]) + (
        f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    )
    panes = sorted(LOG_PANES, key=lambda one: one in NEEDS and NEEDS[one] not in given)
    return Scenario(
        name=LOGS,
        title=listed,
        summary=f"{count(runs, 'run')}",
        panes=(*panes,) if runs == 1 else ("runs", *panes),
        lesson=Lesson(()),
        surface=SurfaceSettings(),
        variants=(),
        sweep=None,
        axes=(),
        personal=False,
        text="",
        table={},
        files=ScenarioFiles(),
    )


class SessionState:
    """Runs side by side, the focused one, the cursor over all of them, and its goal."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        self.tracks = list(tracks)
        self.focus = 0
        self.cursor = Cursor()
        self.goal = Cursor()
        self.mode: Mode = "paused"
        self.loop = False  # whether playing begins again at the end
        self.growing = False  # whether another process extends some of the timelines
        self.sought: Place | None = None  # what the focused run is trained towards, until it comes
        self.hidden = frozenset[int]()  # indexes of tracks that are not drawn unless they have the focus
        self.compares_states = False  # whether the panes look into the compared runs, too
        self.revision = 0  # grows with everything that a pane could show
        self.notices = Notices()

    @property
    def focused(self) -> Track:
        return self.tracks[self.focus]

    @property
    def scenario(self) -> Scenario:
        """That of the runs that have one; else what runs of other programs are shown by."""
        own = [one.log.scenario for one in self.tracks if isinstance(one.log, Timeline) and not one.origin]
        if own:
            return own[0]
        given = reduce(or_, (one.capabilities for one in self.tracks))
        return scenario_of_logs([one.origin or one.log.name for one in self.tracks], given)

    @property
    def steps_per_epoch(self) -> int:
        return self.focused.log.steps_per_epoch

    @property
    def view(self) -> View:
        playing = self.mode == "playing"
        hidden, states = self.hidden, self.compares_states
        return View(tuple(self.tracks), self.focus, self.cursor, self.goal, playing, hidden, states)

    @property
    def at_newest(self) -> bool:
        """Whether the cursor stands at the newest step, or in it, and a run can go on from there."""
        return self.cursor.showing >= self.focused.log.length and any(
            one.run and not one.run.finished for one in self.tracks
        )

    def place(self, track: Track, step: int) -> int:
        """The step of a track at the same part of the same epoch as a step of the focused one."""
        return step * track.log.steps_per_epoch // self.steps_per_epoch

    def furthest(self, tracks: Sequence[Track]) -> Cursor:
        """The end of the longest of these timelines, in steps of the focused one."""
        own = self.steps_per_epoch
        return Cursor(max(-(-one.log.length * own // one.log.steps_per_epoch) for one in tracks))

    def stand(self, focus: int, cursor: Cursor) -> None:
        """Puts cursor and goal on a place of a run."""
        self.focus = focus
        self.mode, self.sought = "paused", None
        self.cursor = self.goal = cursor
        self.revision += 1


class Notices:
    """Holds one message for the person, until it is taken; another thread may post."""

    def __init__(self) -> None:
        self._text = ""
        self.warns = True  # whether what was posted last is that something is lost

    def post(self, text: str, warns: bool = True) -> None:
        """Posts a message.  Args: warns: whether something is lost or in the way, rather than information."""
        self._text, self.warns = text, warns

    def take(self) -> str:
        """Returns the message once; then an empty text."""
        text, self._text = self._text, ""
        return text
