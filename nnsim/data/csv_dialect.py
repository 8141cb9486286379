"""How a CSV file is written: what parts its columns, its decimal sign, its header, where nobody says it."""

import json
import re
from typing import NamedTuple

from nnsim.data.tables.cell_values import MISSING, days_of, plain_number, written_number
from nnsim.errors import ScenarioError

DELIMITERS = (";", "\t", "|")  # beside the comma
LOOKED_AT = 100_000  # bytes
ROWS_FOR_KIND = 100  # that tell what a column holds
SIGNS = ((".", ""), (".", ","), (",", "."))  # of fractions, and between thousands
QUOTED = re.compile(rb'"[^"]*"')
NUMBER_WITH_COMMA = re.compile(r"[-+]?\d*,\d+(?:e[-+]?\d+)?", re.IGNORECASE)
NUMBER_WITH_POINT = re.compile(r"[-+]?(?:\d*\.\d+|\d+\.)(?:e[-+]?\d+)?", re.IGNORECASE)
THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")  # which 1,234 may be as well


class Form(NamedTuple):
    """The delimiter and the decimal sign, empty where they are usual; `doubtful` is another likely delimiter."""

    delimiter: str = ""
    decimal: str = ""
    doubtful: str = ""


def form_of(content: bytes, tabs: bool, delimiter: str = "") -> Form:
    """How a file is written, as far as its beginning shows it.

    The columns of a first line without commas are parted by what else stands there. Where it has commas, something
    else parts the columns if each line has as many of it, and every comma stands in a number.  Raises:
    ScenarioError.
    """
    lines = _lines(content)
    head = lines[0] if lines else ""
    if delimiter:
        return Form("", _decimal(lines, delimiter))
    if tabs and "\t" in head:
        return Form("\t", _decimal(lines, "\t"))
    found = max(DELIMITERS, key=head.count)
    if "," not in head and _as_blanks(lines) and not (_as_many(lines, found) and _holds_words(lines, found)):
        return Form(" ", _decimal(lines, " "))
    if found not in head:
        return Form()
    if "," not in head:
        return Form(found, _decimal(lines, found))
    there = [one for one in DELIMITERS if one in head]
    likely = [
        one
        for one in there
        if all(_is_number(field) for line in lines for field in line.split(one) if "," in field)
    ]
    sure = [one for one in likely if _as_many(lines, one)]
    if len(sure) == 1:
        return Form(sure[0], _decimal(lines, sure[0]))
    if likely:
        choices = " or ".join(json.dumps(one) for one in (",", *likely))
        setting = f"--set 'data.delimiter={json.dumps(likely[0])}'"
        raise ScenarioError(
            f"data.delimiter: what parts the columns is not sure (allowed: {choices}, as in {setting})"
        )
    return Form(doubtful=next((one for one in there if _as_many(lines, one)), ""))


def _as_blanks(lines: list[str]) -> bool:
    """Whether runs of blanks and tabs part every line into as many fields, two or more."""
    widths = {len(line.split()) for line in lines}
    return len(lines) > 1 and len(widths) == 1 and widths.pop() > 1


def _holds_words(lines: list[str], delimiter: str) -> bool:
    """Whether a delimiter is in all lines, and no field between two of it is a row of numbers itself."""
    if delimiter not in lines[0]:
        return False
    parts = [field.split() for line in lines[1:] for field in line.split(delimiter)]
    return not any(len(one) > 1 and all(plain_number(each) is not None for each in one) for one in parts)


def _as_many(lines: list[str], delimiter: str) -> bool:
    return all(line.count(delimiter) == lines[0].count(delimiter) for line in lines)


def _lines(content: bytes) -> list[str]:
    """The first lines, as far as they are whole, without what is quoted and without those that are empty."""
    start = content[:LOOKED_AT]
    if len(content) > LOOKED_AT and b"\n" in start:
        start = start[: start.rindex(b"\n")]
    text = QUOTED.sub(b'""', start).decode("utf-8-sig", "replace")
    return [line for line in text.splitlines() if line.strip()]


def _is_number(field: str) -> bool:
    return NUMBER_WITH_COMMA.fullmatch(field.strip()) is not None


def _decimal(lines: list[str], delimiter: str) -> str:
    """The comma, where numbers have it and it cannot part thousands: no number has a point."""
    if delimiter == ",":
        return ""
    fields = [field.strip() for line in lines for field in line.split(delimiter)]
    if any(NUMBER_WITH_POINT.fullmatch(one) for one in fields):
        return ""
    return "," if any(_is_number(one) and not THOUSANDS.fullmatch(one) for one in fields) else ""


def has_header(rows: list[list[str]]) -> bool:
    """Whether the first of some rows names the columns.

    It does not where each column of numbers begins with a number, or where two of its values are the same. Years
    above columns are names, where another column begins with a word that does not occur in it again.
    """
    if len(rows) < 2:
        return True
    first, rest = [one.strip() for one in rows[0]], [row for row in rows[1:] if len(row) == len(rows[0])]
    columns = [[one.strip() for one in column] for column in zip(*rest, strict=True)]
    kinds = [_kind(column[:ROWS_FOR_KIND]) for column in columns]
    if (
        not first[0]
        and len(first) > 1
        and kinds
        and kinds[0] == "number"
        and len(set(columns[0])) == len(columns[0])
    ):
        return True  # row labels, as table libraries write them: without a name
    counted = [(name, kind) for name, kind in zip(first, kinds, strict=False) if kind != "word"]
    if not counted:
        return True
    if any(_kind([name]) != kind for name, kind in counted if name.lower() not in MISSING):
        return True
    words = [(name, column) for name, column, kind in zip(first, columns, kinds, strict=False) if kind == "word"]
    numbers = [plain_number(name) for name, kind in counted if kind == "number"]
    years = bool(numbers) and all(one is not None and one % 1 == 0 and 1800 <= one <= 2100 for one in numbers)
    return years and any(name and name not in column for name, column in words) and len(set(first)) == len(first)


def _kind(cells: list[str]) -> str:
    there = [one for one in cells if one.lower() not in MISSING]
    if not there:
        return "word"
    if all(
        plain_number(one) is not None or any(written_number(one, *signs) is not None for signs in SIGNS)
        for one in there
    ):
        return "number"
    return "date" if all(days_of(one) is not None or days_of(one, True) is not None for one in there) else "word"
