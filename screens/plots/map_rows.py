"""Rows of small pictures in common columns: the kernels of a network, and the maps that come of them."""

from dataclasses import dataclass

import numpy as np

from screens.plots.cells import Cells, cut
from screens.plots.chart import say
from screens.plots.images import LARGEST, LEAST_PIXELS, draw_inset, inked, inset_columns, resampled
from screens.plots.plot_model import Images, MapRow, MapRows
from screens.plots.plot_style import Look


@dataclass(frozen=True)
class _Size:
    """The pixels that the pictures of a row have on the screen."""

    down: int
    across: int

    @classmethod
    def within(cls, row: MapRow, side: int, most: int = LARGEST) -> "_Size":
        """As large as a picture can be in a square of so many pixels: enlarged at most so often, or pooled."""
        _, down, across = row.pictures.shape
        longest = max(down, across)
        factor = min(side // longest, most)
        if factor:
            return cls(factor * down, factor * across)
        return cls(max(1, down * side // longest), max(1, across * side // longest))

    @property
    def height(self) -> int:
        return -(-self.down // 2)


def _laid_out(picture: MapRows, width: int, height: int) -> list[_Size]:
    """The size of each row's pictures: the largest with which all of them fit, else pixel by pixel."""
    most = max(len(row.pictures) for row in picture.rows)
    longest = max(int(side) for row in picture.rows for side in row.pictures.shape[1:])
    enlarged = [(side, LARGEST) for side in range(LARGEST * longest, longest - 1, -1)]
    pooled = [(side, 1) for side in range(longest, LEAST_PIXELS - 1, -1)]
    for side, factor in (*enlarged, *pooled):
        sizes = [_Size.within(row, side, factor) for row in picture.rows]
        across = max(one.across for one in sizes) + 1
        if across * most <= width and sum(1 + one.height for one in sizes) <= height:
            return sizes
    return [_Size.within(row, longest, 1) for row in picture.rows]


def draw_map_rows(picture: MapRows, width: int, height: int, look: Look) -> Cells:
    """Draws each row's title and as many of its pictures as fit; rows for which there is no room are counted."""
    cells = Cells(width, height)
    room = width - inset_columns(picture.inset, width, height)
    sizes = _laid_out(picture, room - 1, height) if picture.rows else []
    if not sizes or 1 + sizes[0].height > height or sizes[0].across + 1 > room:
        say(cells, picture.empty, look)
        return cells
    pitch = max(one.across for one in sizes) + 1
    top = 0
    for index, (row, size) in enumerate(zip(picture.rows, sizes, strict=True)):
        left_out = len(picture.rows) - index
        if top + 1 + size.height > height:
            if top < height:
                cells.write(1, top, cut(f"{left_out} more: z gives them room", room - 1, look.unicode), "axis")
            break
        shown = min(len(row.pictures), max(1, (room - 1) // pitch))
        title = row.title if shown == len(row.pictures) else f"{row.title}, first {shown}"
        cells.write(1, top, cut(title, room - 1, look.unicode), "axis")
        part = resampled(
            np.nan_to_num(row.pictures[:shown], posinf=row.scale[1], neginf=row.scale[0]), size.down, size.across
        )
        chars, roles = inked(Images(part, scale=row.scale, signed=row.signed), part, look)
        for place in range(shown):
            for line in range(size.height):
                for column in range(size.across):
                    at = 1 + place * pitch + column, top + 1 + line
                    cells.put(*at, str(chars[place, line, column]), str(roles[place, line, column]))
        top += 1 + size.height
    draw_inset(cells, picture.inset, look)
    return cells
