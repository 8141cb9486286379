#!/usr/bin/env bash
# torch 2.13.0 (CPU), torch.randn and every initializer and layer that draws normals, beside JAX 0.10.2 and NumPy 2.4.6.
# Guess: one seed is one sequence: the first 15 of 16 normals are the 15 normals of that seed, as holds for torch.rand.
# Instead: below 16 elements torch draws pairs one after another, in double precision; from 16 on it fills the tensor with
#   uniforms, turns them into normals in blocks of 16 (a sine half and a cosine half), and draws the last 16 again where the
#   size is no multiple of 16. So 15 and 16 share no number, 17 shares one with 32, and 31 shares 15; any multiple of 16
#   is a prefix of a larger one. A float64 tensor does the same with numbers of its own.
# Matters: "the same noise for fewer rows", "the same first units in a wider layer", padding a batch, and tests at small sizes:
#   a bias of 10 has other numbers than the first 10 of a larger one, though the seed is fixed.
# Do: draw a multiple of 16 and cut, or draw row by row, or turn torch.rand into normals.
# Seen, of n normals equal to the first n of 64: n=8 0, 15 0, 16 16, 17 1, 31 15, 32 32; NumPy, JAX and torch.rand all n
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6 jax==0.10.2 jaxlib==0.10.2
cd "$dir"
JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys

import jax
import numpy as np
import torch

SIZES = (8, 15, 16, 17, 31, 32)


def torch_draws(draw, dtype=torch.float32):
    return lambda size: draw(size, generator=torch.Generator().manual_seed(0), dtype=dtype).numpy()


DRAWS = {
    "torch.randn": torch_draws(torch.randn),
    "torch.randn, float64": torch_draws(torch.randn, torch.float64),
    "torch.rand": torch_draws(torch.rand),
    "numpy": lambda size: np.random.default_rng(0).standard_normal(size),
    "jax": lambda size: np.asarray(jax.random.normal(jax.random.key(0), (size,))),
}
print("torch", torch.__version__, "numpy", np.__version__, "jax", jax.__version__)
print("of n numbers, how many are the first n of 64; n =", *SIZES)
seen = {}
for name, draw in DRAWS.items():
    seen[name] = [int((draw(size) == draw(64)[:size]).sum()) for size in SIZES]
    print(f"{name}:", *seen[name])
if not (seen["torch.randn"] == seen["torch.randn, float64"] == [0, 0, 16, 1, 15, 32]
        and seen["torch.rand"] == seen["numpy"] == seen["jax"] == list(SIZES)):
    sys.exit("CHANGED: the normals of one seed are now shared otherwise")
PY
