"""A session: the runs of a scenario side by side, one cursor over all of them, and where it is heading.

It is what every interface drives and every pane draws from. It reads no clock and waits for nothing: whoever drives
it says how much time has passed (`elapse`) and lets it train a little at a time (`train`), until the cursor has
reached the goal.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from nnsim.errors import NnsimError
from nnsim.run import Run
from nnsim.scenario.lesson import Given
from nnsim.scenario.scenario import Scenario, sweep_settings
from nnsim.session.editor import Editing
from nnsim.session.follow import current, to_look_at
from nnsim.session.track import Track
from nnsim.session.view import View
from nnsim.timeline import Cursor, Place, Position, Timeline, find, find_next, may_come
from nnsim.timeline.cursor import Unit
from nnsim.timeline.search import idle_until

__all__ = ["SPEEDS", "Growing", "Session", "Track", "speed_index"]

# Epochs a second; None is as fast as it goes.
SPEEDS: tuple[int | None, ...] = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, None)
REPLAY_S = 3.0  # how long a whole replay takes at full speed


def speed_index(epochs_per_s: float) -> int:
    """The notch of a speed: the nearest that is not slower."""
    return next(i for i, speed in enumerate(SPEEDS) if speed is None or speed >= epochs_per_s)


class Growing(Protocol):
    """Timelines that somebody else extends."""

    timelines: tuple[Timeline, ...]
    left: tuple[Timeline, ...] | None  # that are extended no more, where that is said

    @property
    def ended(self) -> bool:
        """Whether nothing will be added any more."""

    @property
    def parting(self) -> str:
        """What there is to say of the end, where it is not the one that was planned."""

    def refresh(self) -> bool:
        """Read what is new.  Returns: whether anything is."""


class Session(Editing):
    """Tracks, the one that has the focus, the cursor, and the goal that it moves to."""

    def __init__(self, tracks: Sequence[Track], *, speed: int = 3) -> None:
        super().__init__(tracks)
        self.playing = False
        self.speed = speed  # index into SPEEDS
        self.all_looked_at = False  # of the compared runs at the cursor's step, not the focused one alone
        self.loop = False  # playing begins again at the end
        self.pause_at_marks = False  # of the focused run
        self.idle_limit_s: float | None = None  # playing skips the rest of a stretch where nothing changes
        self._fraction = 0.0  # of an epoch that has elapsed but is not in the goal yet
        self.watched: Growing | None = None  # where timelines come from that another process extends
        self.follow = False  # whether the cursor stays at the newest step of those
        self.sought: Place | None = None  # what the focused run is trained towards, until it comes
        self.answers: dict[int, Given] = {}  # to the lesson's parts: what a recording keeps of them
        self._looked = 0  # the steps in which it was looked for
        self._came_from = Cursor()  # where the cursor was when it was asked for
        self._news = ""
        self.warns = True  # whether what there is to say is that something is lost
        self._idle_s = 0.0  # how long the stretch that the cursor is in has been played
        self._idle_ends = 0  # the step at which it ends

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
    def of_timelines(cls, timelines: Sequence[Timeline], answers: Sequence[Given] = ()) -> "Session":
        """Recorded timelines, to be replayed.

        Args: answers: those of the recording, which whoever replays it may give anew, and which are saved with it.
        """
        session = cls([Track(timeline, None, index) for index, timeline in enumerate(timelines)])
        session.answers = {one.part: one for one in answers}
        return session

    @classmethod
    def of_growing(cls, watched: Growing) -> "Session":
        """Timelines that another process extends; the cursor stays at the newest step until it is moved away."""
        session = cls.of_timelines(watched.timelines)
        session.watched = watched
        session.go_newest()
        return session

    @property
    def view(self) -> View:
        """What there is to see now: the runs as they stand under the cursor."""
        return View(tuple(self.tracks), self.focus, self.cursor, self.goal, self.playing, self.all_looked_at)

    def note_progress(self, answers: Mapping[int, Given], evidence: Mapping[int, tuple[Timeline, ...]]) -> None:
        """Keep what was answered and reached of the lesson, and the runs that bear it out, by its parts."""
        self.answers = {**self.answers, **answers}
        self.bearing = {**self.bearing, **evidence}

    # ------------------------------------------------------------------ moving

    def move(self, unit: Unit, count: int) -> None:
        """Head for so many epochs, batches or phases on, or back; playing pauses."""
        start = self.goal if count > 0 and not self.playing else self.cursor
        self.head_for(start.moved(unit, count, self.steps_per_epoch))

    def head_for(self, goal: Cursor) -> None:
        """Head for a place on the timeline, trained already or not; playing pauses."""
        self.playing = False
        self.sought = None
        self.goal = max(Cursor(), min(goal, self.end))
        self.follow = self.watched is not None and goal >= self.newest
        self._fraction = 0.0
        self.keep_up()

    def go_newest(self) -> None:
        """Head for the end of what there is; what is still being watched is followed from there."""
        if self.watched is None or self.focused.run is not None:
            self.head_for(self.newest if self.live else self.end)
        else:
            self._go_to_writer()

    def _go_to_writer(self, fresh: Sequence[Track] = ()) -> None:
        """Head for the newest step of the runs that whoever is watched still trains, one of them in focus."""
        assert self.watched is not None, "somebody is followed"
        left = self.watched.left
        chosen = to_look_at(self.focused, self.tracks, fresh, left)
        if chosen is not self.focused:
            self.focus_on(next(index for index, one in enumerate(self.tracks) if one is chosen))
        self.head_for(self._furthest(current(self.tracks, left)))

    def go_to(self, place: Place, since: int = -1) -> None:
        """Head for the first such place of the focused run behind a step.

        Where none has come yet, the run is trained on until one does, or to its end.

        Raises: NnsimError where there is none, and none may come.
        """
        step, self._came_from = self.step_at(place, since), self.cursor
        self.head_for(Cursor(self.focused.last_step if step is None else step))
        if step is None:
            self.sought, self._looked = place, self.focused.timeline.length

    def step_at(self, place: Place, since: int = -1) -> int | None:
        """The first such place of the focused run behind a step; None where the run has to be trained on to it.

        Raises: NnsimError where there is none, and none may come.
        """
        found = find(self.focused.timeline, place, self.end.step)
        step = found.one() if isinstance(place, Position) else found.after(since)
        if step is None and not self.may_come(place):
            raise NnsimError(f"{place.text}: none behind this" if len(found.first) else found.otherwise)
        return step

    def may_come(self, place: Place) -> bool:
        """Whether the focused run may be trained on to another such place."""
        run = self.focused.run
        return run is not None and not run.finished and may_come(place)

    def _look_for(self, place: Place, track: Track) -> None:
        """End the way to a place that has come, or that will not come any more."""
        assert track.run is not None
        step = find_next(track.timeline, place, self._looked)
        self._looked = track.timeline.length
        if step is not None:
            self.head_for(Cursor(step))
        elif track.run.finished:
            found = find(track.timeline, place)
            told = f"{place.text}: no other until the end" if len(found.first) else found.otherwise
            self.tell(f"{told}; {self._way_back}")
            self.head_for(self.newest)

    @property
    def _way_back(self) -> str:
        """How to get to where the cursor was when a place was asked for that has not come."""
        step = self._came_from.step
        epoch, within = divmod(step, self.steps_per_epoch)
        if not step:
            return "home goes back to the start"
        return f"g step {step} goes back to where you were" if within else f"{epoch} g goes back to epoch {epoch:,}"

    def tell(self, news: str, warns: bool = True) -> None:
        """Have something said of what came by itself; another thread may.

        Args: warns: whether something was lost, or is in the way; else it is for information.
        """
        self._news, self.warns = news, warns

    def take_news(self) -> str:
        """What there is to say, once, of something that came by itself; or nothing."""
        news, self._news = self._news, ""
        return news

    def refresh(self) -> None:
        """Let timelines grow that another process extends; where it is gone, this is a replay from then on.

        Raises: RecordingError where they cannot be read any more.
        """
        if self.watched is None:
            return
        untouched = [track for track in self.tracks if track.run is None and not track.named_by_hand]
        left = self.watched.left or ()
        if not self.watched.refresh():
            return
        for track in untouched:
            track.know_names()
        known, before = [track.timeline for track in self.tracks], len(self.tracks)
        again = [track for track in self.tracks if any(track.timeline is one for one in left)]
        for timeline in self.watched.timelines:
            if timeline not in known:
                self.tracks.append(Track(timeline, None, self.unused_style))
        if self.follow:
            self._go_to_writer([*self.tracks[before:], *again])
        if self.watched.ended:
            self.tell(self.watched.parting)
            self.watched, self.follow = None, False
        self.revision += 1

    def stay(self) -> None:
        """Stop heading anywhere, and stop playing: the runs meet where the furthest of them has got."""
        self.playing = self.follow = False
        self.sought = None
        if not self.arrived:
            self.goal = max(self.cursor, min(self.goal, self._recorded))
        self.keep_up()

    def play(self, playing: bool) -> None:
        """Let time move the cursor, or not. At the end of the timeline there is nothing to play."""
        self.stay()
        self.playing = playing and (self.cursor < self.end or self.loop)
        self._fraction = 0.0
        self._idle_ends = 0

    def change_speed(self, by: int) -> None:
        """Faster or slower by so many notches."""
        self.speed = max(0, min(len(SPEEDS) - 1, self.speed + by))
        self._fraction = 0.0
        self.revision += 1

    def focus_on(self, index: int) -> None:
        """Let the cursor count the steps of another track, at the same place."""
        index %= len(self.tracks)
        if self.sought is not None:  # it is the run's that loses the focus
            self.stay()
        before, arrived = self.steps_per_epoch, self.arrived
        self.focus = index
        self.cursor = Cursor(self.cursor.step * self.steps_per_epoch // before)
        self.goal = self.cursor if arrived else Cursor(self.goal.step * self.steps_per_epoch // before)
        self.keep_up()
        self.revision += 1

    def elapse(self, seconds: float) -> None:
        """Let time pass: while playing, the goal moves on at the chosen speed."""
        if not self.playing:
            return
        if self.loop and self.cursor >= self.end:
            self.goal = Cursor()
            self.keep_up()
            return
        before, speed = self.goal, SPEEDS[self.speed]
        if speed is None and self._at_newest:
            self.goal = self.end
        else:
            # What is recorded already passes by in a few seconds: a jump to its end would show nothing.
            per_second = speed or self._recorded.step / self.steps_per_epoch / REPLAY_S
            # While training lags behind, time does not pile up: no more than a second's worth is owed.
            owed = (self.goal.step - self.cursor.step) / self.steps_per_epoch
            self._fraction = min(self._fraction + seconds * per_second, max(1.0, per_second))
            whole = int(self._fraction * self.steps_per_epoch)
            if whole and owed <= per_second:
                self._fraction -= whole / self.steps_per_epoch
                self.goal = min(Cursor(self.goal.step + whole), self.end)
        if self.idle_limit_s is not None:
            self._skip_idle(seconds, self.idle_limit_s)
        marks = [mark.step for mark in self.focused.timeline.marks if before.step < mark.step <= self.goal.step]
        if self.pause_at_marks and marks:
            self.head_for(Cursor(min(marks)))
        self.keep_up()

    def _skip_idle(self, seconds: float, limit_s: float) -> None:
        """Move the goal to the end of a stretch where nothing changes, once that was played for long enough."""
        step = self.cursor.step
        if step >= self._idle_ends:
            own = self.steps_per_epoch
            ends = [
                idle_until(one.timeline, self.step_of(one)) * own // one.timeline.steps_per_epoch
                for one in self.compared
                if self.step_of(one) < one.timeline.length
            ]
            self._idle_ends, self._idle_s = min(ends, default=step), 0.0
        self._idle_s += seconds
        if self._idle_s > limit_s:
            self.goal = max(self.goal, min(Cursor(self._idle_ends), self.end))

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
        # Of a step whose phases are entered all figures are recorded, for those phases to tell.
        goal = self.goal.showing if track is self.focused else self.goal.step
        return min(self._place(track, goal), track.last_step) - track.timeline.length

    def train(self, track: Track, steps: int) -> int:
        """Train a lagging track by at most so many steps, and let the cursor follow.  Returns: steps trained."""
        done = self.train_ahead(track, steps)
        self.keep_up()
        return done

    def train_ahead(self, track: Track, steps: int) -> int:
        """The same without the cursor, which `keep_up` moves when many small pieces are trained."""
        assert track.run is not None
        done = track.run.advance(min(steps, self._missing(track)))
        if track is self.focused and track.timeline.length > self.goal.step:
            track.entered = self.goal.step
        if self.sought is not None and track is self.focused:
            self._look_for(self.sought, track)
        return done

    def keep_up(self) -> None:
        """Move the cursor to the goal, as far as every run that is still being trained has got."""
        end, own = self.end, self.steps_per_epoch
        if self.goal >= Cursor(min(end.step, self.focused.last_step)):
            self.goal = Cursor(min(self.goal.step, end.step))  # behind its last step a run has no phases
        # The last step at which a run that is still being trained has something to show.
        reach = min(
            (
                ((one.timeline.length + 1) * own - 1) // one.timeline.steps_per_epoch
                for one in self.tracks
                if one.run is not None and not one.run.finished
            ),
            default=end.step,
        )
        self.cursor = self.goal if self.goal.step <= reach else Cursor(reach)
        if self.cursor.showing > self.focused.timeline.length:  # the first phase tells no figure of the step
            self.cursor = min(self.cursor, Cursor(self.cursor.step, 1))
        for track in self.tracks:
            if track.entered is not None and self.step_of(track) > track.entered:
                track.entered = None
        if self.playing and self.cursor >= end and not self.loop:
            self.playing = False
            self.follow = self.watched is not None  # it has caught up
        self.revision += 1

    # ------------------------------------------------------------------ going back

    @property
    def far(self) -> bool:
        """Whether it takes long to look at the cursor's step: `approach` it first, in slices."""
        return self.view.far

    @property
    def missing(self) -> int:
        """Steps that have to be trained again to look at it."""
        return self.view.missing

    def approach(self, steps: int) -> int:
        """Train at most so many of the missing steps again.  Returns: how many are still missing."""
        return self.view.approach(steps)
