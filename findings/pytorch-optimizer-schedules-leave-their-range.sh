#!/usr/bin/env bash
# pytorch_optimizer 4.1.0 (torch 2.13.0): LinearScheduler and PolyScheduler.
# Guess: a schedule with max_lr and min_lr stays between them: it ends at min_lr and stays there, and "poly" falls as
#   everybody's polynomial decay does.
# Instead: LinearScheduler goes on in a straight line below min_lr and below zero (gradient ascent; torch checks a rate
#   for its sign only in the constructor). PolyScheduler starts at max_lr after the warm-up and climbs without bound:
#   its rate is min_lr + (max_lr - min_lr) * steps ** order.
# Matters: a run that is prolonged by a few epochs climbs the loss again; with the polynomial schedule the largest
#   rate is the last one.
# Do: stop at t_max, or use torch's LinearLR and PolynomialLR, which stay at their end.
# Seen, t_max 8, max_lr 1, min_lr 0.1, steps 0 to 12: linear ends 0.25 0.1 -0.05 -0.2 -0.35;
#   poly (order 0.5) ends 2.112 2.305 2.481 2.646 2.8
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6 pytorch_optimizer==4.1.0
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import torch
from pytorch_optimizer import LinearScheduler, PolyScheduler


def rates(make):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler, out = make(optimizer), []
    for _ in range(13):
        out.append(round(float(optimizer.param_groups[0]["lr"]), 3))
        optimizer.step()
        scheduler.step()
    return out


settings = dict(t_max=8, max_lr=1.0, min_lr=0.1, init_lr=0.0, warmup_steps=2)
linear = rates(lambda o: LinearScheduler(o, **settings))
poly = rates(lambda o: PolyScheduler(o, poly_order=0.5, **settings))
torch_linear = rates(lambda o: torch.optim.lr_scheduler.LinearLR(o, 1.0, 0.1, 8))
print("torch", torch.__version__, "pytorch_optimizer", version("pytorch_optimizer"))
print("linear", *linear)
print("poly", *poly)
print("torch's LinearLR", *torch_linear)
if not (min(linear) < 0 and max(poly) > 2 and poly[-1] == max(poly) and torch_linear[-1] == 0.1):
    sys.exit("CHANGED: these schedules now stay in their range")
PY
