#!/usr/bin/env bash
# imbalanced-learn 0.14.2 (scikit-learn 1.9.1), SMOTE on integer columns.
# Guess: new rows lie between two rows of the minority; in integer columns the value is rounded, or the table becomes float.
# Instead: it is cut off towards zero, as the result is cast to the column's type. Between 3 and 4 every new row has 3; a column of 0
#   and 1 gets a 1 only where both neighbours have it. The mean of the minority falls (negative columns rise). In a data
#   frame the integer columns are cut, and the float columns beside them are not. The same numbers as float64 are unbiased.
# Matters: counts, ages, one-hot columns and image bytes are integers; the classifier sees a minority with smaller features than
#   the real one, and learns the difference between made and real rows.
# Do: .astype(float) before SMOTE, SMOTENC for categories.
# Seen, mean of a flag and of 0 to 9: real minority 0.42 and 4.65; new rows as integers 0.20 and 4.16, as floats 0.40 and 4.50
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check imbalanced-learn==0.14.2 scikit-learn==1.9.1 pandas==3.1.1 numpy==2.4.6 scipy==1.17.1
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from imblearn.over_sampling import SMOTE

random = np.random.default_rng(0)
labels = np.repeat([0, 1], [3600, 400])
rows = np.column_stack([random.integers(0, 2, 4000), random.integers(0, 10, 4000), random.integers(-9, 1, 4000),
                        random.integers(0, 50, 4000)])


def made(table):
    """The rows that SMOTE adds to the minority."""
    return SMOTE(random_state=0).fit_resample(table, labels)[0][len(labels) :]


frame = pd.DataFrame({"flag": rows[:, 0], "count": rows[:, 1], "float": rows[:, 1].astype(float), "wide": rows[:, 3]})
real = rows[labels == 1].mean(axis=0)
as_integers, as_floats = made(rows).mean(axis=0), made(rows.astype(float)).mean(axis=0)
mixed = made(frame).mean()
print("imbalanced-learn", version("imbalanced-learn"), "scikit-learn", version("scikit-learn"))
for name, means in (("real minority", real), ("made as integers", as_integers), ("made as floats", as_floats)):
    print(f"{name}: mean of a flag {means[0]:.3f}, of 0 to 9 {means[1]:.3f}, of -9 to 0 {means[2]:.3f}")
print(f"one frame, one column twice: as integers {mixed['count']:.3f}, as floats {mixed['float']:.3f}")
gap = as_integers - as_floats
if not (gap[0] < -0.05 and gap[1] < -0.2 and gap[2] > 0.2 and np.abs(as_floats - real)[:3].max() < 0.2
        and mixed["count"] < mixed["float"] - 0.2):
    sys.exit("CHANGED: SMOTE now rounds integer columns otherwise")
PY
