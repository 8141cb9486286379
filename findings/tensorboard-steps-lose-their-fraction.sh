#!/usr/bin/env bash
# tensorboardX 2.6.5 (torch.utils.tensorboard does the same), read with tensorboard 2.21.0.
# Guess: add_scalar(tag, loss, epoch) with a fractional epoch (0.25, 0.5, ...) is refused, as steps are integers, or
#   kept as it is.
# Instead: int(step), without a word: four points an epoch land on one step, 0.75 and -0.5 on step 0.
# Matters: trainers that count in epochs log fractions. The curve becomes a comb of vertical lines, a table keyed by
#   step keeps one of the four, and the time axis alone still tells them apart.
# Do: log global steps (round(epoch * steps_per_epoch)), and the epoch as a scalar of its own.
# Seen: epochs 0.25 0.5 0.75 1.0 1.25 come back as steps 0 0 0 1 1
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check tensorboardX==2.6.5 tensorboard==2.21.0 numpy==2.4.6 setuptools==80.9.0
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboardX import SummaryWriter

with SummaryWriter("run") as writer:
    for epoch in (0.25, 0.5, 0.75, 1.0, 1.25):
        writer.add_scalar("loss", 1 / epoch, epoch)
log = EventAccumulator("run")
log.Reload()
steps = [event.step for event in log.Scalars("loss")]
print("tensorboardX", version("tensorboardX"), "tensorboard", version("tensorboard"))
print("epochs 0.25 0.5 0.75 1.0 1.25 come back as steps", *steps)
if steps != [0, 0, 0, 1, 1]:
    sys.exit("CHANGED: fractional steps are now treated otherwise")
PY
