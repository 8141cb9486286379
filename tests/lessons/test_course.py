"""The course: nnsim's scenarios and a person's own in their order, with progress, and what comes next."""

import pytest

import scenarios
from nnsim.lessons.course import lesson_key, next_scenario, read_course
from nnsim.lessons.progress import GivenPrediction, LessonProgress, add_note
from nnsim.narration.describe_course import groups, standing
from nnsim.output_files import OutputFiles
from nnsim.scenario import catalog
from nnsim.scenario.scenario import read_scenario

OWN = """title = "Mine"
summary = "s"
{keys}

[data]
kind = "parity"
bits = 2

[[lesson]]
text = "Read."

[[lesson]]
ask = "Below 0.1?"
choices = ["yes", "no"]
answer = "loss<0.1"
at = "epoch 10"

[[lesson]]
goal = "loss<0.01"
"""


@pytest.fixture
def files(tmp_path):
    return OutputFiles(root=tmp_path / "root")


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "lessons"
    path.mkdir()
    return path


def lesson(course, name):
    return next(one for one in course.lessons if one.entry.name == name)


def test_the_next_scenario_is_the_one_behind_in_the_list():
    names = [one.name for one in catalog.entries()]
    assert [next_scenario(one).name for one in names[:-1]] == names[1:]
    assert next_scenario(names[-1]) is None
    assert next_scenario("nothing") is None


def test_every_lesson_has_the_parts_that_the_scenario_has(files, folder):
    course = read_course(files, folder)
    assert [one.entry.name for one in course.lessons] == [one.name for one in catalog.entries()]
    for one in course.lessons:
        parts = read_scenario(one.entry.path).lesson.parts
        assert one.pages == len(parts)
        assert one.questions == tuple(at for at, part in enumerate(parts, start=1) if part.question)
        assert one.challenges == tuple(at for at, part in enumerate(parts, start=1) if part.challenge)
        assert 1 <= one.minutes_left == one.minutes <= 30


def test_progress_says_what_is_done_answered_and_reached_and_what_is_next(files, folder):
    first, second, third = (one for one in read_course(files, folder).lessons[:3])
    assert read_course(files, folder).next.key == first.key
    asked = first.questions[0]
    add_note(files, first.key, LessonProgress(2, 2, {asked: GivenPrediction("a", True)}, (), 90.0, 1.0))
    course = read_course(files, folder)
    here = course.lessons[0]
    assert (here.begun, here.done, here.answered, here.right, here.page) == (True, False, 1, 1, 2)
    assert here.minutes_left < here.minutes
    assert course.next.key == first.key
    add_note(files, first.key, LessonProgress(first.pages, first.pages, reached=first.challenges, last=2.0))
    course = read_course(files, folder)
    assert (course.lessons[0].done, course.lessons[0].reached) == (True, len(first.challenges))
    assert (course.done, course.groups[0].done, course.seconds) == (1, 1, 90.0)
    assert course.next.key == second.key
    add_note(files, third.key, LessonProgress(1, 1, last=3.0))  # somebody who goes their own way is followed
    assert read_course(files, folder).next.key == third.key


def test_where_all_is_done_nothing_is_next(files, folder):
    for number, one in enumerate(read_course(files, folder).lessons):
        add_note(files, one.key, LessonProgress(one.pages, one.pages, last=float(number)))
    assert read_course(files, folder).next is None


def test_own_scenarios_stand_in_their_groups_and_order(files, folder, tmp_path):
    group = catalog.entries()[0].group
    between = catalog.entries()[0].order
    (folder / "mine.toml").write_text(OWN.format(keys=f'group = "{group}"\norder = {between}'))
    (folder / "yours.toml").write_text(OWN.format(keys=""))
    (folder / "pyproject.toml").write_text('[project]\nname = "x"\n')
    other = tmp_path / "other"
    other.mkdir()
    (other / "week.toml").write_text(OWN.format(keys='group = "Week 1"\norder = 0'))
    files.make_folder(files.configuration)
    (files.configuration / "config.toml").write_text(f'scenarios = "{other}"\n')
    course = read_course(files, folder)
    assert course.complaints == ()
    assert course.groups[0].title == "Week 1"
    assert "mine" in [one.entry.name for one in course.groups[1].lessons[:2]]
    assert course.groups[-1].title == "Your own"
    assert [one.entry.name for one in course.groups[-1].lessons] == ["yours"]
    own = lesson(course, "yours")
    assert (own.pages, own.questions, own.challenges) == (3, (2,), (3,))
    assert own.key == lesson_key("yours", folder) == str(folder / "yours.toml")
    assert lesson_key("xor", scenarios.FOLDER) == "xor"


def test_a_scenario_that_is_no_toml_is_listed_with_its_fault(files, folder):
    (folder / "mine.toml").write_text(OWN.format(keys="") + "\n[[lesson]\n")
    found = lesson(read_course(files, folder), "mine")
    assert "line 21" in found.fault


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("scenario = 'x'", "config.toml: scenario: unknown key, did you mean 'scenarios'? (allowed: scenarios"),
        ("scenarios = 3", "config.toml: scenarios: 3 is not allowed (allowed: text of at most 1,000 characters)"),
        ("scenarios =", "config.toml: is no TOML: Invalid value (at end of document)"),
    ],
)
def test_what_is_wrong_with_the_configuration_is_said_in_a_line(files, folder, text, told):
    files.make_folder(files.configuration)
    (files.configuration / "config.toml").write_text(text)
    course = read_course(files, folder)
    assert told in course.complaints[0]
    assert len(course.lessons) == len(catalog.entries())


def test_a_scenario_without_a_lesson_is_listed_and_counts_for_nothing(files, folder):
    lessons = read_course(files, folder).count
    text = OWN.format(keys="order = 0").partition("[[lesson]]")[0]
    (folder / "mine.toml").write_text(text)
    course = read_course(files, folder)
    assert course.lessons[0].entry.name == "mine"
    assert (course.count, course.next.entry.name) == (lessons, catalog.entries()[0].name)
    own = course.groups[0]
    assert (own.title, own.count, own.minutes, own.done) == ("Your own", 0, 0, 0)
    assert next(iter(standing(course))) == f"0 of {lessons} lessons done."
    assert "Your own: 1 scenario without a lesson." in [*groups(course)]
    add_note(files, own.lessons[0].key, LessonProgress(last=9.0))
    assert read_course(files, folder).done == 0
