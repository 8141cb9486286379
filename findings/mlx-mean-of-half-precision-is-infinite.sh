#!/usr/bin/env bash
# mlx 0.32.4 (CPU), mx.mean and what is built on it, beside NumPy 2.4.6.
# Guess: a mean of numbers between 0 and 10 lies between 0 and 10 in float16 too: NumPy, torch and JAX add in float32.
# Instead: mx.mean adds in float16, which ends at 65504, and then divides: a mean of 70000 ones is infinite, of 10000 losses near 10
#   as well. mx.var and the mean reduction of mlx.nn.losses are infinite with it.
# Matters: a loss by token over 8 rows of 1024 tokens at a value of 10 (a new model's cross-entropy) is infinite, though each
#   term and the mean are small; one looks for the overflow in the model.
# Do: values.astype(mx.float32) before mean, or bfloat16.
# Seen, mean of ones, float16: 60000 1.001, 70000 inf; bfloat16 and float32 1; losses of 10 over 8192 tokens inf; NumPy float16 1
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check "mlx[cpu]==0.32.4" numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import math
import sys
from importlib.metadata import version

import mlx.core as mx
import mlx.nn
import numpy as np

mx.set_default_device(mx.cpu)
KINDS = {"float16": mx.float16, "bfloat16": mx.bfloat16, "float32": mx.float32}
print("mlx", version("mlx"), "numpy", np.__version__)
seen = {}
for name, kind in KINDS.items():
    for size in (60_000, 70_000):
        seen[name, size] = mx.ones((size,), kind).mean().item()
        print(f"{name}: mean of {size} ones {seen[name, size]:g}")
    outputs, targets = mx.full((8, 1024), 10.0, kind), mx.zeros((8, 1024), kind)
    seen[name, "loss"] = mlx.nn.losses.l1_loss(outputs, targets, reduction="mean").item()
    seen[name, "variance"] = mx.var(mx.ones((70_000,), kind)).item()
    print(f"{name}: l1_loss of 8 rows of 1024 tokens that are off by 10: {seen[name, 'loss']:g}; "
          f"variance of 70000 ones {seen[name, 'variance']:g}")
beside = float(np.ones(70_000, np.float16).mean())
print("numpy float16: mean of 70000 ones", beside)
if not (abs(seen["float16", 60_000] - 1) < 0.01 and seen["float16", 70_000] == seen["float16", "loss"] == math.inf
        and not math.isfinite(seen["float16", "variance"]) and beside == 1
        and all(math.isfinite(value) for (name, _), value in seen.items() if name != "float16")):
    sys.exit("CHANGED: means in float16 are now added otherwise")
PY
