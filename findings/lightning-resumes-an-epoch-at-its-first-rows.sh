#!/usr/bin/env bash
# lightning 2.6.6 (torch 2.13.0): fit(ckpt_path=...) from a checkpoint saved in the midst of an epoch.
# Guess: the rest of the epoch follows: the batches that the interrupted run had not reached.
# Instead: the counter goes on (batch 4 of 10), the loader starts anew. The resumed epoch trains the first 6 batches again
#   and ends when ten are counted: the last rows are not seen, the first ones twice, with the step numbers, the rate and
#   the length of an uninterrupted run. A shuffling loader gives rows of another order, with the same effect by chance.
#   One line of the log warns that the loader is not resumable.
# Matters: checkpoints by steps or by time on preempted machines, unshuffled data most of all: the end of the data set
#   may never be trained, and nothing in curves or counters tells.
# Do: a loader with state_dict (torchdata's StatefulDataLoader), or checkpoints at the ends of epochs.
# Seen, rows 0 to 9 unshuffled, saved after 4: the resumed epoch trains 0 1 2 3 4 5; with StatefulDataLoader 4 5 6 7 8 9
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6 lightning==2.6.6 torchdata==0.11.0
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import logging
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import lightning
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from torch.utils.data import DataLoader, TensorDataset
from torchdata.stateful_dataloader import StatefulDataLoader

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)


class Model(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
        self.rows = []

    def training_step(self, batch, index):
        self.rows.append(int(batch[0]))
        return self.layer(batch[0]).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


def resumed_rows(make_loader, folder):
    rows = TensorDataset(torch.arange(10.0).unsqueeze(1))
    settings = dict(max_epochs=1, accelerator="cpu", logger=False, enable_progress_bar=False,
                    enable_model_summary=False)
    save = ModelCheckpoint(folder, filename="{step}", every_n_train_steps=4, save_top_k=-1)
    lightning.Trainer(callbacks=[save], **settings).fit(Model(), make_loader(rows, batch_size=1))
    model = Model()
    trainer = lightning.Trainer(enable_checkpointing=False, **settings)
    trainer.fit(model, make_loader(rows, batch_size=1), ckpt_path=str(Path(folder, "step=4.ckpt")), weights_only=False)
    return model.rows, trainer.global_step


plain, stateful = resumed_rows(DataLoader, "plain"), resumed_rows(StatefulDataLoader, "stateful")
print("torch", torch.__version__, "lightning", lightning.__version__, "torchdata", version("torchdata"))
print("resumed after row 3, DataLoader:", *plain[0], f"(steps in all: {plain[1]})")
print("resumed after row 3, StatefulDataLoader:", *stateful[0], f"(steps in all: {stateful[1]})")
if not (plain == ([0, 1, 2, 3, 4, 5], 10) and stateful == ([4, 5, 6, 7, 8, 9], 10)):
    sys.exit("CHANGED: an epoch is now resumed otherwise")
PY
