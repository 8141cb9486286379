"""Moves the cursor of a session to the goal that a person sets, and trains live runs until they have got there."""

from nnsim.errors import NnsimError
from nnsim.session.session_state import SessionState
from nnsim.session.track import Track
from nnsim.timeline import Cursor, Place, Position, find, find_next, may_come
from nnsim.timeline.cursor import Unit


class CursorMotion:
    """Moves the cursor of a session to its goal."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._searched = 0  # the steps in which the sought place did not come
        self._came_from = Cursor()  # where the cursor was when it was asked for

    def move(self, unit: Unit, count: int) -> None:
        """Moves the goal by so many epochs, batches or phases; playing pauses."""
        state = self._state
        start = state.goal if count > 0 and state.mode != "playing" else state.cursor
        self.head_for(start.moved(unit, count, state.steps_per_epoch))

    def head_for(self, goal: Cursor) -> None:
        """Sets the goal to a place on the timeline, trained already or not; playing pauses."""
        state = self._state
        state.sought = None
        state.goal = max(Cursor(), min(goal, state.view.end))
        state.mode = "following" if state.growing and goal >= state.view.newest else "paused"
        self.keep_up()

    def go_to(self, place: Place, since: int = -1) -> None:
        """Moves to the first such place behind a step, training until it comes or the end.  Raises: NnsimError."""
        state = self._state
        step, self._came_from = self.step_at(place, since), state.cursor
        self.head_for(Cursor(state.focused.last_step if step is None else step))
        if step is None:
            state.sought, self._searched = place, state.focused.log.length

    def step_at(self, place: Place, since: int = -1) -> int | None:
        """The first such place behind a step; None where it may still come.  Raises: NnsimError where it cannot."""
        found = find(self._state.focused.log, place, self._state.view.end.step)
        step = found.one() if isinstance(place, Position) else found.after(since)
        if step is None and not self.may_come(place):
            raise NnsimError(f"{place.text}: none behind this" if len(found.first) else found.otherwise)
        return step

    def may_come(self, place: Place) -> bool:
        run = self._state.focused.run
        return run is not None and not run.finished and may_come(place)

    def search(self, track: Track) -> None:
        """Ends the search for a place where a track has reached it, or cannot any more."""
        state, log = self._state, track.log
        if state.sought is None or track is not state.focused or track.run is None:
            return
        place, searched = state.sought, self._searched
        step, self._searched = find_next(log, place, searched), log.length
        if step is not None:
            self.head_for(Cursor(step))
        elif track.run.finished:
            found = find(log, place)
            reason = f"{place.text}: no other until the end" if len(found.first) else found.otherwise
            state.notices.post(f"{reason}; {self._way_back}")
            self.head_for(state.view.newest)

    @property
    def _way_back(self) -> str:
        """How to get back to where the cursor was before a search that has found nothing."""
        step = self._came_from.step
        epoch, within = divmod(step, self._state.steps_per_epoch)
        if not step:
            return "home goes back to the start"
        return f"g step {step} goes back to where you were" if within else f"{epoch} g goes back to epoch {epoch:,}"

    def stay(self) -> None:
        """Stops moving and playing: the runs meet where the furthest of them has got."""
        state = self._state
        state.mode, state.sought = "paused", None
        if not state.view.arrived:
            state.goal = max(state.cursor, min(state.goal, state.furthest(state.tracks)))
        self.keep_up()

    def focus_on(self, index: int) -> None:
        """Focuses another track, at the same place."""
        state = self._state
        index %= len(state.tracks)
        if state.sought is not None:  # it is the run's that loses the focus
            self.stay()
        before, arrived = state.steps_per_epoch, state.view.arrived
        state.focus = index
        state.cursor = Cursor(state.cursor.step * state.steps_per_epoch // before)
        state.goal = state.cursor if arrived else Cursor(state.goal.step * state.steps_per_epoch // before)
        self.keep_up()
        state.revision += 1

    def keep_up(self) -> None:
        """Moves the cursor to the goal, as far as every run that is being trained has got."""
        state = self._state
        end, own = state.view.end, state.steps_per_epoch
        if state.goal >= Cursor(min(end.step, state.focused.last_step)):
            state.goal = Cursor(min(state.goal.step, end.step))  # behind its last step a run has no phases
        # The last step at which a run that is still being trained has something to show.
        reach = min(
            (
                ((one.log.length + 1) * own - 1) // one.log.steps_per_epoch
                for one in state.tracks
                if one.run is not None and not one.run.finished
            ),
            default=end.step,
        )
        state.cursor = state.goal if state.goal.step <= reach else Cursor(reach)
        if state.cursor.showing > state.focused.log.length:  # the first phase tells no figure of the step
            state.cursor = min(state.cursor, Cursor(state.cursor.step, 1))
        for track in state.tracks:
            if track.entered is not None and state.view.step_of(track) > track.entered:
                track.entered = None
        if state.mode == "playing" and state.cursor >= end and not state.loop:
            state.mode = "following" if state.growing else "paused"  # it has caught up
        state.revision += 1


class LiveTraining:
    """Trains live runs until all of them have reached the goal."""

    def __init__(self, state: SessionState, motion: CursorMotion) -> None:
        self._state = state
        self._motion = motion

    def lagging(self) -> Track | None:
        """The live track that is furthest from the goal, as a part of an epoch; None where all have reached it."""
        behind, chosen = 0.0, None
        for track in self._state.tracks:
            missing = self._missing(track) / track.log.steps_per_epoch
            if missing > behind:
                behind, chosen = missing, track
        return chosen

    def _missing(self, track: Track) -> int:
        state = self._state
        if track.run is None or track.run.finished:
            return 0
        # Of a step whose phases are entered all figures are recorded, for those phases to tell.
        goal = state.goal.showing if track is state.focused else state.goal.step
        return min(state.place(track, goal), track.last_step) - track.log.length

    def train(self, track: Track, steps: int) -> int:
        """Trains a lagging track by at most so many steps and moves the cursor.  Returns: steps trained."""
        done = self.train_ahead(track, steps)
        self._motion.keep_up()
        return done

    def train_ahead(self, track: Track, steps: int) -> int:
        """Trains without moving the cursor; `CursorMotion.keep_up` moves it after many small pieces."""
        assert track.run is not None, "only live tracks lag"
        state = self._state
        done = track.run.advance(min(steps, self._missing(track)))
        if track is state.focused and track.log.length > state.goal.step:
            track.entered = state.goal.step
        self._motion.search(track)
        return done
