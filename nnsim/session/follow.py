"""Following a recording that grows: which of its runs their writer still trains, and which one to look at."""

from collections.abc import Sequence

from nnsim.session.track import Track
from nnsim.timeline import Timeline


def current(tracks: Sequence[Track], left: Sequence[Timeline] | None = None) -> list[Track]:
    """The recorded tracks that their writer still trains.

    Args: left: the timelines that it says it has left behind. Where it says nothing, those count whose place no
    later run has taken; where a run has begun again, its forks go with it. It may have left behind all that a file
    holds: one that is full takes no run that begins again.
    """
    recorded = [track for track in tracks if track.run is None]
    if left is not None:
        return [track for track in recorded if not any(track.timeline is one for one in left)] or recorded
    found: list[Track] = []
    for track in recorded:
        timeline = track.timeline
        if timeline.fork_step is None:
            gone = {id(one.timeline) for one in found if takes_place(timeline, one.timeline)}
            while more := {id(one.timeline) for one in found if id(one.timeline.parent) in gone} - gone:
                gone |= more
            found = [one for one in found if id(one.timeline) not in gone]
        found.append(track)
    return found


def takes_place(later: Timeline, timeline: Timeline) -> bool:
    """Whether a run is another one begun again: of the same variant and, in a sweep, with the same value."""
    if later.fork_step is not None or timeline.fork_step is not None or later.variant != timeline.variant:
        return False
    sweep = later.scenario.sweep
    return sweep is None or later.settings.get(sweep.key) == timeline.settings.get(sweep.key)


def to_look_at(
    focused: Track, tracks: Sequence[Track], fresh: Sequence[Track] = (), left: Sequence[Timeline] | None = None
) -> Track:
    """Where who follows looks on: at a fresh fork of the run, or at the run that has taken its place.

    A run that was left behind takes who looks at it back to the run that it was forked from.

    Args: fresh: tracks that have just come, or may have come back. left: as `current` has it.
    """
    here = current(tracks, left)
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
    """Whether two forks left the same run at the same step: a fork with and without its last change."""
    if one.fork_step is None or one.fork_step != other.fork_step:
        return False
    mine, its = one.parent, other.parent
    if mine is None or its is None:
        return mine is its
    return mine is its or takes_place(mine, its) or _twins(mine, its)
