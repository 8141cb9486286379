#!/usr/bin/env bash
# torch 2.13.0, torch.optim.swa_utils.update_bn, used after averaging weights.
# Guess: it computes the mean and variance of the activations over the data that the loader gives.
# Instead: it takes the plain mean of what the batches have: a last batch of 2 rows counts as much as one of 64, and the
#   variance is the mean of the variances inside batches, so what lies between batches is not in it.
# Matters: the averaged network is evaluated with these figures. A short last batch, or a loader that is sorted by class,
#   length or time (as evaluation loaders often are), makes them wrong, and the averaged weights look bad.
# Do: a shuffled loader with drop_last=True, or one large batch.
# Seen, rows 0 to 63 in batches of 62 and 2: running mean 46.5, true 31.5; the same 64 rows sorted, in batches of 8:
#   running variance 6, true 346.7; in one batch: 31.5 and 346.7
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import torch
from torch.optim.swa_utils import update_bn

rows = torch.arange(64.0).unsqueeze(1)


def statistics(batch_size):
    net = torch.nn.Sequential(torch.nn.BatchNorm1d(1))
    update_bn(torch.utils.data.DataLoader(rows, batch_size=batch_size), net)
    return round(net[0].running_mean.item(), 1), round(net[0].running_var.item(), 1)


print("torch", torch.__version__, f"true mean {rows.mean():.1f}, variance {rows.var():.1f}")
seen = {size: statistics(size) for size in (64, 62, 8)}
for size, (mean, variance) in seen.items():
    print(f"batches of {size}: running mean {mean}, running variance {variance}")
if not (seen[64] == (31.5, 346.7) and seen[62][0] > 40 and seen[8][1] < 10):
    sys.exit("CHANGED: update_bn now weighs its batches otherwise")
PY
