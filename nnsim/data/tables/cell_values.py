"""Cells of a table: which of them are missing, which are numbers however they are written, which are dates."""

import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np

from nnsim.nn.arrays import Array

MISSING = frozenset(("", "?", "na", "n/a", "nan", "null", "none"))
# Among words `None` is one of them: no garage, no drink. Among numbers it is how Python writes that there is none.
MISSING_WORDS = MISSING - {"none"}
LARGEST = 1e12
LONGEST_NUMBER = 40  # characters
LONGEST_DATE = 40

CURRENCY = r"(?:[$€£¥₹]|USD|EUR|GBP|CHF|JPY|US\$)"
FACTORS = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "bn": 1e9}
# A number with what people write around it: $4.99, (1,200), 10,000+, 12 %, 19M.
WRITTEN = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+\u2212]?)\s*{CURRENCY}?\s*(?P<after>[-+\u2212]?)"
    r"(?P<digits>(?:\d[\d.,'\u2019 \u00a0\u202f]*)?\d(?:[.,](?=\D|$))?|[.,]\d+)(?P<power>[eE][-+]?\d+)?\s*"
    rf"(?P<factor>k|K|M|B|bn)?\s*(?:%|{CURRENCY})?\s*\+?\s*(?P<close>\))?"
)
BLANKS = str.maketrans("", "", "'\u2019 \u00a0\u202f")  # which part thousands, and nothing else
GROUPED = re.compile(r"\d{1,3}(?:['\u2019 \u00a0\u202f]\d{3})+(?:[.,]\d*)?")

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FULL_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
    *("november", "december", "sept"),
)
NUMERIC_DATE = re.compile(
    r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([AP]M))?)?"
)
MONTH_ALONE = re.compile(r"(\d{4})[-/](\d{1,2})")
NAMED_MONTH = re.compile(
    r"(?:(?P<first>\d{1,2})(?:st|nd|rd|th)?[-. ]+)?(?P<month>[A-Za-z]{3,9})\.?"
    r"(?:[-. ]+(?P<day>\d{1,2})(?:st|nd|rd|th)?(?=[, ]))?"
    r"[-., ]+(?P<year>\d{4}|\d{2})"
)
DAY_S = 86_400.0
YEAR_DAYS = 365.2425
PIVOT = 69  # two digits of a year: 69 is 1969, 68 is 2068, as POSIX has it


def plain_number(text: str, decimal: str = ".", thousands: str = "") -> float | None:
    """A number as programs write it, with this decimal sign, and groups of three where `thousands` parts them."""
    text = text.strip()
    if thousands and thousands in text:
        if not re.fullmatch(rf"[-+]?\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+(?:{re.escape(decimal)}\d*)?", text):
            return None
        text = text.replace(thousands, "")
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


def written_number(text: str, decimal: str = ".", thousands: str = "") -> float | None:
    """A number with currency, percent, plus or a factor around it, or thousands parted by blanks."""
    if len(text) > LONGEST_NUMBER:
        return None
    found = WRITTEN.fullmatch(text.strip())
    if found is None or (found["open"] is None) != (found["close"] is None):
        return None
    digits = found["digits"]
    if any(one in digits for one in "'\u2019 \u00a0\u202f"):
        if not GROUPED.fullmatch(digits):
            return None
        digits = digits.translate(BLANKS)
    number = plain_number(digits + (found["power"] or ""), decimal, thousands)
    if number is None:
        return None
    negative = found["open"] is not None or any(one in "-\u2212" for one in found["sign"] + found["after"])
    return (-number if negative else number) * FACTORS[found["factor"] or ""]


def signs_in(cells: Iterable[str], delimiter: str) -> tuple[str, str]:
    """The decimal sign and what parts thousands in some cells, as far as they show it; ("", "") as usual.

    A comma behind which three digits stand may be either. It parts thousands where the comma parts the columns as
    well, for nobody whose decimal sign is a comma writes such files, and where another number has a point.
    """
    decimals, thousands, either, points = set[str](), set[str](), False, False
    for cell in cells:
        if len(cell) > LONGEST_NUMBER or not ("," in cell or ("." in cell and (not points or cell.count(".") > 1))):
            continue
        found = WRITTEN.fullmatch(cell.strip())
        if found is None:
            continue
        digits = found["digits"].translate(BLANKS)
        comma, point = digits.count(","), digits.count(".")
        if comma and point:
            last = "," if digits.rindex(",") > digits.rindex(".") else "."
            decimals.add(last)
            thousands.add("." if last == "," else ",")
        elif comma > 1 or point > 1:
            thousands.add("," if comma > 1 else ".")
        elif comma:
            if re.fullmatch(r"[1-9]\d{0,2},\d{3}", digits):
                either = True
            else:
                decimals.add(",")
        elif point:
            points = True
    if "," in decimals and not points and "," not in thousands:
        return ",", "." if "." in thousands else ""
    if "," not in decimals and ("," in thousands or (either and (points or delimiter == ","))):
        return "", ","
    return "", ""


def days_of(text: str, day_first: bool = False) -> float | None:
    """Days since 1970-01-01, with a fraction for the time of day; None for what is no date."""
    text = text.strip()
    if not 6 <= len(text) <= LONGEST_DATE or not any(one.isdigit() for one in text):
        return None
    try:
        moment = _iso(text) or _numeric(text, day_first) or _named(text)
    except (ValueError, OverflowError):
        return None
    if moment is None:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() / DAY_S


def _iso(text: str) -> datetime | None:
    if len(text) < 8 or not text[:4].isdigit() or text[4] != "-":
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _numeric(text: str, day_first: bool) -> datetime | None:
    if found := MONTH_ALONE.fullmatch(text):
        return datetime(int(found[1]), int(found[2]), 1)
    found = NUMERIC_DATE.fullmatch(text)
    if found is None:
        return None
    first, middle, last = int(found[1]), int(found[3]), int(found[4])
    if len(found[1]) == 4:
        year, month, day = first, middle, last
    elif len(found[4]) in (2, 4):
        year = _year(found[4])
        # Where points part it the day stands first, everywhere.
        day, month = (first, middle) if day_first or found[2] == "." else (middle, first)
    else:
        return None
    hour, minute, second = (int(one or 0) for one in found.group(5, 6, 7))
    if found[8]:
        hour = hour % 12 + 12 * (found[8] == "PM")
    return datetime(year, month, day, hour, minute, second)


def _named(text: str) -> datetime | None:
    found = NAMED_MONTH.fullmatch(text)
    if found is None or (found["first"] and found["day"]) or not _is_month(found["month"].lower()):
        return None
    month = MONTHS.index(found["month"].lower()[:3]) + 1
    return datetime(_year(found["year"]), month, int(found["first"] or found["day"] or 1))


def _is_month(word: str) -> bool:
    return word in MONTHS or word in FULL_MONTHS


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (1900 if year >= PIVOT else 2000)


def day_stands_first(cells: Iterable[str]) -> bool | None:
    """Whether 03/04/2024 is the third of April, by the cells beside it; None where nothing tells."""
    said = set[bool]()
    for cell in cells:
        found = NUMERIC_DATE.fullmatch(cell.strip())
        if found is None or found[2] == "." or len(found[1]) == 4:
            continue
        if int(found[1]) > 12:
            said.add(True)
        elif int(found[3]) > 12:
            said.add(False)
    return said.pop() if len(said) == 1 else None


def dates(cells: Sequence[str], day_first: bool) -> Array:
    """Days of cells, (rows,), NaN where a cell is missing.  Raises: ValueError with the first that is no date."""
    known = lru_cache(maxsize=None)(lambda cell: days_of(cell, day_first))
    found = np.empty(len(cells))
    for row, cell in enumerate(cells):
        if not cell:
            found[row] = math.nan
            continue
        days = known(cell)
        if days is None:
            raise ValueError(cell)
        found[row] = days
    return found


def season(days: Array) -> Array:
    """Where in its year each day lies, as cosine and sine of an angle, (rows, 2)."""
    angle = 2.0 * math.pi * days / YEAR_DAYS
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def hours(days: Array) -> Array:
    """Where in its day each moment lies, as cosine and sine of an angle, (rows, 2)."""
    angle = 2.0 * math.pi * (days % 1.0)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)
