#!/usr/bin/env bash
# JAX 0.10.2 and Optax 0.2.8: the gradient of abs at zero.
# Guess: 0, as sign(0) is, as for relu in JAX, and as abs in torch and MLX: a weight that is exactly zero stays so under an L1
#   penalty, and a prediction that is exactly right has no gradient in the mean absolute error.
# Instead: 1. jax.grad(jnp.abs)(0.0) is 1.0, also for -0.0, while jnp.sign(0.0) is 0.0. norm(w, ord=1), abs(w).max() and losses
#   made of abs have it. An L1 penalty pushes pruned, padded and zero-initialized weights off zero, around which
#   they then oscillate.
# Matters: sparsity is counted by exact zeros; masked weights creep out of the mask; exactly fitted targets pull on the output
#   (with a mean over n, by 1/n), so that a run at a loss of 0 moves; ports from torch do not agree.
# Do: w * jnp.sign(w) instead of jnp.abs(w), or the proximal step, or a mask on the updates.
# Seen, weights 0 0 1, 5 steps of Adam on 0.01 * sum(abs(w)): abs 0.0022 0.0022 0.95; w * sign(w) 0 0 0.95
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check jax==0.10.2 jaxlib==0.10.2 optax==0.2.8 numpy==2.4.6
cd "$dir"
JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys

import jax
import jax.numpy as jnp
import optax

START, STEPS = [0.0, 0.0, 1.0], 5


def penalized(absolute):
    """Weights after some steps of Adam on an L1 penalty alone."""
    weights, adam = jnp.array(START), optax.adam(0.01)
    state = adam.init(weights)
    for _ in range(STEPS):
        gradient = jax.grad(lambda w: 0.01 * absolute(w).sum())(weights)
        update, state = adam.update(gradient, state)
        weights = optax.apply_updates(weights, update)
    return weights.tolist()


slopes = {
    "abs": jax.grad(jnp.abs)(0.0),
    "abs at -0": jax.grad(jnp.abs)(-0.0),
    "relu": jax.grad(jax.nn.relu)(0.0),
    "w * sign(w)": jax.grad(lambda w: w * jnp.sign(w))(0.0),
    "mean absolute error of 4 exact rows": jax.grad(lambda y: jnp.abs(y - 1.0).mean())(jnp.ones(4))[0],
}
print("jax", jax.__version__, "optax", optax.__version__)
print("gradient at 0:", ", ".join(f"{name} {float(slope):g}" for name, slope in slopes.items()))
seen = {"abs": penalized(jnp.abs), "w * sign(w)": penalized(lambda w: w * jnp.sign(w))}
for name, weights in seen.items():
    print(f"{name}: zero, zero and one became", *(f"{w:.4f}" for w in weights))
if not (list(map(float, slopes.values())) == [1, 1, 0, 0, 0.25] and abs(seen["abs"][0]) > 1e-3
        and seen["w * sign(w)"][:2] == [0, 0]):
    sys.exit("CHANGED: the gradient of abs at zero is another")
PY
