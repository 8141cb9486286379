"""`nnsim diagnose`: what is wrong with a run, since when, how sure that is, and what to try."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nnsim.cli.output import say, say_json
from nnsim.cli.progress_line import terminal_progress
from nnsim.cli.task_options import TaskOptions
from nnsim.diagnosis.diagnosis import Diagnosis, diagnose
from nnsim.diagnosis.finding import Finding
from nnsim.run import slices
from nnsim.scenario.toml_text import toml
from nnsim.text import count
from nnsim.timeline import Timeline


def diagnose_run(options: TaskOptions, as_json: bool) -> int:
    """Train a run, or read one that was recorded, and say what is wrong with it.  Returns: the exit status.

    Raises: NnsimError where the scenario, a setting or the recording is wrong.
    """
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


def _timeline(options: TaskOptions, look: Callable[[], None]) -> Timeline:
    """The run that is asked about, trained to its end."""
    from nnsim.run import Run

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
    head = f"{timeline.scenario.name}, variant {timeline.variant}, seed {timeline.plan.seed}"
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
