"""Arrows on a plot: of true length, or directions alone where that would be too short to see.

Where the shortest arrow would be lost in a few cells, all are drawn equally long; the legend says which. An arrow
that leads beyond the edge is marked.
"""

import math
from collections.abc import Collection, Sequence

import numpy as np
from msgspec import Struct

from screens.plots.axis import Axis
from screens.plots.cells import Cells
from screens.plots.chart import Axes
from screens.plots.plot_model import Arrow
from screens.plots.plot_style import Look

# From the right on, against the clock, an eighth of a turn each.
TIPS, ASCII_TIPS = "→↗↑↖←↙↓↘", ">/^\\</v\\"
SHORTEST = 3.0  # columns of an arrow that can be seen
LENGTH, LONGEST = 0.2, 12.0  # of a direction: of the shorter side of the canvas, as an eye sees it; in columns
TALL = 2.0  # a cell is about twice as tall as it is wide
TRUE, DIRECTIONS = "arrows:", "arrows, directions only:"

Cell = tuple[int, int]


class Shaft(Struct, frozen=True):
    """An arrow in cells: its place (from the top left), its extent, and whether it leads beyond the edge."""

    arrow: Arrow
    column: float
    row: float
    right: float
    down: float
    goes_on: bool = False

    @property
    def length(self) -> float:
        return math.hypot(self.right, TALL * self.down)

    @property
    def tip(self) -> Cell:
        return math.floor(self.column + self.right), math.floor(self.row + self.down)

    def label(self, look: Look) -> str:
        return self.arrow.letter + (("…" if look.unicode else "~") if self.goes_on else "")


class Arrows(Struct, frozen=True):
    """The arrows that can be drawn, and whether their lengths are true."""

    shafts: tuple[Shaft, ...] = ()
    true: bool = True

    def legend_entries(self, look: Look) -> list[tuple[str, str, str]]:
        """Marker, name and role of each arrow; the first also says what lengths mean."""
        heading = f"{TRUE if self.true else DIRECTIONS} "
        return [
            (heading * (not index) + shaft.label(look), shaft.arrow.name + " beyond" * shaft.goes_on, "cursor")
            for index, shaft in enumerate(self.shafts)
        ]


def placed(arrows: Sequence[Arrow], axes: Axes, width: int, height: int, true: bool | None = None) -> Arrows:
    """Places arrows on a canvas; leaves out those without a direction or a place.  Args: true: whether lengths are
    true; None decides."""
    shafts = []
    for arrow in arrows:
        x, y = _place(axes.x, arrow.x), _place(axes.y, arrow.y)
        right = arrow.right / (axes.x.high - axes.x.low) * width
        down = -arrow.up / (axes.y.high - axes.y.low) * height
        shaft = Shaft(arrow, x * width, (1.0 - y) * height, right, down)
        if 0 <= x <= 1 and 0 <= y <= 1 and 0.0 < shaft.length < math.inf:
            shafts.append(shaft)
    if true is None:
        true = all(shaft.length >= SHORTEST for shaft in shafts)
    length = min(max(SHORTEST, LENGTH * min(width, TALL * height)), LONGEST)
    return Arrows(
        tuple(_fitted(one, width, height, 1.0 if true else length / one.length, true) for one in shafts), true
    )


def _fitted(shaft: Shaft, width: int, height: int, share: float, true: bool) -> Shaft:
    """A share of an arrow, or as much of it as the canvas has room for."""
    end = shaft.column + shaft.right, shaft.row + shaft.down
    goes_on = true and not (0 <= end[0] <= width and 0 <= end[1] <= height)
    last = width - (3 if goes_on else 2)
    room = min(share, *_room(shaft.column, shaft.right, last), *_room(shaft.row, shaft.down, height - 1e-6))
    return Shaft(shaft.arrow, shaft.column, shaft.row, shaft.right * room, shaft.down * room, goes_on)


def _room(place: float, by: float, last: float) -> tuple[float, ...]:
    """How many times an arrow fits in this direction; () where it does not move that way."""
    if by == 0.0:
        return ()
    return (max(0.0, ((last if by > 0 else 0.0) - place) / by),)


def draw_arrows(canvas: Cells, arrows: Arrows, reserved: Collection[Cell], look: Look) -> None:
    """Draws arrows, the longest first, so that none of one direction is hidden.  Args: reserved: cells of points,
    which stay."""
    groups: list[list[Shaft]] = []
    for shaft in arrows.shafts:
        same = next((group for group in groups if _together(group[0], shaft)), None)
        if same is None:
            groups.append([shaft])
        else:
            same.append(shaft)
    groups.sort(key=lambda group: -group[0].length)
    taken = set(reserved)
    tips = [(group, _draw(canvas, group[0], taken, look)) for group in groups]
    taken.update(tip for _, tip in tips)
    for group, tip in tips:
        text = "".join(dict.fromkeys("".join(shaft.label(look) for shaft in group)))
        _write(canvas, tip, text, group[0].right >= 0, taken)


def _together(one: Shaft, other: Shaft) -> bool:
    """Whether two arrows end in the same place, and share a label."""
    (column, row), (there, line) = one.tip, other.tip
    return row == line and abs(column - there) <= 1


def _draw(canvas: Cells, shaft: Shaft, taken: Collection[Cell], look: Look) -> Cell:
    """Draws a row of dots with a tip.  Returns: the cell of the tip."""
    length = max(1.0, shaft.length)
    shares = [*(np.arange(1.0, length) / length).tolist(), 1.0]
    cells = dict.fromkeys(
        (math.floor(shaft.column + share * shaft.right), math.floor(shaft.row + share * shaft.down))
        for share in shares
    )
    free = [cell for cell in cells if cell not in taken]
    for column, row in free[:-1]:
        canvas.put(column, row, "·" if look.unicode else ".", "cursor")
    tip = free[-1] if free else shaft.tip
    if free:
        turn = round(math.atan2(-shaft.down * TALL, shaft.right) / (math.pi / 4)) % 8
        canvas.put(tip[0], tip[1], (TIPS if look.unicode else ASCII_TIPS)[turn], "cursor")
    return tip


def _write(canvas: Cells, tip: Cell, text: str, rightwards: bool, taken: set[Cell]) -> None:
    """Writes letters beside a tip where they hide nothing."""
    column, row = tip
    after, before = (column + 1, row), (column - len(text), row)
    sides = [after, before] if rightwards else [before, after]
    sides += [(start, line) for line in (row - 1, row + 1) for start in (column, column + 1, column - len(text))]
    for start, line in [*sides, (column + 2, row), (column - 1 - len(text), row)]:
        cells = {(start + index, line) for index in range(len(text))}
        inside = 0 <= line < canvas.height and start >= 0 and start + len(text) <= canvas.width
        if inside and not cells & taken:
            canvas.write(start, line, text, "cursor")
            taken.update(cells)
            return


def _place(axis: Axis, value: float) -> float:
    return float(axis.place(np.array([value]))[0])
