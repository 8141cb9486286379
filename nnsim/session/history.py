"""Undoing: what an edit leaves behind, and how it is put back.

An edit leaves behind what the session showed before: its runs, the one in focus, the cursor. Undoing an edit puts
that back and keeps what stood there instead, so that the edit can be done again. Only a setting that was changed
live has no such past, because the run itself went on with it: its past is the run at that step without the command,
and is made when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from nnsim.errors import ScenarioError
from nnsim.replica import Replica, Way
from nnsim.run import Run
from nnsim.session.track import Track
from nnsim.session.view import RunsSeen
from nnsim.timeline import Command, Cursor, Mark, Place
from nnsim.training.records import Checkpoint, Stop

MOST_UNDONE = 100  # edits that are kept
MOST_BYTES = 1_000_000_000  # of the runs that they hold, estimated; the last edit is kept however large it is


@dataclass(frozen=True)
class Scene:
    """What a session shows: its runs, the one in focus, the cursor."""

    tracks: tuple[Track, ...]
    focus: int
    cursor: Cursor


@dataclass(frozen=True)
class Past:
    """A run as it was before it was changed live: at this step, with these commands."""

    track: int
    step: int
    commands: tuple[Command, ...]
    marks: tuple[Mark, ...]
    stop: Stop | None

    def of(self, now: Scene, near: Checkpoint | None) -> Scene:
        """What the session showed then.

        Args: near: a checkpoint of the run that is close to the step, where there is one.
        """
        track = now.tracks[self.track]
        run = Run.rewound(track.timeline, self.step, self.commands, self.marks, self.stop, near)
        former = Track(run.timeline, run, track.style, track.chunk, near)
        tracks = (*now.tracks[: self.track], former, *now.tracks[self.track + 1 :])
        return Scene(tracks, self.track, Cursor(self.step))


@dataclass(frozen=True)
class Edit:
    """What was changed, in words, and what is shown without it; with it, once it is undone."""

    told: str
    otherwise: Scene | Past
    place: tuple[int, int, str] | None = None  # of a command: its track, its step, its key


class TakesLong(Exception):
    """Nothing was changed: a long way has to be trained again first."""

    def __init__(self, way: Way) -> None:
        super().__init__(f"{way.missing:,} steps have to be trained again")
        self.way = way


class Undoing(RunsSeen):
    """The part of a session that puts back what edits have changed."""

    playing: bool
    follow: bool
    sought: Place | None

    def __init__(self, tracks: Sequence[Track]) -> None:
        super().__init__(tracks)
        self._done: list[Edit] = []
        self._undone: list[Edit] = []
        self._attempting = False  # an edit that may take no time
        self._way: Way | None = None  # that was approached for it

    def stay(self) -> None:
        """Stop heading anywhere."""
        raise NotImplementedError

    # ------------------------------------------------------------------ in slices

    def attempt(self, edit: Callable[[Self], str], way: Way | None = None) -> str | Way:
        """Make an edit, unless it takes long.

        Args: way: what a former attempt has given, approached.
        Returns: a sentence about it; or the way to approach before the next attempt, and nothing has changed.
        Raises: ScenarioError as the edit does.
        """
        self._attempting, self._way = True, way
        try:
            return edit(self)
        except TakesLong as found:
            return found.way
        finally:
            self._attempting, self._way = False, None

    def _near(self, track: Track, step: int) -> Checkpoint | None:
        """A checkpoint of the track's replica, or from the way to it, that may be close to a step.

        Raises: TakesLong in an attempt, where none is.
        """
        timeline, near = track.timeline, track.replica.near
        if self._way is not None and self._way.timeline is timeline and self._way.step == step:
            return self._way.replica.near
        if self._attempting and track.replica.far(step):
            raise TakesLong(Way(timeline, step, Replica(timeline, near)))
        return near if near is not None and near.step <= step else None  # behind it runs go different ways

    # ------------------------------------------------------------------ undoing

    def undo(self) -> str:
        """Take the last edit back.  Returns: a sentence about it.

        Raises: ScenarioError where there is none.
        """
        if not self._done:
            raise ScenarioError("nothing to undo: nothing was changed by hand")
        return f"undone: {self._swap(self._done, self._undone)}"

    def redo(self) -> str:
        """Make the edit again that was undone last.  Returns: a sentence about it.

        Raises: ScenarioError where there is none.
        """
        if not self._undone:
            raise ScenarioError("nothing to redo: nothing was undone since the last change")
        return f"done again: {self._swap(self._undone, self._done)}"

    def _swap(self, source: list[Edit], target: list[Edit]) -> str:
        """Show what the last edit of `source` knows, and let `target` know what is shown now."""
        self.stay()
        edit, now = source[-1], self._scene
        scene = edit.otherwise
        if isinstance(scene, Past):
            scene = scene.of(now, self._near(now.tracks[scene.track], scene.step))
        source.pop()
        target.append(replace(edit, otherwise=now, place=None))
        # Runs that another process has begun since belong to no edit.
        known = {*map(id, scene.tracks), *(id(one) for one in now.tracks if one.run is not None)}
        others = [one for one in now.tracks if one.run is None and id(one) not in known]
        self.tracks = [*scene.tracks, *others]
        self._follow_parents()
        self._stand(scene.focus, scene.cursor)
        return edit.told

    def _follow_parents(self) -> None:
        """Let forks belong to the timeline that stands in the place of their parent now."""
        here = [track.timeline for track in self.tracks]
        for one in here:
            parent = one.parent
            if parent is not None and not any(parent is each for each in here):
                one.parent = next((each for each in here if each.lineage is parent.lineage), parent)

    @property
    def unused_style(self) -> int:
        """A style for a run that comes by itself: of no run that is seen, or that an edit brings back beside it."""
        scenes = [one.otherwise for one in (*self._done, *self._undone) if isinstance(one.otherwise, Scene)]
        return 1 + max(one.style for tracks in (self.tracks, *(scene.tracks for scene in scenes)) for one in tracks)

    @property
    def _scene(self) -> Scene:
        return Scene(tuple(self.tracks), self.focus, self.cursor)

    def _stand(self, focus: int, cursor: Cursor) -> None:
        self.focus = focus
        self.playing = self.follow = False
        self.sought = None
        self.cursor = self.goal = cursor
        self.revision += 1

    def _remember(self, edit: Edit) -> None:
        """Keep an edit that was made; the same key changed again at the same step is one edit with the former."""
        self._undone.clear()
        last = self._done[-1] if self._done else None
        if last is not None and last.place is not None and last.place == edit.place:
            self._done[-1] = replace(edit, otherwise=last.otherwise)
            return
        self._done.append(edit)
        del self._done[:-MOST_UNDONE]
        held, kept = set[int](), 0
        for number, one in enumerate(reversed(self._done)):
            for track in one.otherwise.tracks if isinstance(one.otherwise, Scene) else ():
                kept += 0 if id(track) in held else _bytes(track)
                held.add(id(track))
            if number and kept > MOST_BYTES:
                del self._done[: len(self._done) - number]
                break


def _bytes(track: Track) -> int:
    """About how much a run takes: its checkpoints, its figures, and its data twice, for run and replica."""
    timeline, plan = track.timeline, track.timeline.plan
    numbers = 3 * plan.network.size * (len(timeline.checkpoints) + 4) + timeline.length * len(timeline.series)
    return 8 * (numbers + 2 * plan.examples.inputs.size)
