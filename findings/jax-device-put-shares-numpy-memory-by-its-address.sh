#!/usr/bin/env bash
# JAX 0.10.2 (CPU), jax.device_put of a NumPy 2.4.6 array.
# Guess: device_put copies, as its name says: JAX arrays never change, so a NumPy buffer may be filled again for the next batch.
# Instead: on a CPU the array is shared, not copied, if its memory begins at a multiple of 64 bytes, and copied otherwise. NumPy
#   aligns to 16, so about one array in four is shared, by chance. Filling the buffer again then changes a JAX array that
#   exists, and results that are computed from it later. jnp.array and jnp.asarray copy here.
# Matters: loaders that reuse a buffer (prefetching, memory maps, pinned slots): the batch that is being trained on is
#   overwritten in some runs and not in others; with seeds fixed, the loss still differs.
# Do: jnp.array(buffer), or device_put(buffer.copy()), or a new buffer for each batch.
# Seen, buffers that begin 0, 16, 32, 48 and 64 bytes past a multiple of 64: changed by refilling: yes no no no yes
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
import numpy as np

OFFSETS, SIZES = (0, 16, 32, 48, 64), (4, 1000, 1_000_000)


def buffer(size, offset):
    """Zeros in float32 that begin so many bytes past a multiple of 64."""
    memory = np.zeros(4 * size + 256, np.uint8)
    start = -memory.ctypes.data % 64 + offset
    return memory[start : start + 4 * size].view(np.float32)


def changes(put, size, offset):
    """Whether a JAX array follows its buffer when that is filled for the next batch."""
    batch = buffer(size, offset)
    array = put(batch)
    array.block_until_ready()
    batch[:] = 7
    return bool(array[0] == 7)


print("jax", jax.__version__, "numpy", np.__version__)
seen = {}
for name, put in (("jax.device_put", jax.device_put), ("jnp.array", jnp.array)):
    for size in SIZES:
        seen[name, size] = [changes(put, size, offset) for offset in OFFSETS]
        print(f"{name}, {size} numbers, offsets", *OFFSETS, "changed:", *seen[name, size])
fresh = [np.empty(1000 + index, np.float32) for index in range(1000)]
print(f"of 1000 arrays that NumPy made, {sum(array.ctypes.data % 64 == 0 for array in fresh)} begin at a multiple of 64")
expected = {"jax.device_put": [True, False, False, False, True], "jnp.array": [False] * 5}
if any(row != expected[name] for (name, _), row in seen.items()):
    sys.exit("CHANGED: device_put now shares other buffers")
PY
