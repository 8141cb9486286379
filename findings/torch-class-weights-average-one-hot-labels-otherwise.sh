#!/usr/bin/env bash
# torch 2.13.0, CrossEntropyLoss(weight=...) with labels as numbers and the same labels as one-hot rows.
# Guess: a label 1 and the row [0, 1] say the same, so they cost the same, with class weights as without.
# Instead: numbers are divided by the sum of their weights, rows by the number of rows. Weights ten times as large leave the
#   first loss and multiply the second, its gradient and the step of SGD by ten; label_smoothing stays with the first.
#   (Documented as two formulas; without weights they are one.)
# Matters: one-hot rows come with MixUp, CutMix, distillation and soft labels. Who adds them to a run with class weights
#   changes the learning rate with every batch's mix of classes, and losses from training (MixUp) and validation (numbers)
#   are no longer on one scale: here 0.296 and 1.087 for the same predictions.
# Do: reduction="none", then divide by the sum of the targets times the weights yourself; the script shows that it agrees.
# Seen: numbers 0.2963, one-hot 1.0865, weights times ten: 0.2963, 10.8651; by hand 0.2963
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import torch
from torch.nn.functional import cross_entropy, one_hot

logits = torch.tensor([[2.0, 0.0], [1.0, 0.0], [0.0, 1.0]], requires_grad=True)
labels, weight = torch.tensor([0, 0, 1]), torch.tensor([1.0, 9.0])
rows = one_hot(labels, 2).float()


def loss_and_gradient(target, weight):
    loss = cross_entropy(logits, target, weight)
    return loss.item(), torch.autograd.grad(loss, logits)[0].norm().item()


numbers, numbers_tenfold = loss_and_gradient(labels, weight), loss_and_gradient(labels, weight * 10)
hot, hot_tenfold = loss_and_gradient(rows, weight), loss_and_gradient(rows, weight * 10)
plain, plain_hot = loss_and_gradient(labels, None), loss_and_gradient(rows, None)
smoothed = cross_entropy(logits, labels, weight, label_smoothing=1e-6).item()
by_hand = (cross_entropy(logits, rows, weight, reduction="none").sum() / (rows @ weight).sum()).item()
print("torch", torch.__version__, " loss (norm of gradient)")
for name, (loss, gradient) in (("numbers", numbers), ("one-hot", hot), ("numbers, weights times ten", numbers_tenfold),
                               ("one-hot, weights times ten", hot_tenfold), ("numbers, no weights", plain),
                               ("one-hot, no weights", plain_hot)):
    print(f"{name}: {loss:.4f} ({gradient:.4f})")
print(f"numbers, label_smoothing=1e-6: {smoothed:.4f}; one-hot divided by the weights: {by_hand:.4f}")


def close(a, b):
    return abs(a - b) < 1e-4 * abs(b)


if not (close(hot[0], numbers[0] * 11 / 3) and close(hot[1], numbers[1] * 11 / 3) and close(hot_tenfold[1], hot[1] * 10)
        and close(numbers_tenfold[1], numbers[1]) and close(plain[0], plain_hot[0]) and close(smoothed, numbers[0])
        and close(by_hand, numbers[0])):
    sys.exit("CHANGED: one-hot labels with class weights are now averaged otherwise")
PY
