#!/usr/bin/env bash
# torch 2.13.0 (CPU), the step that torch.optim keeps in its state.
# Guess: a counter of steps is exact, however long the run; only its use in a formula may be rounded.
# Instead: state["step"] is a float32 tensor in the ten optimizers tried, AdamW with foreach,
#   fused and plain loop alike. From 2^24 = 16,777,216 on, adding 1 changes nothing. What follows from the step stops with
#   it: Adagrad's lr_decay no longer lowers the rate, and a program
#   that reads its step from there stands still. (AveragedModel and BatchNorm count in int64.)
# Matters for small networks that take thousands of steps a second (reinforcement learning, online learning, physics):
#   16 million steps are hours.
# Do: count steps in an integer of your own and save it in the checkpoint; lower Adagrad's rate by a scheduler.
# Seen: counter set to 2^24 - 2, six steps later: 2^24 in all;
#   Adagrad's rate 0.05625178 then and 20,000 steps later, 0.05618857 by its formula
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import torch

LIMIT = 2**24
CASES = [("AdamW", {"foreach": False}), ("AdamW", {"foreach": True}), ("AdamW", {"fused": True})] + [
    (name, {}) for name in
    ("Adam", "NAdam", "RAdam", "Adamax", "Adadelta", "Adagrad", "ASGD", "RMSprop", "Rprop")
]


def optimizer_at(step, name, **settings):
    weight = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer = getattr(torch.optim, name)([weight], **settings)
    weight.grad = torch.ones_like(weight)
    optimizer.step()
    optimizer.state[weight]["step"].fill_(step)
    return weight, optimizer


def take(steps, weight, optimizer):
    for _ in range(steps):
        weight.grad = torch.ones_like(weight)
        optimizer.step()
    return optimizer.state[weight]["step"]


print("torch", torch.__version__)
changed = []
for name, settings in CASES:
    below, beyond = take(6, *optimizer_at(1000, name, **settings)), take(6, *optimizer_at(LIMIT - 2, name, **settings))
    print(f"{name} {settings or ''} {beyond.dtype}: 1000 + 6 steps = {below.item():.0f}, "
          f"2^24 - 2 + 6 steps = 2^24 {beyond.item() - LIMIT:+.0f}")
    if not (below.item() == 1006 and beyond.item() == LIMIT and beyond.dtype == torch.float32):
        changed.append(name)


def adagrad_step(steps_beyond):
    """The length of Adagrad's next step, times the root of its accumulator: the rate after its decay."""
    weight, optimizer = optimizer_at(LIMIT - 2, "Adagrad", lr=1.0, lr_decay=1e-6)
    take(steps_beyond, weight, optimizer)
    before = weight.item()
    take(1, weight, optimizer)
    return (before - weight.item()) * optimizer.state[weight]["sum"].sqrt().item()


early, late = adagrad_step(6), adagrad_step(20_000)
print(f"Adagrad's rate, lr 1, lr_decay 1e-6: {early:.8f} six steps after 2^24 - 2, {late:.8f} after 20,000, "
      f"by its formula {1 / (1 + (LIMIT + 19_997) * 1e-6):.8f}")
averaged = torch.optim.swa_utils.AveragedModel(torch.nn.Linear(1, 1)).n_averaged.dtype
print("AveragedModel counts in", averaged)
if changed or abs(early - late) > 1e-9 or averaged != torch.int64:
    sys.exit(f"CHANGED: the optimizers now count otherwise {changed}")
PY
