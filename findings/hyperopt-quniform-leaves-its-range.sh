#!/usr/bin/env bash
# hyperopt 0.3.0, hp.quniform(label, low, high, q) and hp.qloguniform.
# Guess: a value in steps of q within [low, high], as its arguments say, each step as likely as another.
# Instead: the draw is uniform, then rounded to a multiple of q, which may lie outside: below low, zero included, and above high.
#   Steps start at 0, not at low. Values at the ends are drawn less often, those outside rarest, so that a first look at
#   the samples does not show them. With q = 32, a logarithmic range from 8 gives 0 in 3 of 10 draws.
# Matters: batch sizes and layer widths: a trial with 0 units or a batch of 0 fails after an hour, or trains nothing and
#   reports the best loss of all.
# Do: low + q * hp.randint(label, steps), or hp.choice over the values.
# Seen, 2000 draws: quniform(1, 10, 3) gives 0 3 6 9, 0 in 121; qloguniform of 8 to 100 by 32 gives 0 32 64 96, 0 in 554;
#   quniform(5, 98, 10) gives 10 to 100, 100 in 71
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check hyperopt==0.3.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import math
import sys
from collections import Counter
from importlib.metadata import version

import numpy as np
from hyperopt import hp
from hyperopt.pyll.stochastic import sample

SPACES = {  # name: (low, high, space)
    "quniform(1, 10, 3)": (1, 10, hp.quniform("a", 1, 10, 3)),
    "quniform(5, 98, 10)": (5, 98, hp.quniform("b", 5, 98, 10)),
    "qloguniform(log 8, log 100, 32)": (8, 100, hp.qloguniform("c", math.log(8), math.log(100), 32)),
    "1 + 3 * randint(4)": (1, 10, 1 + 3 * hp.randint("d", 4)),
}
print("hyperopt", version("hyperopt"))
outside = {}
for name, (low, high, space) in SPACES.items():
    random = np.random.default_rng(0)
    counts = Counter(int(sample(space, rng=random)) for _ in range(2000))
    outside[name] = sum(count for value, count in counts.items() if not low <= value <= high)
    print(f"{name}:", ", ".join(f"{value} {counts[value]} times" for value in sorted(counts)), f"; outside {outside[name]}")
if any(count == 0 for name, count in outside.items() if name.startswith("q")) or outside["1 + 3 * randint(4)"]:
    sys.exit("CHANGED: quantized values now stay in their range")
PY
