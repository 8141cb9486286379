"""Small pictures in a grid: a pixel to half a cell, enlarged or pooled to the room."""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnsim.text.number_format import number
from screens.plots.cells import Cells, Text, cut, one_cell_each, write_texts
from screens.plots.chart import say
from screens.plots.diagram_legend import NEGATIVE, POSITIVE
from screens.plots.heat_legend import ASCII_SHADES, SHADES, shades
from screens.plots.plot_model import Images, Values
from screens.plots.plot_style import HEAT_CHARS, HEAT_ROLES, HEAT_TONES, Look

Shape = tuple[int, int]
Glyphs = NDArray[np.object_]

LARGEST = 4  # times a picture is enlarged at most
MANY = 16  # pictures that fit before they are enlarged, and for each size more: an overview says more than size
FEW = 6  # that should fit before pictures are shown pixel by pixel
WIDEST_GAP, TALLEST_GAP = 2, 1  # cells between two pictures, beside the one for the cursor
SHARE_BESIDE = 4  # of the width of a plot that a picture beside it takes, about
LEAST_BESIDE = 36  # columns of a plot that has room for one
LEAST_PIXELS = 10  # that pooling leaves along a side
HALVES, ASCII_HALVES = " ▄▀█", " .'#"  # neither half, the lower, the upper, both
INK, TRACE = 0.5, 0.2  # of the scale: from where on a half block is filled, and what of it leaves a shade

ROLE_OF_KEY: Glyphs = np.array(HEAT_ROLES, dtype=object)
CHAR_OF_KEY: Glyphs = np.array(HEAT_CHARS, dtype=object)


class Tiling(NamedTuple):
    """A layout of pictures: columns and rows of them, each so many pixels in so many cells."""

    columns: int
    rows: int
    down: int  # pixels
    across: int
    width: int  # cells, without the one between two pictures
    height: int  # with the caption

    @property
    def room(self) -> int:
        return self.columns * self.rows


def tiling(shape: Shape, width: int, height: int, count: int, widest: int, unicode: bool = True) -> Tiling | None:
    """The layout of so many pictures in so many cells: many rather than large ones.

    Args: shape: rows and columns of pixels. widest: columns of the longest caption. unicode: whether there are half
    blocks.  Returns: None where not even one fits.
    """
    sizes = [(factor * shape[0], factor * shape[1]) for factor in range(LARGEST, 0, -1)]
    by = 2
    while min(shape) // by >= LEAST_PIXELS:
        sizes.append((-(-shape[0] // by), -(-shape[1] // by)))
        by += 1
    natural, found = 1 if unicode else 2, None
    for down, across in sizes:
        wide, high = max(across, widest), -(-down // 2) + 1
        one = Tiling(width // (wide + 1), height // high, down, across, wide, high)
        if one.columns < 1 or one.rows < 1:
            continue
        found = one
        factor = down // shape[0]
        # In halves of cells that are made of letters a shape can only be guessed.
        enough = MANY * (factor - natural) if factor > natural else 1 if factor == natural == 2 else FEW
        if one.room >= min(count, enough):
            return one
    return found


def draw_images(picture: Images, width: int, height: int, look: Look) -> Cells:
    cells = Cells(width, height)
    layout, places = _laid_out(picture, width, height, look.unicode)
    if layout is None:
        say(cells, picture.empty, look)
        return cells
    if picture.label:
        _legend(cells, picture, look)
    # Pictures of rows stay what they are from frame to frame; their captions change.
    pixels = np.ascontiguousarray(picture.pictures[: len(places)], np.float64)
    glyphs = _glyphs(
        pixels.tobytes(), pixels.shape, (layout.down, layout.across), picture.scale, picture.signed, look
    )
    for (left, above), drawn, inks in zip(places, *glyphs, strict=True):
        cells.place_rows(left, above, drawn, inks)
    for index, (left, above) in enumerate(places):
        _caption(cells, picture, index, left, above, layout, look)
    return cells


@lru_cache(8)
def _glyphs(
    given: bytes,
    shape: tuple[int, ...],
    size: tuple[int, int],
    scale: tuple[float, float],
    signed: bool,
    look: Look,
) -> tuple[list[list[list[str]]], list[list[list[str]]]]:
    """Characters and roles of each picture's cells, row by row.

    Args: given: float64 of pictures of a shape (count, rows, columns), which are drawn with `size` pixels (down,
    across).
    """
    low, high = scale
    pixels = np.nan_to_num(np.frombuffer(given).reshape(shape), nan=low, posinf=high, neginf=low)
    filled, drawn = inked(scale, signed, resampled(pixels, *size), look)
    return filled.tolist(), drawn.tolist()


def image_at(picture: Images, width: int, height: int, place: tuple[int, int], unicode: bool = True) -> int | None:
    """The index of the picture in a cell (column, row), or of its caption; None outside."""
    layout, places = _laid_out(picture, width, height, unicode)
    for index, (left, above) in enumerate(places):
        if layout and 0 <= place[0] - left < layout.width and 0 <= place[1] - above < layout.height:
            return index
    return None


def _laid_out(
    picture: Images, width: int, height: int, unicode: bool
) -> tuple[Tiling | None, list[tuple[int, int]]]:
    """The layout of pictures, and the first (column, row) of each visible one."""
    top = 1 if picture.label else 0
    given, rows, columns = picture.pictures.shape
    count = picture.count or given
    layout = tiling((rows, columns), width, height - top, count, picture.widest, unicode)
    if layout is None:
        return None, []
    across, down = _pitch(layout, count, width, height - top)
    return layout, [
        (1 + index % layout.columns * across, top + index // layout.columns * down)
        for index in range(min(given, layout.room))
    ]


def _pitch(layout: Tiling, count: int, width: int, height: int) -> tuple[int, int]:
    """The distance between pictures, across and down, in cells."""
    columns = min(layout.columns, count)
    rows = min(layout.rows, -(-count // layout.columns))
    across, down = layout.width + 1, layout.height
    spare = (width - columns * across) // max(columns, 1), (height - rows * down) // max(rows - 1, 1)
    return across + min(spare[0], WIDEST_GAP), down + min(spare[1], TALLEST_GAP)


def inset_columns(picture: Images | None, width: int, height: int) -> int:
    """The columns of a picture beside a plot; 0 without one, or without room."""
    if picture is None or (layout := _inset(picture, width, height)) is None:
        return 0
    return layout.width + 1


def _inset(picture: Images, width: int, height: int) -> Tiling | None:
    _, rows, columns = picture.pictures.shape
    if width < LEAST_BESIDE:
        return None
    return tiling((rows, columns), width // SHARE_BESIDE + 2, height - 1, 1, 0)


def draw_inset(cells: Cells, picture: Images | None, look: Look) -> None:
    """Draws a picture into the upper right corner of a plot, below its legend."""
    if picture is not None and (layout := _inset(picture, cells.width, cells.height)) is not None:
        columns = layout.width + 1
        cells.place(cells.width - columns, 1, draw_images(picture, columns, layout.height, look))


def beside_inset(cells: Cells, picture: Images | None, width: int, look: Look) -> Cells:
    """Widens a plot to so many columns where a picture stands beside it."""
    if cells.width == width:
        return cells
    wider = Cells(width, cells.height)
    wider.place(0, 0, cells)
    draw_inset(wider, picture, look)
    return wider


def resampled(pictures: Values, down: int, across: int) -> Values:
    """Pictures (count, rows, columns) with so many pixels, each repeated or averaged."""
    found = pictures
    for axis, size in ((1, down), (2, across)):
        before = found.shape[axis]
        if size > before:
            found = np.repeat(found, size // before, axis=axis)
        elif size < before:
            starts = np.arange(size) * before // size
            lengths = np.diff(np.append(starts, before))
            found = np.add.reduceat(found, starts, axis=axis) / (lengths[:, None] if axis == 1 else lengths)
    return found


def inked(scale: tuple[float, float], signed: bool, pixels: Values, look: Look) -> tuple[Glyphs, Glyphs]:
    """Characters and roles of each picture's cells, (count, cells down, cells across)."""
    low, high = scale
    share: Values = np.clip((pixels - low) / ((high - low) or 1.0), 0.0, 1.0)
    if share.shape[1] % 2:  # the lower half of the last cell: where nothing is
        nothing = np.full((share.shape[0], 1, share.shape[2]), 0.5 if signed else 0.0)
        share = np.concatenate((share, nothing), axis=1)
    upper, lower = share[:, ::2], share[:, 1::2]
    if look.heat:
        tones = np.minimum((share * HEAT_TONES).astype(np.int64), HEAT_TONES - 1)
        keys = tones[:, ::2] * HEAT_TONES + tones[:, 1::2]
        return CHAR_OF_KEY[keys], ROLE_OF_KEY[keys]
    both = (upper + lower) / 2
    roles: Glyphs = np.full(both.shape, "text", dtype=object)
    if signed:
        return signed_glyphs(2 * both - 1, look)
    if np.array_equal(upper, lower):
        steps = _row(SHADES if look.unicode else ASCII_SHADES)
        return steps[np.minimum((both * len(steps)).astype(np.int64), len(steps) - 1)], roles
    # Shades would lose every other line of pixels; halves keep the shape, and a shade what is faint.
    glyphs = _row(HALVES if look.unicode else ASCII_HALVES)[2 * (upper > INK) + (lower > INK)]
    if look.unicode:
        glyphs = np.where((glyphs == " ") & (both > TRACE), SHADES[1], glyphs)
    return glyphs, roles


def sign_texts(look: Look) -> list[Text]:
    """The legend of glyphs that tell sign and size."""
    positives, negatives = look.signs
    return [(f"{positives[1:]} +  ", POSITIVE), (f"{negatives[1:]} -  ", NEGATIVE)]


def signed_glyphs(values: Values, look: Look) -> tuple[Glyphs, Glyphs]:
    """Glyphs that tell sign and size of values from -1 to 1, and their roles."""
    positives, negatives = look.signs
    size = np.minimum(np.ceil(np.abs(values) * 4 - 0.2), 4).clip(0).astype(np.int64)
    glyphs = np.where(values < 0, _row(negatives)[size], _row(positives)[size])
    return glyphs, np.where(values < 0, _row([NEGATIVE]), _row([POSITIVE]))


def _row(glyphs: Any) -> Glyphs:
    return np.array(list(glyphs), dtype=object)


def _caption(cells: Cells, picture: Images, index: int, left: int, above: int, layout: Tiling, look: Look) -> None:
    below = above + layout.height - 1
    role = picture.roles[index] if index < len(picture.roles) else "text"
    marked = index == picture.marked
    if index < len(picture.captions):
        text = cut(one_cell_each(picture.captions[index], look.unicode), layout.width, look.unicode)
        cells.write(left, below, text, "cursor" if marked and role == "text" else role)
    if marked:
        for row in range(above, below):
            cells.put(left - 1, row, "▐" if look.unicode else "|", "cursor")
        cells.put(left - 1, below, "▶" if look.unicode else ">", "cursor")


def _legend(cells: Cells, picture: Images, look: Look) -> None:
    low, high = (number(one) for one in picture.scale)
    parts: list[Text] = []
    if look.heat:
        parts += [(f"{low} ", "text"), *shades(look), (f" {'+' if picture.signed else ''}{high}  ", "text")]
    elif picture.signed:
        parts += [*sign_texts(look), (f"up to {high}  ", "text")]
    column = write_texts(cells, parts)
    cells.write(column, 0, cut(picture.label, cells.width - column, look.unicode), "axis")
