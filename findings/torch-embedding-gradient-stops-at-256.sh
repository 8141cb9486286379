#!/usr/bin/env bash
# torch 2.13.0 (CPU) and JAX 0.10.2: sums by index in bfloat16.
# Guess: sums over rows are held in float32 and rounded once, as sum(), matmul and the gradient of a bias do it; and
#   index_add and scatter_add, which compute the same sum, give the same.
# Instead: index_add, index_put(accumulate), advanced indexing's and Embedding's gradient, and jax.ops.segment_sum
#   round to bfloat16 after each addition: from 256 on, adding 1 changes nothing. scatter_add does it in float32.
# Matters: the gradient of a frequent token, the degree of a node, tokens per expert of a mixture: all stop at 256
#   times the step, a sixteenth of the truth here, while the rest of the layer is right. float16 stops at 2048.
# Do: cast to float32 before indexed sums, keep the embedding table in float32, or use scatter_add.
# Seen, 4096 ones: sum 4096, scatter_add 4096, index_add 256, index_put 256, embedding gradient 256,
#   segment_sum 256
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6 jax==0.10.2 jaxlib==0.10.2
cd "$dir"
JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys

import jax
import jax.numpy as jnp
import torch

count = 4096
ones, zeros = torch.ones(count, dtype=torch.bfloat16), torch.zeros(count, dtype=torch.long)
empty = torch.zeros(1, dtype=torch.bfloat16)
table = torch.nn.Embedding(1, 1, dtype=torch.bfloat16)
table(zeros).sum().backward()
bias = torch.nn.Linear(1, 1, dtype=torch.bfloat16)
bias(ones.unsqueeze(1)).sum().backward()
seen = {
    "sum": ones.sum().item(),
    "scatter_add": empty.scatter_add(0, zeros, ones).item(),
    "gradient of a bias": bias.bias.grad.item(),
    "index_add": empty.index_add(0, zeros, ones).item(),
    "index_put": empty.index_put((zeros,), ones, accumulate=True).item(),
    "gradient of an embedding": table.weight.grad.item(),
    "jax segment_sum": float(jax.ops.segment_sum(jnp.ones(count, jnp.bfloat16), jnp.zeros(count, jnp.int32), 1)[0]),
    "jax sum": float(jnp.ones(count, jnp.bfloat16).sum()),
}
print("torch", torch.__version__, "jax", jax.__version__)
for name, value in seen.items():
    print(f"{name}: {value:.0f}")
short = {"index_add", "index_put", "gradient of an embedding", "jax segment_sum"}
if any(value != (256 if name in short else 4096) for name, value in seen.items()):
    sys.exit("CHANGED: indexed sums in bfloat16 are now held otherwise")
PY
