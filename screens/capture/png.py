"""Cells drawn as a PNG picture, with Pillow, which is an optional extra of nnsim."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import get_character_cell_size
from textual.strip import Strip

from screens.capture.cell_model import GROUND, Box, Cell, cells_of, filled

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

CELL = (10, 20)  # pixels
FONT_PX = 16
UNDERLINE_PX = 17  # below the top of a cell
SLANT = 0.2  # of an italic letter, in pixels across for each pixel up
# Where common systems keep a font that is all of one width; without any, Pillow's own writes letters.
FONTS = ("DejaVuSansMono.ttf", "LiberationMono-Regular.ttf", "Menlo.ttc", "consola.ttf", "NotoSansMono-Regular.ttf")


def png(strips: Sequence[Strip]) -> bytes:
    """A picture of rows of cells."""
    from PIL import Image, ImageDraw

    rows, letters = cells_of(strips), Letters()
    width = max((len(row) for row in rows), default=1)
    image = Image.new("RGB", (width * CELL[0], len(rows) * CELL[1]), GROUND)
    draw = ImageDraw.Draw(image)
    for y, row in enumerate(rows):
        places = [(x * CELL[0], y * CELL[1], cell) for x, cell in enumerate(row)]
        for left, top, cell in places:  # before anything is written: a wide letter reaches into the next cell
            draw.rectangle((left, top, left + CELL[0] - 1, top + CELL[1] - 1), fill=cell.ground)
        for left, top, cell in places:
            if (boxes := filled(cell.char)) is not None:
                _fill(draw, boxes, left, top, cell.ink)
            elif cell.char.strip():
                image.paste(cell.ink, (left, top), letters.mask(cell))
            if cell.underline:
                draw.rectangle((left, top + UNDERLINE_PX, left + CELL[0] - 1, top + UNDERLINE_PX), fill=cell.ink)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _fill(draw: ImageDraw, boxes: Sequence[Box], left: int, top: int, ink: str) -> None:
    for x0, y0, x1, y1 in boxes:
        area = (left + x0 * CELL[0], top + y0 * CELL[1], left + x1 * CELL[0] - 1, top + y1 * CELL[1] - 1)
        draw.rectangle(area, fill=ink)


class Letters:
    """The letters of a font as masks. Bold and italic ones are made of its upright ones, which every system has."""

    def __init__(self) -> None:
        self._font = _font()
        self._masks: dict[tuple[str, bool, bool], Image] = {}

    def mask(self, cell: Cell) -> Image:
        """How much of each pixel the letter of a cell covers; a wide one covers two cells."""
        key = cell.char, cell.bold, cell.italic
        if key not in self._masks:
            self._masks[key] = self._drawn(*key)
        return self._masks[key]

    def _drawn(self, char: str, bold: bool, italic: bool) -> Image:
        from PIL import Image, ImageDraw

        mask = Image.new("L", (get_character_cell_size(char) * CELL[0], CELL[1]))
        draw = ImageDraw.Draw(mask)
        for x in range(1 + bold):
            draw.text((x, 0), char, font=self._font, fill=255)
        if not italic:
            return mask
        middle = CELL[1] / 2
        slanted = (1, SLANT, -SLANT * middle, 0, 1, 0)
        return mask.transform(mask.size, Image.Transform.AFFINE, slanted, Image.Resampling.BILINEAR)


def _font() -> Any:
    from PIL import ImageFont

    for name in FONTS:
        try:
            return ImageFont.truetype(name, FONT_PX)
        except OSError:
            continue
    return ImageFont.load_default(FONT_PX)
