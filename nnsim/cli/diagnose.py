"""`nnsim diagnose`: what is wrong with a run, since when, how sure that is, and what to try."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nnsim.cli.output import report_damage, say, say_json
from nnsim.cli.progress_line import terminal_progress
from nnsim.cli.task_options import TaskOptions, paths_of_runs
from nnsim.diagnosis.diagnosis import Diagnosis, diagnose
from nnsim.diagnosis.finding import Finding
from nnsim.errors import NnsimError
from nnsim.logs.run_set import holds_logs
from nnsim.output_files import OutputFiles
from nnsim.scenario.toml_text import toml
from nnsim.text import count, quote
from nnsim.timeline import Timeline
from nnsim.timeline.run import slices


def diagnose_run(options: TaskOptions, as_json: bool, names: Sequence[str], files: OutputFiles) -> int:
    """Train a run, or read one that was recorded, and say what is wrong with it.  Returns: the exit status.

    Raises: NnsimError where the scenario, a setting or the recording is wrong.
    """
    if holds_logs(Path(options.scenario)) and paths_of_runs(options):
        return _diagnose_logs(options, as_json, names, files)
    with terminal_progress() as progress:

        def look() -> None:
            progress.say("looking for faults (ctrl-c stops)")

        timeline = _timeline(options, look)
        diagnosis = diagnose(timeline, look)
    if as_json:
        say_json(as_object(timeline, diagnosis))
    else:
        say(as_text(timeline, diagnosis))
    return 0


def _diagnose_logs(options: TaskOptions, as_json: bool, names: Sequence[str], files: OutputFiles) -> int:
    """Says what is wrong with the runs in other programs' logs."""
    from nnsim.diagnosis.log_checks import diagnose_log
    from nnsim.logs.log_source import name_rules
    from nnsim.logs.run_set import RunSet

    with RunSet([Path(options.scenario)], name_rules(names, files)) as runs:
        judged = [(one, diagnose_log(one)) for one in runs.timelines if options.variant in (None, one.name)]
        report_damage(Path(options.scenario), runs.damage)
    if not judged:
        raise NnsimError(f"--variant {quote(options.variant)}: there is no such run")
    if as_json:
        found = [{"run": one.name, **_findings(diagnosis)} for one, diagnosis in judged]
        say_json(found[0] if len(found) == 1 else {"runs": found})
    else:
        say("\n\n".join(_told_of(one.name, diagnosis) for one, diagnosis in judged))
    return 0


def _timeline(options: TaskOptions, look: Callable[[], None]) -> Timeline:
    """The run that is asked about, trained to its end."""
    from nnsim.timeline.run import Run

    if Path(options.scenario).suffix == ".nnsim":
        from nnsim.recording import open_recording

        timelines = open_recording(Path(options.scenario)).timelines
        named = [one for one in timelines if options.variant in (None, one.variant)]
        return (named or timelines)[0]
    task = options.task()
    run = Run(task.scenario, options.variant, task.settings)

    for _ in slices(run.advance, lambda: run.finished):
        look()
    return run.timeline


def as_object(timeline: Timeline, diagnosis: Diagnosis) -> dict[str, Any]:
    """The diagnosis for a program."""
    return {
        "scenario": timeline.scenario.name,
        "variant": timeline.variant,
        "seed": timeline.plan.seed,
        **_findings(diagnosis),
    }


def _findings(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "healthy": diagnosis.healthy,
        "findings": [
            {
                "fault": one.fault,
                "since_epoch": one.since_epoch,
                "confidence": round(one.confidence, 2) if math.isfinite(one.confidence) else 0.5,
                "evidence": one.evidence,
                "try": [{"key": remedy.key, "value": remedy.value} for remedy in one.remedies],
            }
            for one in diagnosis.findings
        ],
    }


def as_text(timeline: Timeline, diagnosis: Diagnosis) -> str:
    """The diagnosis for a person, the most likely cause first."""
    return _told_of(f"{timeline.scenario.name}, variant {timeline.variant}, seed {timeline.plan.seed}", diagnosis)


def _told_of(head: str, diagnosis: Diagnosis) -> str:
    if diagnosis.healthy:
        return f"{head}: no fault found"
    lines = [f"{head}: {count(len(diagnosis.findings), 'fault')}"]
    for one in diagnosis.findings:
        lines += ["", *_told(one)]
    return "\n".join(lines)


def _told(one: Finding) -> list[str]:
    since = "" if one.since_epoch is None else f", since epoch {one.since_epoch:,}"
    lines = [f"{one.fault} ({one.confidence:.0%} sure{since}): {one.meaning}", f"  {one.evidence}"]
    if one.remedies:
        lines.append("  try " + " ".join(f"--set {remedy.key}={toml(remedy.value)}" for remedy in one.remedies))
    return lines
