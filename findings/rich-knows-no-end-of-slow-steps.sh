#!/usr/bin/env bash
# rich 15.0.0, rich.progress.Progress and track() with the settings they come with.
# Guess: after two or three steps the bar shows a remaining time, whatever a step takes: an epoch of 40 seconds, 100 epochs.
# Instead: speed is estimated from the samples of the last 30 seconds (speed_estimate_period). Where a step takes longer, one sample
#   is left, which makes no speed, and the column says -:--:-- to the end of the run. At 20 seconds a step the estimate follows
#   the last step alone. tqdm shows it after the first step.
# Matters: epochs, evaluations, folds and trials are what one watches such a bar for.
# Do: Progress(..., speed_estimate_period=3600), several times the length of a step.
# Seen, after 10 of 100 steps: 20 s a step 0:30:00; 40 s a step -:--:--; 40 s a step with a period of 3600 s 1:00:00
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check rich==15.0.0
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import io
import sys
from importlib.metadata import version

from rich.console import Console
from rich.progress import Progress, TimeRemainingColumn


def remaining(seconds, **settings):
    """What the column says, and the seconds, after 10 of 100 steps that took so long each by the bar's own clock."""
    now = 0.0
    column = TimeRemainingColumn()
    progress = Progress(column, console=Console(file=io.StringIO()), get_time=lambda: now, auto_refresh=False, **settings)
    task = progress.add_task("epochs", total=100)
    for _ in range(10):
        now += seconds
        progress.advance(task)
    return column.render(progress.tasks[0]).plain, progress.tasks[0].time_remaining


print("rich", version("rich"))
seen = {}
for seconds, settings in ((1, {}), (20, {}), (31, {}), (40, {}), (40, {"speed_estimate_period": 3600})):
    text, number = seen[seconds, bool(settings)] = remaining(seconds, **settings)
    given = "".join(f", {name} {value}" for name, value in settings.items())
    print(f"{seconds} seconds a step{given}: shows {text} ({number} seconds; by hand {90 * seconds})")
if not (seen[31, False][1] is None and seen[40, False] == ("-:--:--", None) and seen[20, False][1] == 1800
        and seen[40, True][1] == 3600):
    sys.exit("CHANGED: slow steps now have a remaining time")
PY
