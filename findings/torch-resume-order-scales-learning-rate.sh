#!/usr/bin/env bash
# torch 2.13.0, torch.optim.lr_scheduler.
# Guess: a resumed run that loads the optimizer's and the scheduler's state has the learning rate it had,
#   whichever of the two is built or loaded first.
# Instead: building a scheduler performs its step 0 on the optimizer. Built after optimizer.load_state_dict,
#   LinearLR and ConstantLR multiply the restored rate by their start factor, and as most schedulers go on
#   from the rate in the optimizer, scheduler.load_state_dict does not repair it: every later step of the
#   run has that fraction of its rate, also long after the warm-up. StepLR, CosineAnnealingLR,
#   ExponentialLR are spared by chance; LambdaLR and OneCycleLR are wrong for one step only.
# Matters: nothing is raised, the scheduler's epoch is right, and the loss just falls more slowly.
# Do: build optimizer and scheduler first, then load both states; compare the rate with the logged one.
# Seen, resumed at step 8 of 20, rate resumed / uninterrupted at step 8, 9 and 19:
#   LinearLR 0.333 0.333 0.333, ConstantLR 0.333 0.333 0.333, warm-up then cosine (SequentialLR) 0.103 0.103 0.103,
#   LambdaLR 2.323 1.000 1.000, StepLR 1.000 1.000 1.000; built first, then loaded: all 1.000
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import copy
import sys
import warnings

import torch
from torch.optim import lr_scheduler as schedulers

warnings.simplefilter("ignore")  # SequentialLR warns about its own inner call
MAKERS = {
    "LinearLR": lambda o: schedulers.LinearLR(o, 1 / 3, 1.0, 6),
    "ConstantLR": lambda o: schedulers.ConstantLR(o, 1 / 3, 6),
    "warm-up then cosine (SequentialLR)": lambda o: schedulers.SequentialLR(
        o, [schedulers.LinearLR(o, 0.1, 1.0, 5), schedulers.CosineAnnealingLR(o, 30)], [5]),
    "LambdaLR": lambda o: schedulers.LambdaLR(o, lambda step: 0.9**step),
    "StepLR": lambda o: schedulers.StepLR(o, 5),
}


def new_optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)


def rates(optimizer, scheduler, steps):
    out = []
    for _ in range(steps):
        out.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return out


result = {}
print("torch", torch.__version__)
for name, make in MAKERS.items():
    optimizer = new_optimizer()
    scheduler = make(optimizer)
    rates(optimizer, scheduler, 8)
    saved = copy.deepcopy((optimizer.state_dict(), scheduler.state_dict()))
    uninterrupted = rates(optimizer, scheduler, 12)
    row = []
    for build_first in (False, True):
        optimizer = new_optimizer()
        if build_first:
            scheduler = make(optimizer)
        optimizer.load_state_dict(copy.deepcopy(saved[0]))
        if not build_first:
            scheduler = make(optimizer)
        scheduler.load_state_dict(copy.deepcopy(saved[1]))
        resumed = rates(optimizer, scheduler, 12)
        row.append([round(resumed[i] / uninterrupted[i], 3) for i in (0, 1, 11)])
    result[name] = row
    print(f"{name}: optimizer loaded before the scheduler is built {row[0]}, both built first {row[1]}")
expected = {"LinearLR": [0.333] * 3, "ConstantLR": [0.333] * 3,
            "warm-up then cosine (SequentialLR)": [0.103] * 3, "LambdaLR": [2.323, 1.0, 1.0], "StepLR": [1.0] * 3}
if any(result[n][0] != expected[n] or result[n][1] != [1.0] * 3 for n in MAKERS):
    sys.exit("CHANGED: resuming in this order now gives other rates")
PY
