"""Where panes stand in the body of a workbench, as a value worked out from the room there is."""

from collections.abc import Iterable
from dataclasses import dataclass

PANE_WIDTH, PANE_HEIGHT = 38, 9  # a pane of a grid below this is folded away
TALL = 45  # rows of cells from which on three rows of panes are easy to read

LEAST_WIDTH, WIDEST_COLUMN = 34, 60  # of a column beside the pane that leads
COLUMN = 0.35  # the part of the width that it takes between these
SMALL = 100, 30  # columns and rows of cells below which one pane stands beside the one that leads
THREE_COLUMNS = 180  # columns of cells from which on panes stand on both sides of it


@dataclass(frozen=True)
class Place:
    """The place of a pane, in cells.  Args: slot: the one that the pane is in, from 0."""

    slot: int
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class PaneLayout:
    """Places of panes.

    Args: places: of the visible panes. lead: the slot whose pane leads, if any. tabs: slots that share the place of
    the leading one.
    """

    places: tuple[Place, ...]
    lead: int | None = None
    tabs: tuple[int, ...] = ()

    @property
    def slots(self) -> tuple[int, ...]:
        return tuple(place.slot for place in self.places)


def whole_layout(slot: int, width: int, height: int) -> PaneLayout:
    return PaneLayout((Place(slot, 0, 0, width, height),), slot)


def grid_layout(panes: int, focused: int, width: int, height: int) -> PaneLayout:
    """As few rows, then as few columns as hold all panes, or as many panes as fit; the last one fills its row.

    Args: panes: how many. focused: the slot that must be visible; panes that do not fit are in pages. width,
    height: in cells.
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
    rows = -(-room // columns)
    places = []
    for index in range(room):
        row, column = divmod(index, columns)
        x, end = column * width // columns, (column + 1) * width // columns
        y, bottom = row * height // rows, (row + 1) * height // rows
        places.append(Place(first + index, x, y, (width if index == room - 1 else end) - x, bottom - y))
    return PaneLayout(tuple(places))


def lead_layout(
    panes: int, turn: int, width: int, height: int, *, wide: bool = False, staged: int | None = None
) -> PaneLayout:
    """The pane in the first slot leads: it takes about half of the room, at least.

    Beside it stand the pane of the second slot, and at most two more; the others are tabs in the place of the
    leading one.

    Args: turn: the slot that is to be visible, also where it is a tab. wide: whether the leading pane is as wide as
    a curve; the third pane stands below it then. staged: how many of the first panes have places of their own where
    there is room; all of them by default.
    """
    lead, others = 0, range(2, panes)
    if staged is None:
        staged = panes
    column = min(WIDEST_COLUMN, max(LEAST_WIDTH, round(COLUMN * width)))
    if panes == 1 or width < 2 * LEAST_WIDTH:
        tabs = tuple(range(panes)) if panes > 1 else ()
        return PaneLayout(whole_layout(turn, width, height).places, lead, tabs)
    if width < SMALL[0] or height < SMALL[1]:
        turns = turn if turn in others else lead
        return PaneLayout(
            (Place(turns, column, 0, width - column, height), Place(1, 0, 0, column, height)),
            lead,
            (lead, *others) if others else (),
        )
    beside = others[: min(2, max(0, staged - 2))]
    more = others[len(beside) :]
    turns = turn if turn in more else lead
    tabs = (lead, *more) if more else ()
    lower = round(height / 3)
    upper = height - lower
    if len(beside) == 2 and width >= THREE_COLUMNS:
        side, half = width // 4, -(-height // 2)
        right = width - side
        places = [
            Place(turns, side, 0, right - side, height),
            Place(1, 0, 0, side, height),
            Place(2, right, 0, side, half),
            Place(3, right, half, side, height - half),
        ]
        return PaneLayout(tuple(places), lead, tabs)
    below_lead = len(beside) == 2 or (len(beside) == 1 and wide)
    below_column = len(beside) == 2 or (len(beside) == 1 and not wide)
    places = [
        Place(turns, column, 0, width - column, upper if below_lead else height),
        Place(1, 0, 0, column, upper if below_column else height),
    ]
    if below_lead:
        places.append(Place(2, column, upper, width - column, lower))
    if below_column:
        places.append(Place(beside[-1], 0, upper, column, lower))
    return PaneLayout(tuple(places), lead, tabs)


def fitting(parts: Iterable[str], room: int) -> str:
    """As many parts as fit into a line; a first one that does not fit is cut."""
    first, *others = parts
    line = first if len(first) <= room else f"{first[: max(room - 1, 0)]}…"[: max(room, 0)]
    for part in others:
        if len(line) + 3 + len(part) <= room:
            line += f" · {part}"
    return line
