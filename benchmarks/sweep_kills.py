"""Kills a sweep twenty times with SIGKILL, at random moments, resumes it each time, and compares the table.

python benchmarks/sweep_kills.py [TRIALS] [--halving]
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

SWEEP = (
    *("sweep", "xor", "--over", "schedule.rate=0.1:30:log:24", "--over", "model.bias=true,false", "--seeds", "64"),
    *("--epochs", "600", "--workers", "2"),
)
LONGEST_S = 4.0  # from the first second on, until a kill


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "nnsim", *arguments]


def table(path: Path) -> list[tuple[int, bytes]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT number, outcomes FROM tasks ORDER BY number").fetchall()


def main(trials: int, *options: str) -> int:
    draw, same, kills, tasks_kept = random.Random(1), 0, 0, []
    with tempfile.TemporaryDirectory() as room:
        whole = Path(room) / "whole.nnsweep"
        subprocess.run(command(*SWEEP, *options, "-o", str(whole)), check=True, stdout=subprocess.DEVNULL)
        wanted = table(whole)
        for trial in range(trials):
            path = Path(room) / f"{trial}.nnsweep"
            arguments = [*SWEEP, *options, "-o", str(path)]
            while True:
                running = subprocess.Popen(
                    command(*arguments),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
                try:
                    running.wait(timeout=1.0 + draw.random() * LONGEST_S)
                except subprocess.TimeoutExpired:
                    os.killpg(running.pid, signal.SIGKILL)  # the writer and its workers at once
                    running.wait()
                    kills += 1
                else:
                    break
                if path.exists():
                    tasks_kept.append(len(table(path)))
                    arguments = ["sweep", "--resume", str(path), "--workers", "2"]
            same += table(path) == wanted
    print(
        f"{trials} sweeps of {len(wanted)} tasks, {kills} kills; tasks kept at the kills: {sorted(set(tasks_kept))}"
    )
    print(f"the table of the sweep in one go: {same} of {trials}")
    return 0 if same == trials else 1


if __name__ == "__main__":
    began = time.perf_counter()
    status = main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, *sys.argv[2:])
    print(f"{time.perf_counter() - began:.0f} s")
    sys.exit(status)
