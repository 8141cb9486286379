"""Prints how fast nnsim starts and what it takes in memory, in Markdown.

    python benchmarks/start.py [--rounds N] [--write]

Commands run in turn, beside a Python that does nothing; what is compared is the time that the processor works for
them. The first paint is the time until a terminal holds a first picture of what was asked for, against a Textual
app with nothing but a label: the names and summaries of the scenarios, or the workbench with its title and the
titled frame of every pane. Keys count from then on. The row below is the time until the rest is there: the lesson
of the first scenario, the figures in the panes. Memory is what a run of 1,000,000 steps of xor adds to the process.
`--write` puts the table into docs/benchmarks.md.
"""

import argparse
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

from report import put, surroundings  # noqa: E402

ROUNDS = 11
PATIENCE_S = 20.0
SIZE = (40, 120)
WHERE, HERE = b"\x1b[6n", b"\x1b[1;1R"  # a program asks where the cursor is, and every terminal answers
LABEL = """
from textual.app import App
from textual.widgets import Static

class Label(App):
    def compose(self):
        yield Static("painted")

Label().run()
"""
# What has to stand on the terminal, from the first line of the screen to the last but one.
PAINTS: tuple[tuple[str, list[bytes], list[str], float | None], ...] = (
    ("first paint of the list of scenarios", [b"how a network learns", b"parity", b"Elsewhere"], [], 1.5),
    ("... until the first lesson is there too", [b"words on the way"], [], None),
    (
        "first paint of `nnsim open xor`",
        [b"XOR: one line", b"Decision", b"Lesson", b"opening"],
        ["open", "xor"],
        1.5,
    ),
    ("... until its figures are there too", [b"answers 0.", b"One line is not enough"], ["open", "xor"], 2.3),
)
MILLION = """
import resource, sys
from nnsim.scenario.catalog import read
from nnsim.timeline.run import Run

def now():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6

run = Run(read("xor"), settings={"train.epochs": 1_000_000})
run.advance_to(1_000)
before = now()
run.advance_to(1_000_000)
print(now() - before)
"""


def processor_seconds(*arguments: str) -> float:
    """Time that the processor works for a command of Python."""
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, arguments
    return usage.ru_utime + usage.ru_stime


def first_paint(words: Sequence[bytes], *arguments: str) -> float:
    """Seconds until a program of Python has written all of these words to its terminal."""
    start = perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(SIZE[1]), "LINES": str(SIZE[0])}
        os.execve(sys.executable, [sys.executable, *arguments], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", *SIZE, 0, 0))
    written = b""
    while not all(word in written for word in words):
        left = PATIENCE_S - (perf_counter() - start)
        assert select.select([terminal], [], [], max(left, 0))[0], f"{words!r} did not come"
        part = os.read(terminal, 65536)
        written += part
        os.write(terminal, HERE * part.count(WHERE))
    taken = perf_counter() - start
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(terminal)
    return taken


def compared(one: Callable[[], float], other: Callable[[], float], rounds: int) -> tuple[float, float]:
    """Seconds of one, and how many times as long as the other it takes: medians over rounds, taken in turn."""
    pairs = [(one(), other()) for _ in range(rounds + 1)][1:]
    return median(a for a, _ in pairs), median(a / b for a, b in pairs)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds (default {ROUNDS})")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args()
    nothing = ("-c", "pass")
    lines = [
        "| what | measured | against | ratio | at most | reached |",
        "| --- | ---: | --- | ---: | ---: | --- |",
    ]
    for name, arguments, most in (("nnsim --version", ["--version"], 2.0), ("nnsim list", ["list"], 4.0)):
        seconds, ratio = compared(
            lambda arguments=arguments: processor_seconds("-m", "nnsim", *arguments),
            lambda: processor_seconds(*nothing),
            options.rounds,
        )
        lines.append(
            f"| `{name}` | {1000 * seconds:.0f} ms | `python -c pass` | {ratio:.1f} | {most:g} "
            f"| {'yes' if ratio <= most else 'no'} |"
        )
    for name, words, arguments, most in PAINTS:
        seconds, ratio = compared(
            lambda words=words, arguments=arguments: first_paint(words, "-m", "nnsim", *arguments),
            lambda: first_paint([b"painted"], "-c", LABEL),
            options.rounds,
        )
        limit, reached = ("-", "-") if most is None else (f"{most:g}", "yes" if ratio <= most else "no")
        lines.append(
            f"| {name} | {1000 * seconds:.0f} ms | a Textual app with one Static | {ratio:.2f} "
            f"| {limit} | {reached} |"
        )
    grown = float(subprocess.run([sys.executable, "-c", MILLION], cwd=ROOT, check=True, capture_output=True).stdout)
    lines.append(
        f"| 1,000,000 steps of xor | {grown:.0f} MB more | after 1,000 steps | - | 60 MB "
        f"| {'yes' if grown <= 60 else 'no'} |"
    )
    print("\n".join(lines))
    print(f"\n{surroundings()}, {options.rounds} rounds")
    if options.write:
        put("start", [*lines, "", f"{surroundings()}, {options.rounds} rounds."])


if __name__ == "__main__":
    main()
