#!/usr/bin/env bash
# torch 2.13.0 (torch.optim.LBFGS).
# Guess: max_iter=1 with line_search_fn="strong_wolfe" makes one iteration a step: a direction, and the line search along
#   it. A loop that calls step() once a log line or once a batch is written so.
# Instead: max_eval is max_iter * 5 // 4 unless given, which is 1, and the evaluation at the start uses it up. The line
#   search gets no trial, and where the first length does not lower the loss it goes back to length 0. A hundred steps and
#   200 evaluations leave Rosenbrock's function at its start, without a warning; loss and gradient look like a plateau.
#   With max_iter=2 the same loop reaches the minimum.
# Matters for whoever steps L-BFGS once at a time to log, to stop early, or to follow a schedule: the run looks converged
#   or stuck in a minimum. The default of 20 iterations shares 25 evaluations, too, and searches less towards its end.
# Do: max_iter=1, max_eval=26 (25 trials and the start), or leave max_iter at 2 or more and give max_eval room.
# Seen: max_iter=1: loss 24.2 after 100 steps, 200 evaluations, moved False; max_eval=26: loss 4e-10, 142 evaluations
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import torch

torch.set_default_dtype(torch.float64)


def rosenbrock(**settings):
    w = torch.tensor([-1.2, 1.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([w], lr=1.0, line_search_fn="strong_wolfe", **settings)
    calls = 0

    def closure():
        nonlocal calls
        calls += 1
        optimizer.zero_grad()
        loss = (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2
        loss.backward()
        return loss

    for _ in range(100):
        optimizer.step(closure)
    evaluations = calls
    return closure().item(), evaluations, w.tolist() != [-1.2, 1.0]


alone, roomy, two = rosenbrock(max_iter=1), rosenbrock(max_iter=1, max_eval=26), rosenbrock(max_iter=2)
print(f"torch {torch.__version__}")
for name, (loss, calls, moved) in (("max_iter=1", alone), ("max_iter=1, max_eval=26", roomy), ("max_iter=2", two)):
    print(f"{name}: loss {loss:.3g} after 100 steps, {calls} evaluations, moved {moved}")
if alone[2] or alone[1] < 200 or roomy[0] > 1e-8 or two[0] > 1e-8:
    sys.exit("CHANGED: one iteration of L-BFGS now searches along its line")
PY
