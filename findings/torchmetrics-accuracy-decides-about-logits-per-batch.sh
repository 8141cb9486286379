#!/usr/bin/env bash
# torchmetrics 1.9.0 (torch 2.13.0): BinaryAccuracy, BinaryAUROC and their relatives.
# Guess: logits given to a metric are taken for logits in every batch (or never); the result does not depend on how
#   the rows were cut into batches.
# Instead: each update() looks whether its own batch has a value outside 0 to 1 and applies the sigmoid only then. A batch
#   whose logits all happen to lie between 0 and 1 is taken for probabilities: 0.3 is "no" there and "yes" elsewhere.
# Matters: small batches, the last batch, and networks at the start of training have such batches. Another batch size
#   gives another accuracy for the same model; AUROC ranks two scales in one list.
# Do: apply torch.sigmoid yourself before update().
# Seen, the same eight logits and labels: one batch 1.000, two batches of four 0.500; with sigmoid 1.000 both; AUROC 1.000
#   and 0.333
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6 torchmetrics==1.9.0
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import torch
import torchmetrics
from torchmetrics.classification import BinaryAccuracy, BinaryAUROC

logits = torch.tensor([0.2, 0.3, 0.4, 0.1, -0.2, -0.3, -2.0, -0.1])
labels = torch.tensor([1, 1, 1, 1, 0, 0, 0, 0])
ranked = torch.tensor([0.80, 0.90, 0.95, 0.85, 1.2, 1.3, -2.0, -3.0])
ranked_labels = torch.tensor([0, 0, 0, 0, 1, 1, 0, 0])


def evaluate(metric, values, targets, size):
    for start in range(0, len(values), size):
        metric.update(values[start:start + size], targets[start:start + size])
    return metric.compute().item()


whole, halves = (evaluate(BinaryAccuracy(), logits, labels, size) for size in (8, 4))
sure = [evaluate(BinaryAccuracy(), torch.sigmoid(logits), labels, size) for size in (8, 4)]
roc, roc_halves = (evaluate(BinaryAUROC(), ranked, ranked_labels, size) for size in (8, 4))
print("torch", torch.__version__, "torchmetrics", torchmetrics.__version__)
print(f"accuracy: one batch {whole:.3f}, two batches {halves:.3f}, with sigmoid {sure[0]:.3f} {sure[1]:.3f}")
print(f"AUROC: one batch {roc:.3f}, two batches {roc_halves:.3f}")
if not (whole == 1 and halves == 0.5 and sure == [1, 1] and roc == 1 and roc_halves < 1):
    sys.exit("CHANGED: logits are now recognized otherwise")
PY
