"""Runs of other programs as one recording of their figures: what `nnsim import` and `w` in the workbench write."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from nnsim.errors import RecordingError
from nnsim.logs.figures_format import MOST_RUNS
from nnsim.logs.figures_writer import FigureRun, FiguresWriter
from nnsim.output_files import ANYWHERE, OutputFiles
from nnsim.text import printable_path
from nnsim.timeline import ImportedLog

POINTS_AT_ONCE = 100_000  # of one figure between two looks at the keys: some milliseconds


def copying(
    path: Path,
    logs: Sequence[ImportedLog],
    names: Sequence[str],
    *,
    lost: str,
    files: OutputFiles = ANYWHERE,
    replace: bool = False,
    created_by: str = "nnsim",
) -> Iterator[float]:
    """Writes logs into a recording in parts of milliseconds; closed before its end, it leaves nothing behind.

    Args: names: of the runs, in their order. lost: what follows where it cannot be written, such as "nothing is
    saved". files: whether and where it may be written. replace: whether a file of this name may be overwritten.
    Yields: which share of the points is written.
    Raises: NnsimError, in one line, where the file exists or cannot be written, or there are too many runs.
    """
    if len(logs) > MOST_RUNS:
        raise RecordingError(f"{printable_path(path)}: {len(logs)} runs are too many (allowed: {MOST_RUNS})")
    whole = sum(len(series) for one in logs for series in one.series.values())
    done = 0
    runs = [figure_run(one, name) for one, name in zip(logs, names, strict=True)]
    with files.new_file(path, lost, replace=replace) as new:
        writer = FiguresWriter(new, runs, files=files, replace=True, created_by=created_by, named=path, kept=lost)
        try:
            for run, log in zip(runs, logs, strict=True):
                for series in log.series.values():
                    column = writer.column(run, log.originals.get(series.name, series.name))
                    for start in range(0, len(series), POINTS_AT_ONCE):
                        stop = min(start + POINTS_AT_ONCE, len(series))
                        column.add(series.steps_at(np.arange(start, stop)), series.values(start, stop))
                        writer.flush()
                        done += stop - start
                        yield done / max(whole, 1)
        finally:
            writer.close()


def figure_run(log: ImportedLog, name: str) -> FigureRun:
    """What a recording says of an imported run beside its points."""
    stop = None if log.stop is None else (log.stop.reason, log.stop.step, log.stop.message)
    return FigureRun(
        name,
        log.source,
        log.unit,
        log.steps_per_epoch,
        dict(log.settings),
        tuple(log.remarks),
        stop,
        [(one.step, one.kind, one.text) for one in log.marks],
        [(kind, one.step, one.edges, one.counts) for kind, found in log.histograms.items() for one in found],
    )
