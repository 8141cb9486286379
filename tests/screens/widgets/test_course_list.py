"""The rows of the course: what fits is unfolded, figures stand in their columns, and words find lessons."""

from pathlib import Path

import pytest

from nnsim.lessons.course import CourseLesson, Group
from nnsim.lessons.progress import GivenPrediction, LessonProgress
from nnsim.scenario.catalog import Entry
from screens.widgets.course_list import course_rows, fitting_groups, heads, matching


def lesson(name, progress=None, fault=""):
    entry = Entry(name, f"The lesson {name}", "says something", Path(f"{name}.toml"), group="g")
    return CourseLesson(entry, name, 3, (1, 2), (3,), ("word " * 220, "", ""), fault, progress)


GROUPS = [Group(f"Group {one}", tuple(lesson(f"{one}{number}") for number in range(4))) for one in "abcd"]


@pytest.mark.parametrize("height", range(4, 30))
@pytest.mark.parametrize("current", ["a1", "b0", "d3", "nowhere"])
def test_as_many_groups_are_unfolded_as_fit_from_the_current_one_on(height, current):
    unfolded = fitting_groups(GROUPS, current, height)
    first = current[0] if current != "nowhere" else "a"
    wanted = [f"Group {one}" for one in "abcd" if one >= first]
    assert unfolded == set(wanted[: len(unfolded)])
    rows = course_rows(GROUPS, unfolded, 60)
    assert len(rows) <= height or len(unfolded) == 1
    if len(unfolded) < len(wanted):
        assert len(course_rows(GROUPS, {*unfolded, wanted[len(unfolded)]}, 60)) > height


def test_figures_stand_below_their_heads():
    given = {1: GivenPrediction("a", True)}
    progress = LessonProgress(3, 3, given, (3,), 185.0)
    rows = course_rows([Group("One", (lesson("x", progress), lesson("y"), lesson("z", fault="bad")))], {"One"}, 60)
    group, done, new, faulty = (row.text.plain for row in rows)
    ends = [heads(60).index(name) + len(name) for name in ("answered", "goal", "time")]
    assert [done[:end].split()[-1] for end in ends] == ["1/2", "★", "min"]
    assert [new[:end].split()[-1] for end in ends] == ["0/2", "☆", "min"]
    assert group.split() == ["▾", "One", "1", "of", "3", "17", "min"]
    assert done.split()[:1] + done.split()[-2:] == ["✓", "3", "min"]
    assert faulty.split()[0] == "!"
    assert {len(row.text.plain) for row in rows} == {60}
    assert [row.stops for row in rows] == [False, True, True, True]


@pytest.mark.parametrize("width", [10, 30, 45])
def test_where_there_is_no_room_for_figures_names_are_cut_alone(width):
    rows = course_rows(GROUPS, {"Group a"}, width)
    assert heads(width) == ""
    assert {len(row.text.plain) for row in rows if row.text} == {width}


def test_all_words_have_to_stand_in_a_lesson():
    assert [len(one.lessons) for one in matching(GROUPS, "lesson A1")] == [1]
    assert matching(GROUPS, "a1 b1") == []
    assert sum(len(one.lessons) for one in matching(GROUPS, "says")) == 16
