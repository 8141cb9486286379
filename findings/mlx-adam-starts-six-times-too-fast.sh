#!/usr/bin/env bash
# mlx 0.32.4, mlx.optimizers.Adam and AdamW.
# Guess: Adam is the published one, as in torch, Keras and Optax: with its bias correction the first step has the length of the
#   rate, and a constant gradient is followed by steps of that length.
# Instead: bias_correction is False by default. The average of squares (beta2 0.999) fills a hundred times more slowly than the
#   average of gradients, so the first step is 3.2 rates long, the tenth 6.5, the hundredth still 3.2; the thousandth
#   1.3. RMSprop starts with ten rates, too (there every library does).
# Matters: a rate that is right in torch is six times too high during the first dozens of steps, just when weights are most
#   easily wrecked; warm-up then hides it, and runs ported without a warm-up diverge.
# Do: Adam(learning_rate, bias_correction=True), which is the published algorithm, and AdamW likewise.
# Seen, gradient 1, length of steps 1, 2, 10, 100 and 1000 in rates: Adam and AdamW 3.162 4.25 6.528 3.241 1.258;
#   with bias_correction 1 1 1 1 1
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check "mlx[cpu]==0.32.4"
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import mlx.core as mx
from mlx.optimizers import Adam, AdamW

mx.set_default_device(mx.cpu)
RATE = 1e-3
SHOWN = (1, 2, 10, 100, 1000)


def lengths(optimizer):
    weights, out = {"w": mx.zeros(1)}, []
    for step in range(1, SHOWN[-1] + 1):
        moved = optimizer.apply_gradients({"w": mx.ones(1)}, weights)
        if step in SHOWN:
            out.append(round((weights["w"] - moved["w"]).item() / RATE, 2))
        weights = moved
        mx.eval(weights)
    return out


adam, adamw = lengths(Adam(RATE)), lengths(AdamW(RATE, weight_decay=0.0))
corrected = lengths(Adam(RATE, bias_correction=True))
print("mlx", version("mlx"), "steps", *SHOWN)
print("Adam:", *adam)
print("AdamW without decay:", *adamw)
print("Adam(bias_correction=True):", *corrected)
if not (adam == adamw == [3.16, 4.25, 6.53, 3.24, 1.26] and all(abs(length - 1) < 0.01 for length in corrected)):
    sys.exit("CHANGED: Adam now starts with other steps")
PY
