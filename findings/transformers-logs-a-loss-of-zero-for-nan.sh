#!/usr/bin/env bash
# transformers 5.24.0 (torch 2.13.0, accelerate 1.15.0), Trainer with the settings it comes with.
# Guess: a run that diverges logs a loss of nan or inf from then on; the manual says that such losses are filtered from the
#   log and "the average loss of the current logging window is taken instead".
# Instead: where the whole window is NaN there is nothing to average, and the log says 0.0: the best loss there is. The training goes
#   on to its end over weights of NaN; only the evaluation's loss says nan.
# Matters: a stop at a target loss, a sweep that ranks by training loss, and a plot all take the dead run for a perfect one.
# Do: logging_nan_inf_filter=False, as the script shows.
# Seen, SGD with a rate of 1e20, loss of 6 steps: 86.4 0 0 0 0 0, evaluation nan; without the filter 86.4 inf nan nan nan nan
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6 transformers==5.24.0 accelerate==1.15.0
cd "$dir"
HF_HUB_OFFLINE=1 "$dir/venv/bin/python" - <<'PY'
import contextlib
import io
import math
import sys

import torch
import transformers
from transformers import Trainer, TrainingArguments


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)

    def forward(self, rows=None, labels=None):
        outputs = self.layer(rows)
        return {"loss": ((outputs - labels) ** 2).mean(), "logits": outputs}


rows = [{"rows": torch.tensor([float(x)]), "labels": torch.tensor([2.0 * x])} for x in range(8)]


def train(rate, **settings):
    """Logged losses of 6 steps, and the loss of an evaluation after them."""
    torch.manual_seed(0)
    arguments = TrainingArguments("out", max_steps=6, per_device_train_batch_size=4, learning_rate=rate, optim="sgd",
                                  logging_steps=1, save_strategy="no", report_to=[], disable_tqdm=True, use_cpu=True,
                                  max_grad_norm=0, **settings)
    trainer = Trainer(Model(), arguments, train_dataset=rows, eval_dataset=rows)
    with contextlib.redirect_stdout(io.StringIO()):
        trainer.train()
        evaluation = trainer.evaluate()["eval_loss"]
    return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry], evaluation


print("transformers", transformers.__version__, "torch", torch.__version__)
filtered, plain, healthy = train(1e20), train(1e20, logging_nan_inf_filter=False), train(1e-3)
for name, (losses, evaluation) in (("as it comes", filtered), ("without the filter", plain), ("a rate of 1e-3", healthy)):
    print(f"{name}: logged", *(f"{loss:.3g}" for loss in losses), f"evaluation {evaluation:.3g}")
if not (filtered[0][0] > 1 and filtered[0][1:] == [0.0] * 5 and math.isnan(filtered[1]) and min(healthy[0]) > 0
        and not any(math.isfinite(loss) for loss in plain[0][1:])):
    sys.exit("CHANGED: the Trainer now logs diverged losses otherwise")
PY
