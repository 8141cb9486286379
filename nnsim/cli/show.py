"""`nnsim show`: what a recording holds, and with `--find` the steps at which something holds."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nnsim.cli.output import report_damage, say, say_json
from nnsim.errors import NnsimError
from nnsim.output_files import ANYWHERE, OutputFiles
from nnsim.text import clean_line, columns, count
from nnsim.timeline import Found, RunLog, find, parse_place

MOST_LINES = 20  # of a run
MOST_LISTED = 100_000  # of a run, in JSON
NOWHERE = 1
DAMAGED = 2


def show_recording(path: Path, as_json: bool, names: Sequence[str] = (), files: OutputFiles = ANYWHERE) -> int:
    """Say what a recording holds, or what is left of it. Returns: the exit status, 2 where it is damaged.

    Raises: RecordingError where nothing of the file can be read.
    """
    described = described_file(path, names, files)
    if as_json:
        say_json(described)
    else:
        say("\n".join(_table({key: value for key, value in described.items() if key != "damage"})))
    damage = described.get("damage", [])
    report_damage(path, damage)
    return DAMAGED if damage else 0


def described_file(path: Path, names: Sequence[str] = (), files: OutputFiles = ANYWHERE) -> dict[str, Any]:
    """What a recording, or other programs' logs, hold."""
    from nnsim.logs.run_set import holds_logs, open_logs

    if holds_logs(path):
        from nnsim.logs.log_source import name_rules
        from nnsim.logs.log_summary import describe_logs

        with open_logs(path, name_rules(names, files)) as source:
            return describe_logs(source)
    from nnsim.recording import describe

    return describe(path)


def _table(table: Mapping[str, Any], indent: str = "") -> list[str]:
    """A mapping in lines, what lies inside another indented under it."""
    plain: list[tuple[str, ...]] = [
        (_label(key), _value(value)) for key, value in table.items() if not _nested(value)
    ]
    lines = [indent + line for line in columns(plain)] if plain else []
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            lines += [f"{indent}{_label(key)}", *_table(value, indent + "  ")]
        elif _nested(value):
            for number, entry in enumerate(value, start=1):
                lines += [f"{indent}{key} {number}", *_table(entry, indent + "  ")]
    return lines


def _label(key: str) -> str:
    return key if "." in key else key.replace("_", " ")  # the key of a setting has dots, and stays as it is


def _nested(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return bool(value) and all(isinstance(one, Mapping) for one in value)
    return isinstance(value, Mapping) and bool(value)


def _value(value: object) -> str:
    if value is None or value in ([], {}, ()):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, (list, tuple)):
        parting = "; " if any(isinstance(one, str) and "," in one for one in value) else ", "
        return parting.join(_value(one) for one in value)
    return clean_line(str(value))


def find_in_recording(
    path: Path, text: str, as_json: bool, names: Sequence[str] = (), files: OutputFiles = ANYWHERE
) -> int:
    """Say where a place is in every run of a recording. Returns: the exit status, 1 where it is in none, 2 where
    the recording is damaged.

    Raises: NnsimError where the text is no place, or no run can have it; RecordingError where the file is damaged.
    """
    from nnsim.logs.log_source import name_rules
    from nnsim.logs.run_set import RunSet

    answers: list[tuple[RunLog, Found | None, str]] = []
    # Extremes are computed of the values, not believed.
    with RunSet([path], name_rules(names, files), despite_damage=True) as recording:
        place = parse_place(text, {name for one in recording.timelines for name in one.series})
        for timeline in recording.timelines:
            try:
                found = find(timeline, place)
                answers.append((timeline, found, found.otherwise))
            except NnsimError as error:
                answers.append((timeline, None, str(error)))
        damage = recording.damage
    if all(found is None for _, found, _ in answers):
        raise NnsimError(answers[0][2])
    if as_json:
        say_json({"place": place.text, "runs": [_object(*one) for one in answers]})
    else:
        say("\n".join(line for one in answers for line in _lines(*one)))
    report_damage(path, damage)
    if damage:
        return DAMAGED
    return 0 if any(found is not None and len(found.first) for _, found, _ in answers) else NOWHERE


def _object(timeline: RunLog, found: Found | None, message: str) -> dict[str, Any]:
    if found is None or not len(found.first):
        return {"run": timeline.name, "count": 0, "places": [], "message": message}
    per_epoch = timeline.steps_per_epoch
    places = [
        {"step": first, "epoch": -(-first // per_epoch), "last_step": last}
        for first, last in zip(found.first[:MOST_LISTED].tolist(), found.last[:MOST_LISTED].tolist(), strict=True)
    ]
    return {"run": timeline.name, "count": len(found.first), "places": places, "message": None}


def _lines(timeline: RunLog, found: Found | None, message: str) -> list[str]:
    if found is None or not len(found.first):
        return [f"{timeline.name}: {message}"]
    per_epoch, places = timeline.steps_per_epoch, len(found.first)
    rows: list[tuple[str, ...]] = []
    for first, last in zip(found.first[:MOST_LINES].tolist(), found.last[:MOST_LINES].tolist(), strict=True):
        until = f"to step {last:,}" if last > first else ""
        epoch = f"epoch {-(-first // per_epoch):,}" if timeline.unit == "epoch" else ""
        rows.append((f"  step {first:,}", epoch, until))
    lines = [f"{timeline.name}: {found.place.text} in {count(places, 'place')}", *columns(rows)]
    return [*lines, f"  and {places - MOST_LINES:,} more"] if places > MOST_LINES else lines
