"""Follow one run from many processes: what it costs the writer, and how far each is behind, as a table in Markdown.

    python benchmarks/followers.py [--lines 10] [--screens 2] [--seconds 8] [--turns 3] [--write]

The writer is `nnsim run --record`; the followers are `nnsim watch --json`, and `nnsim watch` in terminals of their
own. The writer notes when it reaches which step; so what a follower says or shows tells how old the newest step is
that it knows. The writer's speed with followers is compared with its speed alone, turn by turn: by the clock, and
in steps a second of its own processor time. On a machine with fewer processors than processes the clock tells
mostly that the followers work too; the processor time tells whether they keep the writer waiting or make it work
more. Ends with status 1 where that is more than 10 %, or a follower is ever more than a second behind.

Needs Linux and pyte.
"""

import argparse
import json
import os
import re
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
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks"), str(ROOT / "tests" / "terminal")]

from noting import writer  # noqa: E402
from report import Table  # noqa: E402
from terminal import Terminal, nnsim  # noqa: E402

from nnsim.__main__ import THREAD_SETTINGS  # noqa: E402

MOST_S = 1.0
LEAST_SPEED = 0.9
STATUS = re.compile(r"epoch ([\d,]+)/")  # in XOR an epoch is a step
LOOK_S = 0.2  # between two looks at what a terminal shows: a look takes time, too
WRITER = writer(1024)


class Lines:
    """A follower without a screen."""

    def __init__(self, path: Path) -> None:
        self.heard: list[tuple[float, int]] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nnsim", "watch", str(path), "--json"],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        self.heard.extend((time.monotonic(), json.loads(line)["step"]) for line in self.process.stdout)

    def end(self) -> None:
        self.process.wait(timeout=30)
        self._thread.join()


class OnScreen:
    """A follower in a terminal of its own."""

    def __init__(self, path: Path) -> None:
        self.heard: list[tuple[float, int]] = []
        self._terminal = Terminal(nnsim("watch", path))
        self.process = self._terminal.process
        self._ending = False
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        due = 0.0
        while not self._ending:
            if self._terminal.read() and (now := time.monotonic()) >= due:
                due = now + LOOK_S
                self._terminal.sent = b""
                if found := STATUS.search(self._terminal.screen.display[-2]):
                    self.heard.append((now, int(found[1].replace(",", ""))))

    def end(self) -> None:
        self._ending = True
        self._thread.join()
        self._terminal.close()


def worked_s(process: "subprocess.Popen[str]") -> float:
    """Seconds of processor time of a process that lives."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Turn:
    """A writer with some followers for some seconds.

    What comes of it: steps a second by the clock and of processor time, processors that a follower uses, and how
    old in seconds what they said and showed was.
    """

    def __init__(self, folder: Path, kinds: "list[type[Lines] | type[OnScreen]]", seconds: float) -> None:
        path, notes = folder / "x.nnsim", folder / "notes"
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(notes)],
            stdout=subprocess.DEVNULL,
            cwd=ROOT,
            env=os.environ | dict.fromkeys(THREAD_SETTINGS, "1"),
            text=True,
        ) as writer:
            while not path.exists():
                time.sleep(0.01)
            followers = [kind(path) for kind in kinds]
            until = time.monotonic() + 60
            while not all(one.heard for one in followers) and time.monotonic() < until:
                time.sleep(0.05)
            time.sleep(0.5)
            everybody = [writer, *(one.process for one in followers)]
            began, before = time.monotonic(), [worked_s(one) for one in everybody]
            time.sleep(seconds)
            ended, after = time.monotonic(), [worked_s(one) for one in everybody]
            writer.send_signal(signal.SIGINT)
            for one in followers:
                one.end()
            writer.wait(timeout=30)
        noted = np.frombuffer(notes.read_bytes()).reshape(-1, 2)
        steps = float(np.diff(np.interp((began, ended), noted[:, 0], noted[:, 1]))[0])
        work = [late - early for late, early in zip(after, before, strict=True)]
        self.per_s, self.per_worked_s = steps / (ended - began), steps / work[0]
        self.processors = sum(work[1:]) / max(len(followers), 1) / (ended - began)
        self.behind_s = [
            [
                when - float(np.interp(step, noted[:, 1], noted[:, 0]))
                for when, step in one.heard
                if began <= when < ended
            ]
            for one in followers
        ]
        path.unlink()
        notes.unlink()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=10)
    parser.add_argument("--screens", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="put the table into docs/recordings.md")
    asked = parser.parse_args()
    kinds = {
        f"{asked.lines} without a screen": [Lines] * asked.lines,
        f"{asked.screens} with a screen": [OnScreen] * asked.screens,
    }
    alone, found = [], {name: [] for name in kinds}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(asked.turns):
            alone.append(Turn(Path(folder), [], asked.seconds))
            for name, kind in kinds.items():
                found[name].append(Turn(Path(folder), kind, asked.seconds))
    heads = ("followers", "writer alone", "followed", "ratio", "ratio, processor time", "processors each uses")
    table = Table("followers", *heads, "said or shown", "behind: median", "95 %", "most")
    held = True
    for name, turns in found.items():
        behind = [one for turn in turns for follower in turn.behind_s for one in follower]
        every = [len(follower) for turn in turns for follower in turn.behind_s]
        pairs = list(zip(turns, alone, strict=True))
        ratio = median(one.per_worked_s / other.per_worked_s for one, other in pairs)
        middle, high, most = np.quantile(behind or [np.nan], (0.5, 0.95, 1.0))
        held &= bool(ratio >= LEAST_SPEED and most <= MOST_S and min(every) > 0)
        table.row(
            name,
            f"{median(one.per_s for one in alone):,.0f} steps/s",
            f"{median(one.per_s for one in turns):,.0f} steps/s",
            f"{median(one.per_s / other.per_s for one, other in pairs):.2f}",
            f"{ratio:.2f}",
            f"{median(one.processors for one in turns):.3f}",
            f"{len(behind):,} times",
            f"{middle:.2f} s",
            f"{high:.2f} s",
            f"{most:.2f} s",
        )
    table.note(f"{asked.turns} turns of {asked.seconds:g} s each.")
    table.finish(asked.write)
    return int(not held)


if __name__ == "__main__":
    sys.exit(main())
