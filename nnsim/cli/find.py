"""`nnsim show FILE --find PLACE`: the steps of a recording at which something holds."""

from pathlib import Path
from typing import Any

from nnsim.cli.output import columns, say, say_json
from nnsim.errors import NnsimError
from nnsim.text import count
from nnsim.timeline import Found, Timeline, find, parse_place

MOST_LINES = 20  # of a run
MOST_LISTED = 100_000  # of a run, in JSON
NOWHERE = 1


def find_in_recording(path: Path, text: str, as_json: bool) -> int:
    """Say where a place is in every run of a recording. Returns: the exit status, 1 where it is in none.

    Raises: NnsimError where the text is no place, or no run can have it; RecordingError where the file is damaged.
    """
    place = parse_place(text)
    from nnsim.recording import open_recording

    answers: list[tuple[Timeline, Found | None, str]] = []
    with open_recording(path) as recording:
        for timeline in recording.timelines:
            try:
                found = find(timeline, place)
                answers.append((timeline, found, found.otherwise))
            except NnsimError as error:
                answers.append((timeline, None, str(error)))
    if all(found is None for _, found, _ in answers):
        raise NnsimError(answers[0][2])
    if as_json:
        say_json({"place": place.text, "runs": [_object(*one) for one in answers]})
    else:
        say("\n".join(line for one in answers for line in _lines(*one)))
    return 0 if any(found is not None and len(found.first) for _, found, _ in answers) else NOWHERE


def _object(timeline: Timeline, found: Found | None, message: str) -> dict[str, Any]:
    if found is None or not len(found.first):
        return {"run": timeline.name, "count": 0, "places": [], "message": message}
    per_epoch = timeline.steps_per_epoch
    places = [
        {"step": first, "epoch": -(-first // per_epoch), "last_step": last}
        for first, last in zip(found.first[:MOST_LISTED].tolist(), found.last[:MOST_LISTED].tolist(), strict=True)
    ]
    return {"run": timeline.name, "count": len(found.first), "places": places, "message": None}


def _lines(timeline: Timeline, found: Found | None, message: str) -> list[str]:
    if found is None or not len(found.first):
        return [f"{timeline.name}: {message}"]
    per_epoch, places = timeline.steps_per_epoch, len(found.first)
    rows: list[tuple[str, ...]] = []
    for first, last in zip(found.first[:MOST_LINES].tolist(), found.last[:MOST_LINES].tolist(), strict=True):
        until = f"to step {last:,}" if last > first else ""
        rows.append((f"  step {first:,}", f"epoch {-(-first // per_epoch):,}", until))
    lines = [f"{timeline.name}: {found.place.text} in {count(places, 'place')}", *columns(rows)]
    return [*lines, f"  and {places - MOST_LINES:,} more"] if places > MOST_LINES else lines
