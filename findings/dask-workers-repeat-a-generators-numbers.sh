#!/usr/bin/env bash
# Dask 2026.8.0 (dask and distributed), a numpy Generator as an argument of tasks (NumPy 2.4.6).
# Guess: four tasks with one generator draw different numbers, wherever they run, or Dask refuses what a task would change.
# Instead: on one process's schedulers (synchronous, threads) the tasks share the generator and differ; with processes and on a
#   cluster each task gets a copy of its first state, so all draw the same numbers, and the caller's generator does not move.
# Matters: the repeats of an experiment, the members of an ensemble or the points of a random search, tried on threads and then
#   sent to a cluster, become one and the same; their spread is zero, and nothing warns.
# Do: rng.spawn(n), one child per task; the same then on each scheduler. Dask's own da.random is split rightly.
# Seen: synchronous and threads 4 different of 4, processes and cluster 1 of 4, with spawn 4 of 4 everywhere
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check dask==2026.8.0 distributed==2026.8.0 numpy==2.4.6
cd "$dir"
cat >members.py <<'PY'
import sys

import dask
import numpy as np
from distributed import Client, LocalCluster


def member(rng, number):
    return float(rng.random())


def different(scheduler, generators):
    tasks = [dask.delayed(member)(rng, number) for number, rng in enumerate(generators)]
    return len(set(dask.compute(*tasks, scheduler=scheduler)))


def shared():
    return [np.random.default_rng(0)] * 4


def spawned():
    return np.random.default_rng(0).spawn(4)


if __name__ == "__main__":
    print("dask", dask.__version__, "numpy", np.__version__)
    seen = {name: (different(name, shared()), different(name, spawned())) for name in ("synchronous", "threads", "processes")}
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        seen["cluster"] = tuple(
            len(set(client.gather(client.map(member, generators, range(4))))) for generators in (shared(), spawned())
        )
    for name, (of_one, of_children) in seen.items():
        print(f"{name}: {of_one} different numbers of 4 from one generator, {of_children} of 4 from spawned ones")
    if seen != {"synchronous": (4, 4), "threads": (4, 4), "processes": (1, 4), "cluster": (1, 4)}:
        sys.exit("CHANGED: generators now reach Dask's tasks otherwise")
PY
"$dir/venv/bin/python" members.py
