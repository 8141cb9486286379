"""What a session adds to the progress, and where a lesson goes on."""

import pytest
from learners import look

import scenarios
from nnsim.lessons.learner import Learner
from nnsim.lessons.progress import GivenPrediction, LessonProgress, add_note, read_progress
from nnsim.lessons.progress_notes import ProgressNotes, lesson_start, session_of_lesson
from nnsim.narration.console import Conversation
from nnsim.output_files import OutputFiles
from nnsim.recording import open_recording, save
from nnsim.scenario.catalog import entries
from nnsim.scenario.lesson_schema import GivenAnswer, LessonStart
from nnsim.session.session import Session

LESSON = """
[train]
epochs = 40

[[lesson]]
text = "Read."

[[lesson]]
ask = "Below 9?"
choices = ["yes", "no"]
answer = "loss<9"
at = "epoch 3"

[[lesson]]
ask = "How much?"
answer = "loss"
tolerance = 9.0
at = "epoch 3"

[[lesson]]
goal = "epoch 30"
"""


@pytest.fixture
def files(tmp_path):
    return OutputFiles(root=tmp_path)


@pytest.fixture
def session(small_scenario):
    return Session.of_scenario(small_scenario(LESSON))


class Clock:
    """A clock that stands until it is told to go on."""

    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def notes(session, clock):
    return ProgressNotes(session.scenario, clock, lambda: 5.0)


def test_a_note_says_what_was_read_answered_and_reached(session, notes):
    learner = Learner(session.scenario.lesson)
    assert notes.take(learner) is None
    learner.turn(1)
    learner.predict(0)
    assert notes.take(learner) == LessonProgress(2, 2, {2: GivenPrediction("a: yes")}, (), 0.0, 5.0)
    assert notes.take(learner) is None
    learner.turn(1)
    learner.predict("0.5")
    learner.turn(1)
    learner.turn(-1)
    session.tracks[0].run.advance_to(40)
    session.follow.go_newest()
    look(learner, session)
    given = {2: GivenPrediction("a: yes", True), 3: GivenPrediction("0.5", True)}
    assert notes.take(learner) == LessonProgress(3, 4, given, (4,), 0.0, 5.0)


def test_time_is_counted_from_key_to_key_but_no_long_pause(session, notes, clock):
    learner = Learner(session.scenario.lesson)
    for gap_s in (10.0, 30.0, 4000.0):
        clock.now_s += gap_s
        notes.note_key()
    note = notes.take(learner)
    assert note.seconds == 10.0 + 30.0 + 120.0
    clock.now_s += 5
    notes.note_key()
    assert notes.take(learner) is None  # a minute has to come together
    assert notes.take(learner, last=True) is None  # and who only looks in has begun nothing
    learner.turn(1)
    assert notes.take(learner, last=True).seconds == 5.0


def test_a_lesson_goes_on_where_it_was_left(files):
    name = entries()[0].name
    path = scenarios.path_of(name)
    fresh = session_of_lesson(path, files)
    assert fresh.lesson_start is None
    parts = fresh.scenario.lesson.parts
    asked = next(at for at, part in enumerate(parts) if part.question and part.question.choices)
    told = parts[asked].question.told(1)
    add_note(files, name, LessonProgress(asked + 1, asked + 1, {asked + 1: GivenPrediction(told, False)}))
    session = session_of_lesson(path, files)
    learner = Learner(session.scenario.lesson)
    learner.start(session.lesson_start)
    assert (learner.page, learner.predicted, learner.asking) == (asked, {asked: 1}, None)
    assert learner.whose(asked) == "your prediction before"
    assert [*learner.given] == []  # nothing has shown it here
    learner.predict(0)  # another day, another thought
    assert (learner.predicted, learner.whose(asked)) == ({asked: 0}, "your prediction")
    add_note(files, name, LessonProgress(len(parts), len(parts)))
    assert lesson_start(files, session.scenario).page == 1  # what is done is read again from the beginning


@pytest.mark.parametrize("start", [LessonStart(99, {99: "a: yes", 1: "a: yes", 2: "z"}), LessonStart(0, {})])
def test_a_lesson_that_was_changed_meanwhile_goes_on_as_far_as_it_can(session, start):
    learner = Learner(session.scenario.lesson)
    learner.start(start)
    assert learner.page == (3 if start.page else 0)
    assert learner.predicted == {}


def test_a_replay_opens_at_the_first_answer_and_keeps_what_was_handed_in(session, tmp_path):
    learner = Learner(session.scenario.lesson)
    learner.turn(1)
    learner.predict(1)
    session.tracks[0].run.advance_to(20)
    session.follow.go_newest()
    look(learner, session)
    said = [*session.saving.answers.values()]
    assert [one.answer for one in said] == ["b: no"]
    save(tmp_path / "a.nnsim", session.saving.timelines(9), answers=said)
    with open_recording(tmp_path / "a.nnsim") as recording:
        replay = Session.of_timelines(recording.timelines, recording.answers)
        again = Learner(replay.scenario.lesson)
        again.start(replay.lesson_start)
        assert (again.page, again.predicted, again.whose(1)) == (1, {1: 1}, "handed in")
        replay.follow.go_newest()
        assert [one.kind for one in look(again, replay)] == ["revealed"]
        assert [*replay.saving.answers.values()] == said
        again.predict(0)  # whoever replays it may answer anew
        look(again, replay)
        assert replay.saving.answers[2].answer == "a: yes"


def test_a_recording_with_answers_to_nothing_opens_all_the_same(session):
    session.tracks[0].run.advance_to(1)
    replay = Session.of_timelines([session.tracks[0].timeline], [GivenAnswer(70, "?", "a: yes")])
    learner = Learner(replay.scenario.lesson)
    learner.start(replay.lesson_start)
    assert learner.predicted == {}


def test_the_conversation_notes_progress_and_tells_it(files, scenario):
    name = entries()[0].name
    talk = Conversation(Session.of_scenario(scenario(name)), files=files)
    assert [*talk.finish()] == []
    assert read_progress(files).progress.lessons == {}
    for line in ("lesson", "lesson"):
        [*talk.answer(line)]
    assert read_progress(files).progress.lessons[name].furthest == 2
    told = "\n".join(talk.answer("progress"))
    pages = len(scenario(name).lesson.parts)
    assert f"on page 2 of {pages}" in told
    assert f"where you stopped on page 2 of {pages}; about" in told


def test_a_read_only_conversation_notes_nothing(tmp_path, scenario):
    talk = Conversation(Session.of_scenario(scenario("xor")), files=OutputFiles(writable=False, root=tmp_path))
    assert "Sorry" not in "\n".join([*talk.answer("lesson"), *talk.answer("lesson")])
    assert not list(tmp_path.iterdir())
