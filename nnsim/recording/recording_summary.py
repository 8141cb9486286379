"""What a recording holds, as plain values: for `nnsim show`, and for its JSON."""

import math
from pathlib import Path
from typing import Any

import msgspec

from nnsim.recording.reader import Recording, open_recording
from nnsim.text import printable_path
from nnsim.timeline import Timeline


def describe(path: Path) -> dict[str, Any]:
    """Everything that a recording says of itself; reads the whole file to find damage and check its hash.

    Returns: text, numbers, None, lists and dicts only. `hash_ok` is None where the recording was never closed.
    A figure that is not finite is text: "nan", "inf" or "-inf". `damage` is there where there is any: sentences.
    Raises: RecordingError as `open_recording`.
    """
    with open_recording(path, "gaps") as recording:
        return {
            "file": printable_path(path),
            "size": recording.size,
            "format": recording.format,
            "scenario": recording.scenario.name,
            "title": recording.title,
            **recording.versions,
            **({"facts": dict(recording.facts.rows())} if recording.runs.tables.has_facts else {}),
            "closed_properly": recording.closed_properly,
            "hash_ok": recording.hash_holds() if recording.closed_properly else None,
            **({"damage": recording.damage} if recording.damage else {}),
            **({"answers": [msgspec.to_builtins(one) for one in recording.answers]} if recording.answers else {}),
            "runs": [_run(recording, run) for run in range(len(recording.timelines))],
        }


def _run(recording: Recording, run: int) -> dict[str, Any]:
    timeline = recording.timelines[run]
    stop = timeline.stop
    return {
        "name": timeline.name,
        "variant": timeline.variant,
        "seed": timeline.plan_at(timeline.length).seed,
        "settings": {key: _plain(value) for key, value in timeline.settings.items()},
        "parameters": timeline.plan.network.size,
        "epochs": timeline.length // timeline.steps_per_epoch,
        "planned_epochs": timeline.plan_at(timeline.length).train.epochs,
        "steps": timeline.length,
        "steps_per_epoch": timeline.steps_per_epoch,
        "final": _final(timeline),
        "stop": None if stop is None else {"reason": stop.reason, "step": stop.step, "message": stop.message},
        "checkpoints": len(timeline.checkpoints),
        "commands": [{"step": c.step, "key": c.key, "value": _plain(c.value)} for c in timeline.commands],
        "marks": [{"step": m.step, "kind": m.kind, "text": m.text} for m in timeline.marks],
    }


def _final(timeline: Timeline) -> dict[str, Any]:
    return {name: _plain(value) for name, value in timeline.record(timeline.length).items()}


def _plain(value: Any) -> Any:
    """The value, with text for the numbers that JSON does not know."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return value
