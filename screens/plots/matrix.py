"""A matrix of signed values: numbers where there is room, else glyphs that tell sign and size."""

import numpy as np
from numpy.typing import NDArray

from nnsim.text.number_format import number, signed
from screens.plots.cells import Cells, cut, one_cell_each
from screens.plots.chart import say
from screens.plots.diagram_legend import NEGATIVE, POSITIVE
from screens.plots.images import draw_inset, inset_columns, sign_texts, signed_glyphs
from screens.plots.plot_model import Matrix, Values
from screens.plots.plot_style import Look

NUMBER = 9  # cells of a value that is written out
NAME = 8


def draw_matrix(picture: Matrix, width: int, height: int, look: Look) -> Cells:
    """Draws a legend, the numbers of the columns, then the rows."""
    cells = Cells(width, height)
    rows, columns = picture.values.shape
    if not picture.values.size or width < 8 or height < 3:
        say(cells, "too small to show", look)
        return cells
    names = min(NAME, max((len(name) for name in picture.row_names), default=0), width // 4)
    left, top = names + 2, 2
    across, down = width - left - inset_columns(picture.inset, width, height), height - top
    if columns * NUMBER <= across and rows <= down:
        _numbers(cells, picture, left, top, names, look)
    else:
        _glyphs(cells, picture, left, top, names, look, across)
    draw_inset(cells, picture.inset, look)
    return cells


def pooled(values: Values, down: int, across: int) -> Values:
    """At most (down, across) values: of each block the one with the largest magnitude."""
    rows, columns = values.shape
    found = np.nan_to_num(np.asarray(values, np.float64), nan=0.0, posinf=1e300, neginf=-1e300)
    for axis, (count, most) in enumerate(((rows, down), (columns, across))):
        if count > most:
            starts = np.arange(most) * count // most
            high = np.maximum.reduceat(found, starts, axis=axis)
            low = np.minimum.reduceat(found, starts, axis=axis)
            found = np.where(high >= -low, high, low)
    return found


def _header(cells: Cells, picture: Matrix, look: Look, glyphs: bool = False, extra: str = "") -> None:
    """Writes what the values are, the meaning of glyphs, the size of blocks, and the largest value."""
    largest = float(np.abs(picture.values[np.isfinite(picture.values)]).max(initial=0.0))
    parts = [(f"{picture.label}  ", "axis")]
    if glyphs:
        parts += sign_texts(look)
    parts += [(f"{extra}  ", "axis")] if extra else []
    parts.append((f"largest {number(largest)}", "text"))
    column = 0
    for text, role in parts:
        if column + len(text.rstrip()) <= cells.width:
            cells.write(column, 0, text, role)
            column += len(text)


def _name(cells: Cells, picture: Matrix, index: int, row: int, width: int, picked: bool, look: Look) -> None:
    if index < len(picture.row_names):
        name = cut(one_cell_each(picture.row_names[index], look.unicode), width, look.unicode)
        cells.write(1, row, f"{name:>{width}}", "cursor" if picked else "text")
    if picked:
        cells.put(0, row, "▶" if look.unicode else ">", "cursor")


def _numbers(cells: Cells, picture: Matrix, left: int, top: int, names: int, look: Look) -> None:
    picked = picture.picked or (-1, -1)
    _header(cells, picture, look)
    for column in range(picture.values.shape[1]):
        text = f"unit {picture.first_column + column}"
        text = text if len(text) < NUMBER else text[-(NUMBER - 1) :]
        cells.write(left + column * NUMBER, 1, text, "cursor" if column == picked[1] else "axis")
    for row, line in enumerate(picture.values.tolist()):
        _name(cells, picture, row, top + row, names, row == picked[0], look)
        for column, value in enumerate(line):
            role = "cursor" if (row, column) == picked else POSITIVE if value >= 0 else NEGATIVE
            cells.write(left + column * NUMBER, top + row, signed(value), role)


def _glyphs(cells: Cells, picture: Matrix, left: int, top: int, names: int, look: Look, room: int) -> None:
    rows, columns = picture.values.shape
    down, across = min(rows, cells.height - top), min(columns, room)
    values = pooled(picture.values, down, across)
    wide = max(1, min(4, room // across))
    largest = float(np.abs(values).max(initial=0.0)) or 1.0
    glyphs, roles = signed_glyphs(values / largest, look)
    each = f"a cell: {-(-rows // down)}x{-(-columns // across)}"
    _header(cells, picture, look, True, each if (rows, columns) != (down, across) else "")
    _scale(cells, picture, left, across, wide, look)
    here = picture.picked
    marked = (here[0] * down // rows, here[1] * across // columns) if here else (-1, -1)
    starts: NDArray[np.int64] = -(-np.arange(down) * rows // down)
    for row in range(down):
        at = here[0] if here and row == marked[0] else int(starts[row])
        _name(cells, picture, at, top + row, names, row == marked[0], look)
        for column, (glyph, role) in enumerate(zip(glyphs[row].tolist(), roles[row].tolist(), strict=True)):
            cells.write(
                left + column * wide, top + row, glyph * wide, "cursor" if (row, column) == marked else role
            )


def _scale(cells: Cells, picture: Matrix, left: int, across: int, wide: int, look: Look) -> None:
    """Numbers the columns above the matrix, and points to the picked one."""
    columns = picture.values.shape[1]
    next_free = left
    for column in range(across):
        text = f"{picture.first_column + column * columns // across:,}"
        start = left + column * wide
        if start >= next_free and start + len(text) <= cells.width:
            cells.write(start, 1, text, "axis")
            next_free = start + len(text) + 3
    if picture.picked:
        column = left + picture.picked[1] * across // columns * wide
        text = f"{'▼' if look.unicode else 'v'}{picture.first_column + picture.picked[1]:,}"
        start = min(column, cells.width - len(text))
        cells.write(start - 1, 1, f" {text} ", "cursor")
