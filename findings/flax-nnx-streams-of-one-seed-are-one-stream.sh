#!/usr/bin/env bash
# flax 0.12.8 (NNX), nnx.Rngs with named streams, and flax.linen beside it.
# Guess: nnx.Rngs(params=0, dropout=0, noise=0) makes three streams: the name is part of the key and sets them apart.
# Instead: the name is no part of the key. Streams of one seed give the same keys in the same order: the first dropout mask, the
#   first noise and the first layer's weights come from one key. nnx.Rngs(0) beside names keeps a stream "default", which is
#   again the same as any stream with seed 0. Linen, given one key for two collections, does the same.
# Matters: one seed for all streams is how a command line passes --seed; noise that is added to weights is then the weights
#   themselves, scaled, and a mask is drawn from the numbers that it masks.
# Do: nnx.Rngs(0) alone, whose names share one running count, or seeds that differ: params=0, dropout=1.
# Seen, correlation of weights with noise of the same shape, params=0 noise=0: 1; Rngs(0) 0.01; params=0 noise=1 -0.01
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check flax==0.12.8 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$dir"
JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys

import flax
import flax.linen
import jax
import numpy as np
from flax import nnx


def correlation(a, b):
    return float(np.corrcoef(np.ravel(a), np.ravel(b))[0, 1])


def in_nnx(rngs):
    """Correlation of a layer's first weights with noise of the same shape from the stream called noise."""
    initializer = jax.nn.initializers.normal(0.1)
    layer = nnx.Linear(64, 64, kernel_init=initializer, rngs=rngs)
    return correlation(layer.kernel[...], jax.random.normal(rngs.noise(), (64, 64)))


class Linen(flax.linen.Module):
    @flax.linen.compact
    def __call__(self, rows):
        kernel = self.param("kernel", jax.nn.initializers.normal(0.1), (64, 64))
        return kernel, jax.random.normal(self.make_rng("noise"), (64, 64))


key = jax.random.key(0)
(kernel, noise), _ = Linen().init_with_output({"params": key, "noise": key}, None)
streams = nnx.Rngs(params=0, dropout=0)
same = np.array_equal(jax.random.key_data(streams.params()), jax.random.key_data(streams.dropout()))
seen = {
    "nnx.Rngs(params=0, noise=0)": in_nnx(nnx.Rngs(params=0, noise=0)),
    "nnx.Rngs(0, noise=0)": in_nnx(nnx.Rngs(0, noise=0)),
    "nnx.Rngs(0)": in_nnx(nnx.Rngs(0)),
    "nnx.Rngs(params=0, noise=1)": in_nnx(nnx.Rngs(params=0, noise=1)),
    "linen, one key for both": correlation(kernel, noise),
}
print("flax", flax.__version__, "jax", jax.__version__)
print("Rngs(params=0, dropout=0): the same first key:", same)
for name, value in seen.items():
    print(f"{name}: correlation of weights and noise {value:.2f}")
together = [abs(value) > 0.99 for value in seen.values()]
if not (same and together == [True, True, False, False, True]):
    sys.exit("CHANGED: streams of one seed now differ")
PY
