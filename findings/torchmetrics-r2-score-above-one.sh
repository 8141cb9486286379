#!/usr/bin/env bash
# torchmetrics 1.9.0 (torch 2.13.0): R2Score, ExplainedVariance, RelativeSquaredError, NormalizedRootMeanSquaredError.
# Guess: a metric that accumulates over batches is as exact as its formula on all rows, up to float32 rounding.
# Instead: they keep the sums of y and y*y in float32 and subtract at the end. Where the mean is large beside the
#   spread nothing is left: R2 comes out above 1, the relative error as hundreds of millions, the normalized RMSE as
#   NaN. (R2Score of pytorch-ignite 0.5.5 was seen to give 1.0007 for the first of these.)
# Matters: targets like years, timestamps, indexes or barometric pressures. R2 of 1.0003 looks like a perfect
#   model, and "best so far" keeps it for ever.
# Do: standardize targets, or metric.set_dtype(torch.float64) with float64 inputs; PearsonCorrCoef, which keeps a
#   running mean, is right.
# Seen, targets 10,000 +- 1 and errors of 0.1, so that R2 is 0.990, four draws: R2Score 0.9998 1.0002 1.0002 0.9998,
#   RelativeSquaredError 2e-04 8e+08 8e+08 2e-04 (right: 0.010), R2Score in float64 0.990; at 100,000 the normalized
#   RMSE (right: 0.100) is 0.048 0.084 nan nan
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6 torchmetrics==1.9.0
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import math
import sys

import torch
import torchmetrics
from torchmetrics import ExplainedVariance, NormalizedRootMeanSquaredError, R2Score, RelativeSquaredError


def evaluate(metric, mean, seed, dtype=torch.float32):
    draw = torch.Generator().manual_seed(seed)
    target = (mean + torch.randn(10_000, dtype=torch.float64, generator=draw)).to(dtype)
    prediction = (target + 0.1 * torch.randn(10_000, dtype=torch.float64, generator=draw)).to(dtype)
    metric.set_dtype(dtype)
    for start in range(0, 10_000, 100):
        metric.update(prediction[start:start + 100], target[start:start + 100])
    y, p = target.double(), prediction.double()
    return metric.compute().item(), (((p - y) ** 2).sum() / ((y - y.mean()) ** 2).sum()).item()


draws = range(4)
r2 = [evaluate(R2Score(), 1e4, seed)[0] for seed in draws]
explained = [evaluate(ExplainedVariance(), 1e4, seed)[0] for seed in draws]
relative, truth = zip(*(evaluate(RelativeSquaredError(), 1e4, seed) for seed in draws))
normalized = [evaluate(NormalizedRootMeanSquaredError(normalization="std"), 1e5, seed)[0] for seed in draws]
double = [evaluate(R2Score(), 1e4, seed, torch.float64)[0] for seed in draws]
print("torch", torch.__version__, "torchmetrics", torchmetrics.__version__)
print("R2 of these rows   ", *(f"{1 - t:.4f}" for t in truth))
print("R2Score            ", *(f"{v:.4f}" for v in r2), " in float64", *(f"{v:.4f}" for v in double))
print("ExplainedVariance  ", *(f"{v:.4f}" for v in explained))
print("RelativeSquaredError", *(f"{v:.0e}" for v in relative), " right:", *(f"{t:.4f}" for t in truth))
print("NormalizedRootMeanSquaredError at 1e5", *(f"{v:.3f}" for v in normalized), " right: 0.100")
if not (all(abs(v - 1 + t) > 0.005 for v, t in zip(r2, truth)) and max(r2) > 1 and max(relative) > 1e6
        and any(math.isnan(v) or abs(v - 0.1) > 0.01 for v in normalized)
        and all(abs(v - 1 + t) < 1e-3 for v, t in zip(double, truth))):
    sys.exit("CHANGED: these metrics now accumulate otherwise")
PY
