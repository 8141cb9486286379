#!/usr/bin/env bash
# lightning 2.6.6 (torch 2.13.0), Tuner.lr_find.
# Guess: the curve is the smoothed loss with the usual correction for its start, so a loss that is always 1 gives a curve that is
#   always 1.
# Instead: the correction is one step ahead (it divides by 1 - 0.98 ** (n + 2) at the n-th step, from 0): the first loss is halved,
#   the second counts two thirds, the tenth 0.92. A constant loss gives a curve that climbs from 0.5 to 1.
# Matters: the best loss, which early_stop_threshold (4 times) is measured from, is taken from these first points, so a test
#   whose loss falls little stops at half of the growth that was asked for; a short test shows a loss that rises where nothing rises, and its
#   slope, from which suggestion() is read, is tilted upwards most where rates are smallest.
# Do: num_training of several hundreds and skip_begin of dozens, early_stop_threshold twice as high, and a look at the losses
#   of single batches.
# Seen, loss always 1, 20 steps: curve at steps 0 1 2 9 19: 0.505 0.673 0.758 0.918 0.961
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 lightning==2.6.6 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY' 2>warnings.txt || { cat warnings.txt; exit 1; }
import logging
import sys

import lightning
import torch
from lightning.pytorch.tuner import Tuner
from torch.utils.data import DataLoader, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
STEPS = 20


class Constant(lightning.LightningModule):
    """Its loss is 1 whatever the weight is."""

    def __init__(self):
        super().__init__()
        self.weight, self.lr, self.seen = torch.nn.Parameter(torch.zeros(1)), 0.1, []

    def training_step(self, batch, index):
        loss = 1 + 0 * self.weight.sum()
        self.seen.append(loss.item())
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


module = Constant()
trainer = lightning.Trainer(max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False,
                            enable_progress_bar=False, enable_model_summary=False)
loader = DataLoader(TensorDataset(torch.zeros(STEPS, 1)), 1)
finder = Tuner(trainer).lr_find(module, loader, num_training=STEPS, early_stop_threshold=None, update_attr=False)
curve = [round(float(loss), 3) for loss in finder.results["loss"]]
print("lightning", lightning.__version__, "torch", torch.__version__)
print("losses of the batches:", *sorted(set(module.seen)))
shown = [curve[step] for step in (0, 1, 2, 9, 19)]
print("curve at steps 0 1 2 9 19:", *shown)
if not (set(module.seen) == {1.0} and shown == [0.505, 0.673, 0.758, 0.918, 0.961]):
    sys.exit("CHANGED: the curve of a constant loss is now another")
PY
