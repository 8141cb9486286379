"""`nnsim import`: logs of other programs, made into a recording."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nnsim.cli.output import complain, report_damage, say
from nnsim.cli.progress_line import terminal_progress
from nnsim.errors import NnsimError
from nnsim.logs.figures_writer import FigureRun, FiguresWriter
from nnsim.logs.log_source import name_rules
from nnsim.logs.run_set import RunSet
from nnsim.output_files import RECORDING_SUFFIX, OutputFiles
from nnsim.text import clean_line, count
from nnsim.timeline import ImportedLog


def import_logs(
    paths: Sequence[Path], output: Path | None, names: Sequence[str], files: OutputFiles, overwrite: bool
) -> int:
    """Writes a recording of logs.  Args: names: what --map says.  Returns: the exit status.  Raises: NnsimError."""
    files.check()
    target = output or Path(f"{paths[0].stem or 'run'}{RECORDING_SUFFIX}")
    if target.suffix != RECORDING_SUFFIX:
        raise NnsimError(
            f"-o {clean_line(str(target))}: is no name for a recording (allowed: one that ends in .nnsim)"
        )
    with terminal_progress() as progress:
        progress.say("reading the logs (ctrl-c stops)")
        with RunSet(paths, name_rules(names, files)) as runs:
            logs = [one for one in runs.timelines if isinstance(one, ImportedLog)]
            if len(logs) < len(runs.timelines):
                raise NnsimError("a recording of nnsim needs no import (allowed: logs of other programs)")
            told = [
                figure_run(one, f"{origin}: {one.name}" if origin and origin != one.name else one.name)
                for one, origin in zip(logs, runs.origins, strict=True)
            ]
            progress.say("writing the recording")
            with files.new_file(target, "nothing is imported", replace=overwrite) as new:
                writer = FiguresWriter(new, told, files=files, replace=True, created_by="nnsim import")
                for run, log in zip(told, logs, strict=True):
                    for series in log.series.values():
                        original = log.originals.get(series.name, series.name)
                        total = len(series)
                        writer.column(run, original).add(series.steps_at(np.arange(total)), series.values(0, total))
                writer.close()
            damage = runs.damage
    report_damage(paths[0], damage)
    for one in logs:
        for remark in one.remarks:
            complain(f"{one.name}: {remark}")
    points = sum(len(series) for one in logs for series in one.series.values())
    say(f"{clean_line(str(target))}: {count(len(logs), 'run')}, {count(points, 'point')}")
    return 0


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
