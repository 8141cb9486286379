"""Step records of other programs' logs, a row a step: each figure has its own steps, which rows bring together."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nnsim.timeline import RunLog, Series

STEPS_AT_ONCE = 4096


def log_csv(logs: Sequence[RunLog]) -> Iterator[str]:
    """A row for each step that has a figure, each step once: the step, and figures under our names.

    Figures are written to the last bit. Of several runs the name of the run stands behind the step.
    """
    several = len(logs) > 1
    names = list(dict.fromkeys(name for log in logs for name in log.series))
    yield _rows([["step", *(["run"] if several else []), *names]])
    for log in logs:
        for steps in steps_of(log):
            columns: list[Sequence[object]] = [steps.tolist()]
            if several:
                columns.append([log.name] * len(steps))
            columns += [_cells(log.series.get(name), steps) for name in names]
            yield _rows(zip(*columns, strict=True))


def steps_of(log: RunLog) -> Iterator[npt.NDArray[np.int64]]:
    """The steps at which a run has any figure, in pieces."""
    found = [series.steps_at(np.arange(len(series))) for series in log.series.values()]
    steps = found[0] if found and all(one is found[0] or np.array_equal(one, found[0]) for one in found) else None
    if steps is None:
        steps = np.unique(np.concatenate([np.empty(0, np.int64), *found]))
    for first in range(0, len(steps), STEPS_AT_ONCE):
        yield steps[first : first + STEPS_AT_ONCE]


def _cells(series: Series | None, steps: npt.NDArray[np.int64]) -> list[str]:
    """A figure at some steps; an empty cell where it has no value at the step itself."""
    cells = [""] * len(steps)
    if series is None:
        return cells
    first, last = series.count_at(int(steps[0]) - 1), series.count_at(int(steps[-1]))
    own = series.steps_at(np.arange(first, last))
    values = series.values(first, last).tolist()
    for place, value in zip(np.searchsorted(steps, own).tolist(), values, strict=True):
        cells[place] = repr(value)
    return cells


def _rows(rows: Any) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
