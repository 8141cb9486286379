"""A session: the runs of a scenario side by side, one cursor over all of them, and where it is heading.

It is what every interface drives and every pane draws from. It reads no clock and waits for nothing: whoever drives
it says how much time has passed (`elapse`) and lets it train a little at a time (`train`), until the cursor has
reached the goal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nnsim.run import Replica, Run
from nnsim.scenario import Scenario, sweep_settings
from nnsim.settings import is_live
from nnsim.timeline import Cursor, Timeline
from nnsim.timeline.cursor import Unit
from nnsim.trainer import Evaluation, Trainer

# Epochs a second; None is as fast as it goes.
SPEEDS: tuple[int | None, ...] = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, None)
REPLAY_S = 3.0  # how long a whole replay takes at full speed


def speed_index(epochs_per_s: float) -> int:
    """The notch of a speed: the nearest that is not slower."""
    return next(i for i, speed in enumerate(SPEEDS) if speed is None or speed >= epochs_per_s)


@dataclass
class Track:
    """One timeline of a session, the run that extends it where there is one, and a replica to look inside."""

    timeline: Timeline
    run: Run | None
    style: int  # its colour and marker, the same in every pane
    replica: Replica = field(init=False)
    _evaluated: tuple[int, Evaluation] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.replica = Replica(self.timeline)

    @property
    def last_step(self) -> int:
        """The step that the timeline can reach: where it stopped, or the end of the plan."""
        if self.run is None or self.run.finished:
            return self.timeline.length
        return self.run.trainer.plan.steps

    def trainer_at(self, step: int, phase: int = 0) -> Trainer:
        """The exact state after so many steps, and so many phases of the next."""
        return self.replica.at(step, phase)

    def evaluation(self, step: int) -> Evaluation:
        """The network after so many steps, asked about all rows."""
        if self._evaluated is None or self._evaluated[0] != step:
            self._evaluated = step, self.replica.at(step).evaluate()
        return self._evaluated[1]


class Session:
    """Tracks, the one that has the focus, the cursor, and the goal that it moves to."""

    def __init__(self, tracks: Sequence[Track], *, speed: int = 3) -> None:
        self.tracks = list(tracks)
        self.focus = 0
        self.cursor = Cursor()
        self.goal = Cursor()
        self.playing = False
        self.speed = speed  # index into SPEEDS
        self.revision = 0  # grows with everything that a pane could show
        self._fraction = 0.0  # of an epoch that has elapsed but is not in the goal yet

    @classmethod
    def of_scenario(
        cls, scenario: Scenario, variant: str | None = None, settings: Mapping[str, Any] | None = None
    ) -> "Session":
        """Live runs of one variant, or of all of them, for every value of the sweep."""
        names = [variant] if variant else [one.name for one in scenario.variants]
        given = dict(settings or {})
        sweep = scenario.sweep.key if scenario.sweep else None
        values = [{}] if sweep in given else sweep_settings(scenario)
        runs = [Run(scenario, name, {**given, **value}) for value in values for name in names]
        return cls([Track(run.timeline, run, index) for index, run in enumerate(runs)])

    @classmethod
    def of_timelines(cls, timelines: Sequence[Timeline]) -> "Session":
        """Recorded timelines, to be replayed."""
        return cls([Track(timeline, None, index) for index, timeline in enumerate(timelines)])

    # ------------------------------------------------------------------ reading

    @property
    def scenario(self) -> Scenario:
        return self.tracks[0].timeline.scenario

    @property
    def focused(self) -> Track:
        """The track whose steps the cursor counts."""
        return self.tracks[self.focus]

    @property
    def compared(self) -> list[Track]:
        """The runs to be seen beside the focused one: all, or those with the same value of the sweep."""
        sweep = self.scenario.sweep
        if sweep is None:
            return self.tracks
        value = self.focused.timeline.settings.get(sweep.key)
        return [track for track in self.tracks if track.timeline.settings.get(sweep.key) == value]

    def label(self, track: Track) -> str:
        """What tells a run from those that it is compared with."""
        timeline = track.timeline
        alike = [one for one in self.compared if one.timeline.variant == timeline.variant]
        return timeline.variant if len(alike) == 1 else timeline.name

    @property
    def live(self) -> bool:
        """Whether runs can still be trained, rather than replayed only."""
        return any(track.run is not None for track in self.tracks)

    @property
    def steps_per_epoch(self) -> int:
        return self.focused.timeline.steps_per_epoch

    def _place(self, track: Track, step: int) -> int:
        """The step of a track at the same part of the same epoch as a step of the focused one."""
        return step * track.timeline.steps_per_epoch // self.steps_per_epoch

    def step_of(self, track: Track) -> int:
        """The step that the cursor shows of a track: the same place in time, as far as it has got."""
        return min(self._place(track, self.cursor.step), track.timeline.length)

    def phase_of(self, track: Track) -> int:
        """How many phases of its next step the cursor shows of a track; only the focused one is entered."""
        return self.cursor.phase if track is self.focused and self.cursor.step == self.step_of(track) else 0

    @property
    def newest(self) -> Cursor:
        """The end of what the focused track has recorded."""
        return Cursor(self.focused.timeline.length)

    @property
    def end(self) -> Cursor:
        """The last place that the cursor can reach: the end of the track that goes furthest."""
        own = self.steps_per_epoch
        return Cursor(max(-(-one.last_step * own // one.timeline.steps_per_epoch) for one in self.tracks))

    @property
    def arrived(self) -> bool:
        """Whether the cursor is where it is heading."""
        return self.cursor == self.goal

    @property
    def full_speed(self) -> bool:
        return SPEEDS[self.speed] is None

    # ------------------------------------------------------------------ moving

    def move(self, unit: Unit, count: int) -> None:
        """Head for so many epochs, batches or phases on, or back; playing pauses."""
        self.head_for((self.goal if count > 0 else self.cursor).moved(unit, count, self.steps_per_epoch))

    def head_for(self, goal: Cursor) -> None:
        """Head for a place on the timeline, trained already or not; playing pauses."""
        self.playing = False
        self.goal = max(Cursor(), min(goal, self.end))
        self._fraction = 0.0
        self._follow()

    def stay(self) -> None:
        """Stop heading anywhere, and stop playing."""
        self.playing = False
        self.goal = self.cursor
        self.revision += 1

    def play(self, playing: bool) -> None:
        """Let time move the cursor, or not. At the end of the timeline there is nothing to play."""
        self.playing = playing and self.cursor < self.end
        self.goal = self.cursor
        self._fraction = 0.0
        self.revision += 1

    def change_speed(self, by: int) -> None:
        """Faster or slower by so many notches."""
        self.speed = max(0, min(len(SPEEDS) - 1, self.speed + by))
        self._fraction = 0.0
        self.revision += 1

    def focus_on(self, index: int) -> None:
        """Let the cursor count the steps of another track, at the same place."""
        index %= len(self.tracks)
        before = self.steps_per_epoch
        self.focus = index
        self.goal = Cursor(self.cursor.step * self.steps_per_epoch // before)
        self._follow()
        self.revision += 1

    def elapse(self, seconds: float) -> None:
        """Let time pass: while playing, the goal moves on at the chosen speed."""
        if not self.playing:
            return
        speed = SPEEDS[self.speed]
        if speed is None and self.live:
            self.goal = self.end
        else:
            per_second = speed or self.end.step / self.steps_per_epoch / REPLAY_S
            # While training lags behind, time does not pile up: no more than a second's worth is owed.
            owed = (self.goal.step - self.cursor.step) / self.steps_per_epoch
            self._fraction = min(self._fraction + seconds * per_second, max(1.0, per_second))
            whole = int(self._fraction * self.steps_per_epoch)
            if whole and owed <= per_second:
                self._fraction -= whole / self.steps_per_epoch
                self.goal = min(Cursor(self.goal.step + whole), self.end)
        self._follow()

    # ------------------------------------------------------------------ training

    def lagging(self) -> Track | None:
        """The live track that is furthest from the goal, as a part of an epoch; None where all have reached it."""
        behind, chosen = 0.0, None
        for track in self.tracks:
            missing = self._missing(track) / track.timeline.steps_per_epoch
            if missing > behind:
                behind, chosen = missing, track
        return chosen

    def _missing(self, track: Track) -> int:
        """Steps that a track has to be trained until the goal."""
        if track.run is None or track.run.finished:
            return 0
        return min(self._place(track, self.goal.step), track.last_step) - track.timeline.length

    def train(self, track: Track, steps: int) -> int:
        """Train a lagging track by at most so many steps, and let the cursor follow.  Returns: steps trained."""
        assert track.run is not None
        done = track.run.advance(min(steps, self._missing(track)))
        self._follow()
        return done

    def _follow(self) -> None:
        """Move the cursor to the goal, as far as every run that is still being trained has got."""
        end, own = self.end, self.steps_per_epoch
        if self.goal >= Cursor(min(end.step, self.focused.last_step)):
            self.goal = Cursor(min(self.goal.step, end.step))  # behind its last step a run has no phases
        reach = min(
            (
                one.timeline.length * own // one.timeline.steps_per_epoch
                for one in self.tracks
                if one.run is not None and not one.run.finished
            ),
            default=end.step,
        )
        self.cursor = self.goal if self.goal.step <= reach else Cursor(reach)
        if self.playing and self.cursor >= end:
            self.playing = False
        self.revision += 1

    # ------------------------------------------------------------------ commands

    def restart(self, settings: Mapping[str, Any] | None = None) -> None:
        """Begin every live run again, with some settings changed.

        Raises: ScenarioError where they are not allowed; nothing has changed then.
        """
        fresh = []
        for track in self.tracks:
            changed = {**track.timeline.settings, **(settings or {})}
            run = Run(self.scenario, track.timeline.variant, changed)
            fresh.append(Track(run.timeline, run, track.style))
        self.tracks = fresh
        self.playing = False
        self.cursor = self.goal = Cursor()
        self.revision += 1

    def new_seed(self) -> None:
        """Begin again with the next seed."""
        self.restart({"random.seed": (self.focused.timeline.plan.seed + 1) % 2**32})

    def change(self, key: str, value: Any) -> str:
        """Change a setting of the focused run: a live one from the cursor on, any other by beginning again.

        Where the cursor stands behind the newest step, a fork goes on from there and the old run stays beside it.

        Returns: a sentence about what happened.  Raises: ScenarioError where the value is not allowed.
        """
        track, step = self.focused, self.cursor.step
        if not is_live(key):
            self.restart({key: value})
            return f"{key} = {value}: the run starts again"
        if track.run is not None and step == track.timeline.length:
            track.run.change(key, value)
            self.revision += 1
            return f"{key} = {value} from step {step + 1:,} on"
        run = Run.fork(track.timeline, step)
        run.change(key, value)
        self.tracks.append(Track(run.timeline, run, max(one.style for one in self.tracks) + 1))
        self.focus = len(self.tracks) - 1
        self.cursor = self.goal = Cursor(step)
        self.revision += 1
        return f"{key} = {value}: a fork goes on from step {step:,}, the old run stays beside it"
