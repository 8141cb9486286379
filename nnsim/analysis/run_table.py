"""A table of runs: their settings, their last, lowest and highest figures, and where each first differs from one.

It is sorted and filtered by an expression, terms of which all have to hold:

    loss<0.5            the last loss; a setting alike: lr=0.1, optimizer=adam
    lowest:loss<0.1     the lowest one, highest:accuracy>0.9 the highest; steps>=1000
    name~adam           runs whose names hold a text
    sort:loss           ascending; sort:-highest:accuracy descending
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnsim.components import nearest
from nnsim.errors import NnsimError
from nnsim.scenario.places import full, short
from nnsim.text import clean_line, quote
from nnsim.timeline import RunLog, Series
from nnsim.timeline.search import COMPARISONS, largest, smallest

LOWEST, HIGHEST = "lowest", "highest"
USUAL = ("loss", "validation_loss", "accuracy", "validation_accuracy")  # figures that every table begins with
COMPARED_AT_ONCE = 4096  # points
LONGEST = 500  # characters of an expression
_TERM = re.compile(r"(?P<key>[^<>=~\s]+?)\s*(?P<sign><=|>=|<|>|=|~)\s*(?P<value>\"[^\"]*\"|\S+)")


@dataclass(frozen=True)
class FigureSummary:
    """A figure of a whole run: its last value, its lowest and highest finite ones, and the steps of these."""

    last: float
    lowest: float
    lowest_step: int
    highest: float
    highest_step: int


@dataclass(frozen=True)
class RunRow:
    """A run in the table.

    Args: index: of its track. differs: the first step at which it differs from the pinned run; None where it does
    not, or is that one.
    """

    index: int
    name: str
    settings: Mapping[str, Any]
    steps: int
    figures: Mapping[str, FigureSummary]
    differs: int | None = None

    def value(self, key: str) -> Any:
        """What stands under a name: a figure, a setting, `steps`, or None where the run has no such thing."""
        kind, colon, rest = key.partition(":")
        if colon and kind in (LOWEST, HIGHEST, "last"):
            found = self.figures.get(full(rest))
            return None if found is None else getattr(found, kind)
        if key == "steps":
            return self.steps
        if key == "name":
            return self.name
        if (found := self.figures.get(full(key))) is not None and key not in self.settings:
            return found.last
        return self.settings.get(key)


def summary_of(series: Series) -> FigureSummary | None:
    """The last and the extreme values of a figure; None where it has none."""
    if not len(series):
        return None
    low, high = smallest(series), largest(series)
    last = float(series.values(len(series) - 1, len(series))[0])

    def at(sample: int | None) -> tuple[float, int]:
        if sample is None:
            return math.nan, series.step_at(len(series) - 1)
        return float(series.values(sample, sample + 1)[0]), series.step_at(sample)

    return FigureSummary(last, *at(low), *at(high))


def row_of(index: int, name: str, log: RunLog, pinned: RunLog | None = None) -> RunRow:
    """The row of a run.  Args: pinned: the run that it is compared with."""
    found = {figure: summary_of(series) for figure, series in log.series.items() if ":" not in figure}
    figures = {figure: one for figure, one in found.items() if one is not None}
    differs = None if pinned is None or pinned is log else first_difference_of(log, pinned)
    return RunRow(index, name, log.settings, log.length, figures, differs)


def first_difference_of(log: RunLog, other: RunLog) -> int | None:
    """The first step at which a figure that both runs have differs, in its value or in whether it is there."""
    steps = [_first_in(series, other.series[name]) for name, series in log.series.items() if name in other.series]
    return min((one for one in steps if one is not None), default=None)


def _first_in(one: Series, other: Series) -> int | None:
    count = min(len(one), len(other))
    for start in range(0, count, COMPARED_AT_ONCE):
        stop = min(start + COMPARED_AT_ONCE, count)
        places = np.arange(start, stop)
        steps, its = one.steps_at(places), other.steps_at(places)
        mine, theirs = one.values(start, stop), other.values(start, stop)
        differs = (steps != its) | ((mine != theirs) & ~(np.isnan(mine) & np.isnan(theirs)))
        if differs.any():
            first = int(np.argmax(differs))
            return int(min(steps[first], its[first]))
    return None


@dataclass(frozen=True)
class RunFilter:
    """What an expression asks for.  Args: terms: key, sign and value. sort: a key, or nothing. down: descending."""

    text: str = ""
    terms: tuple[tuple[str, str, str], ...] = ()
    sort: str = ""
    down: bool = False

    def apply(self, rows: Sequence[RunRow]) -> list[RunRow]:
        """The rows that hold, in the order that is asked for.

        Raises: NnsimError where no run has what a term names.
        """
        for key in [*(key for key, _, _ in self.terms), *([self.sort] if self.sort else [])]:
            if rows and all(row.value(key) is None for row in rows):
                allowed = known_keys(rows)
                raise NnsimError(
                    f"{quote(key)}: no run has this{nearest(key, allowed)} (allowed: {', '.join(allowed[:20])})"
                )
        found = [row for row in rows if all(_holds(row.value(key), sign, text) for key, sign, text in self.terms)]
        if not self.sort:
            return found
        with_value = [row for row in found if _sortable(row.value(self.sort)) is not None]
        without = [row for row in found if _sortable(row.value(self.sort)) is None]
        return sorted(with_value, key=lambda row: _sortable(row.value(self.sort)), reverse=self.down) + without


def known_keys(rows: Sequence[RunRow]) -> list[str]:
    """Names that terms may have."""
    figures = dict.fromkeys(short(name) for row in rows for name in row.figures)
    settings = dict.fromkeys(key for row in rows for key in row.settings)
    return ["name", "steps", *figures, *settings]


def parse_filter(text: str) -> RunFilter:
    """Reads an expression as a person types it.  Raises: NnsimError saying what is allowed."""
    plain = clean_line(text, LONGEST)
    rest, sort, down = plain, "", False
    if found := re.search(r"\bsort:(-?)(\S+)", rest):
        sort, down = found[2], bool(found[1])
        rest = rest[: found.start()] + rest[found.end() :]
    terms = [(one["key"], one["sign"], one["value"].strip('"')) for one in _TERM.finditer(rest)]
    left = re.sub(r"\band\b", " ", _TERM.sub(" ", rest)).strip()
    if left:
        raise NnsimError(
            f"{quote(left)}: is no condition on runs (allowed: such as loss<0.5, lowest:val<0.1, lr=0.1, "
            "name~adam, sort:loss, sort:-highest:accuracy)"
        )
    return RunFilter(plain, tuple(terms), sort, down)


def _holds(value: Any, sign: str, text: str) -> bool:
    if value is None:
        return False
    if sign == "~":
        return text.lower() in str(value).lower()
    try:
        number = float(text)
    except ValueError:
        return sign == "=" and str(value).lower() == text.lower()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return bool(COMPARISONS[sign](float(value), number))
    return sign == "=" and str(value) == text


def _sortable(value: Any) -> Any:
    """A value by which rows are put in order: numbers before words; None for what is no number, and for nothing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, (int, float)):
        return 0, float(value), ""
    return 1, 0.0, str(value)


def differing_settings(rows: Sequence[RunRow]) -> list[str]:
    """The settings in which runs differ, in the order in which they stand."""
    keys = dict.fromkeys(key for row in rows for key in row.settings)
    return [key for key in keys if len({repr(row.settings.get(key)) for row in rows}) > 1]
