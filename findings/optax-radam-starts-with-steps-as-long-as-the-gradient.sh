#!/usr/bin/env bash
# Optax 0.2.8 (JAX 0.10.2), optax.radam; torch.optim.RAdam 2.13.0 and 2.15.0 do the same.
# Guess: a step of RAdam is about the learning rate long, as Adam's is, or shorter at first: it was made to begin carefully.
# Instead: until the second moment is trusted, for the first 5 steps, it is left out, and a step is the rate times the plain
#   average of the gradients. A gradient of 1000 makes steps of 1000 rates, one of 0.001 makes steps of a thousandth; from
#   step 6 on both take the same 0.03 rates. Scaling the loss, which Adam does not see, changes where training begins.
# Matters: sums instead of means, loss scales and unnormalized targets: the weights jump in five steps to where a thousand careful
#   ones do not bring them back; at small gradients the "warm-up" is none, as nothing moves before step 6.
# Do: clip the gradients' norm before radam, or adam with a warm-up of the rate.
# Seen, rate 0.001, gradients of 0.001, 1 and 1000: steps 1 to 5 are 1e-06, 0.001 and 1; step 6 is 2.6e-05 for all; adam 0.001
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check optax==0.2.8 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$dir"
JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys

import jax
import jax.numpy as jnp
import optax

RATE, GRADIENTS = 1e-3, (1e-3, 1.0, 1e3)


def steps(optimizer, gradient):
    """The length of each of the first 7 steps with a constant gradient."""
    weight = jnp.zeros(1)
    state = optimizer.init(weight)
    lengths = []
    for _ in range(7):
        update, state = optimizer.update(jnp.full(1, gradient), state, weight)
        lengths.append(-float(update[0]))
    return lengths


print("optax", optax.__version__, "jax", jax.__version__)
seen = {}
for name, optimizer in (("radam", optax.radam(RATE)), ("adam", optax.adam(RATE)),
                        ("radam after clipping", optax.chain(optax.clip_by_global_norm(1.0), optax.radam(RATE)))):
    for gradient in GRADIENTS:
        seen[name, gradient] = steps(optimizer, gradient)
        print(f"{name}, gradient {gradient:g}: steps", *(f"{length:.2g}" for length in seen[name, gradient]))
early = [seen["radam", gradient][0] / RATE for gradient in GRADIENTS]
sixth = [seen["radam", gradient][5] for gradient in GRADIENTS]
if not (all(0.99 < ratio / gradient < 1.01 for ratio, gradient in zip(early, GRADIENTS, strict=True))
        and max(sixth) < 1.01 * min(sixth) and max(seen["adam", 1e3]) < 1.01 * RATE
        and max(seen["radam after clipping", 1e3]) < 1.01 * RATE):
    sys.exit("CHANGED: radam now begins with other steps")
PY
