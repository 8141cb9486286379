"""Columns made into inputs and targets: numbers, one column a word, dates as days and season, what is missing."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from nnsim.data.tables.cell_values import LARGEST, MISSING, dates, hours, season, written_number
from nnsim.data.tables.table import DataTable, TableColumn, notation
from nnsim.errors import ScenarioError
from nnsim.nn.arrays import Array
from nnsim.text import clean_line, quote

MAX_CLASSES = 64
LONGEST_NAME = 24
LONGEST_WORD = 40

Mask = npt.NDArray[np.bool_]


class Encoded(Struct, frozen=True):
    """What became of a column: inputs, (rows, any), with their names; or class numbers, (rows, 1), with classes."""

    name: str
    values: Array
    names: tuple[str, ...]
    became: str
    classes: tuple[str, ...] = ()


def as_written_numbers(table: DataTable, column: TableColumn) -> TableColumn:
    """A column of words read as numbers in whatever notation.  Raises: ScenarioError."""
    form, found = table.form, np.full(table.rows, math.nan)
    known: dict[str, float] = {}
    for row, word in enumerate(column.words or ()):
        if not word or word.lower() in MISSING or word.lower() in form.absent:
            continue
        if word not in known:
            number = written_number(word, form.decimal, form.thousands)
            if number is None or not abs(number) <= LARGEST:
                place = f"{table.called}, line {table.line_of(row)}, column {quote(column.name)}"
                allowed = notation(word, form) or "allowed: a number; or data.categories with the column's name"
                raise ScenarioError(f"{place}: {quote(word)} is no number ({allowed})")
            known[word] = number
        found[row] = known[word]
    return TableColumn(column.name, found)


def as_days(table: DataTable, column: TableColumn, day_first: bool) -> TableColumn:
    """A column of words read as dates, in days since 1970.  Raises: ScenarioError."""
    words = column.words or []
    try:
        return TableColumn(column.name, dates(words, day_first))
    except ValueError as error:
        row = words.index(str(error))
        place = f"{table.called}, line {table.line_of(row)}, column {quote(column.name)}"
        raise ScenarioError(
            f"{place}: {quote(str(error))} is no date (allowed: as 2024-12-31, 31.12.2024 or Dec 31, 2024; or "
            "data.ignore with the column's name)"
        ) from None


def encoded_numbers(column: TableColumn, rows: Mask | None, scaled: str) -> Encoded:
    assert column.numbers is not None
    values = column.numbers if rows is None else column.numbers[rows]
    return Encoded(column.name, values[:, None], (clean_line(column.name, LONGEST_NAME),), f"number{scaled}")


def encoded_dates(column: TableColumn, rows: Mask | None) -> Encoded:
    """Days, and where they lie in the year and in the day, as far as that differs."""
    assert column.numbers is not None
    days = column.numbers if rows is None else column.numbers[rows]
    parts, names, became = [days[:, None]], ["days"], "days"
    angles = season(days)
    if _range(angles) > 0.05:  # the same day of other years is some hours off
        parts.append(angles)
        names += ["season cos", "season sin"]
        became += " and season"
    times = hours(days)
    if _range(times) > 1e-6:
        parts.append(times)
        names += ["hour cos", "hour sin"]
        became += " and time of day"
    room = LONGEST_NAME - len(": season cos")
    called = tuple(f"{clean_line(column.name, room)}: {one}" for one in names)
    return Encoded(column.name, np.concatenate(parts, axis=1), called, f"date, as {became}")


def _range(values: Array) -> float:
    """The widest range of a column of values, (rows, any), that are not missing."""
    there = values[~np.isnan(values[:, 0])]
    return float(np.ptp(there, axis=0).max()) if len(there) else 0.0


def encoded_words(table: DataTable, column: TableColumn, rows: Mask | None) -> Encoded:
    """One column a word, in the order of the alphabet.  Raises: ScenarioError where there are too many."""
    codes, words = coded(table, column, rows)
    values = (codes[:, None] == np.arange(len(words))).astype(np.float64)
    names = tuple(clean_line(f"{column.name}={word}", LONGEST_NAME) for word in words)
    return Encoded(column.name, values, names, f"word, one-hot of {len(words)}", words)


def coded(table: DataTable, column: TableColumn, rows: Mask | None) -> tuple[Array, tuple[str, ...]]:
    """The number of each row's word among the sorted ones, (rows,), and the words.  Raises: ScenarioError."""
    everything = column.words or []
    cleaned = {word: clean_line(word, LONGEST_WORD) for word in dict.fromkeys(everything)}
    kept = everything if rows is None else [word for word, there in zip(everything, rows, strict=True) if there]
    known = sorted({cleaned[word] for word in kept})
    if len(known) > MAX_CLASSES:
        _refuse_many(table, column, cleaned)
    order = {word: float(known.index(one)) for word, one in cleaned.items() if one in set(known)}
    return np.fromiter((order[word] for word in kept), np.float64, len(kept)), tuple(known)


def _refuse_many(table: DataTable, column: TableColumn, cleaned: dict[str, str]) -> None:
    seen = set[str]()
    for row, word in enumerate(column.words or ()):
        seen.add(cleaned[word])
        seen.discard("")
        if len(seen) > MAX_CLASSES:
            place = f"{table.called}, line {table.line_of(row)}, column {quote(column.name)}"
            raise ScenarioError(
                f"{place}: more than {MAX_CLASSES} different words (allowed: {MAX_CLASSES}; data.ignore with the "
                "column's name leaves it out)"
            )


def filled(column: TableColumn) -> tuple[TableColumn, str]:
    """A column whose missing values are the median of the others, or their most frequent word; and which."""
    if column.numbers is not None:
        there = column.numbers[~np.isnan(column.numbers)]
        value = float(np.median(there)) if len(there) else 0.0
        return TableColumn(
            column.name, np.where(np.isnan(column.numbers), value, column.numbers)
        ), f"the median, {value:g}"
    words = column.words or []
    counted: dict[str, int] = {}
    for word in words:
        if word:
            counted[word] = counted.get(word, 0) + 1
    value_word = max(sorted(counted), key=counted.__getitem__, default="missing")
    found = TableColumn(column.name, words=[word or value_word for word in words])
    return found, f"the most frequent word, {clean_line(value_word, LONGEST_WORD)}"


def indicator(column: TableColumn, where: Mask, rows: Mask | None) -> tuple[Array, str]:
    """1 where a value was missing, (rows, 1), and what this input is called."""
    values = where.astype(np.float64)[:, None]
    name = clean_line(column.name, LONGEST_NAME - len(": missing"))
    return (values if rows is None else values[rows]), f"{name}: missing"


def codes_of(column: TableColumn) -> npt.NDArray[np.intp]:
    """A number for each row's value, equal where values are, (rows,)."""
    values: Sequence[object] = column.words if column.words is not None else column.numbers  # type: ignore[assignment]
    return np.asarray(np.unique(np.asarray(values), return_inverse=True)[1], np.intp)
