"""What recordings stand: damage, full disks, and lies. The tables of `recording.py` about what goes wrong."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "recording"), str(ROOT / "benchmarks")]

from damaged_recordings import damage, read_all  # noqa: E402
from forged_recordings import forge_first, in_segment, in_weight, rehash  # noqa: E402
from fuzz_recordings import sound_recording  # noqa: E402
from report import Table  # noqa: E402

from nnsim.errors import RecordingError  # noqa: E402
from nnsim.recording import open_recording, save  # noqa: E402
from nnsim.recording.format import CHECKPOINTS, RUNS, SEGMENTS  # noqa: E402
from nnsim.scenario.catalog import read  # noqa: E402
from nnsim.timeline.run import Run  # noqa: E402

# ------------------------------------------------------------------ damage


def damaged(folder: Path, repeats: int, write: bool) -> bool:
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
    table = Table("damage", "damage", "cases", "no harm done", "opens with named gaps", "refused in one line")
    for kind, count in sorted(counts.items()):
        table.row(kind, *(str(count[what]) for what in ("cases", "no harm", "gaps", "nothing")))
    total = sum(counts.values(), Counter())
    table.row("all", *(str(total[what]) for what in ("cases", "no harm", "gaps", "nothing")))
    table.note(f"Slowest: {slowest:.2f} s. Damage that nobody names: {failures}.")
    table.finish(write)
    return failures == 0


# ------------------------------------------------------------------ no space


LIMITED = """
import resource, sys
if int(sys.argv[1]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from nnsim.cli import execute
sys.exit(execute(sys.argv[2:]))
"""


def full(folder: Path, repeats: int, write: bool) -> bool:
    table = Table("full", "where", "exit status", "epochs trained", "steps that open", "message")
    held = without_space(table, "`ulimit -f`, 2 MB", folder, 2_000_000)
    small = folder / "small"
    small.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        table.note("A full tmpfs needs root: not measured.")
    elif subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", small], check=False).returncode:
        table.note("No tmpfs can be mounted here: not measured.")
    else:
        try:
            held &= without_space(table, "tmpfs of 4 MB", small, 0)
        finally:
            subprocess.run(["umount", small], check=True)
    table.finish(write)
    return held


def without_space(table: Table, where: str, folder: Path, limit: int) -> bool:
    path = folder / "run.nnsim"
    arguments = [str(limit), "run", "xor", "--epochs", "300000", "--record", str(path), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )
    trained = json.loads(done.stdout)["epochs"]
    with open_recording(path) as recording:
        steps = recording.timelines[0].length
    message = done.stderr.strip().replace(f"{folder}/", "")
    table.row(where, str(done.returncode), f"{trained:,}", f"{steps:,}", message)
    return done.returncode == 1 and trained == 300_000 and 0 < steps < trained and "\n" not in message


# ------------------------------------------------------------------ lies


def without_command(path: Path) -> None:
    """Take the one command out, and what tells of it."""
    forge_first(path, RUNS, lambda row: row.__setitem__(slice(6, 8), (0, 0)))
    rehash(path, "DELETE FROM commands", "DELETE FROM marks")


def altered_loss(path: Path) -> None:
    forge_first(path, SEGMENTS, in_segment(1233, 1e-9), "series = 0 AND chunk = 0")
    rehash(path)


def altered_weight(path: Path) -> None:
    forge_first(path, CHECKPOINTS, in_weight(1e-9), "step = 512")
    rehash(path)


LIES: dict[str, Callable[[Path], None]] = {
    "nothing: as it was recorded": lambda path: None,
    "one loss, by 1e-9; checksum and hash forged": altered_loss,
    "one weight of a checkpoint, by 1e-9; checksum and hash forged": altered_weight,
    "its only command is missing; checksums and hash forged": without_command,
}


def lies(folder: Path, repeats: int, write: bool) -> bool:
    """`nnsim verify` of a recording in which one thing is altered."""
    run = Run(read("xor"), None, {"train.epochs": 3000})
    run.advance_to(300)
    run.change("schedule.rate", 0.5)
    run.advance_to(3000)
    table = Table("verify", "what is altered", "exit status", "what it says")
    held = True
    for name, alter in LIES.items():
        path = folder / "x.nnsim"
        save(path, [run.timeline], replace=True)
        alter(path)
        done = subprocess.run(
            [sys.executable, "-m", "nnsim", "verify", str(path)],
            capture_output=True, text=True, cwd=ROOT, check=False,
        )  # fmt: skip
        lines = (done.stderr.splitlines() or done.stdout.splitlines())[:1]
        told = lines[0].replace(f"{folder}/", "").removeprefix("nnsim: ")
        table.row(name, str(done.returncode), told)
        held &= (done.returncode == 0) == (alter is LIES["nothing: as it was recorded"])
    table.finish(write)
    return held
