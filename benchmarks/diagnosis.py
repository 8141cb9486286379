"""What `nnsim diagnose` finds of faults that were put into healthy runs, and what it says of healthy ones.

    python benchmarks/diagnosis.py [--seeds 10] [--first 100] [--only FAULT] [--jobs 2] [--write]

The faults, and the names that are true of them, stand in tests/faulty_runs.py; a finding outside those is wrong. A
change counts as a fault where it hurts: a run that comes out as well as the healthy one is no faulty run.
"""

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from multiprocessing import Pool
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from faulty_runs import FAULT_CASES  # noqa: E402
from healthy_runs import GOOD, HEALTHY, TASKS, healthy_run, trained  # noqa: E402
from report import DOCS, put, surroundings  # noqa: E402

from nnsim.diagnosis.case import Case  # noqa: E402
from nnsim.diagnosis.diagnosis import diagnose  # noqa: E402
from nnsim.timeline.run import Run  # noqa: E402


def diagnosed(run: Run) -> tuple[list, float]:
    began = time.perf_counter()
    return list(diagnose(run.timeline).findings), time.perf_counter() - began


def one_fault(asked: tuple[int, str, int]) -> dict[str, Any] | None:
    index, name, seed = asked
    fault = FAULT_CASES[index]
    task = TASKS[name]
    run = trained(task, seed, fault.settings(task.settings), fault.rows)
    counts = True
    if fault.hurts:
        healthy, faulty = Case(trained(task, seed, {}).timeline), Case(run.timeline)
        counts = worse(faulty, healthy)
    found, seconds = diagnosed(run)
    return {
        "fault": fault.name,
        "index": index,
        "task": name,
        "seed": seed,
        "counts": counts,
        "true": (fault.name, *fault.also),
        "found": [(one.fault, round(one.confidence, 2), one.evidence) for one in found],
        "seconds": seconds,
    }


def worse(faulty: Case, healthy: Case) -> bool:
    """Whether a run came out markedly worse than the healthy one."""
    mine, theirs = faulty.training, healthy.training
    if faulty.diverged or theirs.better_than(mine, 0.2):
        return True
    if faulty.validation is None or healthy.validation is None:
        return False
    return healthy.validation.better_than(faulty.validation, 0.2)


def one_healthy(asked: tuple[str, int]) -> dict[str, Any]:
    kind, seed = asked
    run = healthy_run(kind, seed)
    found, seconds = diagnosed(run)
    return {
        "kind": kind,
        "seed": seed,
        "found": [(one.fault, round(one.confidence, 2), one.evidence) for one in found],
        "seconds": seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=100, help="the first seed")
    parser.add_argument("--only", default="", help="a fault, or a part of its name")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/diagnosis.md")
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.seeds)
    cases = [
        (index, task, seed)
        for index, fault in enumerate(FAULT_CASES)
        if asked.only in fault.name
        for task in fault.tasks
        for seed in seeds
    ]
    kinds = [] if asked.only else [(kind, seed) for kind in HEALTHY for seed in seeds]
    kinds += [] if asked.only else [(f"scenario {name}/{variant}", 0) for name, variant in GOOD]
    with Pool(asked.jobs) as pool:
        lines = faults_table(pool.imap(one_fault, cases, chunksize=asked.seeds))
        lines += ["", *healthy_table(list(pool.imap(one_healthy, kinds, chunksize=2)))] if kinds else []
    if asked.write:
        told = f"Seeds {asked.first} to {asked.first + asked.seeds - 1}. {surroundings()}."
        put("diagnosis", [*lines, "", told], DOCS / "diagnosis.md")


def faults_table(rows: Iterable[dict[str, Any]]) -> list[str]:
    """Of each fault in each task: how often it is among the first two findings, what comes first, what is wrong."""
    groups: dict[tuple[str, int, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[(row["fault"], row["index"], row["task"])].append(row)
    lines = [
        "| fault | task | among the first two | first finding | wrong findings |",
        "| --- | --- | ---: | --- | --- |",
    ]
    hits = counted = wrong = findings = 0
    for (fault, _, task), group in groups.items():
        real = [row for row in group if row["counts"]]
        named = sum(fault in [one[0] for one in row["found"][:2]] for row in real)
        bad = Counter(one[0] for row in real for one in row["found"] if one[0] not in row["true"])
        firsts = Counter(row["found"][0][0] if row["found"] else "nothing" for row in real)
        hits, counted = hits + named, counted + len(real)
        wrong, findings = wrong + sum(bad.values()), findings + sum(len(row["found"]) for row in real)
        lines.append(f"| {fault} | {task} | {named} of {len(real)} | {_counts(firsts)} | {_counts(bad)} |")
    share, off = hits / max(counted, 1), wrong / max(findings, 1)
    lines += [
        "",
        f"Among the first two findings in {hits} of {counted} faulty runs ({share:.1%}; at least 90 % wanted).",
    ]
    lines += [f"Wrong: {wrong} of {findings} findings ({off:.1%}; at most 10 % allowed)."]
    print("\n".join(lines), flush=True)
    return lines


def _counts(found: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in found.most_common())


def healthy_table(rows: list[dict[str, Any]]) -> list[str]:
    """What is found in runs with which nothing is wrong."""
    bad = [row for row in rows if row["found"]]
    lines = [
        f"A finding on {len(bad)} of {len(rows)} healthy runs ({len(bad) / len(rows):.1%}; at most 2 % allowed)."
    ]
    lines += [f"{row['kind']}, seed {row['seed']}: {row['found'][0][0]} ({row['found'][0][2]})" for row in bad]
    print("\n".join(lines), flush=True)
    return lines


if __name__ == "__main__":
    sys.exit(main())
