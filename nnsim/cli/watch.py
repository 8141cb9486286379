"""`nnsim watch`: a recording that another process is still writing, on a screen or as a line a second."""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from nnsim.cli.environment import named_theme, reading_language
from nnsim.cli.open import require_screen
from nnsim.cli.output import complain, say
from nnsim.logs.run_set import holds_logs
from nnsim.output_files import OutputFiles
from nnsim.recording import GrowingRecording, follow_recording
from nnsim.text.number_format import finite
from nnsim.timeline import RunLog, Timeline

if TYPE_CHECKING:
    from nnsim.logs.figures_file import FiguresFile
    from nnsim.logs.log_source import LogSource

Opened = TypeVar("Opened")
LINE_S = 1.0
WRITER_GONE = 1  # the exit status


def watch_recording(
    path: Path, names: Sequence[str], as_json: bool, files: OutputFiles, theme: str | None = None
) -> int:
    """Follows a recording, or logs, to the end.  Returns: the exit status, 1 where its writer is gone."""
    if holds_logs(path):
        return _watch_logs(path, names, as_json, files, theme)
    if not as_json:
        require_screen()
        from screens.app import open_watch

        chosen = named_theme(theme)
        return open_watch(follow_recording(path, language=reading_language(files)), files, chosen)

    with follow_recording(path) as following:
        return _told(path, following)


def _watch_logs(path: Path, names: Sequence[str], as_json: bool, files: OutputFiles, theme: str | None) -> int:
    from nnsim.logs.log_source import name_rules
    from nnsim.logs.run_set import RunSet, open_logs

    rules = name_rules(names, files)
    if as_json:
        with _when_logged(path, lambda: open_logs(path, rules)) as source:
            return _told(path, source)
    require_screen()
    from screens.app import open_run_set

    with _when_logged(path, lambda: RunSet([path], rules, follows=True)) as runs:
        return open_run_set(runs, files, named_theme(theme), follows=True)


def _when_logged(path: Path, opened: Callable[[], Opened]) -> Opened:
    """What is opened as soon as a folder holds a run with a figure: who trains may be about to begin."""
    from nnsim.logs.log_source import NothingLoggedError

    told = False
    while True:
        try:
            return opened()
        except NothingLoggedError:
            if not path.is_dir():
                raise
        if not told:
            complain(f"{path}: waiting for a run (ctrl-c stops)")
            told = True
        time.sleep(LINE_S / 4)


def _told(path: Path, following: "GrowingRecording | LogSource | FiguresFile") -> int:
    """Prints a line a second and run until there will be no more."""
    due = time.monotonic()
    while True:
        following.refresh()
        age_s = following.age_s(time.time())
        for timeline in following.timelines:
            say(json.dumps(_line(timeline, age_s, following.ended), allow_nan=False))
        if getattr(following, "gone", False):
            complain(f"{path}: {following.parting}")
            step = max(one.length for one in following.timelines)
            last = {"step": step, "ended": True, "writer": "gone", "message": following.parting}
            say(json.dumps(last))
            return WRITER_GONE
        if following.ended:
            return 0
        due = max(due + LINE_S, time.monotonic())
        while (left := due - time.monotonic()) > 0 and not following.ended:
            time.sleep(min(left, LINE_S / 4))
            following.refresh()


def _line(timeline: RunLog, age_s: float, ended: bool) -> dict[str, Any]:
    """What is known of a run; `lag_s` is how old the newest figures are, in seconds since the file was written."""
    step = timeline.length
    loss = timeline.series["loss"].at_step(step) if "loss" in timeline.series else None
    planned = timeline.plan_at(step).train.epochs if isinstance(timeline, Timeline) else None
    return {
        "run": timeline.name,
        "step": step,
        "epoch": step // timeline.steps_per_epoch,
        "epochs": planned,
        "loss": finite(loss),
        "lag_s": round(age_s, 3),
        "stop": timeline.stop.reason if timeline.stop else None,
        "ended": ended,
    }
