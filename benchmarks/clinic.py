"""Tries the clinic: each broken run is broken, mended by its stored solution, and not by doing nothing.

    python benchmarks/clinic.py [CLINIC...] [--seeds 3,14,15 | --count N] [--no-diagnosis] [--write]

Each clinic is opened with 10 seeds, which are drawn anew each time and said above the table; each draws one of the
faults that the clinic knows. More seeds follow until 10 have drawn the one with which the clinic opens. `--write`
puts the tables into docs/clinic.md. The exit status is 1 where a run reaches its goal by itself, or misses it with
its solution.
"""

import argparse
import os
import random
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

from report import put  # noqa: E402

from nnsim.diagnosis.diagnosis import diagnose  # noqa: E402
from nnsim.lessons.trials import try_challenge  # noqa: E402
from nnsim.scenario.scenario import read_scenario  # noqa: E402
from nnsim.timeline.run import Run  # noqa: E402
from scenarios import names, path_of  # noqa: E402

DOCUMENT = ROOT / "docs" / "clinic.md"
LARGEST_SEED = 99_999
CLINICS = sorted((one for one in names() if one.startswith("clinic-")), key=lambda one: int(one.rpartition("-")[2]))


@dataclass(frozen=True)
class Visit:
    """One seed of one clinic: what it has drawn, whether the goal is reached, and what the diagnosis says."""

    clinic: str
    seed: int
    fault: str
    idle: bool
    mended: bool
    said: tuple[str, ...]


def visit(task: tuple[str, int, bool]) -> Visit:
    """Open a clinic with a seed, do nothing, mend it, and ask the diagnosis."""
    name, seed, diagnosed = task
    scenario = read_scenario(path_of(name))
    fault = scenario.fault({"random.seed": seed})
    assert fault is not None, name
    part = next(one for one in scenario.lesson.parts if one.challenge is not None)
    said: tuple[str, ...] = ()
    if diagnosed:
        run = Run(scenario, None, {"random.seed": seed})
        run.advance_to(run.timeline.plan.steps)
        said = tuple(one.fault for one in diagnose(run.timeline).findings)
    idle, mended = (bool(try_challenge(scenario, part, one, [seed])) for one in ({}, fault.solution))
    return Visit(name, seed, fault.name, idle, mended, said)


def own_seeds(name: str, seeds: list[int]) -> list[int]:
    """These seeds, and those after them until as many as these draw the fault that the clinic opens with."""
    scenario = read_scenario(path_of(name))
    own = scenario.fault({})
    chosen, seed = list(seeds), max(seeds)
    while own and sum(scenario.fault({"random.seed": one}).name == own.name for one in chosen) < len(seeds):
        seed += 1
        if scenario.fault({"random.seed": seed}).name == own.name:
            chosen.append(seed)
    return chosen


def tables(visits: list[Visit]) -> list[str]:
    """A row for each clinic, and a row for each fault, in Markdown."""
    lines = [
        "| clinic | faults drawn | broken as shipped | reached by doing nothing | mended by the stored solution |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    for name in dict.fromkeys(one.clinic for one in visits):
        its = [one for one in visits if one.clinic == name]
        drawn = ", ".join(f"{fault} {times}" for fault, times in Counter(one.fault for one in its).most_common())
        idle, mended = sum(one.idle for one in its), sum(one.mended for one in its)
        lines.append(f"| `{name}` | {drawn} | {len(its) - idle} of {len(its)} | {idle} | {mended} of {len(its)} |")
    lines += [
        "",
        "| fault | runs | named first | among those named | named first instead |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for fault in sorted({one.fault for one in visits}):
        its = [one for one in visits if one.fault == fault]
        first = [one.said[0] if one.said else "nothing" for one in its]
        others = Counter(one for one in first if one != fault)
        told = ", ".join(f"{name} {times}" for name, times in others.most_common())
        among = sum(fault in one.said for one in its)
        lines.append(f"| {fault} | {len(its)} | {first.count(fault)} | {among} | {told} |")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clinics", nargs="*", default=[])
    parser.add_argument("--seeds", default="", help="seeds, divided by commas")
    parser.add_argument("--count", type=int, default=10, help="how many are drawn")
    parser.add_argument("--no-diagnosis", action="store_true", help="leave out what the diagnosis says")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    drawn = random.SystemRandom().sample(range(LARGEST_SEED + 1), given.count)
    seeds = [int(one) for one in given.seeds.replace(",", " ").split()] or sorted(drawn)
    head = f"Seeds: {', '.join(map(str, seeds))}."
    print(head, flush=True)
    diagnosed = not given.no_diagnosis
    tasks = [(name, seed, diagnosed) for name in given.clinics or CLINICS for seed in own_seeds(name, seeds)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        visits = list(pool.map(visit, tasks))
    told = tables(visits)
    print("\n".join(told))
    for one in visits:
        if one.idle or not one.mended:
            print(f"{one.clinic}, seed {one.seed}, {one.fault}: {'reached' if one.idle else 'not mended'}")
    if given.write:
        put("clinic", [head, "", *told], DOCUMENT)
    return int(any(one.idle or not one.mended for one in visits))


if __name__ == "__main__":
    sys.exit(main())
