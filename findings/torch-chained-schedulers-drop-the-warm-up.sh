#!/usr/bin/env bash
# torch 2.13.0, torch.optim.lr_scheduler.ChainedScheduler.
# Guess: schedulers that are chained multiply: a linear warm-up chained with a decay gives warm-up times decay, in whichever
#   order, as it does for ExponentialLR, StepLR or PolynomialLR.
# Instead: LambdaLR, CosineAnnealingWarmRestarts, CyclicLR and OneCycleLR compute the rate from the optimizer's first one and
#   overwrite what stood before them. After a warm-up they drop it: training starts at full rate. Put before it, they
#   leave the warm-up only its ratio between two steps, 1.75 from the first to the second, so that it never adds up and the
#   rate rises above what either asks for: by 58 % at the second step.
# Matters: all of transformers' schedules are LambdaLR; "add a warm-up" by chaining is the obvious way, runs without a word,
#   and warms nothing up.
# Do: SequentialLR, which goes by the closed form, or one LambdaLR of the product; print the first rates.
# Seen, warm-up 0.25 0.438 0.625 0.812 1, decay 0.9 ** step: the product is 0.25 0.394 0.506 0.592 0.656; ExponentialLR
#   gives that; LambdaLR after the warm-up 1 0.9 0.81 0.729 0.656, before it 0.25 1.575 1.157 0.948 0.808
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import torch
from torch.optim.lr_scheduler import ChainedScheduler, CosineAnnealingWarmRestarts, ExponentialLR, LambdaLR, LinearLR


def rates(*makers):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = ChainedScheduler([make(optimizer) for make in makers])
    out = []
    for _ in range(5):
        out.append(round(optimizer.param_groups[0]["lr"], 3))
        optimizer.step()
        scheduler.step()
    return out


def warm_up(optimizer):
    return LinearLR(optimizer, 0.25, 1.0, 4)


def exponential(optimizer):
    return ExponentialLR(optimizer, 0.9)


def by_lambda(optimizer):
    return LambdaLR(optimizer, lambda step: 0.9**step)


def restarts(optimizer):
    return CosineAnnealingWarmRestarts(optimizer, 100)


product = [round(w * 0.9**step, 3) for step, w in enumerate((0.25, 0.4375, 0.625, 0.8125, 1.0))]
print("torch", torch.__version__)
print("warm-up times decay:        ", *product)
print("warm-up, then ExponentialLR:", *(after := rates(warm_up, exponential)))
print("ExponentialLR, then warm-up:", *(before := rates(exponential, warm_up)))
print("warm-up, then LambdaLR:     ", *(lambda_after := rates(warm_up, by_lambda)))
print("LambdaLR, then warm-up:     ", *(lambda_before := rates(by_lambda, warm_up)))
print("warm-up, then restarts:     ", *(cosine := rates(warm_up, restarts)))
if not (after == before == product and lambda_after == [1.0, 0.9, 0.81, 0.729, 0.656]
        and lambda_before == [0.25, 1.575, 1.157, 0.948, 0.808] and cosine[0] == 1.0):
    sys.exit("CHANGED: chained schedulers now combine otherwise")
PY
