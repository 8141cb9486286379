"""CSV: a table of the user's own, with every fault named by its line and column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Literal

import msgspec
import numpy as np
from msgspec import Meta

from nnsim.components import nearest
from nnsim.data.data_files import ScenarioFiles
from nnsim.data.examples import MAX_COLUMNS, DataSource, Examples, PictureShape, Read, picture_shape
from nnsim.data.splits import Indices
from nnsim.data.tables import encoded
from nnsim.data.tables.cell_values import plain_number
from nnsim.data.tables.encoded import Encoded, Mask
from nnsim.data.tables.file_content import ENCODINGS, check_encoding, unpacked
from nnsim.data.tables.report import ColumnReport, TableReport
from nnsim.data.tables.table import (
    MAX_NUMBERS,
    ROW_LABELS,
    DataTable,
    TableColumn,
    TableForm,
    column_names,
    read_table,
)
from nnsim.errors import ScenarioError
from nnsim.nn.arrays import Array
from nnsim.nn.initializers import RandomSource
from nnsim.text import clean_line, count, quote

ColumnName = Annotated[str, Meta(min_length=1, max_length=200)]
Columns = Annotated[list[ColumnName], Meta(max_length=MAX_COLUMNS)]
Encoding = Literal[ENCODINGS]  # type: ignore[valid-type]

TARGET, LEFT_OUT, GROUP, ID = "target", "left out", "group, left out", "id or row number, left out"
MISSING_WAYS = "--set data.missing=fill, or =drop"


class CSV(DataSource, frozen=True):
    """A table beside the scenario: columns to predict, and columns to predict them from.

    The file is CSV, which may be packed by gzip, or Parquet (extra `nnsim[parquet]`). `target` names one column or
    several; all others are inputs, but for those that `ignore` names. A column is of numbers where its first value
    is one, unless `categories` names it; any other is of words, and each of its words, in the order of the
    alphabet, becomes an input of its own, or a class where the column is the target. `numbers` names columns of
    numbers with signs around them ($4.99, 10,000+, 12 %), `dates` those of dates, which become the days since 1970
    and, where they differ in it, cosine and sine of the season and of the time of day; with `day_first` 03/04/2024
    is the third of April. `encoding` is how the file writes letters that are not ASCII.

    Without a header the columns are called "1", "2" and so on, or by `names`. A blank as `delimiter` stands for any
    run of blanks and tabs. `decimal` is the sign before a number's fraction, `thousands` that between groups of
    three digits.

    `missing` is what happens to a row with a value that is not there (empty, ?, NA, NaN, null; none, but among
    words; what `absent` names, such as "-" or "-999"): "refuse" stops with its line, "drop" leaves the row out,
    "fill" puts the median of the column in its place, or its most frequent word, and adds an input that is 1 where
    it was missing; rows without a target are left out.

    `group` names a column that is no input, but whose rows of one value stay together when rows are set apart;
    `time` one by which rows are ordered before: the first are trained on, the last are for the test.

    `picture` is the shape [rows, columns] of pictures whose pixels, line by line, the inputs are.

    Reference: Shafranovich, 2005, RFC 4180.
    """

    draws: ClassVar[bool] = False

    path: ColumnName
    target: ColumnName | Columns
    ignore: Columns = []
    categories: Columns = []
    numbers: Columns = []
    dates: Columns = []
    day_first: bool = False
    delimiter: Literal[",", ";", "\t", "|", " "] = ","
    decimal: Literal[".", ","] = "."
    thousands: Literal[",", "."] | None = None
    header: bool = True
    names: Columns = []
    encoding: Encoding = "utf-8"
    missing: Literal["refuse", "drop", "fill"] = "refuse"
    absent: Columns = []
    picture: PictureShape = []
    group_by: ColumnName | None = msgspec.field(name="group", default=None)
    time: ColumnName | None = None

    @property
    def form(self) -> TableForm:
        absent = frozenset(one.strip().lower() for one in self.absent)
        signs = self.decimal, self.thousands or ""
        return TableForm(self.delimiter, *signs, self.header, self.encoding, tuple(self.names), absent)

    @property
    def targets(self) -> list[str]:
        return [self.target] if isinstance(self.target, str) else self.target

    @property
    def left_out(self) -> frozenset[str]:
        return frozenset((*self.ignore, ROW_LABELS))

    def examples(self, *, rng: RandomSource, read: Read) -> Examples:
        if self.thousands == self.decimal:
            raise ScenarioError(f"data.thousands: {self.thousands!r} is the decimal sign (allowed: another)")
        return _Making(self, self.table(read)).examples()

    def describe(self, table: DataTable) -> TableReport:
        """What becomes of the columns of a table; values that are missing are counted, and refuse nothing.

        Raises: ScenarioError.
        """
        return _Making(self, table).description()

    def table(self, read: Read) -> DataTable:
        """The whole table, read once where scenario files keep it.  Raises: ScenarioError."""
        words, skip = frozenset((*self.categories, *self.numbers, *self.dates)), self.left_out

        def make() -> DataTable:
            content, called = self._content(read)
            self.check_names(column_names(content, self.form, called), called)
            return read_table(
                content, self.form, called, words=words, skip=skip, again=lambda: self._content(read)[0]
            )

        def serves(found: DataTable) -> bool:
            needed = [name for name in found.names if name not in skip]
            texts = (found.columns[name].words is not None for name in words if name in found.columns)
            return all(name in found.columns for name in needed) and all(texts)

        found = read.kept((self.path, self.form), make, serves) if isinstance(read, ScenarioFiles) else make()
        self.check_names(found.names, found.called)
        return found

    def _content(self, read: Read) -> tuple[bytes, str]:
        called = quote(self.path)
        content = unpacked(read(self.path), called)
        check_encoding(content, self.encoding, called)
        return content, called

    def check_names(self, names: Sequence[str], called: str) -> None:
        if not self.targets:  # which a description alone does without
            raise ScenarioError("data.target: is empty (allowed: the names of one or more columns)")
        asked = {
            "target": self.targets,
            "ignore": self.ignore,
            "categories": self.categories,
            "numbers": self.numbers,
            "dates": self.dates,
            "group": [self.group_by] if self.group_by else [],
            "time": [self.time] if self.time else [],
        }
        for key, wanted in asked.items():
            for name in wanted:
                if name not in names:
                    near = "" if self.without_header(names) else nearest(name, list(names))
                    raise ScenarioError(
                        f"data.{key}: {called} has no column {quote(name)}{near} (allowed: {self.known(names)})"
                    )
        for key in ("ignore", "group"):
            if both := [name for name in self.targets if name in asked[key]]:
                raise ScenarioError(f"data.{key}: {quote(both[0])} is a target (allowed: any other column)")
        for key in ("group", "time"):
            if both := [name for name in asked[key] if name in self.ignore]:
                raise ScenarioError(f"data.ignore: {quote(both[0])} is data.{key} (allowed: any other column)")

    def known(self, names: Sequence[str]) -> str:
        """The names of columns, in a sentence; and what to set where they look like a row."""
        return ", ".join(quote(one)[1:-1] for one in names[:20]) + self.without_header(names)

    def without_header(self, names: Sequence[str]) -> str:
        """What to set where the names of the columns are numbers, as in a file without a header; else nothing."""
        if not self.header:
            return "; or data.header = true, --set data.header=true, where its first line names the columns"
        if any(plain_number(one, self.decimal) is None for one in names):
            return ""
        return "; or data.header = false, --set data.header=false, where its first line is a row"

    def columns(self, read: Read) -> tuple[str, ...]:
        content, called = self._content(read)
        return column_names(content, self.form, called)


@dataclass
class _Making:
    """Makes the examples of a table, and the report on it."""

    data: CSV
    table: DataTable
    reports: dict[str, ColumnReport] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)  # rows left out because of missing values, by column

    def examples(self) -> Examples:
        data, table = self.data, self.table
        chosen, missing = self._chosen()
        inputs = [one for one in chosen if one.name not in (*data.targets, data.group_by)]
        if not table.rows or not inputs:
            raise ScenarioError(f"{table.called}: has no {'rows' if inputs else 'inputs beside its target'}")
        rows, kept = self._rows(missing)
        by_name = {one.name: self._filled(one, missing) for one in chosen}
        # Targets first: what is wrong with them is wrong in whatever way the inputs are read.
        targets = [self._encoded(by_name[name], rows) for name in data.targets]
        matrix, names, sources = self._inputs([by_name[one.name] for one in inputs], missing, rows, kept)
        return replace(
            _examples(targets, matrix, names),
            picture=picture_shape(data.picture, matrix.shape[1]),
            sources=sources,
            groups=self._codes(by_name.get(data.group_by or ""), rows),
            times=self._times(by_name.get(data.time or ""), rows),
            report=self._report(targets, kept),
        )

    def description(self) -> TableReport:
        """The report alone, also where the target is not known or values are missing."""
        chosen, missing = self._chosen()
        rows, kept = None, self.table.rows
        if self.data.missing == "refuse":
            for name, one in missing.items():
                self._add(name, f"{int(one.sum()):,} of {count(kept, 'value')} are missing: {MISSING_WAYS}")
        else:
            rows, kept = self._rows(missing)
            chosen = [self._filled(one, missing) for one in chosen]
        targets = []
        for column in chosen:
            made = self._encoded(column, rows)
            if column.name in self.data.targets:
                targets.append(made)
            else:
                self._say(made)
        return self._report(targets, kept)

    def _chosen(self) -> tuple[list[TableColumn], dict[str, Mask]]:
        """The columns that are not left out, and where values of them are missing."""
        chosen = [self._typed(name) for name in self.table.names if name not in self.data.left_out]
        return chosen, {one.name: found for one in chosen if (found := one.missing).any()}

    def _typed(self, name: str) -> TableColumn:
        data, column = self.data, self.table.columns[name]
        if name in data.numbers:
            return encoded.as_written_numbers(self.table, column)
        return encoded.as_days(self.table, column, data.day_first) if name in data.dates else column

    def _rows(self, missing: Mapping[str, Mask]) -> tuple[Mask | None, int]:
        """The rows that are kept, None where all are, and how many.  Raises: ScenarioError."""
        data, table = self.data, self.table
        if data.missing == "fill":
            missing = {name: one for name, one in missing.items() if name in (*data.targets, data.group_by)}
        if not missing:
            return None, table.rows
        if data.missing == "refuse":
            row, index = min((int(one.argmax()), table.names.index(name)) for name, one in missing.items())
            raise ScenarioError(
                f"{table.called}, line {table.line_of(row)}, column {quote(table.names[index])}: the value is "
                f'missing; {self._many(missing)} (allowed: a value; data.missing = "fill", or --set '
                'data.missing=fill, puts in the median or the most frequent word; data.missing = "drop", or --set '
                "data.missing=drop, leaves such rows out)"
            )
        gone = np.logical_or.reduce(list(missing.values()))
        if gone.all():
            raise ScenarioError(
                f"{table.called}: no row has all of its values: {self._many(missing)} (allowed: data.missing = "
                '"fill", or data.ignore with the columns that lack most)'
            )
        counts = {name: int(one.sum()) for name, one in missing.items()}
        self.lost = dict(sorted(counts.items(), key=lambda one: -one[1]))
        return np.asarray(~gone), table.rows - int(gone.sum())

    def _many(self, missing: Mapping[str, Mask]) -> str:
        gone = int(np.logical_or.reduce(list(missing.values())).sum())
        most = max(missing, key=lambda name: int(missing[name].sum()))
        return f"{gone:,} of {count(self.table.rows, 'row')} lack one, most of them in {quote(most)}"

    def _filled(self, column: TableColumn, missing: Mapping[str, Mask]) -> TableColumn:
        if (
            self.data.missing != "fill"
            or column.name not in missing
            or column.name in (*self.data.targets, self.data.group_by)
        ):
            return column
        found, value = encoded.filled(column)
        self._add(column.name, f"{count(int(missing[column.name].sum()), 'missing value')} filled with {value}")
        return found

    def _encoded(self, column: TableColumn, rows: Mask | None) -> Encoded:
        if column.name in self.data.dates:
            if column.name in self.data.targets:
                raise ScenarioError(f"data.target: {quote(column.name)} holds dates (allowed: numbers or words)")
            return encoded.encoded_dates(column, rows)
        if column.words is None:
            return encoded.encoded_numbers(column, rows, self.data.scaled)
        if column.name not in self.data.targets:
            return encoded.encoded_words(self.table, column, rows)
        codes, words = encoded.coded(self.table, column, rows)
        return Encoded(column.name, codes[:, None], (clean_line(column.name, 24),), TARGET, words)

    def _inputs(
        self, columns: Sequence[TableColumn], missing: Mapping[str, Mask], rows: Mask | None, kept: int
    ) -> tuple[Array, tuple[str, ...], tuple[str, ...]]:
        """The inputs, (rows, inputs), their names, and the columns that they are made of."""
        sources: list[str] = []
        parts: list[Encoded | tuple[Array, tuple[str, ...]]] = []
        for column in columns:
            one = self._encoded(column, rows)
            parts.append(one)
            sources += [column.name] * len(one.names)
            self._say(one)
            if self.data.missing == "fill" and column.name in missing:
                values, name = encoded.indicator(column, missing[column.name], rows)
                parts.append((values, (name,)))
                sources.append(column.name)
        pairs = [(one.values, one.names) if isinstance(one, Encoded) else one for one in parts]
        names = tuple(name for _, some in pairs for name in some)
        if len(names) > MAX_COLUMNS:
            raise ScenarioError(
                f"{self.table.called}: its words make {len(names):,} inputs (allowed: {MAX_COLUMNS:,})"
            )
        if kept * len(names) > MAX_NUMBERS:
            raise ScenarioError(
                f"{self.table.called}: {kept:,} rows of {len(names):,} inputs are too many "
                f"(allowed: {MAX_NUMBERS:,} numbers)"
            )
        matrix = np.empty((kept, len(names)))
        at = 0
        for values, some in pairs:
            matrix[:, at : at + len(some)] = values
            at += len(some)
        return matrix, names, tuple(sources)

    def _say(self, one: Encoded) -> None:
        self.reports[one.name] = replace(self.reports.get(one.name, ColumnReport(one.name, "")), became=one.became)

    def _codes(self, column: TableColumn | None, rows: Mask | None) -> Indices | None:
        if column is None:
            return None
        codes = encoded.codes_of(column)
        return codes if rows is None else codes[rows]

    def _times(self, column: TableColumn | None, rows: Mask | None) -> Array | None:
        if column is None:
            return None
        if column.words is not None:
            column = encoded.as_days(self.table, column, self.data.day_first)
        assert column.numbers is not None
        return column.numbers if rows is None else column.numbers[rows]

    def _report(self, targets: Sequence[Encoded], kept: int) -> TableReport:
        data, table = self.data, self.table
        for one in targets:
            self._add(one.name, _answers(one.classes))
            self.reports[one.name] = replace(self.reports[one.name], became=TARGET)
        if ROW_LABELS in table.names:
            reason = "the first column has no name, as where table libraries write row labels"
            self.reports[ROW_LABELS] = ColumnReport(ROW_LABELS, ID, reason)
        for name in data.ignore:
            self.reports[name] = ColumnReport(name, LEFT_OUT, "data.ignore names it")
        if data.group_by:
            self.reports[data.group_by] = ColumnReport(
                data.group_by, GROUP, "its rows of one value stay on one side of the split"
            )
        if data.time:
            self._add(data.time, "rows are ordered by it: the first are trained on")
        for name, rows in self.lost.items():
            self._add(name, f"{count(rows, 'row')} without a value left out")
        columns = tuple(self.reports[name] for name in table.names)
        return TableReport(columns, table.rows, table.rows - kept, tuple(self.lost))

    def _add(self, name: str, text: str) -> None:
        """Says one thing more of a column."""
        before = self.reports.get(name, ColumnReport(name, ""))
        self.reports[name] = replace(before, reason="; ".join(filter(None, (before.reason, text))))


def _examples(targets: Sequence[Encoded], matrix: Array, names: tuple[str, ...]) -> Examples:
    target_names = tuple(one.names[0] for one in targets)
    worded = [one for one in targets if one.classes]
    if not worded:
        return Examples(matrix, np.concatenate([one.values for one in targets], axis=1), names, target_names)
    if len(targets) > 1:
        raise ScenarioError(f"data.target: {quote(worded[0].name)} holds words (allowed: as the only target)")
    if len(worded[0].classes) < 2:
        raise ScenarioError(f"data.target: {quote(worded[0].name)} holds one word alone (allowed: two or more)")
    return Examples(matrix, worded[0].values, names, target_names, worded[0].classes)


def _answers(classes: Sequence[str] | None) -> str:
    """What a target is; nothing where it has one class alone, or no value."""
    if not classes:
        return "a number"
    return f"one of {len(classes)} classes" if len(classes) > 1 else ""
