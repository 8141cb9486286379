"""Damaged and hostile recordings, as many as asked for: each must open, or be refused in one line, and soon.

What is refused is opened once more for what is left of it: it must be refused again, or name the damage.

    python benchmarks/fuzz_recordings.py 1000 [--seed 0] [--write]

Ends with status 1 where anything but a RecordingError comes out, a file takes longer than 10 s, the process ever
takes more than 200 MB, or damage is told by nobody.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "recording"), str(ROOT / "benchmarks")]

from damaged_recordings import damage, read_all, read_left  # noqa: E402
from report import Table  # noqa: E402

from nnsim.errors import RecordingError  # noqa: E402
from nnsim.recording import save  # noqa: E402
from nnsim.scenario.scenario import parse_scenario  # noqa: E402
from nnsim.timeline.run import Run  # noqa: E402

LONGEST_S = 10.0
MOST_BYTES = 200_000_000
SCENARIO = """
title = "Fuzzed"
summary = "A race of batches, a legacy generator and random search"
[data]
kind = "parity"
bits = 3
[model]
hidden = [4]
[train]
epochs = 2000
batch_size = 3
validation = 0.25
[[variants]]
name = "batches"
[[variants]]
name = "legacy"
[variants.set]
"random.generator" = "legacy"
[[variants]]
name = "search"
[variants.set]
"train.batch_size" = 0
"solver.kind" = "random-search"
"""


def sound_recording(path: Path) -> bytes:
    """A recording with all that the format can hold."""
    scenario = parse_scenario(SCENARIO, name="fuzzed", source="fuzzed.toml")
    timelines = []
    for variant in scenario.variants:
        run = Run(scenario, variant.name)
        run.advance_to(400)
        run.change("schedule.rate", 0.5)
        run.advance_to(5000)
        run.interrupt()
        timelines.append(run.timeline)
    save(path, timelines)
    return path.read_bytes()


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="put the table into docs/recordings.md")
    asked = parser.parse_args()
    seen: Counter[tuple[str, str]] = Counter()
    slowest, failures, tracebacks = (0.0, "", 0), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        sound = sound_recording(Path(folder) / "sound.nnsim")
        path = Path(folder) / "damaged.nnsim"
        read_all(Path(folder) / "sound.nnsim")
        for case in range(asked.seed, asked.seed + asked.count):
            kind = damage(sound, path, Random(case))
            began = time.perf_counter()
            try:
                read_all(path)
                outcome = "opened"
            except RecordingError as error:
                outcome = "refused"
                if "\n" in str(error) or len(str(error)) > 1000:
                    failures += 1
                    print(f"case {case} ({kind}): not one line: {str(error)!r}")
            except Exception as error:
                outcome = "failed"
                tracebacks += 1
                print(f"case {case} ({kind}): {type(error).__name__}: {str(error)[:200]}")
            seen[kind, outcome] += 1
            if outcome == "refused":
                try:
                    told = read_left(path)
                except RecordingError:
                    continue
                finally:
                    slowest = max(slowest, (time.perf_counter() - began, kind, case))
                seen[kind, "in part"] += 1
                if not told:
                    failures += 1
                    print(f"case {case} ({kind}): nobody names the damage")
            slowest = max(slowest, (time.perf_counter() - began, kind, case))
    peak, total = peak_bytes(), Counter[str]()
    table = Table("fuzz", "damage", "cases", "no harm done", "refused in one line", "of these opens in part, named")
    for kind in sorted({kind for kind, _ in seen}):
        counts = {outcome: seen[kind, outcome] for outcome in ("opened", "refused", "in part", "failed")}
        total.update(counts)
        cases = counts["opened"] + counts["refused"] + counts["failed"]
        table.row(kind, *map(str, (cases, counts["opened"], counts["refused"], counts["in part"])))
    table.row("all", *map(str, (asked.count, total["opened"], total["refused"], total["in part"])))
    hangs = int(slowest[0] > LONGEST_S)
    table.note(
        f"Tracebacks: {tracebacks}. Hangs: {hangs}; slowest {slowest[0]:.2f} s ({slowest[1]}, case {slowest[2]}). "
        f"Damage that nobody names: {failures}. Most memory that the process took: {peak / 1e6:.0f} MB."
    )
    table.finish(asked.write)
    return int(failures > 0 or tracebacks > 0 or hangs > 0 or peak > MOST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
