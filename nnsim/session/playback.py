"""Plays a session: how fast time moves its goal, and what playing passes over or stops at."""

from msgspec import Struct

from nnsim.session.cursor_motion import CursorMotion
from nnsim.session.session_state import SessionState
from nnsim.timeline import Cursor, Place
from nnsim.timeline.search import idle_until

# Epochs a second; None is as fast as it goes.
SPEEDS: tuple[int | None, ...] = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, None)
REPLAY_S = 3.0  # how long a whole replay takes at full speed


def speed_index(epochs_per_s: float) -> int:
    """The index in `SPEEDS` of a speed: the nearest that is not slower."""
    return next(i for i, speed in enumerate(SPEEDS) if speed is None or speed >= epochs_per_s)


class PlaybackOptions(Struct, frozen=True):
    """Options of a replay."""

    speed: float | None = None  # epochs a second, or infinity; None waits for a key unless it loops
    at: Place | None = None  # where it starts
    loop: bool = False
    pause_at_marks: bool = False
    idle_limit_s: float | None = None  # how long a stretch without marks and change of the loss is played


class Playback:
    """Moves the goal of a session as time passes, which its caller measures."""

    def __init__(self, state: SessionState, motion: CursorMotion, speed: int) -> None:
        self._state = state
        self._motion = motion
        self.speed = speed  # index into SPEEDS
        self.pause_at_marks = False  # of the focused run
        self.idle_limit_s: float | None = None  # playing skips the rest of a stretch where nothing changes
        self._fraction = 0.0  # of an epoch that has elapsed but is not in the goal yet
        self._idle_s = 0.0  # how long the stretch that the cursor is in has been played
        self._idle_ends = 0  # the step at which it ends

    @property
    def playing(self) -> bool:
        return self._state.mode == "playing"

    @property
    def loop(self) -> bool:
        return self._state.loop

    def begin(self, options: PlaybackOptions) -> None:
        """Goes to where a replay starts and plays it.  Raises: NnsimError where the run has no such place."""
        self._state.loop, self.pause_at_marks = options.loop, options.pause_at_marks
        self.idle_limit_s = options.idle_limit_s
        if options.at is not None:
            self._motion.go_to(options.at)
        if options.speed is not None:
            self.speed = speed_index(options.speed)
        if options.speed is not None or options.loop:
            self.play(True)

    def play(self, playing: bool) -> None:
        """Starts or stops playing; at the end of the timeline there is nothing to play."""
        state = self._state
        self._motion.stay()
        if playing and (state.cursor < state.view.end or state.loop):
            state.mode = "playing"
        self._fraction = 0.0
        self._idle_ends = 0

    def change_speed(self, by: int) -> None:
        self.speed = max(0, min(len(SPEEDS) - 1, self.speed + by))
        self._fraction = 0.0
        self._state.revision += 1

    def elapse(self, seconds: float) -> None:
        """Moves the goal by the time that has passed, at the chosen speed, while playing."""
        state = self._state
        if not self.playing:
            return
        if state.loop and state.cursor >= state.view.end:
            state.goal = Cursor()
            self._motion.keep_up()
            return
        before, speed, own = state.goal, SPEEDS[self.speed], state.steps_per_epoch
        if speed is None and state.at_newest:
            state.goal = state.view.end
        else:
            # What is recorded already passes by in a few seconds: a jump to its end would show nothing.
            per_second = speed or state.furthest(state.tracks).step / own / REPLAY_S
            # While training lags behind, time does not pile up: no more than a second's worth is owed.
            owed = (state.goal.step - state.cursor.step) / own
            self._fraction = min(self._fraction + seconds * per_second, max(1.0, per_second))
            whole = int(self._fraction * own)
            if whole and owed <= per_second:
                self._fraction -= whole / own
                state.goal = min(Cursor(state.goal.step + whole), state.view.end)
        if self.idle_limit_s is not None:
            self._skip_idle(seconds, self.idle_limit_s)
        marks = [mark.step for mark in state.focused.log.marks if before.step < mark.step <= state.goal.step]
        if self.pause_at_marks and marks:
            self._motion.head_for(Cursor(min(marks)))
        self._motion.keep_up()

    def _skip_idle(self, seconds: float, limit_s: float) -> None:
        """Moves the goal to the end of an idle stretch that was played for long enough."""
        state = self._state
        step = state.cursor.step
        if step >= self._idle_ends:
            own = state.steps_per_epoch
            ends = [
                idle_until(one.log, state.view.step_of(one)) * own // one.log.steps_per_epoch
                for one in state.view.compared
                if state.view.step_of(one) < one.log.length
            ]
            self._idle_ends, self._idle_s = min(ends, default=step), 0.0
        self._idle_s += seconds
        if self._idle_s > limit_s:
            state.goal = max(state.goal, min(Cursor(self._idle_ends), state.view.end))
