"""Rows of small pictures in common columns: the kernels of a network, and the maps that come of them."""

import numpy as np
from msgspec import Struct

from screens.plots.cells import Cells, cut
from screens.plots.chart import say
from screens.plots.images import LARGEST, LEAST_PIXELS, draw_inset, inked, inset_columns, resampled
from screens.plots.plot_model import MapRow, MapRows
from screens.plots.plot_style import Look


class _Size(Struct, frozen=True):
    """The pixels that the pictures of a row have on the screen."""

    down: int
    across: int

    @classmethod
    def within(cls, row: MapRow, side: int, enlarged: bool = True) -> "_Size":
        """As large as a picture can be in a square of so many pixels: enlarged as a whole, as it is, or pooled."""
        _, down, across = row.pictures.shape
        longest = max(down, across)
        factor = min(side // longest, side if enlarged else 1)
        if factor:
            return cls(factor * down, factor * across)
        return cls(max(1, down * side // longest), max(1, across * side // longest))

    @property
    def height(self) -> int:
        return -(-self.down // 2)


def _laid_out(picture: MapRows, width: int, height: int) -> tuple[int, list[_Size]]:
    """How many pictures stand in a line, and the size of each row's: the largest with which all of them fit, in
    lines as long as can be; else pixel by pixel."""
    most = max(len(row.pictures) for row in picture.rows)
    longest = max(int(side) for row in picture.rows for side in row.pictures.shape[1:])
    enlarged = [(factor * longest, True) for factor in range(LARGEST, 0, -1)]
    pooled = [(side, False) for side in range(longest, LEAST_PIXELS - 1, -1)]
    for side, larger in (*enlarged, *pooled):
        sizes = [_Size.within(row, side, larger) for row in picture.rows]
        columns = min(most, width // (max(one.across for one in sizes) + 1))
        if columns and _height(picture, sizes, columns) <= height:
            return -(-most // -(-most // columns)), sizes  # lines of the same length
    sizes = [_Size.within(row, longest, False) for row in picture.rows]
    return max(1, min(most, width // (max(one.across for one in sizes) + 1))), sizes


def _height(picture: MapRows, sizes: list[_Size], columns: int) -> int:
    """The cells that all rows take, each with its title, in lines of so many pictures and a blank between them."""
    lines = [-(-len(row.pictures) // columns) for row in picture.rows]
    return sum(count * (one.height + 1) for count, one in zip(lines, sizes, strict=True))


def draw_map_rows(picture: MapRows, width: int, height: int, look: Look) -> Cells:
    """Draws each row's title and its pictures, line by line; what there is no room for is counted."""
    cells = Cells(width, height)
    room = width - inset_columns(picture.inset, width, height) - 1
    columns, sizes = _laid_out(picture, room, height) if picture.rows else (0, [])
    if not sizes or 1 + sizes[0].height > height or sizes[0].across + 1 > room:
        say(cells, picture.empty, look)
        return cells
    top = 0
    for row, size in zip(picture.rows, sizes, strict=True):
        lines = min(-(-len(row.pictures) // columns), (height - top) // (size.height + 1))
        if lines < 1:
            if top < height:
                cells.write(1, top, cut("more below: z gives it room", room, look.unicode), "axis")
            break
        shown = min(len(row.pictures), lines * columns)
        title = f"{row.title}, {row.reach}" if len(row.title) + len(row.reach) + 2 <= room else row.title
        title = title if shown == len(row.pictures) else f"{row.title}, first {shown}"
        cells.write(1, top, cut(title, room, look.unicode), "axis")
        low, high = row.scale
        pixels = np.nan_to_num(row.pictures[:shown], nan=low, posinf=high, neginf=low)
        part = resampled(pixels, size.down, size.across)
        chars, roles = inked(row.scale, row.signed, part, look)
        pitch = max(one.across for one in sizes) + 1
        for place, (drawn, inks) in enumerate(zip(chars.tolist(), roles.tolist(), strict=True)):
            left, above = 1 + place % columns * pitch, top + 1 + place // columns * (size.height + 1)
            cells.place_rows(left, above, drawn, inks)
        top += lines * (size.height + 1)
    draw_inset(cells, picture.inset, look)
    return cells
