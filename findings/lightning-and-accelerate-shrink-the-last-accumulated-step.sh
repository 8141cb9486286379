#!/usr/bin/env bash
# lightning 2.6.6 and accelerate 1.15.0 (torch 2.13.0): gradient accumulation over an epoch that it does not divide.
# Guess: ten micro-batches with an accumulation of 4 make steps of 4, 4 and 2, and the last is a mean over its 2.
# Instead: both close the window at the end of the epoch but still divide by 4: the last step of every epoch has half of
#   the gradient (with one batch left, a quarter). optax.MultiSteps, which knows no epochs, carries the rest over.
# Matters: small data sets with large accumulation: the last rows count less, the step is short where the optimizer is
#   not scale-free, and the logged gradient norm dips once an epoch.
# Do: choose a multiple (drop_last and a number of batches that it divides), or scale the loss by the window's own size.
# Seen, gradient of each step where every micro-batch has gradient -1, two epochs of 10:
#   lightning -1 -1 -0.5 -1 -1 -0.5, accelerate -1 -1 -0.5 -1 -1 -0.5
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6 lightning==2.6.6 accelerate==1.15.0
cd "$dir"
HF_HUB_OFFLINE=1 "$dir/venv/bin/python" - <<'PY'
import logging
import sys
import warnings

import accelerate
import lightning
import torch
from torch.utils.data import DataLoader, TensorDataset

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
rows = TensorDataset(torch.ones(10, 1))


class Model(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1, bias=False)
        self.gradients = []

    def training_step(self, batch, index):
        return -self.layer(batch[0]).mean()

    def on_before_optimizer_step(self, optimizer):
        self.gradients.append(self.layer.weight.grad.item())

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1.0)


model = Model()
lightning.Trainer(max_epochs=2, accumulate_grad_batches=4, accelerator="cpu", logger=False, enable_checkpointing=False,
                  enable_progress_bar=False, enable_model_summary=False).fit(model, DataLoader(rows, batch_size=1))

accelerator = accelerate.Accelerator(gradient_accumulation_steps=4, cpu=True)
layer = torch.nn.Linear(1, 1, bias=False)
net, optimizer, loader = accelerator.prepare(layer, torch.optim.SGD(layer.parameters(), lr=1.0),
                                             DataLoader(rows, batch_size=1))
gradients = []
for _ in range(2):
    for batch in loader:
        with accelerator.accumulate(net):
            accelerator.backward(-net(batch[0]).mean())
            if accelerator.sync_gradients:
                gradients.append(layer.weight.grad.item())
            optimizer.step()
            optimizer.zero_grad()
print("torch", torch.__version__, "lightning", lightning.__version__, "accelerate", accelerate.__version__)
print("lightning ", *model.gradients)
print("accelerate", *gradients)
if not model.gradients == gradients == [-1, -1, -0.5] * 2:
    sys.exit("CHANGED: the last window is now divided otherwise")
PY
