"""Edits are made at once, or after what they go on from has been trained again, which escape gives up."""

from collections.abc import Callable
from functools import partial

from nnsim.errors import NnsimError
from nnsim.replica import Way
from nnsim.session.session import Session
from screens.workbench.pacer import Pacer

BUSY = "an edit is under way: escape lets it go"
CANCELLED = "the edit is let go: nothing of it is done"


class PendingEdit:
    """Makes the edits of a session, one after the other; one that takes long is pending meanwhile."""

    def __init__(self, session: Session, pacer: Pacer) -> None:
        self._session, self._pacer = session, pacer

    def make(
        self, edit: Callable[[Session], str], made: Callable[[str], None], refused: Callable[[str], None]
    ) -> bool:
        """Make an edit; where that takes long, the pacer trains first.

        Args: made: called with a sentence about it, now or later. refused: called with why it is not possible.
        Returns: whether it is made, or under way.
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
        """Whether one waits for what it goes on from."""
        return self._pacer.editing

    @property
    def progress(self) -> str:
        """How far that has got, in words."""
        done, whole = self._pacer.approached
        return f"training again: step {done:,} of {whole:,} (esc lets it go)"

    def cancel(self) -> bool:
        """Do not make it; nothing has changed so far.  Returns: whether there was one."""
        under_way = self.under_way
        if under_way:
            self._pacer.give_up()
        return under_way
