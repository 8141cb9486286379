"""Legends' texts one behind the other: where rows break, and which form of a text has room."""

from screens.plots.cells import Cells, flow, longest_fitting, write_texts


def test_parts_stand_apart_and_go_on_in_the_next_row():
    assert flow([3, 4, 5], 9) == [(0, 0), (0, 5), (1, 0)]
    assert flow([3, 4, 5], 16) == [(0, 0), (0, 5), (0, 11)]
    assert flow([], 5) == []


def test_the_first_row_may_be_shorter_and_begin_later():
    assert flow([3, 4], 9, first=2) == [(1, 0), (1, 5)]
    assert flow([3, 4], 12, start=4) == [(0, 4), (1, 0)]


def test_a_part_wider_than_a_row_takes_no_room():
    assert flow([3, 20, 4], 9) == [(0, 0), (1, 0), (1, 0)]


def test_the_first_form_that_fits_is_taken():
    forms = [[("a long", "axis"), (" form", "text")], [("short", "axis")]]
    assert [longest_fitting(width, *forms) for width in (11, 10, 4)] == [forms[0], forms[1], []]


def test_texts_are_written_one_behind_the_other_each_in_its_role():
    cells = Cells(8, 2)
    assert write_texts(cells, [("ab", "axis"), ("c", "text")], 1, 2) == 5
    assert "".join(cells.chars[1]) == "  abc   "
    assert cells.roles[1][2:5] == ["axis", "axis", "text"]
