"""Prints how nnsim feels in a real terminal, in Markdown: keys, frames, bytes, and what drawing costs training.

    python benchmarks/feel.py [--write] [ROW ...]

A terminal of 120x40 cells, by a pty of this process, which answers what a terminal answers; with four panes, or
with those that a scenario asks for. ROW is one or more of: keys, steps, frames, own, speed, draws, line. `--write`
puts the table into docs/benchmarks.md where all rows are measured, and that of the scenarios where `own` is.
"""

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks"), str(ROOT / "tests" / "terminal")]

from report import put, surroundings  # noqa: E402
from terminal import Terminal, nnsim  # noqa: E402
from timed_terminal import (  # noqa: E402
    LINE_DELAY_S,
    SIZE,
    WHERE,
    SlowTerminal,
    Timed,
    head,
    idle,
    pressed,
    row,
    status,
    worked,
    worst,
)

PANES = ["loss", "gradients", "schedule", "predictions"]  # three plots and a table
LONG = 20_000_000  # epochs: more than are trained while somebody looks
PLAYED = 1_000_000  # epochs of the run whose speed is compared
WATCHED_EPOCHS = 300  # of a run that is watched at 10 epochs a second, for
WATCHED_S = 4.0
COSTLY_MS = 50.0  # a frame that takes longer may come less often


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    measured: str
    wanted: str
    reached: bool
    table: tuple[str, ...] = ()  # of what it sums up


def four_panes(folder: Path) -> Path:
    """The scenario xor with four panes."""
    text = (ROOT / "scenarios" / "xor.toml").read_text(encoding="utf-8")
    path = folder / "flight.toml"
    text = text.partition("[[lesson]]")[0]  # whose pages would say what is shown
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


def steps() -> Iterator[Row]:
    """While paused: from the key that trains an epoch to its figures, from the one that zooms to the picture."""
    taken: dict[str, list[float]] = {"right": [], "z": []}
    terminal = Timed(nnsim("open", "xor"), *SIZE)
    try:
        terminal.wait_for("epoch 0/")
        for index in range(40):
            idle(terminal, 0.3 + 0.013 * (index % 7))
            told = re.compile(rf"^(?!.*training).*epoch {index + 1}/")
            taken["right"].append(pressed(terminal, "right", lambda t=told: t.match(status(terminal))))
            idle(terminal, 0.3)
            before = row(terminal, 1).count("╮")  # as many as panes are side by side
            taken["z"].append(pressed(terminal, "z", lambda b=before: row(terminal, 1).count("╮") not in (0, b)))
    finally:
        terminal.close()
    step, zoom = (1000 * worst(taken[key]) for key in ("right", "z"))
    yield Row(
        f"`→` until the new figures are painted while paused, xor with its own panes, 95th percentile of 40 (median"
        f" {1000 * median(taken['right']):.0f} ms); beside it `z` in the same run: {zoom:.0f} ms",
        f"{step:.0f} ms",
        "≤ what `z` takes",
        step <= zoom,
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


def own() -> Iterator[Row]:
    """Frames a second, and what each takes, while every scenario trains at 10 epochs a second in its own panes."""
    from nnsim.scenario.catalog import entries

    found = {one.name: watched(one.name) for one in entries()}
    lines = [
        "| scenario | frames a second | processor, ms a frame | bytes a frame |",
        "| --- | ---: | ---: | ---: |",
        *(f"| {name} | {rate:.1f} | {cost:.1f} | {size:,.0f} |" for name, (rate, cost, size) in found.items()),
    ]
    light = {name: rate for name, (rate, cost, _) in found.items() if cost < COSTLY_MS}
    slowest = min(light, key=lambda name: light[name])
    value = median(light.values())
    yield Row(
        "frames a second while training at 10 epochs a second, every scenario in its own panes: median of the"
        f" {len(light)} of {len(found)} whose frame takes under {COSTLY_MS:.0f} ms (lowest: {slowest},"
        f" {light[slowest]:.1f})",
        f"{value:.1f}",
        "≥ 9.5",
        value >= 9.5,
        tuple(lines),
    )


def watched(name: str, first: Sequence[str] = ()) -> tuple[float, float, float]:
    """Frames a second of a scenario that plays, milliseconds of the processor a frame, bytes a frame (median).

    Args: first: keys that are pressed before it plays.
    """
    terminal = Timed(nnsim("open", name, "--set", f"train.epochs={WATCHED_EPOCHS}"), *SIZE)
    try:
        terminal.wait_for("epoch 0/")
        idle(terminal, 0.5)
        for key in first:
            terminal.keys(key)
            idle(terminal, 0.5)
        terminal.keys(" ")
        terminal.wait_for("playing")
        idle(terminal, 1.0)
        before, sent, began = worked(terminal), len(terminal.sent), perf_counter()
        idle(terminal, WATCHED_S)
        took, lasted = worked(terminal) - before, perf_counter() - began
        pictures = terminal.sent[sent:].split(WHERE)[:-1]
        assert "playing" in status(terminal), f"{name} has ended:\n{terminal.text}"
    finally:
        terminal.close()
    return len(pictures) / lasted, 1000 * took / len(pictures), median(map(len, pictures))


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
                session.state.cursor = session.state.goal = Cursor(length - index % 2)
                pane.forget()
                began = process_time()
                pane.present(session.view)
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


ROWS = {one.__name__: one for one in (keys, steps, frames, own, speed, draws, line)}


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
    print(*lines, sep="\n")
    for one in rows:
        print("", *one.table, sep="\n")
    print(surroundings())
    if options.write:
        if not options.rows:
            put("feel", [*lines, "", f"{surroundings()}."])
        for one in rows:
            if one.table:
                put("scenarios", [*one.table, "", f"{surroundings()}."])
    return 0


if __name__ == "__main__":
    sys.exit(main())
