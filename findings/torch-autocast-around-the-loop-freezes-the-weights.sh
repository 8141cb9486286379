#!/usr/bin/env bash
# torch 2.13.0, torch.autocast("cpu", torch.bfloat16).
# Guess: one autocast block around the whole training loop casts as one block for each forward pass does; the manual advises
#   against backward passes inside it, so gradients may be less exact, but the model trains.
# Instead: the cast copies of the weights are cached until the block ends. Every forward pass uses the copies of the first,
#   so the loss stays at its first value to the last digit, with no warning. The optimizer moves the real weights at each step
#   by the same gradient: the logged loss stands still while the model, seen after the block, gets worse without bound.
# Matters: a loss that stands still to the last digit looks like a frozen layer or a rate of zero; it is neither.
# Do: enter autocast for each forward pass, or pass cache_enabled=False.
# Seen, loss of 20 steps, then without autocast: a block a step 9.013 to 0.021, then 0.0168; one block 9.013 to 9.013, then 169
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import contextlib
import sys

import torch

torch.manual_seed(0)
rows = torch.randn(64, 8)
targets = rows.sum(1, keepdim=True)


def train(around, inside):
    """Losses of 20 steps with a context around the loop and one inside it, and the loss without autocast afterwards."""
    torch.manual_seed(0)
    model = torch.nn.Linear(8, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    with around():
        for _ in range(20):
            with inside():
                loss = torch.nn.functional.mse_loss(model(rows).float(), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    with torch.no_grad():
        return losses, torch.nn.functional.mse_loss(model(rows), targets).item()


def cast(**settings):
    return lambda: torch.autocast("cpu", torch.bfloat16, **settings)


nothing = contextlib.nullcontext
print("torch", torch.__version__)
seen = {}
for name, around, inside in (("a block a step", nothing, cast()), ("one block", cast(), nothing),
                             ("one block, no cache", cast(cache_enabled=False), nothing)):
    losses, after = seen[name] = train(around, inside)
    print(f"{name}: loss {losses[0]:.3f} to {losses[-1]:.3f}, {len(set(losses))} values in 20 steps, afterwards {after:.3g}")
stuck, after = seen["one block"]
if len(set(stuck)) != 1 or after < 10 or any(seen[name][1] > 0.1 for name in seen if name != "one block"):
    sys.exit("CHANGED: autocast around the loop now follows the weights")
PY
