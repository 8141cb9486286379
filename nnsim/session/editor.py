"""Edits: what a person changes of the runs of a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nnsim.errors import ScenarioError
from nnsim.nn.parameters import names_parameter
from nnsim.scenario.places import MARKED
from nnsim.scenario.setting_keys import is_live, merged, setting_text
from nnsim.session.history import Edit, History, Past
from nnsim.session.session_state import SessionState
from nnsim.session.track import Track
from nnsim.text import count
from nnsim.timeline import Cursor, most_plans
from nnsim.timeline.replica import Retraining
from nnsim.timeline.run import Run, allowed_change


class Editor:
    """Changes settings and parameters of the runs of a session, forks them, and begins them again."""

    def __init__(
        self, state: SessionState, history: History, retraining: Retraining, may_train: bool = True
    ) -> None:
        """Args: may_train: False where a recording may be looked at, and nothing be trained on from it."""
        self._state = state
        self._may_train = may_train
        self._history = history
        self._retraining = retraining

    # ------------------------------------------------------------------ beginning again

    def restart(self, settings: Mapping[str, Any] | None = None) -> str:
        """Restarts every run with some settings changed.  Returns: what is left behind.  Raises: ScenarioError."""
        left = self._renew("restart", {id(one): settings or {} for one in self._own}, self._recorded_ones)
        return f"Begins again with seed {self._state.focused.timeline.plan.seed}{left}"

    def new_seed(self) -> str:
        """Begin every run again, each with the seed after its own.  Returns, raises: as `restart`."""
        seeds = {id(one): {"random.seed": (one.timeline.plan.seed + 1) % 2**32} for one in self._own}
        left = self._renew("restart with a new seed", seeds, self._recorded_ones)
        return f"Begins again with seed {self._state.focused.timeline.plan.seed}{left}"

    @property
    def _own(self) -> list[Track]:
        own = [one for one in self._state.tracks if one.run and one.timeline.fork_step is None]
        if not own:
            raise ScenarioError(
                "only a recording and its forks are here, which cannot begin again (allowed: another fork)"
            )
        return own

    @property
    def _recorded_ones(self) -> list[Track]:
        return [one for one in self._state.tracks if one.run is None]

    def _renew(
        self, description: str, settings: Mapping[int, Mapping[str, Any]], others: Sequence[Track] = ()
    ) -> str:
        """Restarts runs by the identity of their tracks.  Returns: what a person had made on the old ones."""
        fresh, before = [], self._history.scene
        left = _left_behind([one for one in self._state.tracks if one not in others])
        for track in self._state.tracks:
            if track in others:
                fresh.append(track)
            elif id(track) in settings:
                # What a person has set under way is what the run begins with from now on.
                given = track.timeline.settings_at(track.timeline.length)
                changed = self._with_sweep(merged(given, settings[id(track)]), track)
                run = Run(self._state.scenario, track.timeline.variant, self._without_own_data(changed, track))
                fresh.append(Track(run.timeline, run, track.style))
        self._state.tracks = fresh
        self._state.stand(min(self._state.focus, len(fresh) - 1), Cursor())
        self._history.remember(Edit(description, before))
        return left

    def _with_sweep(self, settings: dict[str, Any], track: Track) -> dict[str, Any]:
        """Keep the value of the sweep, by which runs are compared, where all that it lay in was changed."""
        sweep, own = self._state.scenario.sweep, track.timeline.settings
        if sweep is None or sweep.key in settings or sweep.key not in own:
            return settings
        whole, _, name = sweep.key.rpartition(".")
        inner = settings.get(whole)
        return {**settings, sweep.key: own[sweep.key]} if isinstance(inner, Mapping) and name in inner else settings

    def _without_own_data(self, settings: dict[str, Any], track: Track) -> dict[str, Any]:
        """Take the data out of settings where they are the scenario's own again: a point that came and went."""
        rest = {key: value for key, value in settings.items() if key != "data"}
        if len(rest) == len(settings):
            return settings
        try:
            now, own = (self._state.scenario.plan(track.timeline.variant, one) for one in (settings, rest))
        except ScenarioError:  # of settings that go with the edited data alone; or it is said where the run begins
            return settings
        return rest if now.same_rows(own) else settings

    # ------------------------------------------------------------------ commands

    def change(self, key: str, value: Any) -> str:
        """Changes a setting of the focused run: a live one or a parameter from the cursor on, else by a restart.

        Before the newest step a fork goes on from the cursor, and the old run stays beside it.

        Args: value: None removes an optional setting.  Returns: a sentence about it.  Raises: ScenarioError.
        """
        track = self._state.focused
        step, timeline = self._state.view.step_of(track), track.timeline
        description = _described(key, value)
        if not applies_live(key):
            return self.change_together({key: value})
        if timeline.stop is not None and timeline.stop.reason == "diverged" and step == timeline.length:
            raise ScenarioError(f"{key}: the run has diverged here: step back first, and change it there")
        if track.ends_at(step):
            self._check_room(key, 1)
            if step < timeline.length:
                allowed_change(timeline, step, key, value)  # before the entered step is given up
                track = self._without_entered(track, step)
                timeline = track.timeline
            assert track.run is not None, "it goes on"
            past = Past(self._state.focus, step, tuple(timeline.commands), tuple(timeline.marks), timeline.stop)
            track.run.change(key, value)
            self._history.remember(Edit(description, past, (self._state.focus, step, key)))
            if self._state.cursor.phase:  # a phase that was entered under other commands
                self._state.stand(self._state.focus, Cursor(step))
            self._state.revision += 1
            return f"{description} from step {step + 1:,} on"
        return self._fork(key, value, description)

    def _without_entered(self, track: Track, step: int) -> Track:
        """Removes the step from a run of which only phases were entered."""
        timeline, near = track.timeline, self._retraining.near(track.replica, step)
        marks = [one for one in timeline.marks if one.step <= step]
        run = Run.rewound(timeline, step, timeline.commands, marks, None, near)
        fresh = Track(run.timeline, run, track.style, track.chunk, near)
        self._state.tracks[self._state.tracks.index(track)] = fresh
        self._history.follow_parents()
        return fresh

    def change_together(self, settings: Mapping[str, Any], description: str = "") -> str:
        """Restarts the focused run with settings.  Returns: a sentence about it.  Raises: ScenarioError."""
        track = self._state.focused
        description = description or ", ".join(_described(key, value) for key, value in settings.items())
        if track.run is None:
            keys = ", ".join(settings)
            raise ScenarioError(
                f"{keys}: would begin the run again, which a replay cannot (allowed: a live setting)"
            )
        left = self._renew(
            description, {id(track): settings}, [one for one in self._state.tracks if one is not track]
        )
        return f"{description}: the run starts again{left}"

    def fork(self, key: str, value: Any) -> str:
        """Forks the focused run at the cursor with a live setting changed, or removed (None), and says so."""
        track = self._state.focused
        if not applies_live(key):
            raise ScenarioError(f"{key}: applies only to a new run (allowed in a fork: a live setting)")
        stop = track.timeline.stop
        if (
            stop is not None
            and stop.reason == "diverged"
            and self._state.view.step_of(track) == track.timeline.length
        ):
            raise ScenarioError(f"{key}: the run has diverged here: step back first, and fork it there")
        return self._fork(key, value, _described(key, value))

    def _fork(self, key: str, value: Any, description: str) -> str:
        timeline, step, before = (
            self._state.focused.timeline,
            self._state.view.step_of(self._state.focused),
            self._history.scene,
        )
        if not self._may_train:
            raise ScenarioError(f"{key}: no fork is made here, for training is not allowed (allowed: to look)")
        allowed_change(timeline, step, key, value)  # before anything is trained for it
        self._check_room(key, 2 + sum(one.step <= step for one in timeline.commands))
        near = self._retraining.near(self._state.focused.replica, step)
        run = Run.fork(timeline, step, near)
        run.change(key, value)
        style = max(one.style for one in self._state.tracks) + 1
        self._state.tracks.append(Track(run.timeline, run, style, near=near))
        self._state.stand(len(self._state.tracks) - 1, Cursor(step))
        self._history.remember(
            Edit(f"{description} (the fork at step {step:,})", before, (self._state.focus, step, key))
        )
        return f"{description}: a fork goes on from step {step:,}, the old run stays beside it"

    def _check_room(self, key: str, more: int) -> None:
        plans = sum(1 + len(one.timeline.commands) for one in self._state.tracks)
        if plans + more > (most := most_plans(self._state.scenario)):
            raise ScenarioError(f"{key}: no recording holds so many runs and changes (allowed: {most:,} together)")


def applies_live(key: str) -> bool:
    return is_live(key) or names_parameter(key)


def _left_behind(tracks: Sequence[Track]) -> str:
    """What a person made on runs that begin again: marks, changes and forks that may never come back."""
    marks = sum(mark.kind == MARKED for one in tracks for mark in one.timeline.marks)
    own = [one.timeline for one in tracks if one.timeline.fork_step is None]
    # A setting stays in force; a parameter that was changed at step 0 does too.
    changes = sum(one.step > 0 and names_parameter(one.key) for each in own for one in each.commands)
    forks = sum(one.timeline.fork_step is not None for one in tracks)
    counted = ((marks, "mark"), (changes, "change"), (forks, "fork"))
    parts = [count(number, what) for number, what in counted if number]
    return f"; undo (ctrl+z) brings back {', '.join(parts)}" if parts else ""


def _described(key: str, value: object) -> str:
    return f"{key} is not set any more" if value is None else f"{key} = {setting_text(value)}"
