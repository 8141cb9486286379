#!/usr/bin/env bash
# Keras 3.15.1, metrics.AUC, beside scikit-learn 1.9.1.
# Guess: the area under the curve depends on the order of the scores alone; 200 thresholds only round it a little.
# Instead: the thresholds stand at equal distances from 0 to 1. Scores that all lie between two of them count as equal, so
#   a model that ranks every row rightly gets 0.5, the figure of chance, and so does one that ranks every row wrongly.
# Matters: clicks, fraud, defects: with one positive in a thousand all probabilities lie below 1/199, and "AUC 0.5" says that
#   nothing is learnt while the ranking is good; early stopping and checkpoints on val_auc choose at random. The same
#   for networks that are very sure.
# Do: scikit-learn's roc_auc_score on the collected scores, thresholds=[...] of a logarithmic grid, or AUC on ranks.
# Seen, perfect ranking: scores 0.001 to 0.004 Keras 0.5, scikit-learn 1.0; reversed 0.5 and 0.0; scores 0.1 to 0.4: 1.0, 1.0
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6 scikit-learn==1.9.1 scipy==1.17.1
cd "$dir"
KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys

import keras
import numpy as np
import sklearn
from sklearn.metrics import roc_auc_score

labels = np.array([0, 0, 1, 1])


def both(scores, labels, **settings):
    metric = keras.metrics.AUC(**settings)
    metric.update_state(labels, scores)
    return round(float(metric.result()), 3), round(float(roc_auc_score(labels, scores)), 3)


small = np.array([0.001, 0.002, 0.003, 0.004])
right, wrong, large = both(small, labels), both(small, labels[::-1]), both(small * 100, labels)
grid = both(small, labels, thresholds=list(np.geomspace(1e-6, 0.999, 2000)))
print("keras", keras.__version__, "scikit-learn", sklearn.__version__)
print("perfect ranking, scores 0.001 to 0.004: Keras", right[0], "scikit-learn", right[1])
print("reversed ranking: Keras", wrong[0], "scikit-learn", wrong[1])
print("perfect ranking, scores 0.1 to 0.4: Keras", large[0], "scikit-learn", large[1])
print("perfect ranking, small scores, logarithmic thresholds: Keras", grid[0])
if not (right == (0.5, 1) and wrong == (0.5, 0) and large == (1, 1) and grid[0] > 0.99):
    sys.exit("CHANGED: the thresholds of AUC now stand elsewhere")
PY
