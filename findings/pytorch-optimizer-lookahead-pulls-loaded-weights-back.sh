#!/usr/bin/env bash
# pytorch_optimizer 4.1.0 (torch 2.13.0), Lookahead around any optimizer.
# Guess: an optimizer reads the weights when it steps. Whether a checkpoint is loaded into the model before or after the
#   optimizer is built makes no difference, as with all of torch's.
# Instead: Lookahead copies the weights when it is built, as its "slow" ones. Weights loaded later are mixed with the copy at the
#   k-th step: with the default alpha of 0.5 the model is moved half of the way back to its random initialization, and
#   that without a gradient. Nothing is said; the loss jumps at step k.
# Matters: building net and optimizer, then loading the pretrained weights, is the usual order of fine-tuning scripts; the same
#   script with Adam alone is right.
# Do: load the weights first, build Lookahead after; for a resumed run load the optimizer's state too (that restores the copy).
# Seen, initialized at 0, a weight of 8 loaded after, rate 0, k 5: 8 after 4 steps, 4 after 5, 4 after 10; Adam alone stays at 8;
#   loaded before, Lookahead stays at 8, too
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
from pytorch_optimizer import Lookahead

CHECKPOINT = {"weight": torch.tensor([[8.0]])}


def weight_after(steps, build, load_first=False):
    net = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(net.weight)
    if load_first:
        net.load_state_dict(CHECKPOINT)
    optimizer = build(net.parameters())
    if not load_first:
        net.load_state_dict(CHECKPOINT)
    for _ in range(steps):
        net.weight.grad = torch.ones_like(net.weight)
        optimizer.step()
    return net.weight.item()


def adam(weights):
    return torch.optim.Adam(weights, lr=0.0)


def lookahead(weights):
    return Lookahead(torch.optim.Adam(weights, lr=0.0), k=5)


after = [weight_after(steps, lookahead) for steps in (4, 5, 10)]
before = [weight_after(steps, lookahead, load_first=True) for steps in (4, 5, 10)]
alone = [weight_after(steps, adam) for steps in (4, 5, 10)]
print("pytorch_optimizer", version("pytorch_optimizer"), "torch", torch.__version__)
print("weight of 8 after 4, 5 and 10 steps at a rate of 0")
print("loaded after Lookahead was built: ", *after)
print("loaded before Lookahead was built:", *before)
print("loaded after Adam was built:      ", *alone)
if not (after == [8.0, 4.0, 4.0] and before == alone == [8.0, 8.0, 8.0]):
    sys.exit("CHANGED: Lookahead now takes up loaded weights")
PY
