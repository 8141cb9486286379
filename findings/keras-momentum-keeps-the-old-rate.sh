#!/usr/bin/env bash
# Keras 3.15.1 (on JAX) beside Optax 0.2.8: SGD with momentum when the learning rate changes.
# Guess: from the step after the rate was divided by 100 on, steps are 100 times shorter.
# Instead: Keras keeps lr * gradient in its velocity, so what was gathered at the old rate is still walked: the first step
#   after the drop has 90 % of the old length, and 44 steps (momentum 0.9) or 460 (0.99) later it still is twice the new
#   one. Optax (like torch) keeps the bare gradients and multiplies by today's rate: its steps shrink at once.
# Matters: a rate lowered because the loss blows up (a callback, a divergence guard) brakes far too late; warm-up is
#   delayed likewise; loss curves of ported schedules differ exactly at their steps.
# Do: reset the optimizer's momentum variables when lowering the rate by a large factor, or lower it gradually.
# Seen, gradient 1, momentum 0.9, rate 0.1 for 100 steps, then 0.001; length of a step before the drop, 1, 10 and 44 after:
#   Keras 1.000 0.901 0.355 0.020, Optax 1.000 0.010 0.010 0.010
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 optax==0.2.8 numpy==2.4.6
cd "$dir"
KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys

import jax.numpy as jnp
import keras
import numpy as np
import optax

rates = [0.1] * 100 + [0.001] * 44


def keras_steps():
    weight, optimizer, out = keras.Variable(np.zeros(1, np.float32)), keras.optimizers.SGD(0.1, momentum=0.9), []
    for rate in rates:
        optimizer.learning_rate = rate
        before = float(weight.numpy()[0])
        optimizer.apply([np.ones(1, np.float32)], [weight])
        out.append(before - float(weight.numpy()[0]))
    return out


def optax_steps():
    optimizer = optax.sgd(lambda count: jnp.where(count < 100, 0.1, 0.001), momentum=0.9)
    state, out = optimizer.init(jnp.zeros(1)), []
    for _ in rates:
        update, state = optimizer.update(jnp.ones(1), state)
        out.append(-float(update[0]))
    return out


print("keras", keras.__version__, "optax", optax.__version__)
seen = {}
for name, steps in (("keras", keras_steps()), ("optax", optax_steps())):
    seen[name] = [round(steps[i], 3) for i in (99, 100, 109, 143)]
    print(f"{name}: last step before the drop {seen[name][0]:.3f}, 1st, 10th and 44th after",
          *(f"{step:.3f}" for step in seen[name][1:]))
if not (seen["keras"][1] > 0.85 and seen["keras"][2] > 0.3 and seen["optax"][1] == 0.01):
    sys.exit("CHANGED: momentum now follows the rate otherwise")
PY
