#!/usr/bin/env bash
# Keras 3.15.1 (on JAX), callbacks.CSVLogger(append=True), as a resumed run uses it.
# Guess: a resumed run that logs other metrics gets a new header, is refused, or leaves the columns it does not know out.
# Instead: the rows of the new run, its metrics sorted by name, are written under the old header, whatever that says. A
#   metric that took another's place stands under that one's name; one that was added ("mae" sorts before "val_loss") moves
#   those behind it and makes rows longer than the header; one that was left out makes them shorter, and moved as well.
# Matters: the curves before and after the resume look like one; a val_loss that "fell" at the resume is another metric.
# Do: a new file for each resume, or compare the header with the new run's names before appending.
# Seen: header epoch, loss, mae, val_loss, val_mae; resumed with mape instead: mape under mae; without mae: val_loss under mae;
#   header epoch, loss, val_loss; resumed with mae added: mae under val_loss, 5 fields in a table of 3
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$dir"
KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import csv
import sys

import keras
import numpy as np

rows, targets = np.array([[1.0], [2.0], [3.0]]), np.array([[2.0], [4.0], [6.0]])
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])


def fit(path, metrics):
    model.compile("sgd", "mse", metrics=metrics)
    logger = keras.callbacks.CSVLogger(path, append=True)
    return model.fit(rows, targets, validation_data=(rows, targets), callbacks=[logger], verbose=0).history


def table(path):
    with open(path, newline="") as file:
        return list(csv.reader(file))


CASES = (  # metrics before and after the resume, the header's name to look under, the metric that stands there
    ("replaced", ["mae"], ["mape"], "mae", "mape", 5),
    ("left out", ["mae"], [], "mae", "val_loss", 3),
    ("added", [], ["mae"], "val_loss", "mae", 5),
)
print("keras", keras.__version__)
as_ever = True
for name, before, after, column, metric, fields in CASES:
    path = f"{name}.csv"
    fit(path, before)
    resumed = fit(path, after)
    lines = table(path)
    print(f"a metric {name}; the resumed run's epoch: {', '.join(resumed)}")
    for line in lines:
        print("   ", ", ".join(line[:1] + [field if field.isidentifier() else f"{float(field):.3f}" for field in line[1:]]))
    shown = float(lines[-1][lines[0].index(column)])
    print(f"    under {column}: {shown:.3f}; {metric} was {resumed[metric][0]:.3f}, {column} {resumed.get(column, ['none'])[0]}")
    as_ever = as_ever and shown == resumed[metric][0] and len(lines) == 3 and len(lines[-1]) == fields
if not as_ever:
    sys.exit("CHANGED: CSVLogger now appends otherwise")
PY
