#!/usr/bin/env bash
# Keras 3.15.1 on JAX 0.10.2, and Optax 0.2.8.
# Guess: a class label that does not exist (10 of 0 to 9, the old label of "ignore", -1) is an error, or at least
#   a loss of NaN, as PyTorch raises there.
# Instead: Keras's SparseCategoricalCrossentropy on JAX gives such rows a loss of 0 and no gradient, and still
#   divides by all rows. Optax's softmax_cross_entropy_with_integer_labels takes -1 for the last class, without a
#   word; for 10 the loss is NaN but the gradient is finite and pushes all classes down, so training runs on.
# Matters: labels from 1 to 10, or padding marked -1, train into something that looks like a good loss: a tenth
#   of the rows for nothing, or a last class that gets all the padding. A look for non-finite gradients finds none.
# Do: check labels.min() and labels.max() once; name ignore_class (Keras) or weigh by a mask (Optax).
# Seen: label 10: Keras loss 0.0, Optax loss nan with a finite gradient; label -1: Keras 0.0, Optax equal to label 9
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 optax==0.2.8 numpy==2.4.6
cd "$dir"
KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import math
import sys

import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax

logits = jnp.asarray(np.random.default_rng(0).standard_normal((4, 10)), jnp.float32)
crossentropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def keras_loss(logits, label):
    return crossentropy(jnp.full(4, label), logits)


def optax_loss(logits, label):
    return optax.softmax_cross_entropy_with_integer_labels(logits, jnp.full(4, label)).mean()


print("keras", keras.__version__, "jax", jax.__version__, "optax", optax.__version__)
values = {}
for label in (9, 10, -1):
    for name, loss in (("keras", keras_loss), ("optax", optax_loss)):
        value, gradient = jax.value_and_grad(loss)(logits, label)
        values[name, label] = float(value), float(jnp.abs(gradient).max()), bool(jnp.isfinite(gradient).all())
        print(f"label {label}: {name} loss {values[name, label][0]:.4f}, largest gradient "
              f"{values[name, label][1]:.4f}, all finite: {values[name, label][2]}")
if not (values["keras", 10][:2] == (0, 0) and values["keras", -1][:2] == (0, 0)
        and math.isnan(values["optax", 10][0]) and values["optax", 10][2] and values["optax", 10][1] > 0
        and values["optax", -1] == values["optax", 9]):
    sys.exit("CHANGED: labels out of range are now treated otherwise")
PY
