"""Logs that are rows: a step or an epoch, and figures of it, of which a row may lack some.

Numbers are read here and not by a table reader: those take `nan` for text or for a missing cell. A figure that is
missing has no point, and one that is no number is a point that is NaN.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nnsim.logs.figure_names import EPOCHS, STEPS, TIMES
from nnsim.logs.logged_run import LARGEST_STEP, LoggedRun
from nnsim.text import clean_line, count, quote

MISSING = frozenset({"", "na", "n/a", "null", "none", "-"})  # no figure; but `nan` is one
TEXT = 0.5  # share of the cells of a column above which that are no numbers it is a column of words
MOST_NAMED = 5  # faults of one kind that are named
SURE = 0.9  # share of the rows whose epoch has to follow from their step


def number_of(text: str) -> float | None:
    """The number in a cell, NaN and infinities too; None where the cell is empty.  Raises: ValueError."""
    plain = text.strip()
    if plain.lower() in MISSING:
        return None
    if "_" in plain:  # which Python's own reader takes
        raise ValueError(plain)
    return float(plain)


@dataclass
class LogRows:
    """Takes rows into a run, whose steps it finds among their cells."""

    run: LoggedRun
    step_key: str | None
    epoch_key: str | None
    _epochs: list[tuple[int, float]] = field(default_factory=list)  # step and epoch, where rows have both
    _words: dict[str, int] = field(default_factory=dict)  # cells of a column that are no numbers
    _faults: dict[str, list[str]] = field(default_factory=dict)
    _reached: dict[str, int] = field(default_factory=dict)  # the last step of a figure
    _starts: int = 0
    _without_step: int = 0

    @classmethod
    def of_names(cls, run: LoggedRun, names: Mapping[str, object] | list[str]) -> "LogRows":
        """LogRows with these columns."""
        return cls(run, key_among(names, STEPS), key_among(names, EPOCHS))

    def take(self, where: str, cells: Mapping[str, Any]) -> None:
        """Takes the cells of a row by their names.  Args: where: the row as damage is told of it."""
        key = self.step_key or self.epoch_key
        step = None if key is None else _whole(cells.get(key))
        if step is None:
            self._without_step += 1
            return
        epoch = None if self.epoch_key is None else _real(cells.get(self.epoch_key))
        if epoch is not None and self.run.first_epoch is None:
            self.run.first_epoch = epoch
        if epoch is not None and self.step_key is not None:
            self._epochs.append((step, epoch))
        found = dict[str, float]()
        for name, cell in cells.items():
            if name in (self.step_key, self.epoch_key) or name.lower() in TIMES:
                continue
            try:
                value = _value(cell)
            except ValueError:
                self._words[name] = self._words.get(name, 0) + 1
                known = self._faults.setdefault(name, [])
                if len(known) < MOST_NAMED:
                    known.append(f"{where}: {clean_line(name, 60)} {quote(cell, 30)} is no number and left out")
                continue
            if value is not None:
                found[name] = value
        if any(self._reached.get(name, -1) > step for name in found):
            self._start_again(where, step)
        for name, value in found.items():
            self.run.figure(name).append(step, value)
            self._reached[name] = step

    def _start_again(self, where: str, step: int) -> None:
        """Forgets what was logged from a step on, for a figure of it has come to a later one before."""
        self.run.rewind(step)
        self._reached.clear()
        self._starts += 1
        if self._starts <= MOST_NAMED:
            self.run.remark(f"{where} goes back to {self.unit} {step:,}: the run was started again there")

    @property
    def unit(self) -> str:
        return "step" if self.step_key is not None else "epoch"

    def end(self) -> None:
        """Tells the run what follows from all rows together."""
        run = self.run
        run.check_size()
        if self._starts > MOST_NAMED:
            run.remark(f"the run was started again {self._starts:,} times")
        for name, words in self._words.items():
            points = len(run.points.get(name, ()))
            if words > TEXT * (words + points):
                run.points.pop(name, None)
                run.remark(f"{clean_line(name)} holds words and is left out")
                continue
            run.damage += self._faults[name]
            if words > len(self._faults[name]):
                more = words - len(self._faults[name])
                are = "is no number" if more == 1 else "are no numbers"
                run.damage.append(f"{clean_line(name)}: {count(more, 'more cell')} {are}")
        if self._without_step:
            are = "is" if self._without_step == 1 else "are"
            run.remark(f"{count(self._without_step, 'row')} without a {self.unit} {are} left out")
        run.unit = self.unit
        if self.step_key is None:
            return
        per_epoch = steps_per_epoch(self._epochs)
        if per_epoch > 1:
            run.steps_per_epoch, run.unit = per_epoch, "epoch"


def steps_per_epoch(pairs: list[tuple[int, float]]) -> int:
    """The steps of an epoch by which the epochs of most rows follow from their steps; 1 where none does.

    Args: pairs: steps, and epochs as whole numbers from 0, or as parts of an epoch that are done.
    """
    parts = [(step, epoch) for step, epoch in pairs if epoch > 0 and step > 0]
    if not parts:
        return 1
    if any(epoch != int(epoch) for _, epoch in parts):
        guess = round(max(step / epoch for step, epoch in parts[-1:]))
        fits = sum(abs(step / guess - epoch) < 0.51 / guess + 1e-2 * epoch for step, epoch in parts) if guess else 0
        return guess if fits > SURE * len(parts) else 1
    low, high = min(epoch for _, epoch in pairs), max(epoch for _, epoch in pairs)
    ends = max(step for step, epoch in pairs if epoch == low)
    begins = min(step for step, epoch in pairs if epoch == high)
    for guess in (round((ends + 1) / (low + 1)), round(begins / high)):
        if guess > 1:
            fits = sum(step // guess == epoch or (step - 1) // guess == epoch for step, epoch in pairs)
            if fits > SURE * len(pairs):
                return guess
    return 1


def key_among(names: Mapping[str, object] | list[str], wanted: tuple[str, ...]) -> str | None:
    """The first of the wanted names that there is, whatever its case."""
    by_name = {name.strip().lower(): name for name in reversed(list(names))}
    return next((by_name[one] for one in wanted if one in by_name), None)


def flat(value: Mapping[str, Any], prefix: str = "", depth: int = 4) -> dict[str, Any]:
    """A mapping with those inside it, their names parted by a slash."""
    found: dict[str, Any] = {}
    for key, one in value.items():
        name = f"{prefix}{key}"
        if isinstance(one, Mapping) and depth:
            found.update(flat(one, f"{name}/", depth - 1))
        else:
            found[name] = one
    return found


def _value(cell: Any) -> float | None:
    """A figure.  Raises: ValueError for words."""
    if isinstance(cell, str):
        return number_of(cell)
    if isinstance(cell, bool) or cell is None or not isinstance(cell, (int, float)):
        return None
    try:
        return float(cell)
    except OverflowError:
        return math.inf if cell > 0 else -math.inf


def _real(cell: Any) -> float | None:
    try:
        value = _value(cell)
    except ValueError:
        return None
    return value if value is not None and math.isfinite(value) else None


def _whole(cell: Any) -> int | None:
    """A step, as a whole number, also where it is written as 16.0."""
    value = cell if type(cell) is int else _real(cell)
    if value is None or not 0 <= value <= LARGEST_STEP or value != int(value):
        return None
    return int(value)
