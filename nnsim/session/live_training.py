"""Trains the runs of a session side by side towards its goal, the one that lags most first."""

from nnsim.session.cursor_motion import CursorMotion
from nnsim.session.session_state import SessionState
from nnsim.session.track import Track


class LiveTraining:
    """Trains live runs until all of them have reached the goal."""

    def __init__(self, state: SessionState, motion: CursorMotion) -> None:
        self._state = state
        self._motion = motion

    def lagging(self) -> Track | None:
        """The live track that is furthest from the goal, as a part of an epoch; None where all have reached it."""
        behind, chosen = 0.0, None
        for track in self._state.tracks:
            missing = self._missing(track) / track.timeline.steps_per_epoch
            if missing > behind:
                behind, chosen = missing, track
        return chosen

    def _missing(self, track: Track) -> int:
        """Steps that a track has to be trained until the goal."""
        state = self._state
        if track.run is None or track.run.finished:
            return 0
        # Of a step whose phases are entered all figures are recorded, for those phases to tell.
        goal = state.goal.showing if track is state.focused else state.goal.step
        return min(state.place(track, goal), track.last_step) - track.timeline.length

    def train(self, track: Track, steps: int) -> int:
        """Train a lagging track by at most so many steps, and let the cursor follow.  Returns: steps trained."""
        done = self.train_ahead(track, steps)
        self._motion.keep_up()
        return done

    def train_ahead(self, track: Track, steps: int) -> int:
        """The same without the cursor, which `CursorMotion.keep_up` moves when many small pieces are trained."""
        assert track.run is not None, "only live tracks lag"
        state = self._state
        done = track.run.advance(min(steps, self._missing(track)))
        if track is state.focused and track.timeline.length > state.goal.step:
            track.entered = state.goal.step
        self._motion.search(track)
        return done
