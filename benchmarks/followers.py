"""Follow one run from many processes: what it costs the writer, and how far each is behind, as a table in Markdown.

    python benchmarks/followers.py [FOLLOWERS] [--seconds 10] [--turns 3]

The writer is `nnsim run --record`, each follower `nnsim watch --json`. The writer notes when it reaches which step;
so a follower's line tells how old the newest step is that it knows. The writer's speed with followers is compared
with its speed alone, turn by turn; the followers' own work takes its share of the processors, so the table names
the time that they used. Ends with status 1 where a follower is ever more than a second behind.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
MOST_S = 1.0
WRITER = """
import struct, sys, time
from nnsim.cli import execute, training
notes, train = open(sys.argv[2], "ab", buffering=0), training._train
def noting(run, look):
    def noted():
        notes.write(struct.pack("<dd", time.monotonic(), run.timeline.length))
        return look()
    train(run, noted)
training._train, training.MOST_STEPS = noting, 1024
sys.exit(execute(["run", "xor", "--epochs", "100000000", "--record", sys.argv[1]]))
"""


def follow(path: Path, heard: list[tuple[float, int]]) -> tuple[subprocess.Popen[str], threading.Thread]:
    process = subprocess.Popen(
        [sys.executable, "-m", "nnsim", "watch", str(path), "--json"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )

    def listen() -> None:
        assert process.stdout is not None
        heard.extend((time.monotonic(), json.loads(line)["step"]) for line in process.stdout)

    thread = threading.Thread(target=listen)
    thread.start()
    return process, thread


def turn(folder: Path, count: int, seconds: float) -> tuple[float, list[list[float]], float]:
    """Steps a second of the writer; the lags of each follower; seconds of processor time of all followers."""
    path, notes = folder / "x.nnsim", folder / "notes"
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(notes)], stdout=subprocess.DEVNULL, cwd=ROOT
    ) as writer:
        while not path.exists():
            time.sleep(0.01)
        heard: list[list[tuple[float, int]]] = [[] for _ in range(count)]
        followers = [follow(path, lines) for lines in heard]
        time.sleep(3 if count else 0.5)  # until all of them have started
        began = time.monotonic()
        time.sleep(seconds)
        ended = time.monotonic()
        writer.send_signal(signal.SIGINT)
        for process, thread in followers:
            process.wait(timeout=30)
            thread.join()
        writer.wait(timeout=30)
    noted = np.frombuffer(notes.read_bytes()).reshape(-1, 2)
    at = np.interp((began, ended), noted[:, 0], noted[:, 1])
    lags = [
        [when - float(np.interp(step, noted[:, 1], noted[:, 0])) for when, step in lines if began <= when <= ended]
        for lines in heard
    ]
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    path.unlink()
    notes.unlink()
    return float(at[1] - at[0]) / (ended - began), lags, now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("followers", type=int, nargs="?", default=10)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--turns", type=int, default=3)
    asked = parser.parse_args()
    ratios, speeds, work = [], [], []
    lags: list[list[float]] = [[] for _ in range(asked.followers)]
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(asked.turns):
            alone, _, own = turn(Path(folder), 0, asked.seconds)
            watched, found, both = turn(Path(folder), asked.followers, asked.seconds)
            ratios.append(watched / alone)
            speeds.append((alone, watched))
            work.append((both - own) / asked.seconds)
            for mine, new in zip(lags, found, strict=True):
                mine += new
    print(f"{os.cpu_count()} processors; {asked.followers} followers; {asked.turns} turns of {asked.seconds:g} s\n")
    print("| writer alone | writer followed | ratio | processors used by the followers |")
    print("| ---: | ---: | ---: | ---: |")
    alone, watched = (median(one) for one in zip(*speeds, strict=True))
    print(f"| {alone:,.0f} steps/s | {watched:,.0f} steps/s | {median(ratios):.2f} | {median(work):.2f} |\n")
    print("| follower | lines | behind: median | most |")
    print("| ---: | ---: | ---: | ---: |")
    for number, mine in enumerate(lags, start=1):
        print(f"| {number} | {len(mine)} | {median(mine):.2f} s | {max(mine):.2f} s |")
    return int(max(map(max, lags)) > MOST_S)


if __name__ == "__main__":
    sys.exit(main())
