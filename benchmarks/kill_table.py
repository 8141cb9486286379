"""Kill `nnsim run --record` at random moments, at full speed, and open what it leaves: a table in Markdown.

    python benchmarks/kill_table.py [KILLS] [--seed 0]

The run also notes in a file of its own, which survives the kill, when it has reached which step; so the last step
in the recording tells how many seconds of training are lost. Ends with status 1 where a recording does not open
whole, or where more than a second is lost.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from nnsim.errors import RecordingError  # noqa: E402
from nnsim.recording import open_recording  # noqa: E402
from nnsim.run import Replica  # noqa: E402

MOST_S = 1.0
LONGEST_S = 2.5  # from the first sight of the recording to the kill
# The command itself; after each short slice of training it writes down the time and the step.
WRITER = """
import struct, sys, time
from nnsim.cli import execute, training
notes, train = open(sys.argv[2], "ab", buffering=0), training._train
def noting(run, look):
    def noted():
        notes.write(struct.pack("<dd", time.monotonic(), run.timeline.length))
        return look()
    train(run, noted)
training._train, training.MOST_STEPS = noting, 256
sys.exit(execute(["run", "xor", "--epochs", "100000000", "--record", sys.argv[1]]))
"""


def kill(path: Path, notes: Path, random: Random) -> None:
    """Start a recording run and kill it at a random moment after its file has appeared."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(notes)], stdout=subprocess.DEVNULL, cwd=ROOT
    ) as process:
        deadline = time.monotonic() + 60
        while not path.exists():
            if time.monotonic() > deadline or process.poll() is not None:
                raise SystemExit("the run does not start")
            time.sleep(0.001)
        time.sleep(random.random() * LONGEST_S)
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kills", type=int, nargs="?", default=200)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    lost, steps, journals, failures = [], [], 0, 0
    random = Random(asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(asked.kills):
            path, notes = Path(folder) / f"{number}.nnsim", Path(folder) / "notes"
            kill(path, notes, random)
            journals += Path(f"{path}-journal").exists()
            try:
                gone = lost_s(notes, read_whole(path))
            except RecordingError as error:
                failures += 1
                print(f"kill {number}: {error}", file=sys.stderr)
            else:
                lost.append(gone[0])
                steps.append(gone[1])
            notes.unlink(missing_ok=True)
            path.unlink()
    print(
        "| kill -9 | files that open whole | cut inside a transaction | lost: median | 95 % | most | most steps |"
    )
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    median, high, most = np.quantile(lost or [np.nan], (0.5, 0.95, 1.0))
    print(
        f"| {asked.kills} | {asked.kills - failures} | {journals} | {median:.2f} s | {high:.2f} s | {most:.2f} s "
        f"| {max(steps, default=0):,.0f} |"
    )
    return int(failures > 0 or most > MOST_S)


if __name__ == "__main__":
    sys.exit(main())
