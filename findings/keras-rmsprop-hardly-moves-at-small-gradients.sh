#!/usr/bin/env bash
# Keras 3.15.1, Optax 0.2.8 and torch 2.13.0: RMSprop with the same rate, decay and epsilon.
# Guess: an optimizer that divides by the size of the gradient takes the same steps in three libraries; epsilon = 1e-7 only
#   guards against a division by zero.
# Instead: torch divides by sqrt(v) + epsilon, Keras and Optax by sqrt(v + epsilon). Under the root 1e-7 is a floor of
#   3e-4 for the gradient: below it the step shrinks with the gradient, as plain gradient descent's does. (Adam has its
#   epsilon outside in all three, so "RMSprop is Adam without momentum" fails as well.)
# Matters: losses averaged over many outputs or large batches have gradients of 1e-5: ported to Keras the same
#   settings train a hundred times more slowly; to torch, they blow up.
# Do: Keras: epsilon = (torch's epsilon) ** 2; Optax: rmsprop(..., eps_in_sqrt=False).
# Seen, first step at rate 0.001, decay 0.99, epsilon 1e-7, gradient 1, 1e-3, 1e-5: torch 1.0e-02 1.0e-02 9.1e-03,
#   Keras 1.0e-02 3.0e-03 3.2e-05, Optax 1.0e-02 3.0e-03 3.2e-05, Optax eps_in_sqrt=False 1.0e-02 1.0e-02 9.1e-03
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6 keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 optax==0.2.8
cd "$dir"
KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys

import jax.numpy as jnp
import keras
import numpy as np
import optax
import torch


def torch_step(gradient):
    weight = torch.nn.Parameter(torch.zeros(1))
    weight.grad = torch.full((1,), gradient)
    torch.optim.RMSprop([weight], lr=1e-3, alpha=0.99, eps=1e-7).step()
    return -weight.item()


def keras_step(gradient):
    weight = keras.Variable(np.zeros(1, np.float32))
    keras.optimizers.RMSprop(1e-3, rho=0.99, epsilon=1e-7).apply([np.full(1, gradient, np.float32)], [weight])
    return -float(weight.numpy()[0])


def optax_step(gradient, **settings):
    optimizer = optax.rmsprop(1e-3, decay=0.99, eps=1e-7, **settings)
    weight = jnp.zeros(1)
    update, _ = optimizer.update(jnp.full(1, gradient), optimizer.init(weight), weight)
    return -float(update[0])


print("torch", torch.__version__, "keras", keras.__version__, "optax", optax.__version__)
gradients = (1.0, 1e-3, 1e-5)
seen = {
    "torch": [torch_step(g) for g in gradients],
    "keras": [keras_step(g) for g in gradients],
    "optax": [optax_step(g) for g in gradients],
    "optax eps_in_sqrt=False": [optax_step(g, eps_in_sqrt=False) for g in gradients],
}
for name, steps in seen.items():
    print(f"{name}: first step", *(f"{step:.1e}" for step in steps))
if not (seen["torch"][2] > 200 * seen["keras"][2] and abs(seen["keras"][2] / seen["optax"][2] - 1) < 0.01
        and abs(seen["torch"][2] / seen["optax eps_in_sqrt=False"][2] - 1) < 0.01
        and abs(seen["torch"][0] / seen["keras"][0] - 1) < 0.01):
    sys.exit("CHANGED: one of them now places its epsilon otherwise")
PY
