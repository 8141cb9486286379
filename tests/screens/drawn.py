"""What plots drew, to be looked at."""

import numpy as np

from screens.plots import Contours, draw, look

PLAIN = look(colours=0)

ASCII = look(colours=0, unicode=False)


def rows(picture, width=60, height=15, appearance=PLAIN, limits=None):
    return [strip.text for strip in draw(picture, width, height, appearance, limits)]


def braille_dots(lines, left):
    """The lit dots (column, row from above) of the canvas that begins at column `left`."""
    found = set()
    places = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
    for y, line in enumerate(lines):
        for x, char in enumerate(line[left:]):
            bits = ord(char) - 0x2800
            if 0 <= bits < 256:
                found |= {(2 * x + dx, 4 * y + dy) for i, (dx, dy) in enumerate(places) if bits >> i & 1}
    return found


def found(canvas, text):
    """Where a text stands, as (x, y) of the map's -1 to 1."""
    row = next(index for index, line in enumerate(canvas) if text in line)
    width, height = len(canvas[0]), len(canvas)
    return 2 * (canvas[row].index(text) + 0.5) / width - 1, 1 - 2 * (row + 0.5) / height


def colours(strips):
    return {s.style.color.name for strip in strips for s in strip if s.style and s.style.color}


def bowl(n=81):
    s, i = np.meshgrid(np.linspace(-2, 4, n), np.linspace(-6, 8, n))
    return Contours((s - 1) ** 2 + (i - 1) ** 2 / 4, (-2, 4), (-6, 8), levels=(2.0,))
