#!/usr/bin/env bash
# scikit-learn 1.9.1, MLPClassifier(warm_start=True, early_stopping=True).
# Guess: fit() called again goes on with the training: same optimizer, same validation rows held out.
# Instead: only the weights are kept. Each fit() draws other validation rows (with random_state=None), so rows
#   that were trained on become the validation set, and starts Adam's moments anew; with a fixed random_state the
#   rows stay, but so does the order of the batches, the same in every call.
# Matters: labels drawn by a coin get a validation accuracy far above one half, which early stopping and
#   best_validation_score_ believe; ten fits of one epoch are not one fit of ten epochs.
# Do: partial_fit (it keeps the optimizer) with validation rows of your own, or one fit.
# Seen: labels by coin, 30 epochs: one fit 0.49, six fits of 5 epochs 0.65 (mean of 5 runs each);
#   digits, 20 epochs, training loss: one fit 1.206, 20 warm fits of one epoch 1.339, 20 partial_fit 1.197
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
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

warnings.simplefilter("ignore")  # each short fit says that it has not converged
rng = np.random.default_rng(0)
inputs, coin = rng.standard_normal((400, 50)), rng.integers(0, 2, 400)


def validation_accuracy(fits, epochs):
    scores = []
    for _ in range(5):
        net = MLPClassifier((200,), early_stopping=True, validation_fraction=0.25, max_iter=epochs,
                            n_iter_no_change=10**6, warm_start=True)
        for _ in range(fits):
            net.fit(inputs, coin)
        scores.append(net.validation_scores_[-1])
    return np.mean(scores)


np.random.seed(0)
one, six = validation_accuracy(1, 30), validation_accuracy(6, 5)
x, y = load_digits(return_X_y=True)
settings = dict(hidden_layer_sizes=(16,), random_state=0, tol=0, n_iter_no_change=10**6)
whole = MLPClassifier(max_iter=20, **settings).fit(x / 16, y)
warm = MLPClassifier(max_iter=1, warm_start=True, **settings)
partial = MLPClassifier(**settings)
for _ in range(20):
    warm.fit(x / 16, y)
    partial.partial_fit(x / 16, y, classes=range(10))
print("scikit-learn", sklearn.__version__)
print(f"labels by coin, validation accuracy: one fit {one:.2f}, six warm fits {six:.2f}")
print(f"digits, training loss after 20 epochs: one fit {whole.loss_:.3f}, 20 warm fits {warm.loss_:.3f}, "
      f"20 partial_fit {partial.loss_:.3f}")
if not (one < 0.58 and six > 0.62 and warm.loss_ > whole.loss_ * 1.05 and partial.loss_ < whole.loss_ * 1.02):
    sys.exit("CHANGED: a warm start now goes on with the training")
PY
