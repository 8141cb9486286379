"""Says whether compiled kernels come to what NumPy comes to, freshly compiled and loaded from where they are kept.

    python benchmarks/compiled_kernels.py      needs the extra nnsim[fast]; half a minute

The suite has Python carry out the lines of kernels, so that it needs no compiler; this is the compiler's part. Each
task is trained three times: by NumPy, by a kernel that is compiled now, and by the same kernel in another process.
"""

import json
import os
import subprocess
import sys
import tempfile

import numpy as np

TASKS = {
    "gradient descent": ("xor", {}),
    "float32": ("xor", {"train.precision": "float32"}),
    "many rows, momentum": ("parity-4bit", {"optimizer.kind": "momentum", "schedule.rate": 0.5}),
    "Adam, cross-entropy, biases": (
        "xor",
        {"optimizer.kind": "adam", "loss.kind": "binary-cross-entropy", "model.bias": True, "schedule.rate": 0.01},
    ),
    "penalties and decay, tanh": (
        "xor",
        {"regularization": {"l1": 1e-3, "l2": 1e-2, "weight_decay": 1e-2}, "model.activation": "tanh"},
    ),
}
CLOSE = {"float64": 1e-9, "float32": 1e-3}


def ends(fast: bool) -> list[list[float]]:
    """The losses that a run and a sweep of each task end with."""
    from nnsim.scenario.catalog import read
    from nnsim.sweep.grid import Grid, seeds_from
    from nnsim.sweep.study import Study
    from nnsim.sweep.workers import Done, trained
    from nnsim.timeline.run import Run

    found = []
    for name, settings in TASKS.values():
        whole = {**settings, "train.epochs": 300}
        run = Run(read(name), None, whole, fast=fast)
        run.advance_to(300)
        study = Study(
            read(name), None, whole, Grid((), seeds_from(0, 100)), marks=False, kernel="fast" if fast else "numpy"
        )
        swept = [one.outcomes.table["loss"] for one in trained(study, study.tasks, 2) if isinstance(one, Done)]
        found.append([run.timeline.record(300)["loss"], *np.concatenate(swept).tolist()])
    return found


def main() -> int:
    wanted = ends(False)
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "XDG_CACHE_HOME": folder}
        command = [sys.executable, __file__, "fast"]
        fresh, kept = (
            json.loads(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)
            for _ in range(2)
        )
    right = True
    for name, one, other, again in zip(TASKS, wanted, fresh, kept, strict=True):
        apart = float(np.max(np.abs(np.array(one) - other)))
        close = CLOSE[TASKS[name][1].get("train.precision", "float64")]
        right = right and apart <= close and other == again
        print(
            f"{name}: at most {apart:.1e} apart, the kept kernel {'the same bits' if other == again else 'OTHERS'}"
        )
    return 0 if right else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["fast"]:
        print(json.dumps(ends(True)))
    else:
        sys.exit(main())
