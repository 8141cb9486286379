#!/usr/bin/env bash
# torch 2.13.0, OneCycleLR and CyclicLR.
# Guess: a scheduler for the learning rate leaves an optimizer without momentum without momentum, as
#   "cycle_momentum" has nothing to cycle there.
# Instead: SGD(lr) and RMSprop(lr) have momentum=0 among their settings, so OneCycleLR sets 0.95 (CyclicLR
#   0.9) when it is built and cycles from there; a plain step becomes one up to 20 times as long, and the
#   momentum stays after the schedule. Adam's beta1 is replaced likewise (0.8 asked for, 0.95 trained with).
# Matters: the maximum rate found by a range test without momentum is some 7 to 20 times too high, and a
#   comparison "SGD with and without a schedule" compares two optimizers.
# Do: cycle_momentum=False, or give base_momentum and max_momentum on purpose; log the momentum too.
# Seen: SGD(lr=0.01): momentum 0 -> 0.95 (OneCycleLR), 0 -> 0.9 (CyclicLR); Adam(betas=(0.8, 0.99)): 0.95, 0.99;
#   distance in 100 steps at a gradient of 1 and a constant rate of 0.01: 1.0 without, 6.2 with the scheduler
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import torch
from torch.optim.lr_scheduler import CyclicLR, OneCycleLR


def weight():
    return torch.nn.Parameter(torch.zeros(1))


def momentum_after(optimizer, build):
    before = optimizer.param_groups[0]["momentum"]
    build(optimizer)
    return before, optimizer.param_groups[0]["momentum"]


def distance(build):
    w = weight()
    optimizer = torch.optim.SGD([w], lr=0.01)
    scheduler = build(optimizer) if build else None
    for _ in range(100):
        w.grad = -torch.ones(1)
        optimizer.step()
        if scheduler:
            scheduler.step()
    return w.item()


one = momentum_after(torch.optim.SGD([weight()], lr=0.01), lambda o: OneCycleLR(o, 0.01, total_steps=100))
rms = momentum_after(torch.optim.RMSprop([weight()], lr=0.01), lambda o: OneCycleLR(o, 0.01, total_steps=100))
cyclic = momentum_after(torch.optim.SGD([weight()], lr=0.01), lambda o: CyclicLR(o, 0.001, 0.01))
adam = torch.optim.Adam([weight()], lr=0.01, betas=(0.8, 0.99))
OneCycleLR(adam, 0.01, total_steps=100)
plain = distance(None)
same_rate = distance(lambda o: CyclicLR(o, 0.01, 0.01, step_size_up=50))  # a "cycle" whose rate is constant
print("torch", torch.__version__)
print("OneCycleLR on SGD(lr=0.01), momentum before and after:", one, " on RMSprop:", rms)
print("CyclicLR on SGD(lr=0.01), momentum before and after:", cyclic)
print("OneCycleLR on Adam(betas=(0.8, 0.99)):", adam.param_groups[0]["betas"])
print(f"distance after 100 steps at a rate of 0.01: alone {plain:.1f}, under CyclicLR {same_rate:.1f}")
if not (one == (0, 0.95) and rms == (0, 0.95) and cyclic == (0, 0.9) and adam.param_groups[0]["betas"] == (0.95, 0.99)
        and round(plain, 1) == 1.0 and same_rate > 3):
    sys.exit("CHANGED: these schedulers now treat the momentum otherwise")
PY
