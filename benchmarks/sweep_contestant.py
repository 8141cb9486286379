"""Trains one of the works that `sweep_speed.py` compares, whenever a line comes in, and answers how long it took.

    python benchmarks/sweep_contestant.py KIND SCENARIO MEMBERS EPOCHS PRECISION

KIND is `population` (one population of seeds on one core, which older builds have, too), `numpy` or `fast` (a sweep
of the same seeds on every core), `jax` (vmap and scan, compiled before), `bare` (a loop of MEMBERS runs written by
hand), or `grid-numpy`, `grid-fast` (settings of xor, 64 times MEMBERS / 64). Answers: seconds by the clock and of
the processor, workers included; which nnsim trains follows from PYTHONPATH.
"""

import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Train = Callable[[], object]


def population(scenario: str, members: int, settings: dict[str, Any]) -> Train:
    try:
        from nnsim.scenario.catalog import read
        from nnsim.training.population import Population
    except ModuleNotFoundError:  # a build of before these had rooms
        from nnsim.catalog import read
        from nnsim.population import Population
    task = read(scenario)
    return lambda: Population(task, None, settings, seeds=range(members)).advance(settings["train.epochs"])


def sweep(kernel: str, scenario: str, members: int, settings: dict[str, Any], over: tuple[str, ...] = ()) -> Train:
    from nnsim.scenario.catalog import read
    from nnsim.scenario.sweep_axes import parse_axis
    from nnsim.sweep.grid import Grid, seeds_from
    from nnsim.sweep.study import Study
    from nnsim.sweep.workers import Done, default_workers, trained

    task = read(scenario)

    def train() -> object:
        grid = Grid(tuple(map(parse_axis, over))) if over else Grid((), seeds_from(0, members))
        study = Study(task, None, settings, grid, marks=False, kernel=kernel)
        found = [one for one in trained(study, study.tasks, default_workers()) if isinstance(one, Done)]
        assert sum(len(one.task) for one in found) == members
        return found

    return train


def settings_grid(kernel: str, members: int, settings: dict[str, Any]) -> Train:
    over = (f"schedule.rate=0.1:10:log:{members // 64}", "initializer.deviation=0.1:10:log:64")
    return sweep(kernel, "xor", members, {**settings, "model.initializer": {"kind": "normal"}}, over)


def bare(scenario: str, members: int, settings: dict[str, Any]) -> Train:
    from works import Task, by_hand_plain

    from nnsim.scenario.catalog import read

    plan = read(scenario).plan(None, settings)
    examples, hidden = plan.examples, plan.network.layers[0].units
    task = Task(examples.inputs, examples.targets, hidden, False, "sigmoid", "sigmoid", "half-sum", "sgd", 1.0, 0)
    advance = by_hand_plain(task)
    return lambda: [advance(settings["train.epochs"]) for _ in range(members)]


def jax(scenario: str, members: int, settings: dict[str, Any]) -> Train:
    from jax_population import population as compiled

    return compiled(
        {"xor": 2, "parity-4bit": 4}[scenario], members, settings["train.epochs"], settings["train.precision"]
    )


def main(kind: str, scenario: str, members: int, epochs: int, precision: str) -> None:
    settings = {"train.epochs": epochs, "train.precision": precision}
    makers: dict[str, Callable[[], Train]] = {
        "population": lambda: population(scenario, members, settings),
        "numpy": lambda: sweep("numpy", scenario, members, settings),
        "fast": lambda: sweep("fast", scenario, members, settings),
        "jax": lambda: jax(scenario, members, settings),
        "bare": lambda: bare(scenario, members, settings),
        "grid-numpy": lambda: settings_grid("numpy", members, settings),
        "grid-fast": lambda: settings_grid("fast", members, settings),
    }
    train = makers[kind]()
    with np.errstate(all="ignore"):
        train()
        print("ready", flush=True)
        for _ in sys.stdin:
            began, used = time.perf_counter(), processor_s()
            train()
            print(time.perf_counter() - began, processor_s() - used, flush=True)


def processor_s() -> float:
    """Of this process and of those that it has ended; `os.times` counts in hundredths of a second."""
    each = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(one.ru_utime + one.ru_stime for one in each)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
