"""`nnsim replay`: a recording on a screen."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nnsim.cli.environment import named_theme, reading_language
from nnsim.cli.open import require_screen
from nnsim.cli.output import report_damage
from nnsim.errors import NnsimError
from nnsim.output_files import OutputFiles
from nnsim.text import quote

if TYPE_CHECKING:
    from nnsim.session.playback import PlaybackOptions


def show_recording(
    path: Path,
    files: OutputFiles,
    names: Sequence[str],
    speed: str | None,
    at: str | None = None,
    loop: bool = False,
    pause_at_marks: bool = False,
    idle_limit_s: float | None = None,
    despite_damage: bool = False,
    theme: str | None = None,
    plain: bool = False,
) -> int:
    """Opens a recording, with what its options ask.  Returns: the exit status.  Raises: NnsimError."""
    if plain:
        return _talk(path, files, names, at, despite_damage)
    from nnsim.logs.run_set import holds_logs
    from nnsim.session.playback import PlaybackOptions
    from nnsim.timeline import parse_place

    epochs_per_s = None if speed is None else speed_of(speed)
    place = None if at is None else parse_place(at)
    playing = PlaybackOptions(epochs_per_s, place, loop, pause_at_marks, idle_limit(idle_limit_s))
    require_screen(f"over SSH: ssh -t HOST nnsim replay {path}; nnsim replay --plain {path} needs none")
    if not holds_logs(path):
        return _replay(path, files, playing, despite_damage, theme)
    from nnsim.logs.log_source import name_rules
    from nnsim.logs.run_set import RunSet
    from screens.app import open_run_set

    with RunSet([path], name_rules(names, files)) as runs:
        status = open_run_set(runs, files, named_theme(theme), playing)
        report_damage(path, runs.damage)
    return status


def _talk(path: Path, files: OutputFiles, names: Sequence[str], at: str | None, despite_damage: bool) -> int:
    """Tells a recording, or the logs of another program, in lines of text."""
    from nnsim.cli.plain import converse_about
    from nnsim.logs.run_set import holds_logs
    from nnsim.recording import open_recording
    from nnsim.session.playback import PlaybackOptions
    from nnsim.session.session import Session
    from nnsim.timeline import parse_place

    if holds_logs(path):
        return open_runs([path], names, files, None, plain=True)
    with open_recording(
        path, "gaps" if despite_damage else "refuse", language=reading_language(files)
    ) as recording:
        session = Session.of_timelines(recording.timelines, recording.answers, recording.facts.student)
        if at is not None:
            session.playback.begin(PlaybackOptions(at=parse_place(at)))
        return converse_about(session, files)


def _replay(
    path: Path, files: OutputFiles, playing: "PlaybackOptions", despite_damage: bool, theme: str | None
) -> int:
    from nnsim.recording import open_recording
    from screens.app import open_replay

    chosen = named_theme(theme)
    language = reading_language(files)
    recording = open_recording(path, "gaps" if despite_damage else "refuse", language=language)
    status = open_replay(recording, files, playing, chosen)
    report_damage(path, recording.damage)
    return status


def idle_limit(seconds: float | None) -> float | None:
    """What --idle-limit says.  Raises: NnsimError where that is no time."""
    if seconds is not None and not 0 < seconds < math.inf:
        raise NnsimError(f"--idle-limit {seconds:g}: is no time (allowed: seconds above 0)")
    return seconds


def speed_of(text: str) -> float:
    """What --speed says, in epochs a second.  Raises: NnsimError where that is no speed."""
    if text == "max":
        return math.inf
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not 0 < speed < math.inf:
        raise NnsimError(f"--speed {quote(text)}: is no speed (allowed: epochs a second above 0, or max)")
    return speed


def open_runs(
    paths: Sequence[Path], names: Sequence[str], files: OutputFiles, theme: str | None, plain: bool
) -> int:
    """Opens recordings and logs, any number of them, on a screen or in words.

    Args: names: what --map says.  Returns: the exit status.  Raises: NnsimError.
    """
    from nnsim.logs.log_source import name_rules
    from nnsim.logs.run_set import RunSet

    rules = name_rules(names, files)
    if plain:
        from nnsim.cli.plain import converse_about
        from nnsim.session.session import Session

        with RunSet(paths, rules) as runs:
            status = converse_about(Session.of_runs(runs), files)
            report_damage(paths[0], runs.damage)
        return status
    require_screen()
    from screens.app import open_run_set

    chosen = named_theme(theme)
    with RunSet(paths, rules) as runs:
        status = open_run_set(runs, files, chosen)
        report_damage(paths[0], runs.damage)
    return status
