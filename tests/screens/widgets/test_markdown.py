"""Markdown as lines: what is laid out how, at any width."""

import pytest
from rich.cells import cell_len
from shared import bundled

from scenarios import names
from screens.widgets.markdown import lines_of


def plain(markdown, width=38):
    return [line.plain for line in lines_of(markdown, width)]


def test_blocks():
    text = "# Title\n\nOne *two*\n**three** `four`\n\n- a long item that does not fit into the line\n- b\n\n"
    assert plain(f"{text}1. x\n2. y\n\nend", 24) == [
        "Title", "", "One two three four", "", "• a long item that does", "  not fit into the line", "• b", "",
        "1. x", "2. y", "", "end",
    ]  # fmt: skip


def test_code_and_tables_keep_their_columns():
    assert plain("```\na  b\n  c\n```") == ["  a  b", "    c"]
    assert plain("| key | value |\n| --- | --- |\n| a | 1 |") == ["key  value", "a    1"]
    assert plain("> said\n> so")[0] == "│ said so"


def test_emphasis_is_a_style_and_not_a_mark():
    line = lines_of("plain *soft* **loud** `code`", 60)[0]
    assert line.plain == "plain soft loud code"
    assert [(str(span.style), line.plain[span.start : span.end]) for span in line.spans] == [
        ("italic", "soft"), ("bold", "loud"), ("bold", "code"),
    ]  # fmt: skip


def test_what_looks_like_markup_of_the_screen_is_text():
    assert plain("[red]a[/] [link](http://x)") == ["[red]a[/] link"]


@pytest.mark.parametrize("width", [20, 38])
def test_no_line_of_any_lesson_is_too_wide(width):
    for name in names():
        lines = plain(bundled(name).lesson.text, width)
        assert all(cell_len(line) <= width for line in lines)
        assert len(lines) > 10
        assert lines[0]
        assert lines[-1]
