#!/usr/bin/env bash
# flax 0.12.8, flax.serialization.from_bytes, beside orbax-checkpoint 0.12.8.
# Guess: from_bytes(target, data) needs the target for structure, shapes and dtypes, and refuses a checkpoint of another
#   size, as load_state_dict does in PyTorch.
# Instead: only the names must match. Arrays come back with the shape and dtype of the file, whatever the target has.
#   Orbax refuses a target of jax arrays with another shape, and takes one of NumPy arrays without a look.
# Matters: a checkpoint of a vocabulary of 10 loads into a model of 12; plain indexing in JAX then clamps what
#   is out of range, so tokens 10 and 11 get the row of token 9 and evaluation goes on.
# Do: compare jax.tree.map(jnp.shape, ...) of target and result; give Orbax jax.ShapeDtypeStruct.
# Seen: target (12, 4), file (10, 4): flax (10, 4), Orbax with NumPy target (10, 4), with jax target ValueError;
#   row of token 11 equal to row of token 9
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check flax==0.12.8 jax==0.10.2 jaxlib==0.10.2 orbax-checkpoint==0.12.8 numpy==2.4.6
cd "$dir"
JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import logging
import os
import sys
from importlib.metadata import version

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint
from flax import serialization

logging.disable(logging.WARNING)
trained = {"embedding": jnp.arange(40.0).reshape(10, 4)}
fresh = {"embedding": jnp.zeros((12, 4), jnp.bfloat16)}
loaded = serialization.from_bytes(fresh, serialization.to_bytes(trained))["embedding"]
loaded = jnp.asarray(loaded)

checkpointer = orbax.checkpoint.StandardCheckpointer()
checkpointer.save(os.path.abspath("saved"), trained)
checkpointer.wait_until_finished()
by_numpy = checkpointer.restore(os.path.abspath("saved"), {"embedding": np.zeros((12, 4), np.float32)})["embedding"]
try:
    by_jax = checkpointer.restore(os.path.abspath("saved"), {"embedding": jnp.zeros((12, 4))})["embedding"].shape
except ValueError:
    by_jax = "ValueError"
clamped = bool((loaded[jnp.array([11])] == loaded[jnp.array([9])]).all())
print("flax", version("flax"), "jax", jax.__version__, "orbax", version("orbax-checkpoint"))
print("target (12, 4) bfloat16, file (10, 4) float32: flax", loaded.shape, loaded.dtype)
print("Orbax with a NumPy target", by_numpy.shape, "with a jax target", by_jax)
print("row of token 11 equals row of token 9:", clamped)
if not (loaded.shape == (10, 4) and loaded.dtype == jnp.float32 and by_numpy.shape == (10, 4)
        and by_jax == "ValueError" and clamped):
    sys.exit("CHANGED: shapes are now checked otherwise")
PY
