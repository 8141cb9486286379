"""The legend of a diagram: the scales of lines and units, and the titles of its columns."""

from math import isnan

from nnsim.text.number_format import number
from screens.plots.cells import Cells, Text, cut, longest_fitting, one_cell_each, write_texts
from screens.plots.plot_model import Diagram
from screens.plots.plot_style import Look

# How large a unit's value is, as a share of the largest in the picture: where positive, where negative.
FILL, NEGATIVE_FILL = "○◑●", "◇◈◆"
ASCII_FILL, ASCII_NEGATIVE_FILL = ".oO", ",xX"
INPUT, ASCII_INPUT = "■", "#"  # inputs are of the data, and have no part in the scale
MOST_LINES = 160  # more would hide each other; the largest are drawn
NEAR_ZERO = 0.05  # of the largest weight: a dotted line
TWO_LINES = 14  # rows of a picture from which on its legend has two of them
POSITIVE, NEGATIVE = "curve:0", "curve:1"


def rows_above(height: int) -> int:
    """The rows of the legend and of the titles."""
    return (height >= 5) + (height >= 3) + (height >= TWO_LINES)


def unit_glyph(value: float, largest: float, look: Look) -> str:
    """The glyph of a unit: its shape tells the sign, its filling the share of the largest."""
    share = min(abs(value) / largest, 1.0) if largest > 0 and not isnan(value) else 0.0
    if look.unicode:
        fill = NEGATIVE_FILL if value < 0 else FILL
    else:
        fill = ASCII_NEGATIVE_FILL if value < 0 else ASCII_FILL
    return fill[round(share * (len(fill) - 1))]


def draw_legend(cells: Cells, picture: Diagram, look: Look) -> None:
    """Explains lines and units, and says how many lines are left out."""
    lines = rows_above(cells.height) - 1
    for row, parts in enumerate(
        _in_two(picture, cells.width, look) if lines > 1 else _in_one(picture, cells.width, look)
    ):
        write_texts(cells, parts, row)


def _in_two(picture: Diagram, width: int, look: Look) -> tuple[list[Text], ...]:
    solid, dashed, dots = _strokes(look)
    largest, of_units = number(picture.scale), number(picture.unit_scale)
    positive, negative = (FILL, NEGATIVE_FILL) if look.unicode else (ASCII_FILL, ASCII_NEGATIVE_FILL)
    signs = [(f"{picture.label} ", "axis"), (f"{solid} + ", POSITIVE), (f" {dashed} - ", NEGATIVE)]
    near = f"{NEAR_ZERO:.0%}"
    tiny, count = f"±<{near}" if look.unicode else f"<{near}", _left_out(picture)
    first = longest_fitting(
        width,
        [*signs, (f" largest {largest}  {dots} below {near} of it, + or -", "text"), (count, "axis")],
        [*signs, (f" largest {largest}  {dots} below {near}, + or -", "text")],
        [*signs, (f"to {largest}  {dots} + or - <{near}", "text")],
        [*signs, (f"to {largest} {dots} {tiny}", "text")],
        [*_compact(picture.label, look), (f"to {largest} {dots}{tiny}", "text")],
        [*_compact(_name(picture), look), (f"to {largest} {dots}{tiny}", "text")],
        [*signs, (f"to {largest}", "text")],
        signs,
        signs[:1],
    )
    units = [(f"{picture.unit_label} ", "axis"), (f"{positive} + ", POSITIVE), (f" {negative} - ", NEGATIVE)]
    second = longest_fitting(
        width,
        [*units, (f" full: {of_units}, the largest here", "text")],
        [*units, (f" full: {of_units}", "text")],
        [*units, (f"to {of_units}", "text")],
        units,
        units[:1],
    )
    return first, second


def _in_one(picture: Diagram, width: int, look: Look) -> tuple[list[Text]]:
    solid, dashed, dots = _strokes(look)
    largest, of_units = number(picture.scale), number(picture.unit_scale)
    full = (FILL[-1], NEGATIVE_FILL[-1]) if look.unicode else (ASCII_FILL[-1], ASCII_NEGATIVE_FILL[-1])
    long = [(f"{picture.label} ", "axis"), (f"{solid} + ", POSITIVE), (f" {dashed} - ", NEGATIVE)]
    units = [(f"  {picture.unit_label} ", "axis"), (f"{full[0]} + ", POSITIVE), (f"{full[1]} - ", NEGATIVE)]
    lines = _compact(_name(picture), look)
    circles = [(f"  {full[0]}+ ", POSITIVE), (f"{full[1]}- ", NEGATIVE)]
    count = _left_out(picture)
    near, tiny = f"  {dots} + or - below {NEAR_ZERO:.0%}", f"{dots[0]}± " if look.unicode else ""
    ends = [*units, (f"to {of_units}", "text")]
    return (
        longest_fitting(
            width,
            [*long, (f" largest {largest}{near}", "text"), *ends, (count, "axis")],
            [*long, (f" largest {largest}", "text"), *ends, (count, "axis")],
            [*long, (f" largest {largest}", "text"), *ends],
            [*lines, (f"{tiny}to {largest}", "text"), *circles, (f"to {of_units}", "text")],
            [*lines, (f"to {largest}", "text"), *circles, (f"to {of_units}", "text")],
            [*lines, (f"to {largest}", "text")],
            lines,
            lines[:1],
        ),
    )


def _name(picture: Diagram) -> str:
    return picture.label.partition(",")[0]


def _compact(label: str, look: Look) -> list[Text]:
    solid, dashed, _ = _strokes(look)
    return [(f"{label} ", "axis"), (f"{solid[0]}+ ", POSITIVE), (f"{dashed[0]}- ", NEGATIVE)]


def _left_out(picture: Diagram) -> str:
    total = sum(one.size for one in picture.weights)
    return f"  the {MOST_LINES} largest of {total:,}" if total > MOST_LINES else ""


def _strokes(look: Look) -> tuple[str, str, str]:
    return ("━━", "╍╍", "··") if look.unicode else ("+*#", "-~=", "..")


def draw_titles(cells: Cells, picture: Diagram, lefts: list[int], row: int, look: Look) -> None:
    """Writes the titles of the columns, by their first words where they do not fit."""
    titles = [one_cell_each(units.title, look.unicode) for units in picture.units]
    spans = _title_spans(cells, picture, titles, lefts, look)
    if any(len(title) > end - start for title, start, end in spans):
        spans = _title_spans(cells, picture, [title.partition(" ")[0] for title in titles], lefts, look)
    for title, start, end in spans:
        cells.write(start, row, cut(title, max(0, end - start), look.unicode), "axis")


def _title_spans(
    cells: Cells, picture: Diagram, titles: list[str], lefts: list[int], look: Look
) -> list[tuple[str, int, int]]:
    """Each title with the number of hidden columns beside it, its start, and its end."""
    named = list(titles)
    if picture.before:
        named[0] = f"{'‹' if look.unicode else '<'}{picture.before} {named[0]}"
    if picture.after:
        named[-1] += f" {picture.after}{'›' if look.unicode else '>'}"
    starts = [*lefts[:-1], max(0, min(lefts[-1] + 1, cells.width - len(named[-1])))]
    ends = [*(start - 1 for start in starts[1:]), cells.width]
    return list(zip(named, starts, ends, strict=True))
