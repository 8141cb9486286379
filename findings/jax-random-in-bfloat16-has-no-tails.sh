#!/usr/bin/env bash
# JAX 0.10.2, jax.random with dtype=bfloat16 or float16.
# Guess: random numbers asked for in bfloat16 are drawn like those in float32 and rounded (as torch does).
# Instead: they are made from as many random bits as the type has digits. uniform has 128 values, one of them 0, so
#   bernoulli with a probability in bfloat16 has a floor of 1/128; normal ends at 2.9 deviations (float16 at 3.5, where
#   a million draws in float32 reach 4.6); categorical with float16 logits never draws a class of probability 1e-4.
# Matters: models run wholly in bfloat16: noise for diffusion or exploration without tails, events that should be rare
#   8 times too frequent, and sampling that cannot leave the likely tokens. Means and deviations look right.
# Do: draw in float32 and cast; cast logits and probabilities to float32 before sampling.
# Seen, a million draws: largest normal float32 4.65, bfloat16 2.89, float16 3.49; bernoulli(0.001) float32 0.00099,
#   bfloat16 0.0077; class of probability 1e-4: float32 98 times, float16 0
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$dir"
JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys

import jax
import jax.numpy as jnp

count, key = 1_000_000, jax.random.key(0)
single, brain, half = jnp.float32, jnp.bfloat16, jnp.float16
largest = {t: float(jnp.abs(jax.random.normal(key, (count,), t)).max()) for t in (single, brain, half)}
levels = len(jnp.unique(jax.random.uniform(key, (count,), brain)))
events = {t: float(jax.random.bernoulli(key, t(0.001), (count,)).mean()) for t in (single, brain)}
rare = {t: int(jax.random.categorical(key, jnp.log(jnp.array([1 - 1e-4, 1e-4], t)), shape=(count,)).sum())
        for t in (single, half)}
print("jax", jax.__version__)
print("largest of a million normal numbers:", *(f"{t.__name__} {v:.2f}" for t, v in largest.items()))
print("different uniform numbers in bfloat16:", levels)
print("share of events, bernoulli(0.001):", *(f"{t.__name__} {v:.5f}" for t, v in events.items()))
print("draws of a class of probability 1e-4:", *(f"{t.__name__} {v}" for t, v in rare.items()))
if not (largest[single] > 4.5 and largest[brain] < 3 and largest[half] < 4 and levels == 128
        and events[single] < 0.0012 and events[brain] > 0.006 and rare[single] > 50 and rare[half] == 0):
    sys.exit("CHANGED: small floating types are now drawn otherwise")
PY
