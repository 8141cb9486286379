"""`nnsim import`: logs of other programs, made into a recording."""

from collections.abc import Sequence
from pathlib import Path

from nnsim.cli.output import complain, report_damage, say
from nnsim.cli.progress_line import terminal_progress
from nnsim.errors import NnsimError
from nnsim.logs.figures_copy import copying
from nnsim.logs.log_source import name_rules
from nnsim.logs.run_set import RunSet
from nnsim.output_files import RECORDING_SUFFIX, OutputFiles, check_suffix
from nnsim.text import clean_line, count
from nnsim.timeline import ImportedLog, name_at


def import_logs(
    paths: Sequence[Path], output: Path | None, names: Sequence[str], files: OutputFiles, overwrite: bool
) -> int:
    """Writes a recording of logs.  Args: names: what --map says.  Returns: the exit status.  Raises: NnsimError."""
    files.check()
    target = output or Path(f"{paths[0].stem or 'run'}{RECORDING_SUFFIX}")
    check_suffix(target, RECORDING_SUFFIX, "recording", "-o")
    with terminal_progress() as progress:
        progress.say("reading the logs (ctrl-c stops)")
        with RunSet(paths, name_rules(names, files)) as runs:
            logs = [one for one in runs.timelines if isinstance(one, ImportedLog)]
            if len(logs) < len(runs.timelines):
                raise NnsimError("a recording of nnsim needs no import (allowed: logs of other programs)")
            called = [name_at(origin, one.name) for one, origin in zip(logs, runs.origins, strict=True)]
            parts = copying(
                target,
                logs,
                called,
                lost="nothing is imported",
                files=files,
                replace=overwrite,
                created_by="nnsim import",
            )
            points = sum(len(series) for one in logs for series in one.series.values())
            for share in parts:
                progress.report(share * points, points, noun="points")
            damage = runs.damage
    report_damage(paths[0], damage)
    for one in logs:
        for remark in one.remarks:
            complain(f"{one.name}: {remark}")
    say(f"{clean_line(str(target))}: {count(len(logs), 'run')}, {count(points, 'point')}")
    return 0
