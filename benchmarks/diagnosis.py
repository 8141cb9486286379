"""What `nnsim diagnose` finds of faults that were put into healthy runs, and what it says of healthy ones.

    python benchmarks/diagnosis.py [--seeds 10] [--only FAULT] [--healthy] [--first 100] [--jobs 2]

The faults, and the names that are true of them, stand in tests/faulty_runs.py; a finding outside those is wrong. A
change counts as a fault where it hurts: a run that comes out as well as the healthy one is no faulty run.
"""

import argparse
import sys
import time
from collections import Counter, defaultdict
from multiprocessing import Pool
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from faulty_runs import FAULT_CASES, GOOD, HEALTHY, TASKS, healthy_run, trained  # noqa: E402

from nnsim.diagnosis.case import Case  # noqa: E402
from nnsim.diagnosis.diagnose import diagnose  # noqa: E402
from nnsim.diagnosis.finding import FAULTS  # noqa: E402
from nnsim.run import Run  # noqa: E402


def diagnosed(run: Run) -> tuple[list, float]:
    began = time.perf_counter()
    return list(diagnose(run.timeline).findings), time.perf_counter() - began


def one_fault(asked: tuple[int, str, int]) -> dict[str, Any] | None:
    index, name, seed = asked
    fault = FAULT_CASES[index]
    task = TASKS[name]
    run = trained(task, seed, fault.settings(task.settings), fault)
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
    parser.add_argument("--first", type=int, default=100)
    parser.add_argument("--only", default="")
    parser.add_argument("--healthy", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.seeds)
    with Pool(asked.jobs) as pool:
        if not asked.healthy:
            cases = [
                (index, task, seed)
                for index, fault in enumerate(FAULT_CASES)
                if asked.only in fault.name
                for task in fault.tasks
                if task in TASKS
                for seed in seeds
            ]
            report_faults([one for one in pool.imap(one_fault, cases, chunksize=4) if one])
        if not asked.only:
            kinds = [(kind, seed) for kind in HEALTHY for seed in seeds]
            kinds += [(f"scenario {name}/{variant}", 0) for name, variant in GOOD]
            report_healthy(list(pool.imap(one_healthy, kinds, chunksize=2)))


def report_faults(rows: list[dict[str, Any]]) -> None:
    table: dict[tuple[str, int, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        table[(row["fault"], row["index"], row["task"])].append(row)
    hits = counted = wrong = told = 0
    for (fault, _, task), group in table.items():
        real = [row for row in group if row["counts"]]
        named = sum(fault in [one[0] for one in row["found"][:2]] for row in real)
        bad = Counter(one[0] for row in real for one in row["found"] if one[0] not in row["true"])
        firsts = Counter(row["found"][0][0] if row["found"] else "nothing" for row in real)
        hits, counted = hits + named, counted + len(real)
        wrong, told = wrong + sum(bad.values()), told + sum(len(row["found"]) for row in real)
        slow = max(row["seconds"] for row in group)
        print(
            f"{fault:20} {task:10} {named:3}/{len(real):<3} of {len(group):<3} first: {dict(firsts)}"
            f"  wrong: {dict(bad)}  {slow:.1f} s"
        )
    print(
        f"among the first two: {hits}/{counted} = {hits / max(counted, 1):.1%}; "
        f"wrong findings: {wrong}/{told} = {wrong / max(told, 1):.1%}"
    )
    missing = set(FAULTS) - {row["fault"] for row in rows if row["counts"]}
    print("never injected with effect:", sorted(missing))


def report_healthy(rows: list[dict[str, Any]]) -> None:
    bad = [row for row in rows if row["found"]]
    for row in bad:
        print("healthy, but:", row["kind"], row["seed"], row["found"][:2])
    print(
        f"a finding on {len(bad)}/{len(rows)} = {len(bad) / len(rows):.1%} of the healthy runs; "
        f"slowest {max(row['seconds'] for row in rows):.1f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
