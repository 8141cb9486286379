"""Cells as SVG: letters are text at the place of their cells, all else is drawn in the colours of its cell."""

from xml.etree import ElementTree

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from screens.capture.cell_model import cells_of, filled
from screens.capture.svg import HEIGHT, WIDTH, SvgDrawing, placed, svg

PLAIN = Style(color="#aabbcc", bgcolor="#000000")


def drawn(*rows):
    """The elements of a picture by their names, each with its attributes and its style."""
    picture = svg([Strip([Segment(text, style) for text, style in row]) for row in rows], "a <title>")
    root = ElementTree.fromstring(picture)
    found = {}
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        found.setdefault(name, []).append(element)
    rules = dict(one.split("{", 1) for one in found["style"][0].text.split("}") if one.startswith("."))
    return found, {name.lstrip("."): rule for name, rule in rules.items()}


def test_words_stand_where_their_cells_are_and_end_there_in_every_font():
    found, rules = drawn([("<a> & b   loss", PLAIN)], [("", PLAIN)], [("    x", PLAIN)])
    texts = [(one.text, int(one.get("x")) // WIDTH, int(one.get("y")) // HEIGHT) for one in found["text"]]
    assert texts == [("<a> & b", 0, 0), ("loss", 10, 0), ("x", 4, 2)]
    assert found["text"][0].get("textLength") == str(7 * WIDTH)
    assert rules[found["text"][0].get("class")] == "fill:#aabbcc"
    assert found["title"][0].text == "a <title>"


def test_what_is_set_apart_by_style_is_text_of_its_own():
    bold, back = Style.combine([PLAIN, Style(bold=True)]), Style.combine([PLAIN, Style(reverse=True)])
    found, rules = drawn([("ab", PLAIN), ("cd", bold), ("ef", back), ("gh", PLAIN), (" " * 9, PLAIN)])
    styles = [rules[one.get("class")] for one in found["text"]]
    assert [one.text for one in found["text"]] == ["ab", "cd", "ef", "gh"]
    assert styles == ["fill:#aabbcc", "fill:#aabbcc;font-weight:bold", "fill:#000000", "fill:#aabbcc"]
    ground = found["path"][0]
    assert (rules[ground.get("class")], ground.get("d")) == ("fill:#aabbcc", "m32 0h16v16h-16z")


def test_blocks_and_braille_are_drawn_and_equal_neighbours_are_one_shape():
    found, rules = drawn([("▀▀⠁", PLAIN)], [("██⢀", PLAIN)])
    assert "text" not in found
    shapes = {rules[one.get("class")].partition(";")[0]: one.get("d") for one in found["path"]}
    assert shapes["fill:#aabbcc"] == "m0 0h16v8h-16zm0 16h16v16h-16z"
    assert shapes["fill:none"] == "m18 2h0m4 28h0"  # the first dot of one cell, the last one of the other


def test_boxes_of_one_width_that_stand_on_each_other_are_one():
    found, _ = drawn([("█ ", PLAIN)], [("█ ", PLAIN)], [("█ ", PLAIN)])
    assert [one.get("d") for one in found["path"]] == ["m0 0h8v48h-8z"]


def test_wide_characters_keep_what_follows_in_its_place():
    found, _ = drawn([("日本  x", PLAIN)])
    assert [(one.text, one.get("x")) for one in found["text"]] == [("日本", "0"), ("x", str(6 * WIDTH))]


def test_a_part_of_a_picture_paints_its_own_ground():
    rows = cells_of([Strip([Segment("ab", PLAIN)])])
    drawing = SvgDrawing()
    assert "<path" not in drawing.elements(placed(rows), "#000000")
    assert "<path" in drawing.elements(placed(rows))


@pytest.mark.parametrize(
    ("character", "quarters"), [("▘", 1), ("▚", 2), ("▌", 2), ("▙", 3), ("▟", 3), ("▗", 1), ("▄", 2)]
)
def test_quarters_of_a_cell_are_filled_as_far_as_they_say(character, quarters):
    parts = filled(character)
    assert sum((right - left) * (bottom - top) for left, top, right, bottom in parts) == pytest.approx(quarters / 4)
