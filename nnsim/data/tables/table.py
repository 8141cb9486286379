"""A table as it stands in a file: its columns as numbers or words, read in pieces, each fault with its line."""

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np
from msgspec import Struct

from nnsim.data.examples import MAX_COLUMNS
from nnsim.data.tables.cell_values import LARGEST, MISSING, MISSING_WORDS, plain_number, written_number
from nnsim.errors import ScenarioError
from nnsim.nn.arrays import Array
from nnsim.text import clean_line, count, quote

MAX_TABLE_ROWS = 1_000_000
MAX_NUMBERS = 50_000_000  # cells
MAX_LINE = 1_000_000  # bytes
ROW_LABELS = "row labels"  # what a first column without a name holds, as table libraries write it
ROWS_AT_ONCE = 20_000
LOOKED_AT_ROWS = 1_000


class TableForm(Struct, frozen=True):
    """How a table is written.  Args: delimiter: a blank stands for any run of blanks and tabs."""

    delimiter: str = ","
    decimal: str = "."
    thousands: str = ""
    header: bool = True
    encoding: str = "utf-8"
    names: tuple[str, ...] = ()  # in place of the header's
    absent: frozenset[str] = frozenset()  # what else stands for a missing value, in small letters


@dataclass
class TableColumn:
    """A column of numbers, NaN where a value is missing, or of words, empty where one is."""

    name: str
    numbers: Array | None = None  # (rows,)
    words: list[str] | None = None

    @property
    def missing(self) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Where values are missing, (rows,)."""
        if self.numbers is not None:
            return np.isnan(self.numbers)
        return np.fromiter((not one for one in self.words or ()), np.bool_)


class NotPlain(ScenarioError):
    """A value among numbers that is one in another notation, such as $4.99 among 0 and 5."""

    def __init__(self, message: str, column: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True)
class DataTable:
    """All rows of a file."""

    form: TableForm
    names: tuple[str, ...]
    rows: int
    columns: dict[str, TableColumn] = field(repr=False)  # without those that nobody asked for
    content: Callable[[], bytes] = field(repr=False, compare=False)  # read again where a line is to be named
    called: str  # the file, quoted

    def line_of(self, row: int) -> int:
        """The line where a row begins, both counted as editors count: the row from 0, the line from 1."""
        number, _ = next(islice(_rows(self.content(), self.form, self.called), row + self.form.header, None))
        return number


def first_rows(content: bytes, form: TableForm, called: str, most: int = LOOKED_AT_ROWS) -> list[list[str]]:
    """The first rows of a file, its header among them, as cells.  Raises: ScenarioError."""
    return [cells for _, cells in islice(_rows(content, form, called), most)]


def column_names(content: bytes, form: TableForm, called: str) -> tuple[str, ...]:
    """What the columns are called.  Raises: ScenarioError where one has no name, or two have the same."""
    number, first = next(_rows(content, form, called), (1, []))
    if not first:
        raise ScenarioError(f"{called}: is empty")
    if len(first) > MAX_COLUMNS:
        raise ScenarioError(f"{called}, line {number}: {len(first):,} columns (allowed: {MAX_COLUMNS:,})")
    if form.names:
        if len(form.names) != len(first):
            raise ScenarioError(
                f"data.names: {len(form.names)} names for {len(first)} columns (allowed: one for each)"
            )
        names = list(form.names)
    elif not form.header:
        return tuple(str(i + 1) for i in range(len(first)))
    else:
        names = [one.strip() for one in first]
        if not names[0] and len(names) > 1:
            names[0] = ROW_LABELS
    for name in names:
        if not name or names.count(name) > 1:
            fault = "a column has no name" if not name else f"column {quote(name)} is there twice"
            raise ScenarioError(
                f"{called}, line {number}: {fault} (allowed: a name of its own for each; data.names gives them)"
            )
    return tuple(names)


def read_table(
    content: bytes,
    form: TableForm,
    called: str,
    *,
    words: frozenset[str] = frozenset(),
    skip: frozenset[str] = frozenset(),
    again: Callable[[], bytes],
) -> DataTable:
    """Reads all rows.

    Args: called: the file, quoted. words: columns that stay text; any other holds numbers where its first value
        is one. skip: columns that nobody asks for. again: gives the content once more, to name a line of it.
    Raises: ScenarioError with the line and column of what is wrong; NotPlain.
    """
    check_size(content, called)
    names = column_names(content, form, called)
    found = _all_numbers(content, form, names) if not words.union(skip).intersection(names) else None
    if found is not None:
        columns = {name: TableColumn(name, found[:, i]) for i, name in enumerate(names)}
        return DataTable(form, names, len(found), columns, again, called)
    parsers = [_Parser(name, form, name in words) for name in names if name not in skip]
    places = [i for i, name in enumerate(names) if name not in skip]
    rows = 0
    reading = _rows(content, form, called)
    if form.header:
        next(reading)
    while piece := list(islice(reading, ROWS_AT_ONCE)):
        piece = [(number, _without_end(cells, len(names))) for number, cells in piece]
        lengths = {len(cells) for _, cells in piece}
        wrong = None
        if lengths != {len(names)}:
            at = next(i for i, (_, cells) in enumerate(piece) if len(cells) != len(names))
            wrong, piece = piece[at], piece[:at]
        cells = list(zip(*(one for _, one in piece), strict=True)) if piece else []
        for parser, place in zip(parsers, places, strict=True) if piece else ():
            parser.take(cells[place], [number for number, _ in piece], called)
        if wrong is not None:
            number, line = wrong
            raise ScenarioError(
                f"{called}, line {number}: {count(len(line), 'value')} (allowed: {len(names)}, one for each column"
                f"{_of_another_kind(names, line)})"
            )
        rows += len(piece)
    return DataTable(form, names, rows, {one.name: one.column() for one in parsers}, again, called)


def _without_end(cells: list[str], columns: int) -> list[str]:
    """The same without what stands behind a delimiter at the end of a row, which its header lacks."""
    return cells[:-1] if len(cells) == columns + 1 and not cells[-1].strip() else cells


def _of_another_kind(names: Sequence[str], line: Sequence[str]) -> str:
    """What to say where the first line seems to be no header at all, but a remark or Excel's `sep=;`."""
    if len(line) > len(names) and (len(names) == 1 or names[0].lower().startswith(("#", "sep="))):
        return ", which the first line names: take that line out of the file where it is no header"
    return ""


def check_size(content: bytes, called: str) -> None:
    """Refuses what is too large before it is parsed.  Raises: ScenarioError."""
    lines = content.count(b"\n") or content.count(b"\r")
    if lines > MAX_TABLE_ROWS + 1:
        raise ScenarioError(f"{called}: {lines:,} lines are too many (allowed: {MAX_TABLE_ROWS:,} rows)")
    start = 0
    while len(content) - start > MAX_LINE:
        end = max(content.rfind(b"\n", start, start + MAX_LINE), content.rfind(b"\r", start, start + MAX_LINE))
        if end < 0:
            number = content.count(b"\n", 0, start) + 1
            raise ScenarioError(f"{called}, line {number}: is longer than {MAX_LINE:,} bytes")
        start = end + 1


def _lines(content: bytes, form: TableForm) -> Iterator[str]:
    # Decoded in pieces: the text as a whole would take up to four times the room of the file.
    text = io.TextIOWrapper(io.BytesIO(content), form.encoding, newline="")
    return map(_blanks, text) if form.delimiter == " " else iter(text)


def _blanks(line: str) -> str:
    return line.replace("\t", " ").strip()


def _rows(content: bytes, form: TableForm, called: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the number of their line; those that are empty are left out.  Raises: ScenarioError."""
    blank = form.delimiter == " "
    reader = csv.reader(_lines(content, form), delimiter=form.delimiter, strict=True, skipinitialspace=blank)
    while True:
        number = reader.line_num + 1  # where the row begins; a quoted value may span lines
        try:
            line = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ScenarioError(f"{called}, line {number}: is no CSV: {clean_line(str(error))}") from None
        except UnicodeDecodeError:
            raise ScenarioError(f"{called}: is not text in {form.encoding}") from None
        if line:
            yield number, line


def _all_numbers(content: bytes, form: TableForm, names: Sequence[str]) -> Array | None:
    """All cells, (rows, columns), where every one is a plain number; NumPy reads such a file ten times as fast."""
    if form.delimiter == " " or form.decimal != "." or form.thousands or form.absent or b'"' in content:
        return None
    lines = _lines(content, form)
    if form.header:
        next(lines, None)
    first = next(lines, None)
    if first is None:
        return None
    try:
        found = np.loadtxt(chain([first], lines), delimiter=form.delimiter, comments=None, ndmin=2)
    except (ValueError, UnicodeDecodeError):
        return None
    # Where anything else is among them, the other way says what and where.
    fits = found.shape[1] == len(names) and found.min() >= -LARGEST and found.max() <= LARGEST
    return found if fits else None


class _Parser:
    """Takes the cells of one column, piece by piece."""

    def __init__(self, name: str, form: TableForm, words: bool) -> None:
        self.name, self._form = name, form
        self._words: list[str] | None = [] if words else None
        self._pieces: list[Array] = []
        self._known: dict[str, str] = {}  # a word is kept once, however often it occurs
        self._decided = words
        self._empty = 0  # rows before the first value
        self._missing, self._missing_words = MISSING | form.absent, MISSING_WORDS | form.absent

    def take(self, cells: Sequence[str], lines: Sequence[int], called: str) -> None:
        if not self._decided:
            first = next((one for one in cells if one.strip().lower() not in self._missing), None)
            if first is None:
                self._empty += len(cells)
                return
            self._decided = True
            if plain_number(first, self._form.decimal, self._form.thousands) is None:
                if allowed := notation(first.strip(), self._form):
                    place = f"{called}, line {lines[cells.index(first)]}, column {quote(self.name)}"
                    words = "; or data.categories with the column's name, where its values are words"
                    raise ScenarioError(f"{place}: {quote(first.strip())} is no number ({allowed}{words})")
                self._words = [""] * self._empty
            else:
                self._pieces.append(np.full(self._empty, math.nan))
        if self._words is None:
            self._pieces.append(self._numbers(cells, lines, called))
            return
        known = self._known
        stripped = [known.setdefault(one, one) for one in map(str.strip, cells)]
        self._words += ["" if one.lower() in self._missing_words else one for one in stripped]

    def _numbers(self, cells: Sequence[str], lines: Sequence[int], called: str) -> Array:
        form = self._form
        if form.decimal == "." and not form.thousands and not form.absent:
            try:
                found = np.array(list(map(float, cells)))
            except ValueError:
                pass
            else:
                if (np.abs(found) <= LARGEST).all() and "_" not in "".join(cells):
                    return found
        found = np.empty(len(cells))
        for row, cell in enumerate(cells):
            number = plain_number(cell, form.decimal, form.thousands)
            if number is not None and form.absent and cell.strip().lower() in form.absent:  # such as -999
                number = math.nan
            elif number is None:
                if cell.strip().lower() not in self._missing:
                    self._refuse(cell.strip(), lines[row], called)
                number = math.nan
            elif not abs(number) <= LARGEST:
                place = f"{called}, line {lines[row]}, column {quote(self.name)}"
                raise ScenarioError(f"{place}: {quote(cell.strip())} is too large (allowed: up to {LARGEST:g})")
            found[row] = number
        return found

    def _refuse(self, value: str, line: int, called: str) -> None:
        place = f"{called}, line {line}, column {quote(self.name)}"
        if value == self.name:
            raise ScenarioError(f"{place}: the names of the columns stand here again (allowed: in the first line)")
        allowed = notation(value, self._form)
        message = f"{place}: {quote(value)} is no number ({allowed or 'allowed: a number, as in the rows before'}"
        if written_number(value, self._form.decimal, self._form.thousands) is not None:
            raise NotPlain(f"{message}; or data.numbers with the column's name)", self.name)
        if not allowed:
            absent = f"--set 'data.absent=[{json.dumps(clean_line(value, 40), ensure_ascii=False)}]'"
            message += f"; {absent} where that stands for a missing value; or data.categories or data.ignore"
        raise ScenarioError(f"{message})")

    def column(self) -> TableColumn:
        if self._words is not None:
            return TableColumn(self.name, words=self._words)
        if not self._decided:
            return TableColumn(self.name, words=[""] * self._empty)
        return TableColumn(self.name, np.concatenate(self._pieces) if self._pieces else np.empty(0))


def notation(value: str, form: TableForm) -> str:
    """What is allowed in the place of a number in another notation, with the settings; empty for words."""
    other = "," if form.decimal == "." else "."
    here = "point" if form.decimal == "." else "comma"
    if written_number(value, form.decimal, form.thousands) is not None:
        return ""
    foreign = other in value and any(
        written_number(value, decimal, thousands) is not None
        for decimal, thousands in ((other, ""), (other, form.decimal), (form.decimal, other))
    )
    if not foreign:
        return ""
    ways = [f"allowed: a decimal {here}, and nothing between thousands"]
    if written_number(value, form.decimal, other) is not None:
        ways.append(f'data.thousands = "{other}", --set data.thousands={other}, where it parts thousands')
    # Three digits behind a comma: where the comma parts the columns too, it is no decimal sign.
    if plain_number(value, other) is not None and form.delimiter != other:
        ways.append(f'data.decimal = "{other}", --set data.decimal={other}')
    return "; or ".join(ways)
