"""The characters that are drawn rather than written: braille, blocks and lines, as parts of a cell."""

BRAILLE = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))  # (column, row) of each bit
# Lines from the middle of a cell: left, right, up, down.
LINES = {
    "─": (1, 1, 0, 0), "│": (0, 0, 1, 1), "╭": (0, 1, 0, 1), "╮": (1, 0, 0, 1), "╰": (0, 1, 1, 0),
    "╯": (1, 0, 1, 0), "┌": (0, 1, 0, 1), "┐": (1, 0, 0, 1), "└": (0, 1, 1, 0), "┘": (1, 0, 1, 0),
    "├": (0, 1, 1, 1), "┤": (1, 0, 1, 1), "┬": (1, 1, 0, 1), "┴": (1, 1, 1, 0), "┼": (1, 1, 1, 1),
}  # fmt: skip
# Quarters that are filled: upper left 1, upper right 2, lower left 4, lower right 8.
QUARTERS = dict(zip("▘▝▖▌▞▛▗▚▜▙▟", (1, 2, 4, 5, 6, 7, 8, 9, 11, 13, 14), strict=True))
Box = tuple[float, float, float, float]  # left, top, right, bottom, as fractions of a cell


def dots(character: str) -> list[tuple[int, int]]:
    """The dots of a braille character as (column, row) of 2 x 4; none for any other."""
    code = ord(character or " ")
    if not 0x2800 <= code <= 0x28FF:
        return []
    return [dot for bit, dot in enumerate(BRAILLE) if code - 0x2800 >> bit & 1]


def filled(character: str) -> list[Box] | None:
    """The parts of a cell that a braille, block or line character fills, as fractions of it; None for any other."""
    code = ord(character or " ")
    if 0x2800 <= code <= 0x28FF:
        return [((x + 0.3) / 2, (y + 0.3) / 4, (x + 0.8) / 2, (y + 0.8) / 4) for x, y in dots(character)]
    if code == 0x2580:
        return [(0.0, 0.0, 1.0, 0.5)]
    if 0x2581 <= code <= 0x2588:
        return [(0.0, 1 - (code - 0x2580) / 8, 1.0, 1.0)]
    if 0x2589 <= code <= 0x258F:
        return [(0.0, 0.0, (0x2590 - code) / 8, 1.0)]
    if code == 0x2590:
        return [(0.5, 0.0, 1.0, 1.0)]
    if character in QUARTERS:
        bits = QUARTERS[character]
        return [(x / 2, y / 2, (x + 1) / 2, (y + 1) / 2) for x in (0, 1) for y in (0, 1) if bits >> x + 2 * y & 1]
    if character in LINES:
        return _line(*LINES[character])
    return None


def _line(left: int, right: int, up: int, down: int) -> list[Box]:
    x0, x1, y0, y1 = 0.45, 0.65, 0.45, 0.55  # a pixel or two wide
    parts = []
    if left or right:
        parts.append((0.0 if left else x0, y0, 1.0 if right else x1, y1))
    if up or down:
        parts.append((x0, 0.0 if up else y0, x1, 1.0 if down else y1))
    return parts
