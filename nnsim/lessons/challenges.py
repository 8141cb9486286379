"""What a page asks for, read off timelines and cursor: conditions that hold, challenges that are reached."""

import math
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from nnsim.errors import NnsimError
from nnsim.lessons.answers import named, rounded_figure, step_at
from nnsim.scenario.conditions import Condition, Deed, InPhase, OnRun, SettingChanged, Single
from nnsim.scenario.lesson_schema import LessonPart
from nnsim.scenario.places import Comparison, Event, Place, Position, full
from nnsim.scenario.setting_keys import merged
from nnsim.session.view import TrackView, View
from nnsim.timeline import Timeline, find
from nnsim.timeline.search import Integers

PLACES = (Position, Comparison, Event)
# How long a run may become is what `within` says; and a challenge is to be reached from any start.
ALWAYS_ALLOWED = ("train.epochs", "random.seed")


class Reached(Struct, frozen=True):
    """A challenge that is reached: by which run, in which epoch, with which figures and changed settings."""

    run: Timeline
    epoch: int
    told: str
    settings: Mapping[str, Any]


# ---------------------------------------------------------------------- conditions


def holds(view: View, condition: Condition, deeds: AbstractSet[str] = frozenset()) -> bool:
    """Whether all of a condition holds at the cursor, or has held on the way there."""
    places = [one for one in condition.parts if isinstance(one, PLACES)]
    if places and _passed(view, view.focused, *places) is None:
        return False
    return all(_holds(view, one, deeds) for one in condition.parts if not isinstance(one, PLACES))


def _holds(view: View, one: Single, deeds: AbstractSet[str]) -> bool:
    match one:
        case InPhase():
            return view.cursor.phase_name == one.phase
        case OnRun():
            return view.focused.timeline.variant == one.variant
        case SettingChanged() | Deed(kind="forked"):
            return any(_proves(view, track, one) for track in view.tracks)
        case _:
            return one.text in deeds


def changed(view: View, track: TrackView, before: float = math.inf) -> dict[str, Any]:
    """The settings of a run that a person has changed, from the start or on the way, before a step."""
    sweep = view.scenario.sweep
    timeline = track.timeline
    settings = merged(timeline.settings, {one.key: one.value for one in timeline.commands if one.step < before})
    return {key: value for key, value in settings.items() if sweep is None or key != sweep.key}


def within(key: str, table: str) -> bool:
    """Whether a setting is this one, or one of this table."""
    return key == table or key.startswith(f"{table}.")


def _passed(view: View, track: TrackView, *places: Place, exact: bool = False) -> int | None:
    """The first step that the cursor has passed at which all places are together; exact: none behind the end."""
    timeline, here = track.timeline, view.step_of(track)
    compared = [view.known(track, full(one.figure)) for one in places if isinstance(one, Comparison)]
    if len(compared) == len(places):  # else a step has to be done
        here = min(compared, default=here)
    stretches = []
    for place in places:
        if isinstance(place, Position):
            step = step_at(track, place, exact)
            firsts, lasts = ([], []) if step is None else ([step], [max(step, timeline.length)])
            stretches.append((np.array(firsts, np.int64), np.array(lasts, np.int64)))
            continue
        try:
            found = find(timeline, place, track.last_step)
        except NnsimError:  # a run without such a figure never gets there
            return None
        stretches.append((found.first, found.last))
    together = [firsts[(firsts <= here) & _inside(firsts, stretches)] for firsts, _ in stretches]
    return min((int(steps[0]) for steps in together if len(steps)), default=None)


def _inside(steps: Integers, stretches: list[tuple[Integers, Integers]]) -> npt.NDArray[np.bool_]:
    inside = np.ones(len(steps), np.bool_)
    for firsts, lasts in stretches:
        index = np.searchsorted(firsts, steps, side="right") - 1
        inside &= (index >= 0) & (lasts[index] >= steps) if len(firsts) else False
    return inside


# ---------------------------------------------------------------------- challenges


def reached(view: View, track: TrackView, part: LessonPart) -> Reached | None:
    """Whether a run has reached the challenge of a page, as far as the cursor has got."""
    challenge, timeline = part.challenge, track.timeline
    assert challenge is not None, "the page has a challenge"
    places = [one for one in challenge.goal.parts if isinstance(one, PLACES)]
    if not all(_holds(view, one, frozenset()) for one in challenge.goal.parts if not isinstance(one, PLACES)):
        return None
    step = _passed(view, track, *places, exact=True) if places else view.step_of(track)
    if step is None or why_not(view, track, part, step):
        return None
    epoch = -(-step // timeline.steps_per_epoch)
    if challenge.within and epoch > challenge.within:
        return None
    figures = [_figure(track, one, step) for one in challenge.goal.parts if isinstance(one, Comparison)]
    told = f"{', '.join([*figures, '']) if figures else ''}epoch {epoch:,}, {timeline.name}"
    return Reached(timeline, epoch, told, changed(view, track, step))


def bearing_out(view: View, track: TrackView, part: LessonPart) -> Iterator[Timeline]:
    """The run that has reached the challenge of a page, and others that show what had been done by then."""
    assert part.challenge is not None, "the page has a challenge"
    yield track.timeline
    for one in part.challenge.goal.parts:
        proving = [each for each in (track, *view.tracks) if _proves(view, each, one)]
        if proving:
            yield proving[0].timeline


def _proves(view: View, track: TrackView, one: Single) -> bool:
    """Whether a run by itself shows that something was done of any run."""
    match one:
        case SettingChanged():
            return any(within(key, one.key) for key in changed(view, track))
        case Deed(kind="forked"):
            return track.timeline.fork_step is not None
        case _:
            return False


def why_not(view: View, track: TrackView, part: LessonPart, before: float = math.inf) -> str:
    """Why a run, as it was `before` a step, cannot count for the challenge of a page; empty where it can."""
    challenge = part.challenge
    assert challenge is not None, "the page has a challenge"
    if challenge.run and track not in named(view, challenge.run):
        return f"only the run {challenge.run} counts"
    if challenge.using:
        for key in changed(view, track, before):
            if not any(within(key, one) for one in (*ALWAYS_ALLOWED, *challenge.using)):
                return f"{key} is changed, which does not count here"
    if challenge.changes:
        counted = [key for key in changed(view, track, before) if key not in ALWAYS_ALLOWED]
        if len(counted) > challenge.changes:
            return f"{len(counted)} settings are changed, and {challenge.changes} may be: {', '.join(counted[:4])}"
    return ""


def standing(view: View, part: LessonPart) -> str:
    challenge, track = part.challenge, view.focused
    assert challenge is not None, "the page has a challenge"
    if reason := why_not(view, track, part):
        return reason
    figures = [
        _figure(track, one, view.known(track, full(one.figure)))
        for one in challenge.goal.parts
        if isinstance(one, Comparison)
    ]
    # The loss of a step is that before its update: what the update has made of it is known with the next step.
    now = ", ".join(f"{one} before the update" if one.startswith("loss ") else one for one in figures if one)
    if challenge.within:
        epoch = view.cursor.epoch(view.steps_per_epoch)
        count = f"epoch {epoch:,} of {challenge.within:,}"
        if epoch >= challenge.within:
            again = "s" if "random.seed" in challenge.using else "r"
            count += f": {'too late' if epoch > challenge.within else 'no more are left'}, start again ({again})"
        return f"now {now}, {count}" if now else count
    return f"now {now}" if now else ""


def _figure(track: TrackView, place: Comparison, step: int) -> str:
    value = track.timeline.record(step).get(full(place.figure), math.nan)
    return "" if math.isnan(value) else f"{place.figure} {rounded_figure(place.figure, value)}"
