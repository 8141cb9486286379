#!/usr/bin/env bash
# Optuna 5.0.0, PatientPruner with no pruner inside: early stopping by patience.
# Guess: as in every early stopping: a trial whose loss has not improved for `patience` steps is pruned, and an improvement
#   by less than min_delta does not count as one, so that a larger min_delta stops earlier.
# Instead: it prunes only where all of the last patience + 1 losses are worse than the best before them. A loss that stands
#   still at its best is never pruned, nor one that gains a billionth now and then. min_delta works the other way round: it
#   is how much worse a trial may be, and a larger one stops later, or never.
# Matters: plateaus are what patience is for; a study with min_delta raised "to stop earlier" runs every trial to its end,
#   and nothing shows but the time.
# Do: leave min_delta at 0 and report a loss to which a small multiple of the step is added, or count the patience in the
#   objective and raise TrialPruned.
# Seen, patience 3, best loss 1 at step 2 of 50: then 1 for ever: not pruned; 1.05: pruned at step 6; 1.05 with min_delta 0.1:
#   not pruned; 1 less 1e-9 a step with min_delta 0.1: not pruned
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check optuna==5.0.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys
import warnings

import optuna

warnings.simplefilter("ignore")  # the pruner says that it is experimental
optuna.logging.set_verbosity(optuna.logging.ERROR)


def pruned_at(later, min_delta=0.0):
    pruner = optuna.pruners.PatientPruner(None, patience=3, min_delta=min_delta)
    trial = optuna.create_study(direction="minimize", pruner=pruner).ask()
    for step in range(50):
        trial.report([3.0, 2.0, 1.0][step] if step < 3 else later(step), step)
        if trial.should_prune():
            return step
    return None


still, worse = pruned_at(lambda step: 1.0), pruned_at(lambda step: 1.05)
tolerated = pruned_at(lambda step: 1.05, min_delta=0.1)
creeping = pruned_at(lambda step: 1 - 1e-9 * step, min_delta=0.1)
tilted = pruned_at(lambda step: 1 + 1e-6 * step)
print("optuna", optuna.__version__, "losses 3 2 1, then as follows; pruned at step")
print("1 for ever:", still)
print("1.05 for ever:", worse)
print("1.05 for ever, min_delta 0.1:", tolerated)
print("1 less 1e-9 a step, min_delta 0.1:", creeping)
print("1 and a millionth more each step:", tilted)
if not (still is tolerated is creeping is None and worse == tilted == 6):
    sys.exit("CHANGED: a plateau is now pruned")
PY
