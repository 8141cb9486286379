"""What panes, narration and exports read: runs side by side, the one in focus, and the cursor, as frozen values.

A session makes a new view whenever it is asked for one; a crosshair makes another one of it. Nothing here changes
a run: what a person wants changed goes to the session.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Flag, auto
from functools import cached_property
from itertools import count, islice
from typing import Protocol

from nnsim.nn.arrays import Array
from nnsim.nn.layers import BatchNorm, Dropout
from nnsim.scenario.scenario import Scenario
from nnsim.scenario.schema import Sweep
from nnsim.timeline import Cursor, RunLog, Timeline, name_at
from nnsim.training.records import Evaluation
from nnsim.training.trainer import Trainer


class Capability(Flag):
    """What a track provides."""

    FIGURES = auto()  # over its steps: every track has them
    LEARNING_RATE = auto()
    GRADIENT = auto()  # of each layer
    SETTINGS = auto()  # the scenario and the plan by which it was trained
    DATA = auto()  # the rows that it was trained with
    TARGETS = auto()  # what these rows are to be answered with
    PARAMETERS = auto()  # at any step
    REPLAY = auto()  # steps that are trained again, phase by phase


class TrackView(Protocol):
    """One run of a session, read-only."""

    @property
    def log(self) -> RunLog: ...

    @property
    def capabilities(self) -> Capability:
        """What it provides beside figures."""

    @property
    def timeline(self) -> Timeline:
        """The timeline with its plan; requires `Capability.SETTINGS`."""

    @property
    def origin(self) -> str:
        """Of which of several places it is; empty where there is one."""

    @property
    def style(self) -> int:
        """Its colour and marker, the same in every pane."""

    @property
    def live(self) -> bool:
        """Whether it can still be trained, rather than replayed only."""

    @property
    def done(self) -> int:
        """The steps that it has made."""

    @property
    def last_step(self) -> int:
        """The step that it can reach."""

    def trainer_at(self, step: int, phase: int = 0) -> Trainer:
        """The exact state after so many steps, and so many phases of the next."""

    def before_commands(self, step: int) -> Array:
        """The parameters after so many steps, before the commands given there, (parameters,)."""

    def asked_at(self, step: int, phase: int = 0) -> Trainer:
        """A trainer that stands behind so many steps, and so many phases of the next, to evaluate: the arrays in
        it need not be of the last step, for which another would have to train it once more."""

    def parameters_at(self, step: int) -> Array:
        """The parameters after so many steps, (parameters,)."""

    def evaluation(self, step: int) -> Evaluation:
        """The network after so many steps, evaluated on all rows."""

    def far(self, step: int) -> bool:
        """Whether a step takes long to restore: `approach` it first, in slices."""

    def missing(self, step: int) -> int:
        """Steps that have to be trained again to restore a step."""

    def approach(self, step: int, most: int) -> int:
        """Train at most so many of them again.  Returns: how many are still missing."""


# What a run that was trained here may lack.
GUESSES = "This run guesses: there is no gradient."
ALL_GUESS = "These runs guess: there is no learning rate."
NO_TARGETS = "No row has a target: the loss is a function of two parameters."
# And what the log of another program may lack, in the order of the sentence.
NAMES = {
    Capability.SETTINGS: "settings",
    Capability.DATA: "data",
    Capability.PARAMETERS: "parameters",
    Capability.LEARNING_RATE: "learning rate",
    Capability.GRADIENT: "gradients",
    Capability.REPLAY: "steps to look inside",
}


def lacking(needs: Capability, track: TrackView) -> str | None:
    """The reason why a run does not give what is needed, in a sentence; None where it does."""
    missing = needs & ~track.capabilities
    if not missing:
        return None
    if Capability.SETTINGS in track.capabilities:
        return NO_TARGETS if Capability.TARGETS in missing else GUESSES
    names = [name for one, name in NAMES.items() if one in missing]
    listed = " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"Another program has trained this run: its log has no {listed}."


@dataclass(frozen=True)
class View:
    """The runs of a session as they stand under its cursor."""

    tracks: tuple[TrackView, ...]
    focus: int  # index of the track whose steps the cursor counts
    cursor: Cursor
    goal: Cursor | None = None  # that the cursor moves to; None where it rests
    playing: bool = False
    hidden: frozenset[int] = frozenset()  # indexes of tracks that are compared with none
    compares_states: bool = False  # whether panes need states of the compared runs, too
    ahead: bool = True  # whether recorded steps behind the cursor are drawn, too; they may answer a question

    def at(self, cursor: Cursor) -> "View":
        """The same runs under another cursor, at rest."""
        return replace(self, cursor=cursor, goal=None, playing=False)

    @property
    def scenario(self) -> Scenario:
        """The scenario of the runs that have one: with `Capability.SETTINGS`."""
        return next(one.timeline.scenario for one in self.tracks if Capability.SETTINGS in one.capabilities)

    @property
    def sweep(self) -> Sweep | None:
        """The setting over whose values there are runs, where the scenario has one."""
        return self.scenario.sweep if any(Capability.SETTINGS in one.capabilities for one in self.tracks) else None

    @property
    def focused(self) -> TrackView:
        return self.tracks[self.focus]

    @cached_property
    def compared(self) -> list[TrackView]:
        """The runs to compare with the focused one: all, or those with the same value of the sweep."""
        shown = [one for index, one in enumerate(self.tracks) if index not in self.hidden or index == self.focus]
        if (sweep := self.sweep) is None:
            return shown
        value = self.focused.log.settings.get(sweep.key)
        return [track for track in shown if track.log.settings.get(sweep.key) == value]

    def able(self, needs: Capability, among: Sequence[TrackView] | None = None) -> list[TrackView]:
        """The compared runs, or some of these, that have these capabilities."""
        return [one for one in (self.compared if among is None else among) if needs in one.capabilities]

    def label(self, track: TrackView, among: Sequence[TrackView] | None = None) -> str:
        """What tells a run from those it is compared with: its variant, and the settings in which they differ."""
        beside = [one.log.settings for one in (self.compared if among is None else among)]
        own = track.log.settings
        named = track.log.named(
            key for key in own if any(key not in other or other[key] != own[key] for other in beside)
        )
        return name_at(track.origin, named)

    def free_style(self, number: int = 0) -> int:
        """A style that no run has, for what is drawn beside them: the first, the second, ..."""
        taken = {one.style for one in self.tracks}
        return next(islice((style for style in count() if style not in taken), number, None))

    @property
    def live(self) -> bool:
        return any(track.live for track in self.tracks)

    @property
    def unit(self) -> str:
        """What the time axis counts: "epoch", or "step" where nothing tells how long an epoch is."""
        return self.focused.log.unit

    @property
    def steps_per_epoch(self) -> int:
        return self.focused.log.steps_per_epoch

    def step_of(self, track: TrackView) -> int:
        """The step that the cursor shows of a track: the same place in time, as far as it has got."""
        there = self.cursor.step * track.log.steps_per_epoch // self.steps_per_epoch
        return min(there, track.log.length)

    def phase_of(self, track: TrackView) -> int:
        """How many phases of its next step the cursor shows of a track; only the focused one is entered."""
        entered = track is self.focused and self.cursor.step == self.step_of(track)
        return self.cursor.phase if entered and Capability.REPLAY in track.capabilities else 0

    def cursor_of(self, track: TrackView) -> Cursor:
        return Cursor(self.step_of(track), self.phase_of(track))

    def known(self, track: TrackView, figure: str) -> int:
        """The newest step of which a figure is known under the cursor: in a step from the phase that brings it."""
        return min(self.cursor_of(track).known(figure), track.log.length)

    def figures(self, track: TrackView) -> dict[str, float]:
        """What is known of a track under the cursor: its figures by name, each the newest."""
        at, log = self.cursor_of(track), track.log
        found = {name: series.at_step(min(at.known(name), log.length)) for name, series in log.series.items()}
        return {name: value for name, value in found.items() if value is not None}

    def loss_after(self, track: TrackView) -> float | None:
        """The loss after the update of the step that the cursor shows, of the same rows as the loss before it: of
        runs that take all rows together, and whose network answers alike while it is trained. Else None, as inside
        of a step, and while time moves where it takes an evaluation."""
        if Capability.SETTINGS not in track.capabilities or track.log.steps_per_epoch > 1 or self.phase_of(track):
            return None
        step, timeline = self.step_of(track), track.timeline
        if not step or any(isinstance(one, Dropout | BatchNorm) for one in timeline.plan.network.walk()):
            return None
        if timeline.length > step and not any(one.step == step for one in timeline.commands):
            return timeline.series["loss"].at_step(step + 1)
        return None if self.playing else track.evaluation(step).loss

    def drawn(self, track: TrackView, figure: str) -> int:
        """The newest step of which a figure may be drawn: the newest known, and what is recorded behind it."""
        known = self.known(track, figure)
        return max(known, track.done) if self.ahead else known

    def whose(self, track: TrackView, figure: str) -> str:
        """The words before a figure that is not of the step under way: "step 2's ", or nothing."""
        at, step = self.cursor_of(track), self.known(track, figure)
        return f"step {step:,}'s " if 0 < step < at.showing else ""

    @property
    def newest(self) -> Cursor:
        return Cursor(self.focused.log.length)

    @property
    def end(self) -> Cursor:
        """The last place that the cursor can reach: the end of the track that goes furthest."""
        own = self.steps_per_epoch
        return Cursor(max(-(-one.last_step * own // one.log.steps_per_epoch) for one in self.tracks))

    @property
    def arrived(self) -> bool:
        return self.goal is None or self.cursor == self.goal

    # ------------------------------------------------------------------ going back

    @property
    def far(self) -> bool:
        """Whether the cursor's step takes long to restore: `approach` it first, in slices."""
        return bool(self._far())

    @property
    def missing(self) -> int:
        return sum(track.missing(self.step_of(track)) for track in self._far())

    def approach(self, steps: int) -> int:
        """Train at most so many of the missing steps again.  Returns: how many are still missing."""
        for track in self._far():
            step = self.step_of(track)
            steps -= track.missing(step) - track.approach(step, steps)
            if steps <= 0:
                break
        return self.missing

    def _far(self) -> list[TrackView]:
        tracks = self.compared if self.compares_states else [self.focused]
        return [one for one in tracks if one.far(self.step_of(one))]
