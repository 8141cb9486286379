"""What `nnsim grade` makes of hand-ins: honest ones pass, what is claimed and not shown is refused and named."""

import msgspec
import pytest
from cheats import CHEATS, cut, unclosed, with_answers
from edited_hand_ins import BROKEN, EDITED
from forged_recordings import forge_first, in_segment, rehash
from hand_ins import (
    LAST_HINT,
    LESSON,
    PERSONAL,
    answered,
    class_lesson,
    finished_hand_in,
    go,
    hand_in,
    right_choices,
)

from nnsim.cli.grade import judge_file
from nnsim.lessons.assessment import Assessment, JudgedChallenge, JudgedQuestion
from nnsim.recording import open_recording, save
from nnsim.recording.format import SEGMENTS
from nnsim.timeline.run import Run


@pytest.fixture
def teacher(tmp_path):
    """Writes the teacher's scenario, and gives its file."""

    def write(text=LESSON):
        path = tmp_path / "class.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def rights(row):
    return [one["right"] for one in row["questions"]]


def reached(row):
    return [one["reached"] for one in row["challenges"]]


def passes(row):
    return row["verified"] and row["finished"] and all(rights(row)) and row["error"] is None


@pytest.mark.parametrize("text", [LESSON, PERSONAL], ids=["for all", "personal"])
def test_an_honest_hand_in_passes(teacher, tmp_path, text):
    path = finished_hand_in(tmp_path / "a.nnsim", class_lesson(text), hints=2)
    row = judge_file(path, teacher(text), None)
    assert passes(row), row
    assert (row["student"], row["lesson"], row["proof"], row["differs"]) == ("Ada", "same", "bits", [])
    assert row["hints"] == 2
    assert row["settings"].items() >= LAST_HINT.items()
    assert row["challenges"][0]["goal"] == "loss<0.05 within 200 epochs"
    assert row["challenges"][0]["epoch"] == {LESSON: 112, PERSONAL: 133}[text]


def test_wrong_answers_are_wrong_and_nothing_else_is_said_of_them(teacher, tmp_path):
    session, _ = answered(class_lesson(), {1: 0, 2: 0})
    row = judge_file(hand_in(session, tmp_path / "a.nnsim"), teacher(), None)
    assert (rights(row), reached(row), row["differs"]) == ([False, False], [False], [])
    assert (row["verified"], row["finished"], row["student"]) == (True, False, None)


def test_another_seed_is_no_cheating_where_its_runs_are_handed_in(teacher, tmp_path):
    lesson = class_lesson()
    assert right_choices(lesson)[1] != right_choices(lesson, settings={"random.seed": 2})[1]
    session, learner = answered(lesson, {1: 0}, settings={"random.seed": 2})
    session.editor.restart({"random.seed": 0})
    go(session, learner, 200)
    row = judge_file(hand_in(session, tmp_path / "a.nnsim"), teacher(), None)
    assert (rights(row)[0], row["differs"]) == (True, [])


def test_an_answer_that_is_wrong_beside_changed_settings_alone_is_right_and_no_difference(teacher, tmp_path):
    lesson = class_lesson()
    right = right_choices(lesson)[1]
    session, learner = answered(lesson, {1: right}, settings=LAST_HINT)
    assert learner.is_right(1) is False  # the student is told so
    row = judge_file(hand_in(session, tmp_path / "a.nnsim"), teacher(), None)
    assert (rights(row)[0], row["differs"]) == (True, [])
    assert "part 2: was called wrong beside schedule.rate = 10.0 alone, which it does not ask for" in row["word"]


def test_a_lesson_that_was_worded_anew_since_is_judged_by_the_teacher_s(teacher, tmp_path):
    path = finished_hand_in(tmp_path / "a.nnsim")
    row = judge_file(path, teacher(LESSON.replace("Is the loss", "Is its loss").replace("# Two", "# 2")), None)
    assert (passes(row), row["lesson"]) == (True, "differs")
    assert row["differs"][0].startswith("its lesson differs from that of class")
    assert row["differs"][1].startswith("part 2: answers another question")


# ---------------------------------------------------------------------- cheats


@pytest.mark.parametrize(("make", "text", "refused", "named"), (CHEATS | EDITED).values(), ids=CHEATS | EDITED)
def test_a_cheat_is_refused_and_named(teacher, tmp_path, make, text, refused, named):
    row = judge_file(make(tmp_path / "a.nnsim"), teacher(text), None)
    assert row["error"] is None, row
    assert not passes(row)
    found = {
        "verified": row["verified"],
        "finished": row["finished"],
        "reached": any(reached(row)),
        "right": all(rights(row)),
    }
    assert found[refused] is not True, row
    assert any(named in one for one in row["differs"] + row["word"]) or not named, row


def test_a_fork_of_a_run_that_was_changed_before_and_is_changed_after_it_is_no_lie(teacher, tmp_path):
    run = Run(class_lesson(), "slow")
    run.advance_to(50)
    run.change("schedule.rate", 2.0)
    run.advance_to(100)
    fork = Run.fork(run.timeline, 100)
    for one, rate in ((run, 3.0), (fork, 4.0)):
        one.change("schedule.rate", rate)
        one.advance_to(200)
    save(tmp_path / "a.nnsim", [run.timeline, fork.timeline])
    with open_recording(tmp_path / "a.nnsim") as recording:
        assert recording.timelines[1].parent is recording.timelines[0]
    row = judge_file(tmp_path / "a.nnsim", teacher(), None)
    assert (row["verified"], row["proof"], row["differs"]) == (True, "bits", [])


@pytest.mark.parametrize(("make", "named"), BROKEN.values(), ids=BROKEN)
def test_a_cheat_that_breaks_the_file_is_an_error_that_names_it(teacher, tmp_path, make, named):
    row = judge_file(make(tmp_path / "a.nnsim"), teacher(), None)
    assert named in row["error"]
    assert (row["verified"], row["questions"], row["challenges"]) == (False, [], [])


def test_a_file_without_its_end_is_told(teacher, tmp_path):
    row = judge_file(unclosed(tmp_path / "a.nnsim"), teacher(), None)
    assert row["differs"] == ["it has no proper end: its writer never closed it"]


def test_a_file_that_is_cut_is_an_error(teacher, tmp_path):
    row = judge_file(cut(tmp_path / "a.nnsim"), teacher(), None)
    assert "damaged" in row["error"]
    assert not row["verified"]
    assert (row["questions"], row["challenges"]) == ([], [])


def test_how_many_hints_were_open_is_a_person_s_word(teacher, tmp_path):
    path = finished_hand_in(tmp_path / "a.nnsim", hints=2)
    assert judge_file(path, teacher(), None)["word"] == ["2 hints used"]
    path = with_answers(tmp_path / "b.nnsim", lambda one: msgspec.structs.replace(one, hints=0))
    assert judge_file(path, teacher(), None)["word"] == ["0 hints used"]


def test_bits_that_are_not_those_of_the_platform_that_is_named_are_told(teacher, tmp_path):
    path = finished_hand_in(tmp_path / "a.nnsim")
    forge_first(path, SEGMENTS, in_segment(150, 1e-16), "series = 0 AND chunk = 0")
    rehash(path)
    row = judge_file(path, teacher(), None)
    assert (passes(row), row["proof"]) == (True, "rounding")
    assert row["differs"] == ["it names this very platform, NumPy, kernel and processor, which give other bits"]


def test_what_the_recorded_runs_alone_reach_within_roundings_is_said_to_rest_on_one():
    here = Assessment(
        1, [JudgedQuestion(2, "200", "a: yes", False)], [JudgedChallenge(4, "loss<0.05")], ["x"], ["a", "b"]
    )
    there = Assessment(
        1, [JudgedQuestion(2, "200", "a: yes", True)], [JudgedChallenge(4, "loss<0.05", True, 9)], [], ["b"]
    )
    found = here.or_within_roundings(there)
    assert (found.questions, found.challenges) == (there.questions, there.challenges)
    assert found.word == ["x", "part 2: rests on a rounding", "part 4: rests on a rounding"]
    assert found.differs == ["b"]
    assert there.or_within_roundings(here) == there


def test_a_hand_in_that_costs_too_much_is_an_error(teacher, tmp_path):
    path = finished_hand_in(tmp_path / "a.nnsim")
    row = judge_file(path, teacher(), 1e6)
    assert "multiply-adds" in row["error"]
    assert (row["verified"], row["finished"]) == (False, False)
