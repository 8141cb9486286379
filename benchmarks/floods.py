"""Prints what floods of input cost and how soon a key is answered behind them, in Markdown.

    python benchmarks/floods.py [--python PATH] [--write]

A megabyte of each kind is written to the terminal of a workbench as fast as it is taken, and a key right behind it,
in the same breath. Memory is the most that the process has held since, less what it held before. The last row is
a terminal that stops reading while xor trains at full speed: seconds until the program has given it up.
`--python` names the interpreter of another build, which is measured beside this one as "before". `--write` puts
the table into docs/benchmarks.md.
"""

import argparse
import select
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from time import monotonic

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "tests/terminal")]

from report import put, surroundings  # noqa: E402
from terminal import Terminal  # noqa: E402

MEGABYTE = 1 << 20
FLOODS = {
    "raw paste": b"the quick brown fox " * 8,
    "raw paste of lines": b"import numpy as np\r" * 8,
    "a paste in brackets": b"",
    "movements of the mouse": b"".join(b"\x1b[<35;%d;%dM" % (10 + n % 60, 2 + n % 20) for n in range(60)),
    "clicks": b"\x1b[<0;1;1M\x1b[<0;1;1m",
    "turns of the wheel": b"\x1b[<64;40;12M",
    "arrow keys": b"\x1b[A",
    "cursor answers that nobody asked for": b"\x1b[1;1R",
    "unfinished sequences": b"\x1b[1;2",
    "escape keys": b"\x1b",
    "a string without end": b"",
}
KEY, ANSWER = b"?", "a number repeats a key"
MOST_MB, MOST_S = 30.0, 0.5
GIVEN_UP_S = 12.0  # ten, and the time that it takes to notice
PATIENCE_S, PATIENCE_MB = 20.0, 400.0  # then it is ended


def workbench(python: str, *arguments: str) -> Terminal:
    tree = ROOT if python == sys.executable else Path(python).parent.parent.parent
    terminal = Terminal(
        [python, "-m", "nnsim", "open", "xor", *arguments], 120, 40, environ={"PYTHONPATH": str(tree)}
    )
    terminal.wait_for("epoch 0/")
    terminal.settle(0.5)
    return terminal


def held_mb(terminal: Terminal, what: str) -> float:
    """Megabytes of the process: `VmRSS` now, `VmHWM` at most."""
    try:
        status = Path(f"/proc/{terminal.process.pid}/status").read_text()
    except OSError:  # it has ended: what it was sent has told it to
        status = ""
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith(what)), 0) / 1024


def content(name: str) -> list[bytes]:
    """A megabyte of a kind, in pieces between which a terminal may answer a question."""
    if name == "a paste in brackets":
        return [b"\x1b[200~" + b"x" * MEGABYTE + b"\x1b[201~"]
    if name == "a string without end":
        return [b"\x1b]0;title " + b"x" * MEGABYTE]
    return [FLOODS[name]] * (MEGABYTE // len(FLOODS[name]))


def write(terminal: Terminal, pieces: list[bytes]) -> None:
    """Type it all, and the key behind it."""
    turn, reply = Lock(), terminal.write

    def type_one(data: bytes) -> None:
        with turn:
            reply(data)

    terminal.screen.reply = type_one
    with suppress(OSError, TypeError):  # the terminal was closed: the program has taken too much
        for piece in pieces[:-1]:
            type_one(piece)
        type_one(pieces[-1] + KEY)


def flood(python: str, name: str) -> tuple[float, float]:
    """Returns: megabytes more, and seconds until the key is answered; infinitely many where it is not."""
    terminal = workbench(python)
    try:
        before = held_mb(terminal, "VmRSS")
        writer = Thread(target=write, args=(terminal, content(name)), daemon=True)
        writer.start()
        began = monotonic()
        while writer.is_alive() and held_mb(terminal, "VmRSS") < PATIENCE_MB and monotonic() - began < PATIENCE_S:
            terminal.read()
        pressed = monotonic()
        while ANSWER not in terminal.text and monotonic() - pressed < PATIENCE_S:
            if terminal.process.poll() is not None or held_mb(terminal, "VmRSS") > PATIENCE_MB:
                break
            terminal.read()
        answered = monotonic() - pressed if ANSWER in terminal.text else float("inf")
        return held_mb(terminal, "VmHWM") - before, answered
    finally:
        terminal.process.kill()
        terminal.close()


def given_up(python: str) -> float:
    """Seconds until a terminal that reads nothing is given up, while xor trains at full speed."""
    terminal = workbench(python, "--set", "train.epochs=9000000")
    try:
        terminal.keys("+" * 13, " ")
        terminal.wait_for(lambda: "epoch 0/" not in terminal.text)
        began = monotonic()
        while terminal.process.poll() is None and monotonic() - began < 2 * PATIENCE_S:
            select.select([], [], [], 0.1)
        return monotonic() - began if terminal.process.poll() is not None else float("inf")
    finally:
        terminal.process.kill()
        terminal.close()


def said(value: float, unit: str) -> str:
    return "never" if value == float("inf") else f"{value:.2f} {unit}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--python", help="of another build, measured as well")
    parser.add_argument("--only", help="kinds with this in their name")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args()
    builds = [sys.executable, *([options.python] if options.python else [])]
    heads = ["memory more", "a key answered after"]
    heads += [f"{head}, before" for head in heads] if options.python else []
    lines = [f"| a megabyte of | {' | '.join(heads)} | reached |", f"| --- |{' ---: |' * len(heads)} --- |"]
    print("\n".join(lines))

    def row(name: str, cells: list[str], reached: bool) -> None:
        lines.append(f"| {name} | {' | '.join(cells)} | {'yes' if reached else 'no'} |")
        print(lines[-1], flush=True)

    for name in FLOODS:
        if options.only and options.only not in name:
            continue
        cells, reached = [], []
        for python in builds:
            more, seconds = flood(python, name)
            cells += [f"{more:.0f} MB", said(seconds, "s")]
            reached.append(more <= MOST_MB and seconds <= MOST_S)
        row(name, cells, reached[0])
    if not options.only or options.only in "given up":
        seconds = [given_up(python) for python in builds]
        cells = [cell for one in seconds for cell in ("-", said(one, "s"))]
        row("nothing, and nothing read: given up", cells, seconds[0] <= GIVEN_UP_S)
    lines += ["", f"{surroundings()}; wanted are at most {MOST_MB:.0f} MB and {MOST_S} s."]
    print("\n".join(lines[-2:]))
    if options.write:
        put("floods", lines)


if __name__ == "__main__":
    main()
