"""Questions that are answered by typing a number: at the door, in a session, in a recording, and judged."""

import msgspec
import pytest
from hypothesis import given, strategies
from learners import look

from nnsim.errors import NnsimError, ScenarioError
from nnsim.lessons.assessment import assess
from nnsim.lessons.grading import borne_out
from nnsim.lessons.learner import Learner
from nnsim.narration.console import Conversation
from nnsim.recording import open_recording, save
from nnsim.scenario.lesson_schema import GivenAnswer
from nnsim.session.session import Session
from nnsim.text.number_format import typed_number

TYPED = """
[model]
hidden = [3]

[schedule]
rate = 1.0

[train]
epochs = 20

[[lesson]]
ask = "What is the loss in epoch 20?"
answer = "loss"
tolerance = 0.05
at = "epoch 20"
why = "It falls slowly."
"""


@pytest.mark.parametrize(("change", "complaint"), [
    (("tolerance = 0.05", ""), "lesson[0].choices: [] (allowed: 2 to 4, all different), or none and a tolerance"),
    (("tolerance", 'choices = ["1", "2"]\ntolerance'), "lesson[0].tolerance: does not go with choices"),
    (('"loss"', '"loss < 1"'), "lesson[0].answer: 'loss < 1' is no number to be typed (allowed: such as loss)"),
    (('"loss"', '"smallest grad"'), "lesson[0].answer: 'smallest grad' is no number to be typed"),
    (("= 0.05", "= -1"), "lesson[0].tolerance: -1 is not allowed (allowed: a number from 0"),
    (('ask = "What is the loss in epoch 20?"', 'text = "a"'), "lesson[0].answer: goes with ask, which is missing"),
])  # fmt: skip
def test_what_is_wrong_is_refused_in_one_line(small_scenario, change, complaint):
    with pytest.raises(ScenarioError) as error:
        small_scenario(TYPED.replace(*change))
    assert complaint in str(error.value)


def test_a_tolerance_of_nothing_asks_for_the_number_itself(small_scenario):
    question = small_scenario(TYPED.replace("0.05", "0")).lesson.parts[0].question
    assert question.typed
    with pytest.raises(ScenarioError, match="tolerance: goes with ask"):
        small_scenario('[[lesson]]\ntext = "a"\ntolerance = 0.0\n')


@pytest.mark.parametrize(("text", "number"), [
    ("0.25", 0.25), (" 75 % ", 0.75), ("1e-3", 1e-3), ("1E-3", 1e-3), (".5", 0.5), ("1,000.5", 1000.5),
    ("-3", -3.0), ("+3", 3.0), ("12,345,678", 12345678.0),
    ("0,25", None), ("1,00", None), ("", None), ("e3", None), ("%", None),
    ("nan", None), ("inf", None), ("1e999", None), ("1_0", None), ("0x10", None), ("٣", None), ("1 2", None),
    ("9" * 41, None), ("-", None), (".", None), ("about 3", None),
])  # fmt: skip
def test_what_counts_as_a_number(text, number):
    assert typed_number(text) == number


@given(strategies.floats(-1e12, 1e12))
def test_a_number_is_read_as_python_writes_it(number):
    assert typed_number(repr(number)) == number


@pytest.fixture
def session(small_scenario):
    return Session.of_scenario(small_scenario(TYPED))


def predicted(session, text):
    """A learner who types this and then trains."""
    learner = Learner(session.scenario.lesson)
    learner.predict(text)
    session.tracks[0].run.advance_to(20)
    session.follow.go_newest()
    news = look(learner, session)
    return learner, news


def loss_of(session):
    run = session.tracks[0].run
    run.advance_to(20)
    return run.timeline.series["loss"].at_step(20)


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [
        ({}, "Right"),
        ({"random.seed": 7}, "Right"),
        ({"train.epochs": 30}, "Right for the runs as you changed them"),
    ],
)
def test_a_right_answer_says_that_the_runs_had_been_changed(small_scenario, settings, verdict):
    changed = Session.of_scenario(small_scenario(TYPED), settings=settings)
    _, news = predicted(changed, repr(loss_of(changed)))
    assert news[0].text.startswith(f"{verdict}: loss is")


@pytest.mark.parametrize(("off", "right"), [(0, True), (0.049, True), (-0.05, True), (0.0501, False), (-1, False)])
def test_a_number_within_the_tolerance_is_right(session, off, right):
    learner, news = predicted(session, repr(loss_of(session) + off))
    assert [one.text.partition(":")[0] for one in news] == ["Right" if right else "Not so"]
    assert learner.score == (int(right), 1)
    assert learner.revealed[0].told.endswith("; 0.05 more or less is right, too")
    assert [one.right for one in learner.given] == [right]


def test_what_is_no_number_is_not_taken(session):
    learner = Learner(session.scenario.lesson)
    for wrong, told in (("much", "'much' is no number"), (0, "a choice is no number")):
        with pytest.raises(NnsimError, match=told):
            learner.predict(wrong)
    learner.predict("0.2")
    with pytest.raises(NnsimError, match="the first answer counts"):
        learner.predict("0.3")


@pytest.mark.parametrize("off", [0.01, 0.2])
def test_a_recording_bears_a_typed_answer_out(session, tmp_path, off):
    predicted(session, f"{loss_of(session) + off:.6f}")
    said = [*session.saving.answers.values()]
    save(tmp_path / "a.nnsim", session.saving.timelines(9), answers=said)
    with open_recording(tmp_path / "a.nnsim") as recording:
        assert [*recording.answers] == said
        (found,) = borne_out(recording.timelines, recording.answers)
        assert found.out is True
        lie = msgspec.structs.replace(said[0], right=not said[0].right)
        (found,) = borne_out(recording.timelines, [lie])
        assert found.out is False
        judged = assess(session.scenario, recording.timelines, said, "")
        assert [(one.answer, one.right) for one in judged.questions] == [(said[0].answer, said[0].right)]
        judged = assess(session.scenario, recording.timelines, [lie], "")
        assert judged.questions[0].right is said[0].right
        assert any("says that" in one for one in judged.differs)


def test_a_typed_answer_that_is_no_number_is_none(session, tmp_path):
    session.tracks[0].run.advance_to(20)
    timelines = [session.tracks[0].timeline]
    forged = GivenAnswer(1, "What is the loss in epoch 20?", "a: yes", True)
    (found,) = borne_out(timelines, [forged])
    assert (found.out, found.told) == (False, "it is no number")
    judged = assess(session.scenario, timelines, [forged], "")
    assert judged.questions[0].right is False
    assert "part 1: 'a: yes' is no number" in judged.differs


def test_the_conversation_takes_a_number(session):
    talk = Conversation(session)
    assert "Answer with answer and a number." in [*talk.answer("lesson")]
    assert "Sorry: 'b' is no number" in "\n".join(talk.answer("answer b"))
    told = "\n".join(talk.answer(f"answer {loss_of(session):.3f}"))
    assert f"You predict: {loss_of(session):.3f}." in told
    told = "\n".join(talk.answer("epoch 20"))
    assert "Right: loss is" in told
    assert "It falls slowly." in told
