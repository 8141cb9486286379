#!/usr/bin/env bash
# torch_ema 0.3, ema_pytorch 0.8.3 and torch 2.13.0 (swa_utils): an exponential moving average of weights, decay 0.9999.
# Guess: one decay, one average: after 10,000 updates it lags some 6,300 updates behind, whichever package computes it.
# Instead: torch_ema caps the decay at (1 + n) / (10 + n), ema_pytorch at 1 - (1 + n) ** (-2/3), and both reach 0.9999 only
#   after 90,000 and 1,000,000 updates; torch uses it from the first one. In a run of 10,000 steps the decay that was
#   configured is never used by two of the three.
# Matters: decays tuned with one package mean another smoothing in the next (here 14 times shorter), and in short runs
#   0.999 and 0.9999 are the same setting, so that a search over decays finds "no effect".
# Do: log the decay in use (or the lag, as here), set use_num_updates=False (torch_ema), or scale the decay to the run.
# Seen, weight = number of the update, 10,000 updates, lag behind the weight: torch 6320, torch_ema 1000,
#   ema_pytorch 449, and for the last two the same with decay 0.999999
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6 torch_ema==0.3 ema_pytorch==0.8.3
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import torch
from ema_pytorch import EMA
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch_ema import ExponentialMovingAverage

torch.set_num_threads(1)
updates = 10_000


def lag(build):
    net = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(net.weight)
    update, weight = build(net)
    for number in range(1, updates + 1):
        with torch.no_grad():
            net.weight.fill_(number)
        update()
    return round(updates - weight().item())


def by_torch(decay):
    def build(net):
        average = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(decay))
        return (lambda: average.update_parameters(net)), (lambda: average.module.weight)
    return build


def by_torch_ema(decay, **settings):
    def build(net):
        average = ExponentialMovingAverage(net.parameters(), decay=decay, **settings)
        return average.update, (lambda: average.shadow_params[0])
    return build


def by_ema_pytorch(decay):
    def build(net):
        average = EMA(net, beta=decay, update_every=1, update_after_step=0)
        return average.update, (lambda: average.ema_model.weight)
    return build


print("torch", torch.__version__, "torch_ema", version("torch_ema"), "ema_pytorch", version("ema_pytorch"))
lags = {
    "torch": lag(by_torch(0.9999)),
    "torch_ema": lag(by_torch_ema(0.9999)),
    "torch_ema, use_num_updates=False": lag(by_torch_ema(0.9999, use_num_updates=False)),
    "ema_pytorch": lag(by_ema_pytorch(0.9999)),
    "torch_ema, decay 0.999999": lag(by_torch_ema(0.999999)),
    "ema_pytorch, decay 0.999999": lag(by_ema_pytorch(0.999999)),
}
for name, value in lags.items():
    print(f"{name}: lag {value}")
if not (6000 < lags["torch"] < 6600 and lags["torch_ema"] < 1300 and lags["ema_pytorch"] < 700
        and lags["torch_ema"] == lags["torch_ema, decay 0.999999"]
        and lags["ema_pytorch"] == lags["ema_pytorch, decay 0.999999"]):
    sys.exit("CHANGED: the decay is now used otherwise")
PY
