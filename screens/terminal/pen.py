"""Writes cells with few bytes: those of one style together, and of a style only what changes."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from operator import ne
from typing import NamedTuple

Cell = tuple[str, str]  # a character, and the codes that select its style

RESET = "\x1b[m"
# So many changes of style for each style are worth going from place to place by style.
OFTEN = 3
# Codes of what is drawn in blanks, too: underlined, reversed, struck out, framed.
SEEN_IN_BLANKS = frozenset(("4", "7", "9", "21", "51", "52", "53"))


class StyleParts(NamedTuple):
    """A style by its parts, as codes; empty ones are the terminal's own."""

    attributes: frozenset[str] = frozenset()
    colour: str = ""
    ground: str = ""


PLAIN = StyleParts()


class StyledText(NamedTuple):
    """Cells of one style beside each other."""

    codes: str
    y: int
    x: int
    text: str
    end: int  # the column behind them
    blank: bool  # whether nothing is drawn in them


class Pen:
    """Collects cells, and writes them in the order that takes few escape sequences."""

    def __init__(self) -> None:
        self._runs: list[StyledText] = []

    def draw(self, x: int, y: int, drawn: Sequence[Cell]) -> None:
        """Draws cells from a place on."""
        start, codes, text, blank = x, "", "", True
        for column, (character, style) in enumerate(drawn, x):
            if not character:
                continue  # covered by the wide character before
            if text and style != codes:
                if character == " " and fits(style, codes):
                    text += character
                    continue
                self._runs.append(StyledText(codes, y, start, text, column, blank))
                text = ""
            if not text:
                start, codes, blank = column, style, character == " "
            text += character
            blank = blank and character == " "
        if text:
            self._runs.append(StyledText(codes, y, start, text, x + len(drawn), blank))

    def written(self) -> str:
        """The text that draws them, and ends in the default style."""
        runs = self._runs
        codes = [run.codes for run in runs]
        styles, changes = set(codes), sum(map(ne, codes, islice(codes, 1, None)))
        if changes > OFTEN * len(styles):
            # Sorted so that neighbours differ in few parts of their style.
            ranks = {style: rank for rank, style in enumerate(sorted(styles, key=lambda one: (order(one), one)))}
            runs = sorted(runs, key=lambda run: (ranks[run.codes], run.y, run.x))
        found: list[str] = []
        ink, here, row = PLAIN, -1, -1
        style, blank = "", False
        for run in runs:
            if run.y != row:
                found.append(f"\x1b[{run.y + 1};{run.x + 1}H")
            elif run.x != here:
                found.append(f"\x1b[{run.x + 1}G")
            if run.codes != style or run.blank != blank:  # else the ink is what it takes
                turned, ink = turn(ink, run.codes, run.blank)
                found.append(turned)
                style, blank = run.codes, run.blank
            found.append(run.text)
            row, here = run.y, run.end
        if ink != PLAIN:
            found.append(RESET)
        return "".join(found)


@lru_cache(4096)
def parts(codes: str) -> StyleParts:
    """The parts of a style's codes."""
    attributes, colour, ground = set(), "", ""
    given = codes.split(";") if codes else []
    while given:
        length = {"5": 3, "2": 5}[given[1]] if given[0] in ("38", "48") else 1
        code, given = ";".join(given[:length]), given[length:]
        number = int(code.partition(";")[0])
        if 30 <= number < 40 or 90 <= number < 98:
            colour = "" if number == 39 else code
        elif 40 <= number < 50 or 100 <= number < 108:
            ground = "" if number == 49 else code
        else:
            attributes.add(code)
    return StyleParts(frozenset(attributes), colour, ground)


def order(codes: str) -> tuple[str, list[str], str]:
    """The place of a style among others: by its ground, its attributes, its colour."""
    ink = parts(codes)
    return ink.ground, sorted(ink.attributes), ink.colour


@lru_cache(4096)
def fits(blank: str, codes: str) -> bool:
    """Whether a blank of one style may be written in another: their grounds are the same, and nothing else is
    seen."""
    one, other = parts(blank), parts(codes)
    return one.ground == other.ground and not SEEN_IN_BLANKS & (one.attributes | other.attributes)


@lru_cache(16384)
def turn(ink: StyleParts, codes: str, blank: bool) -> tuple[str, StyleParts]:
    """The escape sequence that leads from one style to another, and the style that it leads to.

    Args: blank: whether nothing is drawn in it, so that its colour does not matter.
    """
    wanted = parts(codes)
    if blank and not SEEN_IN_BLANKS & (ink.attributes | wanted.attributes):
        wanted = StyleParts(ink.attributes, ink.colour, wanted.ground)
    if ink == wanted:
        return "", wanted
    if wanted == PLAIN:
        return RESET, wanted
    if ink.attributes - wanted.attributes:
        changed = ["0", *sorted(wanted.attributes), wanted.colour, wanted.ground]
    else:
        changed = sorted(wanted.attributes - ink.attributes)
        if wanted.colour != ink.colour:
            changed.append(wanted.colour or "39")
        if wanted.ground != ink.ground:
            changed.append(wanted.ground or "49")
    return f"\x1b[{';'.join(filter(None, changed))}m", wanted
