"""Following a recording that grows: which of its runs their writer still trains, and which one to look at."""

from collections.abc import Sequence
from typing import Protocol

from nnsim.session.cursor_motion import CursorMotion
from nnsim.session.history import History
from nnsim.session.session_state import SessionState
from nnsim.session.track import Track
from nnsim.timeline import RunLog, Timeline


class GrowingTimelines(Protocol):
    @property
    def left(self) -> Sequence[RunLog] | None:
        """Those that are extended no more, where that is said."""

    @property
    def page(self) -> int | None:
        """The page of the lesson that their writer looks at, from 0, where that is said."""

    @property
    def timelines(self) -> Sequence[RunLog]: ...

    @property
    def ended(self) -> bool: ...

    @property
    def parting(self) -> str:
        """What to say of the end, where it is not the planned one."""

    def refresh(self) -> bool: ...


class Follow:
    """Lets the timelines of a session grow, and keeps the cursor at their newest step until it is moved away."""

    def __init__(self, state: SessionState, motion: CursorMotion, history: History) -> None:
        self._state = state
        self._motion = motion
        self._history = history
        self.source: GrowingTimelines | None = None  # while another process extends it
        self.taken_hold = 0  # how often the newest step was gone to

    @property
    def active(self) -> bool:
        return self._state.mode == "following"

    @property
    def page(self) -> int | None:
        """The page of the lesson that the writer looks at, from 0; None where nobody is followed."""
        return self.source.page if self.source is not None and self.active else None

    def begin(self, source: GrowingTimelines) -> None:
        self.source, self._state.growing = source, True
        self.go_newest()

    def end(self) -> None:
        self.source, self._state.growing = None, False
        if self.active:
            self._state.mode = "paused"

    def go_newest(self) -> None:
        """Moves to the newest step, and follows what still grows from there."""
        state = self._state
        self.taken_hold += 1
        if self.source is None or state.focused.run is not None:
            self._motion.head_for(state.view.newest if state.view.live else state.view.end)
        else:
            self._go_to_writer(self.source)

    def refresh(self) -> None:
        """Reads what is new; a replay once the writer is gone.  Raises: RecordingError where that fails."""
        source, state = self.source, self._state
        if source is None:
            return
        untouched = [track for track in state.tracks if track.run is None and not track.named_by_hand]
        left = source.left or ()
        if not source.refresh():
            return
        for track in untouched:
            track.know_names()
        known, before = [track.log for track in state.tracks], len(state.tracks)
        again = [track for track in state.tracks if any(track.log is one for one in left)]
        for timeline in source.timelines:
            if not any(timeline is one for one in known):
                state.tracks.append(Track(timeline, None, self._history.unused_style))
        if self.active:
            self._go_to_writer(source, [*state.tracks[before:], *again])
        if source.ended:
            state.notices.post(source.parting)
            self.end()
        state.revision += 1

    def _go_to_writer(self, source: GrowingTimelines, fresh: Sequence[Track] = ()) -> None:
        """Moves to the newest step of the runs that the writer still trains, one of them in focus."""
        state, left = self._state, source.left
        chosen = track_to_focus(state.focused, state.tracks, fresh, left)
        if chosen is not state.focused:
            self._motion.focus_on(next(index for index, one in enumerate(state.tracks) if one is chosen))
        self._motion.head_for(state.furthest(current(state.tracks, left)))


def current(tracks: Sequence[Track], left: Sequence[RunLog] | None = None) -> list[Track]:
    """The recorded tracks that their writer still trains; all, where none is left.

    Args: left: timelines left behind, as the writer says. Without it, those whose place a later run has taken, and
    their forks.
    """
    recorded = [track for track in tracks if track.run is None]
    if left is not None:
        return [track for track in recorded if not any(track.log is one for one in left)] or recorded
    found: list[Track] = []
    for track in recorded:
        timeline = track.log
        if isinstance(timeline, Timeline) and timeline.fork_step is None:
            others = [one.log for one in found if isinstance(one.log, Timeline)]
            gone = {id(one) for one in others if takes_place(timeline, one)}
            while more := {id(one) for one in others if id(one.parent) in gone} - gone:
                gone |= more
            found = [one for one in found if id(one.log) not in gone]
        found.append(track)
    return found


def takes_place(later: Timeline, timeline: Timeline) -> bool:
    """Whether a run replaces another one: of the same variant and, in a sweep, with the same value."""
    if later.fork_step is not None or timeline.fork_step is not None or later.variant != timeline.variant:
        return False
    sweep = later.scenario.sweep
    return sweep is None or later.settings.get(sweep.key) == timeline.settings.get(sweep.key)


def track_to_focus(
    focused: Track, tracks: Sequence[Track], fresh: Sequence[Track] = (), left: Sequence[RunLog] | None = None
) -> Track:
    """The track to follow: a fresh fork of the run, the run that replaces it, or the run it was forked from."""
    here = current(tracks, left)
    if not isinstance(focused.log, Timeline):
        return focused
    fresh = [one for one in fresh if isinstance(one.log, Timeline)]
    here = [one for one in here if isinstance(one.log, Timeline)]
    fresh = [one for one in fresh if any(one is each for each in here)]
    for one in fresh:
        if one.timeline.fork_step is not None and one.timeline.parent is focused.timeline:
            return one
    if focused.run is not None or any(one is focused for one in here):
        return focused
    for one in fresh:
        if _twins(one.timeline, focused.timeline):
            return one
    back: Timeline | None = focused.timeline
    while back is not None:
        for one in here:
            if one.timeline is back or takes_place(one.timeline, back):
                return one
        back = back.parent
    return focused


def _twins(one: Timeline, other: Timeline) -> bool:
    if one.fork_step is None or one.fork_step != other.fork_step:
        return False
    mine, its = one.parent, other.parent
    if mine is None or its is None:
        return mine is its
    return mine is its or takes_place(mine, its) or _twins(mine, its)
