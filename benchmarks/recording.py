"""What recordings cost: size, time beside training, opening, damage and full disks, as tables in Markdown.

    python benchmarks/recording.py [--only cost|opening|damage|full] [--repeats 5]

Each ratio is of two times measured in one process, turn by turn, the median of the turns. Ends with status 1 where
one is beyond what is promised: writing at most 25 % of the training time of XOR and 5 % of that of a network
that reads digits; a million steps open, and show their middle, in less than twice the time of a hundred.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "recording"), str(ROOT / "benchmarks")]

from damaged_recordings import damage, read_all  # noqa: E402
from fuzz_recordings import sound_recording  # noqa: E402

from nnsim.catalog import read  # noqa: E402
from nnsim.cli.training import RunRecording  # noqa: E402
from nnsim.errors import RecordingError  # noqa: E402
from nnsim.recording import open_recording, save  # noqa: E402
from nnsim.run import Replica, Run  # noqa: E402
from nnsim.scenario import Scenario, parse_scenario  # noqa: E402

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


def header(*columns: str) -> None:
    print(f"| {' | '.join(columns)} |")
    print(f"| --- |{' ---: |' * (len(columns) - 1)}")


def row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


# ------------------------------------------------------------------ what writing costs


def train(run: Run) -> None:
    while not run.finished:
        run.advance(4096)


def alone(scenario: Scenario, epochs: int) -> float:
    run = Run(scenario, None, {"train.epochs": epochs})
    began = time.perf_counter()
    train(run)
    return time.perf_counter() - began


def recorded(scenario: Scenario, epochs: int, path: Path) -> float:
    """As `nnsim run --record` does it: another thread writes."""
    run = Run(scenario, None, {"train.epochs": epochs})
    began = time.perf_counter()
    recording = RunRecording(path, True, run)
    train(run)
    recording.close()
    return time.perf_counter() - began


def cost(folder: Path, repeats: int) -> bool:
    header("training", "steps", "alone", "recorded", "ratio", "allowed", "file", "bytes a step")
    digits = parse_scenario(DIGITS, name="digits", source="digits.toml")
    held = True
    places = [("disk", folder)]
    if os.path.isdir("/dev/shm"):
        places.append(("memory", Path(tempfile.mkdtemp(dir="/dev/shm"))))
    tasks = (("XOR", read("xor"), 10_000, 1.25), ("XOR", read("xor"), 100_000, 1.25), ("digits", digits, 50, 1.05))
    for name, scenario, epochs, most in tasks:
        for place, where in places:
            path = where / "x.nnsim"
            pairs = [(alone(scenario, epochs), recorded(scenario, epochs, path)) for _ in range(repeats)]
            ratio = median(with_file / without for without, with_file in pairs)
            held &= ratio <= most
            with open_recording(path) as recording:
                steps = recording.timelines[0].length
            size = path.stat().st_size
            row(
                f"{name}, {epochs:,} epochs, {place}",
                f"{steps:,}",
                f"{median(one for one, _ in pairs):.2f} s",
                f"{median(one for _, one in pairs):.2f} s",
                f"{ratio:.2f}",
                f"{most:.2f}",
                f"{size / 1e3:,.0f} kB",
                f"{size / steps:.1f}",
            )
            path.unlink()
    for _, where in places[1:]:
        shutil.rmtree(where)
    return held


# ------------------------------------------------------------------ how long opening takes


def opening(folder: Path, repeats: int) -> bool:
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
    header("steps", "file", "open", "open + figures and weights at its middle", "ratio")
    first = median(both for _, both in times[paths[0]])
    for steps, path in zip(lengths, paths, strict=True):
        total = median(both for _, both in times[path])
        row(
            f"{steps:,}",
            f"{path.stat().st_size / 1e3:,.0f} kB",
            f"{1e3 * median(one for one, _ in times[path]):.1f} ms",
            f"{1e3 * total:.1f} ms",
            f"{total / first:.2f}",
        )
    return total / first < 2


# ------------------------------------------------------------------ damage


def damaged(folder: Path, repeats: int) -> bool:
    """Every kind of damage: refused whole, opened with gaps that are named, or nothing left to open."""
    sound, path = sound_recording(folder / "sound.nnsim"), folder / "x.nnsim"
    counts: dict[str, Counter[str]] = {}
    slowest, failures = 0.0, 0
    for case in range(60 * repeats):
        kind = damage(sound, path, Random(case))
        count = counts.setdefault(kind, Counter())
        count["cases"] += 1
        began = time.perf_counter()
        whole = True
        try:
            read_all(path)
        except RecordingError:
            whole = False
        count["no harm"] += whole
        try:
            with open_recording(path, "gaps") as recording:
                count["gaps"] += not whole
                failures += not whole and not recording.damage
        except RecordingError:
            count["nothing"] += 1
            failures += whole
        slowest = max(slowest, time.perf_counter() - began)
    header("damage", "cases", "no harm done", "opens with named gaps", "refused in one line")
    for kind, count in sorted(counts.items()):
        row(kind, *(str(count[what]) for what in ("cases", "no harm", "gaps", "nothing")))
    total = sum(counts.values(), Counter())
    row("all", *(str(total[what]) for what in ("cases", "no harm", "gaps", "nothing")))
    print(f"\nslowest {slowest:.2f} s; damage that nobody names: {failures}")
    return failures == 0


# ------------------------------------------------------------------ no space


LIMITED = """
import resource, sys
if int(sys.argv[1]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from nnsim.cli import execute
sys.exit(execute(sys.argv[2:]))
"""


def full(folder: Path, repeats: int) -> bool:
    header("where", "exit status", "epochs trained", "steps that open", "message")
    held = without_space("ulimit -f, 2 MB", folder, 2_000_000)
    if os.geteuid() != 0 or shutil.which("mount") is None:
        print("\na full tmpfs needs root: not measured")
        return held
    small = folder / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", small], check=False).returncode:
        print("\nno tmpfs can be mounted here: not measured")
        return held
    try:
        return without_space("tmpfs of 4 MB", small, 0) and held
    finally:
        subprocess.run(["umount", small], check=True)


def without_space(where: str, folder: Path, limit: int) -> bool:
    path = folder / "run.nnsim"
    arguments = [str(limit), "run", "xor", "--epochs", "300000", "--record", str(path), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )
    trained = json.loads(done.stdout)["epochs"]
    with open_recording(path) as recording:
        steps = recording.timelines[0].length
    message = done.stderr.strip().replace(f"{folder}/", "")
    row(where, str(done.returncode), f"{trained:,}", f"{steps:,}", message)
    return done.returncode == 1 and trained == 300_000 and "\n" not in message


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("cost", "opening", "damage", "full"))
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    parts: dict[str, Callable[[Path, int], bool]] = {
        "cost": cost,
        "opening": opening,
        "damage": damaged,
        "full": full,
    }
    held = True
    for name, part in parts.items():
        if asked.only in (None, name):
            with tempfile.TemporaryDirectory() as folder:
                held &= part(Path(folder), asked.repeats)
            print()
    return int(not held)


if __name__ == "__main__":
    sys.exit(main())
