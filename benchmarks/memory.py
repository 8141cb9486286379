"""Prints how much memory large work takes at its peak, in Markdown: sweeps, wide networks, large tables.

    python benchmarks/memory.py [--write]

Each row is a process of its own; its peak is what the operating system says of it (`ru_maxrss`), of a sweep that of
the process which holds the table. Of the sweep it also tells when the first task was in its file: the coarse map of
the whole. The table of MNIST's shape holds random pixels. `--write` puts the table into docs/benchmarks.md.
"""

import argparse
import os
import sqlite3
import struct
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from time import perf_counter, sleep

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

from report import put, surroundings  # noqa: E402

NNSIM = (sys.executable, "-m", "nnsim")
OVER = (
    *("--over", "schedule.rate=0.1:100:log:1024"),
    *("--over", "model.initializer.high=0.1:10:log:1024"),
)
ROWS, SIDE, PIECE = 60_000, 28, 1000
LOOK_S = 0.01  # between two looks at a file that grows


def peak(*arguments: str) -> float:
    """Megabytes that a command of nnsim has taken at most."""
    process = subprocess.Popen((*NNSIM, *arguments), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return _peak_of(process)


def _peak_of(process: "subprocess.Popen[bytes]") -> float:
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.args
    return usage.ru_maxrss / 1024


def sweep(path: Path, epochs: int) -> tuple[float, float]:
    """Megabytes of a sweep of a million settings, and seconds until its first task is in its file."""
    command = (*NNSIM, "sweep", "xor", *OVER, "--epochs", str(epochs), "-o", str(path))
    began = perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    while not (path.exists() and _tasks(path)):
        sleep(LOOK_S)
    first = perf_counter() - began
    return _peak_of(process), first


def _tasks(path: Path) -> int:
    """How many tasks of a sweep are done."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM tasks").fetchone()[0])


def write_mnist(folder: Path) -> None:
    """Files of MNIST's shape and names, most of whose pixels are black."""
    rng = np.random.default_rng(0)
    with (folder / "train-images-idx3-ubyte").open("wb") as file:
        file.write(struct.pack(">4B3I", 0, 0, 8, 3, ROWS, SIDE, SIDE))
        for _ in range(ROWS // PIECE):  # a process begins with the peak of the one that starts it
            images = rng.integers(0, 256, (PIECE, SIDE, SIDE), dtype=np.uint8)
            images[rng.random(images.shape) < 0.8] = 0
            file.write(images.tobytes())
    labels = rng.integers(0, 10, ROWS, dtype=np.uint8)
    (folder / "train-labels-idx1-ubyte").write_bytes(struct.pack(">4BI", 0, 0, 8, 1, ROWS) + labels.tobytes())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    parser.add_argument("--epochs", type=int, default=200, help="of the sweep (default 200)")
    options = parser.parse_args()
    lines = ["| what | measured | at most | reached |", "| --- | ---: | ---: | --- |"]

    def row(what: str, measured: float, most: float, unit: str, digits: int = 0) -> None:
        reached = "yes" if measured <= most else "no"
        lines.append(f"| {what} | {measured:.{digits}f} {unit} | {most:g} {unit} | {reached} |")
        print(lines[-1], flush=True)

    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        wide = ("run", "digits", "--set", "model.hidden=[4096]", "--epochs", "1")
        row("4,096 hidden units on digits, an epoch", peak(*wide), 200, "MB")
        write_mnist(folder)
        recording = str(folder / "x.nnsim")
        one = ("--epochs", "1", "--set", "train.batch_size=1000", "--record", recording)
        peak("run", "digits", "--mnist", room, *one)
        row("opening a recording of 60,000 x 784 bytes", peak("replay", recording, "--plain"), 150, "MB")
        taken, first = sweep(folder / "x.nnsweep", options.epochs)
        row(f"a sweep of 1,024 x 1,024 settings x {options.epochs} epochs", taken, 400, "MB")
        row("... until its coarse map is in the file", first, 2, "s", 2)
        shown = peak("export", str(folder / "x.nnsweep"), "--to", "svg", "-o", str(folder / "x.svg"))
        row("... drawing its map", shown, 400, "MB")
    print(f"\n{surroundings()}")
    if options.write:
        put("memory", [*lines, "", f"{surroundings()}."])


if __name__ == "__main__":
    main()
