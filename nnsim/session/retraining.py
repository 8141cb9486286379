"""Lets an edit say what has to be trained again before it, so that whoever waits for it trains that in slices."""

from collections.abc import Callable

from nnsim.replica import Replica, Way
from nnsim.session.track import Track
from nnsim.training.records import Checkpoint


class TakesLong(Exception):
    """Nothing was changed: a long way has to be trained again first."""

    def __init__(self, way: Way) -> None:
        super().__init__(f"{way.missing:,} steps have to be trained again")
        self.way = way


class Retraining:
    """Finds the checkpoint that an edit goes on from, or the way to it where that is long."""

    def __init__(self) -> None:
        self._attempting = False  # an edit that may take no time
        self._way: Way | None = None  # that was approached for it

    def attempt(self, edit: Callable[[], str], way: Way | None = None) -> str | Way:
        """Make an edit, unless it takes long.

        Args: way: what a former attempt has given, approached.
        Returns: a sentence about it; or the way to approach before the next attempt, and nothing has changed.
        Raises: ScenarioError as the edit does.
        """
        self._attempting, self._way = True, way
        try:
            return edit()
        except TakesLong as found:
            return found.way
        finally:
            self._attempting, self._way = False, None

    def near(self, track: Track, step: int) -> Checkpoint | None:
        """A checkpoint of the track's replica, or from the way to it, that may be close to a step.

        Raises: TakesLong in an attempt, where none is.
        """
        timeline, near = track.timeline, track.replica.near
        if self._way is not None and self._way.timeline is timeline and self._way.step == step:
            return self._way.replica.near
        if self._attempting and track.replica.far(step):
            raise TakesLong(Way(timeline, step, Replica(timeline, near)))
        return near if near is not None and near.step <= step else None  # behind it runs go different ways
