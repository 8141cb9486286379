#!/usr/bin/env bash
# SciPy 1.17.1 optimize.minimize without jac, on a loss that JAX 0.10.2 computes (or NumPy 2.4.6 in float32).
# Guess: differences are taken with a step that fits the loss, or the search fails and says so.
# Instead: BFGS, L-BFGS-B, CG, TNC and SLSQP take an absolute step of 1e-8 for float64 x. JAX turns x into float32, where 1 + 1e-8
#   is 1: every difference is 0, the gradient counts as zero, and the start is returned with success=True after one evaluation
#   for each weight and one more. Methods without gradients (Nelder-Mead, Powell, COBYLA) do move.
# Matters: "converged in 0 iterations" for a fit of a small model, or a calibration temperature that stays at 1: a plausible value.
# Do: jac=jax.grad(loss), or jax_enable_x64, or options={"eps": 1e-3}.
# Seen, (w - 3)^2 from (1, 1): L-BFGS-B, BFGS, CG, TNC, SLSQP at 1 1 and success; Nelder-Mead, L-BFGS-B with jac or eps at 3 3
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check scipy==1.17.1 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$dir"
JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys

import jax
import jax.numpy as jnp
import numpy as np
import scipy
from scipy.optimize import minimize

START = np.ones(2)


def in_jax(weights):
    return jnp.sum((jnp.asarray(weights) - 3) ** 2)


def in_numpy(weights):
    return np.sum((np.asarray(weights, np.float32) - 3) ** 2)


CASES = [(method, loss, {}) for method in ("L-BFGS-B", "BFGS", "CG", "TNC", "SLSQP") for loss in (in_jax, in_numpy)]
GOOD = [
    ("Nelder-Mead", in_jax, {}),
    ("L-BFGS-B", in_jax, {"jac": jax.grad(in_jax)}),
    ("L-BFGS-B", in_jax, {"options": {"eps": 1e-3}}),
]
print("scipy", scipy.__version__, "jax", jax.__version__, "numpy", np.__version__)
results = []
for method, loss, settings in CASES + GOOD:
    result = minimize(loss, START, method=method, **settings)
    results.append(result)
    given = "".join(f", {name} given" for name in settings)
    print(f"{method}, {loss.__name__}{given}: ended at {np.round(result.x, 2).tolist()}, success {result.success}, "
          f"{result.nfev} evaluations")
stuck, moved = results[: len(CASES)], results[len(CASES) :]
if not (all(r.success and r.x.tolist() == [1, 1] for r in stuck) and all(np.allclose(r.x, 3, atol=1e-2) for r in moved)):
    sys.exit("CHANGED: minimize now moves on a float32 loss")
PY
