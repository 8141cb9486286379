"""`nnsim watch`: a recording that another process is still writing, on a screen or as a line a second."""

import json
import time
from pathlib import Path
from typing import Any

from nnsim.cli.open import named_theme, require_screen
from nnsim.cli.output import complain, finite, say
from nnsim.output_files import OutputFiles
from nnsim.recording import follow_recording
from nnsim.timeline import Timeline

LINE_S = 1.0
WRITER_GONE = 1  # the exit status


def watch_recording(path: Path, as_json: bool, files: OutputFiles, theme: str | None = None) -> int:
    """Follows a recording to its end.  Returns: the exit status, 1 where its writer is gone."""
    if not as_json:
        require_screen()
        from screens.app import open_watch

        chosen = named_theme(theme)
        return open_watch(follow_recording(path), files, chosen)

    with follow_recording(path) as following:
        due = time.monotonic()
        while True:
            following.refresh()
            age_s = following.age_s(time.time())
            for timeline in following.timelines:
                say(json.dumps(_line(timeline, age_s, following.ended), allow_nan=False))
            if following.gone:
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


def _line(timeline: Timeline, age_s: float, ended: bool) -> dict[str, Any]:
    """What is known of a run; `lag_s` is how old the newest figures are, in seconds since the file was written."""
    step = timeline.length
    loss = timeline.series["loss"].at_step(step) if step else None
    return {
        "run": timeline.name,
        "step": step,
        "epoch": step // timeline.steps_per_epoch,
        "epochs": timeline.plan_at(step).train.epochs,
        "loss": finite(loss),
        "lag_s": round(age_s, 3),
        "stop": timeline.stop.reason if timeline.stop else None,
        "ended": ended,
    }
