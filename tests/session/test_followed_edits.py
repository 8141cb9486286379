"""Who follows a recording goes along with what its writer changes, undoes and forks."""

from small_session import Growing, fly

from nnsim.session.session import Session
from nnsim.timeline import Cursor


def test_who_follows_goes_along_when_the_writer_begins_again_and_forks(session):
    """The class sees what the teacher does: the newest step is that of the run that is still trained."""
    fly(session, 30)
    watched = Growing(session.focused.timeline)
    watching = Session.of_growing(watched)

    def look():
        watched.timelines += tuple(
            one.timeline for one in session.tracks if not any(one.timeline is each for each in watched.timelines)
        )
        watching.follow.refresh()
        return watching.focused.timeline, watching.cursor.step

    assert look() == (session.focused.timeline, 30)
    session.editor.restart()
    fly(session, 9)
    assert look() == (session.focused.timeline, 9)
    fly(session, 6)
    session.editor.fork("schedule.rate", 0.25)
    fly(session, 12)
    assert look() == (session.focused.timeline, 12)
    session.motion.focus_on(0)
    session.editor.new_seed()
    fly(session, 3)
    assert look() == (session.focused.timeline, 3)
    late = Session.of_growing(Growing(*watched.timelines))  # who comes late sees the same
    assert (late.focused.timeline, late.cursor.step) == (session.focused.timeline, 3)
    watching.motion.head_for(Cursor(1))
    session.editor.restart()
    fly(session, 5)
    assert look()[1] == 1
    watching.follow.go_newest()
    assert look() == (session.focused.timeline, 5)
    assert watching.follow.active
    watching.motion.head_for(Cursor(2))
    watching.editor.change("schedule.rate", 0.5)  # a fork of one's own is nobody else's
    own = watching.focused
    session.editor.restart()
    fly(session, 4)
    watching.follow.go_newest()
    assert (look()[0], watching.cursor.step) == (own.timeline, 2)


def test_who_follows_goes_back_when_the_writer_undoes(session):
    fly(session, 30)
    watched = Growing(session.focused.timeline)
    watching = Session.of_growing(watched)

    def look():
        here = [one.timeline for one in session.tracks]
        watched.timelines += tuple(one for one in here if not any(one is each for each in watched.timelines))
        watched.now_left = tuple(one for one in watched.timelines if not any(one is each for each in here))
        watching.follow.refresh()
        return watching.focused.timeline is session.focused.timeline, watching.cursor.step

    fly(session, 20)
    session.editor.fork("schedule.rate", 0.25)
    fly(session, 25)
    assert look() == (True, 30), "as far as any of the runs has got"
    fly(session, 35)
    session.editor.change("regularization.l2", 0.01)  # live, on the fork
    assert look() == (True, 35)
    session.history.undo()
    assert (session.focused.timeline.fork_step, look()) == (20, (True, 35))
    session.history.undo()
    assert (session.focused.timeline.fork_step, look()) == (None, (True, 35))
    session.history.redo()
    assert (session.focused.timeline.fork_step, look()) == (20, (True, 35))
    fly(session, 33)
    session.editor.fork("schedule.rate", 0.5)  # a fork of the fork
    fly(session, 38)
    assert look() == (True, 38)
    session.history.undo()
    session.history.undo()
    assert look() == (True, 38), "both are given up"
    session.editor.restart()
    fly(session, 5)
    assert look() == (True, 5)
    session.history.undo()
    assert look() == (True, 38), "the run that had begun again stands there again"
    assert watching.follow.active


def test_who_looks_at_an_earlier_step_stays_when_the_writer_undoes(session):
    fly(session, 30)
    first = session.focused.timeline
    session.editor.fork("schedule.rate", 0.25)
    watched = Growing(first, session.focused.timeline)
    watching = Session.of_growing(watched)
    watching.motion.focus_on(1)
    watching.motion.head_for(Cursor(10))
    watched.now_left = watched.timelines[1:]
    watching.follow.refresh()
    assert (watching.view.focus, watching.cursor.step) == (1, 10)
    watching.follow.go_newest()
    assert (watching.focused.timeline, watching.cursor.step) == (first, 30)
