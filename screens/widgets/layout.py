"""Which panes are seen, and in how many rows and columns."""

from collections.abc import Iterable
from typing import NamedTuple

PANE_WIDTH, PANE_HEIGHT = 38, 9  # a pane below this is folded away
TALL = 45  # rows of cells from which on three rows of panes are easy to read


class Grid(NamedTuple):
    """The panes from `first` up to `first + shown`, in rows and columns; the last one fills its row."""

    first: int
    shown: int
    rows: int
    columns: int

    @property
    def last_span(self) -> int:
        """Columns that the last pane takes."""
        return 1 + self.rows * self.columns - self.shown


def grid(panes: int, focused: int, width: int, height: int) -> Grid:
    """Arrange panes: as few rows, then as few columns as show them all, or as many panes as there is room for.

    Args: panes: how many. width, height: in cells. focused: the one that has to be seen; panes
    that do not fit are seen in pages.
    """
    most_rows = max(1, min(height // PANE_HEIGHT, 3 if height >= TALL else 2))
    most_columns = max(1, min(width // PANE_WIDTH, 4))
    least_rows = min(2, most_rows)  # side by side alone makes them too tall to read across
    rows, columns = next(
        ((r, c) for r in range(least_rows, most_rows + 1) for c in range(1, most_columns + 1) if r * c >= panes),
        (most_rows, most_columns),
    )
    room = min(rows * columns, panes)
    first = min(focused // room * room, panes - room)  # the last page is filled up from the one before
    return Grid(first, room, -(-room // columns), columns)


def fitting(parts: Iterable[str], room: int) -> str:
    """As many of the parts as fit into a line, in their order; the end of a first one that does not says so."""
    first, *others = parts
    line = first if len(first) <= room else f"{first[: max(room - 1, 0)]}…"[: max(room, 0)]
    for part in others:
        if len(line) + 3 + len(part) <= room:
            line += f" · {part}"
    return line
