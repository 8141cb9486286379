#!/usr/bin/env bash
# Optax 0.2.8, schedules with a warm-up of 0 steps.
# Guess: a warm-up that takes no steps is over at once: training starts at the peak.
# Instead: linear_schedule and warmup_constant_schedule hold the first value for ever when their length is 0 (documented
#   for the former, an info line in the log), and contrib.schedule_free_adamw(warmup_steps=0) passes that on: the
#   rate is 0 and no parameter ever moves. warmup_cosine_decay_schedule and warmup_exponential_decay_schedule, with
#   the same argument, do start at the peak.
# Matters: a search over warm-ups of 0, 100 and 1000 steps, or int(0.05 * steps) of a short trial run, has members that
#   do not train and look like a bad setting; nothing is raised.
# Do: warmup_steps=max(1, n), and None rather than 0 for schedule_free_adamw.
# Seen, rate at step 0, 5 and 100 for a peak of 1: warmup_constant 0 0 0, linear 0 0 0, warmup_cosine (200 steps) 1.0 0.998 0.5;
#   schedule_free_adamw from 3.0 in 50 steps: None 2.725, 1 step 2.735, 0 steps 3.0
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check optax==0.2.8 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$dir"
JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import sys

import jax.numpy as jnp
import optax


def rates(schedule):
    return [round(float(schedule(step)), 3) for step in (0, 5, 100)]


def trained(warmup_steps):
    optimizer = optax.contrib.schedule_free_adamw(1e-2, warmup_steps=warmup_steps)
    weight = jnp.array([3.0])
    state = optimizer.init(weight)
    for _ in range(50):
        update, state = optimizer.update(weight, state, weight)  # the gradient of weight ** 2 / 2
        weight = optax.apply_updates(weight, update)
    return round(float(weight[0]), 3)


constant = rates(optax.warmup_constant_schedule(0.0, 1.0, 0))
linear = rates(optax.linear_schedule(0.0, 1.0, 0))
cosine = rates(optax.warmup_cosine_decay_schedule(0.0, 1.0, 0, 200))
print("optax", optax.__version__)
print("rate at steps 0, 5, 100: warmup_constant", *constant, " linear", *linear, " warmup_cosine", *cosine)
ends = {steps: trained(steps) for steps in (None, 1, 0)}
print("schedule_free_adamw from 3.0, by warmup_steps:", ends)
if not (constant == linear == [0, 0, 0] and cosine[0] == 1 and ends[0] == 3.0 and ends[None] < 2.8 and ends[1] < 2.8):
    sys.exit("CHANGED: a warm-up of no steps is now treated otherwise")
PY
