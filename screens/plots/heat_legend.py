"""The legend of a heat map: axis upwards, scale, markers and line, in few rows."""

from dataclasses import dataclass, replace
from functools import lru_cache

from nnsim.text.number_format import number
from screens.plots.cells import Cells, Text, flow, length_of, one_cell_each, write_texts
from screens.plots.heat_points import mixed_glyph, point_glyph, wrong_role
from screens.plots.legend import most_rows
from screens.plots.plot_model import Heat
from screens.plots.plot_style import HEAT_TONES, Look

SHADES, ASCII_SHADES = " ░▒▓█", " .:*#"
SIDES, ASCII_SIDES = ("·", "▓"), (".", "#")
LOW_TONE, HIGH_TONE = 2, HEAT_TONES - 3  # of the two of a map without shades between
LINE, ASCII_LINE = "⠶⠶", "~~"

Part = list[Text]
# The widest that numbers of a scale usually are: how many rows there are does not follow their digits.
USUAL = (-0.25, -0.75)


@dataclass(frozen=True)
class Named:
    """What the legend of a map names; maps of which it is equal have the same legend."""

    y_label: str
    classes: tuple[str, str] | None  # None where there are no points
    held: str  # what rows that are not trained on are called; empty where there are none
    discretized: bool
    fitted: bool
    scale: tuple[float, float]
    threshold: float
    mixed: bool  # whether low and high targets share a cell
    line: bool  # whether the line of the threshold is drawn
    wrong: bool  # whether there are wrong answers


def _named(picture: Heat, *, mixed: bool, line: bool, wrong: bool) -> Named:
    return Named(
        picture.y_label,
        picture.classes if len(picture.points_x) else None,
        picture.held_name if picture.points_held.any() else "",
        picture.discretized,
        picture.fitted,
        picture.scale,
        picture.threshold,
        mixed,
        line,
        wrong,
    )


def legend_rows(picture: Heat, width: int, height: int, *, mixed: bool) -> int:
    """The rows of the legend, whatever the values are.  Args: mixed: as for `draw_legend`."""
    named = _named(picture, mixed=mixed, line=True, wrong=len(picture.points_wrong) > 0)
    return _rows(replace(named, scale=USUAL, threshold=-0.5), width, most_rows(height))


# A map is drawn anew with every frame, and few of its words change.
@lru_cache(64)
def _rows(named: Named, width: int, most: int) -> int:
    return min(most, 1 + max(row for row, _, _ in _placed(_parts(named, Look()), width))) if most else 0


def draw_legend(cells: Cells, picture: Heat, rows: int, mixed: bool, line: bool, look: Look) -> None:
    """Names what is drawn, as far as there are rows.  Args: mixed, line: whether there are such cells."""
    named = _named(picture, mixed=mixed, line=line, wrong=bool(picture.points_wrong.any()))
    for row, column, part in _laid_out(named, cells.width, rows, look):
        write_texts(cells, part, row, column)


@lru_cache(64)
def _laid_out(named: Named, width: int, rows: int, look: Look) -> list[tuple[int, int, Part]]:
    return [(row, column, part) for row, column, part in _filling(_parts(named, look), width, rows) if row < rows]


def _filling(parts: list[Part], width: int, rows: int) -> list[tuple[int, int, Part]]:
    """Spreads the parts over all rows, so that none stays empty."""
    found = _placed(parts, width)
    widest = max((length for part in parts if (length := length_of(part)) <= width), default=width)
    for narrower in range(width - 1, widest - 1, -1):
        placed = _placed(parts, narrower)
        if found[-1][0] >= rows - 1 or placed[-1][0] >= rows:
            break
        found = placed
    return found


def _placed(parts: list[Part], width: int) -> list[tuple[int, int, Part]]:
    """Each part with its row and column; too wide ones are left out."""
    lengths = [length_of(part) for part in parts]
    places = zip(flow(lengths, width), lengths, parts, strict=True)
    return [(*place, part) for place, length, part in places if length <= width] or [(0, 0, [])]


def _parts(named: Named, look: Look) -> list[Part]:
    arrow = "↑" if look.unicode else "^"
    parts: list[Part] = []
    if named.y_label:
        parts.append([(f"{one_cell_each(named.y_label, look.unicode)} {arrow}", "axis")])
    parts.append(_scale(named, look))
    if named.classes is not None:
        low, high = (point_glyph(side, False, False, look) for side in (False, True))
        least, most = named.classes
        parts.append([(f"{low} {least}  {high} {most}", "text")])
        if named.held:
            small = "".join(point_glyph(side, False, True, look) for side in (False, True))
            parts.append([(f"{small} {named.held}", "text")])
        if named.wrong:
            glyphs = "".join(
                point_glyph(side, True, small, look) for small in ((False, True) if named.held else (False,))
                for side in (False, True)
            )  # fmt: skip
            parts.append([(glyphs, wrong_role(look)), (" wrong", "text" if look.heat else "warning")])
        if named.mixed:
            parts.append([(f"{mixed_glyph(look)} both", "text")])
    if named.line and not named.discretized:
        parts.append([(LINE if look.unicode else ASCII_LINE, "cursor"), (f" {number(named.threshold)}", "text")])
    return parts


def _scale(named: Named, look: Look) -> Part:
    """The meaning of the tones; of two, the sides of the threshold."""
    if named.discretized:
        here = number(named.threshold)
        low, high = SIDES if look.unicode else ASCII_SIDES
        tones = [("█", f"tone:{LOW_TONE}"), ("█", f"tone:{HIGH_TONE}")]
        below, above = tones if look.heat else [(low, "curve:0"), (high, "curve:1")]
        return [(below[0] * 2, below[1]), (f" below {here} ", "text"), (above[0] * 2, above[1]), (" above", "text")]
    lowest, highest = (number(one) for one in named.scale)
    fitted = " fitted" if named.fitted else ""
    return [(f"{lowest} ", "text"), *shades(look), (f" {highest}{fitted}", "text")]


def shades(look: Look) -> Part:
    if look.heat:
        return [("█", f"tone:{tone}") for tone in range(HEAT_TONES)]
    glyphs = SHADES if look.unicode else ASCII_SHADES
    return [(glyph, "curve:1" if 2 * index >= len(glyphs) else "curve:0") for index, glyph in enumerate(glyphs)]
