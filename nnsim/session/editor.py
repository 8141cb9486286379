"""Edits: what a person changes of the runs of a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Protocol

from nnsim.errors import ScenarioError
from nnsim.nn.parameters import names_parameter
from nnsim.run import Run, allowed_change
from nnsim.scenario.places import MARKED
from nnsim.scenario.settings import is_live, merged, setting_text
from nnsim.session.history import Edit, Past, Undoing
from nnsim.session.track import Track
from nnsim.text import count
from nnsim.timeline import Cursor, Timeline, most_plans


class Written(Protocol):
    """A file that all runs of a session are written into while they are trained."""

    @property
    def failed(self) -> bool:
        """Whether the file lacks something."""


class Editing(Undoing):
    """The part of a session that is changed by hand, and can be changed back."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        super().__init__(tracks)
        self._saved: list[object] = []  # what was made by hand when it was last saved
        self.written: Written | None = None
        # The runs that bear out what was reached of the lesson, by its parts.
        self.bearing: dict[int, tuple[Timeline, ...]] = {}

    @property
    def edited(self) -> bool:
        """Whether there is an edit that can be undone."""
        return bool(self._done)

    def worth_keeping(self, most: int) -> list[Timeline]:
        """What a recording keeps: the runs that are seen, and those that bear out what a learner has reached.

        Args: most: runs that it holds; with too many of them the latter are left out.
        """
        found = [one.timeline for one in self.tracks]
        for timeline in chain(*list(self.bearing.values())):  # a thread that records may ask
            plans = sum(1 + len(one.commands) for one in (*found, timeline))
            known = any(timeline is one for one in found)
            if not known and len(found) < most and plans <= most_plans(self.scenario):
                found.append(timeline)
        return found

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

    def note_saved(self, held: list[object] | None = None) -> None:
        """Know that so much of what was made by hand was saved; all that there is where nothing is said."""
        self._saved = self.made_by_hand if held is None else held

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
                run = Run(self.scenario, track.timeline.variant, self._without_own_data(changed, track))
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

    def _without_own_data(self, settings: dict[str, Any], track: Track) -> dict[str, Any]:
        """Take the data out of settings where they are the scenario's own again: a point that came and went."""
        rest = {key: value for key, value in settings.items() if key != "data"}
        if len(rest) == len(settings):
            return settings
        try:
            now, own = (self.scenario.plan(track.timeline.variant, one) for one in (settings, rest))
        except ScenarioError:  # of settings that go with the edited data alone; or it is said where the run begins
            return settings
        return rest if now.same_rows(own) else settings

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
        if track.ends_at(step):
            self._check_room(key, 1)
            if step < timeline.length:
                allowed_change(timeline, step, key, value)  # before what was looked at is given up
                track = self._without_entered(track, step)
                timeline = track.timeline
            assert track.run is not None, "it goes on"
            past = Past(self.focus, step, tuple(timeline.commands), tuple(timeline.marks), timeline.stop)
            track.run.change(key, value)
            self._remember(Edit(told, past, (self.focus, step, key)))
            if self.cursor.phase:  # a phase that was entered under other commands
                self._stand(self.focus, Cursor(step))
            self.revision += 1
            return f"{told} from step {step + 1:,} on"
        return self._fork(key, value, told)

    def _without_entered(self, track: Track, step: int) -> Track:
        """Let a run stand at this step again, of whose next one only phases were looked at."""
        timeline, near = track.timeline, self._near(track, step)
        marks = [one for one in timeline.marks if one.step <= step]
        run = Run.rewound(timeline, step, timeline.commands, marks, None, near)
        fresh = Track(run.timeline, run, track.style, track.chunk, near)
        self.tracks[self.tracks.index(track)] = fresh
        self._follow_parents()
        return fresh

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


def _told(key: str, value: object) -> str:
    return f"{key} is not set any more" if value is None else f"{key} = {setting_text(value)}"
