#!/usr/bin/env bash
# numba 0.68.1 beside NumPy 2.4.6: the median of an array with a NaN.
# Guess: np.median inside a compiled function is NaN, as in NumPy, and as np.mean, np.max and np.percentile(a, 50) there.
# Instead: np.median selects by comparisons without looking for NaN, so the answer is a number that depends on where the NaN
#   stands, the order of the other rows, or NaN. np.percentile and np.quantile of 50 percent, in the same function, give NaN.
# Matters: the median of losses or gradient norms over seeds, members or a window is chosen because outliers do not move it; once
#   a member has diverged the compiled program shows a plausible number, or two, where NumPy says NaN.
# Do: np.quantile(a, 0.5), or np.nanmedian (which agrees with NumPy) with a count of the NaN, inside compiled functions.
# Seen, 1 to 4 and a NaN in all 120 orders: numba NaN in 36, else 2, 3 or 4; NumPy and numba's quantile always NaN
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check numba==0.68.1 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import itertools
import sys

import numba
import numpy as np


@numba.njit
def median(values):
    return np.median(values)


@numba.njit
def quantile(values):
    return np.quantile(values, 0.5)


@numba.njit
def nanmedian(values):
    return np.nanmedian(values)


numbers = [1.0, 2.0, 3.0, 4.0]
print("numba", numba.__version__, "numpy", np.__version__)
for place in range(5):
    values = np.array(numbers[:place] + [np.nan] + numbers[place:])
    print(f"{values}: NumPy {np.median(values)}, numba {median(values)}, numba's quantile {quantile(values)}")
orders = [np.array(order) for order in itertools.permutations([np.nan, *numbers])]
seen = sorted({float(median(order)) for order in orders if not np.isnan(median(order))})
shown = sum(bool(np.isnan(median(order))) for order in orders)
print(f"all {len(orders)} orders: NaN in {shown}, else one of {seen}")
whole = all(median(order[~np.isnan(order)]) == 2.5 == nanmedian(order) for order in orders)
print("without NaN, and by nanmedian, always 2.5:", whole)
if not (len(seen) > 1 and all(np.isnan(np.median(order)) and np.isnan(quantile(order)) for order in orders) and whole):
    sys.exit("CHANGED: the compiled median now treats NaN otherwise")
PY
