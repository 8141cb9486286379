#!/usr/bin/env bash
# scikit-learn 1.9.1, MLPRegressor and MLPClassifier with the solvers "adam" and "sgd".
# Guess: alpha is the strength of the L2 penalty. The batch size changes the noise of the gradient, not the minimum that the
#   training looks for.
# Instead: the penalty is divided by the number of rows of the batch, not of the data, so its weight in the loss is
#   alpha / batch_size: batches of 10 are penalized a hundred times as much as batches of 1000, and end at much smaller
#   weights. lbfgs divides by all rows. (The documentation says "the sample size".)
# Matters: a search over batch sizes measures regularization; alpha found with lbfgs or with batches of 200 is another one
#   elsewhere; halving the batch to save memory shrinks the weights.
# Do: scale alpha with the batch size: alpha = strength * batch_size, or strength * rows for lbfgs.
# Seen, linear net, 1000 rows, alpha 10, norm of the weights (3.91 without penalty): batches of 10: 1.95, of 100: 3.55,
#   lbfgs 3.87; with alpha = 0.1 * batch_size, and 0.1 * 1000 for lbfgs: 3.51, 3.55 and 3.55
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys
import warnings

import numpy as np
import sklearn
from sklearn.neural_network import MLPRegressor

warnings.simplefilter("ignore")  # the number of epochs is fixed, so each fit says that it has not converged
rng = np.random.default_rng(0)
inputs = rng.standard_normal((1000, 5))
targets = inputs @ np.array([1, 2, 3, -1, 0.5])


def norm(alpha, batch_size=200, solver="adam"):
    epochs = 1000 if solver == "lbfgs" else 4 * batch_size + 100
    net = MLPRegressor(hidden_layer_sizes=(), activation="identity", alpha=alpha, batch_size=batch_size, solver=solver,
                       learning_rate_init=0.01, max_iter=epochs, tol=0, n_iter_no_change=10**6, random_state=0)
    return round(float(np.linalg.norm(net.fit(inputs, targets).coefs_[0])), 2)


same = [norm(10, 10), norm(10, 100), norm(10, solver="lbfgs")]
scaled = [norm(0.1 * 10, 10), norm(0.1 * 100, 100), norm(0.1 * 1000, solver="lbfgs")]
print("scikit-learn", sklearn.__version__)
print("norm of the weights for batches of 10, of 100, and lbfgs with 1000 rows")
print("without penalty:       ", norm(0, 10), norm(0, 100), norm(0, solver="lbfgs"))
print("alpha 10:              ", *same)
print("alpha 0.1 * batch size:", *scaled)
if not (same[0] < 2.2 and 3.3 < same[1] < 3.7 and same[2] > 3.8 and max(scaled) - min(scaled) < 0.1):
    sys.exit("CHANGED: the penalty no longer depends on the batch size")
PY
