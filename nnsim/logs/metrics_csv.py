"""CSV with a step or an epoch: Lightning's `metrics.csv`, Keras's `CSVLogger`, and other tables of this kind.

Lightning writes training and validation in rows of their own at equal steps, and a column for each figure.
Keras writes `NA` where validation did not run; with `append=True` a metric that is new stands in rows that are
longer than their header, under the names of others, so the fields are counted.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from nnsim.errors import NnsimError
from nnsim.logs.figure_names import EPOCHS, STEPS, our_names
from nnsim.logs.logged_run import MAX_FIGURES, LoggedRun
from nnsim.logs.rows import MOST_NAMED, LogRows, key_among
from nnsim.text import clean_line, count

LIGHTNING, KERAS, PLAIN = "Lightning metrics.csv", "Keras CSVLogger", "CSV"
SEPARATORS = ",;\t"
NO_STEPS = f"has no column of steps (allowed: one called {', '.join((*STEPS[:3], EPOCHS[0]))})"
KERAS_LOSS = (
    "Keras's loss of an epoch is the mean over its batches, each before its update, with the penalty: "
    "it is not the loss of the epoch's last weights"
)
LONGEST_LINE = 1_000_000
DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+(?:e[-+]?\d+)?", re.IGNORECASE)  # which no comma between columns can be


def header_of(path: Path) -> list[str]:
    """The names in the first line of a file; empty where that is no header."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            line = file.readline(LONGEST_LINE)
    except OSError:
        return []
    if not line.strip() or "\0" in line:
        return []
    return [one.strip() for one in cells_of(line, separator_of(line))]


def cells_of(line: str, separator: str) -> list[str]:
    """The cells of a line; none where it is no row."""
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=separator), [])
    except csv.Error:  # a cell of more than 131,072 characters
        return []


def separator_of(line: str) -> str:
    """What parts the names of a header."""
    return max(SEPARATORS, key=line.count)


def recognises(path: Path) -> bool:
    """Whether a CSV file has a step or an epoch, and figures beside it."""
    names = header_of(path)
    return len(names) > 1 and key_among(names, (*STEPS, *EPOCHS)) is not None


def is_log_of_training(path: Path) -> bool:
    """Whether its figures are a loss or an accuracy too, so that it is no table of data to learn from."""
    names = header_of(path)
    figures = set(our_names(names).values()) if len(names) <= MAX_FIGURES else set()
    return recognises(path) and bool(figures & {"loss", "validation_loss", "accuracy", "validation_accuracy"})


def read(path: Path, run: LoggedRun) -> None:
    """Takes a file into a run.  Raises: NnsimError where it is no such table."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = file.readline(LONGEST_LINE)
        separator = separator_of(first)
        names = [one.strip() for one in cells_of(first, separator)]
        if len(names) > MAX_FIGURES:
            raise NnsimError(f"{run.name}: has {len(names):,} columns (allowed: {MAX_FIGURES:,})")
        rows = LogRows.of_names(run, names)
        if rows.step_key is None and rows.epoch_key is None:
            raise NnsimError(f"{clean_line(str(path))}: {NO_STEPS}")
        run.source = _source(names, rows)
        if run.source == KERAS:
            run.remark(KERAS_LOSS)
        _take_rows(file, separator, names, rows, run)
    rows.end()


def _source(names: list[str], rows: LogRows) -> str:
    if rows.step_key == "step" and rows.epoch_key == "epoch":
        return LIGHTNING
    by_keras = rows.step_key is None and names[0] == "epoch" and "loss" in names  # which Keras always logs
    return KERAS if by_keras else PLAIN


def _take_rows(file: TextIO, separator: str, names: list[str], rows: LogRows, run: LoggedRun) -> None:
    strange: list[int] = []
    sizes: set[int] = set()
    doubled = sorted({one for one in names if names.count(one) > 1})
    for name in doubled:
        run.damage.append(f"{clean_line(name)} stands twice in the header: the later column counts")
    for number, (line, ended) in enumerate(_lines(file), start=2):
        if not line.strip():
            continue
        cells = cells_of(line, separator)
        if len(cells) != len(names):
            if not ended and len(cells) < len(names):
                run.remark(f"row {number:,}, the last, is cut off and left out")
            else:
                strange.append(number)
                sizes.add(len(cells))
            continue
        if not ended:
            run.remark(f"row {number:,}, the last, has no end: its last figure may be cut off")
        found = dict(zip(names, cells, strict=True))
        if separator != ",":
            place = rows.step_key or rows.epoch_key  # where a comma would part thousands
            for name, cell in found.items():
                if name != place and DECIMAL_COMMA.fullmatch(cell.strip()):
                    found[name] = cell.replace(",", ".")
        rows.take(f"row {number:,}", found)
    if strange:
        run.damage.append(_misfit(strange, sizes, len(names)))


def _misfit(rows: list[int], sizes: set[int], fields: int) -> str:
    """What to say of rows whose cells are more or fewer than the names."""
    listed = ", ".join(f"{one:,}" for one in rows[:MOST_NAMED]) + (", …" if len(rows) > MOST_NAMED else "")
    found = " or ".join(str(one) for one in sorted(sizes)[:3])
    have = "has" if len(rows) == 1 else "have"
    return (
        f"{count(len(rows), 'row')} ({listed}) {have} {found} fields where the header names {fields}: their "
        "figures stand under wrong names (a metric that was new when the run went on) and are left out"
    )


def _lines(file: TextIO) -> Iterator[tuple[str, bool]]:
    """The lines of a file without their ends, and whether they have one.  Raises: NnsimError for one too long."""
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise NnsimError(f"{clean_line(file.name)}: has a line of over {LONGEST_LINE:,} characters")
        yield line.rstrip("\r\n"), line.endswith(("\n", "\r"))
