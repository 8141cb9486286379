"""Edits: what a person changes of the runs of a session, and how it is undone and done again.

An edit leaves behind what the session showed before: its runs, the one in focus, the cursor. Undoing an edit puts
that back and keeps what stood there instead, so that the edit can be done again. Only a setting that was changed
live has no such past, because the run itself went on with it: its past is the run at that step without the command,
and is made when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

from nnsim.errors import ScenarioError
from nnsim.nn.parameters import names_parameter
from nnsim.places import MARKED
from nnsim.records import Checkpoint, Stop
from nnsim.run import Replica, Run, Way, allowed_change
from nnsim.runs_seen import RunsSeen
from nnsim.settings import is_live, merged, setting_text
from nnsim.text import count
from nnsim.timeline import Command, Cursor, Mark, Place, most_plans
from nnsim.track import Track

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


class Written(Protocol):
    """A file that all runs of a session are written into while they are trained."""

    @property
    def failed(self) -> bool:
        """Whether the file lacks something."""


class Editing(RunsSeen):
    """The part of a session that is changed by hand, and can be changed back."""

    playing: bool
    follow: bool
    sought: Place | None

    def __init__(self, tracks: Sequence[Track]) -> None:
        super().__init__(tracks)
        self._done: list[Edit] = []
        self._undone: list[Edit] = []
        self._attempting = False  # an edit that may take no time
        self._way: Way | None = None  # that was approached for it
        self._saved: list[object] = []  # what was made by hand when it was last saved
        self.written: Written | None = None

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

    @property
    def edited(self) -> bool:
        """Whether there is an edit that can be undone."""
        return bool(self._done)

    @property
    def made_by_hand(self) -> list[object]:
        """What only a recording would keep: names of steps, and of live runs commands and points of their own."""
        found = list[object]()
        for one in self.tracks:
            timeline = one.timeline
            if one.named_by_hand:
                found.append((timeline.variant, "names", one.names))
            if one.run and (timeline.commands or "data" in timeline.settings):
                found.append((timeline.variant, dict(timeline.settings), tuple(timeline.commands)))
        return found

    @property
    def unsaved(self) -> bool:
        """Whether something that was made by hand is in no file; moving and training on change nothing of it."""
        if self.written is not None and not self.written.failed:
            return False
        return any(one not in self._saved for one in self.made_by_hand)

    def note_saved(self) -> None:
        """Know that all that there is was saved."""
        self._saved = self.made_by_hand

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

    # ------------------------------------------------------------------ beginning again

    def restart(self, settings: Mapping[str, Any] | None = None) -> str:
        """Begin every run of the scenario again, with some settings changed; forks are left behind.

        Returns: a sentence about what is left behind with the old runs.
        Raises: ScenarioError where a setting is not allowed, or all runs but forks are recorded ones; nothing has
        changed then.
        """
        left = self._renew("restart", {id(one): settings or {} for one in self._own}, self._recorded_ones)
        return f"Begins again with seed {self.focused.timeline.plan.seed}{left}"

    def new_seed(self) -> str:
        """Begin every run again, each with the seed after its own.  Returns, raises: as `restart`."""
        seeds = {id(one): {"random.seed": (one.timeline.plan.seed + 1) % 2**32} for one in self._own}
        left = self._renew("restart with a new seed", seeds, self._recorded_ones)
        return f"Begins again with seed {self.focused.timeline.plan.seed}{left}"

    @property
    def _own(self) -> list[Track]:
        """The runs that can begin again, without forks.  Raises: ScenarioError where there is none."""
        own = [one for one in self.tracks if one.run and one.timeline.fork_step is None]
        if not own:
            raise ScenarioError(
                "only a recording and its forks are here, which cannot begin again (allowed: another fork)"
            )
        return own

    @property
    def _recorded_ones(self) -> list[Track]:
        return [one for one in self.tracks if one.run is None]

    def _renew(self, told: str, settings: Mapping[int, Mapping[str, Any]], others: Sequence[Track] = ()) -> str:
        """Begin runs again, by the identity of their tracks; keep the others as they are.

        Returns: what only the old runs have, as the end of a sentence; empty where nothing was made by hand.
        """
        fresh, before = [], self._scene
        left = _left_behind([one for one in self.tracks if one not in others])
        for track in self.tracks:
            if track in others:
                fresh.append(track)
            elif id(track) in settings:
                changed = self._with_sweep(merged(track.timeline.settings_at(0), settings[id(track)]), track)
                run = Run(self.scenario, track.timeline.variant, changed)
                fresh.append(Track(run.timeline, run, track.style))
        self.tracks = fresh
        self._stand(min(self.focus, len(fresh) - 1), Cursor())
        self._remember(Edit(told, before))
        return left

    def _with_sweep(self, settings: dict[str, Any], track: Track) -> dict[str, Any]:
        """Keep the value of the sweep, by which runs are compared, where all that it lay in was changed."""
        sweep, own = self.scenario.sweep, track.timeline.settings
        if sweep is None or sweep.key in settings or sweep.key not in own:
            return settings
        whole, _, name = sweep.key.rpartition(".")
        kept = settings.get(whole)
        return {**settings, sweep.key: own[sweep.key]} if isinstance(kept, Mapping) and name in kept else settings

    # ------------------------------------------------------------------ commands

    def change(self, key: str, value: Any) -> str:
        """Change a setting of the focused run: a live one from the cursor on, any other by beginning it again.

        Where the cursor stands behind the newest step, a fork goes on from there and the old run stays beside it.
        A parameter (`nnsim.nn.parameters`) is changed like a live setting.

        Args: value: None takes the setting away, where it is an optional one.
        Returns: a sentence about what happened.
        Raises: ScenarioError where the value is not allowed, or nothing could come of it.
        """
        track = self.focused
        step, timeline = self.step_of(track), track.timeline
        told = _told(key, value)
        if not applies_live(key):
            return self.change_together({key: value})
        if timeline.stop is not None and timeline.stop.reason == "diverged" and step == timeline.length:
            raise ScenarioError(f"{key}: the run has diverged here: step back first, and change it there")
        if track.run is not None and step == timeline.length:
            self._check_room(key, 1)
            past = Past(self.focus, step, tuple(timeline.commands), tuple(timeline.marks), timeline.stop)
            track.run.change(key, value)
            self._remember(Edit(told, past, (self.focus, step, key)))
            if self.cursor.phase:  # a phase that was entered under other commands
                self._stand(self.focus, Cursor(step))
            self.revision += 1
            return f"{told} from step {step + 1:,} on"
        return self._fork(key, value, told)

    def change_together(self, settings: Mapping[str, Any], told: str = "") -> str:
        """Change settings of the focused run that are not live: it begins again once, with all of them.

        Args: told: what was changed, in words; else the settings themselves.
        Returns: a sentence about what happened.
        Raises: ScenarioError where a value is not allowed; nothing has changed then.
        """
        track = self.focused
        told = told or ", ".join(_told(key, value) for key, value in settings.items())
        if track.run is None:
            keys = ", ".join(settings)
            raise ScenarioError(
                f"{keys}: would begin the run again, which a replay cannot (allowed: a live setting)"
            )
        left = self._renew(told, {id(track): settings}, [one for one in self.tracks if one is not track])
        return f"{told}: the run starts again{left}"

    def fork(self, key: str, value: Any) -> str:
        """Let a twin of the focused run go on from the cursor with a live setting changed; the old run stays.

        Args: value: None takes the setting away, where it is an optional one.
        Returns: a sentence about what happened.
        Raises: ScenarioError where the value is not allowed, or nothing could come of it.
        """
        track = self.focused
        if not applies_live(key):
            raise ScenarioError(f"{key}: applies only to a new run (allowed in a fork: a live setting)")
        stop = track.timeline.stop
        if stop is not None and stop.reason == "diverged" and self.step_of(track) == track.timeline.length:
            raise ScenarioError(f"{key}: the run has diverged here: step back first, and fork it there")
        return self._fork(key, value, _told(key, value))

    def _fork(self, key: str, value: Any, told: str) -> str:
        timeline, step, before = self.focused.timeline, self.step_of(self.focused), self._scene
        allowed_change(timeline, step, key, value)  # before anything is trained for it
        self._check_room(key, 2 + sum(one.step <= step for one in timeline.commands))
        near = self._near(self.focused, step)
        run = Run.fork(timeline, step, near)
        run.change(key, value)
        style = max(one.style for one in self.tracks) + 1
        self.tracks.append(Track(run.timeline, run, style, near=near))
        self._stand(len(self.tracks) - 1, Cursor(step))
        self._remember(Edit(f"{told} (the fork at step {step:,})", before, (self.focus, step, key)))
        return f"{told}: a fork goes on from step {step:,}, the old run stays beside it"

    def _check_room(self, key: str, more: int) -> None:
        """Refuse what would make the runs more than a recording of them can hold."""
        plans = sum(1 + len(one.timeline.commands) for one in self.tracks)
        if plans + more > (most := most_plans(self.scenario)):
            raise ScenarioError(f"{key}: no recording holds so many runs and changes (allowed: {most:,} together)")


def applies_live(key: str) -> bool:
    """Whether a change applies between two steps, rather than to a new run."""
    return is_live(key) or names_parameter(key)


def _left_behind(tracks: Sequence[Track]) -> str:
    """What was made by hand on runs that begin again: their steps may never come again as they were."""
    marks = sum(mark.kind == MARKED for one in tracks for mark in one.timeline.marks)
    own = [one.timeline for one in tracks if one.timeline.fork_step is None]
    changes = sum(command.step > 0 for one in own for command in one.commands)  # an earlier one stays in force
    forks = sum(one.timeline.fork_step is not None for one in tracks)
    counted = ((marks, "mark"), (changes, "change"), (forks, "fork"))
    told = [count(number, what) for number, what in counted if number]
    return f"; undo (ctrl+z) brings back {', '.join(told)}" if told else ""


def _bytes(track: Track) -> int:
    """About how much a run takes: its checkpoints, its figures, and its data twice, for run and replica."""
    timeline, plan = track.timeline, track.timeline.plan
    numbers = 3 * plan.network.size * (len(timeline.checkpoints) + 4) + timeline.length * len(timeline.series)
    return 8 * (numbers + 2 * plan.examples.inputs.size)


def _told(key: str, value: object) -> str:
    return f"{key} is not set any more" if value is None else f"{key} = {setting_text(value)}"
