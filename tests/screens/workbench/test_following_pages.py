"""Who watches a recording sees the page of the lesson that its writer has opened, unless they look elsewhere."""

import pytest
from harness import opened
from waiting import until

from nnsim.output_files import OutputFiles
from nnsim.recording import Recorder, follow_recording
from nnsim.recording.background import record_session
from nnsim.session.session import Session
from screens.app import NnsimApp

LESSON = """
[train]
epochs = 40
[[lesson]]
text = "First."
[[lesson]]
text = "Second."
[[lesson]]
text = "Third."
"""


@pytest.fixture
def teacher(small_scenario, tmp_path):
    """A session that is recorded, whose lesson is on the page that is told."""

    class Teacher:
        session = Session.of_scenario(small_scenario(LESSON, head='panes = ["lesson", "loss"]'))
        path = tmp_path / "x.nnsim"
        page = 1

        def turn_to(self, page):
            self.page = page
            self.recorder.flush()

    made = Teacher()
    made.recorder = Recorder(made.path, [made.session.tracks[0].timeline], page=lambda: made.page)
    yield made
    made.recorder.close()


def page_of(one):
    learner = one.workbench.lesson.pane.learner
    return -1 if learner is None else learner.page


async def test_the_page_of_the_teacher_is_opened_until_the_student_turns_away(teacher):
    teacher.turn_to(2)
    watched = follow_recording(teacher.path)
    assert watched.page == 1
    async with opened(NnsimApp(Session.of_growing(watched), watched)) as one:
        await until(one.pilot, lambda: page_of(one) == 1)
        teacher.turn_to(3)
        await until(one.pilot, lambda: page_of(one) == 2)
        teacher.turn_to(1)
        await until(one.pilot, lambda: page_of(one) == 0)
        await one.press("enter")  # the student reads on
        teacher.turn_to(3)
        await until(one.pilot, lambda: watched.page == 2)
        await one.press("c", "c")
        assert page_of(one) == 1
        await one.press("end")  # and takes hold again
        await until(one.pilot, lambda: page_of(one) == 2)
        teacher.turn_to(2)
        await until(one.pilot, lambda: page_of(one) == 1)


async def test_who_has_moved_the_cursor_away_keeps_the_page_too(teacher):
    teacher.session.tracks[0].run.advance_to(20)
    teacher.turn_to(1)
    watched = follow_recording(teacher.path)
    async with opened(NnsimApp(Session.of_growing(watched), watched)) as one:
        await until(one.pilot, lambda: page_of(one) == 0)
        await one.press("left")
        teacher.turn_to(2)
        await until(one.pilot, lambda: watched.page == 1)
        await one.press("c", "c")
        assert page_of(one) == 0


@pytest.mark.parametrize(("page", "read"), [(0, None), (4, None), (3, 2)])
def test_a_page_that_the_lesson_does_not_have_is_none(teacher, page, read):
    teacher.turn_to(page)
    with follow_recording(teacher.path) as watched:
        assert watched.page == read


async def test_a_recorded_workbench_tells_its_page(small_scenario, tmp_path):
    session = Session.of_scenario(small_scenario(LESSON, head='panes = ["lesson", "loss"]'))
    files, path = OutputFiles(root=tmp_path), tmp_path / "y.nnsim"
    beside = record_session(session, path, False, files)
    try:
        async with opened(NnsimApp(session, files=files)) as one:
            await one.press("enter")
            assert page_of(one) == 1
            with follow_recording(path) as watched:
                await until(one.pilot, lambda: (watched.refresh(), watched.page)[1] == 1)
    finally:
        beside.close()
