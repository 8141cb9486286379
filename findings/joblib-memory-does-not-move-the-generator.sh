#!/usr/bin/env bash
# joblib 1.6.0, Memory.cache on a function that takes a numpy Generator (NumPy 2.4.6).
# Guess: an object with a state is refused or not cached; or the second run of the program repeats the first.
# Instead: the key is the generator's state. The first run computes and moves the generator on; the second finds the result
#   and leaves the generator where it was. Everything drawn after it differs from the first run, and a second call, which
#   had drawn other numbers, now finds the same state and returns the first call's result.
# Matters: the first run of an experiment has two different folds, noises or subsets, each later one the same twice, without
#   a word; a figure made in the first run can be made again only by clearing the cache. scikit-learn's Pipeline(memory=...)
#   caches its transformers with the same class.
# Do: hand a seed to the cached function and make the generator inside, from (seed, number of the call).
# Seen: first run [2 4 3 0 1], [4 1 2 0 3], then 0.607; second run [2 4 3 0 1], [2 4 3 0 1], then 0.637
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check joblib==1.6.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import joblib
import numpy as np

memory = joblib.Memory("cache", verbose=0)


def fold(rows, rng):
    return rng.permutation(rows)


def fold_from_seed(rows, seed):
    return np.random.default_rng(seed).permutation(rows)


def program(fold):
    rng = np.random.default_rng(0)
    first, second = fold(5, rng), fold(5, rng)
    return first.tolist(), second.tolist(), round(float(rng.random()), 3)


cached, cached_from_seed = memory.cache(fold), memory.cache(fold_from_seed)
plain, first_run, second_run, third_run = program(fold), program(cached), program(cached), program(cached)
from_seeds = [[cached_from_seed(5, (0, call)).tolist() for call in range(2)] for _ in range(2)]
print("joblib", joblib.__version__, "numpy", np.__version__)
print("without cache:", *plain)
print("first run with cache:", *first_run)
print("second run:", *second_run)
print("from seeds, first and second run:", *from_seeds)
if not (first_run == plain and second_run == third_run != plain and second_run[0] == second_run[1]
        and from_seeds[0] == from_seeds[1] and from_seeds[0][0] != from_seeds[0][1]):
    sys.exit("CHANGED: joblib.Memory now treats generators otherwise")
PY
