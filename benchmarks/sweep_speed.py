"""How much faster a sweep trains than one population on one core, and than one run after the other.

python benchmarks/sweep_speed.py [ROUNDS]      needs numba for the compiled kernel; about a minute

All of it is measured side by side in one run, the ways in turn, and medians are compared. Ratios are told by the
clock, with every core at work, and by the processor's time, which a busy machine does not change.
"""

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from nnsim.scenario.catalog import read
from nnsim.scenario.sweep_axes import parse_axis
from nnsim.sweep.grid import Grid, seeds_from
from nnsim.sweep.study import Study
from nnsim.sweep.workers import Done, default_workers, trained
from nnsim.timeline.run import Run
from nnsim.training.population import Population

CORES = default_workers()
GRID = ("schedule.rate=0.1:10:log:64", "initializer.deviation=0.1:10:log:64")


def swept(study: Study, workers: int) -> Callable[[], object]:
    def run() -> object:
        return [one for one in trained(study, study.tasks, workers) if isinstance(one, Done)]

    return run


def processor_s() -> float:
    """Seconds of the processor that this program and its workers have used."""
    return sum(os.times()[:4])


def timed(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, tuple[float, float]]:
    """The median seconds of each way by the clock, and of the processor, the ways in turn."""
    for way in ways.values():
        way()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began, used = time.perf_counter(), processor_s()
            way()
            found[name].append((time.perf_counter() - began, processor_s() - used))
    medians = {
        name: [statistics.median(one) for one in zip(*seconds, strict=True)] for name, seconds in found.items()
    }
    return {name: (clock, processor) for name, (clock, processor) in medians.items()}


def ratio(one: tuple[float, float], other: tuple[float, float]) -> str:
    return " / ".join(f"{first / max(second, 1e-9):.2g}" for first, second in zip(one, other, strict=True))


def seeds_row(name: str, members: int, epochs: int, precision: str, rounds: int) -> str:
    scenario, settings = read(name), {"train.epochs": epochs, "train.precision": precision}
    study = Study(scenario, None, settings, Grid((), seeds_from(0, members)), marks=False)
    double = {**settings, "train.precision": "float64"}

    def population() -> object:
        return Population(scenario, None, double, seeds=range(members)).advance(epochs)

    fast = replace(study, kernel="fast")
    ways = {"population": population, "numpy": swept(study, CORES), "fast": swept(fast, CORES)}
    found = timed(ways, rounds)
    cells = [ratio(found["population"], found[one]) for one in ("numpy", "fast")]
    steps = " / ".join(f"{1e9 * one / members / epochs:.0f}" for one in found["population"]) + " ns"
    return f"| {name}, {members:,} seeds, {precision} | {steps} | {' | '.join(cells)} |"


def grid_row(rounds: int) -> str:
    scenario = read("xor")
    settings = {"train.epochs": 500, "model.initializer": {"kind": "normal"}}
    study = Study(scenario, None, settings, Grid(tuple(map(parse_axis, GRID))), marks=False)

    def alone() -> object:
        for number in range(4):
            Run(scenario, None, study.settings_of(number)).advance_to(500)
        return None

    ways = {"alone": alone, "numpy": swept(study, CORES), "fast": swept(replace(study, kernel="fast"), CORES)}
    found = timed(ways, rounds)
    clock, processor = (one / 4 * len(study.grid) for one in found["alone"])
    cells = [ratio((clock, processor), found[one]) for one in ("numpy", "fast")]
    what = "64 x 64 settings of xor, 500 epochs, against one run after the other"
    return f"| {what} | {clock:.0f} / {processor:.0f} s | {' | '.join(cells)} |"


def main(rounds: int) -> None:
    import numba

    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, numba {numba.__version__}", end="; ")
    print(f"{CORES} cores, load {load}; by the clock / by the processor's time")
    print("| what | a step of a member of one population | sweep, NumPy | sweep, compiled |")
    print("| --- | --- | --- | --- |")
    for name, members, epochs in (("xor", 1000, 4000), ("parity-4bit", 1000, 800), ("xor", 4096, 1500)):
        for precision in ("float64", "float32"):
            print(seeds_row(name, members, epochs, precision, rounds), flush=True)
    print(grid_row(rounds), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
