#!/usr/bin/env bash
# orbax-checkpoint 0.12.8 (JAX 0.10.2), CheckpointManager with best_fn and max_to_keep.
# Guess: a checkpoint whose metric is NaN is worse than the others, or is refused; the best of the others are kept.
# Instead: steps are sorted by metric as Python sorts, and every comparison with NaN is false. A NaN between them cuts the list
#   in parts that are each sorted alone; the checkpoints that are deleted are then the wrong ones, the best of all among them.
#   The NaN's own checkpoint is deleted in time, so nothing shows what happened.
# Matters: one validation without a positive, or one overflow, and the model that the whole run was for is gone from disk.
# Do: best_fn returning -inf (mode "max") or inf (mode "min") for NaN, as the script does.
# Seen, accuracies 0.5 nan 0.3 0.4 0.2, two kept: 0.3 and 0.4; with -inf for NaN: 0.5 and 0.4
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check orbax-checkpoint==0.12.8 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cd "$dir"
JAX_PLATFORMS=cpu "$dir/venv/bin/python" - <<'PY'
import logging
import math
import os
import sys
from importlib.metadata import version

import jax.numpy as jnp
import orbax.checkpoint as ocp

logging.disable(logging.WARNING)


def kept(name, scores, mode, best_fn):
    """The metrics of the checkpoints that are left of a run with these scores."""
    options = ocp.CheckpointManagerOptions(max_to_keep=2, best_fn=best_fn, best_mode=mode)
    with ocp.CheckpointManager(os.path.abspath(name), options=options) as manager:
        for step, score in enumerate(scores):
            manager.save(step, args=ocp.args.StandardSave({"w": jnp.ones(2)}), metrics={"score": score})
        manager.wait_until_finished()
        return sorted(scores[step] for step in manager.all_steps())


def plain(metrics):
    return metrics["score"]


def guarded(worst):
    return lambda metrics: worst if math.isnan(metrics["score"]) else metrics["score"]


accuracies, losses = [0.5, math.nan, 0.3, 0.4, 0.2], [0.5, 0.1, math.nan, 0.4, 0.2, 0.3]
print("orbax-checkpoint", version("orbax-checkpoint"))
seen = [kept("a", accuracies, "max", plain), kept("b", accuracies, "max", guarded(-math.inf)),
        kept("c", losses, "min", plain), kept("d", losses, "min", guarded(math.inf))]
print("accuracies", *accuracies, "kept:", *seen[0], "; NaN as -inf:", *seen[1])
print("losses", *losses, "kept:", *seen[2], "; NaN as inf:", *seen[3])
if not (seen[0] == [0.3, 0.4] and seen[1] == [0.4, 0.5] and seen[3] == [0.1, 0.2]):
    sys.exit("CHANGED: checkpoints with NaN are now ranked otherwise")
PY
