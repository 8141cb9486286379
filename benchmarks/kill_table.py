"""Kill `nnsim run --record` at random moments, at full speed, and open what it leaves: a table in Markdown.

    python benchmarks/kill_table.py [KILLS] [--seed 0] [--at-once 2] [--write]

Two runs go on at a time, each at the full speed of a processor. Each also notes in a file of its own, which
survives the kill, when it has reached which step; so the last step in the recording tells how many seconds of
training are lost. Ends with status 1 where a recording does not open whole, or where more than a second is lost.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from noting import writer  # noqa: E402
from report import Table  # noqa: E402

from nnsim.__main__ import THREAD_SETTINGS  # noqa: E402
from nnsim.errors import RecordingError  # noqa: E402
from nnsim.recording import open_recording  # noqa: E402
from nnsim.timeline.replica import Replica  # noqa: E402

MOST_S = 1.0
# From the first sight of the recording to the kill: four of the stretches after which it is written.
LONGEST_S = 1.6
WRITER = writer(256)


def kill(path: Path, notes: Path, after_s: float) -> None:
    """Start a recording run and kill it so many seconds after its file has appeared."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(notes)],
        stdout=subprocess.DEVNULL,
        cwd=ROOT,
        env=os.environ | dict.fromkeys(THREAD_SETTINGS, "1"),
    ) as process:
        deadline = time.monotonic() + 60
        while not path.exists():
            if time.monotonic() > deadline or process.poll() is not None:
                raise SystemExit("the run does not start")
            time.sleep(0.001)
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)


def read_whole(path: Path) -> int:
    """Look at everything in a recording.  Returns: its last step."""
    with open_recording(path) as recording:
        (timeline,) = recording.timelines
        for series in timeline.series.values():
            series.values(0, len(series))
            series.envelope(0, len(series), 80)
        if len(list(timeline.checkpoints)) == 0 or Replica(timeline).at(timeline.length).step != timeline.length:
            raise RecordingError(f"{path}: its last step cannot be re-created")
        return timeline.length


def lost_s(notes: Path, step: int) -> tuple[float, float]:
    """Seconds of training that a recording up to this step has lost, and steps."""
    noted = np.frombuffer(notes.read_bytes()[: notes.stat().st_size // 16 * 16]).reshape(-1, 2)
    if not len(noted) or noted[-1, 1] <= step:
        return 0.0, 0.0
    return float(noted[-1, 0] - np.interp(step, noted[:, 1], noted[:, 0])), float(noted[-1, 1] - step)


class Outcome(NamedTuple):
    """What a kill came to: whether it cut a transaction, what was lost, and what is wrong with the file."""

    journal: bool
    lost_s: float
    lost_steps: float
    failure: str


def case(folder: Path, number: int, after_s: float) -> Outcome:
    path, notes = folder / f"{number}.nnsim", folder / f"{number}.notes"
    kill(path, notes, after_s)
    journal = Path(f"{path}-journal").exists()
    try:
        outcome = Outcome(journal, *lost_s(notes, read_whole(path)), "")
    except RecordingError as error:
        outcome = Outcome(journal, 0.0, 0.0, f"kill {number}: {error}")
    notes.unlink(missing_ok=True)
    path.unlink()
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kills", type=int, nargs="?", default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--at-once", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--write", action="store_true", help="put the table into docs/recordings.md")
    asked = parser.parse_args()
    random, began = Random(asked.seed), time.monotonic()
    moments = [random.random() * LONGEST_S for _ in range(asked.kills)]
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(asked.at_once) as runs:
        outcomes = list(runs.map(case, repeat(Path(name)), range(asked.kills), moments))
    failures = [one.failure for one in outcomes if one.failure]
    for failure in failures:
        print(failure, file=sys.stderr)
    lost = [one.lost_s for one in outcomes if not one.failure]
    median, high, most = np.quantile(lost or [np.nan], (0.5, 0.95, 1.0))
    heads = ("`kill -9`", "files that open whole", "cut inside a transaction", "lost: median", "95 %", "most")
    table = Table("kills", *heads, "most steps")
    table.row(
        f"{asked.kills}",
        f"{asked.kills - len(failures)}",
        f"{sum(one.journal for one in outcomes)}",
        f"{median:.2f} s",
        f"{high:.2f} s",
        f"{most:.2f} s",
        f"{max((one.lost_steps for one in outcomes), default=0):,.0f}",
    )
    table.note(
        f"Each at a random moment of the first {LONGEST_S} s of recording; {asked.at_once} at a time, "
        f"{time.monotonic() - began:.0f} s in all."
    )
    table.finish(asked.write)
    return int(bool(failures) or most > MOST_S)


if __name__ == "__main__":
    sys.exit(main())
