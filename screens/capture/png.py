"""Cells drawn as a PNG picture, with Pillow, which is an optional extra of nnsim."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.color import Color
from textual.strip import Strip

from screens.capture.glyphs import filled

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

CELL = (10, 20)  # pixels
FONT_PX = 16
INK, GROUND = (0xC8, 0xC8, 0xC8), (0x12, 0x12, 0x12)
# Where common systems keep a font that is all of one width; without any, Pillow's own writes letters.
FONTS = ("DejaVuSansMono.ttf", "LiberationMono-Regular.ttf", "Menlo.ttc", "consola.ttf", "NotoSansMono-Regular.ttf")
Tone = tuple[int, int, int]


def png(strips: Sequence[Strip]) -> bytes:
    """A picture of rows of cells."""
    from PIL import Image, ImageDraw

    width = max(strip.cell_length for strip in strips)
    image = Image.new("RGB", (width * CELL[0], len(strips) * CELL[1]), GROUND)
    draw, font = ImageDraw.Draw(image), _font()
    for y, strip in enumerate(strips):
        x = 0
        for segment in strip:
            style = segment.style
            ink = _tone(style.color if style else None, INK)
            ground = _tone(style.bgcolor if style else None, GROUND)
            if style is not None and style.reverse:
                ink, ground = ground, ink
            for character, cells in _characters(segment.text):
                left, top = x * CELL[0], y * CELL[1]
                draw.rectangle((left, top, left + cells * CELL[0] - 1, top + CELL[1] - 1), fill=ground)
                _draw(draw, character, left, top, ink, font)
                x += cells
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _font() -> Any:
    from PIL import ImageFont

    for name in FONTS:
        try:
            return ImageFont.truetype(name, FONT_PX)
        except OSError:
            continue
    return ImageFont.load_default(FONT_PX)


def _tone(colour: Color | None, otherwise: Tone) -> Tone:
    return otherwise if colour is None or colour.is_default else tuple(colour.get_truecolor())  # type: ignore[return-value]


def _characters(text: str) -> list[tuple[str, int]]:
    from rich.cells import get_character_cell_size

    return [(one, size) for one in text if (size := get_character_cell_size(one))]


def _draw(draw: ImageDraw, character: str, left: int, top: int, ink: Tone, font: Any) -> None:
    """What fills a cell is drawn; only what is written needs a font."""
    if not character.strip():
        return
    boxes = filled(character)
    if boxes is None:
        draw.text((left, top), character, font=font, fill=ink)
        return
    for x0, y0, x1, y1 in boxes:
        area = (left + x0 * CELL[0], top + y0 * CELL[1], left + x1 * CELL[0] - 1, top + y1 * CELL[1] - 1)
        draw.rectangle(area, fill=ink)
