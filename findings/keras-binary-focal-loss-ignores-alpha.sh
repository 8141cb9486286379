#!/usr/bin/env bash
# Keras 3.15.1 (on JAX), losses.BinaryFocalCrossentropy, beside CategoricalFocalCrossentropy and Optax 0.2.8.
# Guess: alpha, the weight of the positive class, weighs: alpha=0.9 and alpha=0.1 are two losses, in the binary form as in
#   the categorical one.
# Instead: the binary loss uses alpha only with apply_class_balancing=True, and its default is False. alpha=0.1, 0.25 and 0.9
#   give the same loss, without a warning; the categorical loss always multiplies by alpha, Optax's too.
# Matters: alpha is what one tunes for rare positives. A search over it compares equal runs, and the published 0.25 and 2 for
#   detection run without the 0.25: the loss is larger by a factor of 1.3 to 4, so a learning rate taken over no longer fits.
# Do: apply_class_balancing=True whenever alpha is given.
# Seen, alpha 0.1, 0.9: binary 0.3070, 0.3070; binary with balancing 0.1189, 0.1880; categorical 0.0307, 0.2763;
#   Optax 0.1189, 0.1880
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check keras==3.15.1 optax==0.2.8 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$dir"
KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys

import jax.numpy as jnp
import keras
import numpy as np
import optax

labels, chances = np.array([[1.0], [0.0], [0.0]]), np.array([[0.3], [0.6], [0.1]])
ALPHAS = (0.1, 0.25, 0.9)


def binary(alpha, **settings):
    return float(keras.losses.BinaryFocalCrossentropy(alpha=alpha, gamma=2.0, **settings)(labels, chances))


def categorical(alpha):
    both = [np.concatenate([1 - a, a], axis=1) for a in (labels, chances)]
    return float(keras.losses.CategoricalFocalCrossentropy(alpha=alpha, gamma=2.0)(*both))


def by_optax(alpha):
    logits = jnp.log(chances / (1 - chances))
    return float(optax.losses.sigmoid_focal_loss(logits, jnp.asarray(labels), alpha=alpha, gamma=2.0).mean())


plain = [binary(alpha) for alpha in ALPHAS]
balanced = [binary(alpha, apply_class_balancing=True) for alpha in ALPHAS]
of_classes, of_optax = [categorical(alpha) for alpha in ALPHAS], [by_optax(alpha) for alpha in ALPHAS]
print("keras", keras.__version__, "optax", optax.__version__, "alpha", *ALPHAS)
for name, losses in (("binary", plain), ("binary, apply_class_balancing=True", balanced),
                     ("categorical", of_classes), ("optax sigmoid_focal_loss", of_optax)):
    print(f"{name}:", *(f"{loss:.4f}" for loss in losses))
if not (len(set(plain)) == 1 and len(set(balanced)) == 3 and np.allclose(balanced, of_optax, rtol=1e-4)
        and np.allclose(of_classes[2], 9 * of_classes[0], rtol=1e-4)):
    sys.exit("CHANGED: alpha of the binary focal loss is now used otherwise")
PY
