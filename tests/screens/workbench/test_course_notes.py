"""What is done in a lesson is noted while it is done, and the lesson goes on there another time."""

import pytest
from harness import notices, opened
from waiting import until

from nnsim.lessons.learner import Learner
from nnsim.lessons.progress import FILE, GivenPrediction, read_progress
from nnsim.lessons.progress_notes import session_of_lesson
from nnsim.output_files import OutputFiles
from nnsim.recording import open_recording, save
from nnsim.session.session import Session
from screens.app import NnsimApp
from screens.workbench.workbench import Workbench

SCENARIO = """title = "t"
summary = "s"
panes = ["lesson", "loss"]
[data]
kind = "parity"
bits = 2
[train]
epochs = 30
[[lesson]]
text = "Read."
[[lesson]]
ask = "Below 9?"
choices = ["yes", "no"]
answer = "loss<9"
at = "epoch 3"
why = "It begins below."
[[lesson]]
goal = "epoch 5"
"""


@pytest.fixture
def files(tmp_path):
    return OutputFiles(root=tmp_path / "root")


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "mine.toml"
    found.write_text(SCENARIO)
    return found


@pytest.fixture
def learn(path, files):
    """Opens the lesson where it was left."""
    return lambda: opened(NnsimApp(session_of_lesson(path, files), files=files))


def known(files, path):
    return read_progress(files).progress.lessons.get(str(path))


async def test_pages_answers_and_challenges_are_noted_and_gone_on_with(learn, files, path):
    async with learn() as one:
        assert one.lesson.learner.page == 0
        await one.press("enter", "b")
        await until(one.pilot, lambda: known(files, path) is not None and known(files, path).answers)
        assert known(files, path).answers == {2: GivenPrediction("b: no")}
        await one.press("3", "g", "enter")
        while one.lesson.learner.page == 1:  # the answer may be longer than the pane
            await one.press("enter")
        await one.press("5", "g")
        await until(one.pilot, lambda: known(files, path).reached == (3,))
        assert known(files, path).answers == {2: GivenPrediction("b: no", False)}
        await one.press("backspace")
        await one.press("q")
    assert (known(files, path).page, known(files, path).furthest) == (2, 3)


async def test_a_lesson_opens_on_the_page_where_it_was_left(learn, files, path):
    async with learn() as one:
        await one.press("enter", "a", "q")
    async with learn() as one:
        assert one.lesson.learner.page == 1
        assert "▸ a  yes  your prediction before" in one.text(one.lesson)
        await one.press("3", "g")
        assert "✓ a  yes  your prediction before" in one.text(one.lesson)
        await one.press("b")
        assert "b  no  your prediction" in one.text(one.lesson)


async def test_leaving_writes_before_what_comes_next_reads(learn, files, path):
    async with learn() as one:
        await one.press("enter")
        one.workbench.leave()
        assert known(files, path).page == 2


async def test_a_read_only_session_notes_nothing(tmp_path, path):
    closed = OutputFiles(writable=False, root=tmp_path / "root")
    async with opened(NnsimApp(session_of_lesson(path, closed), files=closed)) as one:
        await one.press("enter", "a", "q")
    assert not (tmp_path / "root").exists()


async def test_a_damaged_file_is_told_and_kept(learn, files, path):
    async with learn() as one:
        await one.press("enter", "q")
    (files.state / FILE).write_text("{")
    async with learn() as one:
        await one.press("a")
        await until(one.pilot, lambda: any("is damaged" in text for text in notices(one.app)))
        assert (files.state / "progress-damaged.json").read_text() == "{"
        await until(one.pilot, lambda: known(files, path).answers)
        assert known(files, path).page == 2


async def test_a_hand_in_opens_at_its_answers(path, files, tmp_path):
    session = session_of_lesson(path, files)
    learner = Learner(session.scenario.lesson)
    learner.turn(1)
    learner.predict(1)
    session.tracks[0].run.advance_to(10)
    session.follow.go_newest()
    learner.look(session.view)
    save(tmp_path / "a.nnsim", [session.tracks[0].timeline], answers=[*learner.given])
    with open_recording(tmp_path / "a.nnsim") as recording:
        replay = Session.of_timelines(recording.timelines, recording.answers)
        replay.motion.head_for(replay.view.end)
        async with opened(NnsimApp(replay, files=files)) as one:
            assert isinstance(one.workbench, Workbench)
            assert "✗ b  no  handed in" in one.text(one.lesson)
            assert "It begins below." in one.text(one.lesson)
            assert one.notices == []
            await one.press("q")
    assert known(files, path) is None
