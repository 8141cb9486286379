#!/usr/bin/env bash
# Optuna 5.0.0, a study in a storage, resumed by a program that seeds its sampler.
# Guess: load_if_exists=True goes on with the study: trial 6 is what it would have been without the break, or at least new.
# Instead: the storage keeps trials, not the sampler's state. The seeded sampler starts from its first number again: all
#   points of RandomSampler are repeats, and those of TPESampler (and GPSampler) until its 10 start-up trials are full; nothing
#   looks whether a point was tried. Workers that run the same seeded script side by side do the same at the same time.
#   QMCSampler, which counts in the storage, goes on.
# Matters: the careful way, a fixed seed and a storage, spends a resumed search, or all but one worker, on points whose result
#   is known, and with a noisy objective the repeats look like more evidence than they are.
# Do: save the sampler (pickle) beside the storage and load it again, as Optuna's manual says; or seed with the number of
#   trials and the worker's number; or QMCSampler for random points.
# Seen, 6 + 6 trials, points of the second six that had been tried: Random 6, TPE 4, GP 4, QMC 0, Random with pickle 0
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check optuna==5.0.0 numpy==2.4.6 scipy==1.17.1 torch==2.13.0
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import pickle
import sys
import warnings

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)


def objective(trial):
    return (trial.suggest_float("x", 0, 1) - 0.3) ** 2 + trial.suggest_float("y", 0, 1)


def search(name, samplers):
    """Points (x, y) of a study that each sampler in turn goes on with for 6 trials."""
    for sampler in samplers:
        study = optuna.create_study(
            storage="sqlite:///studies.db", study_name=name, load_if_exists=True, sampler=sampler
        )
        study.optimize(objective, n_trials=6)
    return [tuple(trial.params.values()) for trial in study.trials]


def repeats(points):
    return len(set(points[6:]) & set(points[:6]))


print("optuna", optuna.__version__)
seen = {}
for name in ("RandomSampler", "TPESampler", "GPSampler", "QMCSampler"):
    kind = getattr(optuna.samplers, name)
    seen[name] = repeats(search(name, (kind(seed=1) for _ in range(2))))


def saved_between():
    sampler = optuna.samplers.RandomSampler(seed=1)
    yield sampler
    yield pickle.loads(pickle.dumps(sampler))


whole = optuna.samplers.RandomSampler(seed=1)
pickled, unbroken = search("pickled", saved_between()), search("unbroken", [whole, whole])
seen["RandomSampler by pickle"] = repeats(pickled)
for name, count in seen.items():
    print(f"{name}: {count} of the 6 points after the break had been tried before it")
print("by pickle as without a break:", pickled == unbroken)
expected = {"RandomSampler": 6, "TPESampler": 4, "GPSampler": 4, "QMCSampler": 0, "RandomSampler by pickle": 0}
if seen != expected or pickled != unbroken:
    sys.exit("CHANGED: a resumed study now draws otherwise")
PY
