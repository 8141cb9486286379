"""Prints how fast nnsim starts and what it takes in memory, in Markdown.

    python benchmarks/start.py [--rounds N] [--write]

Commands run in turn, beside a Python that does nothing or imports NumPy alone; what is compared is the time that
the processor works for them. The first paint is the time until a terminal holds a first picture of what was asked
for, against a Textual app with nothing but a label: the names and summaries of the scenarios, or the workbench with
its title and the titled frame of every pane. Keys count from then on. The row below is the time until the rest is
there: the lesson of the first scenario, the figures in the panes. Memory is what a run of 1,000,000 steps of xor
adds to the process. Everything starts with folders of its own, so that nobody's progress is read or counted, and
with modules that are compiled, as they are where nnsim is installed: a first round compiles them into one of these
folders.
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
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
# Commands, what each is compared with, and how many times as long it may take at most.
COMMANDS: tuple[tuple[str, tuple[str, ...], str, float], ...] = (
    ("nnsim --version", ("--version",), "pass", 2.0),
    ("nnsim list", ("list",), "pass", 4.0),
    ("nnsim run xor --epochs 1", ("run", "xor", "--epochs", "1"), "import numpy", 1.6),
)
# What has to stand on the terminal, from the first line of the screen to the last but one. What is painted over
# something else comes without the cells that stay: words that stand alone are whole.
PAINTS: tuple[tuple[str, list[bytes], list[str], float | None], ...] = (
    ("first paint of the list of scenarios", [b"how a network learns", b"parity", b"Elsewhere"], [], 1.5),
    ("... until the first lesson is there too", [b"GUESS", b"downhill."], [], None),
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


@contextmanager
def new_home() -> Iterator[Mapping[str, str]]:
    """An environment whose home is empty, and in which modules are compiled once."""
    with TemporaryDirectory(prefix="nnsim-start-", ignore_cleanup_errors=True) as home:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("XDG_", "NNSIM_", "PYTHON", "LC_", "LANG"))
        }
        yield {**kept, "HOME": home, "PYTHONPYCACHEPREFIX": f"{home}/compiled", "TERM": "xterm-256color"}


def processor_seconds(environment: Mapping[str, str], *arguments: str) -> float:
    """Time that the processor works for a command of Python."""
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, arguments
    return usage.ru_utime + usage.ru_stime


def first_paint(environment: Mapping[str, str], words: Sequence[bytes], *arguments: str) -> float:
    """Seconds until a program of Python has written all of these words to its terminal."""
    start = perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        size = {"COLUMNS": str(SIZE[1]), "LINES": str(SIZE[0])}
        os.execve(sys.executable, [sys.executable, *arguments], {**environment, **size})
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


def command_ratio(environment: Mapping[str, str], name: str, rounds: int) -> tuple[float, float]:
    """Seconds that the processor works for a command, and how many times as long as for the other."""
    arguments, other = next((arguments, other) for one, arguments, other, _ in COMMANDS if one == name)
    return compared(
        lambda: processor_seconds(environment, "-m", "nnsim", *arguments),
        lambda: processor_seconds(environment, "-c", other),
        rounds,
    )


def paint_ratio(environment: Mapping[str, str], name: str, rounds: int) -> tuple[float, float]:
    """Seconds until a picture stands, and how many times as long that takes as the label of a Textual app."""
    words, arguments = next((words, arguments) for one, words, arguments, _ in PAINTS if one == name)
    return compared(
        lambda: first_paint(environment, words, "-m", "nnsim", *arguments),
        lambda: first_paint(environment, [b"painted"], "-c", LABEL),
        rounds,
    )


def row(name: str, seconds: float, against: str, ratio: float, most: float | None) -> str:
    limit, reached = ("-", "-") if most is None else (f"{most:g}", "yes" if ratio <= most else "no")
    return f"| {name} | {1000 * seconds:.0f} ms | {against} | {ratio:.2f} | {limit} | {reached} |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds (default {ROUNDS})")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args()
    lines = [
        "| what | measured | against | ratio | at most | reached |",
        "| --- | ---: | --- | ---: | ---: | --- |",
    ]
    with new_home() as environment:
        for name, _, other, most in COMMANDS:
            seconds, ratio = command_ratio(environment, name, options.rounds)
            lines.append(row(f"`{name}`", seconds, f"`python -c '{other}'`", ratio, most))
        for name, _, _, most in PAINTS:
            seconds, ratio = paint_ratio(environment, name, options.rounds)
            lines.append(row(name, seconds, "a Textual app with one Static", ratio, most))
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
