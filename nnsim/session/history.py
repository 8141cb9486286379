"""Undoing: the scene that an edit leaves behind is restored, and the present one is stored in its place.

Only a setting that was changed live has no such scene: the run as it was without the command is made when needed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from msgspec import Struct

from nnsim.errors import ScenarioError
from nnsim.session.cursor_motion import CursorMotion
from nnsim.session.session_state import SessionState
from nnsim.session.track import Track
from nnsim.timeline import Command, Cursor, Mark
from nnsim.timeline.replica import Retraining
from nnsim.timeline.run import Run
from nnsim.training.records import Checkpoint, Stop

MOST_UNDONE = 100  # edits that are kept
MOST_BYTES = 50_000_000  # of the runs that they hold, estimated; the last edit is kept however large it is


class Scene(Struct, frozen=True):
    """The runs of a session, the one in focus, and the cursor."""

    tracks: tuple[Track, ...]
    focus: int
    cursor: Cursor


class Past(Struct, frozen=True):
    """A run as it was before it was changed live: at this step, with these commands."""

    track: int
    step: int
    commands: tuple[Command, ...]
    marks: tuple[Mark, ...]
    stop: Stop | None

    def of(self, now: Scene, near: Checkpoint | None) -> Scene:
        """The scene then.  Args: near: a checkpoint of the run close to the step, if any."""
        track = now.tracks[self.track]
        run = Run.rewound(track.timeline, self.step, self.commands, self.marks, self.stop, near)
        former = Track(run.timeline, run, track.style, track.chunk, near)
        tracks = (*now.tracks[: self.track], former, *now.tracks[self.track + 1 :])
        return Scene(tracks, self.track, Cursor(self.step))


@dataclass(frozen=True)
class Edit:
    """A description of a change, and the scene without it; once it is undone, the scene with it."""

    description: str
    otherwise: Scene | Past
    place: tuple[int, int, str] | None = None  # of a command: its track, its step, its key


class History:
    """Undoes and redoes edits of a session."""

    def __init__(self, state: SessionState, motion: CursorMotion, retraining: Retraining) -> None:
        self._state = state
        self._motion = motion
        self._retraining = retraining
        self.done: list[Edit] = []  # that can be undone, the newest last
        self._undone: list[Edit] = []

    def undo(self) -> str:
        """Undoes the last edit.  Returns: a sentence about it.  Raises: ScenarioError without any."""
        if not self.done:
            raise ScenarioError("nothing to undo: nothing was changed by hand")
        return f"undone: {self._swap(self.done, self._undone)}"

    def redo(self) -> str:
        """Redoes the last undone edit.  Returns: a sentence about it.  Raises: ScenarioError without any."""
        if not self._undone:
            raise ScenarioError("nothing to redo: nothing was undone since the last change")
        return f"done again: {self._swap(self._undone, self.done)}"

    def _swap(self, source: list[Edit], target: list[Edit]) -> str:
        """Restores the scene of the last edit in `source`, and pushes the present one onto `target`."""
        self._motion.stay()
        edit, now = source[-1], self.scene
        scene = edit.otherwise
        if isinstance(scene, Past):
            scene = scene.of(now, self._retraining.near(now.tracks[scene.track].replica, scene.step))
        source.pop()
        target.append(replace(edit, otherwise=now, place=None))
        # Runs that another process has begun since belong to no edit.
        known = {*map(id, scene.tracks), *(id(one) for one in now.tracks if one.run is not None)}
        others = [one for one in now.tracks if one.run is None and id(one) not in known]
        self._state.tracks = [*scene.tracks, *others]
        self.follow_parents()
        self._state.stand(scene.focus, scene.cursor)
        return edit.description

    def follow_parents(self) -> None:
        here = [track.timeline for track in self._state.tracks]
        for one in here:
            parent = one.parent
            if parent is not None and not any(parent is each for each in here):
                one.parent = next((each for each in here if each.lineage is parent.lineage), parent)

    @property
    def unused_style(self) -> int:
        """A style that neither a visible run has nor one that an edit brings back."""
        scenes = [one.otherwise for one in (*self.done, *self._undone) if isinstance(one.otherwise, Scene)]
        visible = (self._state.tracks, *(scene.tracks for scene in scenes))
        return 1 + max(one.style for tracks in visible for one in tracks)

    @property
    def scene(self) -> Scene:
        return Scene(tuple(self._state.tracks), self._state.focus, self._state.cursor)

    def remember(self, edit: Edit) -> None:
        """Adds an edit; changing the same key again at the same step is one edit with the former."""
        self._undone.clear()
        last = self.done[-1] if self.done else None
        if last is not None and last.place is not None and last.place == edit.place:
            self.done[-1] = replace(edit, otherwise=last.otherwise)
            return
        self.done.append(edit)
        del self.done[:-MOST_UNDONE]
        held, size = set[int](), 0
        for number, one in enumerate(reversed(self.done)):
            for track in one.otherwise.tracks if isinstance(one.otherwise, Scene) else ():
                size += 0 if id(track) in held else _bytes(track)
                held.add(id(track))
            if number and size > MOST_BYTES:
                del self.done[: len(self.done) - number]
                break


def _bytes(track: Track) -> int:
    timeline, plan = track.timeline, track.timeline.plan
    numbers = 3 * plan.network.size * (len(timeline.checkpoints) + 4) + timeline.length * len(timeline.series)
    return 8 * (numbers + 2 * plan.examples.inputs.size)
