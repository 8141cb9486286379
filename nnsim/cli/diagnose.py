"""`nnsim diagnose`: what is wrong with a run, since when, how sure that is, and what to try."""

import math
import time
from pathlib import Path
from typing import Any

from nnsim.cli.output import say, say_json
from nnsim.cli.request import Asked
from nnsim.cli.run import in_slices, progress_line
from nnsim.diagnosis.diagnose import Diagnosis, diagnose
from nnsim.diagnosis.finding import Finding
from nnsim.scenario.toml_text import toml
from nnsim.text import count
from nnsim.timeline import Timeline


def diagnose_run(asked: Asked, as_json: bool) -> int:
    """Train a run, or read one that was recorded, and say what is wrong with it.  Returns: the exit status.

    Raises: NnsimError where the scenario, a setting or the recording is wrong.
    """
    progress, began = progress_line(), time.perf_counter()

    def look() -> None:
        if progress is not None:
            elapsed = time.perf_counter() - began
            progress.say(f"looking for faults: {elapsed:.0f} s (ctrl-c stops)", elapsed)

    timeline = _timeline(asked, look)
    diagnosis = diagnose(timeline, look)
    if progress is not None:
        progress.clear()
    if as_json:
        say_json(as_object(timeline, diagnosis))
    else:
        say(as_text(timeline, diagnosis))
    return 0


def _timeline(asked: Asked, look: Any) -> Timeline:
    """The run that is asked about, trained to its end."""
    from nnsim.run import Run

    if Path(asked.scenario).suffix == ".nnsim":
        from nnsim.recording import open_recording

        timelines = open_recording(Path(asked.scenario)).timelines
        named = [one for one in timelines if asked.variant in (None, one.variant)]
        return (named or timelines)[0]
    task = asked.task()
    run = Run(task.scenario, asked.variant, task.settings)

    def going() -> bool:
        look()
        return True

    in_slices(run.advance, lambda: run.finished, going)
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
