"""Prints what reading a table costs, in Markdown: beside an older build of nnsim, and beside pandas.

    python benchmarks/tables.py [--before PYTHON] [--pandas PYTHON] [--rounds N] [--write]

Tables have ten inputs of numbers with six digits and a number to predict. They are read in processes of their own,
in turn; what is compared is the time that the processor works for reading alone, imports apart, and the most memory
that a process takes for a whole `nnsim run --epochs 1`. `--before` is the Python of an environment with an older
build, `--pandas` that of one with pandas, each by default the one that runs this.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

from report import DOCS, put, surroundings  # noqa: E402

READ = """
import sys, time, json
from pathlib import Path
try:
    from nnsim.scenario.from_data import from_csv
except ImportError:
    from nnsim.from_data import from_csv
began = time.process_time()
from_csv(Path(sys.argv[1]), ["y"], {})
print(json.dumps(time.process_time() - began))
"""
PANDAS = """
import sys, time, json
import pandas
began = time.process_time()
pandas.read_csv(sys.argv[1]).to_numpy()
print(json.dumps(time.process_time() - began))
"""
RUN = """
import resource, sys, io, json
from nnsim.cli import execute
out, sys.stdout = sys.stdout, io.StringIO()
execute(["run", sys.argv[1], "--target", "y", "--epochs", "1"])
print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), file=out)
"""
AT_MOST = 1 / 6
MEMORY_MB = 300


def write_table(path: Path, rows: int) -> None:
    """A table of ten inputs and a target that follows from them, with noise."""
    inputs = np.random.default_rng(0).normal(size=(min(rows, 100_000), 10))
    target = inputs.sum(axis=1) + np.random.default_rng(1).normal(scale=0.1, size=len(inputs))
    lines = "".join(
        ",".join(f"{one:.6f}" for one in row) + "\n" for row in np.column_stack([inputs, target]).tolist()
    )
    with path.open("w") as file:
        file.write(",".join([*(f"x{i}" for i in range(10)), "y"]) + "\n")
        for _ in range(rows // len(inputs)):
            file.write(lines)


def measured(python: str, program: str, path: Path) -> float | None:
    """What a program prints of a table; None where it cannot."""
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    # Elsewhere than here, or every Python would import the nnsim of this folder.
    done = subprocess.run(
        [python, "-c", program, str(path)],
        capture_output=True,
        text=True,
        env=alone,
        check=False,
        cwd=path.parent,
    )
    return float(json.loads(done.stdout)) if done.returncode == 0 else None


def rows_of(path: Path, rows: int, rounds: int, before: str, pandas: str) -> list[str]:
    programs = {"now": (sys.executable, READ), "before": (before, READ), "pandas": (pandas, PANDAS)}
    found: dict[str, list[float | None]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, (python, program) in programs.items():
            found[name].append(measured(python, program, path))
    times = {name: median(filter(None, each)) if all(each) else None for name, each in found.items()}
    now = times["now"]
    assert now is not None, "this build reads the table"
    lines = []
    for name, against in (("before", "the build before"), ("pandas", "`pandas.read_csv`, to an array")):
        other = times[name]
        ratio = f"{now / other:.3f}" if other else "-"
        bound = f"{AT_MOST:.3f}" if name == "before" and other else "-"
        reached = ("yes" if now / other <= AT_MOST else "no") if name == "before" and other else "-"
        theirs = f"{other:.3f} s" if other else "refuses it, or is not there"
        lines.append(f"| read {rows:,} rows | {now:.3f} s | {against}: {theirs} | {ratio} | {bound} | {reached} |")
    memory = measured(sys.executable, RUN, path)
    assert memory is not None
    reached = "yes" if memory <= MEMORY_MB else "no"
    lines.append(
        f"| memory of `run --epochs 1`, {rows:,} rows | {memory:.0f} MB | - | - | {MEMORY_MB} MB | {reached} |"
    )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--before", default=sys.executable)
    parser.add_argument("--pandas", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    lines = ["| what | nnsim | against | ratio | at most | reached |", "| --- | ---: | --- | ---: | ---: | --- |"]
    with tempfile.TemporaryDirectory() as folder:
        for rows in (100_000, 1_000_000):
            path = Path(folder) / f"rows{rows}.csv"
            write_table(path, rows)
            lines += rows_of(path, rows, asked.rounds, asked.before, asked.pandas)
    lines += ["", f"{surroundings()}, {asked.rounds} rounds."]
    print("\n".join(lines))
    if asked.write:
        put("tables", lines, DOCS / "own-tables.md")


if __name__ == "__main__":
    main()
