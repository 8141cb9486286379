#!/usr/bin/env bash
# torch 2.13.0 (CPU), torch.set_flush_denormal.
# Guess: set_flush_denormal(True), which returns True for "supported", makes the process treat subnormal numbers as zero:
#   the same operation gives the same numbers whatever the size of the tensor.
# Instead: the processor's flag belongs to a thread, and only the caller's is set. Operations on up to 32768 elements run on
#   the caller and are flushed; larger ones are split over torch's threads, and all parts but one keep subnormals. With two
#   threads half of a tensor is zero and half is not; with n threads only one nth is.
# Matters: long decays (momentum, second moments, averages of weights, masked-out weights) end in subnormals, for whose slowness
#   one sets the flag; large tensors, where it costs most, stay slow, and equal elements of one tensor differ by their place.
# Do: call it before torch starts its threads, as the first line of the program: they then inherit the flag; or one thread.
# Seen, two threads, 2e-38 / 100, nonzero: set late 0 of 32768, 500000 of 1000000; set first 0 of 1000000
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$dir"
cat > flush.py <<'PY'
import sys

import torch

torch.set_num_threads(2)
if sys.argv[1] == "late":
    torch.ones(1_000_000).mul(2.0)  # starts the other thread
assert torch.set_flush_denormal(True)
kept = [(torch.full((size,), 2e-38) / 100).count_nonzero().item() for size in (1000, 32768, 1_000_000)]
print(*kept)
PY
"$dir/venv/bin/python" flush.py late > late.txt
"$dir/venv/bin/python" flush.py first > first.txt
"$dir/venv/bin/python" - <<'PY'
import sys

import torch

late, first = ([int(word) for word in open(name).read().split()] for name in ("late.txt", "first.txt"))
print("torch", torch.__version__, "elements that stay subnormal of 1000, 32768, 1000000")
print("flag set after the threads started:", *late)
print("flag set first:", *first)
if late != [0, 0, 500_000] or first != [0, 0, 0]:
    sys.exit("CHANGED: set_flush_denormal now reaches other threads, or none")
PY
