#!/usr/bin/env bash
# hyperopt 0.3.0 (hp.uniformint), nevergrad 1.0.12 (Scalar.set_integer_casting) and scikit-optimize 0.10.2 (Integer with
#   transform="normalize", which its Gaussian processes use): a random integer from 1 to 4, beside Optuna 5.0.0.
# Guess: a uniform integer, as the names say: each of four values in a quarter of the draws.
# Instead: all three draw a uniform number from 1 to 4 and round it, so 1 and 4 get a sixth each, 2 and 3 a third. With three values
#   the ends get a quarter each and the middle a half; of two values both are right. hyperopt's randint, skopt's Integer
#   without the transform, and Optuna's suggest_int are even.
# Matters: numbers of layers, heads or experts have few values, and the ends, where one looks whether the range was wide
#   enough, are tried half as often; comparisons of tuners start from different distributions.
# Do: hp.randint(label, low, high + 1), nevergrad's Choice, or a range that is wider by a half at each end.
# Seen, 8000 draws of 1 2 3 4: hyperopt 1381 2628 2668 1323, nevergrad and skopt 1400 2658 2641 1301
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check hyperopt==0.3.0 nevergrad==1.0.12 scikit-optimize==0.10.2 scikit-learn==1.9.1 optuna==5.0.0 numpy==2.4.6 scipy==1.17.1
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys
import warnings
from collections import Counter
from importlib.metadata import version

import nevergrad as ng
import numpy as np
import optuna
from hyperopt import hp
from hyperopt.pyll.stochastic import sample
from skopt.space import Integer

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
DRAWS = 8000


def by_hyperopt(space):
    random = np.random.default_rng(0)
    return [sample(space, rng=random) for _ in range(DRAWS)]


def by_nevergrad():
    space = ng.p.Scalar(lower=1, upper=4).set_integer_casting()
    space.random_state.seed(0)
    search = ng.optimizers.RandomSearch(parametrization=space, budget=DRAWS)
    return [search.ask().value for _ in range(DRAWS)]


def by_optuna():
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    return [study.ask().suggest_int("layers", 1, 4) for _ in range(DRAWS)]


SAMPLES = {
    "hyperopt uniformint": by_hyperopt(hp.uniformint("layers", 1, 4)),
    "nevergrad integer casting": by_nevergrad(),
    "skopt normalize": Integer(1, 4, transform="normalize").rvs(DRAWS, random_state=0),
    "hyperopt randint": by_hyperopt(hp.randint("layers", 1, 5)),
    "skopt identity": Integer(1, 4).rvs(DRAWS, random_state=0),
    "optuna suggest_int": by_optuna(),
}
print(*(f"{name} {version(name)}" for name in ("hyperopt", "nevergrad", "scikit-optimize", "optuna")))
ends = {}
for name, values in SAMPLES.items():
    counts = Counter(int(value) for value in values)
    ends[name] = (counts[1] + counts[4]) / DRAWS
    print(f"{name}: 1 to 4 drawn", *(counts[value] for value in (1, 2, 3, 4)), f"times; ends {ends[name]:.2f} of all")
if [round(share * 6) for share in ends.values()] != [2, 2, 2, 3, 3, 3]:
    sys.exit("CHANGED: the ends of integer ranges are now drawn otherwise")
PY
