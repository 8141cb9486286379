#!/usr/bin/env bash
# numba 0.68.1 beside NumPy 2.4.6.
# Guess: a.mean() and a.std() mean the same inside and outside a compiled function, up to rounding.
# Instead: numba sums float32 one by one into a float32. The sum stands still at 2^24 = 16,777,216 (or at twice
#   that for numbers between 1 and 2), so the mean of 33.5 million ones is 0.5 and their standard deviation 0.5.
#   NumPy adds pairwise, and is right for one contiguous array.
# Matters: figures of data sets, activations or losses that were right before @njit was added for speed are
#   wrong by up to a half, silently, and only for long arrays; long before that digits are lost.
# Do: a.astype(np.float64) first, or a loop with a float64 accumulator.
# Seen: numba mean 0.5 std 0.5, NumPy mean 1.0 std 0.0; of 2^22 random numbers between 1 and 2: numba off by
#   3e-05, NumPy by 5e-08 (relative)
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check numba==0.68.1 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import numba
import numpy as np


@numba.njit
def mean_and_std(a):
    return a.mean(), a.std()


ones = np.ones(2**25, np.float32)
mean, std = mean_and_std(ones)
numbers = np.random.default_rng(0).random(2**22, dtype=np.float32) + np.float32(1)
exact = numbers.astype(np.float64).mean()
off_numba, off_numpy = abs(mean_and_std(numbers)[0] / exact - 1), abs(numbers.mean() / exact - 1)
print("numba", numba.__version__, "numpy", np.__version__)
print(f"2^25 ones: numba mean {mean} std {std}, NumPy mean {ones.mean()} std {ones.std()}")
print(f"2^22 numbers between 1 and 2, relative error of the mean: numba {off_numba:.0e}, NumPy {off_numpy:.0e}")
if not (mean == 0.5 and std == 0.5 and ones.mean() == 1 and off_numba > 1e-5 and off_numpy < 1e-6):
    sys.exit("CHANGED: numba now sums float32 otherwise")
PY
