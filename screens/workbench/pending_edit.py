"""Makes edits at once, or after the steps that they need have been trained again; escape cancels a pending one."""

from collections.abc import Callable
from functools import partial

from nnsim.errors import NnsimError
from nnsim.session.session import Session
from nnsim.timeline.replica import Way
from screens.workbench.pacer import Pacer

BUSY = "a change is being made: escape stops it"
CANCELLED = "the change is stopped: nothing has changed"


class PendingEdit:
    """Makes the edits of a session, one after the other."""

    def __init__(self, session: Session, pacer: Pacer) -> None:
        self._session, self._pacer = session, pacer

    def make(
        self, edit: Callable[[Session], str], made: Callable[[str], None], refused: Callable[[str], None]
    ) -> bool:
        """Makes an edit; where that takes long, the pacer trains first.

        Args: made: called with a sentence about it, now or later. refused: called with the reason.  Returns:
        whether it is made, or under way.
        """
        if self.under_way:
            refused(BUSY)
            return False
        return self._attempt(edit, made, refused)

    def _attempt(
        self,
        edit: Callable[[Session], str],
        made: Callable[[str], None],
        refused: Callable[[str], None],
        way: Way | None = None,
    ) -> bool:
        try:
            found = self._session.attempt(edit, way)
        except NnsimError as error:
            refused(str(error))
            return False
        if isinstance(found, Way):
            self._pacer.approach_first(found, partial(self._attempt, edit, made, refused, found))
        else:
            made(found)
        return True

    @property
    def under_way(self) -> bool:
        return self._pacer.editing

    @property
    def progress(self) -> str:
        done, whole = self._pacer.approached
        return f"training again: step {done:,} of {whole:,} (esc stops it)"

    def cancel(self) -> bool:
        """Cancels the pending edit.  Returns: whether there was one."""
        under_way = self.under_way
        if under_way:
            self._pacer.give_up()
        return under_way
