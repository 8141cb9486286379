#!/usr/bin/env bash
# torch 2.13.0 (CPU), torch.manual_seed and Generator.manual_seed, beside NumPy 2.4.6.
# Guess: a seed may have 64 bits (the manual says so), and two seeds give two streams.
# Instead: on the CPU only the low 32 bits reach the generator. seed, seed + 2^32 and seed + k * 2^32 give the same numbers,
#   while initial_seed() returns all 64 bits as if they differed. NumPy's default_rng uses every bit.
# Matters: seeds made as run << 32, by packing (experiment, worker) into one number with the worker in the low half, or
#   from -1 and 2^32 - 1, give each experiment the same initial weights and shuffles; the log shows different seeds.
# Do: hash or mix into 32 bits (numpy.random.SeedSequence((run, worker)).generate_state(1)), as the script does.
# Seen, seeds 1 + k * 2^32 for k = 0 to 7: torch 1 stream of 8, NumPy 8 of 8, torch by SeedSequence 8 of 8
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
import torch

seeds = [1 + (run << 32) for run in range(8)]


def by_generator(seed):
    return tuple(torch.rand(4, generator=torch.Generator().manual_seed(seed)).tolist())


def by_global(seed):
    torch.manual_seed(seed)
    return tuple(torch.nn.Linear(2, 2).weight.flatten().tolist())


def by_numpy(seed):
    return tuple(np.random.default_rng(seed).random(4).tolist())


def by_sequence(seed):
    return by_generator(int(np.random.SeedSequence((seed >> 32, seed & 0xFFFFFFFF)).generate_state(1)[0]))


print("torch", torch.__version__, "numpy", np.__version__)
seen = {}
for name, draw in (("torch.Generator", by_generator), ("torch.manual_seed, weights of a layer", by_global),
                   ("numpy", by_numpy), ("torch by SeedSequence", by_sequence)):
    seen[name] = len({draw(seed) for seed in seeds})
    print(f"{name}: {seen[name]} streams of {len(seeds)} seeds")
told = len({torch.Generator().manual_seed(seed).initial_seed() for seed in seeds})
below = len({by_generator(seed) for seed in range(8)})
print(f"initial_seed() tells {told} seeds apart; seeds 0 to 7 give {below} streams")
if list(seen.values()) != [1, 1, 8, 8] or told != 8 or below != 8:
    sys.exit("CHANGED: the high bits of a seed now count")
PY
