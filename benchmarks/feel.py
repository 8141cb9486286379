"""Prints how nnsim feels in a real terminal, in Markdown: keys, frames, bytes, and what drawing costs training.

    python benchmarks/feel.py [--write] [ROW ...]

A terminal of 120x40 cells with four panes, by a pty of this process, which answers what a terminal answers. ROW is
one or more of: keys, frames, speed, draws, line. `--write` puts the table into docs/benchmarks.md.
"""

import argparse
import asyncio
import heapq
import json
import os
import re
import select
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time, sleep

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks"), str(ROOT / "tests" / "terminal")]

from report import put, surroundings  # noqa: E402
from terminal import Terminal, nnsim  # noqa: E402

WHERE = b"\x1b[6n"  # stands behind every frame
SIZE = (120, 40)
STATUS = SIZE[1] - 2  # the line above the footer
PANES = ["loss", "gradients", "schedule", "predictions"]  # three plots and a table
LONG = 20_000_000  # epochs: more than are trained while somebody looks
PLAYED = 1_000_000  # epochs of the run whose speed is compared
PART_S = 0.02  # between two parts of a frame
LINE_BYTES_S, LINE_DELAY_S = 128_000 / 8, 0.1


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    measured: str
    wanted: str
    reached: bool


def status(terminal: Terminal) -> str:
    """What the status line shows: one row only, because a whole screen takes long to put together."""
    row = terminal.screen.buffer[STATUS]
    return "".join(row[column].data for column in range(SIZE[0])).strip()


def head(terminal: Terminal) -> str:
    row = terminal.screen.buffer[0]
    return "".join(row[column].data for column in range(SIZE[0])).strip()


def pressed(terminal: "Timed", key: str, shows: Callable[[], bool], patience_s: float = 60.0) -> float:
    """Seconds from a key to the last byte of the frame that shows what it has done."""
    began = perf_counter()
    terminal.keys(key)
    while not shows():
        assert perf_counter() - began < patience_s, f"{key!r} has shown nothing:\n{terminal.text}"
        terminal.read()
    return terminal.arrived - began


def idle(terminal: Terminal, seconds: float) -> None:
    """Read for a while what comes."""
    until = perf_counter() + seconds
    while perf_counter() < until:
        terminal.read(0.01)


def four_panes(folder: Path) -> Path:
    """The scenario xor with four panes."""
    text = (ROOT / "scenarios" / "xor.toml").read_text(encoding="utf-8")
    path = folder / "flight.toml"
    path.write_text(re.sub(r"^panes = .*$", f"panes = {json.dumps(PANES)}", text, flags=re.M), encoding="utf-8")
    return path


def playing(folder: Path) -> "Timed":
    """A workbench that trains at full speed."""
    terminal = Timed(nnsim("open", four_panes(folder), "--set", f"train.epochs={LONG}"), *SIZE)
    terminal.wait_for("epoch 0/")
    terminal.keys(*"+" * 12)
    terminal.wait_for("speed max")
    terminal.keys(" ")
    terminal.wait_for(re.compile(r"epoch [\d,]{5,}/"))
    while "nnsim" not in head(terminal):  # what was said of the speed lies over it for a while
        terminal.read()
    return terminal


def worst(seconds: list[float]) -> float:
    """The 95th percentile."""
    return quantiles(seconds, n=20)[-1]


def measured_keys(terminal: "Timed", repeats: int, pause_s: float) -> dict[str, list[float]]:
    """Seconds to paint of three kinds of keys: a digit and its removal, zooming, the next run."""
    found: dict[str, list[float]] = {"a digit": [], "zoom": [], "next run": []}
    for index in range(repeats):
        idle(terminal, pause_s + 0.013 * (index % 7))  # at any moment of a frame's time
        found["a digit"].append(pressed(terminal, "7", lambda: status(terminal).startswith("7…")))
        idle(terminal, pause_s)
        found["a digit"].append(pressed(terminal, "\x7f", lambda: not status(terminal).startswith("7…")))
        idle(terminal, pause_s)
        zoomed = "pane 1 of" in head(terminal)
        found["zoom"].append(pressed(terminal, "z", lambda z=zoomed: ("pane 1 of" in head(terminal)) != z))
        idle(terminal, pause_s)
        name = "biases" if "article" in status(terminal) else "article"
        found["next run"].append(pressed(terminal, "v", lambda n=name: n in status(terminal)))
    return found


def keys() -> Iterator[Row]:
    """Key to paint while training at full speed."""
    with tempfile.TemporaryDirectory() as folder:
        terminal = playing(Path(folder))
        try:
            found = measured_keys(terminal, 15, 0.12)
        finally:
            terminal.close()
    everything = [one for kind in found.values() for one in kind]
    each = ", ".join(f"{name} {1000 * median(taken):.0f}" for name, taken in found.items())
    value = 1000 * worst(everything)
    yield Row(
        f"key to paint while training at full speed, 95th percentile of {len(everything)} (medians: {each} ms)",
        f"{value:.0f} ms",
        "≤ 40 ms",
        value <= 40,
    )


def frames() -> Iterator[Row]:
    """What the processor works for a frame, and how many bytes it is: a replay, at 10 frames a second."""
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "xor.nnsim"
        subprocess.run(
            nnsim("run", four_panes(Path(folder)), "--record", recording), cwd=ROOT, check=True, capture_output=True
        )
        terminal = Terminal(nnsim("replay", recording, "--speed", 200), *SIZE)
        try:
            terminal.wait_for("epoch")
            idle(terminal, 3.0)
            if "playing" not in status(terminal):
                terminal.keys(" ")
                terminal.wait_for("playing")
            idle(terminal, 2.0)
            before, sent, began = worked(terminal), len(terminal.sent), perf_counter()
            idle(terminal, 15.0)
            took = worked(terminal) - before
            pictures = terminal.sent[sent:].split(WHERE)[1:-1]
            rate = len(pictures) / (perf_counter() - began)
            assert "playing" in status(terminal)
        finally:
            terminal.close()
    cost = 1000 * took / len(pictures)
    yield Row(
        f"processor time a frame, everything included, at {rate:.1f} frames a second: three plots and a table",
        f"{cost:.1f} ms",
        "≤ 12 ms",
        cost <= 12,
    )
    size = median(map(len, pictures))
    yield Row("bytes a frame to the terminal, median", f"{size:,.0f}", "≤ 2,500", size <= 2500)


def worked(terminal: Terminal) -> float:
    """Seconds that the processor has worked for the program in a terminal."""
    fields = Path(f"/proc/{terminal.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def speed() -> Iterator[Row]:
    """Epochs a second in the workbench against `nnsim run`, in turn."""
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        given = (four_panes(Path(folder)), "--variant", "article", "--set", f"train.epochs={PLAYED}")
        for _ in range(3):
            told = subprocess.run([*nnsim("run", *given, "--json")], cwd=ROOT, check=True, capture_output=True)
            headless = json.loads(told.stdout)["wall_s"]
            terminal = Timed(nnsim("open", *given), *SIZE)
            try:
                terminal.wait_for("epoch 0/")
                terminal.keys(*"+" * 12)
                terminal.wait_for("speed max")
                idle(terminal, 0.5)
                inside = pressed(terminal, " ", lambda t=terminal: status(t).startswith("end"))
            finally:
                terminal.close()
            ratios.append(headless / inside)
    value = 100 * median(ratios)
    yield Row(
        f"training speed in the workbench against `nnsim run`, until the screen shows the end of {PLAYED:,} epochs",
        f"{value:.0f} %",
        "≥ 80 %",
        value >= 80,
    )


def draws() -> Iterator[Row]:
    """Drawing the curve of 1,000,000 steps against that of 100."""
    taken = asyncio.run(drawn((100, 1_000_000)))
    ratio = taken[1_000_000] / taken[100]
    yield Row(
        f"drawing the loss of 1,000,000 steps against 100 ({1000 * taken[100]:.1f} ms)",
        f"{ratio:.2f} times",
        "≤ 1.3 times",
        ratio <= 1.3,
    )


async def drawn(lengths: tuple[int, ...]) -> dict[int, float]:
    """Seconds of the processor that the loss pane takes to show runs of so many steps: medians, taken in turn."""
    from nnsim.scenario.catalog import read
    from nnsim.session.session import Session
    from nnsim.timeline import Cursor
    from screens.app import NnsimApp
    from screens.panes.loss import LossPane
    from screens.workbench.workbench import Workbench

    sessions, taken = {}, {length: list[float]() for length in lengths}
    for length in lengths:
        session = Session.of_scenario(read("xor"), "article", {"train.epochs": length})
        run = session.focused.run
        assert run is not None
        run.advance_to(length)
        sessions[length] = session
    app = NnsimApp(sessions[lengths[0]])
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, Workbench)
        pane = app.screen.query_one(LossPane)
        for index in range(41):
            for length, session in sessions.items():
                session.cursor = session.goal = Cursor(length - index % 2)
                pane.forget()
                began = process_time()
                pane.present(session)
                taken[length].append(process_time() - began)
    return {length: median(seconds[1:]) for length, seconds in taken.items()}


def line() -> Iterator[Row]:
    """Key to paint over a slow line, which takes what is written to it at once and delivers it late."""
    folder = tempfile.TemporaryDirectory()
    path = four_panes(Path(folder.name))
    terminal = SlowTerminal(nnsim("open", path, "--set", f"train.epochs={LONG}"), *SIZE)
    try:
        terminal.wait_for("epoch 0/", 60)
        terminal.keys(*"+" * 12)
        terminal.wait_for("speed max", 60)
        terminal.keys(" ")
        terminal.wait_for("playing", 60)
        idle(terminal, 3.0)
        found = []
        for index in range(40):
            idle(terminal, 0.3 + 0.037 * (index % 9))
            found.append(pressed(terminal, "7", lambda: status(terminal).startswith("7…")))
            idle(terminal, 0.3)
            found.append(pressed(terminal, "\x7f", lambda: not status(terminal).startswith("7…")))
    finally:
        terminal.close()
        folder.cleanup()
    value = worst(found)
    yield Row(
        f"a line of 128 kbit/s with {1000 * LINE_DELAY_S:.0f} ms delay: key to paint, 95th percentile of"
        f" {len(found)} (median {median(found):.2f} s)",
        f"{value:.2f} s",
        "≤ 0.6 s",
        value <= 0.6,
    )


class Timed(Terminal):
    """A terminal that knows when the last byte of a frame came; to show it is not the program's time."""

    arrived = 0.0

    def read(self, timeout_s: float = 0.05) -> bool:
        """Read a frame to its end before it is shown, because showing it takes longer than reading it."""
        data = b""
        while select.select([self.master], [], [], PART_S if data else timeout_s)[0]:
            data += os.read(self.master, 65536)
            self.arrived = perf_counter()
            if data.endswith(WHERE):
                break
        self.show(data)
        return bool(data)

    def show(self, data: bytes) -> None:
        self.sent += data
        self._stream.feed(data.replace(b"\x1b[<u", b""))


class SlowTerminal(Timed):
    """A terminal at the other end of a line: bytes arrive at its rate and after its delay, half of it each way."""

    def __init__(self, *arguments: object) -> None:
        self._due: list[tuple[float, int, bytes]] = []  # to the program
        self._coming: list[tuple[float, int, bytes]] = []  # to the screen
        self._free = self._number = 0
        super().__init__(*arguments)

    def _write(self, data: bytes) -> None:
        self._number += 1
        heapq.heappush(self._due, (perf_counter() + LINE_DELAY_S / 2, self._number, data))

    def read(self, timeout_s: float = 0.05) -> bool:
        """Move what is due, both ways.  Returns: whether the screen got something."""
        until = perf_counter() + timeout_s
        while True:
            now = perf_counter()
            while self._due and self._due[0][0] <= now:
                os.write(self.master, heapq.heappop(self._due)[2])
            # What the program writes is taken at once, as a server of SSH does, however slow the line is.
            while select.select([self.master], [], [], 0)[0]:
                data = os.read(self.master, 65536)
                for start in range(0, len(data), 256):
                    part = data[start : start + 256]
                    self._free = max(self._free, now) + len(part) / LINE_BYTES_S
                    self._number += 1
                    heapq.heappush(self._coming, (self._free + LINE_DELAY_S / 2, self._number, part))
            shown = False
            while self._coming and self._coming[0][0] <= now:
                data = heapq.heappop(self._coming)[2]
                self.arrived = now
                self.show(data)
                shown = True
            if shown or now >= until:
                return shown
            sleep(0.002)


ROWS = {one.__name__: one for one in (keys, frames, speed, draws, line)}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args()
    unknown = [name for name in options.rows if name not in ROWS]
    if unknown:
        parser.error(f"{unknown[0]}: is no row (allowed: {', '.join(ROWS)})")
    rows = [row for name, measure in ROWS.items() if not options.rows or name in options.rows for row in measure()]
    lines = [
        "| what | measured | wanted | reached |",
        "| --- | ---: | ---: | --- |",
        *(f"| {one.what} | {one.measured} | {one.wanted} | {'yes' if one.reached else 'no'} |" for one in rows),
    ]
    print(*lines, "", surroundings(), sep="\n")
    if options.write:
        put("feel", [*lines, "", f"{surroundings()}."])
    return 0


if __name__ == "__main__":
    sys.exit(main())
