#!/usr/bin/env bash
# torch 2.13.0, torch.nn.utils.clip_grad_norm_ on float16 gradients.
# Guess: clipping finite gradients to a norm of 1 leaves their direction and a norm of 1; the norm is computed in
#   float32, or overflows with an error (error_if_nonfinite would tell).
# Instead: the total norm is a float16. Above 65,504 it is inf although every gradient is small and finite, the
#   factor is max_norm / inf = 0, and all gradients become exactly zero: no NaN, no error, no step.
# Matters: pure half precision with a scaled loss: a million gradients of 66 suffice. The parameters stand still (or
#   only decay) and the loss just stays; a check for non-finite gradients after clipping passes.
# Do: look at the norm that it returns, error_if_nonfinite=True, unscale first, or hold gradients in float32.
#   bfloat16 has the range and is spared.
# Seen: a million gradients of 100: norm inf, largest gradient afterwards 0.0 (float16); 99840, 0.001 (bfloat16)
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import math
import sys

import torch

print("torch", torch.__version__)
seen = {}
for dtype in (torch.float16, torch.bfloat16, torch.float32):
    weights = [torch.nn.Parameter(torch.zeros(10_000, dtype=dtype)) for _ in range(100)]
    for weight in weights:
        weight.grad = torch.full_like(weight, 100.0)
    norm = torch.nn.utils.clip_grad_norm_(weights, 1.0)
    seen[dtype] = norm.item(), max(weight.grad.abs().max().item() for weight in weights)
    print(f"{dtype}: norm {seen[dtype][0]:.0f}, largest gradient afterwards {seen[dtype][1]:.4f}")
if not (math.isinf(seen[torch.float16][0]) and seen[torch.float16][1] == 0
        and all(abs(seen[d][1] - 0.001) < 1e-5 for d in (torch.bfloat16, torch.float32))):
    sys.exit("CHANGED: the norm of float16 gradients is now computed otherwise")
PY
