#!/usr/bin/env bash
# Optuna 5.0.0, HyperbandPruner.
# Guess: a study with a seeded sampler, run by one process on a deterministic objective, repeats itself.
# Instead: the bracket of a trial is a hash of the study's name and the trial's number, and a study without a name gets
#   a random one. Each run prunes other trials, so TPE learns from other results and proposes other values, with the
#   same seed.
# Matters: "same seed, same search" fails without anything random in sight, and renaming a study is another search.
# Do: give study_name wherever the search is to be repeated, and compare searches over several names.
# Seen: same seed, no name, five runs: 5 different lists of pruned trials; with study_name="search": 1;
#   "search" and "search-2": different
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

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")


def objective(trial):
    x = trial.suggest_float("x", 0, 1)
    for step in range(1, 28):
        trial.report((x - 0.3) ** 2 + 1 / step, step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return (x - 0.3) ** 2


def search(name):
    study = optuna.create_study(
        study_name=name, sampler=optuna.samplers.TPESampler(seed=0),
        pruner=optuna.pruners.HyperbandPruner(min_resource=1, max_resource=27))
    study.optimize(objective, n_trials=40)
    return "".join(trial.state.name[0] for trial in study.trials), tuple(trial.params["x"] for trial in study.trials)


unnamed = {search(None) for _ in range(5)}
named = {search("search") for _ in range(3)}
other = search("search-2")
print("optuna", optuna.__version__)
print("C complete, P pruned:", *sorted(run[0] for run in unnamed), sep="\n")
print(f"different runs: without a name {len(unnamed)} of 5, with one name {len(named)} of 3; "
      f"another name gives the same: {other in named}")
if not (len(unnamed) > 1 and len(named) == 1 and other not in named):
    sys.exit("CHANGED: the brackets now follow from something else")
PY
