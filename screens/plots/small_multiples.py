"""Many small heat maps in lines, each under its name; the picked one is always visible."""

from collections.abc import Sequence

from msgspec import Struct

from nnsim.text.number_format import number
from screens.plots.cells import Cells, cut, length_of, longest_fitting, one_cell_each, write_texts
from screens.plots.heat import fill, heat_cells
from screens.plots.heat_legend import shades
from screens.plots.plot_model import Values
from screens.plots.plot_style import Look

LEAST_HEIGHT, LEAST_WIDTH = 2, 5  # of a map, in cells
WIDEST = 3  # times as wide as high, in columns a row: a cell is about twice as tall as it is wide
LEAST_CANVAS = 24  # columns from which on a gutter names the groups
NARROWEST = 2  # thirds of the width that a map may be high, in rows a column


class Tile(Struct, frozen=True, eq=False):
    """One map.

    Args: values: (rows, columns), row 0 at the low end; as many as the largest map has places. scale: of its tones.
    threshold: parts the two tones. fitted: whether the scale is narrower than what the values could be.
    """

    name: str
    values: Values
    scale: tuple[float, float]
    threshold: float
    fitted: bool = False


class Tiles(Struct, frozen=True, eq=False):
    """Groups of maps, each beginning a line.  Args: groups: (name, maps). picked: the marked group and map."""

    groups: tuple[tuple[str, tuple[Tile, ...]], ...] = ()
    picked: tuple[int, int] = (0, 0)
    discretized: bool = False


class Layout(Struct, frozen=True):
    """Maps of one size in lines of cells: (group, its first map, how many).

    left: where they begin, behind the names of the groups. visible: how many lines there is room for. last: width
    and height of the maps of the last group, the outputs, which take the room below the others.
    """

    left: int
    width: int
    height: int
    lines: tuple[tuple[int, int, int], ...]
    visible: int
    last: tuple[int, int]

    def size(self, group: int) -> tuple[int, int]:
        return self.last if self.lines and group == self.lines[-1][0] else (self.width, self.height)

    def first(self, picked: tuple[int, int]) -> int:
        """The first line to draw, so that the picked map is visible."""
        group, index = picked
        here = next(
            (
                number
                for number, (one, start, count) in enumerate(self.lines)
                if one == group and start <= index < start + count
            ),
            0,
        )
        return max(0, min(here - self.visible // 2, len(self.lines) - self.visible))


def layout(groups: Sequence[tuple[str, int]], width: int, height: int) -> Layout:
    """The largest maps that all fit; the smallest, and some of them, where not all do.  Args: groups: name and
    number of maps."""
    left = max((len(name) for name, _ in groups), default=0) + 1
    left = left if width - left >= LEAST_CANVAS else 0
    room, rows = width - left, height - 1
    across, wide, tall = _largest(groups, room, rows)
    most = max((count for _, count in groups), default=1)
    alone = (room + 1) // most - 1  # as wide as where every group has a line of its own
    high = min(rows // max(1, len(groups)) - 1, NARROWEST * alone // 3)
    if alone >= LEAST_WIDTH and high >= LEAST_HEIGHT and 2 * alone * high >= wide * tall:
        across, wide, tall = most, min(alone, WIDEST * high), high
    lines = tuple(
        (group, start, min(across, units - start))
        for group, (_, units) in enumerate(groups)
        for start in range(0, units, across)
    )
    wide, visible, last = max(0, wide), max(1, min(len(lines), rows // (tall + 1))), (wide, tall)
    if visible == len(lines) > 1 and lines[-1][1] == 0:
        high = rows - len(lines) * (tall + 1) + tall
        last = max(wide, min((room + 1) // lines[-1][2] - 1, wide * high // tall)), high
    return Layout(left, wide, tall, lines, visible, last)


def _largest(groups: Sequence[tuple[str, int]], room: int, rows: int) -> tuple[int, int, int]:
    """How many of the largest maps stand side by side, their width and height."""
    tall = max(LEAST_HEIGHT, rows - 1)
    while True:
        wide = max(LEAST_WIDTH, min(2 * tall, room))
        across = max(1, (room + 1) // (wide + 1))
        lines = sum(-(-units // across) for _, units in groups)
        if lines * (tall + 1) <= rows or tall == LEAST_HEIGHT:
            break
        tall -= 1
    across = min(across, max((count for _, count in groups), default=1))
    if lines * (tall + 1) <= rows:
        tall = max(tall, min(rows // max(1, lines) - 1, NARROWEST * wide // 3))
    return across, max(min(wide, room), min(WIDEST * tall, (room + 1) // across - 1)), tall


def draw_tiles(picture: Tiles, width: int, height: int, look: Look) -> Cells:
    cells = Cells(width, height)
    if not picture.groups or height < LEAST_HEIGHT + 2 or width < LEAST_WIDTH:
        return cells
    places = layout([(name, len(tiles)) for name, tiles in picture.groups], width, height)
    first = places.first(picture.picked)
    lines = places.lines[first : first + places.visible]
    for line, (group, start, count) in enumerate(lines):
        name, tiles = picture.groups[group]
        top = 1 + line * (places.height + 1)
        if places.left and (start == 0 or line == 0):
            cells.write(0, top, one_cell_each(name, look.unicode), "axis")
        for index in range(start, start + count):
            size = places.size(group)
            left = places.left + (index - start) * (size[0] + 1)
            picked = picture.picked == (group, index)
            _name(cells, left, top, size[0], tiles[index], picked, look)
            cells.place(left, top + 1, _map(tiles[index], picture.discretized, *size, look))
    _legend(cells, picture, places, first, look)
    return cells


def _name(cells: Cells, left: int, top: int, width: int, tile: Tile, picked: bool, look: Look) -> None:
    """Writes a map's name above it, marked where it is picked, with its scale where there is room."""
    mark = ("▶" if look.unicode else ">") if picked else " "
    text = f"{mark}{one_cell_each(tile.name, look.unicode)}"
    scale = f" {number(tile.scale[0])}{'…' if look.unicode else '..'}{number(tile.scale[1])}"
    if len(text) + len(scale) <= width:
        text += scale
    cells.write(left, top, cut(text, width, look.unicode), "cursor" if picked else "text")


def _map(tile: Tile, discretized: bool, width: int, height: int, look: Look) -> Cells:
    canvas = Cells(width, height)
    tones = heat_cells(tile.values, tile.scale, tile.threshold, discretized, width, height)
    fill(canvas, tones, discretized, look)
    return canvas


def _legend(cells: Cells, picture: Tiles, places: Layout, first: int, look: Look) -> None:
    """Writes the scale of the tones, and which lines are visible."""
    scales = {tile.scale for _, tiles in picture.groups for tile in tiles}
    fitted = any(tile.fitted for _, tiles in picture.groups for tile in tiles)
    (low, high), own = next(iter(scales)), len(scales) > 1
    ends = ("low", "high") if own else (number(low), number(high))
    parts = [(f"{ends[0]} ", "text"), *shades(look), (f" {ends[1]}", "text")]
    if picture.discretized:
        parts = [("two tones: below and above the middle", "text")]
    elif own:
        forms = [", each on its own scale" + " (some fitted)" * fitted, ", each on its own scale", ", own scales"]
        parts += longest_fitting(cells.width - length_of(parts), *([(one, "text")] for one in forms))
    elif fitted:
        parts.append((" fitted", "text"))
    column = write_texts(cells, parts)
    if places.visible < len(places.lines):
        more = f"lines {first + 1}-{first + places.visible} of {len(places.lines)}"
        if column + 2 + len(more) <= cells.width:
            cells.write(cells.width - len(more), 0, more, "axis")
