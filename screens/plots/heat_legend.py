"""The legend of a heat map: axis upwards, scale, markers and line, in few rows."""

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


def legend_rows(picture: Heat, width: int, height: int, *, mixed: bool) -> int:
    """The rows of the legend, whatever the values are.  Args: mixed: as for `draw_legend`."""
    most = most_rows(height)
    parts = _parts(picture, USUAL, -0.5, mixed=mixed, line=True, wrong=len(picture.points_wrong) > 0, look=Look())
    return min(most, 1 + max(row for row, _, _ in _placed(parts, width))) if most else 0


def draw_legend(cells: Cells, picture: Heat, rows: int, mixed: bool, line: bool, look: Look) -> None:
    """Names what is drawn, as far as there are rows.  Args: mixed, line: whether there are such cells."""
    wrong = bool(picture.points_wrong.any())
    parts = _parts(picture, picture.scale, picture.threshold, mixed=mixed, line=line, wrong=wrong, look=look)
    for row, column, part in _filling(parts, cells.width, rows):
        if row < rows:
            write_texts(cells, part, row, column)


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


def _parts(
    picture: Heat, scale: tuple[float, float], threshold: float, *, mixed: bool, line: bool, wrong: bool, look: Look
) -> list[Part]:
    arrow = "↑" if look.unicode else "^"
    parts: list[Part] = []
    if picture.y_label:
        parts.append([(f"{one_cell_each(picture.y_label, look.unicode)} {arrow}", "axis")])
    parts.append(_scale(picture, scale, threshold, look))
    held = bool(picture.points_held.any())
    if len(picture.points_x):
        low, high = (point_glyph(side, False, False, look) for side in (False, True))
        least, most = picture.classes
        parts.append([(f"{low} {least}  {high} {most}", "text")])
        if held:
            small = "".join(point_glyph(side, False, True, look) for side in (False, True))
            parts.append([(f"{small} {picture.held_name}", "text")])
        if wrong:
            glyphs = "".join(
                point_glyph(side, True, small, look) for small in ((False, True) if held else (False,))
                for side in (False, True)
            )  # fmt: skip
            parts.append([(glyphs, wrong_role(look)), (" wrong", "text" if look.heat else "warning")])
        if mixed:
            parts.append([(f"{mixed_glyph(look)} both", "text")])
    if line and not picture.discretized:
        parts.append([(LINE if look.unicode else ASCII_LINE, "cursor"), (f" {number(threshold)}", "text")])
    return parts


def _scale(picture: Heat, scale: tuple[float, float], threshold: float, look: Look) -> Part:
    """The meaning of the tones; of two, the sides of the threshold."""
    if picture.discretized:
        here = number(threshold)
        low, high = SIDES if look.unicode else ASCII_SIDES
        tones = [("█", f"tone:{LOW_TONE}"), ("█", f"tone:{HIGH_TONE}")]
        below, above = tones if look.heat else [(low, "curve:0"), (high, "curve:1")]
        return [(below[0] * 2, below[1]), (f" below {here} ", "text"), (above[0] * 2, above[1]), (" above", "text")]
    lowest, highest = (number(one) for one in scale)
    fitted = " fitted" if picture.fitted else ""
    return [(f"{lowest} ", "text"), *shades(look), (f" {highest}{fitted}", "text")]


def shades(look: Look) -> Part:
    if look.heat:
        return [("█", f"tone:{tone}") for tone in range(HEAT_TONES)]
    glyphs = SHADES if look.unicode else ASCII_SHADES
    return [(glyph, "curve:1" if 2 * index >= len(glyphs) else "curve:0") for index, glyph in enumerate(glyphs)]
