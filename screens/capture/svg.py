"""Draws cells as an SVG picture: letters as text in the reader's monospaced font, everything else as shapes.

It fetches nothing, and looks the same where the font has no braille or blocks, or other widths.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import starmap

from rich.cells import cell_len
from textual.strip import Strip

from screens.capture.cell_model import GROUND, Cell, cells_of, dots, filled

# A cell in the units of the picture: halves, quarters and eighths of it are whole numbers, which are short.
WIDTH, HEIGHT = 8, 16
BASELINE = 12
FONT = "13.3px DejaVu Sans Mono,Menlo,Consolas,Liberation Mono,monospace"  # as wide as a cell
MARGIN = 8

Placed = tuple[int, int, Cell]  # column, row


class SvgDrawing:
    """Cells as elements of one SVG picture, which share their styles."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def _named(self, rule: str) -> str:
        return self._names.setdefault(rule, _name(len(self._names)))

    @property
    def sheet(self) -> str:
        return "".join(f".{name}{{{rule}}}" for rule, name in self._names.items())

    def elements(self, cells: Iterable[Placed], ground: str | None = None) -> str:
        """Cells, row by row.  Args: ground: the colour that is there already; None paints every cell's."""
        placed = list(cells)
        grounds = ((x, y, cell.ground) for x, y, cell in placed if cell.ground != ground)
        return self._grounds(grounds) + self._shapes(placed) + "".join(starmap(self._text, _runs(placed)))

    def _grounds(self, cells: Iterable[tuple[int, int, str]]) -> str:
        boxes: dict[str, list[_Box]] = {}
        for x, y, tone in cells:
            _add(boxes.setdefault(tone, []), (x * WIDTH, y * HEIGHT, WIDTH, HEIGHT))
        return "".join(self._boxes(tone, found) for tone, found in boxes.items())

    def _boxes(self, tone: str, boxes: Sequence[_Box]) -> str:
        here, path = (0, 0), []
        for x, y, width, height in _stacked(boxes):
            path.append(f"m{_pair(x - here[0], y - here[1])}h{width}v{height}h-{width}z")
            here = x, y
        return f'<path class="{self._named(f"fill:{tone}")}" d="{"".join(path)}"/>'

    def _shapes(self, cells: Sequence[Placed]) -> str:
        boxes: dict[str, list[_Box]] = {}
        points: dict[str, list[tuple[int, int]]] = {}
        for x, y, cell in cells:
            left, top = x * WIDTH, y * HEIGHT
            if found := dots(cell.char):
                points.setdefault(cell.ink, []).extend(
                    (left + 2 + 4 * column, top + 2 + 4 * row) for column, row in found
                )
                continue
            for x0, y0, x1, y1 in filled(cell.char) or ():
                x0, x1, y0, y1 = (round(one) for one in (x0 * WIDTH, x1 * WIDTH, y0 * HEIGHT, y1 * HEIGHT))
                _add(boxes.setdefault(cell.ink, []), (left + x0, top + y0, x1 - x0, y1 - y0))
        elements = [self._boxes(tone, one) for tone, one in boxes.items()]
        for tone, places in points.items():
            here, path = (0, 0), []
            for place in places:
                path.append(f"m{_pair(place[0] - here[0], place[1] - here[1])}h0")
                here = place
            rule = f"fill:none;stroke:{tone};stroke-width:2.6;stroke-linecap:round;shape-rendering:auto"
            elements.append(f'<path class="{self._named(rule)}" d="{"".join(path)}"/>')
        return "".join(elements)

    def _text(self, x: int, y: int, text: str, look: Cell) -> str:
        rule = f"fill:{look.ink}" + ";font-weight:bold" * look.bold
        rule += ";font-style:italic" * look.italic + ";text-decoration:underline" * look.underline
        # Whatever the font, a run ends where its last cell does.
        length = f' textLength="{cell_len(text) * WIDTH}"' if len(text) > 2 else ""
        place = f'x="{x * WIDTH}" y="{y * HEIGHT + BASELINE}"'
        return f'<text class="{self._named(rule)}" {place}{length}>{escape(text, quote=False)}</text>'


_Box = tuple[int, int, int, int]  # left, top, width, height


def _add(boxes: list[_Box], box: _Box) -> None:
    """Adds a box; one that continues the last box widens it."""
    if boxes:
        x, y, width, height = boxes[-1]
        if (x + width, y, height) == (box[0], box[1], box[3]):
            boxes[-1] = (x, y, width + box[2], height)
            return
    boxes.append(box)


def _stacked(boxes: Iterable[_Box]) -> list[_Box]:
    """Joins boxes of one width that stand on each other."""
    stacked: list[_Box] = []
    open_ends: dict[tuple[int, int, int], int] = {}  # where a box ends below: left, bottom, width
    for x, y, width, height in boxes:
        index = open_ends.pop((x, y, width), None)
        if index is None:
            index = len(stacked)
            stacked.append((x, y, width, height))
        else:
            above = stacked[index]
            stacked[index] = (x, above[1], width, above[3] + height)
        open_ends[x, y + height, width] = index
    return stacked


def _runs(cells: Iterable[Placed]) -> Iterator[tuple[int, int, str, Cell]]:
    """Runs of letters: column, row, text and looks; more than one space ends a run."""
    start, text, end = 0, "", (-1, -1)  # where the next cell of the run would be
    look = Cell("", "", "")
    for x, y, cell in cells:
        char = " " if filled(cell.char) is not None else cell.char
        own = cell._replace(char="", ground="")
        goes_on = text and end == (x, y) and (char == " " or own == look or not char)
        if goes_on and (char == " " or not text.endswith("  ")):
            text += char
        else:
            if text.strip():
                yield start, end[1], text.rstrip(), look
            start, text, look = x, char.strip(), own
        end = (x + 1, y)
    if text.strip():
        yield start, end[1], text.rstrip(), look


def _pair(x: int, y: int) -> str:
    return f"{x}{y}" if y < 0 else f"{x} {y}"


def _name(number: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return letters[number % 26] + (str(number // 26) if number >= 26 else "")


def placed(rows: Sequence[Sequence[Cell]]) -> Iterator[Placed]:
    return ((x, y, cell) for y, row in enumerate(rows) for x, cell in enumerate(row))


def document(size: tuple[int, int], ground: str, title: str, sheet: str, elements: str) -> str:
    """A whole picture.  Args: size: columns and lines. ground: the colour around the cells."""
    width, height = size[0] * WIDTH + 2 * MARGIN, size[1] * HEIGHT + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-MARGIN} {-MARGIN} {width} {height}" '
        f'width="{width}" height="{height}">\n'
        f"<title>{escape(title, quote=False)}</title>\n"
        f"<style>text{{font:{FONT};white-space:pre}}path{{shape-rendering:crispEdges}}{sheet}</style>\n"
        f'<rect x="{-MARGIN}" y="{-MARGIN}" width="{width}" height="{height}" rx="6" fill="{ground}"/>\n'
        f"{elements}\n</svg>\n"
    )


def common_ground(rows: Sequence[Sequence[Cell]]) -> str:
    """The ground that most cells at the edges have; those within may be a picture of their own."""
    edges = [*rows[-1], *(row[index] for row in rows for index in (0, -1) if row)] if rows else []
    return Counter(cell.ground for cell in edges).most_common(1)[0][0] if edges else GROUND


def svg(strips: Sequence[Strip], title: str) -> str:
    """A picture of rows of cells."""
    rows, drawing = cells_of(strips), SvgDrawing()
    ground = common_ground(rows)
    elements = drawing.elements(placed(rows), ground)
    width = max((len(row) for row in rows), default=1)
    return document((width, len(rows)), ground, title, drawing.sheet, elements)
