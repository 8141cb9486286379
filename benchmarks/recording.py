"""What recordings cost and stand: size, time beside training, opening, damage, full disks and lies, as tables.

    python benchmarks/recording.py [--only cost|opening|damage|full|verify] [--repeats 5] [--write]

Each ratio is of two times measured in one process, turn by turn, the median of the turns; the linear algebra has
one thread, as the program gives it. Ends with status 1 where one is beyond what is promised: writing at most 25 %
of the training time of XOR and 5 % of that of a network that reads digits, counted in processor time, because other
work of the machine makes clocks unsure; a million steps open, and show their middle, in less than twice the time of
a hundred; no damage that nobody names; what is written before a disk is full opens; and no lie is verified.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "recording"), str(ROOT / "benchmarks")]

from nnsim.__main__ import THREAD_SETTINGS  # noqa: E402

for variable in THREAD_SETTINGS:  # before NumPy is imported: a second thread would wait, and count as work
    os.environ.setdefault(variable, "1")

from recording_harm import damaged, full, lies  # noqa: E402
from report import Table  # noqa: E402

from nnsim.output_files import ANYWHERE  # noqa: E402
from nnsim.recording import open_recording, save  # noqa: E402
from nnsim.recording.background import Beside  # noqa: E402
from nnsim.scenario.catalog import read  # noqa: E402
from nnsim.scenario.scenario import Scenario, parse_scenario  # noqa: E402
from nnsim.timeline.replica import Replica  # noqa: E402
from nnsim.timeline.run import Run  # noqa: E402

DIGITS = """
title = "Digits"
summary = "1,797 handwritten digits, two hidden layers"
[data]
kind = "digits"
[model]
hidden = [64, 32]
output = "softmax"
[train]
epochs = 50
batch_size = 32
"""


# ------------------------------------------------------------------ what writing costs


def alone(scenario: Scenario, epochs: int, path: Path) -> tuple[float, float]:
    """Seconds by the clock, and of the processors."""
    run = Run(scenario, None, {"train.epochs": epochs})
    began, worked = time.perf_counter(), time.process_time()
    run.advance_to(run.trainer.plan.steps)
    return time.perf_counter() - began, time.process_time() - worked


def recorded(scenario: Scenario, epochs: int, path: Path) -> tuple[float, float]:
    """As `nnsim run --record` does it: another thread writes. From before the file is made until it is closed."""
    run = Run(scenario, None, {"train.epochs": epochs})
    began, worked = time.perf_counter(), time.process_time()
    recording = Beside(
        path, lambda: [run.timeline], files=ANYWHERE, replace=False, created_by="nnsim run", failed=print
    )
    run.advance_to(run.trainer.plan.steps)
    recording.close()
    return time.perf_counter() - began, time.process_time() - worked


def cost(folder: Path, repeats: int, write: bool) -> bool:
    heads = ("training", "steps", "alone", "recorded", "ratio", "ratio, processor time", "allowed", "file")
    table = Table("cost", *heads, "bytes a step")
    digits = parse_scenario(DIGITS, name="digits", source="digits.toml")
    held = True
    places = [("disk", folder)]
    if os.path.isdir("/dev/shm"):
        places.append(("memory", Path(tempfile.mkdtemp(dir="/dev/shm"))))
    # Short ones are measured more often: there the machine's other work weighs more.
    tasks = (
        ("XOR", read("xor"), 10_000, 1.25, 5),
        ("XOR", read("xor"), 100_000, 1.25, 1),
        ("digits", digits, 50, 1.05, 5),
        ("digits", digits, 500, 1.05, 1),
    )
    for name, scenario, epochs, most, times in tasks:
        for place, where in places:
            path = where / "x.nnsim"
            pairs = []
            for turn in range(times * repeats):
                path.unlink(missing_ok=True)
                ways = (alone, recorded) if turn % 2 else (recorded, alone)
                times_s = {way: way(scenario, epochs, path) for way in ways}
                pairs.append((times_s[alone], times_s[recorded]))
            clock, worked = (median(with_file[i] / without[i] for without, with_file in pairs) for i in (0, 1))
            held &= worked <= most
            with open_recording(path) as recording:
                steps = recording.timelines[0].length
            size = path.stat().st_size
            table.row(
                f"{name}, {epochs:,} epochs, {place}",
                f"{steps:,}",
                f"{median(one[0] for one, _ in pairs):.2f} s",
                f"{median(one[0] for _, one in pairs):.2f} s",
                f"{clock:.2f}",
                f"{worked:.3f}",
                f"{most:.2f}",
                f"{size / 1e3:,.0f} kB",
                f"{size / steps:.1f}",
            )
    for _, where in places[1:]:
        shutil.rmtree(where)
    table.finish(write)
    return held


# ------------------------------------------------------------------ how long opening takes


def opening(folder: Path, repeats: int, write: bool) -> bool:
    lengths = (100, 10_000, 1_000_000)
    run = Run(read("xor"), None, {"train.epochs": lengths[-1]})
    paths = []
    for steps in lengths:
        run.advance_to(steps)
        paths.append(folder / f"{steps}.nnsim")
        save(paths[-1], [run.timeline])
    times: dict[Path, list[tuple[float, float]]] = {path: [] for path in paths}
    for _ in range(5 * repeats):
        for path in paths:
            began = time.perf_counter()
            with open_recording(path) as recording:
                opened = time.perf_counter()
                timeline = recording.timelines[0]
                timeline.record(timeline.length // 2)
                Replica(timeline).at(timeline.length // 2)
                times[path].append((opened - began, time.perf_counter() - began))
    table = Table("opening", "steps", "file", "open", "open + figures and weights at its middle", "ratio")
    first = median(both for _, both in times[paths[0]])
    for steps, path in zip(lengths, paths, strict=True):
        total = median(both for _, both in times[path])
        table.row(
            f"{steps:,}",
            f"{path.stat().st_size / 1e3:,.0f} kB",
            f"{1e3 * median(one for one, _ in times[path]):.1f} ms",
            f"{1e3 * total:.1f} ms",
            f"{total / first:.2f}",
        )
    table.finish(write)
    return total / first < 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("cost", "opening", "damage", "full", "verify"))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/recordings.md")
    asked = parser.parse_args()
    parts: dict[str, Callable[[Path, int, bool], bool]] = {
        "cost": cost,
        "opening": opening,
        "damage": damaged,
        "full": full,
        "verify": lies,
    }
    held = True
    for name, part in parts.items():
        if asked.only in (None, name):
            with tempfile.TemporaryDirectory() as folder:
                held &= part(Path(folder), asked.repeats, asked.write)
    return int(not held)


if __name__ == "__main__":
    sys.exit(main())
