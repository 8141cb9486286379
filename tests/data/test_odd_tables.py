"""What is odd in a table that somebody brings is named, with the way out."""

import pytest


def test_a_delimiter_at_the_end_of_each_row_shifts_nothing(became):
    _, report = became("a,b,y\n" + "".join(f"{i * 7 % 11},{i % 5},{2 * i},\n" for i in range(12)), "--target", "y")
    assert [one["name"] for one in report["columns"]] == ["a", "b", "y"]
    assert report["rows"] == 12


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("sep=;\na;b;y\n1;2;3\n4;5;6\n", "one for each column, which the first line names: take that line out"),
        ("# by hand\na,b,y\n1,2,3\n4,5,6\n", "one for each column, which the first line names: take that line out"),
        ("a,b,y\n1,2,3\n4,5,6\na,b,y\n7,8,9\n", "line 4, column 'a': the names of the columns stand here again"),
    ],
)
def test_lines_that_are_no_rows_are_named(run, tmp_path, content, said):
    path = tmp_path / "odd.csv"
    path.write_text(content)
    status, _, err = run("check", path, "--target", "y")
    assert status == 2
    assert said in err


def test_words_among_numbers_are_named_with_what_makes_them_missing(became):
    words = ["-", "none", "N/A", "unknown"]
    cells = [*words, *(f"{i * 7 % 31}.5" for i in range(30))]
    content = "x,z,y\n" + "".join(f"{cell},{i % 5},{i}\n" for i, cell in enumerate(cells))
    reason = reasons(became(content, "--target", "y")[1])["x"]
    assert "'-', 'unknown' are no numbers: its values are taken for words" in reason
    setting = reason[reason.index("data.absent=") : reason.index("' where")]
    assert setting == 'data.absent=["-", "unknown"]'
    kinds, _ = became(content, "--target", "y", "--set", setting, "--set", "data.missing=fill")
    assert kinds["x"] == "number, standardized"


def reasons(report):
    return {one["name"]: one["reason"] for one in report["columns"]}


@pytest.mark.parametrize(
    ("cell", "said"),
    [("3", "is 3 in every row, so there is nothing to learn"), ("", "has no value at all, so there is nothing")],
)
def test_a_target_that_never_differs_is_told(became, cell, said):
    _, report = became("a,y\n" + "".join(f"{i * 7 % 11},{cell}\n" for i in range(12)), "--target", "y")
    assert said in reasons(report)["y"]
    assert "one of 1" not in reasons(report)["y"]


def test_a_target_alone_in_its_table_is_told(became):
    _, report = became("y\n" + "".join(f"{i * 7 % 11}\n" for i in range(12)), "--target", "y")
    assert "no column is left to tell it from" in reasons(report)["y"]
