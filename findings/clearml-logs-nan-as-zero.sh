#!/usr/bin/env bash
# clearml 2.1.12 (offline mode), Logger.report_scalar.
# Guess: a loss of NaN or infinity is stored as such, or is left out.
# Instead: both, and minus infinity, are stored as 0.0: the curve of a diverged run drops to the best value there is. A line in the
#   console says so now and then; the log itself keeps no mark that could be told from a real zero.
# Matters: "smallest loss" over experiments finds the diverged ones first, and an accuracy of NaN looks like one of 0.
# Do: Logger.set_reporting_nan_value(-1.0) and set_reporting_inf_value, with a value that the metric cannot have, or report
#   numbers of non-finite steps as a scalar of their own.
# Seen, reported 1 nan inf -inf 0.5: stored 1 0 0 0 0.5; after set_reporting_nan_value(-1.0) a NaN is stored as -1
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check clearml==2.1.12 numpy==2.4.6
cd "$dir"
HOME="$dir" "$dir/venv/bin/python" - <<'PY'
import json
import logging
import math
import sys
from pathlib import Path

import clearml

logging.disable(logging.CRITICAL)
clearml.Task.set_offline(True)
task = clearml.Task.init("project", "run", auto_connect_frameworks=False, auto_connect_arg_parser=False,
                         auto_connect_streams=False, auto_resource_monitoring=False)
folder = Path(task.get_offline_mode_folder())
logger = task.get_logger()
REPORTED = [1.0, math.nan, math.inf, -math.inf, 0.5]
for step, loss in enumerate(REPORTED):
    logger.report_scalar("loss", "as it comes", loss, step)
clearml.Logger.set_reporting_nan_value(-1.0)
logger.report_scalar("loss", "with a value", math.nan, 0)
task.close()
events = [event for line in (folder / "metrics.jsonl").read_text().splitlines() if line for event in json.loads(line)]
stored = {}
for event in events:
    stored.setdefault(event["variant"], []).append(event["value"])
print("clearml", clearml.__version__)
print("reported:", *REPORTED)
print("stored:  ", *stored["as it comes"])
print("a NaN after set_reporting_nan_value(-1.0):", *stored["with a value"])
if stored != {"as it comes": [1.0, 0.0, 0.0, 0.0, 0.5], "with a value": [-1.0]}:
    sys.exit("CHANGED: non-finite scalars are now stored otherwise")
PY
