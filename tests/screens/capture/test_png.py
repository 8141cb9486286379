"""Cells as PNG: it shows of a cell's looks what SVG shows, for both are drawn from the same cells."""

import io
from xml.etree import ElementTree

import pytest
from PIL import Image
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from screens.capture.png import CELL, UNDERLINE_PX, png
from screens.capture.svg import WIDTH, svg

PLAIN = Style(color="#aabbcc", bgcolor="#002000")
SAMPLE = "█H"  # a cell that is all ink, and a letter


def pixels(text, **looks):
    strip = Strip([Segment(text, Style.combine([PLAIN, Style(**looks)]))])
    return Image.open(io.BytesIO(png([strip])))


def elements(text, **looks):
    """The paths and texts of an SVG picture as (name, style, attributes, text)."""
    strip = Strip([Segment(text, Style.combine([PLAIN, Style(**looks)])), Segment(" " * 99, PLAIN)])
    root = ElementTree.fromstring(svg([strip], "t"))
    sheet = next(one.text for one in root.iter() if one.tag.endswith("style"))
    rules = dict(rule.split("{", 1) for rule in sheet.split("}") if rule.startswith("."))
    found = [(one.tag.rpartition("}")[2], one) for one in root.iter()]
    return [(name, rules["." + one.get("class")], one) for name, one in found if name in ("path", "text")]


def tone(image, x, y):
    return "#{:02x}{:02x}{:02x}".format(*image.getpixel((x, y)))


def covered(image, column):
    """The pixels of a cell that are not its ground, as (x, y)."""
    left, ground = column * CELL[0], image.getpixel((column * CELL[0], 0))
    places = ((x, y) for x in range(CELL[0]) for y in range(CELL[1]))
    return {(x, y) for x, y in places if image.getpixel((left + x, y)) != ground}


@pytest.mark.parametrize("looks", [{}, {"dim": True}, {"reverse": True}, {"dim": True, "reverse": True}])
def test_both_pictures_have_the_same_colours(looks):
    image, drawn = pixels(SAMPLE, **looks), elements(SAMPLE, **looks)
    ink = f"fill:{tone(image, 1, 1)}"
    assert [rule for name, rule, _ in drawn if name == "text"] == [ink]
    fills = [rule for name, rule, _ in drawn if name == "path"]
    assert ink in fills
    ground = tone(image, CELL[0], 0)
    assert (f"fill:{ground}" in fills) == (ground != PLAIN.bgcolor.triplet.hex), "what lies around has that ground"


def test_dim_is_darker_than_plain():
    assert tone(pixels(SAMPLE, dim=True), 1, 1) < tone(pixels(SAMPLE), 1, 1)


@pytest.mark.parametrize("look", ["bold", "italic", "underline"])
def test_both_pictures_tell_letters_apart(look):
    rule = {"bold": "font-weight:bold", "italic": "font-style:italic", "underline": "text-decoration:underline"}
    styles = [rule for name, rule, _ in elements("H", **{look: True}) if name == "text"]
    assert styles == [f"fill:#aabbcc;{rule[look]}"]
    plain, other = covered(pixels("H"), 0), covered(pixels("H", **{look: True}), 0)
    if look == "bold":
        assert plain < other
    elif look == "underline":
        assert {(x, UNDERLINE_PX) for x in range(CELL[0])} <= other - plain
    else:
        upper, lower = ({x for x, y in other if y == row} for row in (5, 14))
        assert max(upper) > max(lower), "it leans to the right"


def test_wide_letters_keep_what_follows_in_its_place_in_both():
    image = pixels("日x")
    assert image.size == (3 * CELL[0], CELL[1])
    assert covered(image, 2) == covered(pixels("  x"), 2)
    assert [one.get("textLength") for name, _, one in elements("日本x") if name == "text"] == [str(5 * WIDTH)]
    assert covered(pixels("日", underline=True), 1) >= {(x, UNDERLINE_PX) for x in range(CELL[0])}
