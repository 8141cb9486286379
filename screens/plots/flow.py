"""Texts one behind the other, each with the role that its colour follows from: what legends are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from screens.plots.cells import Cells

APART = 2  # cells between two parts of a legend

Text = tuple[str, str]  # a text and its role


def length_of(texts: Iterable[Text]) -> int:
    """How many cells these take."""
    return sum(len(text) for text, _ in texts)


def write_texts(cells: Cells, texts: Iterable[Text], row: int = 0, column: int = 0) -> int:
    """Write these one behind the other.  Returns: the column behind the last."""
    for text, role in texts:
        cells.write(column, row, text, role)
        column += len(text)
    return column


def longest_fitting(width: int, *forms: list[Text]) -> list[Text]:
    """The first of some forms, the longest first, that fits into a width; nothing where none does."""
    return next((one for one in forms if length_of(one) <= width), [])


def flow(lengths: Sequence[int], width: int, first: int | None = None, start: int = 0) -> list[tuple[int, int]]:
    """Where parts begin, (row, column), that stand one behind the other in rows of a width.

    A part that is wider than a row is given a place, too, and takes no room there.

    Args: first: the width of the first row, where it is another one. start: the column of the first part.
    """
    first = width if first is None else first
    places, row, column = [], 0, start
    for length in lengths:
        if column + length > (width if row else first) and (column or first < width):
            row, column = row + 1, 0
        places.append((row, column))
        if length <= width:
            column += length + APART
    return places
