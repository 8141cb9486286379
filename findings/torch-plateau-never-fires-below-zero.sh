#!/usr/bin/env bash
# torch 2.13.0 (ReduceLROnPlateau) and optax 0.2.8 (contrib.reduce_on_plateau).
# Guess: a loss that stands still is a plateau, whatever its sign.
# Instead: the relative threshold is best * (1 - threshold). Below zero that lies above the best value, so
#   a loss that stands still at -1 counts as better every time, in both libraries; torch then even takes a
#   slowly worsening loss for an improvement and moves its "best" along with it.
#   (EarlyStopping of skorch 1.4.0 was seen never to stop there for the same reason.)
# Matters for losses that go below zero (log-likelihood of densities, ELBO, contrastive and policy losses):
#   the learning rate is never lowered, and `best` is not the best.
# Do: threshold_mode="abs" (torch), rtol=0 with atol (optax), or monitor a figure that stays positive.
# Seen: torch  still at +1: lr 1e-04, still at -1: lr 1.0, from -1 up to -0.995: lr 1.0, best -0.99505
#       optax  still at +1: scale 1e-05, still at -1: scale 1.0
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6 optax==0.2.8 jax==0.10.2 jaxlib==0.10.2
cd "$dir"
JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys

import jax.numpy as jnp
import optax
import torch


def torch_plateau(losses):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=3)
    for loss in losses:
        scheduler.step(loss)
    return optimizer.param_groups[0]["lr"], scheduler.best


def optax_plateau(losses):
    plateau = optax.contrib.reduce_on_plateau(factor=0.1, patience=3, rtol=1e-4)
    state = plateau.init({"w": jnp.ones(1)})
    for loss in losses:
        _, state = plateau.update({"w": jnp.ones(1)}, state, value=loss)
    return float(state.scale)


worsening = [-1 + 0.00005 * i for i in range(100)]
above, below, drift = torch_plateau([1.0] * 17), torch_plateau([-1.0] * 17), torch_plateau(worsening)
print(f"torch {torch.__version__}  still at +1: lr {above[0]:.0e}, still at -1: lr {below[0]}, "
      f"from -1 up to -0.995: lr {drift[0]}, best {drift[1]:.5f}")
o_above, o_below = optax_plateau([1.0] * 17), optax_plateau([-1.0] * 17)
print(f"optax {optax.__version__}  still at +1: scale {o_above:.0e}, still at -1: scale {o_below}")
absolute = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(absolute, patience=3, threshold_mode="abs")
for _ in range(17):
    scheduler.step(-1.0)
print(f"torch with threshold_mode='abs'  still at -1: lr {absolute.param_groups[0]['lr']:.0e}")
if not (above[0] < 1e-3 and below[0] == 1.0 and drift[0] == 1.0 and round(drift[1], 5) == -0.99505
        and o_above < 1e-3 and o_below == 1.0 and absolute.param_groups[0]["lr"] < 1e-3):
    sys.exit("CHANGED: a plateau below zero is now treated otherwise")
PY
