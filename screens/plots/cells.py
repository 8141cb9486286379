"""A rectangle of character cells, each with the role that its colour follows from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import compress, count, islice, pairwise
from operator import ne

from rich.cells import cell_len, set_cell_size
from rich.color import Color, blend_rgb
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from screens.plots.plot_style import Look

Text = tuple[str, str]  # a text and its role

APART = 2  # cells between two parts of a legend
TINT = "tint:"  # before the style of a curve and the role of what lies on its shade: `tint:2/axis`
GROUNDS = ("heat:", "on:", "wrong", TINT)  # roles that colour a cell even where nothing is written in it
TINTED = 0.2  # of a curve's colour in the ground of its shade
# Parts of the way to the ground; the first that leaves contrast enough to be seen.
DARKER = (0.35, 0.25, 0.15)
CONTRAST = 3.0  # WCAG 2.2, success criterion 1.4.11: of what is drawn against what lies under it


class Ink(dict[str, Style]):
    """The style of each role on a ground; every row of a plot asks for the same few."""

    def __init__(self, look: Look, ground: Style | None = None) -> None:
        super().__init__()
        self._look, self._ground = look, ground

    def __missing__(self, role: str) -> Style:
        if role.startswith(TINT):
            tint, _, drawn = role.removeprefix(TINT).partition("/")
            self[role] = found = self[drawn] + _tint(self._look, self._ground, int(tint))
            return found
        style = self._look.style(role)
        if style.dim and self._look.ramp and self._ground is not None:
            style = _darker(style, self._ground)
        self[role] = found = style if self._ground is None else self._ground + style
        return found


def _tint(look: Look, ground: Style | None, style: int) -> Style:
    """A ground a little nearer to the colour of a curve; none where there are few colours."""
    behind = ground.bgcolor if ground is not None else None
    if not (look.ramp and look.curves) or behind is None or behind.triplet is None:
        return Style()
    colour = Color.parse(look.curves[style % len(look.curves)]).triplet
    assert colour is not None, "colours of curves are written as numbers"
    return Style(bgcolor=Color.from_triplet(blend_rgb(behind.triplet, colour, TINTED)))


def _darker(style: Style, ground: Style) -> Style:
    """A dim style as a colour nearer to the ground: terminals render dim in different ways."""
    colour, behind = style.color, ground.bgcolor
    if colour is None or behind is None or colour.triplet is None or behind.triplet is None:
        return style
    mixed = [blend_rgb(colour.triplet, behind.triplet, part) for part in DARKER]
    legible = [one for one in mixed if contrast(one, behind.triplet) >= CONTRAST]
    return Style(color=Color.from_triplet(legible[0] if legible else colour.triplet))


def contrast(one: ColorTriplet, other: ColorTriplet) -> float:
    """How well two colours are told apart, from 1 to 21.

        (L1 + 0.05) / (L2 + 0.05)      # relative luminances, the lighter one above

    Reference: W3C, Web Content Accessibility Guidelines 2.2, "contrast ratio".
    """
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: ColorTriplet) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


class Cells:
    """`height` rows of `width` cells; writing outside is cut off, and no cell ever holds a wide character."""

    def __init__(self, width: int, height: int) -> None:
        self.width = max(0, width)
        self.height = max(0, height)
        self.chars = [[" "] * self.width for _ in range(self.height)]
        self.roles = [["text"] * self.width for _ in range(self.height)]

    def put(self, column: int, row: int, char: str, role: str) -> None:
        if 0 <= column < self.width and 0 <= row < self.height:
            self.chars[row][column] = char
            self.roles[row][column] = role

    def tint(self, column: int, row: int, tint: str) -> None:
        """Puts a tint behind a cell, whatever is in it."""
        role = self.roles[row][column]
        if not role.startswith(TINT):
            self.roles[row][column] = f"{tint}/{role}"

    def write(self, column: int, row: int, text: str, role: str = "text") -> None:
        for offset, char in enumerate(text):
            self.put(column + offset, row, char, role)

    def blank(self, column: int, row: int, length: int = 1) -> bool:
        """Whether the cells lie inside and hold nothing."""
        if not (0 <= row < self.height and column >= 0 and column + length <= self.width):
            return False
        return all(char == " " for char in self.chars[row][column : column + length])

    def place(self, column: int, row: int, other: Cells) -> None:
        self.place_rows(column, row, other.chars, other.roles)

    def place_rows(
        self, column: int, row: int, chars: Sequence[Sequence[str]], roles: Sequence[Sequence[str]]
    ) -> None:
        """Puts rows of cells, each as long as the others, with their upper left corner at a place."""
        room = max(0, self.width - column)
        for y, (drawn, inks) in enumerate(zip(chars, roles, strict=True), row):
            if 0 <= y < self.height:
                end = column + min(len(drawn), room)
                self.chars[y][column:end] = drawn[:room]
                self.roles[y][column:end] = inks[:room]

    def strip(self, row: int, ink: Ink) -> Strip:
        chars, roles = self.chars[row], self.roles[row]
        edges = [0, *compress(count(1), map(ne, roles, islice(roles, 1, None))), self.width] if roles else []
        parts = [Segment("".join(chars[start:end]), ink[roles[start]]) for start, end in pairwise(edges)]
        return Strip(parts, self.width)

    def strips(self, look: Look) -> list[Strip]:
        ink = Ink(look)
        return [self.strip(row, ink) for row in range(self.height)]

    def changes(self, before: Cells) -> list[tuple[int, int, int]]:
        """The spans (column, row, length) of cells that differ from former cells of equal size, one a row: what is
        sent of them is compared once more, cell by cell."""
        spans: list[tuple[int, int, int]] = []
        for row in range(self.height):
            chars, roles = self.chars[row], self.roles[row]
            old_chars, old_roles = before.chars[row], before.roles[row]
            if chars == old_chars and roles == old_roles:
                continue
            drawn, turned = bytes(map(ne, chars, old_chars)), bytes(map(ne, roles, old_roles))
            first, last = _ends(drawn, turned)
            # A blank shows its colour only where its ground has one.
            while first <= last and not (drawn[first] or _shows(chars[first], roles[first], old_roles[first])):
                first = _ends(drawn, turned, first + 1, last + 1)[0]
            while first <= last and not (drawn[last] or _shows(chars[last], roles[last], old_roles[last])):
                last = _ends(drawn, turned, first, last)[1]
            if first <= last:
                spans.append((first, row, last + 1 - first))
        return spans


def _ends(one: bytes, other: bytes, start: int = 0, end: int | None = None) -> tuple[int, int]:
    """The first and the last place from `start` to before `end` where either is set; the last is -1 without any."""
    firsts = [first for first in (one.find(1, start, end), other.find(1, start, end)) if first >= 0]
    return (min(firsts), max(one.rfind(1, start, end), other.rfind(1, start, end))) if firsts else (len(one), -1)


def _shows(char: str, role: str, before: str) -> bool:
    """Whether a role that was another before is seen."""
    return char != " " or role.startswith(GROUNDS) or before.startswith(GROUNDS)


def one_cell_each(text: str, unicode: bool) -> str:
    """A text of characters that take one cell each; others, or all but ASCII, become "?"."""
    return "".join(c if cell_len(c) == 1 and c.isprintable() and (unicode or c.isascii()) else "?" for c in text)


def cut(text: str, width: int, unicode: bool = True) -> str:
    """A text cut to a width, with an ellipsis."""
    if len(text) <= width:
        return text
    if width <= 0:
        return ""
    dots = "…" if unicode else "~"
    return set_cell_size(text, width - 1) + dots


def cut_middle(name: str, width: int, unicode: bool = True, tail: int | None = None) -> str:
    """A name cut in its middle: variants differ at their ends as often as at their beginnings.

    Args: tail: characters of its end that stay, by default as many as of its beginning.
    """
    if len(name) <= width:
        return name
    tail = (width - 1) // 2 if tail is None else tail
    return cut(name[: len(name) - tail], width - tail, unicode) + name[len(name) - tail :]


def length_of(texts: Iterable[Text]) -> int:
    return sum(len(text) for text, _ in texts)


def write_texts(cells: Cells, texts: Iterable[Text], row: int = 0, column: int = 0) -> int:
    """Writes texts one behind the other.  Returns: the column behind the last."""
    for text, role in texts:
        cells.write(column, row, text, role)
        column += len(text)
    return column


def longest_fitting(width: int, *forms: list[Text]) -> list[Text]:
    """The first of some forms, the longest first, that fits into a width; empty where none does."""
    return next((one for one in forms if length_of(one) <= width), [])


def flow(lengths: Sequence[int], width: int, first: int | None = None, start: int = 0) -> list[tuple[int, int]]:
    """The places, (row, column), of parts that flow through rows of a width.

    A part that is wider than a row takes no room.  Args: first: the width of the first row. start: its first
    column.
    """
    first = width if first is None else first
    places, row, column = [], 0, start
    for length in lengths:
        if column + length > (width if row else first) and (column or first < width):
            row, column = row + 1, 0
        places.append((row, column))
        if length <= width:
            column += length + APART
    return places
