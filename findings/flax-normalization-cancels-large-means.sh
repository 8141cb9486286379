#!/usr/bin/env bash
# flax 0.12.8 (linen and nnx) on JAX 0.10.2, BatchNorm and LayerNorm, beside Keras 3.15.1.
# Guess: a normalization layer removes a large mean, that is what it is for; what comes out has a deviation of 1.
# Instead: flax computes the variance as mean(x*x) - mean(x)**2 in float32 (use_fast_variance=True) and clips it at 0. With a
#   mean of 10,000 deviations nothing is left of it: BatchNorm takes 0 and multiplies the rows by 316 (1 / sqrt(1e-5)),
#   LayerNorm gives a deviation of 0.25. torch, Keras and equinox compute it from x - mean and are right.
# Matters: inputs like years, pressures or sensor counts put through a first normalization instead of a scaler, and residual
#   streams with outliers: a layer ported from torch explodes or fades, only for such rows.
# Do: use_fast_variance=False, or subtract a constant first.
# Seen, mean 10,000 and deviation 1: running variance of BatchNorm 0.0 and deviation of its output 319, LayerNorm 0.254,
#   nnx.LayerNorm 0.254; with use_fast_variance=False 1.02, 1.0, 1.0; Keras LayerNormalization 1.0
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check flax==0.12.8 jax==0.10.2 jaxlib==0.10.2 keras==3.15.1 numpy==2.4.6
cd "$dir"
KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import jax
import keras
from flax import linen, nnx

rows = 1e4 + jax.random.normal(jax.random.key(0), (4096, 1))
features = 1e4 + jax.random.normal(jax.random.key(1), (1, 512))


def batch_norm(**settings):
    layer = linen.BatchNorm(use_running_average=False, momentum=0.0, **settings)
    output, state = layer.apply(layer.init(jax.random.key(0), rows), rows, mutable=["batch_stats"])
    return round(float(state["batch_stats"]["var"][0]), 2), round(float(output.std()), 2)


def layer_norm(**settings):
    layer = linen.LayerNorm(**settings)
    return round(float(layer.apply(layer.init(jax.random.key(0), features), features).std()), 3)


def nnx_layer_norm(**settings):
    return round(float(nnx.LayerNorm(512, rngs=nnx.Rngs(0), **settings)(features).std()), 3)


print("flax", version("flax"), "jax", jax.__version__, "keras", keras.__version__)
seen = {}
for name, settings in (("as it comes", {}), ("use_fast_variance=False", {"use_fast_variance": False})):
    seen[name] = batch_norm(**settings), layer_norm(**settings), nnx_layer_norm(**settings)
    (variance, output), layer, nnx_layer = seen[name]
    print(f"{name}: BatchNorm running variance {variance}, deviation of its output {output}; LayerNorm {layer}, "
          f"nnx.LayerNorm {nnx_layer}")
other = float(keras.layers.LayerNormalization()(features).std())
print(f"Keras LayerNormalization {other:.3f}")
fast, right = seen["as it comes"], seen["use_fast_variance=False"]
if not (fast[0][0] < 0.5 and fast[0][1] > 2 and abs(fast[1] - 1) > 0.3 and abs(fast[2] - 1) > 0.3
        and all(abs(v - 1) < 0.05 for v in (*right[0], *right[1:], other))):
    sys.exit("CHANGED: flax now computes the variance otherwise")
PY
