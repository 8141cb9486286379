#!/usr/bin/env bash
# torch 2.13.0, JAX 0.10.2, Keras 3.15.1: the initializers called truncated normal with a standard deviation of 0.02.
# Guess: three libraries, one initializer: values within two standard deviations, with the deviation that was asked for.
# Instead: torch's trunc_normal_ cuts at -2 and 2 themselves, not at two deviations, which for 0.02 means never: its largest
#   values are above four deviations. jax.nn.initializers.truncated_normal and Keras's TruncatedNormal cut at two
#   deviations of the normal before the cut, so what they give is 0.88 of what was asked for. JAX's own
#   variance_scaling with "truncated_normal" makes up for that; these do not.
# Matters: a model ported by its configuration starts with 12 % smaller weights in each layer, which multiplies with
#   depth (0.88 ** 12 = 0.2), or with outliers that the original did not have.
# Do: torch: a=-2 * std, b=2 * std; JAX and Keras: divide by 0.8796. Compare the deviation of what was drawn.
# Seen, deviation and largest value in units of 0.02: torch 1.00 4.8, JAX 0.88 2.0, Keras 0.88 2.0
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6 jax==0.10.2 jaxlib==0.10.2 keras==3.15.1
cd "$dir"
KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys

import jax
import keras
import numpy as np
import torch

std, shape = 0.02, (1000, 1000)
torch.manual_seed(0)
key = jax.random.key(0)
drawn = {
    "torch trunc_normal_": torch.nn.init.trunc_normal_(torch.empty(shape), std=std).numpy(),
    "torch with a and b of two deviations": torch.nn.init.trunc_normal_(
        torch.empty(shape), std=std, a=-2 * std, b=2 * std).numpy(),
    "jax truncated_normal": np.asarray(jax.nn.initializers.truncated_normal(std)(key, shape)),
    "jax variance_scaling": np.asarray(jax.nn.initializers.variance_scaling(
        std**2 * shape[0], "fan_in", "truncated_normal")(key, shape)),
    "keras TruncatedNormal": np.asarray(keras.initializers.TruncatedNormal(stddev=std, seed=0)(shape)),
}
print("torch", torch.__version__, "jax", jax.__version__, "keras", keras.__version__)
seen = {name: (values.std() / std, np.abs(values).max() / std) for name, values in drawn.items()}
for name, (deviation, largest) in seen.items():
    print(f"{name}: deviation {deviation:.2f}, largest value {largest:.1f} (in units of {std})")
deviations = [round(float(deviation), 2) for deviation, _ in seen.values()]
if not (deviations == [1.0, 0.88, 0.88, 1.0, 0.88] and seen["torch trunc_normal_"][1] > 4
        and seen["jax truncated_normal"][1] < 2.01 and seen["keras TruncatedNormal"][1] < 2.01):
    sys.exit("CHANGED: one of these initializers now draws otherwise")
PY
