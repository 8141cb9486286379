"""What the logs at a path hold, as plain values: for `nnsim show`, and for its JSON."""

from typing import Any

import numpy as np

from nnsim.logs.figures_file import FiguresFile
from nnsim.logs.figures_format import FIGURES_MAJOR, FIGURES_MINOR
from nnsim.logs.log_source import LogSource
from nnsim.text import printable_path
from nnsim.timeline import ImportedLog, Series
from nnsim.timeline.search import largest, smallest


def describe_logs(source: LogSource | FiguresFile) -> dict[str, Any]:
    """Everything that there is to say of logs, and what other programs call their figures.

    Returns: text, numbers, None, lists and dicts only. A figure that is not finite is text: "nan", "inf" or "-inf".
    `damage` is there where there is any: sentences.
    """
    return {
        "file": printable_path(source.path),
        **(_of_file(source) if isinstance(source, FiguresFile) else {}),
        **({"damage": source.damage} if source.damage else {}),
        "runs": [_run(one) for one in source.timelines],
    }


def _of_file(file: FiguresFile) -> dict[str, Any]:
    return {
        "size": file.size,
        "format": f"{FIGURES_MAJOR}.{FIGURES_MINOR}",
        "closed_properly": file.closed_properly,
        "hash_ok": file.hash_holds() if file.closed_properly else None,
    }


def _run(log: ImportedLog) -> dict[str, Any]:
    stop = log.stop
    return {
        "name": log.name,
        "source": log.source,
        "steps": log.length,
        "steps_per_epoch": log.steps_per_epoch,
        "settings": {key: _plain(value) for key, value in log.settings.items()},
        "stop": None if stop is None else {"reason": stop.reason, "step": stop.step, "message": stop.message},
        "remarks": list(log.remarks),
        "marks": [{"step": one.step, "kind": one.kind, "text": one.text} for one in log.marks],
        "histograms": {name: len(found) for name, found in log.histograms.items()},
        "names": dict(log.originals),
        "final": {name: _plain(value) for name, value in log.record(log.length).items()},
        "figures": {name: _figure(series, log.originals.get(name, name)) for name, series in log.series.items()},
    }


def _figure(series: Series, original: str) -> dict[str, Any]:
    count = len(series)
    low, high = smallest(series), largest(series)
    values = series.values(0, count)
    return {
        "original": original,
        "points": count,
        "first_step": series.step_at(0) if count else None,
        "last_step": series.step_at(count - 1) if count else None,
        "last": _plain(float(values[-1])) if count else None,
        "lowest": None if low is None else float(values[low]),
        "lowest_step": None if low is None else series.step_at(low),
        "highest": None if high is None else float(values[high]),
        "not_finite": int(np.count_nonzero(~np.isfinite(values))),
    }


def _plain(value: Any) -> Any:
    """The value, with text for the numbers that JSON does not know."""
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value
