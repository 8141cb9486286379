#!/usr/bin/env bash
# tensorboard 2.21.0, EventAccumulator(folder).Scalars(tag), which notebooks and converters use to read logs, and torch 2.13.0
# (SummaryWriter), which wrote them.
# Guess: a reader returns what was written; thinning is a matter of the plot.
# Instead: from 10001 points a tag on, it keeps a random sample of 10000 with the last one, and says nothing. The sample is drawn
#   with a fixed seed, so reading again shows the same gaps. A spike of one step is lost in 6 of 10 cases at 25000 points,
#   the best value too; the curve's own step distance becomes uneven, which moves averages over "the last 100 points".
# Matters: best and worst values, step times, gradients' extremes and sums over a run, read from the file of a long run.
# Do: EventAccumulator(folder, size_guidance={"scalars": 0}), as the script does; 0 keeps all.
# Seen, 25000 steps, a loss of 10 at step 123, else 1: 10000 points, largest loss 1; with a size of 0: 25000 and 10
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6 tensorboard==2.21.0
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.utils.tensorboard import SummaryWriter

STEPS, SPIKE = 25_000, 123
with SummaryWriter("run") as writer:
    for step in range(STEPS):
        writer.add_scalar("loss", 10.0 if step == SPIKE else 1.0, step)


def read(**settings):
    reader = EventAccumulator("run", **settings)
    reader.Reload()
    return [(event.step, event.value) for event in reader.Scalars("loss")]


plain, again, everything = read(), read(), read(size_guidance={"scalars": 0})
print("tensorboard", version("tensorboard"), "torch", version("torch"))
for name, points in (("as it comes", plain), ("size_guidance 0", everything)):
    largest = max(value for _, value in points)
    print(f"{name}: {len(points)} of {STEPS} points, steps {points[0][0]} to {points[-1][0]}, largest loss {largest:.0f}")
print("the same points when read again:", plain == again)
if not (len(plain) == 10_000 and plain == again and max(v for _, v in plain) == 1 and plain[-1][0] == STEPS - 1
        and len(everything) == STEPS and max(v for _, v in everything) == 10):
    sys.exit("CHANGED: the reader now keeps other points")
PY
