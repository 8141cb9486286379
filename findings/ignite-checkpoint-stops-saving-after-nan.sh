#!/usr/bin/env bash
# pytorch-ignite 0.5.5 (torch 2.13.0), handlers.Checkpoint(n_saved=2, score_function) and handlers.EarlyStopping.
# Guess: a score of NaN, as a metric without positives or a diverged epoch gives, counts as worse than any number.
# Instead: Checkpoint keeps the NaN's model, and once that stands at the lower end of its list, which every new score is
#   compared with, saves no better model any more: no number is larger than NaN. EarlyStopping takes the NaN as an
#   improvement, and the next score, however low, as another: the best score so far is forgotten and its patience starts anew.
# Matters: one undefined validation in the second epoch, and the training that got better for days left the models of its first
#   epochs; nothing is logged about it.
# Do: let the score function return float("-inf") for NaN, as the script shows.
# Seen, accuracies 0.5 nan 0.6 0.7 0.8 0.9: kept nan and 0.6; with -inf for NaN: 0.8 and 0.9
#   scores 1 2 nan 0 0 0 0 0, patience 3: stops in epoch 7 with a best score of 0; without the NaN in epoch 5 with 2
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6 pytorch-ignite==0.5.5
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import logging
import math
import sys
from pathlib import Path

import ignite
import torch
from ignite.engine import Engine, Events
from ignite.handlers import Checkpoint, DiskSaver, EarlyStopping

logging.disable(logging.WARNING)
nan = math.nan


def kept(scores, folder):
    """Files after a run whose validations gave these scores."""
    trainer, left = Engine(lambda engine, batch: None), iter(scores)
    saver = DiskSaver(folder, create_dir=True)
    checkpoint = Checkpoint({"model": torch.nn.Linear(1, 1)}, saver, n_saved=2, score_name="accuracy",
                            score_function=lambda engine: next(left))
    trainer.add_event_handler(Events.EPOCH_COMPLETED, checkpoint)
    trainer.run([0], max_epochs=len(scores))
    return sorted(path.name for path in Path(folder).iterdir())


def stopped(scores):
    """The epoch in which a patience of 3 ends the run, and the best score then."""
    trainer, left = Engine(lambda engine, batch: None), iter(scores)
    stopping = EarlyStopping(patience=3, score_function=lambda engine: next(left), trainer=trainer)
    trainer.add_event_handler(Events.EPOCH_COMPLETED, stopping)
    return trainer.run([0], max_epochs=len(scores)).epoch, stopping.best_score


accuracies = [0.5, nan, 0.6, 0.7, 0.8, 0.9]
print("ignite", ignite.__version__, "torch", torch.__version__)
with_nan = kept(accuracies, "with_nan")
with_inf = kept([-math.inf if math.isnan(a) else a for a in accuracies], "with_inf")
print("kept with a NaN:", *with_nan)
print("kept with -inf: ", *with_inf)
early, plain = stopped([1, 2, nan, 0, 0, 0, 0, 0]), stopped([1, 2, 0, 0, 0, 0, 0])
print(f"stopped in epoch {early[0]} with best {early[1]}; without the NaN in epoch {plain[0]} with best {plain[1]}")
if not (with_nan == [f"model_accuracy={score}.pt" for score in ("0.6000", "nan")]
        and [name[-9:-3] for name in with_inf] == ["0.8000", "0.9000"] and early == (7, 0) and plain == (5, 2)):
    sys.exit("CHANGED: ignite now ranks NaN otherwise")
PY
