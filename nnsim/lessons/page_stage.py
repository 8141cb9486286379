"""Where the page of a lesson begins: the run that gets the focus, and the place of the cursor."""

from contextlib import suppress

from nnsim.errors import NnsimError
from nnsim.lessons.answers import named
from nnsim.scenario.lesson_stage import LessonStage
from nnsim.session.session import Session
from nnsim.session.view import Capability
from nnsim.timeline import Cursor


def begin_page(session: Session, stage: LessonStage, *, opening: bool = False) -> None:
    """Focuses the run of a page, and moves the cursor to its place; what no run comes to stays as it is.

    Args: opening: it is the first page; it leaves alone what was chosen already: a replay, a place, playing.
    """
    view = session.view
    chosen = not view.live or view.cursor != Cursor() or not view.arrived or view.playing
    if opening and chosen:
        return
    if stage.run and all(Capability.SETTINGS in one.capabilities for one in view.tracks):
        of_name = named(view, stage.run)
        if of_name and view.focused not in of_name:
            session.motion.focus_on(view.tracks.index(of_name[0]))
    if stage.cursor is not None:
        with suppress(NnsimError):  # as in a replay that ended before
            session.motion.go_to(stage.cursor)
