#!/usr/bin/env bash
# Optax 0.2.8 (JAX 0.10.2), inject_hyperparams around Adam for weights in bfloat16.
# Guess: inject_hyperparams makes the learning rate adjustable and changes nothing else; the same Adam takes the same steps.
# Instead: every number of the optimizer is stored in the dtype of the first weights. In bfloat16 b2 = 0.999 rounds to 1.0, so
#   the second moment never takes up a gradient and its bias correction divides 0 by 0: the first update is NaN, for all
#   weights. With b2 = 0.99 nothing breaks, but 0.9883 is used. Plain Adam, whose numbers stay Python's, is right.
# Matters: the wrapper is the usual way to log or set the rate; a model that trains in float32 is NaN from step 1 in bfloat16,
#   and the search goes to the loss and the data. float16 keeps b2 at 0.999 but rounds the eps of 1e-8 to 0.
# Do: inject_hyperparams(optax.adam, hyperparam_dtype=jnp.float32).
# Seen, first update at gradients 1 and 0.1, rate 0.001: plain -0.001 -0.001; injected nan nan with b2 1.0; with
#   hyperparam_dtype=float32 -0.001 -0.001; b2=0.99 is stored as 0.98828
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check optax==0.2.8 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$dir"
JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys

import jax
import jax.numpy as jnp
import optax


def first_update(optimizer, dtype):
    weights = jnp.array([0.5, 0.5], dtype)
    update, state = optimizer.update(jnp.array([1.0, 0.1], dtype), optimizer.init(weights), weights)
    numbers = getattr(state, "hyperparams", {})
    return [round(float(u), 4) for u in update], {name: float(value) for name, value in numbers.items()}


plain = first_update(optax.adam(1e-3), jnp.bfloat16)
single = first_update(optax.inject_hyperparams(optax.adam)(1e-3), jnp.float32)
injected = first_update(optax.inject_hyperparams(optax.adam)(1e-3), jnp.bfloat16)
kept = first_update(optax.inject_hyperparams(optax.adam, hyperparam_dtype=jnp.float32)(1e-3), jnp.bfloat16)
other = first_update(optax.inject_hyperparams(optax.adam)(1e-3, b2=0.99), jnp.bfloat16)
half = first_update(optax.inject_hyperparams(optax.adam)(1e-3), jnp.float16)
print("optax", optax.__version__, "jax", jax.__version__)
print("plain, bfloat16:               ", *plain[0])
print("injected, float32:             ", *single[0], " b2", single[1]["b2"])
print("injected, bfloat16:            ", *injected[0], " b2", injected[1]["b2"])
print("injected, hyperparam_dtype f32:", *kept[0], " b2", kept[1]["b2"])
print("injected, bfloat16, b2=0.99 is stored as", other[1]["b2"])
print("injected, float16: b2", half[1]["b2"], "eps", half[1]["eps"])
if not (plain[0] == single[0] == kept[0] == [-0.001, -0.001] and injected[1]["b2"] == 1.0 and half[1]["eps"] == 0.0
        and all(u != u for u in injected[0]) and round(other[1]["b2"], 5) == 0.98828):
    sys.exit("CHANGED: injected hyperparameters are now stored otherwise")
PY
