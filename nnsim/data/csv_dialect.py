"""How a CSV file is written: what parts its columns, and its decimal sign, looked for where nobody says it."""

import json
import re
from typing import NamedTuple

from nnsim.errors import ScenarioError

DELIMITERS = (";", "\t", "|")  # beside the comma
LOOKED_AT = 100_000  # bytes
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
