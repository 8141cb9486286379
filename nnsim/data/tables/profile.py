"""What the columns of a table seem to be: row numbers, ids, constants, dates, numbers with signs, the answer.

Nobody has said it, so each decision has a reason that is told, and a setting that overrules it.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from nnsim.data.splits import Indices
from nnsim.data.tables.cell_values import MISSING, day_stands_first, days_of, written_number
from nnsim.data.tables.encoded import MAX_CLASSES, Mask
from nnsim.data.tables.report import ColumnReport
from nnsim.data.tables.table import DataTable, TableColumn, TableForm
from nnsim.nn.arrays import Array
from nnsim.text import clean_line, quote

LEAST_ROWS = 20  # below them, values that all differ or count up say nothing
ID_NAME = re.compile(
    r"(?:.*[\W_])?(?:id|ids|uid|uuid|guid|index|idx|row|rows|rownames?|rownumber|row\W?num(?:ber)?|record|nr|no|num|"
    r"number|key|obs|observation|serial|ident|identifier|unnamed\W*\d*|case|sample|patient|subject|participant|person|"
    r"passenger|customer|user|order|invoice|entry|item|sn|sno|#)",
    re.IGNORECASE,
)
CAMEL_ID = re.compile(r".*[a-z](?:Id|ID|Nr|Key|UUID|Index)|Row(?:Number|Id)|.*\bID")
# What counts up by itself and still says something: time, and what an experiment sets.
MEASURED = re.compile(
    r"(?:.*[\W_])?(?:x|t|year|month|week|day|hour|minute|second|date|time|age|epoch|step|period|quarter|size|length|"
    r"distance|dose|rate|price|temperature|degrees?|position|depth|height|level|rank)s?|[a-z]\d*",
    re.IGNORECASE,
)
CODE_NAME = re.compile(r"(?:.*[\W_])?(?:id|uid|uuid|guid)", re.IGNORECASE)
CAMEL_CODE = re.compile(r".*[a-z](?:Id|ID)")
LEAST_SHARE = 0.995  # of rows that a single column answers right, to be said to give the answer away
LEAST_R2 = 0.999
MOST_MAJORITY = 0.95  # of rows that the largest class has: beyond, any column answers nearly all right
MOST_STRANGE = 5  # words among numbers that are named
ROWS_FOR_KIND = 2_000  # distinct values that are looked at to tell what a column of words is

ID = "id or row number, left out"
CONSTANT = "constant, left out"
TEXT = "text, left out"


@dataclass
class Profile:
    """What is chosen for the columns that nobody named: names by setting, and what is said of those left out."""

    ignore: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    day_first: bool = False
    reasons: dict[str, ColumnReport] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)  # on columns that stay
    leaks: tuple[str, ...] = ()

    def leave_out(self, name: str, became: str, reason: str) -> None:
        self.ignore.append(name)
        self.reasons[name] = ColumnReport(name, became, reason)


def profiled(table: DataTable, targets: Sequence[str], named: frozenset[str]) -> Profile:
    """The profile of a table.

    Args: named: columns about which a setting says something already.
    """
    found = Profile()
    for name, column in table.columns.items():
        if name not in named:
            _kind_of(found, column, table.form, name in targets)
    kept = [name for name in table.columns if name not in targets]
    for name in targets:
        if reason := _same(table.columns[name]) if name in table.columns else "":
            found.remarks[name] = f"{reason}, so there is nothing to learn"
    for name in [one for one in kept if one not in named]:
        column = table.columns[name]
        if reason := _same(column):
            found.leave_out(name, CONSTANT, reason)
        elif name not in (*found.dates, *found.numbers) and (reason := _identity(column, len(kept) > 1)):
            found.leave_out(name, ID, f"{reason}; {_way_back(column)} keeps it")
        elif reason := _too_many(found, column):
            found.leave_out(name, TEXT, reason)
        if name in found.ignore:
            kept.remove(name)
    for name in targets if not kept else ():
        found.remarks.setdefault(name, "no column is left to tell it from")
    return found


def _kind_of(found: Profile, column: TableColumn, form: TableForm, is_target: bool) -> None:
    """Tells dates and numbers with signs from words."""
    if column.words is None:
        return
    values = [one for one in dict.fromkeys(column.words) if one][:ROWS_FOR_KIND]
    if not values:
        return
    if not is_target and all(days_of(one, False) is not None or days_of(one, True) is not None for one in values):
        found.dates.append(column.name)
        _say_order(found, column.name, values)
        return
    others = [one for one in values if written_number(one, form.decimal, form.thousands) is None]
    if not others:
        found.numbers.append(column.name)
    elif len(others) < len(values) // 2:
        strange = [one for one in others if one.lower() not in MISSING] or others
        named = [clean_line(one, 40) for one in strange[:MOST_STRANGE]]
        are = "is no number" if len(strange) == 1 else "are no numbers"
        more = f" and {len(strange) - len(named)} more" if len(strange) > len(named) else ""
        remark = f"{', '.join(map(quote, named))}{more} {are}: its values are taken for words"
        if not more:
            absent = json.dumps(named, ensure_ascii=False)
            remark += f"; --set 'data.absent={absent}' where a missing value is written so"
        found.remarks[column.name] = remark


def _say_order(found: Profile, name: str, values: Sequence[str]) -> None:
    if not all("/" in one or "-" in one for one in values) or all(one[:4].isdigit() for one in values):
        return
    order = day_stands_first(values)
    if order:
        found.day_first = True
    elif order is None and all(days_of(one, True) is not None for one in values):
        found.remarks[name] = f"{values[0]} is read with the month first; --set data.day_first=true for the day"


def _same(column: TableColumn) -> str:
    """Why a column says nothing: all of its values are the same, or missing."""
    if column.numbers is not None:
        there = column.numbers[~np.isnan(column.numbers)]
        if len(there) and there.min() < there.max():
            return ""
        same = f"{there[0]:g}" if len(there) else ""
    else:
        words = column.words or []
        first = next((one for one in words if one), "")
        if first and any(one and one != first for one in words):
            return ""
        same = quote(first) if first else ""
    if not same:
        return "has no value at all"
    return f"is {same} in every row" if not column.missing.any() else ""


def _identity(column: TableColumn, others: bool) -> str:
    """Why a column only says which row it is; empty where it does not."""
    named = bool(ID_NAME.fullmatch(column.name) or CAMEL_ID.fullmatch(column.name))
    if not others or column.missing.any():
        return ""
    if column.numbers is not None:
        values = column.numbers
        if (values[:LEAST_ROWS] != np.floor(values[:LEAST_ROWS])).any() or (values != np.floor(values)).any():
            return ""
        ordered = np.sort(values)
        if (np.diff(ordered) == 0).any():
            return "its name says that it is an id" if named and _is_code(column.name) else ""
        counts = _counts_up(ordered)
        if counts and (named or (len(values) >= LEAST_ROWS and not MEASURED.fullmatch(column.name))):
            return f"counts the rows from {ordered[0]:g} to {ordered[-1]:g}"
        return "has another whole number in each row, and the name of an id" if named else ""
    words = column.words or []
    if len(set(words)) == len(words) and (named or len(words) >= LEAST_ROWS):
        return "has another word in each row"
    return "its name says that it is an id" if named and _is_code(column.name) and len(set(words)) > 2 else ""


def _counts_up(ordered: Array) -> bool:
    """Whether sorted whole numbers, all different, are those from 0 or 1 on."""
    return bool(ordered[0] in (0.0, 1.0) and ordered[-1] - ordered[0] == len(ordered) - 1)


def _way_back(column: TableColumn) -> str:
    key = "numbers" if column.numbers is not None else "categories"
    return f"--set 'data.{key}=[\"{clean_line(column.name, 40)}\"]'"


def _is_code(name: str) -> bool:
    """Whether a name says that its values are ids even where they occur again, as of customers."""
    return bool(CODE_NAME.fullmatch(name) or CAMEL_CODE.fullmatch(name))


def _too_many(found: Profile, column: TableColumn) -> str:
    if column.words is None or column.name in (*found.dates, *found.numbers):
        return ""
    different = len({one for one in column.words if one})
    if different <= MAX_CLASSES:
        return ""
    return f"{different:,} different words are too many for an input each (allowed: {MAX_CLASSES})"


def leaks(inputs: dict[str, TableColumn], target: TableColumn) -> dict[str, str]:
    """Columns that by themselves give the answer away, each with the reason.  Args: inputs: at least two."""
    if len(inputs) < 2:
        return {}
    there = ~target.missing
    found: dict[str, str] = {}
    for name, column in inputs.items():
        rows = there & ~column.missing
        if rows.sum() < 3:
            continue
        if target.words is not None:
            reason = _tells_class(column, _codes(target, rows), rows)
        else:
            reason = _tells_number(column, target, rows)
        if reason:
            found[name] = reason
    return found


def _codes(column: TableColumn, rows: Mask) -> Indices:
    """A number for each value, (rows,)."""
    numbers = dict[object, int]()
    values = (
        column.words if column.words is not None else column.numbers.tolist() if column.numbers is not None else []
    )
    there = (one for one, kept in zip(values, rows.tolist(), strict=True) if kept)
    return np.fromiter((numbers.setdefault(one, len(numbers)) for one in there), np.intp)


def _tells_class(column: TableColumn, classes: Indices, rows: Mask) -> str:
    """Whether each value, or each stretch of numbers, goes with one class alone."""
    counts = np.bincount(classes)
    if len(classes) < LEAST_ROWS or counts.max() > MOST_MAJORITY * len(classes):
        return ""
    if column.words is not None:
        words = _codes(column, rows)
        if words.max() + 1 > max(2 * len(counts), len(classes) // 10):
            return ""
        table = np.bincount(words * len(counts) + classes, minlength=(words.max() + 1) * len(counts))
        right = table.reshape(-1, len(counts)).max(axis=1).sum()
        share = right / len(classes)
        return f"its words alone tell {share:.1%} of the answers" if share >= LEAST_SHARE else ""
    assert column.numbers is not None
    values = column.numbers[rows]
    order = np.argsort(values, kind="stable")
    share = _best_stretches(values[order], classes[order], len(counts))
    return f"its number alone tells {share:.1%} of the answers" if share >= LEAST_SHARE else ""


def _best_stretches(values: Array, classes: Indices, count: int) -> float:
    """The share that is answered right where each class gets one stretch of the sorted values, in their order."""
    means = np.array([values[classes == one].mean() for one in range(count)])
    ranks = np.empty(count, np.intp)
    ranks[np.argsort(means)] = np.arange(count)
    ordered = ranks[classes]
    cuts = np.flatnonzero(np.diff(values) > 0) + 1  # a stretch ends between two different values
    ends = np.concatenate([[0], cuts, [len(values)]])
    best = np.zeros(len(ends))
    for one in range(count):
        hits = np.concatenate([[0], np.cumsum(ordered == one)])[ends]
        best = hits + np.maximum.accumulate(best - hits)
    return float(best[-1] / len(values))


def _tells_number(column: TableColumn, target: TableColumn, rows: Mask) -> str:
    assert target.numbers is not None
    wanted = target.numbers[rows]
    if np.ptp(wanted) == 0:
        return ""
    two = sorted(set(wanted[:ROWS_FOR_KIND].tolist()))
    if len(two) == 2 and np.isin(wanted, two).all():
        return _tells_class(column, np.searchsorted(two, wanted), rows)
    if column.words is not None:
        words = _codes(column, rows)
        groups = words.max() + 1
        if groups > max(2, len(wanted) // 10):
            return ""
        means = np.bincount(words, wanted) / np.bincount(words)
        left = ((wanted - means[words]) ** 2).sum()
    else:
        assert column.numbers is not None
        values = column.numbers[rows]
        if np.ptp(values) == 0:
            return ""
        values, errors = values - values.mean(), wanted - wanted.mean()
        left = (errors**2).sum() - (values @ errors) ** 2 / (values**2).sum()
    r2 = 1.0 - left / ((wanted - wanted.mean()) ** 2).sum()
    least = LEAST_R2 if len(wanted) >= LEAST_ROWS else 1.0 - 1e-9
    return f"it alone explains {r2:.2%} of the differences (R² {r2:.4f})" if r2 >= least else ""
