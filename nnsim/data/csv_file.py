"""CSV: a table of the user's own, with every fault named by its line and column."""

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from nnsim.arrays import Array
from nnsim.components import nearest
from nnsim.data.examples import MAX_COLUMNS, MAX_ROWS, DataSource, Examples, PictureShape, Read, picture_shape
from nnsim.errors import ScenarioError
from nnsim.nn.initializers import RandomSource
from nnsim.text import clean_line, quote

Column = Annotated[str, Meta(min_length=1, max_length=200)]
Columns = Annotated[list[Column], Meta(max_length=MAX_COLUMNS)]

MISSING = frozenset(("", "?", "na", "n/a", "nan", "null", "none"))
MAX_CLASSES = 64
LARGEST = 1e12
LONGEST_NUMBER = 40  # characters
# No word; but whether 1,234 is above 2, nothing tells. Thousands may be parted by a blank, a dot or an apostrophe.
WITH_SIGNS = re.compile(r"[-+]?[\d.\s'\u2019,]*[.,]\d[\d.,\s'\u2019]*(e[-+]?\d+)?\s*%?", re.IGNORECASE)
COMMA = re.compile(r",\d")  # of a number; that of a list, as in 52.5, 13.4, has a blank behind it


class CSV(DataSource, frozen=True):
    """A CSV file beside the scenario: columns to predict, and columns to predict them from.

    `target` names one column or several; all others are inputs, but for those that `ignore` names. A column is of
    numbers where its first value is one, unless `categories` names it; any other is of words, and each of its
    words, in the order of the alphabet, becomes an input of its own, or a class where the column is the target.
    Without a header the columns are called "1", "2" and so on. `decimal` is the sign before a number's fraction.

    `missing` is what happens to a row with a value that is not there (empty, ?, NA, NaN, null, none): "refuse"
    stops with its line, "drop" leaves the row out.

    `picture` is the shape [rows, columns] of pictures whose pixels, line by line, the inputs are.

    Reference: Shafranovich, 2005, RFC 4180.
    """

    path: Column
    target: Column | Columns
    ignore: Columns = []
    categories: Columns = []
    delimiter: Literal[",", ";", "\t", "|"] = ","
    decimal: Literal[".", ","] = "."
    header: bool = True
    missing: Literal["refuse", "drop"] = "refuse"
    picture: PictureShape = []

    def examples(self, *, rng: RandomSource, read: Read) -> Examples:
        quoted = quote(self.path)
        names, lines = self._lines(self._text(read), quoted)
        targets = [self.target] if isinstance(self.target, str) else self.target
        if not targets:
            raise ScenarioError("data.target: is empty (allowed: the names of one or more columns)")
        for key, wanted in (("target", targets), ("ignore", self.ignore), ("categories", self.categories)):
            for name in wanted:
                if name not in names:
                    near = "" if self.without_header(names) else nearest(name, names)
                    raise ScenarioError(
                        f"data.{key}: {quoted} has no column {quote(name)}{near} (allowed: {self.known(names)})"
                    )
        both = [name for name in targets if name in self.ignore]
        if both:
            raise ScenarioError(f"data.ignore: {quote(both[0])} is a target (allowed: any other column)")
        columns = [
            _Column(name, i, name in self.categories, self.decimal)
            for i, name in enumerate(names)
            if name not in self.ignore
        ]
        for number, line in lines:
            if len(line) != len(names):
                raise ScenarioError(
                    f"{quoted}, line {number}: {len(line)} values (allowed: {len(names)}, one for each column)"
                )
            self._row(columns, line, number, quoted)
        chosen = {one.name: one for one in columns}
        inputs = [one for one in columns if one.name not in targets]
        if not columns[0].values or not inputs:
            lacking = "rows" if inputs else "inputs beside its target"
            raise ScenarioError(f"{quoted}: has no {lacking}")
        examples = _examples(inputs, [chosen[name] for name in targets], quoted)
        return replace(examples, picture=picture_shape(self.picture, examples.inputs.shape[1]))

    def known(self, names: Sequence[str]) -> str:
        """The names of columns, in a sentence; and what to set where they look like a row."""
        return ", ".join(quote(one)[1:-1] for one in names[:20]) + self.without_header(names)

    def without_header(self, names: Sequence[str]) -> str:
        """What to set where the names of the columns are numbers, as in a file without a header; else nothing."""
        if not self.header or any(_number(one, self.decimal) is None for one in names):
            return ""
        return "; or data.header = false, --set data.header=false, where its first line is a row"

    def columns(self, read: Read) -> list[str]:
        return self._lines(self._text(read), quote(self.path))[0]

    def _text(self, read: Read) -> str:
        try:
            return read(self.path).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ScenarioError(f"{quote(self.path)}: is not UTF-8 text (byte {error.start})") from None

    def _lines(self, text: str, quoted: str) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
        """Names of the columns, and an iterator over the rows with their line numbers."""
        lines = self._parsed(text, quoted)
        number, first = next(lines, (1, []))
        if not first:
            raise ScenarioError(f"{quoted}: is empty")
        if len(first) > MAX_COLUMNS:
            raise ScenarioError(f"{quoted}, line {number}: {len(first):,} columns (allowed: {MAX_COLUMNS:,})")
        if self.header:
            names = [one.strip() for one in first]
            for name in names:
                if not name or names.count(name) > 1:
                    fault = "a column has no name" if not name else f"column {quote(name)} is there twice"
                    raise ScenarioError(f"{quoted}, line {number}: {fault} (allowed: a name of its own for each)")
            return names, lines

        def all_lines() -> Iterator[tuple[int, list[str]]]:
            yield number, first
            yield from lines

        return [str(i + 1) for i in range(len(first))], all_lines()

    def _parsed(self, text: str, quoted: str) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter, strict=True)
        while True:
            number = reader.line_num + 1  # where the row begins; a quoted value may span lines
            try:
                line = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise ScenarioError(f"{quoted}, line {number}: is no CSV: {clean_line(str(error))}") from None
            if line:
                yield number, line

    def _row(self, columns: "list[_Column]", line: list[str], number: int, quoted: str) -> None:
        values = [line[one.index].strip() for one in columns]
        for one, value in zip(columns, values, strict=True):
            if value.lower() in MISSING:
                if self.missing == "drop":
                    return
                raise ScenarioError(
                    f"{quoted}, line {number}, column {quote(one.name)}: the value is missing "
                    '(allowed: a value; data.missing = "drop", or --set data.missing=drop, leaves such rows out)'
                )
        if len(columns[0].values) >= MAX_ROWS:
            raise ScenarioError(f"{quoted}, line {number}: too many rows (allowed: {MAX_ROWS:,})")
        for one, value in zip(columns, values, strict=True):
            one.add(value, f"{quoted}, line {number}, column {quote(one.name)}")


@dataclass
class _Column:
    name: str
    index: int
    words: bool  # else numbers; the first value decides where `categories` does not
    decimal: str
    values: list[float | str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    def add(self, value: str, place: str) -> None:
        """Take one more value; `place` is where it stands, for errors."""
        if not self.values and not self.words:
            self.words = _number(value, self.decimal) is None
            if self.words and self._foreign(value):
                words = "; or data.categories with the column's name, where its values are words"
                raise ScenarioError(f"{place}: {quote(value)} is no number ({self._allowed(value)}{words})")
        if self.words:
            word = clean_line(value, 40)
            self.known.add(word)
            if len(self.known) > MAX_CLASSES:
                raise ScenarioError(f"{place}: more than {MAX_CLASSES} different words (allowed: {MAX_CLASSES})")
            self.values.append(word)
            return
        number = _number(value, self.decimal)
        if number is None:
            allowed = self._allowed(value) if self._foreign(value) else "allowed: a number, as in the rows before"
            raise ScenarioError(f"{place}: {quote(value)} is no number ({allowed})")
        if not abs(number) <= LARGEST:
            raise ScenarioError(f"{place}: {quote(value)} is too large (allowed: up to {LARGEST:g})")
        self.values.append(number)

    def _foreign(self, value: str) -> bool:
        """Whether a value is a number to people who write another decimal sign, or part thousands."""
        marked = self.decimal == "," or COMMA.search(value) is not None
        return marked and len(value) <= LONGEST_NUMBER and WITH_SIGNS.fullmatch(value) is not None

    def _allowed(self, value: str) -> str:
        """What is allowed in the place of a number in another notation."""
        here, other = ("point", ",") if self.decimal == "." else ("comma", ".")
        allowed = f"allowed: a decimal {here}, and nothing between thousands"
        if _number(value, other) is None:
            return allowed
        return f'{allowed}; or data.decimal = "{other}", --set data.decimal={other}'

    def categories(self) -> list[str]:
        return sorted(self.known)

    def codes(self) -> Array:
        """The number of each row's word among the sorted ones, (rows,)."""
        order = {word: float(i) for i, word in enumerate(self.categories())}
        return np.array([order[str(value)] for value in self.values])


def _number(text: str, decimal: str) -> float | None:
    if decimal != ".":
        if "." in text:  # which may part thousands: 1.234 is no fraction here
            return None
        text = text.replace(decimal, ".")
    try:
        number = float(text)
    except ValueError:
        return None
    # Python reads "1_000" as a number; a table that says so more likely holds names.
    return None if "_" in text or math.isnan(number) else number


def _examples(inputs: Sequence[_Column], targets: Sequence[_Column], quoted: str) -> Examples:
    parts: list[Array] = []
    names: list[str] = []
    for one in inputs:
        if one.words:
            words = one.categories()
            parts.append((one.codes()[:, None] == np.arange(len(words))).astype(np.float64))
            names += [clean_line(f"{one.name}={word}", 24) for word in words]
        else:
            parts.append(np.array(one.values, dtype=np.float64)[:, None])
            names.append(clean_line(one.name, 24))
    if len(names) > MAX_COLUMNS:
        raise ScenarioError(f"{quoted}: its words make {len(names):,} inputs (allowed: {MAX_COLUMNS:,})")
    matrix = np.concatenate(parts, axis=1)
    target_names = tuple(clean_line(one.name, 24) for one in targets)
    worded = [one for one in targets if one.words]
    if not worded:
        numbers = np.array([one.values for one in targets], dtype=np.float64).T
        return Examples(matrix, numbers, tuple(names), target_names)
    if len(targets) > 1:
        raise ScenarioError(f"data.target: {quote(worded[0].name)} holds words (allowed: as the only target)")
    classes = worded[0].categories()
    if len(classes) < 2:
        raise ScenarioError(f"data.target: {quote(worded[0].name)} holds one word alone (allowed: two or more)")
    return Examples(matrix, worded[0].codes()[:, None], tuple(names), target_names, tuple(classes))
