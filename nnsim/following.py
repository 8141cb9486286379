"""Following a recording that grows: which of its runs their writer still trains, and which one to look at."""

from collections.abc import Sequence

from nnsim.timeline import Timeline
from nnsim.track import Track


def current(tracks: Sequence[Track]) -> list[Track]:
    """The recorded tracks whose place no later run has taken; where a run has begun again, its forks go with it."""
    found: list[Track] = []
    for track in tracks:
        timeline = track.timeline
        if track.run is not None:
            continue
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


def to_look_at(focused: Track, tracks: Sequence[Track], fresh: Sequence[Track] = ()) -> Track:
    """Where who follows looks on: at a fresh fork of the run, or at the run that has taken its place.

    Args: fresh: tracks that have just come.
    """
    for one in fresh:
        if one.timeline.fork_step is not None and one.timeline.parent is focused.timeline:
            return one
    here = current(tracks)
    if focused.run is not None or any(one is focused for one in here):
        return focused
    root = focused.timeline
    while root.parent is not None:
        root = root.parent
    return next((one for one in here if takes_place(one.timeline, root)), focused)
