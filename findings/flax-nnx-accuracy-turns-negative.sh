#!/usr/bin/env bash
# flax 0.12.8, nnx.metrics.Average and its relatives (Accuracy, Welford).
# Guess: a mean of ones is 1 however many there are; a long count at worst loses digits.
# Instead: the count is an int32. From 2^31 values on it wraps around: the mean turns negative, and from 2^32 on it is far above
#   1 or infinite. Welford's standard error is NaN from 2^31 on. Nothing warns.
# Matters: accuracy and loss by token: 4 million tokens a step reach 2^31 in 512 steps, one pass over an evaluation set or one
#   epoch without reset(); selection by the largest accuracy or the smallest loss then takes the wrong checkpoint.
# Do: average by batch first, or reset() within 2 billion values and combine the means by hand.
# Seen, mean of 33 * 2^26 ones: Average -1.06, Accuracy -1.06, Welford's standard error NaN; of 31 * 2^26: 1
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check flax==0.12.8 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$dir"
JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import math
import sys

import flax
import jax
import jax.numpy as jnp
from flax import nnx

SIZE = 2**26
ones = jnp.ones(SIZE, jnp.float32)
labels = jnp.zeros(SIZE, jnp.int32)
logits = jnp.zeros((SIZE, 1), jnp.float32)  # one class: every row is right
METRICS = {
    "Average": (nnx.metrics.Average(), {"values": ones}),
    "Accuracy": (nnx.metrics.Accuracy(), {"logits": logits, "labels": labels}),
    "Welford": (nnx.metrics.Welford(), {"values": ones}),
}
print("flax", flax.__version__, "jax", jax.__version__)
seen = {}
for name, (metric, batch) in METRICS.items():
    for count in range(1, 34):
        metric.update(**batch)
        if count in (31, 33):
            result = metric.compute()
            seen[name, count] = float(result.standard_error_of_mean if name == "Welford" else result)
    what = "standard error" if name == "Welford" else "mean"
    print(f"{name}: {what} of {31 * SIZE} ones {seen[name, 31]:.3f}, of {33 * SIZE} {seen[name, 33]:.3f}")
if not (seen["Average", 31] == seen["Accuracy", 31] == 1 and seen["Average", 33] < 0 and seen["Accuracy", 33] < 0
        and math.isnan(seen["Welford", 33])):
    sys.exit("CHANGED: the metrics now count further")
PY
