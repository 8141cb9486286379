#!/usr/bin/env bash
# Keras 3.15.1 (on JAX), optimizers with use_ema=True and gradient_accumulation_steps=n.
# Guess: with accumulation everything that belongs to an update happens once per update: the step, the weight
#   decay, the schedule's count, and the moving average of the weights.
# Instead: step, decay and schedule do, the moving average does not. It moves at every micro-batch, so a momentum
#   of m acts as m**n per update: 0.99 with 8 micro-batches averages over 13 updates, not 100.
# Matters: raising the accumulation to fit into memory silently shortens the average that is evaluated and saved;
#   two runs with the same effective batch differ in their averaged weights though their weights are equal.
# Do: use the n-th root: ema_momentum = m ** (1 / n).
# Seen, after 6 equal updates from 0 by 1 each, ema_momentum 0.9: weights 6 and 6; average 2.314 without accumulation,
#   3.701 with 4 micro-batches an update
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$dir"
KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys

import keras
import numpy as np


def train(micro_batches, momentum=0.9):
    optimizer = keras.optimizers.SGD(1.0, use_ema=True, ema_momentum=momentum,
                                     gradient_accumulation_steps=micro_batches if micro_batches > 1 else None)
    weight = keras.Variable(np.zeros(1, np.float32))
    optimizer.build([weight])
    for _ in range(6 * micro_batches):
        optimizer.apply([-np.ones(1, np.float32)], [weight])
    weights = float(weight.numpy()[0])
    optimizer.finalize_variable_values([weight])  # what fit() does at its end: the average replaces the weights
    return weights, float(weight.numpy()[0])


alone, accumulated, rooted = train(1), train(4), train(4, 0.9**0.25)
print("keras", keras.__version__)
print(f"1 micro-batch an update: weight {alone[0]:.3f}, average {alone[1]:.3f}")
print(f"4 micro-batches an update: weight {accumulated[0]:.3f}, average {accumulated[1]:.3f}; "
      f"with the 4th root of the momentum {rooted[1]:.3f}")
if not (alone[0] == accumulated[0] == 6 and accumulated[1] > alone[1] * 1.3):
    sys.exit("CHANGED: the moving average now counts updates")
PY
