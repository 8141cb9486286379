#!/usr/bin/env bash
# torch 2.13.0, torch.utils.checkpoint (activation checkpointing) around layers with BatchNorm.
# Guess: checkpointing trades time for memory and changes no number; the manual speaks of the random state, which it restores.
# Instead: the forward pass that is repeated for the backward pass updates the running averages again, with the same batch.
#   A momentum of 0.1 acts as 0.19 and num_batches_tracked counts double, in both variants (use_reentrant True and False).
#   With momentum=None, the plain average over batches, every batch counts twice, and batches that were only looked at, once.
# Matters: gradients and training loss are the same to the last bit, so the switch looks exact; evaluation is not, and a run
#   that turned it on for memory is compared with one that did not.
# Do: momentum 1 - sqrt(1 - m) in checkpointed layers, or keep BatchNorm out of the checkpointed part.
# Seen, 4 batches with means 0 10 20 30, momentum 0.1: running mean 5.61, 4 batches; checkpointed 10.03, 8 batches
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import torch
from torch.utils.checkpoint import checkpoint


def train(run):
    """Running mean, batches and gradients of a BatchNorm layer that saw batches with the means 0, 10, 20 and 30."""
    layer = torch.nn.BatchNorm1d(1)
    gradients = []
    for mean in (0.0, 10.0, 20.0, 30.0):
        batch = (torch.tensor([[-1.0], [0.0], [1.0]]) + mean).requires_grad_()
        (run(layer, batch) * torch.tensor([[1.0], [2.0], [4.0]])).sum().backward()
        gradients.append(batch.grad.flatten().tolist())
    return layer.running_mean.item(), layer.num_batches_tracked.item(), gradients


RUNS = {
    "plain": lambda layer, batch: layer(batch),
    "checkpointed": lambda layer, batch: checkpoint(layer, batch, use_reentrant=False),
    "checkpointed, reentrant": lambda layer, batch: checkpoint(layer, batch, use_reentrant=True),
}
print("torch", torch.__version__)
seen = {name: train(run) for name, run in RUNS.items()}
for name, (mean, batches, _) in seen.items():
    print(f"{name}: running mean {mean:.3f}, {batches} batches")
plain, *others = seen.values()
print("gradients the same:", all(other[2] == plain[2] for other in others))
if plain[1] != 4 or any(other[1] != 8 or other[0] < plain[0] * 1.5 or other[2] != plain[2] for other in others):
    sys.exit("CHANGED: checkpointing now updates BatchNorm otherwise")
PY
